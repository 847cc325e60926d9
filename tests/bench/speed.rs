//! Requests a second of the portal's pages and the console's list, beside the same data from bare axum and sqlx.

use anyhow::ensure;

use super::load::{drive, drive_both};
use super::report::{Report, Target};
use super::server::Folder;
use super::{Effort, acme, baseline};

/// Of the baseline's rate.
const LEAST: f64 = 0.5;
const P99_MS: f64 = 50.0;

/// Pages of the portal, and what both they and their bare counterparts show of Acme.
const PAGES: [(&str, &str); 13] = [
    ("plan", "Enterprise"),
    ("team", "owner@acme.example"),
    ("usage", "API calls"),
    ("billing", "ACME-0002"),
    ("agents", "Agents"),
    ("knowledge", "handbook-20.txt"),
    ("domains", "docs.acme.example"),
    ("keys", "Program 5"),
    ("branding", "Version 2"),
    ("audit", "asked for an archive of everything"),
    ("settings", "acme-before"),
    ("roles", "4 people"),
    ("export", "Your archive is ready"),
];

pub async fn measure(effort: &Effort, folder: &Folder, report: &mut Report) -> anyhow::Result<()> {
    let server = folder.serve("small", &["--demo"])?;
    let (owner, admin) = (server.sign_in(folder, "owner@acme.example").await?, server.sign_in(folder, "admin@tenantry.example").await?);
    acme::furnish(folder, &owner).await?;
    let bare = baseline::start(folder, "small").await?;

    // Under load nobody looks at what comes back.
    let (dashboard, list) = ("/t/acme", "/admin/tenants");
    for page in [owner.get(dashboard).await?, bare.get("/dashboard").await?] {
        ensure!(page.contains("$847.32"), "this is not Acme's dashboard:\n{page}");
    }
    for page in [admin.get(list).await?, bare.get("/list").await?] {
        ensure!(page.matches("<tr").count() == 51, "this is not a list of 50 tenants:\n{page}");
    }

    report.heading("Speed, 16 connections", ["requests/s", "p50", "p99", "ratio"]);
    let row = drive(effort, &bare.url("/row"), "").await?;
    report.speed("one row by primary key, bare", &row, None);
    let (bare_dashboard, ours) = drive_both(effort, (&bare.url("/dashboard"), ""), (&owner.url(dashboard), &owner.cookie)).await?;
    report.speed("dashboard, bare", &bare_dashboard, None);
    report.speed("dashboard", &ours, Some((&bare_dashboard, LEAST)));
    for (name, shows) in PAGES {
        let (page, bare_page) = (format!("/t/acme/{name}"), format!("/{name}"));
        for text in [owner.get(&page).await?, bare.get(&bare_page).await?] {
            ensure!(text.contains(shows), "{shows} is missing on the page {name}:\n{text}");
        }
        let (bare_load, ours) = drive_both(effort, (&bare.url(&bare_page), ""), (&owner.url(&page), &owner.cookie)).await?;
        report.speed(&format!("{name}, bare"), &bare_load, None);
        report.speed(name, &ours, Some((&bare_load, LEAST)));
    }
    let (bare_list, our_list) = drive_both(effort, (&bare.url("/list"), ""), (&admin.url(list), &admin.cookie)).await?;
    report.speed("list of 50 tenants, bare", &bare_list, None);
    report.speed("list of 50 tenants", &our_list, Some((&bare_list, LEAST)));

    report.heading("Slowest of a hundred requests", ["", "", "", "p99"]);
    for (name, load) in [("dashboard", ours), ("list of 50 tenants", our_list)] {
        report.value(name, load.p99.as_secs_f64() * 1_000.0, " ms", Target::AtMost(P99_MS));
    }
    bare.stop().await
}
