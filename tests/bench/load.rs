//! Load by `wrk`: two threads, sixteen connections that are kept open.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokio::process::Command;

use super::Effort;

pub struct Load {
    /// Requests a second.
    pub rate: f64,
    pub p50: Duration,
    pub p99: Duration,
}

/// # Errors
/// When `wrk` is missing, or when any answer was an error.
pub async fn drive(effort: &Effort, url: &str, cookie: &str) -> anyhow::Result<Load> {
    wrk(effort.warm_up, url, cookie).await?;
    wrk(effort.run, url, cookie).await
}

async fn wrk(run: Duration, url: &str, cookie: &str) -> anyhow::Result<Load> {
    let output = Command::new("wrk")
        .args(["-t2", "-c16", "--latency", &format!("-d{}s", run.as_secs()), "-H", &format!("cookie: {cookie}"), url])
        .kill_on_drop(true)
        .output()
        .await
        .context("wrk cannot be started (Debian: apt-get install wrk)")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "wrk failed: {}", String::from_utf8_lossy(&output.stderr));
    ensure!(!text.contains("Non-2xx") && !text.contains("Socket errors"), "{url} failed under load:\n{text}");
    parse(&text).with_context(|| format!("wrk said something else than expected:\n{text}"))
}

fn parse(text: &str) -> Option<Load> {
    let after = |label: &str| text.lines().find_map(|line| Some(line.trim().strip_prefix(label)?.trim().to_owned()));
    Some(Load { rate: after("Requests/sec:")?.parse().ok()?, p50: time(&after("50%")?)?, p99: time(&after("99%")?)? })
}

/// `871.00us`, `3.52ms`, `1.20s`
fn time(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(char::is_alphabetic);
    let seconds = match &text[digits.len()..] {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        _ => return None,
    };
    Some(Duration::from_secs_f64(digits.parse::<f64>().ok()? * seconds))
}
