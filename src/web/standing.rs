//! How full a tenant's limits are, in bars and banners: the same on every page.

use chrono::NaiveDate;
use leptos::prelude::*;
use maud::{Markup, html};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use crate::domain::money::Usd;
use crate::domain::quantity::{self, Unit};
use crate::domain::quota::{self, Quota};
use crate::domain::when;
use crate::store::allocation::Space;
use crate::store::notices::{Level, Standing, Unusual};
use crate::ui::live::LiveBars;
use crate::ui::meter::quota_bar;
use crate::ui::text::{inert, written};

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
    /// The one of a page on which this limit matters.
    Only(Limited),
}

/// What such pages are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limited {
    Agents,
    Members,
    Storage,
}

impl Limited {
    pub fn meter(self) -> &'static str {
        match self {
            Limited::Agents => "agents",
            Limited::Members => "members",
            Limited::Storage => "storage",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Limited::Agents => "Agents",
            Limited::Members => "Members and open invites",
            Limited::Storage => "Storage",
        }
    }

    fn unit(self) -> Unit {
        match self {
            Limited::Agents | Limited::Members => Unit::Count,
            Limited::Storage => Unit::Bytes,
        }
    }

    fn bar(self, used: i64, limit: Option<i64>) -> Markup {
        let level = quota::Level::Units { used, limit, unit: self.unit() };
        quota_bar(&Quota { label: self.label().to_owned(), level, resets: None })
    }

    /// The bar in a card of its own, which follows what is used while the page is open.
    pub fn card(self, base: &str, space: &Space) -> Markup {
        let (address, bar) = (format!("{base}/live?bars={}", self.meter()), self.bar(space.used, space.quota));
        html! { section class="card pad" { (live_bars(address, bar)) } }
    }
}

/// Bars that follow what is used while the page is open.
pub fn live_bars(address: String, bars: Markup) -> Markup {
    written(view! { <LiveBars address=address>{inert(bars)}</LiveBars> })
}

impl Bars {
    /// As an address asks for them: `main`, `agents`, `members`, `storage`, or all.
    pub fn asked(word: Option<&str>) -> Self {
        let limited = [Limited::Agents, Limited::Members, Limited::Storage];
        match word {
            Some("main") => Bars::Main,
            Some(word) => limited.into_iter().find(|limited| limited.meter() == word).map_or(Bars::All, Bars::Only),
            None => Bars::All,
        }
    }
}

const MAIN: [&str; 4] = ["agents", "budget", "tokens", "storage"];

/// The bars in their order.
pub fn bars(standing: &Standing, which: Bars) -> Markup {
    let levels: Vec<&Level> = match which {
        Bars::Main => MAIN.iter().filter_map(|meter| standing.level(meter)).collect(),
        Bars::All => standing.levels.iter().collect(),
        Bars::Only(limited) => {
            let level = standing.level(limited.meter());
            return level.map(|level| limited.bar(whole(level.used), level.quota.map(whole))).unwrap_or_default();
        }
    };
    html! { @for level in levels { (quota_bar(&quota(level, standing.today))) } }
}

/// Who is warned: that decides what they can do about it.
#[derive(Debug, Clone, Copy)]
pub enum Warned<'a> {
    /// The tenant's own people; what stands before the paths of its pages.
    People(&'a str),
    /// Staff; the tenant's page in the console.
    Staff(&'a str),
}

impl Warned<'_> {
    /// One click to more of it.
    fn way_out(self, level: &Level) -> (String, &'static str) {
        match (self, level.meter.as_str()) {
            (Warned::People(base), "budget") => (format!("{base}/usage"), "What costs how much"),
            (Warned::People(base), _) => (format!("{base}/plan"), "Compare plans"),
            (Warned::Staff(tenant), _) => (format!("{tenant}/quotas"), "Quotas"),
        }
    }
}

fn unusual(day: &Unusual, today: NaiveDate, warned: Warned<'_>) -> Markup {
    html! {
        div class="banner near" role="status" {
            span {
                b { "Unusual usage of " (day.label.to_lowercase()) ": " }
                (quantity::count(day.amount)) " "
                @if day.day == today { "today" } @else { "on " (when::day_and_month(day.day)) }
                ", where " (quantity::count(whole(day.mean))) " a day are usual."
                @match warned {
                    Warned::People(base) => {
                        " If nobody knows why, look at " a href={ (base) "/usage" } { "which agents used it" } " and at your API keys."
                    },
                    Warned::Staff(tenant) => { " " a href={ (tenant) "/usage" } { "Which agents used it" } "." },
                }
            }
        }
    }
}

fn crossed(percent: i64, level: &Level, warned: Warned<'_>) -> Markup {
    let (class, next) = match (percent, level.meter.as_str()) {
        (100.., "budget") => ("banner over", "Nothing is refused because of it: a budget only warns."),
        (_, "budget") => ("banner near", "A budget only warns."),
        (100.., _) => ("banner over", "Past it calls are refused until there is room again, or billed where your plan says so."),
        (_, _) => ("banner near", "When it is full, calls are refused, or billed where your plan says so."),
    };
    let what = if level.meter == "budget" { "the budget" } else { "the limit" };
    let (href, label) = warned.way_out(level);
    html! {
        div class=(class) role="status" {
            span { b { (level.label) ": " (percent) " % of " (what) " is used." } " " (next) }
            a class="btn" href=(href) { (label) }
        }
    }
}

/// The fullest limits that crossed a threshold, `most` of them, and days that were unusually busy.
pub fn banners(standing: &Standing, most: usize, warned: Warned<'_>) -> Markup {
    let mut full: Vec<(i64, &Level)> = standing
        .levels
        .iter()
        .filter_map(|level| {
            // What was crossed and is not any more (a larger plan, an agent removed) is nothing to warn of.
            let percent = quota(level, standing.today).percent().filter(|percent| *percent >= quota::NEAR_PERCENT)?;
            level.noticed.map(|_| (percent, level))
        })
        .collect();
    full.sort_by_key(|(percent, _)| std::cmp::Reverse(*percent));
    html! {
        @for (percent, level) in full.into_iter().take(most) { (crossed(percent, level, warned)) }
        @for day in &standing.unusual { (unusual(day, standing.today, warned)) }
    }
}
