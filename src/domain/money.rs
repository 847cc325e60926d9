//! US dollars, exact. Never a float.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// An amount in US dollars; shown rounded half to even to cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Usd(pub Decimal);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UsdError {
    #[error("Enter an amount in US dollars such as 1000 or 49.50.")]
    Malformed,
    #[error("Enter 0 or more.")]
    Negative,
    #[error("Use at most two decimals.")]
    TooFine,
    #[error("Enter less than 1,000,000,000.")]
    TooLarge,
}

impl FromStr for Usd {
    type Err = UsdError;

    /// Digits with at most two decimals; a leading `$` and thousands commas are let pass.
    fn from_str(text: &str) -> Result<Self, UsdError> {
        let text = text.trim();
        let plain: String = text.strip_prefix('$').unwrap_or(text).chars().filter(|c| *c != ',').collect();
        if plain.is_empty() || plain.contains(['e', 'E', '_']) {
            return Err(UsdError::Malformed);
        }
        let amount = Decimal::from_str(&plain).map_err(|_| UsdError::Malformed)?;
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err(UsdError::Negative);
        }
        if amount.normalize().scale() > 2 {
            return Err(UsdError::TooFine);
        }
        if amount >= Decimal::from(1_000_000_000) {
            return Err(UsdError::TooLarge);
        }
        Ok(Usd(amount))
    }
}

impl Usd {
    /// `$1,234.50`; whole dollars without decimals: `$1,000`.
    pub fn short(self) -> String {
        let text = self.to_string();
        text.strip_suffix(".00").map(str::to_owned).unwrap_or(text)
    }
}

impl Usd {
    /// As it is displayed, at the end of a text: for lists that write many.
    pub fn push_to(self, text: &mut String) {
        let cents = self.0.round_dp(2);
        let factor = 10_i128.pow(2_u32.saturating_sub(cents.scale()));
        let Some(cents) = cents.mantissa().checked_mul(factor).and_then(|cents| i64::try_from(cents).ok()) else {
            text.push_str(&self.to_string());
            return;
        };
        text.push_str(if cents < 0 { "-$" } else { "$" });
        let (whole, rest) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
        super::quantity::push_count(text, i64::try_from(whole).unwrap_or(i64::MAX));
        text.push_str(if rest < 10 { ".0" } else { "." });
        super::quantity::push_digits(text, i64::try_from(rest).unwrap_or_default());
    }
}

impl fmt::Display for Usd {
    /// `$1,234.50`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.0.round_dp(2);
        let text = format!("{:.2}", cents.abs());
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, "00"));
        let sign = if cents.is_sign_negative() && !cents.is_zero() { "-" } else { "" };
        write!(f, "{sign}${}.{fraction}", super::quantity::group_digits(whole))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_read_and_shown_to_the_cent() {
        for (text, shown) in
            [("847.32", "$847.32"), ("1,000", "$1,000.00"), ("$0", "$0.00"), ("1234567.5", "$1,234,567.50"), ("-0", "$0.00")]
        {
            assert_eq!(text.parse::<Usd>().map(|usd| usd.to_string()).as_deref(), Ok(shown), "{text}");
        }
        for (text, error) in [
            ("", UsdError::Malformed),
            ("ten", UsdError::Malformed),
            ("1e3", UsdError::Malformed),
            ("NaN", UsdError::Malformed),
            ("-1", UsdError::Negative),
            ("1.005", UsdError::TooFine),
            ("1000000000", UsdError::TooLarge),
        ] {
            assert_eq!(text.parse::<Usd>(), Err(error), "{text}");
        }
        for text in ["0", "0.005", "0.015", "-0.004", "7", "0.5", "12.3456", "-1234.5", "1234567.89", "79228162514264337593543950335"] {
            let usd = Usd(text.parse().expect("a number"));
            let mut pushed = String::new();
            usd.push_to(&mut pushed);
            assert_eq!(pushed, usd.to_string());
        }
        assert_eq!("1000".parse::<Usd>().map(Usd::short).as_deref(), Ok("$1,000"));
        assert_eq!("49.50".parse::<Usd>().map(Usd::short).as_deref(), Ok("$49.50"));
    }
}
