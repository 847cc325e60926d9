//! `make bench`: how fast the release build is, as ratios to what stands beside it in the same run.
//!
//! | file | question |
//! |---|---|
//! | `speed.rs` | how many requests a second, beside bare axum and sqlx on the same database (`baseline.rs`, `bare_*.rs`), of pages that all have rows (`acme.rs`) |
//! | `counting.rs` | how many requests are counted a second, beside one UPDATE each and beside Redis |
//! | `events.rs` | how many usage events a second are counted |
//! | `guessing.rs` | whether the time of an answer tells who has an account |
//! | `bulk.rs` | what a file of all tenants, and an action on a thousand, take |
//! | `growth.rs` | what a list costs with a hundred times the tenants |
//! | `history.rs` | what a consume costs with a hundred times the tenants, and with two years behind it |
//! | `rest.rs` | how much memory the server takes, and how soon it answers |
//!
//! PostgreSQL is the embedded one with its default durability. `--quick` takes shorter runs and fewer tenants, `--tenants 1000000` as many as
//! one likes; `--pages`, `--lists`, `--counting` and `--events` measure a part. Ends with 1 when a target is missed. Ratios hold on a machine that does nothing else.

mod acme;
mod bare_access;
mod bare_pages;
mod bare_settings;
mod baseline;
mod bulk;
mod counting;
mod events;
mod growth;
mod guessing;
mod history;
mod load;
mod redis;
mod report;
mod rest;
mod server;
mod speed;

use std::process::ExitCode;
use std::time::Duration;

use report::Report;
use server::Folder;

/// How long and how large.
#[derive(Clone)]
pub struct Effort {
    pub warm_up: Duration,
    pub run: Duration,
    pub small: u32,
    pub large: u32,
    /// Requests of which the median is taken.
    pub requests: usize,
    /// Starts of which the median is taken.
    pub starts: usize,
}

const FULL: Effort =
    Effort { warm_up: Duration::from_secs(3), run: Duration::from_secs(8), small: 1_000, large: 100_000, requests: 200, starts: 7 };
const QUICK: Effort =
    Effort { warm_up: Duration::from_secs(1), run: Duration::from_secs(2), small: 1_000, large: 20_000, requests: 60, starts: 3 };

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    Pages,
    Lists,
    Counting,
    Events,
}

async fn measure(effort: &Effort, part: Part) -> anyhow::Result<Report> {
    let folder = Folder::make()?;
    let mut report = Report::default();
    let wanted = |asked: Part| part == Part::All || part == asked;
    if wanted(Part::Pages) {
        speed::measure(effort, &folder, &mut report).await?;
        rest::measure(effort, &folder, &mut report).await?;
        guessing::measure(effort, &folder, &mut report).await?;
    }
    if wanted(Part::Lists) {
        growth::measure(effort, &folder, &mut report).await?;
        bulk::measure(effort, &folder, &mut report).await?;
    }
    if wanted(Part::Counting) {
        counting::measure(effort, &folder, &mut report).await?;
        history::measure(effort, &folder, &mut report).await?;
    }
    if wanted(Part::Events) {
        events::measure(effort, &folder, &mut report).await?;
    }
    Ok(report)
}

#[tokio::main]
async fn main() -> ExitCode {
    let (mut effort, mut part) = (FULL, Part::All);
    let mut tenants = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => effort = QUICK,
            "--tenants" => match arguments.next().and_then(|number| number.parse().ok()) {
                Some(number) => tenants = Some(number),
                None => {
                    eprintln!("bench: --tenants needs a number");
                    return ExitCode::from(2);
                }
            },
            "--pages" => part = Part::Pages,
            "--lists" => part = Part::Lists,
            "--counting" => part = Part::Counting,
            "--events" => part = Part::Events,
            // Cargo says this to every benchmark.
            "--bench" => {}
            unknown => {
                eprintln!("bench: unknown argument {unknown}; there are --quick, --tenants, --pages, --lists, --counting and --events");
                return ExitCode::from(2);
            }
        }
    }
    effort.large = tenants.unwrap_or(effort.large);
    let measured = tokio::select! {
        measured = measure(&effort, part) => measured,
        _ = tokio::signal::ctrl_c() => return ExitCode::from(130),
    };
    match measured {
        Ok(report) => report.exit_code(),
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::from(2)
        }
    }
}
