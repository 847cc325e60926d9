//! Keys of the machine API: what they look like and what they may be used for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

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
        let good = format!("tk_{}", "aZ09-_".repeat(8).get(..43).unwrap());
        let key: ApiKey = good.parse().unwrap();
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
}
