//! The slug: a tenant's name in addresses, `/t/{slug}` and `{slug}.<host>`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// 1 to 40 lower-case ASCII letters, digits and inner hyphens (a DNS label), not one of the platform's own words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

pub const MAX_LENGTH: usize = 40;

/// Words that are, or may become, the platform's own paths and hosts.
const RESERVED: &[&str] = &[
    "account",
    "admin",
    "api",
    "app",
    "assets",
    "auth",
    "billing",
    "blog",
    "cdn",
    "console",
    "dashboard",
    "docs",
    "fn",
    "ftp",
    "health",
    "healthz",
    "help",
    "import",
    "internal",
    "invite",
    "localhost",
    "login",
    "logout",
    "mail",
    "metrics",
    "ns1",
    "ns2",
    "pkg",
    "platform",
    "portal",
    "public",
    "readyz",
    "reset",
    "restore",
    "root",
    "security",
    "settings",
    "signup",
    "smtp",
    "static",
    "status",
    "support",
    "system",
    "t",
    "tenant",
    "tenantry",
    "tenants",
    "test",
    "webhooks",
    "www",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SlugError {
    #[error("Enter a slug.")]
    Empty,
    #[error("Use at most 40 characters.")]
    TooLong,
    #[error("Use lower-case letters, digits and hyphens only; begin and end with a letter or digit.")]
    Malformed,
    #[error("This word is reserved for the platform. Choose another.")]
    Reserved,
}

impl Slug {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A slug for a tenant of this name, or `None` when the name has no letter or digit that a slug may hold.
    ///
    /// A proposal only: whether it is free is the database's to say.
    pub fn propose(name: &str) -> Option<Slug> {
        let mut slug = String::new();
        for c in name.chars().flat_map(char::to_lowercase) {
            match fold(c) {
                Some(text) if slug.is_empty() || slug.ends_with('-') => slug.push_str(text.trim_start_matches('-')),
                Some(text) => slug.push_str(text),
                None if c.is_ascii_alphanumeric() => slug.push(c),
                None if !slug.is_empty() && !slug.ends_with('-') && c != '\'' && c != '’' => slug.push('-'),
                None => {}
            }
        }
        slug.truncate(MAX_LENGTH);
        let slug = slug.trim_matches('-');
        match slug.parse() {
            Ok(slug) => Some(slug),
            Err(SlugError::Reserved) => format!("{slug}-1").parse().ok(),
            Err(SlugError::Empty | SlugError::TooLong | SlugError::Malformed) => None,
        }
    }
}

/// Latin letters with marks, as they are commonly written without.
fn fold(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ą' => "a",
        'ä' | 'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "e",
        'ì' | 'í' | 'î' | 'ï' | 'ī' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ō' => "o",
        'ö' | 'ø' | 'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' => "s",
        'ß' => "ss",
        'ù' | 'ú' | 'û' | 'ū' | 'ů' => "u",
        'ü' => "ue",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        '&' => "-and-",
        _ => return None,
    })
}

impl FromStr for Slug {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, SlugError> {
        let edge = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
        let bytes = text.as_bytes();
        match bytes {
            [] => Err(SlugError::Empty),
            _ if bytes.len() > MAX_LENGTH => Err(SlugError::TooLong),
            [first, .., last] if !edge(*first) || !edge(*last) => Err(SlugError::Malformed),
            [one] if !edge(*one) => Err(SlugError::Malformed),
            _ if !bytes.iter().all(|c| edge(*c) || *c == b'-') => Err(SlugError::Malformed),
            _ if RESERVED.contains(&text) || text.starts_with("xn--") => Err(SlugError::Reserved),
            _ => Ok(Slug(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Slug {
    type Error = SlugError;

    fn try_from(text: String) -> Result<Self, SlugError> {
        text.parse()
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> String {
        slug.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_a_dns_label_in_lower_case() {
        for good in ["acme", "a", "a-1", "beta-industries", &"x".repeat(40)] {
            assert_eq!(good.parse::<Slug>().map(String::from).as_deref(), Ok(good));
        }
        for (bad, error) in [
            ("", SlugError::Empty),
            (&"x".repeat(41), SlugError::TooLong),
            ("Acme", SlugError::Malformed),
            ("-acme", SlugError::Malformed),
            ("acme-", SlugError::Malformed),
            ("-", SlugError::Malformed),
            ("a_b", SlugError::Malformed),
            ("acme corp", SlugError::Malformed),
            ("naïve", SlugError::Malformed),
            ("🚀", SlugError::Malformed),
            ("<b>", SlugError::Malformed),
            ("admin", SlugError::Reserved),
            ("xn--80ak6aa", SlugError::Reserved),
        ] {
            assert_eq!(bad.parse::<Slug>(), Err(error), "{bad}");
        }
    }

    #[test]
    fn a_slug_is_proposed_from_the_name() {
        for (name, slug) in [
            ("Acme Corporation", Some("acme-corporation")),
            ("  Müller & Söhne GmbH ", Some("mueller-and-soehne-gmbh")),
            ("R&D", Some("r-and-d")),
            ("O'Brien", Some("obrien")),
            ("Admin", Some("admin-1")),
            ("!!!", None),
            ("日本", None),
        ] {
            assert_eq!(Slug::propose(name).map(String::from).as_deref(), slug, "{name}");
        }
        assert!(Slug::propose(&"long name ".repeat(30)).is_some_and(|slug| slug.as_str().len() <= MAX_LENGTH));
    }
}
