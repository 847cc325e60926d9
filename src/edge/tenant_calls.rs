//! Calls of the machine API by tenant, for Prometheus. However many tenants there are, at most [`NAMED`] have series of their own: those
//! that called most of late. All others are one.
//!
//! A call costs an entry in a map; whose key it was is looked up when somebody reads the figures. Each call counts in one series: its
//! tenant's, when that has a name at the time of reading, else [`OTHER`]. A tenant that loses its place takes its series with it, and
//! begins anew when it comes back, so that increases and rates stay right.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;

use crate::domain::ids::TenantId;
use crate::store::{PlatformRead, Result};

/// Most tenants with series of their own.
pub const NAMED: usize = 20;
/// The label of all others; no slug has an underscore.
pub const OTHER: &str = "_other";
/// Most callers that are told apart between two readings.
const MOST: usize = 10_000;
/// Most tenants whose recent calls are remembered.
const REMEMBERED: usize = 1_000;
/// After this time a call weighs half.
const HALF: Duration = Duration::from_secs(300);

/// Who called, as far as the call itself found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallerId {
    Tenant(TenantId),
    /// The hash of a key, which may be nobody's.
    Key([u8; 32]),
}

const OUTCOMES: [&str; 4] = ["done", "over_quota", "refused", "failed"];

/// Calls by outcome.
type Counts = [u64; OUTCOMES.len()];

fn outcome(status: StatusCode) -> usize {
    match status {
        StatusCode::TOO_MANY_REQUESTS => 1,
        _ if status.is_server_error() => 3,
        _ if status.is_client_error() => 2,
        _ => 0,
    }
}

fn sum(to: &mut Counts, more: &Counts) {
    for (to, more) in to.iter_mut().zip(more) {
        *to += more;
    }
}

/// Since the last reading.
#[derive(Default)]
struct Pending {
    by_caller: HashMap<CallerId, Counts>,
    /// Of those that had no place any more.
    rest: Counts,
}

#[derive(Default)]
pub struct TenantCalls {
    pending: Mutex<Pending>,
    series: Mutex<Series>,
}

impl TenantCalls {
    pub fn add(&self, caller: CallerId, status: StatusCode) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let full = pending.by_caller.len() >= MOST;
        let counts = match pending.by_caller.get_mut(&caller) {
            Some(counts) => counts,
            None if full => &mut pending.rest,
            None => pending.by_caller.entry(caller).or_default(),
        };
        counts[outcome(status)] += 1;
    }

    /// All series in Prometheus's text format.
    pub async fn render(&self, read: &mut PlatformRead) -> Result<String> {
        let hashes: Vec<Vec<u8>> = {
            let pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
            let keys = pending.by_caller.keys().filter_map(|caller| match caller {
                CallerId::Key(hash) => Some(hash.to_vec()),
                CallerId::Tenant(_) => None,
            });
            keys.collect()
        };
        let owners = read.list_key_tenants(&hashes).await?;
        self.settle(&owners, Instant::now());
        let named: Vec<TenantId> = self.series.lock().unwrap_or_else(PoisonError::into_inner).named.keys().copied().collect();
        let slugs = read.list_slugs(&named).await?;
        Ok(self.series.lock().unwrap_or_else(PoisonError::into_inner).text(&slugs))
    }

    /// Gives what was called since the last time to the series that it belongs to. Between two awaits, so that a reader who goes away
    /// loses nothing.
    fn settle(&self, owners: &HashMap<[u8; 32], TenantId>, now: Instant) {
        let pending = std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        let (mut calls, mut rest) = (HashMap::<TenantId, Counts>::new(), pending.rest);
        for (caller, counts) in pending.by_caller {
            let tenant = match caller {
                CallerId::Tenant(tenant) => Some(tenant),
                // Nobody's, or one that came after the owners were looked up.
                CallerId::Key(hash) => owners.get(&hash).copied(),
            };
            match tenant {
                Some(tenant) => sum(calls.entry(tenant).or_default(), &counts),
                None => sum(&mut rest, &counts),
            }
        }
        self.series.lock().unwrap_or_else(PoisonError::into_inner).add(calls, &rest, now);
    }
}

#[derive(Default)]
struct Series {
    named: HashMap<TenantId, Counts>,
    other: Counts,
    /// Recent calls, older ones weighing less.
    recent: HashMap<TenantId, f64>,
    at: Option<Instant>,
}

