//! Reading a line: parts between blanks, each of which is understood or is not. Nothing that is typed stops the others from being read.

use chrono::{Datelike as _, NaiveDate};
use rust_decimal::Decimal;

use super::{Filter, Key, Line, MAX_LINE, MAX_TERMS, Op, Size, Term, When};
use crate::domain::amount;
use crate::domain::listing::MAX_QUERY;
use crate::domain::quantity::{Unit, count};
use crate::domain::status::TenantStatus;

/// A part as it was typed, and taken apart.
struct Part<'a> {
    raw: &'a str,
    negated: bool,
    /// What stands before a colon that is in no quotes.
    key: Option<String>,
    /// Without its quotes.
    value: String,
    open_quote: bool,
}

impl Line {
    pub fn parse(text: &str) -> Line {
        let mut line = Line::default();
        let length = text.chars().count();
        if length > MAX_LINE {
            line.bad.push(text.to_owned());
            let most = count(i64::try_from(MAX_LINE).unwrap_or(i64::MAX));
            let length = count(i64::try_from(length).unwrap_or(i64::MAX));
            line.messages.push(format!("A query line has at most {most} characters; this one has {length}. It was not used."));
            return line;
        }
        let mut full = false;
        for part in parts(text) {
            match term(&part) {
                Ok(_) if line.terms.len() == MAX_TERMS => {
                    line.bad.push(part.raw.to_owned());
                    if !std::mem::replace(&mut full, true) {
                        line.messages
                            .push(format!("At most {MAX_TERMS} terms are used; “{}” and what follows is left out.", short(part.raw)));
                    }
                }
                Ok(term) => line.terms.push(term),
                Err(message) => {
                    line.bad.push(part.raw.to_owned());
                    line.messages.push(message);
                }
            }
        }
        line
    }
}

/// A key's term from its value alone, as a control has it.
pub(super) fn keyed(key: Key, value: &str, negated: bool) -> Result<Term, String> {
    let value = value.replace(|c: char| c == '"' || c.is_control(), " ");
    let value = value.trim();
    let filter = filter(key, value)?;
    Ok(Term { negated, filter, key: Some(key), value: value.to_owned() })
}

/// PostgreSQL's text holds no NUL, and nobody sees the others.
fn parts(text: &str) -> Vec<Part<'_>> {
    let blank = |c: char| c.is_whitespace() || c.is_control();
    let mut found = Vec::new();
    let mut rest = text.trim_matches(blank);
    while !rest.is_empty() {
        let mut part = Part { raw: "", negated: false, key: None, value: String::new(), open_quote: false };
        let mut quoted = false;
        let mut end = rest.len();
        for (at, c) in rest.char_indices() {
            match c {
                '"' => quoted = !quoted,
                c if blank(c) && !quoted => {
                    end = at;
                    break;
                }
                '-' if at == 0 => part.negated = true,
                ':' if !quoted && part.key.is_none() && is_key(&part.value) => part.key = Some(std::mem::take(&mut part.value)),
                c if c.is_control() => part.value.push(' '),
                c => part.value.push(c),
            }
        }
        part.open_quote = quoted;
        part.raw = &rest[..end];
        rest = rest[end..].trim_start_matches(blank);
        if part.raw == "-" {
            // A dash between words is one.
            continue;
        }
        found.push(part);
    }
    found
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphabetic() || c == '_')
}

/// So much of what was typed as a message repeats.
fn short(raw: &str) -> String {
    const MOST: usize = 40;
    match raw.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &raw[..end]),
        None => raw.to_owned(),
    }
}

fn term(part: &Part<'_>) -> Result<Term, String> {
    if part.open_quote {
        return Err(format!("“{}”: a quote is opened and not closed.", short(part.raw)));
    }
    let value = part.value.trim();
    let Some(name) = &part.key else {
        if value.is_empty() {
            return Err(format!("“{}” says nothing to search for.", short(part.raw)));
        }
        check_length(value)?;
        return Ok(Term { negated: part.negated, filter: Filter::Word(value.to_lowercase()), key: None, value: value.to_owned() });
    };
    let known = Key::ALL.into_iter().find(|key| name.eq_ignore_ascii_case(key.as_str()) || name.eq_ignore_ascii_case(key.param()));
    let key = known.ok_or_else(|| {
        let all = Key::ALL.map(Key::as_str).join(", ");
        format!("“{}”: there is no filter “{}”. There are {all}. To search for the text, put it in quotes.", short(part.raw), short(name))
    })?;
    let filter = filter(key, value)?;
    Ok(Term { negated: part.negated, filter, key: Some(key), value: value.to_owned() })
}

