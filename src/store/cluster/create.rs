//! Makes a new cluster, wholly or not at all: it gets its name only once it is complete.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

use super::ClusterError;
use super::error::{failed, tail};
use super::find::Install;
use super::user::ServerUser;

/// Creates the cluster of this data folder, in it or linked from it.
///
/// # Errors
/// `Create` with what initdb said; `Password` if initdb would not take it as it is.
pub(super) async fn create(
    data_dir: &Path,
    cluster_dir: &Path,
    install: &Install,
    user: &ServerUser,
    password: &str,
) -> Result<(), ClusterError> {
    if password.is_empty() || password.contains(['\n', '\r']) {
        return Err(ClusterError::Password);
    }
    let parent = cluster_dir.parent().unwrap_or(data_dir);
    tracing::info!("creating the database in {}", cluster_dir.display());
    remove_leftovers(parent);

    // Named by process: an initdb that outlived a killed tenantry must not write into, or clear away, this one.
    let unfinished = parent.join(format!("postgres.new-{}", std::process::id()));
    DirBuilder::new().mode(0o700).create(&unfinished).map_err(failed("create", &unfinished))?;
    user.give(&unfinished)?;
    run_initdb(install, user, &unfinished, password).await?;
    fs::rename(&unfinished, cluster_dir).map_err(failed("create", cluster_dir))?;
    sync(parent)?;

    if parent != data_dir {
        let link = data_dir.join("postgres");
        // An empty folder of that name is no cluster, but would be in the way; one with files was refused before.
        if link.is_dir() {
            fs::remove_dir(&link).map_err(failed("replace", &link))?;
        }
        symlink(cluster_dir, &link).map_err(failed("create", &link))?;
        sync(data_dir)?;
        tracing::info!("{user} cannot enter {}, so the database is in {} and linked from there", data_dir.display(), cluster_dir.display());
    }
    Ok(())
}

async fn run_initdb(install: &Install, user: &ServerUser, folder: &Path, password: &str) -> Result<(), ClusterError> {
    let locale = if has_c_utf8(user).await { "--locale=C.UTF-8" } else { "--no-locale" };
    // Beside the folder and with its name in front, so that the next start removes both after a kill.
    let mut beside = folder.as_os_str().to_owned();
    beside.push(".password");
    let secret = PasswordFile::create(PathBuf::from(beside), user, password)?;
    let mut initdb = user.command(install.bin.join("initdb"));
    initdb.args(["--username=postgres", "--encoding=UTF8", locale, "--auth=scram-sha-256", "--data-checksums"]);
    initdb.args(["--no-clean", "--no-instructions"]).arg("--pwfile").arg(&secret.path).arg("--pgdata").arg(folder);
    // Nothing is lost with an unfinished cluster, unlike with a running server: a cancelled start ends it.
    let output = initdb.kill_on_drop(true).output().await;
    drop(secret);
    let output = output.map_err(failed("run", &install.bin.join("initdb")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = if output.stderr.is_empty() { output.stdout } else { output.stderr };
    Err(ClusterError::Create { path: folder.to_owned(), tail: tail(&said) })
}

/// Sorting by code point with UTF-8 letters; systems without that locale know ASCII letters only.
async fn has_c_utf8(user: &ServerUser) -> bool {
    let Ok(output) = user.command("locale").arg("-a").output().await else {
        return false;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().any(|name| matches!(name.trim(), "C.UTF-8" | "C.utf8"))
}

/// Removes what a killed creation left; it was never a cluster. A folder still being written to waits for another start.
fn remove_leftovers(parent: &Path) {
    for entry in parent.read_dir().into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with("postgres.new") {
            continue;
        }
        let path = entry.path();
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        if let Err(error) = removed {
            tracing::warn!("cannot remove {}: {error}", path.display());
        }
    }
}

fn sync(folder: &Path) -> Result<(), ClusterError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed("write", folder))
}

/// A file with the password that only the server's user can read, gone with the value.
struct PasswordFile {
    path: PathBuf,
}

impl PasswordFile {
    fn create(path: PathBuf, user: &ServerUser, password: &str) -> Result<PasswordFile, ClusterError> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let mut file = file.map_err(failed("create", &path))?;
        let secret = PasswordFile { path };
        user.give(&secret.path)?;
        writeln!(file, "{password}").map_err(failed("write", &secret.path))?;
        Ok(secret)
    }
}

impl Drop for PasswordFile {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!("cannot remove {}: {error}", self.path.display());
        }
    }
}
