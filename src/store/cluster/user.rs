//! As whom PostgreSQL runs: as oneself, or, because it refuses to run as root, as an unprivileged user.
//! Every program of the cluster is started from here, so none inherits secrets, a folder or the terminal's signals.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::fs::lchown;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::ClusterError;
use super::error::failed;

/// Variables that programs may inherit; among the others are tenantry's secrets and PostgreSQL's own overrides.
const KEPT_VARIABLES: [&str; 5] = ["PATH", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"];

/// The user that owns the cluster's files and runs its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ServerUser {
    pub(super) uid: u32,
    gid: u32,
    /// Whether tenantry runs as root and has to become this user first.
    pub(super) dropped: bool,
}

impl ServerUser {
    /// Oneself; for root the owner of the existing cluster, else `postgres`, else `nobody`.
    ///
    /// # Errors
    /// `NoUser` if root has nobody to become.
    pub(super) async fn choose(owner: Option<(u32, u32)>) -> Result<ServerUser, ClusterError> {
        let me = ServerUser { uid: id(&["-u"]).await?, gid: id(&["-g"]).await?, dropped: false };
        if me.uid != 0 {
            return Ok(me);
        }
        // A cluster made without root stays its maker's, who may want to run it without root again.
        if let Some((uid, gid)) = owner
            && uid != 0
        {
            return Ok(ServerUser { uid, gid, dropped: true });
        }
        for name in ["postgres", "nobody"] {
            if let (Ok(uid), Ok(gid)) = (id(&["-u", name]).await, id(&["-g", name]).await) {
                return Ok(ServerUser { uid, gid, dropped: true });
            }
        }
        Err(ClusterError::NoUser)
    }

    /// A program to be run as this user, away from tenantry's folder, environment, input and process group.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        // Own group: a Ctrl-C in the terminal is for tenantry, which then stops the server itself.
        command.env_clear().current_dir("/").stdin(Stdio::null()).process_group(0);
        command.envs(KEPT_VARIABLES.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        // Messages in English, since some are read; and macOS servers do not start without a locale.
        command.env("LC_ALL", "C");
        if self.dropped {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Whether this user can really enter the folder, tried rather than guessed from modes.
    pub(super) async fn can_enter(&self, folder: &Path) -> bool {
        let mut command = self.command("/bin/sh");
        command.args(["-c", "cd \"$1\"", "sh"]).arg(folder).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().await.is_ok_and(|status| status.success())
    }

    /// Makes the file or folder this user's own. Links are not followed.
    pub(super) fn give(&self, path: &Path) -> Result<(), ClusterError> {
        if !self.dropped {
            return Ok(());
        }
        lchown(path, Some(self.uid), Some(self.gid)).map_err(failed("change the owner of", path))
    }

    /// Makes the folder and all in it this user's own.
    pub(super) fn give_all(&self, folder: &Path) -> Result<(), ClusterError> {
        for entry in folder.read_dir().map_err(failed("list", folder))? {
            let entry = entry.map_err(failed("list", folder))?;
            if entry.file_type().map_err(failed("read", &entry.path()))?.is_dir() {
                self.give_all(&entry.path())?;
            } else {
                self.give(&entry.path())?;
            }
        }
        // Last, so that an interrupted hand-over is taken up again: its mark is the folder's owner.
        self.give(folder)
    }
}

impl fmt::Display for ServerUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the user with id {}", self.uid)
    }
}

/// Runs `id`, which also knows the users that are not in `/etc/passwd`.
async fn id(args: &[&str]) -> Result<u32, ClusterError> {
    let output = Command::new("id").args(args).stdin(Stdio::null()).output().await;
    let output = output.map_err(failed("run", Path::new("id")))?;
    parse_id(&String::from_utf8_lossy(&output.stdout)).ok_or(ClusterError::NoUser)
}

/// Ids are unsigned, but macOS may show those of `nobody` as -2.
fn parse_id(text: &str) -> Option<u32> {
    let text = text.trim();
    text.parse().ok().or_else(|| text.parse::<i32>().ok().map(i32::cast_unsigned))
}

#[cfg(test)]
mod tests {
    use super::parse_id;

    #[test]
    fn ids_are_read_also_when_shown_as_negative() {
        assert_eq!(parse_id("101\n"), Some(101));
        assert_eq!(parse_id("-2\n"), Some(4_294_967_294));
        assert_eq!(parse_id("id: no such user"), None);
    }
}
