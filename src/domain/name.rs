//! Names of tenants and people: one line of text that stands in tables, titles and mail.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// 1 to 120 characters on one line, left to right, without markup, emoji or invisible characters.
///
/// Names are shown next to other tenants' rows and in mail headers; a name that can reverse or hide its neighbours could pose
/// as another tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

pub const MAX_LENGTH: usize = 120;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("Enter a name.")]
    Empty,
    #[error("Use at most 120 characters.")]
    TooLong,
    #[error("Leave out < and >: names hold no markup.")]
    Markup,
    #[error("Leave out emoji and symbols.")]
    Emoji,
    #[error("Use left-to-right text.")]
    RightToLeft,
    #[error("Leave out line breaks and invisible characters.")]
    Invisible,
}

impl Name {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08FF}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2BFF}' | '\u{3030}' | '\u{303D}' | '\u{FE0F}' | '\u{1F000}'..='\u{1FAFF}' | '\u{E0020}'..='\u{E007F}')
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00AD}' | '\u{200B}'..='\u{200D}' | '\u{2028}' | '\u{2029}' | '\u{2060}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.chars().count() > MAX_LENGTH {
            return Err(NameError::TooLong);
        }
        for c in text.chars() {
            match c {
                '<' | '>' => return Err(NameError::Markup),
                _ if is_right_to_left(c) => return Err(NameError::RightToLeft),
                _ if is_emoji(c) => return Err(NameError::Emoji),
                _ if is_invisible(c) => return Err(NameError::Invisible),
                _ => {}
            }
        }
        Ok(Name(text.to_owned()))
    }
}

impl TryFrom<String> for Name {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> String {
        name.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_plain_line() {
        for good in ["Acme Corporation", " Müller & Söhne ", "O'Brien, Inc.", "日本電気", &"n".repeat(120)] {
            assert_eq!(good.parse::<Name>().map(String::from).as_deref(), Ok(good.trim()));
        }
        for (bad, error) in [
            ("   ", NameError::Empty),
            (&"n".repeat(300), NameError::TooLong),
            ("<b>Acme</b>", NameError::Markup),
            ("Acme 🚀", NameError::Emoji),
            ("شركة", NameError::RightToLeft),
            ("Acme\u{202E}moc", NameError::RightToLeft),
            ("Acme\nInc", NameError::Invisible),
            ("Ac\u{200B}me", NameError::Invisible),
            ("Ac\0me", NameError::Invisible),
        ] {
            assert_eq!(bad.parse::<Name>(), Err(error), "{bad:?}");
        }
    }
}
