//! Sizes and counts: whole numbers with a unit, and how a page writes them.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Count,
    /// Decimal multiples: 1 GB is 1,000,000,000 bytes.
    Bytes,
}

impl Unit {
    /// As the database writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Unit::Count => "count",
            Unit::Bytes => "bytes",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Choose count or bytes.")]
pub struct UnknownUnit;

impl FromStr for Unit {
    type Err = UnknownUnit;

    fn from_str(text: &str) -> Result<Self, UnknownUnit> {
        [Unit::Count, Unit::Bytes].into_iter().find(|unit| unit.as_str() == text).ok_or(UnknownUnit)
    }
}

/// `1234567` as `1,234,567`.
pub fn group_digits(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(c);
    }
    text
}

pub fn count(n: i64) -> String {
    let sign = if n < 0 { "-" } else { "" };
    format!("{sign}{}", group_digits(&n.unsigned_abs().to_string()))
}

/// The digits of a whole number at the end of a text.
pub fn push_digits(text: &mut String, n: i64) {
    push_grouped(text, n, "");
}

/// [`count`] at the end of a text, for lists that write many.
pub fn push_count(text: &mut String, n: i64) {
    push_grouped(text, n, ",");
}

fn push_grouped(text: &mut String, n: i64, separator: &str) {
    if n < 0 {
        text.push('-');
    }
    // As many digits as the largest has, the last one first.
    let (mut digits, mut len, mut left) = ([0_u8; 20], 0, n.unsigned_abs());
    loop {
        // A digit: what is left over by ten is below ten.
        digits[len] = b'0' + u8::try_from(left % 10).unwrap_or_default();
        len += 1;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    for at in (0..len).rev() {
        text.push(char::from(digits[at]));
        if at > 0 && at.is_multiple_of(3) {
            text.push_str(separator);
        }
    }
}

/// `1 member`, `1,234 members`.
pub fn plural(n: i64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// One decimal at most, rounded down so that a bar never claims more than was used: `28.5 M`, `50 M`.
fn scaled(n: i64, step: i64, suffix: &str) -> String {
    let tenths = n / (step / 10);
    match tenths % 10 {
        0 => format!("{} {suffix}", count(tenths / 10)),
        rest => format!("{}.{rest} {suffix}", count(tenths / 10)),
    }
}

/// `87`, `9,999`, `28.5 M`, `47.3 GB`.
pub fn short(n: i64, unit: Unit) -> String {
    const K: i64 = 1_000;
    match unit {
        Unit::Count => match n {
            n if n >= K * K * K => scaled(n, K * K * K, "G"),
            n if n >= K * K => scaled(n, K * K, "M"),
            n if n >= 10 * K => scaled(n, K, "k"),
            n => count(n),
        },
        Unit::Bytes => match n {
            n if n >= K * K * K * K => scaled(n, K * K * K * K, "TB"),
            n if n >= K * K * K => scaled(n, K * K * K, "GB"),
            n if n >= K * K => scaled(n, K * K, "MB"),
            n if n >= K => scaled(n, K, "kB"),
            n => format!("{n} B"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_never_rounded_up() {
        for (n, unit, text) in [
            (0, Unit::Count, "0"),
            (87, Unit::Count, "87"),
            (9_999, Unit::Count, "9,999"),
            (28_500_000, Unit::Count, "28.5 M"),
            (50_000_000, Unit::Count, "50 M"),
            (412_999_999, Unit::Count, "412.9 M"),
            (1_500_000_000_000, Unit::Count, "1,500 G"),
            (47_300_000_000, Unit::Bytes, "47.3 GB"),
            (5_000_000_000_000, Unit::Bytes, "5 TB"),
            (12, Unit::Bytes, "12 B"),
        ] {
            assert_eq!(short(n, unit), text);
        }
        for n in [0, 7, 999, 1_000, 1_234_567, -1_000, -999, i64::MAX, i64::MIN] {
            let (mut grouped, mut digits) = (String::new(), String::new());
            push_count(&mut grouped, n);
            push_digits(&mut digits, n);
            assert_eq!((grouped, digits), (count(n), n.to_string()));
        }
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(-1_000), "-1,000");
    }
}
