//! The one PostgreSQL of this test process, and the template database that every test clones.
//!
//! A small `sh` runs the server and reads a pipe whose other end this process holds: however this process ends, the pipe closes,
//! and the `sh` stops the server and removes its folder.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tenantry::store::handle::Logins;
use tenantry::store::migrate::{self, Login};

pub const OWNER: &str = "test_owner";
pub const APP: &str = "test_app";
pub const PLATFORM: &str = "test_platform";
const TEMPLATE: &str = "template_tenantry";

const LIFE: &str = r#"
set -e
bin=$1 folder=$2
trap '"$bin/pg_ctl" stop -m immediate -D "$folder/data" >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
trap '' HUP INT TERM
cd "$folder"
"$bin/initdb" -D data -U postgres -A trust -E UTF8 --locale=C --no-sync >initdb.log 2>&1 </dev/null || { cat initdb.log; exit 1; }
"$bin/pg_ctl" start -w -D data -l log -o "-k '$folder' $3" >/dev/null 2>&1 </dev/null || { cat log; exit 1; }
echo ready
while read -r how; do
  "$bin/pg_ctl" restart -w -m "$how" -D "$folder/data" -l "$folder/log" >/dev/null 2>&1 </dev/null || { cat log; exit 1; }
  echo ready
done
"#;

/// For a server that is stopped on purpose: what it says is committed is written, as far as a crash of its processes goes.
const LASTING: &str = " -c synchronous_commit=on";
const SETTINGS: &str = "-c listen_addresses= -c max_connections=300 -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
    -c autovacuum=off -c shared_buffers=128MB -c deadlock_timeout=200ms";

pub struct Cluster {
    folder: PathBuf,
    databases: AtomicU32,
    /// Holds both ends of the pipes.
    life: Mutex<Life>,
}

struct Life {
    sh: Child,
    said: BufReader<ChildStdout>,
}

impl Life {
    fn wait_until_ready(&mut self) {
        let mut said = String::new();
        while said.lines().last() != Some("ready") {
            let read = self.said.read_line(&mut said).expect("sh writes text");
            assert!(read > 0, "PostgreSQL did not start:\n{said}");
        }
    }
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();

impl Cluster {
    pub fn shared() -> &'static Cluster {
        // On a thread of its own: the caller's runtime must not be entered twice.
        CLUSTER.get_or_init(|| std::thread::spawn(|| start(SETTINGS)).join().expect("the private PostgreSQL starts"))
    }

    /// A PostgreSQL of this test's own, which it may stop. It ends with the process.
    pub fn own() -> &'static Cluster {
        let start = std::thread::spawn(|| start(&format!("{SETTINGS}{LASTING}")));
        Box::leak(Box::new(start.join().expect("the private PostgreSQL starts")))
    }

    /// Stops PostgreSQL, `fast` or `immediate`, and starts it again; returns when it takes connections. Blocks.
    pub fn restart(&self, how: &str) {
        let mut life = self.life.lock().expect("no panic while held");
        writeln!(life.sh.stdin.as_mut().expect("piped"), "{how}").expect("sh reads");
        life.wait_until_ready();
    }

    /// The folder of the unix socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.join(".s.PGSQL.5432")
    }

    pub fn login(&self, name: &str, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass().socket(&self.folder).port(5432).username(name).database(database).disable_statement_logging()
    }

    pub fn logins(&self, database: &str) -> Logins {
        Logins { owner: self.login(OWNER, database), app: self.login(APP, database), platform: self.login(PLATFORM, database) }
    }

    /// A fresh copy of the template; returns its name.
    pub async fn clone_template(&self) -> String {
        let name = format!("t{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.admin(format!("create database {name} template {TEMPLATE} owner {OWNER} strategy file_copy")).await;
        name
    }

    pub async fn admin(&self, statement: String) {
        let mut conn: PgConnection = self.login("postgres", "postgres").connect().await.expect("the superuser connects");
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut conn).await.expect("the superuser may do anything");
        conn.close().await.expect("closed");
    }
}

