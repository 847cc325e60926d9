//! Where the cluster and its socket live: in the data folder if the server's user can get there, else where it can.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::ClusterError;
use super::error::failed;
use super::user::ServerUser;

/// Holds the clusters of root whose data folder the server's user cannot reach.
const ELSEWHERE: &str = "/var/lib/tenantry";

/// Longest folder for a socket: macOS allows 103 bytes with `/.s.PGSQL.5432`.
const LONGEST_SOCKET_DIR: usize = 88;

/// A cluster made before.
pub(super) struct Existing {
    /// The real folder, all links followed.
    pub(super) path: PathBuf,
    pub(super) major: u32,
    /// User and group id of the folder.
    pub(super) owner: (u32, u32),
}

/// Creates the data folder if missing and gives its real path.
pub(super) fn open_data_dir(data_dir: &Path) -> Result<PathBuf, ClusterError> {
    if !data_dir.exists() {
        fs::create_dir_all(data_dir).map_err(failed("create", data_dir))?;
        // Nobody else lists it, but the server's user may pass through to its own folders.
        fs::set_permissions(data_dir, Permissions::from_mode(0o711)).map_err(failed("protect", data_dir))?;
    }
    data_dir.canonicalize().map_err(failed("open", data_dir))
}

/// The cluster of this data folder, if it has been created.
///
/// # Errors
/// `LostCluster` and `NotACluster` where creating one would hide or mix with what somebody may still want.
pub(super) fn find_existing(data_dir: &Path) -> Result<Option<Existing>, ClusterError> {
    let link = data_dir.join("postgres");
    let path = match link.canonicalize() {
        Ok(path) => path,
        Err(error) if error.kind() == ErrorKind::NotFound => match fs::read_link(&link) {
            Ok(target) => return Err(ClusterError::LostCluster { link, target }),
            Err(_) => return Ok(None),
        },
        Err(error) => return Err(failed("open", &link)(error)),
    };
    let version = match fs::read_to_string(path.join("PG_VERSION")) {
        Ok(version) => version,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let empty = path.read_dir().map_err(failed("list", &path))?.next().is_none();
            return match fs::read_link(&link) {
                Ok(target) => Err(ClusterError::LostCluster { link, target }),
                Err(_) if empty => Ok(None),
                Err(_) => Err(ClusterError::NotACluster { path }),
            };
        }
        Err(error) => return Err(failed("read PG_VERSION in", &path)(error)),
    };
    let Ok(major) = version.trim().parse() else {
        return Err(ClusterError::NotACluster { path });
    };
    let meta = path.metadata().map_err(failed("read", &path))?;
    Ok(Some(Existing { owner: (meta.uid(), meta.gid()), path, major }))
}

/// Makes sure the existing cluster is the server user's own (a copy made by root is not) and within its reach.
pub(super) async fn hand_over(cluster_dir: &Path, user: &ServerUser) -> Result<(), ClusterError> {
    let owner = cluster_dir.metadata().map_err(failed("read", cluster_dir))?.uid();
    if owner == 0 && user.uid != 0 {
        user.give_all(cluster_dir)?;
    }
    enterable(cluster_dir, user).await
}

/// The folder in which to create `postgres`: the data folder, or one elsewhere if the server's user cannot enter it.
pub(super) async fn open_parent(data_dir: &Path, user: &ServerUser) -> Result<PathBuf, ClusterError> {
    if user.can_enter(data_dir).await {
        return Ok(data_dir.to_owned());
    }
    let name = hash(data_dir);
    // The link in the data folder decides which cluster is in use. One here without a link is what remained when a
    // data folder was deleted or moved; it may hold data somebody wants, so the new one gets a folder of its own.
    for number in 1_u32.. {
        let suffix = if number == 1 { String::new() } else { format!("-{number}") };
        let parent = Path::new(ELSEWHERE).join(format!("{name}{suffix}"));
        if parent.join("postgres").exists() {
            tracing::warn!("left in place: a database that {} no longer uses, {}", data_dir.display(), parent.display());
            continue;
        }
        fs::create_dir_all(&parent).map_err(failed("create", &parent))?;
        for folder in [Path::new(ELSEWHERE), &parent] {
            fs::set_permissions(folder, Permissions::from_mode(0o711)).map_err(failed("protect", folder))?;
        }
        enterable(&parent, user).await?;
        return Ok(parent);
    }
    Err(ClusterError::Unreachable { path: data_dir.to_owned(), user: user.to_string() })
}