impl Series {
    fn add(&mut self, calls: HashMap<TenantId, Counts>, rest: &Counts, now: Instant) {
        let passed = self.at.replace(now).map_or(0.0, |at| now.saturating_duration_since(at).as_secs_f64());
        let weight = 0.5_f64.powf(passed / HALF.as_secs_f64());
        for recent in self.recent.values_mut() {
            *recent *= weight;
        }
        for (tenant, counts) in &calls {
            *self.recent.entry(*tenant).or_default() += counts.iter().sum::<u64>() as f64;
        }
        let mut busiest: Vec<(TenantId, f64)> = self.recent.iter().map(|(tenant, recent)| (*tenant, *recent)).collect();
        busiest.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.0.cmp(&b.0.0)));
        busiest.truncate(REMEMBERED);
        let chosen: HashSet<TenantId> = busiest.iter().take(NAMED).map(|(tenant, _)| *tenant).collect();
        self.recent = busiest.into_iter().collect();
        self.named.retain(|tenant, _| chosen.contains(tenant));
        for tenant in chosen {
            self.named.entry(tenant).or_default();
        }
        sum(&mut self.other, rest);
        for (tenant, counts) in calls {
            sum(self.named.get_mut(&tenant).unwrap_or(&mut self.other), &counts);
        }
    }

    fn text(&self, slugs: &HashMap<TenantId, String>) -> String {
        let mut text = format!(
            "# HELP tenantry_api_calls_total Calls of the machine API: of the {NAMED} tenants that called most of late by name, of all \
             others together.\n# TYPE tenantry_api_calls_total counter\n"
        );
        let mut lines: Vec<(&str, &Counts)> =
            self.named.iter().filter_map(|(tenant, counts)| Some((slugs.get(tenant)?.as_str(), counts))).collect();
        lines.sort();
        lines.push((OTHER, &self.other));
        for (tenant, counts) in lines {
            for (outcome, n) in OUTCOMES.iter().zip(counts) {
                // Writing to a String cannot fail.
                let _ = writeln!(text, "tenantry_api_calls_total{{tenant=\"{tenant}\",outcome=\"{outcome}\"}} {n}");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(n: u128) -> TenantId {
        TenantId(uuid::Uuid::from_u128(n))
    }

    /// Series by their labels.
    type Seen = HashMap<String, u64>;

    fn read(calls: &TenantCalls, owners: &HashMap<[u8; 32], TenantId>, now: Instant) -> Seen {
        calls.settle(owners, now);
        let series = calls.series.lock().expect("no panic while held");
        let slugs = series.named.keys().map(|tenant| (*tenant, format!("t{}", tenant.0.as_u128()))).collect();
        let text = series.text(&slugs);
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| line.rsplit_once(' ').expect("a value")).map(|(name, n)| (name.to_owned(), n.parse().expect("a count"))).collect()
    }

    /// What a scraper adds to its sum: increases, and all of a series that is new or began anew.
    fn increase(before: &Seen, after: &Seen) -> u64 {
        after.iter().map(|(name, n)| before.get(name).filter(|before| *before <= n).map_or(*n, |before| n - before)).sum()
    }

    #[test]
    fn a_hundred_tenants_have_few_series_and_each_call_counts_once() {
        let (calls, start) = (TenantCalls::default(), Instant::now());
        let statuses = [StatusCode::OK, StatusCode::TOO_MANY_REQUESTS, StatusCode::UNPROCESSABLE_ENTITY, StatusCode::SERVICE_UNAVAILABLE];
        let (mut before, mut made, mut counted) = (Seen::new(), 0, 0);
        for round in 0..10_u128 {
            // Who is busy changes: the later the round, the higher their numbers.
            for n in 0..100_u128 {
                let times = if n / 10 == round { 50 } else { 1 + n % 3 };
                for time in 0..times {
                    calls.add(CallerId::Tenant(tenant(n)), statuses[usize::try_from((n + time) % 4).expect("small")]);
                    made += 1;
                }
            }
            let after = read(&calls, &HashMap::new(), start + Duration::from_secs(600) * u32::try_from(round).expect("small"));
            assert!(after.len() <= (NAMED + 1) * OUTCOMES.len(), "{} series", after.len());
            for n in round * 10..round * 10 + 10 {
                assert!(after.keys().any(|name| name.contains(&format!("\"t{n}\""))), "t{n} is busy in round {round}");
            }
            counted += increase(&before, &after);
            assert_eq!(counted, made);
            before = after;
        }
    }

    #[test]
    fn keys_count_for_their_tenant_and_nobodys_for_no_name() {
        let (calls, now) = (TenantCalls::default(), Instant::now());
        for key in [[1; 32], [2; 32], [3; 32], [3; 32]] {
            calls.add(CallerId::Key(key), StatusCode::OK);
        }
        calls.add(CallerId::Tenant(tenant(7)), StatusCode::ACCEPTED);
        let seen = read(&calls, &HashMap::from([([1; 32], tenant(7)), ([2; 32], tenant(7))]), now);
        let of = |tenant: &str| seen[&format!("tenantry_api_calls_total{{tenant=\"{tenant}\",outcome=\"done\"}}")];
        assert_eq!((of("t7"), of(OTHER), seen.len()), (3, 2, 8));
    }

    #[test]
    fn callers_beyond_the_most_are_counted_without_a_place() {
        let calls = TenantCalls::default();
        for n in 0..MOST as u128 + 500 {
            calls.add(CallerId::Tenant(tenant(n)), StatusCode::OK);
        }
        assert_eq!(calls.pending.lock().expect("no panic while held").by_caller.len(), MOST);
        let seen = read(&calls, &HashMap::new(), Instant::now());
        assert_eq!(seen.values().sum::<u64>(), MOST as u64 + 500);
        assert_eq!(calls.series.lock().expect("no panic while held").recent.len(), REMEMBERED);
    }
}
