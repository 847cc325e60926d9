//! What staff do where there are many tenants: a file of all of them, which takes no memory, new ones, and an action on a thousand.

use std::time::{Duration, Instant};

use anyhow::ensure;

use super::Effort;
use super::report::{Report, Target};
use super::server::{Folder, Visitor};

const FILE_MB: f64 = 20.0;
const ACTION_S: f64 = 20.0;
const CREATED_MS: f64 = 1_000.0;
const NEW: usize = 100;

/// After the growth of the list, whose data folders it uses.
pub async fn measure(effort: &Effort, folder: &Folder, report: &mut Report) -> anyhow::Result<()> {
    let (small, large) = (folder.serve("small", &[])?, folder.serve("large", &[])?);
    let admin = "admin@tenantry.example";
    report.heading("Many tenants at once", ["", "", "", ""]);

    let visitor = large.sign_in(folder, admin).await?;
    // A page has been made, and the pools have their connections.
    visitor.get("/admin/tenants").await?;
    let before = large.memory()?;
    let lines = visitor.get("/admin/tenants.csv?cols=plan,state,agents,tokens,storage,cost,limit,owner,created").await?.lines().count();
    ensure!(lines > usize::try_from(effort.large)?, "the file has {lines} lines");
    #[allow(clippy::cast_precision_loss, reason = "megabytes")]
    let grown = large.memory()?.saturating_sub(before) as f64 / 1_000_000.0;
    report.value(&format!("memory, for a file of {}", effort.large), grown, " MB", Target::AtMost(FILE_MB));

    let mut times = Vec::new();
    for n in 0..NEW {
        let (name, slug, email) = (format!("Measured {n}"), format!("measured-{n}"), format!("owner@measured-{n}.example"));
        let started = Instant::now();
        visitor.post("/fn/tenants/create", &[("name", &name), ("slug", &slug), ("plan", "pro"), ("owner_email", &email)]).await?;
        times.push(started.elapsed());
    }
    times.sort();
    let slow = times[NEW * 95 / 100].as_secs_f64() * 1_000.0;
    report.value("a new tenant, p95", slow, " ms", Target::AtMost(CREATED_MS));

    let visitor = small.sign_in(folder, admin).await?;
    for action in ["suspend", "resume"] {
        let took = act(&visitor, action).await?;
        report.value(&format!("{action} {} tenants", effort.small), took.as_secs_f64(), " s", Target::AtMost(ACTION_S));
    }
    Ok(())
}

/// From the button to the last tenant.
async fn act(visitor: &Visitor, action: &str) -> anyhow::Result<Duration> {
    let run = visitor.post("/fn/bulk/draft", &[("action", action), ("which", "view"), ("view", "")]).await?;
    let id = run.rsplit('/').next().unwrap_or_default();
    if action == "suspend" {
        visitor.post("/fn/bulk/details", &[("run", id), ("reason", "measured")]).await?;
    }
    let started = Instant::now();
    visitor.post("/fn/bulk/start", &[("run", id)]).await?;
    loop {
        let page = visitor.get(&run).await?;
        // The head says it; each tenant that is done has the word as well.
        if !page.contains("class=\"state busy\"") {
            return Ok(started.elapsed());
        }
        ensure!(started.elapsed() < Duration::from_secs(300), "it does not end");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
