//! One tenantry per data folder: the lock, and a note inside the lock file about who holds it and for what.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::ClusterError;
use super::error::failed;

/// The exclusive right to a data folder; ends with the value or the process, however it ends.
pub(super) struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes the lock, or gives `None` while another holds it.
    pub(super) fn try_take(data_dir: &Path) -> Result<Option<Lock>, ClusterError> {
        let path = data_dir.join("tenantry.lock");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.map_err(failed("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(source)) => return Err(failed("lock", &path)(source)),
        }
        // What the former holder noted is not true any more.
        file.set_len(0).map_err(failed("write", &path))?;
        Ok(Some(Lock { file, path }))
    }

    /// Notes what the holder does from now on, one of the words of [`Holder`].
    pub(super) fn note(&mut self, role: &str) -> Result<(), ClusterError> {
        let line = format!("{role} {}\n", std::process::id());
        let written = self.file.rewind().and_then(|()| self.file.write_all(line.as_bytes()));
        let written = written.and_then(|()| self.file.set_len(line.len() as u64));
        written.map_err(failed("write", &self.path))
    }
}

/// Who holds a data folder's lock, as far as the note tells.
pub(super) struct Holder {
    role: String,
    pid: Option<u32>,
}

impl Holder {
    pub(super) const STARTING: &'static str = "starting";
    pub(super) const SERVING: &'static str = "serving";
    pub(super) const COMMAND: &'static str = "command";
    pub(super) const STOPPING: &'static str = "stopping";

    /// The present note; also true of nobody, if nobody holds the lock.
    pub(super) fn read(data_dir: &Path) -> Holder {
        Holder::parse(&fs::read_to_string(data_dir.join("tenantry.lock")).unwrap_or_default())
    }

    fn parse(note: &str) -> Holder {
        let (role, pid) = note.trim().split_once(' ').unwrap_or_default();
        Holder { role: role.to_owned(), pid: pid.parse().ok() }
    }

    /// Whether its cluster is up and stays up.
    pub(super) fn is_serving(&self) -> bool {
        self.role == Holder::SERVING && self.pid.is_some()
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.role.as_str(), self.pid) {
            (Holder::COMMAND, Some(pid)) => write!(f, "a tenantry command (process {pid})"),
            (_, Some(pid)) => write!(f, "another tenantry (process {pid})"),
            (_, None) => f.write_str("another tenantry"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Holder;

    #[test]
    fn a_note_tells_who_holds_the_lock() {
        assert!(Holder::parse("serving 12\n").is_serving());
        assert!(!Holder::parse("serving").is_serving());
        assert_eq!(Holder::parse("command 12\n").to_string(), "a tenantry command (process 12)");
        assert_eq!(Holder::parse("").to_string(), "another tenantry");
    }
}