fn check_length(value: &str) -> Result<(), String> {
    match value.chars().count() > MAX_QUERY {
        true => Err(format!("“{}”: search for at most {MAX_QUERY} characters at once.", short(value))),
        false => Ok(()),
    }
}

fn filter(key: Key, value: &str) -> Result<Filter, String> {
    let refused = || format!("“{}:{}” is not understood: write something like {}.", key.as_str(), short(value), key.example());
    if value.is_empty() {
        return Err(format!("“{}:” says nothing: write something like {}.", key.as_str(), key.example()));
    }
    match key {
        Key::Owner | Key::Name | Key::Slug => {
            check_length(value)?;
            Ok(Filter::Text(key, value.to_lowercase()))
        }
        Key::State => {
            let states = value.split(',').map(|state| state.trim().to_lowercase().replace([' ', '-'], "_").parse::<TenantStatus>());
            states.collect::<Result<Vec<_>, _>>().map(Filter::State).map_err(|unknown| format!("“state:{}”: {unknown}", short(value)))
        }
        Key::Plan => {
            let plans: Vec<String> = value.split(',').map(|plan| plan.trim().to_lowercase()).collect();
            let possible = |plan: &String| (1..=40).contains(&plan.len()) && plan.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
            if plans.iter().all(possible) {
                Ok(Filter::Plan(plans))
            } else {
                Err(format!("“plan:{}”: there is no such plan.", short(value)))
            }
        }
        Key::Agents | Key::Tokens | Key::Storage | Key::Cost | Key::Limit => {
            let (op, amount) = operator(value);
            let size = size(key, amount).ok_or_else(refused)?;
            Ok(Filter::Measure(key, op.unwrap_or(Op::Equal), size))
        }
        Key::Created => {
            let (op, when) = operator(value);
            let when = when_of(when).ok_or_else(refused)?;
            // An age alone is a time until now.
            let alone = if matches!(when, When::Age(_)) { Op::AtMost } else { Op::Equal };
            Ok(Filter::Created(op.unwrap_or(alone), when))
        }
    }
}

fn operator(value: &str) -> (Option<Op>, &str) {
    for (text, op) in [("<=", Op::AtMost), (">=", Op::AtLeast), ("<", Op::Less), (">", Op::More), ("=", Op::Equal)] {
        if let Some(rest) = value.strip_prefix(text) {
            return (Some(op), rest.trim());
        }
    }
    (None, value)
}

fn size(key: Key, text: &str) -> Option<Size> {
    if let Some(percent) = text.strip_suffix('%') {
        let percent: u32 = percent.trim().parse().ok().filter(|percent| *percent <= 100_000)?;
        return i32::try_from(percent).ok().map(Size::Percent);
    }
    let amount = match key {
        Key::Agents | Key::Tokens => Decimal::from(amount::parse(text, Unit::Count).ok()?),
        Key::Storage => Decimal::from(amount::parse(text, Unit::Bytes).ok()?),
        Key::Cost => dollars(text)?,
        _ => return None,
    };
    Some(Size::Amount(amount))
}

/// `100`, `$1.5k`, `0.25`
fn dollars(text: &str) -> Option<Decimal> {
    let text = text.strip_prefix('$').unwrap_or(text).replace(',', "");
    let (number, factor) = match text.strip_suffix(['k', 'K']) {
        Some(number) => (number, 1_000),
        None => text.strip_suffix(['m', 'M']).map_or((text.as_str(), 1), |number| (number, 1_000_000)),
    };
    let digits = number.bytes().all(|c| c.is_ascii_digit() || c == b'.');
    let amount: Decimal = number.parse().ok().filter(|_| digits)?;
    // No more decimals, and no more dollars, than the column has.
    amount.checked_mul(Decimal::from(factor)).filter(|amount| *amount < Decimal::from(10_000_000_000_i64)).map(|amount| amount.round_dp(4))
}

fn when_of(text: &str) -> Option<When> {
    let real = |day: NaiveDate| (1..10_000).contains(&day.year()).then_some(day);
    let digits = |text: &str| text.bytes().all(|c| c.is_ascii_digit() || c == b'-');
    match text.len() {
        10 if digits(text) => return text.parse().ok().and_then(real).map(When::Day),
        7 if digits(text) => return format!("{text}-01").parse().ok().and_then(real).map(When::Month),
        _ => {}
    }
    let unit = text.chars().next_back()?;
    let days = match unit.to_ascii_lowercase() {
        'd' => 1,
        'w' => 7,
        'm' => 30,
        'y' => 365,
        _ => return None,
    };
    let number: u32 = text[..text.len() - unit.len_utf8()].parse().ok()?;
    let days = i64::from(number) * days;
    i32::try_from(days).ok().filter(|days| *days <= 36_500).map(When::Age)
}
