//! A real mail server, `end2end/api/smtp.py`: what it takes it hands over here. It ends with the test.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tenantry::jobs::mail::Mailer;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use url::Url;

/// Where links of mail lead in tests without a server.
pub const BASE: &str = "https://tenants.example";

pub struct Smtp {
    port: u16,
    said: Lines<BufReader<ChildStdout>>,
    /// Its input ends with it, and with that the server.
    _child: Child,
}

/// A mail as the server took it.
#[derive(Debug, Clone, Deserialize)]
pub struct Received {
    pub sender: String,
    pub recipients: Vec<String>,
    headers: Vec<(String, String)>,
    pub text: String,
    pub html: String,
}

impl Received {
    /// Of the header that stands there once.
    pub fn header(&self, name: &str) -> &str {
        let mut found = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        let value = found.next().unwrap_or_else(|| panic!("no {name} in {:?}", self.headers));
        assert!(found.next().is_none(), "{name} twice in {:?}", self.headers);
        &value.1
    }

    pub fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name))
    }

    /// The only address of ours in the text.
    pub fn link(&self) -> &str {
        let mut links = self.text.lines().filter(|line| line.starts_with("http"));
        let link = links.next().unwrap_or_else(|| panic!("no link in {}", self.text));
        assert!(links.next().is_none(), "{}", self.text);
        assert!(self.html.contains(&format!("href=\"{link}\"")), "{link} in {}", self.html);
        link
    }
}

fn python() -> std::path::PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"), Into::into);
    let python = target.join("tools/python/bin/python");
    assert!(python.exists(), "the mail server of the tests needs Python's packages: .ci/install test brings them");
    python
}

impl Smtp {
    pub async fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("end2end/api/smtp.py");
        let mut child = Command::new(python())
            .arg(script)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("Python runs");
        let mut said = BufReader::new(child.stdout.take().expect("piped")).lines();
        let port = line(&mut said).await.parse().expect("a port");
        Self { port, said, _child: child }
    }

    /// A server's way to send through here.
    pub fn mailer(&self) -> Mailer {
        mailer(Some(&format!("smtp://127.0.0.1:{}", self.port)))
    }

    /// The next mail that it takes.
    pub async fn next(&mut self) -> Received {
        let text = line(&mut self.said).await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

async fn line(said: &mut Lines<BufReader<ChildStdout>>) -> String {
    let line = tokio::time::timeout(Duration::from_secs(30), said.next_line()).await.expect("within half a minute");
    line.expect("it can be read").expect("the mail server runs")
}

/// Sends to that address; without one, mail is kept.
pub fn mailer(smtp_url: Option<&str>) -> Mailer {
    let from = "no-reply@tenants.example".parse().expect("an address");
    Mailer::new(smtp_url, &from, Url::parse(BASE).expect("an address")).expect("a mailer")
}