fn start(settings: &str) -> Cluster {
    let bin = find_programs();
    let unique = uuid::Uuid::new_v4().simple();
    let folder = std::env::temp_dir().join(format!("tenantry-test-{}-{unique}", std::process::id()));
    std::fs::DirBuilder::new().mode(0o700).create(&folder).expect("a new folder in the temporary folder");
    let mut life = Command::new("/bin/sh");
    life.args(["-c", LIFE, "sh"]).arg(&bin).arg(&folder).arg(settings);
    life.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LC_ALL", "C");
    life.current_dir("/").process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
    if id(&["-u"]) == Some(0) {
        let user = ["postgres", "nobody"].into_iter().find_map(|name| Some((id(&["-u", name])?, id(&["-g", name])?)));
        let (uid, gid) = user.expect("a user that is not root, to run PostgreSQL");
        chown(&folder, Some(uid), Some(gid)).expect("root may give a folder away");
        life.uid(uid).gid(gid);
    }
    let mut life = life.spawn().expect("sh runs");
    let said = BufReader::new(life.stdout.take().expect("piped"));
    let mut life = Life { sh: life, said };
    life.wait_until_ready();
    let cluster = Cluster { folder, databases: AtomicU32::new(0), life: Mutex::new(life) };
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(make_template(&cluster));
    cluster
}

/// Roles and schema by the very calls that production makes; the owner is no superuser.
async fn make_template(cluster: &Cluster) {
    let admin = cluster.login("postgres", "postgres");
    let password = String::from("unused: the socket's folder is private").into();
    migrate::ensure_database(&admin, TEMPLATE, OWNER, &password).await.expect("the owner and its database");
    let logins = [
        Login { name: APP, password: &password, group: "tenantry_app" },
        Login { name: PLATFORM, password: &password, group: "tenantry_platform" },
    ];
    migrate::ensure_roles(&admin.clone().database(TEMPLATE), OWNER, &logins).await.expect("the roles");
    let applied = migrate::apply(&cluster.login(OWNER, TEMPLATE)).await.expect("the migrations apply");
    assert_eq!(applied, migrate::known());
    assert_eq!(migrate::apply(&cluster.login(OWNER, TEMPLATE)).await.expect("again"), 0, "nothing is applied twice");
    // The staff of most tests sign in with a password alone; those that are about their second factor require it.
    let mut conn: PgConnection = admin.database(TEMPLATE).connect().await.expect("the superuser connects");
    sqlx::raw_sql("update platform_settings set staff_second_factor = false").execute(&mut conn).await.expect("a superuser may");
    conn.close().await.expect("closed");
}

pub fn id(args: &[&str]) -> Option<u32> {
    let said = Command::new("id").args(args).stderr(Stdio::null()).output().ok()?;
    String::from_utf8_lossy(&said.stdout).trim().parse().ok()
}

/// The folder with `initdb`: on PATH, else the newest that the packages put elsewhere.
fn find_programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut usual: Vec<(u32, PathBuf)> = Vec::new();
    for (folder, before) in
        [("/usr/lib/postgresql", ""), ("/usr", "pgsql-"), ("/opt/homebrew/opt", "postgresql@"), ("/usr/local/opt", "postgresql@")]
    {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some(version) = name.strip_prefix(before).and_then(|version| version.parse().ok()) {
                usual.push((version, entry.path().join("bin")));
            }
        }
    }
    usual.sort();
    found.extend(usual.into_iter().rev().map(|(_, folder)| folder));
    let programs = found.iter().filter_map(|folder| folder.join("initdb").canonicalize().ok());
    let folder = programs.filter_map(|program| program.parent().map(Path::to_owned)).find(|folder| folder.join("pg_ctl").exists());
    folder.expect("PostgreSQL 15 or later is installed")
}
