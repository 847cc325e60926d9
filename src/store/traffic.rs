//! What this server answered of late: counted in memory for the console, and once a minute written down, so that rules can be about all servers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::Result;
use super::handle::Store;
use crate::domain::traffic::{Counts, Window};

/// How often a server writes down what it did, and looks at the rules.
pub const WATCH: Duration = Duration::from_secs(60);

/// One file system that this server writes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    pub what: &'static str,
    pub place: PathBuf,
    pub free_bytes: u64,
    pub all_bytes: u64,
}

impl Disk {
    /// In per cent, rounded down.
    pub fn free_percent(&self) -> u64 {
        if self.all_bytes == 0 { 0 } else { u64::try_from(u128::from(self.free_bytes) * 100 / u128::from(self.all_bytes)).unwrap_or(100) }
    }
}

/// This process's own figures.
#[derive(Debug)]
pub struct Traffic {
    server: Uuid,
    begun: Instant,
    counted: Mutex<Counted>,
    places: Mutex<Vec<(&'static str, PathBuf)>>,
}

#[derive(Debug, Default)]
struct Counted {
    window: Window,
    /// What was not written down yet.
    pending: Counts,
}

impl Default for Traffic {
    fn default() -> Self {
        Self { server: Uuid::new_v4(), begun: Instant::now(), counted: Mutex::default(), places: Mutex::default() }
    }
}

impl Traffic {
    fn minute(&self) -> u64 {
        self.begun.elapsed().as_secs() / 60
    }

    /// Counts one answer of a route, which is a pattern and no address.
    pub fn note(&self, route: &str, status: u16, seconds: f64) {
        let minute = self.minute();
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.window.note(minute, route, status, seconds);
        counted.pending.note(status, seconds);
    }

    /// By route: what was answered in the minute that runs and in so many before it.
    pub fn last(&self, minutes: u64) -> BTreeMap<String, Counts> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner).window.last(self.minute(), minutes)
    }

    /// Since when this process runs.
    pub fn running_for(&self) -> Duration {
        self.begun.elapsed()
    }

    /// File systems whose free space is watched.
    pub fn watch_disk(&self, what: &'static str, place: &Path) {
        self.places.lock().unwrap_or_else(PoisonError::into_inner).push((what, place.to_owned()));
    }

    /// How full they are; those that cannot be asked are left out.
    pub fn disks(&self) -> Vec<Disk> {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner).clone();
        places.into_iter().filter_map(|(what, place)| disk(what, place)).collect()
    }
}

fn disk(what: &'static str, place: PathBuf) -> Option<Disk> {
    let found = nix::sys::statvfs::statvfs(&place).ok()?;
    // The types of these differ between systems.
    #[allow(clippy::useless_conversion, reason = "they are 32 bits wide on macOS")]
    let (unit, free, all) = (u64::from(found.fragment_size()), u64::from(found.blocks_available()), u64::from(found.blocks()));
    Some(Disk { what, place, free_bytes: free.saturating_mul(unit), all_bytes: all.saturating_mul(unit) })
}

impl Store {
    /// This process's own figures.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Writes down what this server answered since the last time, and how much room it has.
    pub async fn write_traffic(&self) -> Result<()> {
        let pending = std::mem::take(&mut self.traffic.counted.lock().unwrap_or_else(PoisonError::into_inner).pending);
        let free = self.traffic.disks().iter().map(Disk::free_percent).min().and_then(|free| i32::try_from(free).ok());
        let written = self.write_minute(&pending, free).await;
        if written.is_err() {
            // It goes with the next minute's.
            self.traffic.counted.lock().unwrap_or_else(PoisonError::into_inner).pending.add(&pending);
        }
        written
    }

    async fn write_minute(&self, counts: &Counts, disk_free: Option<i32>) -> Result<()> {
        let mut tx = self.worker(None).await?;
        sqlx::query!(
            "insert into server_minutes (server, requests, errors, latency, disk_free) values ($1, $2, $3, $4, $5)",
            self.traffic.server,
            counts.requests,
            counts.errors,
            &counts.latency,
            disk_free,
        )
        .execute(tx.conn())
        .await?;
        // Rules look at five minutes, and nothing else does.
        sqlx::query!("delete from server_minutes where at < now() - interval '1 hour'").execute(tx.conn()).await?;
        tx.commit().await
    }
}
