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

/// How often two addresses take turns.
pub const ROUNDS: u32 = 4;

/// Two addresses in turns, so that a machine that slows down slows both: the mean rate of each, the mean median, the worst p99.
pub async fn drive_both(effort: &Effort, one: (&str, &str), other: (&str, &str)) -> anyhow::Result<(Load, Load)> {
    wrk(effort.warm_up, one.0, one.1).await?;
    wrk(effort.warm_up, other.0, other.1).await?;
    let (mut ones, mut others) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ones.push(wrk(effort.run / 2, one.0, one.1).await?);
        others.push(wrk(effort.run / 2, other.0, other.1).await?);
    }
    Ok((together(&ones), together(&others)))
}

pub fn together(rounds: &[Load]) -> Load {
    Load {
        rate: rounds.iter().map(|load| load.rate).sum::<f64>() / f64::from(ROUNDS),
        p50: rounds.iter().map(|load| load.p50).sum::<Duration>() / ROUNDS,
        p99: rounds.iter().map(|load| load.p99).max().unwrap_or_default(),
    }
}

async fn wrk(run: Duration, url: &str, cookie: &str) -> anyhow::Result<Load> {
    wrk_with(run, url, &["-t2", "-c16", "-H", &format!("cookie: {cookie}")]).await
}

/// # Errors
/// As [`drive`].
pub async fn wrk_with(run: Duration, url: &str, arguments: &[&str]) -> anyhow::Result<Load> {
    let output = Command::new("wrk")
        .args(["--latency", &format!("-d{}s", run.as_secs())])
        .args(arguments)
        .arg(url)
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
