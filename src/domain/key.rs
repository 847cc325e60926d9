//! Keys of the machine API: what they look like and what they may be used for.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::FieldError;
use super::last_day;
use super::name::Name;

/// What a tenant's key may be used for. Each capability names the one that opens it, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Look: the tenant, its features, its usage.
    Read,
    /// Ask for quota and report usage.
    Usage,
    /// Agents, knowledge, threads.
    Resources,
}

impl Scope {
    pub const ALL: [Scope; 3] = [Scope::Read, Scope::Usage, Scope::Resources];

    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Usage => "usage",
            Scope::Resources => "resources",
        }
    }

    /// What it allows, as the form says it.
    pub fn hint(self) -> &'static str {
        match self {
            Scope::Read => "See the tenant, its features, quotas and usage.",
            Scope::Usage => "Ask for quota and report what was used.",
            Scope::Resources => "Work with agents, knowledge and threads.",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Choose read, usage or resources.")]
pub struct UnknownScope;

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        Scope::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or(UnknownScope)
    }
}

/// Whose key it is; says nothing about whether it exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// `tk_…`
    Tenant,
    /// `pk_…`
    Platform,
}

impl KeyKind {
    pub fn mark(self) -> &'static str {
        match self {
            KeyKind::Tenant => "tk_",
            KeyKind::Platform => "pk_",
        }
    }
}

/// `tk_` or `pk_` and 32 random bytes in base64url. Its `Debug` shows nothing: keys stay out of logs.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a key of ours")]
pub struct MalformedKey;

/// How much of a key is shown in lists: enough to tell keys apart, 48 random bits of 256.
const PREFIX: usize = 11;

impl ApiKey {
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub fn kind(&self) -> KeyKind {
        if self.0.starts_with(KeyKind::Tenant.mark()) { KeyKind::Tenant } else { KeyKind::Platform }
    }

    pub fn prefix(&self) -> &str {
        &self.0[..PREFIX]
    }
}

impl FromStr for ApiKey {
    type Err = MalformedKey;

    fn from_str(text: &str) -> Result<Self, MalformedKey> {
        let rest = text.strip_prefix(KeyKind::Tenant.mark()).or_else(|| text.strip_prefix(KeyKind::Platform.mark())).ok_or(MalformedKey)?;
        let fine = rest.len() == 43 && rest.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_');
        if fine { Ok(ApiKey(text.to_owned())) } else { Err(MalformedKey) }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// A key to be; of a platform key without scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    pub name: Name,
    pub scopes: Vec<Scope>,
    pub expires_at: Option<DateTime<Utc>>,
    /// A limit of its own, within the tenant's.
    pub calls_a_minute: Option<i32>,
}

/// The largest limit of its own that a key can be given.
pub const MOST_CALLS: i32 = 1_000_000;

impl NewKey {
    /// Reads a form: `scopes` are those that were ticked, `last_day` is `2026-12-31` or empty for a key without end, `calls_a_minute` a number
    /// or empty for no limit of its own; `needs_scopes` is false for platform keys.
    ///
    /// # Errors
    /// All that is wrong at once, in the order of the fields.
    pub fn parse(
        name: &str,
        scopes: Vec<Scope>,
        needs_scopes: bool,
        last_day: &str,
        calls_a_minute: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = name.parse::<Name>().map_err(|error| errors.push(FieldError::new("name", error))).ok();
        if needs_scopes && scopes.is_empty() {
            errors.push(FieldError::new("scopes", "Choose at least one scope."));
        }
        let expires_at = last_day::parse(last_day, now).map_err(|error| errors.push(FieldError::new("last_day", error))).ok().flatten();
        let calls_a_minute = match calls_a_minute.trim() {
            "" => None,
            text => {
                let calls = text.parse().ok().filter(|calls| (1..=MOST_CALLS).contains(calls));
                if calls.is_none() {
                    errors.push(FieldError::new("calls_a_minute", "Enter a whole number from 1 to 1000000, or nothing."));
                }
                calls
            }
        };
        match name {
            Some(name) if errors.is_empty() => Ok(Self { name, scopes, expires_at, calls_a_minute }),
            Some(_) | None => Err(errors),
        }
    }
}

/// How long a rotated key works beside its successor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    None,
    Hour,
    Day,
    Week,
}

