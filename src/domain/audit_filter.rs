//! What of a tenant's audit log is looked at, as an address: `?actor=&action=&target=&from=&to=&before=`, so that a view is a link.

use std::fmt::Write as _;

use chrono::NaiveDate;

use super::FieldError;
use super::activity::Action;
use super::listing::encode;

pub const PAGE_SIZE: usize = 50;
/// Longest text that is looked for, in characters.
const MAX_TEXT: usize = 100;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Name or e-mail of who did it contains this; in lower case.
    pub actor: String,
    /// An action's key.
    pub action: Option<Action>,
    /// What it was done to contains this; in lower case.
    pub target: String,
    /// First and last day, in the viewer's zone.
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    /// Only events with smaller numbers: where the page begins.
    pub before: Option<i64>,
}

impl AuditFilter {
    /// Reads the parameters; what cannot be read is left out and said beside its control.
    pub fn parse(get: impl Fn(&str) -> Option<String>) -> (Self, Vec<FieldError>) {
        let mut errors = Vec::new();
        // PostgreSQL's text holds no NUL.
        let text = |key: &str| get(key).map(|value| value.replace('\0', "").trim().to_owned()).filter(|value| !value.is_empty());
        let mut short = |key: &str| match text(key) {
            Some(value) if value.chars().count() > MAX_TEXT => {
                errors.push(FieldError::new(key, format!("Look for at most {MAX_TEXT} characters.")));
                String::new()
            }
            found => found.unwrap_or_default().to_lowercase(),
        };
        let mut filter = AuditFilter { actor: short("actor"), target: short("target"), ..AuditFilter::default() };
        if let Some(key) = text("action") {
            filter.action = Action::ALL.into_iter().find(|action| action.as_str() == key);
            if filter.action.is_none() {
                errors.push(FieldError::new("action", "Choose an action of the list."));
            }
        }
        let mut day = |key: &str| {
            let given = text(key)?;
            // Four digits of years: PostgreSQL and the calendar have no others in common.
            let day = given.parse::<NaiveDate>().ok().filter(|_| given.len() == 10);
            if day.is_none() {
                errors.push(FieldError::new(key, "Enter a day such as 2026-12-01."));
            }
            day
        };
        filter.from = day("from");
        filter.to = day("to");
        if let (Some(from), Some(to)) = (filter.from, filter.to)
            && from > to
        {
            errors.push(FieldError::new("to", "This day is before the first one."));
            filter.to = None;
        }
        filter.before = text("before").and_then(|seq| seq.parse().ok());
        (filter, errors)
    }

    pub fn is_narrow(&self) -> bool {
        *self != AuditFilter { before: self.before, ..AuditFilter::default() }
    }

    /// The query of this view, with its question mark; nothing for the plain log.
    pub fn query(&self) -> String {
        let mut query = String::new();
        let mut push = |key: &str, value: &str| {
            // Writing to a String cannot fail.
            let _ = write!(query, "{}{key}={}", if query.is_empty() { '?' } else { '&' }, encode(value));
        };
        for (key, text) in [("actor", &self.actor), ("target", &self.target)] {
            if !text.is_empty() {
                push(key, text);
            }
        }
        if let Some(action) = self.action {
            push("action", action.as_str());
        }
        for (key, day) in [("from", self.from), ("to", self.to)] {
            if let Some(day) = day {
                push(key, &day.to_string());
            }
        }
        if let Some(before) = self.before {
            push("before", &before.to_string());
        }
        query
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_a_link_and_back() {
        let filter = AuditFilter {
            actor: "olga".into(),
            action: Some(Action::QuotaChanged),
            target: "ag & co".into(),
            from: NaiveDate::from_ymd_opt(2026, 12, 1),
            to: NaiveDate::from_ymd_opt(2026, 12, 2),
            before: Some(17),
        };
        let query = filter.query();
        assert_eq!(query, "?actor=olga&target=ag%20%26%20co&action=quota.changed&from=2026-12-01&to=2026-12-02&before=17");
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(&query.as_bytes()[1..]).into_owned().collect();
        let (read, errors) = AuditFilter::parse(|key| pairs.iter().find(|(k, _)| k == key).map(|(_, value)| value.clone()));
        assert_eq!((read, errors), (filter.clone(), vec![]));
        assert!(filter.is_narrow());
        assert_eq!(AuditFilter::default().query(), "");
        assert!(!AuditFilter { before: Some(3), ..AuditFilter::default() }.is_narrow());
    }

    #[test]
    fn nonsense_in_the_address_is_said_and_left_out() {
        let (filter, errors) = AuditFilter::parse(|_| Some("9".repeat(200)));
        assert_eq!(filter, AuditFilter::default());
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["actor", "target", "action", "from", "to"]);
        let (filter, errors) =
            AuditFilter::parse(|key| Some(if key == "from" { "2026-12-02" } else { "2026-12-01" }.to_owned()).filter(|_| key.len() < 5));
        assert_eq!((filter.to, errors.len()), (None, 1));
    }
}
