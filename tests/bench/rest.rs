//! Memory of a server that has started and does nothing, and how soon it answers on a database that exists.
//!
//! The server that is measured does not run the cluster: another one does, and the measured one is pointed at its database, migrations,
//! role checks and all. So its PostgreSQL's own start and memory are not counted.

use std::time::{Duration, Instant};

use sqlx::ConnectOptions as _;
use tenantry::cli::connect::{Purpose, connect};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Effort;
use super::report::{Report, Target, median};
use super::server::{Folder, free_port};

const MEMORY_MB: f64 = 60.0;
const START_MS: f64 = 1_000.0;

pub async fn measure(effort: &Effort, folder: &Folder, report: &mut Report) -> anyhow::Result<()> {
    let server = folder.serve("small", &[])?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let at_rest = server.memory()?;

    let connected = connect(&folder.config("small")?, Purpose::Command).await?;
    let logins = connected.logins.clone();
    connected.stop().await?;
    let mut times = Vec::new();
    for _ in 0..effort.starts {
        let port = free_port()?;
        let mut command = folder.command("small", &["serve"]);
        command
            .env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{port}"))
            .env("DATABASE_URL", logins.app.to_url_lossy().as_str())
            .env("TENANTRY_PLATFORM_DATABASE_URL", logins.platform.to_url_lossy().as_str())
            .env("TENANTRY_OWNER_DATABASE_URL", logins.owner.to_url_lossy().as_str())
            .stdout(std::process::Stdio::null());
        let started = Instant::now();
        let mut process = tokio::process::Command::from(command).kill_on_drop(true).spawn()?;
        first_answer(port).await?;
        times.push(started.elapsed());
        process.kill().await?;
    }
    report.heading("At rest and at the start", ["", "", "", ""]);
    report.value("memory of the server", at_rest as f64 / 1e6, " MB", Target::AtMost(MEMORY_MB));
    report.value("start to first page", median(times).as_secs_f64() * 1_000.0, " ms", Target::AtMost(START_MS));
    Ok(())
}

/// Asks for the sign-in page until it comes.
async fn first_answer(port: u16) -> anyhow::Result<()> {
    let mut stream = loop {
        match TcpStream::connect(("127.0.0.1", port)).await {
            Ok(stream) => break stream,
            Err(_not_yet) => tokio::time::sleep(Duration::from_millis(1)).await,
        }
    };
    stream.write_all(format!("GET /login HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    anyhow::ensure!(answer.starts_with("HTTP/1.1 200"), "the first answer was:\n{answer}");
    Ok(())
}
