//! What of all audit logs staff look at, as an address: `?log=&tenant=&actor=&action=&target=&from=&to=&before=`, so that a view is a link.

use std::fmt::Write as _;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::FieldError;
use super::audit_filter::AuditFilter;
use super::listing::encode;
use super::slug::Slug;

/// Whose events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Log {
    #[default]
    All,
    /// What concerns no tenant: plans, meters, jobs, keys, staff.
    Platform,
    Tenants,
}

impl Log {
    pub const ALL: [Log; 3] = [Log::All, Log::Platform, Log::Tenants];

    pub fn as_str(self) -> &'static str {
        match self {
            Log::All => "",
            Log::Platform => "platform",
            Log::Tenants => "tenants",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Log::All => "All logs",
            Log::Platform => "The platform's own",
            Log::Tenants => "Tenants'",
        }
    }
}

/// Where a page begins: after this event. Not a secret and not trusted: it only moves the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub at: DateTime<Utc>,
    /// Nil for the platform's own.
    pub tenant: Uuid,
    pub seq: i64,
}

impl FromStr for Place {
    type Err = ();

    /// `{microseconds}.{tenant}.{seq}`
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('.');
        let (Some(at), Some(tenant), Some(seq), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else { return Err(()) };
        let at = at.parse().ok().and_then(DateTime::from_timestamp_micros).filter(|at| at.timestamp() > 0).ok_or(())?;
        Ok(Place { at, tenant: tenant.parse().map_err(|_| ())?, seq: seq.parse().map_err(|_| ())? })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.at.timestamp_micros(), self.tenant.simple(), self.seq)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditQuery {
    pub log: Log,
    pub tenant: Option<Slug>,
    /// An e-mail address is meant whole, anything else is part of a name; in lower case.
    pub actor: String,
    /// An action's key, whosesoever.
    pub action: Option<String>,
    /// What it was done to contains this; in lower case.
    pub target: String,
    /// First and last day, in the viewer's zone.
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    pub before: Option<Place>,
}

impl AuditQuery {
    /// Reads the parameters; what cannot be read is left out and said beside its control.
    pub fn parse(get: impl Fn(&str) -> Option<String>) -> (Self, Vec<FieldError>) {
        // Actor, target and days are those of a tenant's own log.
        let (shared, mut errors) = AuditFilter::parse(|key| if ["action", "before"].contains(&key) { None } else { get(key) });
        let text = |key: &str| get(key).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let mut query =
            AuditQuery { actor: shared.actor, target: shared.target, from: shared.from, to: shared.to, ..AuditQuery::default() };
        if let Some(log) = text("log") {
            match Log::ALL.into_iter().find(|known| known.as_str() == log) {
                Some(log) => query.log = log,
                None => errors.push(FieldError::new("log", "Choose one of the list.")),
            }
        }
        if let Some(slug) = text("tenant") {
            match slug.parse() {
                Ok(slug) => query.tenant = Some(slug),
                Err(_) => errors.push(FieldError::new("tenant", "Enter a tenant's slug, such as acme.")),
            }
        }
        if let Some(action) = text("action") {
            if action.len() <= 60 && action.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"._-".contains(&c)) {
                query.action = Some(action);
            } else {
                errors.push(FieldError::new("action", "Choose an action of the list."));
            }
        }
        query.before = text("before").and_then(|place| place.parse().ok());
        (query, errors)
    }

    /// The actor as an index knows it.
    pub fn whole_actor(&self) -> Option<&str> {
        Some(self.actor.as_str()).filter(|actor| actor.contains('@'))
    }

    /// Part of an actor's name.
    pub fn part_of_actor(&self) -> Option<&str> {
        Some(self.actor.as_str()).filter(|actor| !actor.is_empty() && !actor.contains('@'))
    }

    pub fn is_narrow(&self) -> bool {
        *self != AuditQuery { before: self.before, ..AuditQuery::default() }
    }

    /// The query of this view, with its question mark; nothing for the plain log.
    pub fn query(&self) -> String {
        let mut query = String::new();
        let mut push = |key: &str, value: &str| {
            if !value.is_empty() {
                // Writing to a String cannot fail.
                let _ = write!(query, "{}{key}={}", if query.is_empty() { '?' } else { '&' }, encode(value));
            }
        };
        push("log", self.log.as_str());
        push("tenant", self.tenant.as_ref().map_or("", Slug::as_str));
        push("actor", &self.actor);
        push("action", self.action.as_deref().unwrap_or_default());
        push("target", &self.target);
        push("from", &self.from.map(|day| day.to_string()).unwrap_or_default());
        push("to", &self.to.map(|day| day.to_string()).unwrap_or_default());
        push("before", &self.before.map(|place| place.to_string()).unwrap_or_default());
        query
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_a_link_and_back() {
        let query = AuditQuery {
            log: Log::Tenants,
            tenant: Some("acme".parse().expect("a slug")),
            actor: "olga@acme.example".into(),
            action: Some("plan.changed".into()),
            target: "ag & co".into(),
            from: NaiveDate::from_ymd_opt(2026, 12, 1),
            to: NaiveDate::from_ymd_opt(2026, 12, 2),
            before: Some(Place {
                at: DateTime::from_timestamp_micros(1_700_000_000_000_001).expect("a time"),
                tenant: Uuid::from_u128(7),
                seq: 17,
            }),
        };
        let address = query.query();
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(&address.as_bytes()[1..]).into_owned().collect();
        let (read, errors) = AuditQuery::parse(|key| pairs.iter().find(|(k, _)| k == key).map(|(_, value)| value.clone()));
        assert_eq!((read, errors), (query.clone(), vec![]));
        assert!(query.is_narrow());
        assert_eq!((query.whole_actor(), query.part_of_actor()), (Some("olga@acme.example"), None));
        assert_eq!(AuditQuery::default().query(), "");
        let part = AuditQuery { actor: "olga".into(), ..AuditQuery::default() };
        assert_eq!((part.whole_actor(), part.part_of_actor()), (None, Some("olga")));
    }

    #[test]
    fn nonsense_in_the_address_is_said_and_left_out() {
        let (query, errors) = AuditQuery::parse(|_| Some("N o nsense, of <some> length".repeat(9)));
        assert_eq!(query, AuditQuery::default());
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["actor", "target", "from", "to", "log", "tenant", "action"]);
        for nonsense in [
            "",
            "1.2",
            "x.00000000000000000000000000000007.1",
            "9999999999999999999.00000000000000000000000000000007.1",
            "-5.00000000000000000000000000000007.1",
        ] {
            assert_eq!(nonsense.parse::<Place>(), Err(()), "{nonsense}");
        }
    }
}
