//! What a page of the console's list costs with a hundred times the tenants. Two servers, asked in turn, so that whatever else the machine
//! does meets both alike; then the larger one under load.

use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::Effort;
use super::load::drive;
use super::report::{Report, Target, median};
use super::server::{Folder, Visitor};

/// Of the time at the small size.
const MOST: f64 = 1.5;
/// Under load, at the large size.
const P99_MS: f64 = 60.0;
const SORTS: [&str; 10] = ["name", "-plan", "status", "-agents", "-tokens", "-storage", "-cost", "-limit", "owner", "-created"];
/// A line of each filter, percent-encoded.
const FILTERS: [(&str, &str); 9] = [
    ("by state", "state:suspended"),
    ("by plan", "plan:pro"),
    ("near a limit", "limit:%3E%3D80%25"),
    ("by tokens of the quota", "tokens:%3E80%25"),
    ("by an amount of tokens", "tokens:%3E5M"),
    ("by cost", "cost:%3E100"),
    ("by owner", "owner:@acme.example"),
    ("by day", "created:%3C2026-01-01"),
    ("by four", "plan:pro%20state:active%20tokens:%3E80%25%20created:%3C2027-01-01"),
];
const SEARCHES: [(&str, &str); 3] = [("search for one", "acme"), ("search for many", "con"), ("search for none", "qqqxyz")];
const PAGE: u32 = 50;

pub async fn measure(effort: &Effort, folder: &Folder, report: &mut Report) -> anyhow::Result<()> {
    for (data, tenants) in [("small", effort.small), ("large", effort.large)] {
        let started = Instant::now();
        folder.fill(data, tenants).await?;
        eprintln!("{tenants} tenants made in {:.0} s", started.elapsed().as_secs_f64());
    }
    let (small, large) = (folder.serve("small", &[])?, folder.serve("large", &[])?);
    let admin = "admin@tenantry.example";
    let (small, large) = (&small.sign_in(folder, admin).await?, &large.sign_in(folder, admin).await?);

    let columns = [format!("at {}", effort.small), format!("at {}", effort.large)];
    report.heading("Console list, median of one request", [&columns[0], &columns[1], "", "ratio"]);
    let mut compare = async |name: &str, at_small: &str, at_large: &str| -> anyhow::Result<()> {
        let ask = async |visitor: &Visitor, path: &str| visitor.get(path).await.map(drop);
        let (times_small, times_large) = in_turn(effort, async || ask(small, at_small).await, async || ask(large, at_large).await).await?;
        report.growth(name, times_small, times_large, MOST);
        Ok(())
    };
    let sorts = SORTS.map(|sort| (format!("first page by {sort}"), format!("/admin/tenants?sort={sort}")));
    let lines = FILTERS.into_iter().chain(SEARCHES).map(|(name, q)| (name.to_owned(), format!("/admin/tenants?q={q}")));
    let asked: Vec<(String, String)> = sorts.into_iter().chain(lines).collect();
    for (name, path) in &asked {
        compare(name, path, path).await?;
    }
    let (middle_small, middle_large) = (middle(small, effort.small).await?, middle(large, effort.large).await?);
    compare("page in the middle", &middle_small, &middle_large).await?;

    report.heading(&format!("Slowest of a hundred pages of {} tenants, 16 connections", effort.large), ["requests/s", "p50", "", "p99"]);
    for (name, path) in asked.iter().chain([&("page in the middle".to_owned(), middle_large)]) {
        let load = drive(effort, &large.url(path), &large.cookie).await?;
        report.slowest(name, &load, Target::AtMost(P99_MS));
    }
    Ok(())
}

/// The address of the page in the middle, found as people find it: by "Next".
async fn middle(visitor: &Visitor, tenants: u32) -> anyhow::Result<String> {
    let mut path = "/admin/tenants".to_owned();
    for _ in 0..tenants / PAGE / 2 {
        let page = visitor.get(&path).await?;
        let next =
            page.split("<a ").find(|link| link.contains("rel=\"next\"")).and_then(|link| link.split("href=\"").nth(1)?.split('"').next());
        path = next.with_context(|| format!("no next page after {path}"))?.replace("&amp;", "&");
    }
    Ok(path)
}

/// The median time of each of two requests, asked in turn.
pub async fn in_turn(
    effort: &Effort,
    one: impl AsyncFn() -> anyhow::Result<()>,
    other: impl AsyncFn() -> anyhow::Result<()>,
) -> anyhow::Result<(Duration, Duration)> {
    let (mut ones, mut others) = (Vec::new(), Vec::new());
    // The first tenth warms up.
    for _ in 0..effort.requests + effort.requests / 10 {
        ones.push(time(&one).await?);
        others.push(time(&other).await?);
    }
    let warm = effort.requests / 10;
    Ok((median(ones.split_off(warm)), median(others.split_off(warm))))
}

async fn time(ask: impl AsyncFn() -> anyhow::Result<()>) -> anyhow::Result<Duration> {
    let started = Instant::now();
    ask().await?;
    Ok(started.elapsed())
}
