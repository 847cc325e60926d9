//! The program that is measured, as a process of its own, as its users start it.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use tenantry::config::{Config, VARIABLES};
use uuid::Uuid;

/// A folder for everything, gone at the end. Declared before the servers that work in it, so that they stop before.
pub struct Folder {
    path: PathBuf,
    /// Of the demo accounts.
    password: String,
}

impl Folder {
    pub fn make() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("tenantry-bench-{}", std::process::id()));
        std::fs::create_dir(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self { path, password: Uuid::new_v4().to_string() })
    }

    /// The data folder with this name.
    pub fn data(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A command on this data folder, whatever the environment says.
    pub fn command(&self, data: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
        for (variable, _) in VARIABLES {
            command.env_remove(variable);
        }
        command
            .args(arguments)
            .current_dir(&self.path)
            .env("TENANTRY_DATA_DIR", self.data(data))
            .env("TENANTRY_DEMO_PASSWORD", &self.password)
            // Passwords are guessed faster than people do.
            .env("TENANTRY_SIGN_INS_PER_MINUTE", "100000");
        command
    }

    /// The configuration of commands on this data folder.
    pub fn config(&self, data: &str) -> anyhow::Result<Config> {
        let data = self.data(data).to_string_lossy().into_owned();
        Ok(Config::read(|name| (name == "TENANTRY_DATA_DIR").then(|| data.clone()), None)?)
    }

    /// Fills a data folder up to this many tenants, beside its server if one runs.
    pub async fn fill(&self, data: &str, tenants: u32) -> anyhow::Result<()> {
        let mut command = tokio::process::Command::from(self.command(data, &["demo", "--tenants", &tenants.to_string()]));
        let output = command.output().await?;
        ensure!(output.status.success(), "tenantry demo failed:\n{}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    pub fn serve(&self, data: &str, arguments: &[&str]) -> anyhow::Result<Server> {
        Server::start(self.command(data, &[&["serve"], arguments].concat()), &self.data(&format!("{data}.log")))
    }

    pub fn password(&self) -> &str {
        &self.password
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in a temporary folder is a nuisance, not an error.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// A server that has said that it is ready.
pub struct Server {
    process: Child,
    pub base: String,
}

/// A port that nobody listens on at this moment.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

impl Server {
    fn start(mut command: Command, log: &Path) -> anyhow::Result<Self> {
        let port = free_port()?;
        command.env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{port}")).stdout(Stdio::piped()).stderr(File::create(log)?);
        let mut server = Self { process: command.spawn()?, base: format!("http://127.0.0.1:{port}") };
        let output = server.process.stdout.take().context("the server's output")?;
        let mut lines = BufReader::new(output).lines();
        while let Some(line) = lines.next().transpose()? {
            if line.contains("ready") {
                // Whatever it still says is read and forgotten.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(server);
            }
        }
        bail!("the server did not start:\n{}", std::fs::read_to_string(log)?)
    }

    /// Memory that the process holds now, in bytes (Linux).
    pub fn memory(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS in /proc")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
    }

    pub async fn sign_in(&self, folder: &Folder, email: &str) -> anyhow::Result<Visitor> {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(Duration::from_secs(30)).build()?;
        let form = format!("email={email}&password={}", folder.password());
        let answer = client
            .post(format!("{}/fn/auth/sign-in", self.base))
            .header("origin", &self.base)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await?;
        let cookie = answer.headers().get("set-cookie").and_then(|cookie| cookie.to_str().ok()).and_then(|cookie| cookie.split(';').next());
        let cookie = cookie.with_context(|| format!("{email} was not signed in: {}", answer.status()))?.to_owned();
        Ok(Visitor { client, base: self.base.clone(), cookie })
    }
}

impl Drop for Server {
    /// Asks the server to stop, as Ctrl-C does, and waits: it stops its PostgreSQL first.
    fn drop(&mut self) {
        let asked = Command::new("kill").arg(self.process.id().to_string()).status();
        if asked.is_ok_and(|status| status.success()) {
            let _ = self.process.wait();
        }
    }
}

/// Somebody who is signed in, on one connection.
pub struct Visitor {
    client: reqwest::Client,
    base: String,
    pub cookie: String,
}

impl Visitor {
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Sends a form; where it leads.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> anyhow::Result<String> {
        self.send(path, self.client.post(self.url(path)).form(form)).await
    }

    /// Sends a form that takes files: name, file name and content of each part; where it leads.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn post_parts(&self, path: &str, parts: &[(&str, Option<&str>, &str)]) -> anyhow::Result<String> {
        let mut body = String::new();
        for (name, file, content) in parts {
            let file = file.map(|file| format!("; filename=\"{file}\"\r\ncontent-type: text/plain")).unwrap_or_default();
            body.push_str(&format!("--bench\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n"));
        }
        body.push_str("--bench--\r\n");
        let form = self.client.post(self.url(path)).header("content-type", "multipart/form-data; boundary=bench").body(body);
        self.send(path, form).await
    }

    async fn send(&self, path: &str, form: reqwest::RequestBuilder) -> anyhow::Result<String> {
        let form = form.header("cookie", &self.cookie).header("origin", &self.base).header("accept", "text/html");
        let answer = form.header("referer", &self.base).send().await?;
        let to = answer.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or_default().to_owned();
        ensure!(answer.status().is_redirection() && !to.contains("__err"), "{path}: {} {to}", answer.status());
        Ok(to)
    }

    /// The page's text.
    ///
    /// # Errors
    /// When the answer is anything but a page.
    pub async fn get(&self, path: &str) -> anyhow::Result<String> {
        let answer = self.client.get(self.url(path)).header("cookie", &self.cookie).send().await?;
        ensure!(answer.status() == 200, "{path}: {}", answer.status());
        Ok(answer.text().await?)
    }
}
