//! Which of the machine's PostgreSQL installations to run: finds them all, chooses one, never runs a server.

use std::fs;
use std::path::{Path, PathBuf};

use super::ClusterError;
use super::user::ServerUser;

/// The oldest major version that tenantry's SQL runs on.
const OLDEST: u32 = 15;

/// Where packages put PostgreSQL without putting it on PATH; a `*` stands for part of one name.
const USUAL_FOLDERS: [&str; 7] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/opt/homebrew/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/usr/local/pgsql/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
];

/// A folder with `initdb` and `postgres` of one version, which the server's user can run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Install {
    pub(super) bin: PathBuf,
    /// Major and minor number, such as (15, 14); the minor is 0 for a beta.
    version: (u32, u32),
    on_path: bool,
}

impl Install {
    fn name(&self) -> String {
        format!("{}.{} in {}", self.version.0, self.version.1, self.bin.display())
    }
}

/// All installations, those on PATH first and in its order.
pub(super) async fn list_installs(user: &ServerUser) -> Vec<Install> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).filter(|dir| dir.is_absolute()).map(|dir| (dir, true));
    let usual = USUAL_FOLDERS.iter().flat_map(|pattern| expand(pattern)).map(|dir| (dir, false));

    let mut installs: Vec<Install> = Vec::new();
    for (dir, on_path) in on_path.chain(usual) {
        // initdb looks for its share files beside the real program, not beside a link to it.
        let Ok(program) = dir.join("initdb").canonicalize() else {
            continue;
        };
        let Some(bin) = program.parent() else {
            continue;
        };
        if !bin.join("postgres").exists() || installs.iter().any(|known| known.bin == bin) {
            continue;
        }
        let Ok(output) = user.command(bin.join("postgres")).arg("--version").output().await else {
            continue;
        };
        if let Some(version) = parse_version(&String::from_utf8_lossy(&output.stdout)) {
            installs.push(Install { bin: bin.to_owned(), version, on_path });
        }
    }
    installs
}

/// The installation to run: of the existing cluster's major version, else the first on PATH, else the newest.
///
/// # Errors
/// `NotFound`, `TooOld`, or `OtherMajor` if the existing cluster's version is not among them.
pub(super) fn choose<'a>(installs: &'a [Install], existing: Option<(u32, &Path)>) -> Result<&'a Install, ClusterError> {
    if let Some((needed, data)) = existing {
        let same = installs.iter().filter(|install| install.version.0 == needed);
        return same.max_by_key(|install| install.version).ok_or_else(|| ClusterError::OtherMajor {
            needed,
            found: names(installs),
            data: data.to_owned(),
        });
    }
    if installs.is_empty() {
        return Err(ClusterError::NotFound { hint: hint() });
    }
    let fit = || installs.iter().filter(|install| install.version.0 >= OLDEST);
    fit()
        .find(|install| install.on_path)
        .or_else(|| fit().max_by_key(|install| install.version))
        .ok_or_else(|| ClusterError::TooOld { found: names(installs), hint: hint() })
}

fn names(installs: &[Install]) -> String {
    let names: Vec<String> = installs.iter().map(Install::name).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn hint() -> String {
    let how = if cfg!(target_os = "macos") {
        "`brew install postgresql@17`"
    } else if Path::new("/etc/debian_version").exists() {
        "`apt-get install postgresql`"
    } else {
        "your package manager (on Debian `apt-get install postgresql`)"
    };
    format!("install it with {how}")
}

/// Reads the output of `postgres --version`, such as `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`.
fn parse_version(output: &str) -> Option<(u32, u32)> {
    let (_, version) = output.split_once("(PostgreSQL) ")?;
    let mut numbers = version.split(|c: char| !c.is_ascii_digit());
    let major = numbers.next()?.parse().ok()?;
    let dotted = version.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with('.');
    let minor = if dotted { numbers.next().and_then(|minor| minor.parse().ok()).unwrap_or(0) } else { 0 };
    Some((major, minor))
}

/// The existing folders that a pattern with at most one `*` means.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return vec![PathBuf::from(pattern)];
    };
    // The text before the star ends inside a name (`/usr/pgsql-`) or with a slash (`/usr/lib/postgresql/`).
    let (folder, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path().join(after.trim_start_matches('/')))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(bin: &str, version: (u32, u32), on_path: bool) -> Install {
        Install { bin: bin.into(), version, on_path }
    }

    #[test]
    fn versions_of_packages_and_betas_are_read() {
        assert_eq!(parse_version("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n"), Some((15, 14)));
        assert_eq!(parse_version("postgres (PostgreSQL) 9.6.24\n"), Some((9, 6)));
        assert_eq!(parse_version("postgres (PostgreSQL) 18beta1\n"), Some((18, 0)));
        assert_eq!(parse_version("postgres: command not found"), None);
    }

    #[test]
    fn path_wins_unless_it_is_too_old_and_then_the_newest() {
        let old = install("/a", (14, 9), true);
        let path = install("/b", (15, 1), true);
        let newest = install("/c", (17, 2), false);
        let all = [old.clone(), path.clone(), install("/d", (16, 8), false), newest.clone()];
        assert_eq!(choose(&all, None).ok(), Some(&path));
        assert_eq!(choose(&[old.clone(), newest.clone()], None).ok(), Some(&newest));
        assert!(matches!(choose(&[old], None), Err(ClusterError::TooOld { .. })));
        assert!(matches!(choose(&[], None), Err(ClusterError::NotFound { .. })));
    }

    #[test]
    fn an_existing_cluster_is_run_by_its_own_major_version() {
        let all = [install("/b", (17, 1), true), install("/c", (15, 2), false), install("/d", (15, 9), false)];
        let data = Path::new("/data/postgres");
        assert_eq!(choose(&all, Some((15, data))).ok(), Some(&all[2]));
        let error = choose(&all, Some((16, data))).map_err(|error| error.to_string());
        assert!(error.is_err_and(|line| line.contains("needs PostgreSQL 16") && !line.contains('\n')));
    }
}
