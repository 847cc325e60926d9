//! Conversations: who says what in them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Who says a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    User,
    Assistant,
    System,
    Tool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Use user, assistant, system or tool.")]
pub struct UnknownSpeaker;

impl Speaker {
    pub fn as_str(self) -> &'static str {
        match self {
            Speaker::User => "user",
            Speaker::Assistant => "assistant",
            Speaker::System => "system",
            Speaker::Tool => "tool",
        }
    }
}

impl FromStr for Speaker {
    type Err = UnknownSpeaker;

    fn from_str(text: &str) -> Result<Self, UnknownSpeaker> {
        [Speaker::User, Speaker::Assistant, Speaker::System, Speaker::Tool].into_iter().find(|s| s.as_str() == text).ok_or(UnknownSpeaker)
    }
}

/// What a message says: 1 to 100,000 characters, as they come but for NUL, which PostgreSQL's text cannot hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content(String);

pub const MAX_CONTENT: usize = 100_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    #[error("Say something.")]
    Empty,
    #[error("Use at most 100,000 characters.")]
    TooLong,
    #[error("Leave out NUL characters.")]
    Nul,
}

impl Content {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Content {
    type Err = ContentError;

    fn from_str(text: &str) -> Result<Self, ContentError> {
        match text {
            "" => Err(ContentError::Empty),
            _ if text.contains('\0') => Err(ContentError::Nul),
            _ if text.chars().count() > MAX_CONTENT => Err(ContentError::TooLong),
            _ => Ok(Content(text.to_owned())),
        }
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_something_that_can_be_kept() {
        for (text, fine) in
            [("hi\n there", true), ("", false), ("a\0b", false), (&*"ä".repeat(100_000), true), (&*"ä".repeat(100_001), false)]
        {
            assert_eq!(text.parse::<Content>().is_ok(), fine);
        }
        assert_eq!("tool".parse(), Ok(Speaker::Tool));
        assert_eq!("owner".parse::<Speaker>(), Err(UnknownSpeaker));
    }
}
