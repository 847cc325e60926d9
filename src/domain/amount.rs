//! Amounts as people type them, and as a form shows them again: exact, whatever the unit.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::quantity::{Unit, count, group_digits, short};

/// More than anybody has, and no sum of some of it overflows.
pub const MOST: i64 = 1_000_000_000_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    #[error("Enter a number such as 50,000 or 50 M.")]
    NotACount,
    #[error("Enter a size such as 100 GB or 1.5 TB.")]
    NotASize,
    #[error("Enter 0 or more.")]
    Negative,
    #[error("Enter at least 1.")]
    Nothing,
    #[error("This is no whole number.")]
    Broken,
    #[error("Enter at most 1,000,000,000,000,000.")]
    TooLarge,
}

/// Suffixes, largest first. A size is decimal, as everywhere: 1 GB is 1,000,000,000 bytes.
const COUNTS: &[(&str, i64)] = &[("G", 1_000_000_000), ("M", 1_000_000), ("k", 1_000), ("", 1)];
const SIZES: &[(&str, i64)] = &[("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("B", 1), ("", 1)];

/// `50,000`, `50 M`, `1.5 TB`: 0 to [`MOST`].
///
/// # Errors
/// What is wrong, as it is said beside the field.
pub fn parse(text: &str, unit: Unit) -> Result<i64, AmountError> {
    let (suffixes, malformed) = match unit {
        Unit::Count => (COUNTS, AmountError::NotACount),
        Unit::Bytes => (SIZES, AmountError::NotASize),
    };
    let text = text.trim();
    let (negative, text) = text.strip_prefix(['-', '−']).map_or((false, text), |rest| (true, rest));
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ',')).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (_, factor) = suffixes.iter().find(|(name, _)| name.eq_ignore_ascii_case(suffix.trim())).ok_or(malformed)?;
    let number = number.replace(',', "");
    if !number.starts_with(|c: char| c.is_ascii_digit()) || number.ends_with('.') || number.matches('.').count() > 1 {
        return Err(malformed);
    }
    if negative {
        return Err(AmountError::Negative);
    }
    // Digits and at most one point: what still cannot be read is too long.
    let value: Decimal = number.parse().map_err(|_| AmountError::TooLarge)?;
    let whole = value.checked_mul(Decimal::from(*factor)).filter(|n| *n <= Decimal::from(MOST)).ok_or(AmountError::TooLarge)?;
    if !whole.fract().is_zero() {
        return Err(AmountError::Broken);
    }
    whole.to_i64().ok_or(AmountError::TooLarge)
}

/// An amount that is not 0.
///
/// # Errors
/// As [`parse`].
pub fn parse_positive(text: &str, unit: Unit) -> Result<i64, AmountError> {
    match parse(text, unit)? {
        0 => Err(AmountError::Nothing),
        amount => Ok(amount),
    }
}

/// A quota: nothing, or the word, is unlimited.
///
/// # Errors
/// As [`parse`].
pub fn parse_quota(text: &str, unit: Unit) -> Result<Option<i64>, AmountError> {
    match text.trim() {
        "" => Ok(None),
        word if word.eq_ignore_ascii_case("unlimited") => Ok(None),
        text => parse(text, unit).map(Some),
    }
}

/// So that [`parse`] reads the same again: `50,000,000`, `47.3 GB`, `815 B`.
pub fn exact(n: i64, unit: Unit) -> String {
    let sizes = SIZES.iter().filter(|(name, _)| unit == Unit::Bytes && !name.is_empty());
    for (suffix, factor) in sizes {
        // Three decimals at most; what needs more is written in the next smaller unit.
        if n >= *factor && n % (factor / 1_000).max(1) == 0 {
            let thousandths = format!("{:03}", n % factor / (factor / 1_000).max(1));
            let fraction = thousandths.trim_end_matches('0');
            let point = if fraction.is_empty() { "" } else { "." };
            return format!("{}{point}{fraction} {suffix}", group_digits(&(n / factor).to_string()));
        }
    }
    match unit {
        Unit::Count => count(n),
        Unit::Bytes => format!("{} B", count(n)),
    }
}

/// Short where that loses nothing, else exact: `50 M`, `1,234,567`.
pub fn plain(n: i64, unit: Unit) -> String {
    let short = short(n, unit);
    if parse(&short, unit) == Ok(n) { short } else { exact(n, unit) }
}

/// [`plain`], or `unlimited`.
pub fn quota_text(quota: Option<i64>, unit: Unit) -> String {
    quota.map_or_else(|| "unlimited".to_owned(), |quota| plain(quota, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_as_it_is_written() {
        for (text, unit, n) in [
            ("0", Unit::Count, 0),
            (" 50,000,000 ", Unit::Count, 50_000_000),
            ("50 M", Unit::Count, 50_000_000),
            ("1.5k", Unit::Count, 1_500),
            ("100 GB", Unit::Bytes, 100_000_000_000),
            ("47.3gb", Unit::Bytes, 47_300_000_000),
            ("815", Unit::Bytes, 815),
            ("1,000,000,000,000,000", Unit::Count, MOST),
        ] {
            assert_eq!(parse(text, unit), Ok(n), "{text}");
            assert_eq!(parse(&exact(n, unit), unit), Ok(n), "{}", exact(n, unit));
        }
        for (n, text) in [
            (0, "0 B"),
            (1_234_567, "1,234.567 kB"),
            (47_300_000_000, "47.3 GB"),
            (1_000, "1 kB"),
            (5_000_000_000_001, "5,000,000,000.001 kB"),
        ] {
            assert_eq!(exact(n, Unit::Bytes), text);
            assert_eq!(parse(text, Unit::Bytes), Ok(n));
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, unit, error) in [
            ("", Unit::Count, AmountError::NotACount),
            ("many", Unit::Count, AmountError::NotACount),
            ("5 GB", Unit::Count, AmountError::NotACount),
            ("1e9", Unit::Count, AmountError::NotACount),
            ("1.2.3", Unit::Count, AmountError::NotACount),
            ("😀", Unit::Bytes, AmountError::NotASize),
            ("5 M", Unit::Bytes, AmountError::NotASize),
            (".5 GB", Unit::Bytes, AmountError::NotASize),
            ("-1", Unit::Count, AmountError::Negative),
            ("-x", Unit::Count, AmountError::NotACount),
            ("1.5", Unit::Count, AmountError::Broken),
            ("1000000000000001", Unit::Count, AmountError::TooLarge),
            ("99999999999999999999999999999999999999", Unit::Count, AmountError::TooLarge),
            ("2000 TB", Unit::Bytes, AmountError::TooLarge),
        ] {
            assert_eq!(parse(text, unit), Err(error), "{text}");
        }
        assert_eq!(parse(&"9".repeat(300), Unit::Bytes), Err(AmountError::TooLarge));
        assert_eq!(parse_positive("0", Unit::Count), Err(AmountError::Nothing));
        assert_eq!(parse_quota(" ", Unit::Count), Ok(None));
        assert_eq!(parse_quota("Unlimited", Unit::Count), Ok(None));
        assert_eq!(parse_quota("7", Unit::Count), Ok(Some(7)));
        assert_eq!((plain(50_000_000, Unit::Count), plain(50_000_001, Unit::Count)), ("50 M".to_owned(), "50,000,001".to_owned()));
    }
}
