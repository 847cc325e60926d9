//! Whether the time of an answer tells who has an account (security.md, H2): a wrong password beside an address that nobody has, in turns.

use anyhow::ensure;

use super::Effort;
use super::growth::in_turn;
use super::report::Report;
use super::server::Folder;

/// Of the medians.
const MOST: f64 = 1.05;

async fn attempt(client: &reqwest::Client, base: &str, email: &str) -> anyhow::Result<()> {
    let answer = client
        .post(format!("{base}/fn/auth/sign-in"))
        .header("origin", base)
        .header("accept", "application/json")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("email={email}&password=not-the-password-at-all"))
        .send()
        .await?;
    ensure!(answer.status() == 422, "{email}: {}", answer.status());
    answer.bytes().await?;
    Ok(())
}

pub async fn measure(effort: &Effort, folder: &Folder, report: &mut Report) -> anyhow::Result<()> {
    let server = folder.serve("small", &["--demo"])?;
    let (client, base) = (reqwest::Client::new(), server.base.as_str());
    let known = async || attempt(&client, base, "owner@acme.example").await;
    let unknown = async || attempt(&client, base, "nobody@acme.exampl").await;
    let (known, unknown) = in_turn(effort, known, unknown).await?;
    report.heading("Guessing accounts by time", ["sooner", "later", "", "ratio"]);
    // Whichever takes longer tells.
    report.growth("a wrong password, median", known.min(unknown), known.max(unknown), MOST);
    Ok(())
}
