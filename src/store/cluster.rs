//! The embedded PostgreSQL: a private cluster in the data folder, for who names no database of their own.
//!
//! Promises: after [`Cluster::start`] a server of this machine's PostgreSQL accepts connections on a unix socket and
//! on nothing else, with full durability, owned by exactly one tenantry; whatever an earlier one left behind after a
//! crash (half a creation, a server without its parent) is settled first, and nothing that holds data is deleted.
//! May not know: databases, logins, migrations or SQL. It brings up an empty server with the superuser `postgres`.
//!
//! Dropping a [`Cluster`] asks the server to stop without waiting for it; `std::process::exit` skips even that, so call
//! [`Cluster::stop`] before it.

mod create;
mod error;
mod find;
mod lock;
mod place;
mod postmaster;
mod process;
mod server;
mod user;

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{sleep, timeout};

pub use error::ClusterError;
use lock::{Holder, Lock};
use postmaster::PidFile;
use process::Process;
use server::Server;
use user::ServerUser;

/// How long a command waits for another tenantry that is starting, stopping or running a command of its own.
const ATTACH_PATIENCE: Duration = Duration::from_mins(1);

/// How long to wait before a server that does not start is tried again.
const RESTART_PAUSE: Duration = Duration::from_secs(1);

/// How many tenths of a second a start waits for the lock: one that was just killed takes a moment to give it back.
const LOCK_TRIES: u32 = 10;

/// What the cluster needs to be created and reached.
pub struct ClusterSettings {
    /// Tenantry's data folder, such as `./data`; the cluster goes in `postgres` below it. Created if missing.
    pub data_dir: PathBuf,
    /// Password of the superuser `postgres`, one line. Set when the cluster is created; later starts do not change it.
    pub superuser_password: String,
}

/// A running embedded cluster, which ends with this value if this value started it.
pub struct Cluster {
    socket_dir: PathBuf,
    // Field order matters: on drop the server is signalled before the lock is given back.
    server: Option<Server>,
    lock: Option<Lock>,
}

/// What a command may do with a data folder.
enum Turn {
    Start(Lock),
    Attach(PathBuf),
}

impl Cluster {
    /// Starts the cluster, creating it on first use, and holds `tenantry.lock` in the data folder until it is stopped.
    ///
    /// # Errors
    /// `InUse` if another process still holds the lock after one second; otherwise what kept PostgreSQL from being found, created or started.
    pub async fn start(settings: &ClusterSettings) -> Result<Cluster, ClusterError> {
        let data_dir = place::open_data_dir(&settings.data_dir)?;
        for _ in 0..LOCK_TRIES {
            if let Some(lock) = Lock::try_take(&data_dir)? {
                return start_locked(settings, &data_dir, lock, Holder::SERVING).await;
            }
            sleep(Duration::from_millis(100)).await;
        }
        Err(in_use(&data_dir))
    }

    /// Uses the cluster of the tenantry that serves from this folder, else starts it for the length of one command.
    /// Waits up to 60 s for one that is just starting, stopping or running a command.
    ///
    /// # Errors
    /// As [`Cluster::start`]; `InUse` if the other process still holds the folder after that time.
    pub async fn attach_or_start(settings: &ClusterSettings) -> Result<Cluster, ClusterError> {
        let data_dir = place::open_data_dir(&settings.data_dir)?;
        match timeout(ATTACH_PATIENCE, wait_for_turn(&data_dir)).await {
            Ok(Ok(Turn::Start(lock))) => start_locked(settings, &data_dir, lock, Holder::COMMAND).await,
            Ok(Ok(Turn::Attach(socket_dir))) => Ok(Cluster { socket_dir, server: None, lock: None }),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(in_use(&data_dir)),
        }
    }

    /// Starts the server again whenever it ends by itself, as after a `kill` of it alone; never ends. A cluster that was only attached
    /// to is not watched.
    pub async fn keep_running(&mut self, settings: &ClusterSettings) -> Infallible {
        loop {
            match &mut self.server {
                Some(server) => server.ended().await,
                None => std::future::pending().await,
            }
            tracing::error!("PostgreSQL ended by itself: starting it again");
            let ended = self.server.take();
            drop(ended);
            while self.server.is_none() {
                match bring_up(settings).await {
                    Ok((_, server)) => self.server = Some(server),
                    Err(error) => {
                        tracing::error!("PostgreSQL does not start again: {error}");
                        sleep(RESTART_PAUSE).await;
                    }
                }
            }
        }
    }

