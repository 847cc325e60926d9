//! What people type as the second step of signing in: the six digits of their app, or one of the recovery codes they keep.

use std::fmt;
use std::str::FromStr;

/// Recovery codes that are given out together.
pub const RECOVERY_CODES: usize = 10;
/// Characters of one: 60 random bits.
pub const RECOVERY_LENGTH: usize = 12;
/// Crockford's base32: nothing in it is taken for something else.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecondCode {
    /// Of an app, by time.
    Timed(u32),
    Recovery(RecoveryCode),
}

/// Works once, instead of the app.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Enter the 6 digits that your app shows, or a recovery code.")]
pub struct NoCode;

impl RecoveryCode {
    pub fn new(random: [u8; RECOVERY_LENGTH]) -> Self {
        Self(random.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect())
    }

    /// As it is hashed: without hyphens.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

impl fmt::Display for RecoveryCode {
    /// `0a1b-2c3d-4e5f`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", &self.0[..4], &self.0[4..8], &self.0[8..])
    }
}

impl FromStr for RecoveryCode {
    type Err = NoCode;

    /// Takes what people make of it: capitals, spaces, the letter O for a nought.
    fn from_str(text: &str) -> Result<Self, NoCode> {
        let read = |c: char| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            c => c,
        };
        let code: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').take(RECOVERY_LENGTH + 1).map(read).collect();
        if code.len() == RECOVERY_LENGTH && code.bytes().all(|c| ALPHABET.contains(&c)) { Ok(Self(code)) } else { Err(NoCode) }
    }
}

impl FromStr for SecondCode {
    type Err = NoCode;

    fn from_str(text: &str) -> Result<Self, NoCode> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).take(7).collect();
        if digits.len() == 6 && digits.bytes().all(|c| c.is_ascii_digit()) {
            return digits.parse().map(SecondCode::Timed).map_err(|_| NoCode);
        }
        text.parse().map(SecondCode::Recovery)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_write_it() {
        for (text, code) in [("123456", 123_456), (" 012 345 ", 12_345)] {
            assert_eq!(text.parse(), Ok(SecondCode::Timed(code)));
        }
        let code = RecoveryCode::new([31, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 255]);
        assert_eq!(code.to_string(), "z012-3456-789z");
        for text in ["z012-3456-789z", "Z0123456789Z", " zoi2 3456-789Z "] {
            assert_eq!(text.parse(), Ok(SecondCode::Recovery(code.clone())), "{text}");
        }
        for bad in ["", "12345", "1234567", "z012-3456-789", "z012-3456-789zz", "u012-3456-789z", "é12345678901", "١٢٣٤٥٦"] {
            assert_eq!(bad.parse::<SecondCode>(), Err(NoCode), "{bad}");
        }
        assert_eq!(format!("{code:?}"), "RecoveryCode(…)");
    }
}
