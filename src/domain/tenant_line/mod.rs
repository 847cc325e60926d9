//! The query line of the console's tenant list, `plan:pro state:active tokens:>80% owner:@acme.com created:<2026-01-01 acme`: filters and
//! plain words together, all of which must hold.
//!
//! | term | holds for tenants |
//! |---|---|
//! | `acme`, `"two words"` | whose name, slug or owner's e-mail contains it |
//! | `name:` `slug:` `owner:` | where this contains it |
//! | `state:trial,active` | in one of these states; without, all but deleted ones |
//! | `plan:pro,free` | on one of these plans |
//! | `agents:` `tokens:` `storage:` | `>80%` of the quota, or an amount: `>=5M`, `<10GB`, `0` |
//! | `cost:` | `>80%` of the budget, or dollars this month: `>100`, `<1.5k` |
//! | `limit:` | whose fullest limit (of agents, tokens, storage, budget) is so full: `>=80%` |
//! | `created:` | `2026-01-31`, `2026-01`, `<2026-01-01`, or by age: `30d` in the last 30 days, `>1y` longer ago |
//!
//! `<` `<=` `>` `>=` `=` compare; `-` before a term turns it around. Per cent are rounded down, as pages show them.

mod parse;
#[cfg(test)]
mod tests;

use std::fmt;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::status::TenantStatus;

/// Longest line that is read, in characters.
pub const MAX_LINE: usize = 500;
pub const MAX_TERMS: usize = 20;

/// What stands before the colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    State,
    Plan,
    Limit,
    Created,
    Agents,
    Tokens,
    Storage,
    Cost,
    Owner,
    Name,
    Slug,
}

impl Key {
    pub const ALL: [Key; 11] = [
        Key::State,
        Key::Plan,
        Key::Limit,
        Key::Created,
        Key::Agents,
        Key::Tokens,
        Key::Storage,
        Key::Cost,
        Key::Owner,
        Key::Name,
        Key::Slug,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Key::State => "state",
            Key::Plan => "plan",
            Key::Limit => "limit",
            Key::Created => "created",
            Key::Agents => "agents",
            Key::Tokens => "tokens",
            Key::Storage => "storage",
            Key::Cost => "cost",
            Key::Owner => "owner",
            Key::Name => "name",
            Key::Slug => "slug",
        }
    }

    /// The name of its control, and of its parameter in an address.
    pub fn param(self) -> &'static str {
        match self {
            Key::State => "status",
            other => other.as_str(),
        }
    }

    /// A term that holds it.
    fn example(self) -> &'static str {
        match self {
            Key::State => "state:active",
            Key::Plan => "plan:pro",
            Key::Limit => "limit:>=80%",
            Key::Created => "created:<2026-01-01, created:2026-01 or created:30d",
            Key::Agents => "agents:>80% or agents:>=10",
            Key::Tokens => "tokens:>80% or tokens:>=5M",
            Key::Storage => "storage:>80% or storage:>=10GB",
            Key::Cost => "cost:>80% or cost:>=100",
            Key::Owner => "owner:@acme.com",
            Key::Name => "name:acme",
            Key::Slug => "slug:acme",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Less,
    AtMost,
    Equal,
    AtLeast,
    More,
}

impl Op {
    pub fn as_str(self) -> &'static str {
        match self {
            Op::Less => "<",
            Op::AtMost => "<=",
            Op::Equal => "=",
            Op::AtLeast => ">=",
            Op::More => ">",
        }
    }

    /// The same seen from the other side: what is older than an age was made before a day.
    pub fn mirrored(self) -> Op {
        match self {
            Op::Less => Op::More,
            Op::AtMost => Op::AtLeast,
            Op::Equal => Op::Equal,
            Op::AtLeast => Op::AtMost,
            Op::More => Op::Less,
        }
    }
}

/// How much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Of the quota or budget.
    Percent(i32),
    /// Units, bytes or dollars.
    Amount(Decimal),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Day(NaiveDate),
    /// By its first day.
    Month(NaiveDate),
    /// So many days ago.
    Age(i32),
}

/// Texts are in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    Word(String),
    /// Of owner, name or slug.
    Text(Key, String),
    State(Vec<TenantStatus>),
    /// Keys, which may be of no plan.
    Plan(Vec<String>),
    /// Of agents, tokens, storage, cost or limit.
    Measure(Key, Op, Size),
    Created(Op, When),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    pub negated: bool,
    pub filter: Filter,
    key: Option<Key>,
    /// As it was typed, without quotes.
    value: String,
}

/// A line as far as it was understood, and what was not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    pub terms: Vec<Term>,
    /// Parts that were not understood, as they were typed.
    bad: Vec<String>,
    /// What is wrong with them.
    pub messages: Vec<String>,
}

impl Line {
    /// The value of the first term with this key that is not turned around: what its control shows.
    pub fn value(&self, key: Key) -> Option<&str> {
        self.terms.iter().find(|term| term.key == Some(key) && !term.negated).map(|term| term.value.as_str())
    }

    /// The one state that is asked for, if it is one.
    pub fn state(&self) -> Option<TenantStatus> {
        self.terms.iter().find_map(|term| match &term.filter {
            Filter::State(states) if !term.negated && states.len() == 1 => states.first().copied(),
            _ => None,
        })
    }

    /// Replaces all terms of this key that are not turned around; an empty value takes them away.
    ///
    /// # Errors
    /// What is wrong with the value; then nothing is changed.
    pub fn set(&mut self, key: Key, value: &str) -> Result<(), String> {
        let new = if value.is_empty() { None } else { Some(parse::keyed(key, value, false)?) };
        let at = self.terms.iter().position(|term| term.key == Some(key) && !term.negated).unwrap_or(self.terms.len());
        self.terms.retain(|term| term.key != Some(key) || term.negated);
        if let Some(new) = new {
            self.terms.insert(at.min(self.terms.len()), new);
        }
        Ok(())
    }

    #[must_use]
    pub fn with_state(mut self, state: Option<TenantStatus>) -> Self {
        // A state's own name is a state.
        let _ = self.set(Key::State, state.map_or("", TenantStatus::as_str));
        self
    }

    /// Whether it narrows nothing.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether all of it was understood.
    pub fn is_good(&self) -> bool {
        self.messages.is_empty()
    }

    /// Everything, with what was not understood at the end: what stands in the field when a control was changed.
    pub fn with_bad(&self) -> String {
        let good = self.to_string();
        std::iter::once(good.as_str())
            .chain(self.bad.iter().map(String::as_str))
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negated {
            f.write_str("-")?;
        }
        if let Some(key) = self.key {
            write!(f, "{}:", key.as_str())?;
        }
        let value = &self.value;
        let plain = !value.is_empty()
            && !value.contains(|c: char| c.is_whitespace() || c.is_control())
            && (self.key.is_some() || !(value.contains(':') || value.starts_with('-')));
        if plain { f.write_str(value) } else { write!(f, "\"{value}\"") }
    }
}

/// What was understood, as [`Line::parse`] reads it again.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, term) in self.terms.iter().enumerate() {
            if n > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{term}")?;
        }
        Ok(())
    }
}
