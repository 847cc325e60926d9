//! Features that plans have, as data: what programs ask by key and people read by label. And keys in general, of plans and templates too.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::FieldError;
use super::agent::take;
use super::label::Label;

/// What programs and addresses call something of the catalogue: 1 to 40 lower-case letters, digits and hyphens, a letter first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CatalogueKey(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueKeyError {
    #[error("Enter a key.")]
    Empty,
    #[error("Use at most 40 characters.")]
    TooLong,
    #[error("Use lower-case letters, digits and hyphens, and a letter first.")]
    Malformed,
    #[error("This word has a meaning of its own. Choose another.")]
    Reserved,
}

/// They have pages of their own beside those of the things themselves.
const RESERVED: [&str; 1] = ["new"];

impl CatalogueKey {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CatalogueKey {
    type Err = CatalogueKeyError;

    fn from_str(text: &str) -> Result<Self, CatalogueKeyError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(CatalogueKeyError::Empty);
        }
        let known = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        if !text.bytes().all(known) || !text.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Err(CatalogueKeyError::Malformed);
        }
        if text.len() > 40 {
            return Err(CatalogueKeyError::TooLong);
        }
        if RESERVED.contains(&text) {
            return Err(CatalogueKeyError::Reserved);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for CatalogueKey {
    type Error = CatalogueKeyError;

    fn try_from(text: String) -> Result<Self, CatalogueKeyError> {
        text.parse()
    }
}

impl From<CatalogueKey> for String {
    fn from(key: CatalogueKey) -> String {
        key.0
    }
}

impl fmt::Display for CatalogueKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is said of something in a sentence or two: at most 300 characters on one line, or nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Description(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DescriptionError {
    #[error("Use at most 300 characters.")]
    TooLong,
    #[error("Leave out line breaks and invisible characters.")]
    Invisible,
}

impl Description {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Description {
    type Err = DescriptionError;

    fn from_str(text: &str) -> Result<Self, DescriptionError> {
        let text = text.trim();
        if text.chars().count() > 300 {
            return Err(DescriptionError::TooLong);
        }
        if text.chars().any(|c| c.is_control() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'))
        {
            return Err(DescriptionError::Invisible);
        }
        Ok(Self(text.to_owned()))
    }
}

/// A feature to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFeature {
    pub key: CatalogueKey,
    pub words: FeatureWords,
}

/// What of a feature can be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureWords {
    pub label: Label,
    pub description: Description,
}

impl FeatureWords {
    /// # Errors
    /// All that is wrong at once, in the order of the fields.
    pub fn parse(label: &str, description: &str) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let label = take(&mut errors, "label", label);
        let description = take(&mut errors, "description", description);
        match (label, description) {
            (Some(label), Some(description)) => Ok(Self { label, description }),
            _ => Err(errors),
        }
    }
}

impl NewFeature {
    /// # Errors
    /// All that is wrong at once, in the order of the fields.
    pub fn parse(key: &str, label: &str, description: &str) -> Result<Self, Vec<FieldError>> {
        let words = FeatureWords::parse(label, description);
        let mut errors = words.as_ref().err().cloned().unwrap_or_default();
        let key = take(&mut errors, "key", key);
        match (words, key) {
            (Ok(words), Some(key)) => Ok(Self { key, words }),
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_word_of_addresses() {
        for good in ["sso", "custom-models", "a1", &"a".repeat(40)] {
            assert_eq!(good.parse::<CatalogueKey>().map(|key| key.to_string()).as_deref(), Ok(good));
        }
        for (bad, error) in [
            (" ", CatalogueKeyError::Empty),
            (&*"a".repeat(41), CatalogueKeyError::TooLong),
            ("SSO", CatalogueKeyError::Malformed),
            ("a_b", CatalogueKeyError::Malformed),
            ("2fa", CatalogueKeyError::Malformed),
            ("new", CatalogueKeyError::Reserved),
        ] {
            assert_eq!(bad.parse::<CatalogueKey>(), Err(error), "{bad}");
        }
    }

    #[test]
    fn everything_that_is_wrong_with_a_feature_is_said_at_once() {
        let fields = |errors: Vec<FieldError>| errors.into_iter().map(|error| error.field).collect::<Vec<_>>();
        let long = "x".repeat(301);
        assert_eq!(fields(NewFeature::parse("", "", &long).expect_err("all")), ["label", "description", "key"]);
        assert_eq!(fields(FeatureWords::parse("Fine", "a\u{202e}b").expect_err("hidden")), ["description"]);
        assert!(NewFeature::parse("audit-export", "Audit export", "").is_ok());
    }
}
