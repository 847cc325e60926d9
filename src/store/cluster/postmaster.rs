//! What a server leaves in its cluster: the `postmaster.pid` that tells of it, and after a crash itself.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::ClusterError;
use super::error::failed;
use super::process::{Process, identify, list_orphans, list_servers, send};

/// How long a fast shutdown may take before an immediate one is asked for, which leaves recovery to the next start.
pub(super) const FAST_PATIENCE: Duration = Duration::from_secs(20);
/// How long an immediate shutdown may take.
pub(super) const IMMEDIATE_PATIENCE: Duration = Duration::from_secs(10);

/// What `postmaster.pid` says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PidFile {
    pub(super) pid: u32,
    pub(super) socket_dir: PathBuf,
    /// Whether it accepts connections.
    pub(super) ready: bool,
}

impl PidFile {
    /// Reads `postmaster.pid` or a socket's lock, which begins alike. `None` if there is none, or its writing has only
    /// begun.
    pub(super) fn read(path: &Path) -> Result<Option<PidFile>, ClusterError> {
        match fs::read(path) {
            Ok(content) => Ok(PidFile::parse(&content)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", path)(error)),
        }
    }

    /// Lines as in PostgreSQL's `pidfile.h`: 1 process, 2 cluster, 3 start, 4 port, 5 socket folder, 6 address,
    /// 7 shared memory, 8 status; each is appended when it is known. A single-user server's process is negative.
    fn parse(content: &[u8]) -> Option<PidFile> {
        let lines: Vec<&[u8]> = content.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).collect();
        let pid: i64 = str::from_utf8(lines.first()?).ok()?.parse().ok()?;
        let pid = u32::try_from(pid.unsigned_abs()).ok().filter(|pid| *pid != 0)?;
        let socket_dir = PathBuf::from(OsStr::from_bytes(lines.get(4).copied().unwrap_or_default()));
        Some(PidFile { pid, socket_dir, ready: lines.get(7).is_some_and(|status| *status == b"ready") })
    }
}

/// Ends the server of a tenantry that was killed, so that cluster and socket are free. To be called before a cluster is
/// created, too: its folder may have been deleted under a running server. Only for the holder of the lock.
///
/// # Errors
/// `Stop` if that server outlives a fast and an immediate shutdown.
pub(super) async fn settle_leftover(cluster_dir: &Path, socket_dir: &Path) -> Result<(), ClusterError> {
    for pid in list_servers(cluster_dir).await {
        stop_leftover(pid, cluster_dir).await?;
    }
    for pid in list_orphans(cluster_dir) {
        tracing::warn!("a database session outlived its killed server (process {pid}): ending it");
        send("TERM", pid);
    }
    for path in [cluster_dir.join("postmaster.pid"), socket_dir.join(".s.PGSQL.5432.lock")] {
        let Some(PidFile { pid, .. }) = PidFile::read(&path)? else {
            continue;
        };
        match identify(pid, cluster_dir).await {
            Process::ServerHere => stop_leftover(pid, cluster_dir).await?,
            // The new server clears away such a file by itself, or says why it cannot.
            Process::Gone | Process::Unknown => {}
            // But it takes any live process of its user for a server, and would refuse to start.
            Process::SomethingElse => {
                tracing::info!("removing {}: process {pid} is not its server", path.display());
                fs::remove_file(&path).map_err(failed("remove", &path))?;
            }
        }
    }
    Ok(())
}

async fn stop_leftover(pid: u32, cluster_dir: &Path) -> Result<(), ClusterError> {
    tracing::warn!("a PostgreSQL without its tenantry still runs (process {pid}): stopping it first");
    for (signal, patience) in [("INT", FAST_PATIENCE), ("QUIT", IMMEDIATE_PATIENCE)] {
        send(signal, pid);
        if timeout(patience, wait_until_gone(pid, cluster_dir)).await.is_ok() {
            return Ok(());
        }
    }
    Err(ClusterError::Stop { pid })
}

async fn wait_until_gone(pid: u32, cluster_dir: &Path) {
    while identify(pid, cluster_dir).await == Process::ServerHere {
        sleep(Duration::from_millis(25)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ready_server_is_read_with_its_socket() {
        let content = b"4242\n/data/postgres\n1700000000\n5432\n/data/run\n\n  123  45\nready   \n";
        let expected = PidFile { pid: 4242, socket_dir: "/data/run".into(), ready: true };
        assert_eq!(PidFile::parse(content), Some(expected));
    }

    #[test]
    fn a_file_still_being_written_is_not_ready() {
        assert_eq!(PidFile::parse(b""), None);
        assert!(PidFile::parse(b"4242\n/data/postgres\n").is_some_and(|file| !file.ready));
        let starting = b"-42\n/d\n1\n5432\n/r\n\n 1 2\nstarting\n";
        assert!(PidFile::parse(starting).is_some_and(|file| !file.ready && file.pid == 42));
    }
}
