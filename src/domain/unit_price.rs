//! What so many units cost, exact: $3 per 1,000,000 tokens.

use rust_decimal::Decimal;
use serde::Serialize;

use super::FieldError;
use super::amount;
use super::money::Usd;
use super::quantity::{Unit, group_digits};

/// `usd` for each `per` units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct UnitPrice {
    pub usd: Decimal,
    /// At least 1.
    pub per: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    #[error("Enter a price in US dollars such as 3 or 0.25.")]
    Malformed,
    #[error("Enter 0 or more.")]
    Negative,
    #[error("Use at most {0} decimals.")]
    TooFine(u32),
    #[error("Enter less than 100,000,000.")]
    TooLarge,
}

/// Digits with at most so many decimals; a leading `$` and thousands commas are let pass.
fn parse_usd(text: &str, decimals: u32) -> Result<Decimal, PriceError> {
    let text = text.trim();
    let (negative, text) = text.strip_prefix(['-', '−']).map_or((false, text), |rest| (true, rest));
    let digits = text.strip_prefix('$').unwrap_or(text).trim_start().replace(',', "");
    let known = digits.bytes().all(|c| c.is_ascii_digit() || c == b'.') && digits.bytes().any(|c| c.is_ascii_digit());
    if !known || digits.matches('.').count() > 1 {
        return Err(PriceError::Malformed);
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    if negative && digits.bytes().any(|c| c.is_ascii_digit() && c != b'0') {
        return Err(PriceError::Negative);
    }
    if fraction.trim_end_matches('0').len() > decimals as usize {
        return Err(PriceError::TooFine(decimals));
    }
    if whole.trim_start_matches('0').len() > 8 {
        return Err(PriceError::TooLarge);
    }
    let plain = format!("0{}.{}0", whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    plain.parse::<Decimal>().map(|usd| usd.normalize()).map_err(|_| PriceError::Malformed)
}

impl UnitPrice {
    /// Reads two fields, `names` the first and the second; `decimals` are those that are kept. What is wrong goes to `errors`.
    pub fn parse(names: (&str, &str), texts: (&str, &str), unit: Unit, decimals: u32, errors: &mut Vec<FieldError>) -> Option<Self> {
        let usd = parse_usd(texts.0, decimals).map_err(|error| errors.push(FieldError::new(names.0, error))).ok();
        let per = amount::parse_positive(texts.1, unit).map_err(|error| errors.push(FieldError::new(names.1, error))).ok();
        Some(Self { usd: usd?, per: per? })
    }

    /// `$3 per 1 M`, `$0.10 per 1 GB`
    pub fn text(&self, unit: Unit) -> String {
        format!("{} per {}", usd_text(self.usd), amount::plain(self.per, unit))
    }
}

/// Every decimal that there is, and at least cents: `$3`, `$0.10`, `$0.000025`.
pub fn usd_text(usd: Decimal) -> String {
    let usd = usd.normalize();
    if usd.scale() <= 2 {
        return Usd(usd).short();
    }
    let text = usd.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    format!("${}.{fraction}", group_digits(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_read_and_shown_exactly() {
        for (text, shown) in [
            ("3", "$3"),
            ("$0.1", "$0.10"),
            (" 0.000025 ", "$0.000025"),
            ("1,234.5", "$1,234.50"),
            ("00012.500000", "$12.50"),
            ("12345.123456", "$12,345.123456"),
            (".5", "$0.50"),
            ("-0", "$0"),
            ("99999999", "$99,999,999"),
        ] {
            assert_eq!(parse_usd(text, 6).map(usd_text).as_deref(), Ok(shown), "{text}");
        }
        for (text, error) in [
            ("", PriceError::Malformed),
            (".", PriceError::Malformed),
            ("1e3", PriceError::Malformed),
            ("😀", PriceError::Malformed),
            ("1.2.3", PriceError::Malformed),
            ("-1", PriceError::Negative),
            ("0.0000001", PriceError::TooFine(6)),
            ("100000000", PriceError::TooLarge),
        ] {
            assert_eq!(parse_usd(text, 6), Err(error), "{text}");
        }
        assert_eq!(parse_usd(&"9".repeat(300), 6), Err(PriceError::TooLarge));
        assert_eq!(parse_usd(&format!("0.{}", "1".repeat(300)), 6), Err(PriceError::TooFine(6)));
    }

    #[test]
    fn both_halves_are_looked_at() {
        let mut errors = Vec::new();
        assert_eq!(UnitPrice::parse(("price", "per"), ("x", "0"), Unit::Count, 4, &mut errors), None);
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["price", "per"]);
        let price = UnitPrice::parse(("price", "per"), ("0.10", "1 GB"), Unit::Bytes, 4, &mut errors).expect("a price");
        assert_eq!(price.text(Unit::Bytes), "$0.10 per 1 GB");
    }
}
