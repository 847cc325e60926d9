//! What can keep the embedded cluster from running, each in one line that says what to do.

use std::io;
use std::path::{Path, PathBuf};

/// Why the cluster could not be created, started, used or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    #[error("PostgreSQL is not installed: {hint}, or set DATABASE_URL")]
    NotFound { hint: String },
    #[error("PostgreSQL 15 or newer is needed, only {found} found: {hint}, or set DATABASE_URL")]
    TooOld { found: String, hint: String },
    #[error("the database in {} needs PostgreSQL {needed}, which made it (found: {found}): install that version, or move the data with pg_upgrade", data.display())]
    OtherMajor { needed: u32, found: String, data: PathBuf },
    #[error("{} is in use by {holder}: stop it, or choose another folder with TENANTRY_DATA_DIR", data_dir.display())]
    InUse { data_dir: PathBuf, holder: String },
    #[error("the PostgreSQL of {holder} has ended: restart that tenantry")]
    Ended { holder: String },
    #[error("PostgreSQL may not run as root and there is neither a user postgres nor nobody: create one with `useradd --system postgres`")]
    NoUser,
    #[error("{} cannot be entered by {user}, as which PostgreSQL runs: let that user traverse its parent folders, or move the data folder", path.display())]
    Unreachable { path: PathBuf, user: String },
    #[error("{} holds files but no PostgreSQL cluster: move them away, or choose another folder with TENANTRY_DATA_DIR", path.display())]
    NotACluster { path: PathBuf },
    #[error("{} points to {}, where no cluster is: restore it there, or remove the link to begin with an empty database", link.display(), target.display())]
    LostCluster { link: PathBuf, target: PathBuf },
    #[error("no folder for the database socket: {reason}; set TMPDIR to a short folder that {user} can enter")]
    NoSocketDir { reason: String, user: String },
    #[error("the database superuser's password is empty or has a line break: set one of a single line")]
    Password,
    #[error("initdb could not create the database in {}: {tail}", path.display())]
    Create { path: PathBuf, tail: String },
    #[error("PostgreSQL {reason}; it logged: {tail} (see {})", log.display())]
    Start { reason: String, tail: String, log: PathBuf },
    #[error("PostgreSQL (process {pid}) does not stop: end it with `kill -QUIT {pid}`")]
    Stop { pid: u32 },
    #[error("cannot {action} {}: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
}

/// Makes an error of the file system say what was tried on which path: `.map_err(failed("create", &path))`.
pub(super) fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ClusterError {
    let path = path.to_owned();
    move |source| ClusterError::Io { action, path, source }
}

/// The last lines of a program's output as one line, since every message is one.
pub(super) fn tail(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    match lines.len() {
        0 => "nothing".to_owned(),
        count => lines[count.saturating_sub(4)..].join(" | "),
    }
}

#[cfg(test)]
mod tests {
    use super::tail;

    #[test]
    fn a_tail_is_one_line_of_the_last_four() {
        assert_eq!(tail(b"1\n2\n\n 3\n4\n5\n"), "2 | 3 | 4 | 5");
        assert_eq!(tail(b"\n"), "nothing");
    }
}
