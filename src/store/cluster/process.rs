//! Processes of this machine: which of them is a server of our cluster, and signals to it. Never ends one by itself.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

/// What a process id turns out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Process {
    Gone,
    /// The server of this cluster.
    ServerHere,
    /// A program that has nothing to do with this cluster, or a dead process nobody has collected.
    SomethingElse,
    /// Possibly a server; the system does not tell of which cluster.
    Unknown,
}

/// Looks whether the process is a server that works on this cluster, since ids of dead processes are given out again.
pub(super) async fn identify(pid: u32, cluster_dir: &Path) -> Process {
    let proc = PathBuf::from(format!("/proc/{pid}"));
    if !Path::new("/proc/self").exists() {
        return identify_by_ps(pid, cluster_dir).await;
    }
    let command = match fs::read(proc.join("cmdline")) {
        Ok(command) => command,
        Err(error) if error.kind() == ErrorKind::NotFound || !proc.exists() => {
            return Process::Gone;
        }
        Err(_) => return Process::Unknown,
    };
    let args: Vec<&[u8]> = command.split(|byte| *byte == 0).collect();
    if !is_server(&args) {
        return Process::SomethingElse;
    }
    // Servers work inside their cluster. Root may look there only with the capability to trace, which containers lack.
    let work = fs::metadata(proc.join("cwd"));
    let inside = |work: &Metadata| fs::metadata(cluster_dir).is_ok_and(|dir| identity(&dir) == identity(work));
    if work.as_ref().is_ok_and(inside) {
        return Process::ServerHere;
    }
    // Some files it opens by the path it was given, even if its folder has been moved or deleted meanwhile, and would
    // spoil a new cluster of that path. In a container the same path is another folder.
    if folder_argument(&args) == Some(cluster_dir) && shares_our_files(&proc) {
        return Process::ServerHere;
    }
    if work.is_ok() { Process::SomethingElse } else { Process::Unknown }
}

fn identity(meta: &Metadata) -> (u64, u64) {
    (meta.dev(), meta.ino())
}

/// Whether the process sees the same file systems; assumed where the system does not tell.
fn shares_our_files(proc: &Path) -> bool {
    match (fs::read_link(proc.join("ns/mnt")), fs::read_link("/proc/self/ns/mnt")) {
        (Ok(its), Ok(ours)) => its == ours,
        _ => true,
    }
}

/// Whether these are a server's arguments; those of its sessions read `postgres: …`.
fn is_server(args: &[&[u8]]) -> bool {
    let program = args.first().map(|program| Path::new(OsStr::from_bytes(program)));
    program.and_then(Path::file_name).is_some_and(|name| name == "postgres" || name == "postmaster")
}

/// The cluster named by `-D`, as [`super::server`] does.
fn folder_argument<'a>(args: &[&'a [u8]]) -> Option<&'a Path> {
    let at = args.iter().position(|arg| *arg == b"-D")?;
    Some(Path::new(OsStr::from_bytes(args.get(at + 1)?)))
}

/// For systems without `/proc`, such as macOS.
async fn identify_by_ps(pid: u32, cluster_dir: &Path) -> Process {
    let Some(listing) = ps(&["-p", &pid.to_string()]).await else {
        return Process::Unknown;
    };
    match listing.lines().find_map(|line| parse_ps_line(line, cluster_dir)) {
        None => Process::Gone,
        Some((_, process)) => process,
    }
}

async fn ps(selection: &[&str]) -> Option<String> {
    let mut ps = Command::new("ps");
    ps.args(["-ww", "-o", "pid=,command="]).args(selection).stdin(Stdio::null());
    Some(String::from_utf8_lossy(&ps.output().await.ok()?.stdout).into_owned())
}

fn parse_ps_line(line: &str, cluster_dir: &Path) -> Option<(u32, Process)> {
    let (pid, command) = line.trim().split_once(' ')?;
    let (program, args) = command.trim().split_once(" -D ").unwrap_or((command.trim(), ""));
    let process = match (!program.contains(' ') && program.ends_with("postgres"), args.starts_with(&format!("{} ", cluster_dir.display())))
    {
        (true, true) => Process::ServerHere,
        (true, false) => Process::Unknown,
        (false, _) => Process::SomethingElse,
    };
    Some((pid.parse().ok()?, process))
}

/// Servers that surely work on this cluster, whether or not a file still tells of them.
pub(super) async fn list_servers(cluster_dir: &Path) -> Vec<u32> {
    let Ok(processes) = fs::read_dir("/proc") else {
        let listing = ps(&["-ax"]).await.unwrap_or_default();
        let known = listing.lines().filter_map(|line| parse_ps_line(line, cluster_dir));
        return known.filter(|(_, process)| *process == Process::ServerHere).map(|(pid, _)| pid).collect();
    };
    let mut servers = Vec::new();
    for process in processes.flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // Where we may not look into a process, its arguments alone are not enough to end it.
        let visible = || fs::metadata(process.path().join("cwd")).is_ok();
        if identify(pid, cluster_dir).await == Process::ServerHere && visible() {
            servers.push(pid);
        }
    }
    servers
}

/// Sessions that outlived their killed server at work on a long query; they keep a new one from starting.
pub(super) fn list_orphans(cluster_dir: &Path) -> Vec<u32> {
    let Ok(dir) = fs::metadata(cluster_dir) else {
        return Vec::new();
    };
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten().map(|process| process.path());
    let sessions = processes.filter(|process| {
        fs::read(process.join("cmdline")).is_ok_and(|command| command.starts_with(b"postgres: "))
            && fs::metadata(process.join("cwd")).is_ok_and(|work| identity(&work) == identity(&dir))
    });
    sessions.filter_map(|process| process.file_name()?.to_str()?.parse().ok()).collect()
}

/// Sends a signal; a process that has ended in the meantime is no error. The shell's own `kill` is there even where
/// the program is not (slim containers). Takes a few milliseconds and needs no runtime, so that drop can use it.
pub(super) fn send(signal: &str, pid: u32) {
    let mut shell = std::process::Command::new("/bin/sh");
    shell.args(["-c", "kill -s \"$1\" \"$2\"", "sh", signal, &pid.to_string()]);
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Err(error) = shell.status() {
        tracing::warn!("cannot signal PostgreSQL (process {pid}): {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_known_by_its_line_of_ps() {
        let here = |line| parse_ps_line(line, Path::new("/my data/postgres"));
        let server = "  42 /opt/homebrew/bin/postgres -D /my data/postgres -p 5432";
        assert_eq!(here(server), Some((42, Process::ServerHere)));
        assert_eq!(here("43 postgres -D /other -p 5432"), Some((43, Process::Unknown)));
        assert_eq!(here("44 vim /my data/postgres "), Some((44, Process::SomethingElse)));
        assert_eq!(here(""), None);
    }

    #[test]
    fn a_server_is_told_from_its_sessions_and_from_others() {
        let server: [&[u8]; 4] = [b"/usr/lib/postgresql/15/bin/postgres", b"-D", b"/d", b""];
        assert!(is_server(&server));
        assert_eq!(folder_argument(&server), Some(Path::new("/d")));
        assert!(!is_server(&[b"postgres: checkpointer "]));
        assert!(!is_server(&[b"/bin/bash", b"-D", b"/d"]));
        assert!(!is_server(&[b""]));
    }
}
