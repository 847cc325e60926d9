//! A tenant's usage, day by day: a working week's rhythm, some growth, and a month that adds up to the sketch on any day of it. Pure.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, Utc};

use super::dice::Dice;
use super::shares::{fraction, spread};
use super::sketch::{Messages, Sketch};
use crate::domain::status::TenantStatus;

/// Two windows of 30 days, as the dashboard compares them.
pub const FULL_DAYS: u64 = 60;
/// What the bulk gets.
pub const FEW_DAYS: u64 = 7;

/// The weight of a usual working day; that of a week's average day is 809.
const WORKDAY: i64 = 1_000;
const AVERAGE_DAY: i64 = 809;
/// Today is not over.
const TODAY: i64 = 800;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageRow {
    pub meter: &'static str,
    pub day: NaiveDate,
    pub amount: i64,
    /// Ten-thousandths of a dollar.
    pub cost: i64,
}

/// The days drawn, oldest first, today last, each with its weight: 0 while the tenant did not exist or was suspended.
struct Calendar {
    today: NaiveDate,
    days: Vec<(NaiveDate, i64)>,
}

impl Calendar {
    fn new(sketch: &Sketch, now: DateTime<Utc>, length: u64, salt: &str) -> Self {
        let today = now.date_naive();
        let first = sketch.created_at.date_naive();
        let last = if sketch.status == TenantStatus::Suspended { sketch.status_since.date_naive() } else { today };
        let days = (0..length)
            .rev()
            .filter_map(|back| Some((back, today.checked_sub_days(Days::new(back))?)))
            .map(|(back, day)| {
                // Of the day itself, so that tomorrow tells the same about yesterday.
                let noise = Dice::of(&format!("{salt} {} {day}", sketch.slug)).between(880, 1_120);
                let rhythm = if day.weekday().num_days_from_monday() < 5 { WORKDAY } else { WORKDAY / 3 };
                let growth = 1_000 - i64::try_from(back).unwrap_or(0) * 2;
                let part = if day == today { TODAY } else { 1_000 };
                let weight = if day < first || day > last { 0 } else { rhythm * noise / 1_000 * growth / 1_000 * part / 1_000 };
                (day, weight)
            })
            .collect();
        Self { today, days }
    }

    fn is_this_month(&self, day: NaiveDate) -> bool {
        day >= self.today.with_day(1).unwrap_or(self.today)
    }

    /// This month's days add up to `total`; the days before have about as much as these, or as a third of a month on its first days.
    fn month_to_date(&self, total: i64) -> Vec<i64> {
        let month: Vec<i64> = self.days.iter().map(|(day, weight)| if self.is_this_month(*day) { *weight } else { 0 }).collect();
        let span = AVERAGE_DAY * i64::from(self.today.day().max(12));
        spread(total, &month)
            .into_iter()
            .zip(&self.days)
            .map(|(exact, (day, weight))| if self.is_this_month(*day) { exact } else { fraction(total, *weight, span) })
            .collect()
    }

    fn messages(&self, messages: Messages) -> Vec<i64> {
        match messages {
            Messages::Exact { last, before } => {
                let split = self.days.len().saturating_sub(30);
                let weights: Vec<i64> = self.days.iter().map(|(_, weight)| *weight).collect();
                let (old, new) = weights.split_at(split);
                [spread(before, old), spread(last, new)].concat()
            }
            Messages::Level(level) => self
                .days
                .iter()
                .map(|(day, weight)| if *day == self.today && *weight > 0 { level } else { fraction(level, *weight, TODAY) })
                .collect(),
        }
    }

    /// The highest level of each day for what exists: grown to `now` by `growth` thousandths a day.
    fn grown(&self, now: i64, growth: i64) -> Vec<i64> {
        let backs = (0..self.days.len()).rev().map(|back| i64::try_from(back).unwrap_or(0));
        self.days
            .iter()
            .zip(backs)
            .map(|((_, weight), back)| if *weight == 0 { 0 } else { fraction(now, 1_000 - growth * back, 1_000) })
            .collect()
    }
}

/// What the tenant has sent today when its usage is drawn.
pub fn messages_today(sketch: &Sketch, now: DateTime<Utc>) -> i64 {
    Calendar::new(sketch, now, FULL_DAYS, "messages").messages(sketch.messages).last().copied().unwrap_or(0)
}

/// Every meter on each of the last [`FULL_DAYS`], or four of them on each of [`FEW_DAYS`]; days without usage are left out.
pub fn usage(sketch: &Sketch, now: DateTime<Utc>, length: u64) -> Vec<UsageRow> {
    let full = length == FULL_DAYS;
    let limits = sketch.plan.limits();
    let (busy, chatty) = (Calendar::new(sketch, now, length, "tokens"), Calendar::new(sketch, now, length, "messages"));
    let messages = chatty.messages(sketch.messages);
    let calls: Vec<i64> = messages.iter().map(|n| (n * 5 / 4).min(limits.api_calls * 19 / 20)).collect();
    let people = i64::try_from(sketch.team.admins + sketch.team.members).unwrap_or(1);
    let sessions: Vec<i64> =
        chatty.days.iter().map(|(_, weight)| if *weight == 0 { 0 } else { (1 + people * weight / 1_300).min(limits.sessions) }).collect();
    // Tokens cost most; storage costs the rest, the same every day.
    let cost = sketch.cost_cents * 100;
    let storage_cost = if full { cost / 20 } else { 0 };
    let even = Calendar { today: busy.today, days: busy.days.iter().map(|(day, weight)| (*day, (*weight).min(1) * AVERAGE_DAY)).collect() };

    let mut rows = Vec::with_capacity(usize::try_from(length).unwrap_or(0) * if full { 8 } else { 4 });
    let mut push = |meter: &'static str, amounts: &[i64], costs: &[i64]| {
        for (at, ((day, _), amount)) in busy.days.iter().zip(amounts).enumerate() {
            let cost = costs.get(at).copied().unwrap_or(0);
            if *amount > 0 || cost > 0 {
                rows.push(UsageRow { meter, day: *day, amount: *amount, cost });
            }
        }
    };
    push("tokens", &busy.month_to_date(sketch.tokens), &busy.month_to_date(cost - storage_cost));
    push("messages", &messages, &[]);
    push("api_calls", &calls, &[]);
    push("sessions", &sessions, &[]);
    if full {
        push("agents", &busy.grown(sketch.agents, 3), &[]);
        push("members", &busy.grown(people, 2), &[]);
        push("storage", &busy.grown(sketch.storage, 4), &even.month_to_date(storage_cost));
        push("api_rate", &calls.iter().map(|n| if *n == 0 { 0 } else { (n / 300 + 1).min(limits.api_rate) }).collect::<Vec<_>>(), &[]);
    }
    rows
}