    /// Folder of the unix socket; the port is always 5432 (the file is `.s.PGSQL.5432`).
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// Disconnects everyone, writes everything out and ends the server, then frees the data folder. Does nothing to a
    /// cluster that this value only attached to, or that has ended already.
    ///
    /// # Errors
    /// `Stop` if the server outlives a fast and an immediate shutdown, 30 s together.
    pub async fn stop(mut self) -> Result<(), ClusterError> {
        if let Some(lock) = &mut self.lock {
            lock.note(Holder::STOPPING)?;
        }
        match self.server.take() {
            Some(server) => server.stop().await,
            None => Ok(()),
        }
    }
}

async fn start_locked(settings: &ClusterSettings, data_dir: &Path, mut lock: Lock, role: &'static str) -> Result<Cluster, ClusterError> {
    lock.note(Holder::STARTING)?;
    let (socket_dir, server) = bring_up_in(settings, data_dir).await?;
    lock.note(role)?;
    Ok(Cluster { socket_dir, server: Some(server), lock: Some(lock) })
}

async fn bring_up(settings: &ClusterSettings) -> Result<(PathBuf, Server), ClusterError> {
    let data_dir = place::open_data_dir(&settings.data_dir)?;
    bring_up_in(settings, &data_dir).await
}

/// For who holds the lock: creates the cluster if there is none, settles leftovers, starts the server.
async fn bring_up_in(settings: &ClusterSettings, data_dir: &Path) -> Result<(PathBuf, Server), ClusterError> {
    let existing = place::find_existing(data_dir)?;
    let user = ServerUser::choose(existing.as_ref().map(|cluster| cluster.owner)).await?;
    let installs = find::list_installs(&user).await;
    let install = find::choose(&installs, existing.as_ref().map(|cluster| (cluster.major, cluster.path.as_path())))?;

    let cluster_dir = match &existing {
        Some(cluster) => cluster.path.clone(),
        None => place::open_parent(data_dir, &user).await?.join("postgres"),
    };
    let socket_dir = place::open_socket_dir(data_dir, &cluster_dir, &user).await?;
    postmaster::settle_leftover(&cluster_dir, &socket_dir).await?;
    if existing.is_some() {
        place::hand_over(&cluster_dir, &user).await?;
    } else {
        create::create(data_dir, &cluster_dir, install, &user, &settings.superuser_password).await?;
    }
    let server = Server::launch(install, &user, &cluster_dir, &socket_dir, &data_dir.join("postgres.log")).await?;
    Ok((socket_dir, server))
}

async fn wait_for_turn(data_dir: &Path) -> Result<Turn, ClusterError> {
    let mut told = false;
    loop {
        if let Some(lock) = Lock::try_take(data_dir)? {
            return Ok(Turn::Start(lock));
        }
        // A command stops its cluster when it is done, under the feet of whoever attached: only a serving one will do.
        if Holder::read(data_dir).is_serving() {
            let cluster_dir = data_dir.join("postgres");
            if let Some(file) = PidFile::read(&cluster_dir.join("postmaster.pid"))? {
                match process::identify(file.pid, &cluster_dir).await {
                    Process::ServerHere | Process::Unknown if file.ready => {
                        return Ok(Turn::Attach(file.socket_dir));
                    }
                    Process::Gone | Process::SomethingElse => return Err(ended(data_dir)),
                    Process::ServerHere | Process::Unknown => {}
                }
            } else if Holder::read(data_dir).is_serving() {
                return Err(ended(data_dir));
            }
        }
        if !told {
            tracing::info!("waiting for {}", Holder::read(data_dir));
            told = true;
        }
        sleep(Duration::from_millis(100)).await;
    }
}

fn in_use(data_dir: &Path) -> ClusterError {
    ClusterError::InUse { data_dir: data_dir.to_owned(), holder: Holder::read(data_dir).to_string() }
}

fn ended(data_dir: &Path) -> ClusterError {
    ClusterError::Ended { holder: Holder::read(data_dir).to_string() }
}
