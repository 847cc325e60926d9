//! The server process that this tenantry started: launching it, waiting until it is ready, ending it.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use tokio::process::Child;
use tokio::time::{sleep, timeout};

use super::ClusterError;
use super::error::{failed, tail};
use super::find::Install;
use super::place;
use super::postmaster::{FAST_PATIENCE, IMMEDIATE_PATIENCE, PidFile};
use super::process::send;
use super::user::ServerUser;

/// How long a start may take, recovery after a crash included.
const START_PATIENCE: Duration = Duration::from_mins(1);
/// How often and how many times to try again while sessions of a killed server still hold its memory (20 s).
const RETRY: (Duration, u32) = (Duration::from_millis(500), 40);

/// A running server. Dropped, it is asked to stop, but not waited for.
pub(super) struct Server {
    child: Child,
}

impl Server {
    /// Starts the server and returns when it accepts connections. What it says is appended to `log`.
    ///
    /// # Errors
    /// `Start` with the end of its log if it ends early or is not ready within 60 s.
    pub(super) async fn launch(
        install: &Install,
        user: &ServerUser,
        cluster_dir: &Path,
        socket_dir: &Path,
        log: &Path,
    ) -> Result<Server, ClusterError> {
        let mut tries = 0;
        loop {
            let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(log);
            let mut file = file.map_err(failed("open", log))?;
            let begin = file.seek(SeekFrom::End(0)).map_err(failed("read", log))?;
            let mut server = Server { child: spawn(install, user, cluster_dir, socket_dir, &file, log)? };

            let reason = match timeout(START_PATIENCE, server.wait_until_ready(cluster_dir)).await {
                Ok(Ok(())) => return Ok(server),
                Ok(Err(reason)) => reason,
                Err(_) => format!("was not ready after {} s", START_PATIENCE.as_secs()),
            };
            let mut said = Vec::new();
            file.seek(SeekFrom::Start(begin)).and_then(|_| file.read_to_end(&mut said)).map_err(failed("read", log))?;
            let tail = tail(&said);
            if !tail.contains("shared memory block") || tries == RETRY.1 {
                return Err(ClusterError::Start { reason, tail, log: log.to_owned() });
            }
            tries += 1;
            sleep(RETRY.0).await;
        }
    }

    async fn wait_until_ready(&mut self, cluster_dir: &Path) -> Result<(), String> {
        loop {
            match self.child.try_wait() {
                Ok(None) => {}
                Ok(Some(status)) => return Err(format!("ended instead of starting ({status})")),
                Err(error) => return Err(format!("cannot be watched ({error})")),
            }
            // Until the server has written its own file, that of a killed one may still be there.
            if let Ok(Some(file)) = PidFile::read(&cluster_dir.join("postmaster.pid"))
                && file.ready
                && Some(file.pid) == self.child.id()
            {
                return Ok(());
            }
            sleep(Duration::from_millis(25)).await;
        }
    }

    /// Returns when the server has ended, whoever ended it.
    pub(super) async fn ended(&mut self) {
        // An error means that it cannot be watched any more: as good as ended.
        let _ = self.child.wait().await;
    }

    /// Asks for a fast shutdown, after 20 s for an immediate one, and returns when the server has ended.
    pub(super) async fn stop(mut self) -> Result<(), ClusterError> {
        // No id: it has ended and been collected. An id stays ours until then.
        let Some(pid) = self.child.id() else {
            return Ok(());
        };
        for (signal, patience) in [("INT", FAST_PATIENCE), ("QUIT", IMMEDIATE_PATIENCE)] {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return Ok(());
            }
            send(signal, pid);
            if timeout(patience, self.child.wait()).await.is_ok() {
                return Ok(());
            }
            tracing::warn!("PostgreSQL (process {pid}) is still there {} s after SIG{signal}", patience.as_secs());
        }
        Err(ClusterError::Stop { pid })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let (Ok(None), Some(pid)) = (self.child.try_wait(), self.child.id()) {
            send("INT", pid);
        }
    }
}

fn spawn(
    install: &Install,
    user: &ServerUser,
    cluster_dir: &Path,
    socket_dir: &Path,
    log: &File,
    log_path: &Path,
) -> Result<Child, ClusterError> {
    let mut sockets = OsString::from("unix_socket_directories=");
    sockets.push(place::quoted(socket_dir));
    let mut server = user.command(install.bin.join("postgres"));
    server.arg("-D").arg(cluster_dir).args(["-p", "5432"]).arg("-c").arg(sockets);
    for setting in [
        "listen_addresses=",
        "unix_socket_permissions=0700",
        "max_connections=100",
        "shared_buffers=256MB",
        "cluster_name=tenantry",
        "log_destination=stderr",
        "logging_collector=off",
    ] {
        server.args(["-c", setting]);
    }
    // The log is opened here and inherited: the server's user needs no right to the data folder for it.
    server.stdout(log.try_clone().map_err(failed("open", log_path))?);
    server.stderr(log.try_clone().map_err(failed("open", log_path))?);
    server.spawn().map_err(failed("run", &install.bin.join("postgres")))
}
