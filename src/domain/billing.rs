//! What a month costs: the plan by whole UTC days, and what was used beyond it. The same rule makes the invoice and what is shown before it.
//!
//! A day is billed as the tenant stands at its end. A change in mid-month is a line of its own: the difference of the prices, for the days that
//! are left, today among them, of the days of the month, rounded half up to the cent. What rounding leaves of a cent goes into the next line,
//! so that all lines of a month together are what its days cost.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Days, NaiveDate};
use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;

use super::amount;
use super::money::Usd;
use super::quantity::Unit;
use super::unit_price::UnitPrice;
use super::when;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    Base,
    /// A dearer plan for a part of the month.
    Proration,
    /// A cheaper one, or none.
    Credit,
    Overage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of line")]
pub struct UnknownLine;

impl std::str::FromStr for LineKind {
    type Err = UnknownLine;

    fn from_str(text: &str) -> Result<Self, UnknownLine> {
        [LineKind::Base, LineKind::Proration, LineKind::Credit, LineKind::Overage]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownLine)
    }
}

impl LineKind {
    pub fn as_str(self) -> &'static str {
        match self {
            LineKind::Base => "base",
            LineKind::Proration => "proration",
            LineKind::Credit => "credit",
            LineKind::Overage => "overage",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            LineKind::Base => "Plan",
            LineKind::Proration => "Proration",
            LineKind::Credit => "Credit",
            LineKind::Overage => "Overage",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pub kind: LineKind,
    pub text: String,
    /// Whole cents.
    pub amount: Usd,
}

/// An invoice before it is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Draft {
    /// The first of the month.
    pub month: NaiveDate,
    pub lines: Vec<Line>,
}

impl Draft {
    pub fn total(&self) -> Usd {
        Usd(self.lines.iter().map(|line| line.amount.0).sum())
    }
}

/// A meter's price beyond the quota, as a plan version has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeterPrice {
    pub label: String,
    pub unit: Unit,
    pub price: UnitPrice,
}

/// What a plan version costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    pub plan: String,
    /// A month, in whole cents.
    pub price: Usd,
    /// By meter.
    pub overage: BTreeMap<String, MeterPrice>,
}

/// What holds from a day on, until the next span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub from: NaiveDate,
    pub terms: Terms,
    /// Not in a trial, not suspended, not deleted.
    pub pays: bool,
    /// Units by meter that were overage in this month before it began.
    pub overage_before: BTreeMap<String, i64>,
}

/// A month with all that it is billed by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Month {
    /// Its first day.
    pub first: NaiveDate,
    /// By day; the first one holds from the first day on, or the tenant did not exist before.
    pub spans: Vec<Span>,
    /// Units by meter that were overage in all of it, so far.
    pub overage: BTreeMap<String, i64>,
}

/// The days of a month.
pub fn days_in(month: NaiveDate) -> i64 {
    let first = month.with_day(1).unwrap_or(month);
    (when::next_month(month) - first).num_days()
}

/// `1 to 30 November 2026`
pub fn period_text(month: NaiveDate) -> String {
    let last = when::next_month(month).checked_sub_days(Days::new(1)).unwrap_or(month);
    format!("1 to {}", when::day(last))
}

fn cents(usd: Usd) -> i128 {
    (usd.0 * Decimal::ONE_HUNDRED).round().to_i128().unwrap_or(0)
}

fn of_cents(cents: i128) -> Usd {
    Usd(Decimal::from_i128_with_scale(cents, 2))
}

/// `n / d` to the nearest whole number, a half up.
fn half_up(n: i128, d: i128) -> i128 {
    (2 * n + d).div_euclid(2 * d)
}

impl Month {
    /// Whatever holds on that day and later becomes something else: a plan that is chosen then, a trial that ends.
    pub fn change_from(&mut self, day: NaiveDate, change: impl Fn(&mut Span)) {
        let day = day.max(self.first);
        if let Some(standing) = self.spans.iter().rposition(|span| span.from <= day)
            && self.spans[standing].from < day
        {
            let overage_before = self.overage.clone();
            self.spans.insert(standing + 1, Span { from: day, overage_before, ..self.spans[standing].clone() });
        }
        self.spans.iter_mut().filter(|span| span.from >= day).for_each(change);
    }

    /// Whether the tenant pays on some day of it.
    pub fn pays(&self) -> bool {
        self.spans.iter().any(|span| span.pays)
    }

    pub fn draft(&self) -> Draft {
        let mut lines = self.plan_lines();
        lines.extend(self.overage_lines());
        Draft { month: self.first, lines }
    }

    fn plan_lines(&self) -> Vec<Line> {
        let days = i128::from(days_in(self.first));
        // Cents times days, of all that was billed until here; and what of it stands on lines, in cents.
        let (mut due, mut billed) = (0, 0);
        let mut lines = Vec::new();
        let mut before: Option<&Span> = None;
        for span in &self.spans {
            let paid = |span: &Span| if span.pays { cents(span.terms.price) } else { 0 };
            let (old, new) = (before.map_or(0, paid), paid(span));
            let left = days - i128::from(span.from.day0());
            due += (new - old) * left;
            let amount = half_up(due, days) - billed;
            billed += amount;
            if new != old {
                let (kind, text) = described(before.filter(|before| before.pays), span, left, days);
                lines.push(Line { kind, text, amount: of_cents(amount) });
            }
            before = Some(span);
        }
        lines
    }

    /// Each plan bills what went beyond while it held.
    fn overage_lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        for (at, span) in self.spans.iter().enumerate().filter(|(_, span)| span.pays) {
            let until = self.spans.get(at + 1).map_or(&self.overage, |next| &next.overage_before);
            for (meter, price) in &span.terms.overage {
                let units = |marks: &BTreeMap<String, i64>| marks.get(meter).copied().unwrap_or(0);
                let beyond = units(until) - units(&span.overage_before);
                if beyond <= 0 {
                    continue;
                }
                let exact = Decimal::from(beyond) * price.price.usd / Decimal::from(price.price.per);
                let text = format!(
                    "{} beyond {}: {} at {}",
                    price.label,
                    span.terms.plan,
                    amount::plain(beyond, price.unit),
                    price.price.text(price.unit)
                );
                let amount = Usd(exact.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero));
                lines.push(Line { kind: LineKind::Overage, text, amount });
            }
        }
        lines
    }
}

/// `before` is what was paid for until then.
fn described(before: Option<&Span>, span: &Span, left: i128, days: i128) -> (LineKind, String) {
    let plan = &span.terms.plan;
    let since = when::day_and_month(span.from);
    match before {
        None if left == days => (LineKind::Base, format!("{plan}, {}", period_text(span.from))),
        None => (LineKind::Base, format!("{plan} from {since} on, {left} of {days} days")),
        Some(before) if !span.pays => (LineKind::Credit, format!("{} not used from {since} on, {left} of {days} days", before.terms.plan)),
        Some(before) => {
            let kind = if span.terms.price > before.terms.price { LineKind::Proration } else { LineKind::Credit };
            let change =
                if before.terms.plan == *plan { format!("New price of {plan}") } else { format!("{} to {plan}", before.terms.plan) };
            (kind, format!("{change} from {since} on, {left} of {days} days"))
        }
    }
}

#[cfg(test)]
mod tests;
