//! How full a tenant's limits are, in bars and banners: the same on every page.

use chrono::NaiveDate;
use leptos::prelude::*;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use crate::domain::money::Usd;
use crate::domain::quantity::{self, Unit};
use crate::domain::quota::{self, Quota};
use crate::domain::when;
use crate::store::notices::{Level, Standing, Unusual};
use crate::ui::meter::QuotaBar;

fn whole(n: Decimal) -> i64 {
    n.trunc().to_i64().unwrap_or(i64::MAX)
}

/// The bar of a level, with what is known of its future.
pub fn quota(level: &Level, today: NaiveDate) -> Quota {
    let shown = match level.unit.as_str() {
        "usd" => quota::Level::Money { used: Usd(level.used), limit: level.quota.map(Usd) },
        unit => quota::Level::Units {
            used: whole(level.used),
            limit: level.quota.map(whole),
            unit: if unit == "bytes" { Unit::Bytes } else { Unit::Count },
        },
    };
    let resets = match (level.resets, level.daily) {
        (true, true) => Some("resets at 00:00 UTC".to_owned()),
        (true, false) => Some(format!("resets {}", when::day_and_month(when::next_month(today)))),
        (false, _) => None,
    };
    let full = level.quota.is_some_and(|quota| level.used >= quota);
    let future = level.runs_out.filter(|_| !full).map(|day| match day == today {
        true => "runs out today at this pace".to_owned(),
        false => format!("runs out on {} at this pace", when::day_and_month(day)),
    });
    let said: Vec<String> = resets.into_iter().chain(future).collect();
    Quota { label: level.label.clone(), level: shown, resets: (!said.is_empty()).then(|| said.join(", ")) }
}

/// Which bars a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bars {
    /// The four that a dashboard has room for.
    Main,
    #[default]
    All,
}

const MAIN: [&str; 4] = ["agents", "budget", "tokens", "storage"];

/// The bars in their order.
pub fn bars(standing: &Standing, which: Bars) -> Vec<AnyView> {
    let levels: Vec<&Level> = match which {
        Bars::Main => MAIN.iter().filter_map(|meter| standing.level(meter)).collect(),
        Bars::All => standing.levels.iter().collect(),
    };
    levels.into_iter().map(|level| view! { <QuotaBar quota=quota(level, standing.today) /> }.into_any()).collect()
}

fn unusual(day: &Unusual, today: NaiveDate) -> AnyView {
    let when = if day.day == today { "today".to_owned() } else { format!("on {}", when::day_and_month(day.day)) };
    let text = format!(
        "{} {when}, where {} a day are usual. If nobody knows why, look at the agents on the page “Usage” and at your API keys.",
        quantity::count(day.amount),
        quantity::count(whole(day.mean)),
    );
    view! { <div class="banner near" role="status"><span><b>{format!("Unusual usage of {}: ", day.label.to_lowercase())}</b>{text}</span></div> }
        .into_any()
}

/// The fullest limits that crossed a threshold, `most` of them, and days that were unusually busy.
pub fn banners(standing: &Standing, most: usize) -> Vec<AnyView> {
    let mut crossed: Vec<(i64, &Level)> = standing
        .levels
        .iter()
        .filter_map(|level| {
            // What was crossed and is not any more (a larger plan, an agent removed) is nothing to warn of.
            let percent = quota(level, standing.today).percent().filter(|percent| *percent >= quota::NEAR_PERCENT)?;
            level.noticed.map(|_| (percent, level))
        })
        .collect();
    crossed.sort_by_key(|(percent, _)| std::cmp::Reverse(*percent));
    let limits = crossed.into_iter().take(most).map(|(percent, level)| {
        let (class, next) = match percent {
            100.. => ("banner over", "What is counted there is refused until there is room again."),
            _ => ("banner near", "The page “Plan” shows what larger plans allow."),
        };
        view! {
            <div class=class role="status"><span><b>{format!("{}: {percent} % of the limit is used.", level.label)}</b>" "{next}</span></div>
        }
        .into_any()
    });
    limits.chain(standing.unusual.iter().map(|day| unusual(day, standing.today))).collect()
}