impl Overlap {
    pub const ALL: [Overlap; 4] = [Overlap::None, Overlap::Hour, Overlap::Day, Overlap::Week];

    pub fn hours(self) -> i32 {
        match self {
            Overlap::None => 0,
            Overlap::Hour => 1,
            Overlap::Day => 24,
            Overlap::Week => 168,
        }
    }

    /// What becomes of the old key.
    pub fn label(self) -> &'static str {
        match self {
            Overlap::None => "It ends at once",
            Overlap::Hour => "It works for 1 more hour",
            Overlap::Day => "It works for 24 more hours",
            Overlap::Week => "It works for 7 more days",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Choose 0, 1, 24 or 168 hours.")]
pub struct UnknownOverlap;

impl FromStr for Overlap {
    type Err = UnknownOverlap;

    /// In hours.
    fn from_str(text: &str) -> Result<Self, UnknownOverlap> {
        Overlap::ALL.into_iter().find(|overlap| overlap.hours().to_string() == text).ok_or(UnknownOverlap)
    }
}

/// Why a key does not open what it is shown for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRefusal {
    /// Also the key of a tenant that is deleted.
    Unknown,
    Revoked,
    Expired,
    /// It is good for other things; this one needs the scope named, or is for people only.
    WrongScope(Option<Scope>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_its_mark_and_43_characters() {
        let good = format!("tk_{}", "aZ09-_".repeat(8).get(..43).expect("48 letters"));
        let key: ApiKey = good.parse().expect("a key");
        assert_eq!((key.kind(), key.prefix(), format!("{key:?}").as_str()), (KeyKind::Tenant, "tk_aZ09-_aZ", "ApiKey(…)"));
        assert_eq!(good.replace("tk_", "pk_").parse::<ApiKey>().map(|key| key.kind()), Ok(KeyKind::Platform));
        for bad in [
            "",
            "tk_",
            "tk_short",
            &good[3..],
            &format!("{good}a"),
            &good.replace('0', "ü"),
            &good.replace("tk_", "sk_"),
            &good.replace('9', " "),
        ] {
            assert_eq!(bad.parse::<ApiKey>(), Err(MalformedKey), "{bad}");
        }
    }

    #[test]
    fn a_key_ends_with_its_last_day() {
        let now: DateTime<Utc> = "2026-11-23T23:59:00Z".parse().expect("a time");
        let parse = |name: &str, day: &str| NewKey::parse(name, vec![Scope::Read], true, day, "", now);
        let fields = |errors: Vec<FieldError>| errors.into_iter().map(|error| error.field).collect::<Vec<_>>();
        assert_eq!(parse("CI", "").expect("a key").expires_at, None);
        assert_eq!(parse("CI", " 2026-11-23 ").expect("a key").expires_at, Some("2026-11-24T00:00:00Z".parse().expect("a time")));
        for bad in ["2026-11-22", "2026-02-30", "tomorrow", "2126-01-01", "99999-01-01", "+262142-12-31"] {
            assert_eq!(fields(parse("CI", bad).unwrap_err()), ["last_day"], "{bad}");
        }
        assert_eq!(fields(NewKey::parse("", vec![], true, "x", "x", now).unwrap_err()), ["name", "scopes", "last_day", "calls_a_minute"]);
        assert!(NewKey::parse("CI", vec![], false, "", "", now).is_ok());
    }

    #[test]
    fn a_limit_of_its_own_is_a_whole_number_or_nothing() {
        let parse = |calls: &str| NewKey::parse("CI", vec![], false, "", calls, "2026-11-23T00:00:00Z".parse().expect("a time"));
        for (text, calls) in [("", None), ("  ", None), ("1", Some(1)), (" 60 ", Some(60)), ("1000000", Some(MOST_CALLS))] {
            assert_eq!(parse(text).expect("a key").calls_a_minute, calls, "{text}");
        }
        for bad in ["0", "-1", "1.5", "many", "1000001", "99999999999999999999"] {
            assert_eq!(parse(bad).unwrap_err()[0].field, "calls_a_minute", "{bad}");
        }
    }
}