async fn enterable(path: &Path, user: &ServerUser) -> Result<(), ClusterError> {
    if user.can_enter(path).await {
        return Ok(());
    }
    Err(ClusterError::Unreachable { path: path.to_owned(), user: user.to_string() })
}

/// A folder for the socket, owned by the server's user and closed to others: `run` beside the cluster if the path is
/// short enough and within reach, else one under the temp folder.
pub(super) async fn open_socket_dir(data_dir: &Path, cluster_dir: &Path, user: &ServerUser) -> Result<PathBuf, ClusterError> {
    let mut candidates = vec![data_dir.join("run")];
    if let Some(parent) = cluster_dir.parent().filter(|parent| parent.starts_with(ELSEWHERE)) {
        candidates.push(parent.join("run"));
    }
    let name = format!("tenantry-{}", hash(data_dir));
    candidates.extend([std::env::temp_dir().join(&name), Path::new("/tmp").join(&name)]);

    let mut reason = "every path is too long".to_owned();
    for folder in candidates {
        let parent = folder.parent().unwrap_or(data_dir);
        if folder.as_os_str().len() > LONGEST_SOCKET_DIR || !folder.is_absolute() || !user.can_enter(parent).await {
            continue;
        }
        match open_private_dir(&folder, user) {
            Ok(()) => return Ok(folder),
            Err(error) => reason = error.to_string(),
        }
    }
    Err(ClusterError::NoSocketDir { reason, user: user.to_string() })
}

fn open_private_dir(folder: &Path, user: &ServerUser) -> Result<(), ClusterError> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            // In a temp folder anybody may have been there first, to be handed the connections and passwords.
            let meta = fs::symlink_metadata(folder).map_err(failed("read", folder))?;
            if !meta.is_dir() || (meta.uid() != user.uid && meta.uid() != own_uid(user)) {
                let source = io::Error::new(ErrorKind::PermissionDenied, "it belongs to somebody else");
                return Err(failed("use", folder)(source));
            }
        }
        Err(error) => return Err(failed("create", folder)(error)),
    }
    user.give(folder)?;
    fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(failed("protect", folder))
}

/// Tenantry's own id: root's, if it had to become somebody else.
fn own_uid(user: &ServerUser) -> u32 {
    if user.dropped { 0 } else { user.uid }
}

/// Twelve hex digits that stand for a path.
fn hash(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_bytes());
    format!("{digest:x}").chars().take(12).collect()
}

/// A folder list for PostgreSQL's configuration, in which commas and quotes have a meaning.
pub(super) fn quoted(folder: &Path) -> OsString {
    let mut bytes = vec![b'"'];
    for byte in folder.as_os_str().as_bytes() {
        bytes.extend(std::iter::repeat_n(*byte, if *byte == b'"' { 2 } else { 1 }));
    }
    bytes.push(b'"');
    OsStr::from_bytes(&bytes).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_a_short_name_of_its_own() {
        assert_eq!(hash(Path::new("/srv/data")).len(), 12);
        assert_ne!(hash(Path::new("/srv/data")), hash(Path::new("/srv/data2")));
    }

    #[test]
    fn a_folder_with_commas_and_quotes_stays_one_folder() {
        assert_eq!(quoted(Path::new("/a,b/\"c\"")), "\"/a,b/\"\"c\"\"\"");
    }
}
