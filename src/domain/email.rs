//! E-mail addresses, as far as a form can judge them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One address in lower case, at most 254 bytes, one `@`, a domain with a dot or `localhost`. Whether it exists, a mail proves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    #[error("Enter an e-mail address.")]
    Empty,
    #[error("This address is too long.")]
    TooLong,
    #[error("Enter an e-mail address such as name@example.com.")]
    Malformed,
}

impl Email {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What its person is called as long as nobody says better: `ada.admin@b.example` as `Ada Admin`. May be no good name.
    pub fn as_name(&self) -> String {
        let local = self.0.split('@').next().unwrap_or_default();
        let words = local.split(['.', '_', '-', '+']).filter(|word| !word.is_empty()).map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let text = text.trim().to_lowercase();
        if text.is_empty() {
            return Err(EmailError::Empty);
        }
        if text.len() > 254 {
            return Err(EmailError::TooLong);
        }
        let (local, domain) = text.split_once('@').ok_or(EmailError::Malformed)?;
        let local_fine = !local.is_empty()
            && local.len() <= 64
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c));
        let label_fine = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        let domain_fine = (domain.contains('.') || domain == "localhost") && domain.split('.').all(label_fine);
        if local_fine && domain_fine { Ok(Email(text)) } else { Err(EmailError::Malformed) }
    }
}

impl TryFrom<String> for Email {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, EmailError> {
        text.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> String {
        email.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_from_the_address() {
        let name = |email: &str| email.parse::<Email>().expect("a literal address").as_name();
        assert_eq!((name("ada.admin@b.example").as_str(), name("root@b.example").as_str()), ("Ada Admin", "Root"));
    }

    #[test]
    fn an_address_has_a_local_part_and_a_domain() {
        assert_eq!(" Owner@Acme.Example ".parse::<Email>().map(String::from).as_deref(), Ok("owner@acme.example"));
        for bad in [
            "",
            "owner",
            "@acme.example",
            "owner@",
            "owner@acme",
            "a b@acme.example",
            "a@b@c.example",
            "a@-b.example",
            "a..b@c.example",
            "a@c.example\r\nBcc: x@y.example",
            "<a@b.example>",
            "ö@acme.example",
            "😀@acme.example",
        ] {
            assert!(bad.parse::<Email>().is_err(), "{bad}");
        }
        assert_eq!(format!("{}@acme.example", "x".repeat(300)).parse::<Email>(), Err(EmailError::TooLong));
    }
}
