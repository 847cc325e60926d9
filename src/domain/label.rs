//! Short texts of a tenant's own: a model, a department, a cost centre.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::name::{Name, NameError};

/// A [`Name`] of at most 80 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Label(Name);

pub const MAX_LENGTH: usize = 80;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    #[error("Fill this in.")]
    Empty,
    #[error("Use at most 80 characters.")]
    TooLong,
    #[error(transparent)]
    Text(NameError),
}

impl Label {
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for Label {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, LabelError> {
        match text.parse::<Name>() {
            Ok(name) if name.as_str().chars().count() > MAX_LENGTH => Err(LabelError::TooLong),
            Ok(name) => Ok(Label(name)),
            Err(NameError::Empty) => Err(LabelError::Empty),
            Err(NameError::TooLong) => Err(LabelError::TooLong),
            Err(error @ (NameError::Markup | NameError::Emoji | NameError::RightToLeft | NameError::Invisible)) => {
                Err(LabelError::Text(error))
            }
        }
    }
}

impl TryFrom<String> for Label {
    type Error = LabelError;

    fn try_from(text: String) -> Result<Self, LabelError> {
        text.parse()
    }
}

impl From<Label> for String {
    fn from(label: Label) -> String {
        label.0.into()
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_a_short_name() {
        for (text, read) in [
            (" claude-sonnet ", Ok("claude-sonnet")),
            (" ", Err(LabelError::Empty)),
            (&*"x".repeat(81), Err(LabelError::TooLong)),
            (&*"x".repeat(121), Err(LabelError::TooLong)),
            ("a\0b", Err(LabelError::Text(NameError::Invisible))),
        ] {
            assert_eq!(text.parse::<Label>().as_ref().map(Label::as_str), read.as_ref().copied(), "{text:?}");
        }
    }
}
