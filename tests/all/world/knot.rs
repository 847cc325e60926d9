//! A real DNS server: Knot, authoritative for everything (zone `.`), changed while it runs. One for all tests of this process, which use names
//! of their own; it ends with the process, as PostgreSQL does (see `cluster.rs`).

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::os::unix::fs::{DirBuilderExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use tenantry::dns::{Dns, DnsSettings};
use tokio::io::AsyncWriteExt as _;

use super::cluster::id;

const LIFE: &str = r#"
set -e
folder=$1
cd "$folder"
knotd -c knot.conf >log 2>&1 </dev/null & knot=$!
trap 'kill "$knot" 2>/dev/null || true; wait "$knot" 2>/dev/null || true; rm -rf "$folder"' EXIT
trap '' HUP INT TERM
until knotc -c knot.conf zone-status . >/dev/null 2>&1; do
  kill -0 "$knot" 2>/dev/null || { cat log; exit 1; }
  sleep 0.05
done
echo ready
read -r forever || true
"#;

/// The root with one name server, and a zone that cannot be loaded: it answers SERVFAIL.
const ROOT: &str = "$TTL 60\n. SOA ns. admin. 1 3600 600 86400 60\n. NS ns.\nns. A 127.0.0.1\n";
/// Names below it are answered SERVFAIL.
pub const BROKEN: &str = "broken.example";

pub struct Knot {
    address: SocketAddr,
    /// Closing it ends the server.
    _life: Mutex<(Child, ChildStdin)>,
}

static KNOT: OnceLock<Knot> = OnceLock::new();

fn free_port() -> u16 {
    UdpSocket::bind(("127.0.0.1", 0)).expect("a free port").local_addr().expect("bound").port()
}

fn start() -> Knot {
    let folder = std::env::temp_dir().join(format!("tenantry-knot-{}-{}", std::process::id(), uuid::Uuid::new_v4().simple()));
    std::fs::DirBuilder::new().mode(0o700).create(&folder).expect("a new folder in the temporary folder");
    std::fs::create_dir(folder.join("db")).expect("a folder");
    let (port, place) = (free_port(), folder.display());
    let conf = format!(
        "server:\n    rundir: \"{place}\"\n    listen: 127.0.0.1@{port}\n    udp-workers: 1\n    tcp-workers: 1\n    background-workers: 1\n\
         log:\n  - target: stderr\n    any: warning\ndatabase:\n    storage: \"{place}/db\"\n\
         acl:\n  - id: everybody\n    address: 127.0.0.1\n    action: update\n\
         zone:\n  - domain: .\n    storage: \"{place}\"\n    file: \"root.zone\"\n    acl: everybody\n    zonefile-sync: -1\n\
         \x20 - domain: {BROKEN}\n    storage: \"{place}\"\n    file: \"missing.zone\"\n"
    );
    std::fs::write(folder.join("knot.conf"), conf).expect("written");
    std::fs::write(folder.join("root.zone"), ROOT).expect("written");
    let mut life = Command::new("/bin/sh");
    life.args(["-c", LIFE, "sh"]).arg(&folder);
    life.env_clear().env("PATH", "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin:/opt/homebrew/sbin:/opt/homebrew/bin");
    life.current_dir("/").process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
    if id(&["-u"]) == Some(0) {
        let (uid, gid) = (id(&["-u", "nobody"]).expect("nobody"), id(&["-g", "nobody"]).expect("nobody"));
        for path in [folder.clone(), folder.join("db"), folder.join("knot.conf"), folder.join("root.zone")] {
            chown(path, Some(uid), Some(gid)).expect("root may give a file away");
        }
        life.uid(uid).gid(gid);
    }
    let mut life = life.spawn().expect("sh runs");
    let mut said = BufReader::new(life.stdout.take().expect("piped"));
    let mut text = String::new();
    while text.lines().last() != Some("ready") {
        assert!(said.read_line(&mut text).expect("text") > 0, "Knot did not start; .ci/install test brings it:\n{text}");
    }
    let stdin = life.stdin.take().expect("piped");
    Knot { address: SocketAddr::from(([127, 0, 0, 1], port)), _life: Mutex::new((life, stdin)) }
}

impl Knot {
    pub fn shared() -> &'static Knot {
        KNOT.get_or_init(start)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Asks this server; the platform is `localhost`, at 192.0.2.1 and 2001:db8::1.
    pub fn dns(&self) -> Dns {
        dns_at(self.address)
    }

    /// Changes records at once: `add portal.acme.example 60 TXT "text"`, `delete portal.acme.example TXT`.
    pub async fn change(&self, changes: &[&str]) {
        let changes: String = changes.iter().map(|change| format!("update {change}\n")).collect();
        let script = format!("server {} {}\nzone .\n{changes}send\n", self.address.ip(), self.address.port());
        let mut child = tokio::process::Command::new("knsupdate").stdin(Stdio::piped()).kill_on_drop(true).spawn().expect("knsupdate runs");
        child.stdin.take().expect("piped").write_all(script.as_bytes()).await.expect("written");
        let status = child.wait().await.expect("it ends");
        assert!(status.success(), "{script}");
    }
}

/// Asks the server there.
pub fn dns_at(server: SocketAddr) -> Dns {
    let addresses = ["192.0.2.1", "2001:db8::1"].map(|address| address.parse().expect("an address")).to_vec();
    Dns::new(DnsSettings { server: Some(server), base_host: "localhost".to_owned(), addresses, authority: "letsencrypt.org".to_owned() })
}
