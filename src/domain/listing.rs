//! The console's tenant list as an address: `?q=&status=&plan=&sort=&after=`, so that a view is a link.

use std::fmt::Write as _;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::FieldError;
use super::status::TenantStatus;

pub const PAGE_SIZE: usize = 50;
/// Longest search text that is looked for, in characters.
pub const MAX_QUERY: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortKey {
    Name,
    Plan,
    Status,
    Agents,
    Cost,
    Created,
}

impl SortKey {
    pub const ALL: [SortKey; 6] = [SortKey::Name, SortKey::Plan, SortKey::Status, SortKey::Agents, SortKey::Cost, SortKey::Created];

    pub fn as_str(self) -> &'static str {
        match self {
            SortKey::Name => "name",
            SortKey::Plan => "plan",
            SortKey::Status => "status",
            SortKey::Agents => "agents",
            SortKey::Cost => "cost",
            SortKey::Created => "created",
        }
    }
}

/// `name` ascending, `-name` descending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    pub key: SortKey,
    pub descending: bool,
}

impl Default for Sort {
    fn default() -> Self {
        Self { key: SortKey::Name, descending: false }
    }
}

impl FromStr for Sort {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (descending, key) = match text.strip_prefix('-') {
            Some(key) => (true, key),
            None => (false, text),
        };
        SortKey::ALL.into_iter().find(|k| k.as_str() == key).map(|key| Sort { key, descending }).ok_or(())
    }
}

impl std::fmt::Display for Sort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", if self.descending { "-" } else { "" }, self.key.as_str())
    }
}

/// Where a page begins: after the row with this sort value and id. Not a secret and not trusted: it only moves the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    pub value: String,
    pub id: uuid::Uuid,
}

impl FromStr for Cursor {
    type Err = ();

    /// `{id}.{value}`
    fn from_str(text: &str) -> Result<Self, ()> {
        let (id, value) = text.split_once('.').ok_or(())?;
        Ok(Cursor { id: id.parse().map_err(|_| ())?, value: value.to_owned() })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.id.simple(), self.value)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TenantQuery {
    /// Name, slug or owner e-mail contain this; trimmed, lower case.
    pub q: String,
    pub status: Option<TenantStatus>,
    /// A plan's key.
    pub plan: Option<String>,
    pub sort: Sort,
    pub after: Option<Cursor>,
}

impl TenantQuery {
    /// Reads the parameters; what cannot be read is left out and said beside its control.
    pub fn parse(get: impl Fn(&str) -> Option<String>) -> (Self, Vec<FieldError>) {
        let mut errors = Vec::new();
        // PostgreSQL's text holds no NUL.
        let text = |key: &str| get(key).map(|value| value.replace('\0', "").trim().to_owned()).filter(|value| !value.is_empty());
        let mut query = TenantQuery::default();
        if let Some(q) = text("q") {
            if q.chars().count() > MAX_QUERY {
                errors.push(FieldError::new("q", format!("Search for at most {MAX_QUERY} characters.")));
            } else {
                query.q = q.to_lowercase();
            }
        }
        match text("status").map(|status| status.parse()) {
            Some(Ok(status)) => query.status = Some(status),
            Some(Err(unknown)) => errors.push(FieldError::new("status", unknown)),
            None => {}
        }
        query.plan = text("plan").filter(|plan| plan.len() <= 40 && plan.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-'));
        match text("sort").map(|sort| sort.parse()) {
            Some(Ok(sort)) => query.sort = sort,
            Some(Err(())) => errors.push(FieldError::new("sort", "Sort by name, plan, status, agents, cost or created.")),
            None => {}
        }
        match text("after").map(|after| after.parse()) {
            Some(Ok(after)) => query.after = Some(after),
            Some(Err(())) => errors.push(FieldError::new("after", "This page address is damaged; the list starts at the beginning.")),
            None => {}
        }
        (query, errors)
    }

    pub fn is_filtered(&self) -> bool {
        !self.q.is_empty() || self.status.is_some() || self.plan.is_some()
    }

    /// The address of this view.
    pub fn href(&self) -> String {
        let mut href = String::from("/admin/tenants");
        let mut separator = '?';
        let mut push = |key: &str, value: &str| {
            // Writing to a String cannot fail.
            let _ = write!(href, "{separator}{key}={}", encode(value));
            separator = '&';
        };
        if !self.q.is_empty() {
            push("q", &self.q);
        }
        if let Some(status) = self.status {
            push("status", status.as_str());
        }
        if let Some(plan) = &self.plan {
            push("plan", plan);
        }
        if self.sort != Sort::default() {
            push("sort", &self.sort.to_string());
        }
        if let Some(after) = &self.after {
            push("after", &after.to_string());
        }
        href
    }
}

/// Percent-encodes all but unreserved characters (RFC 3986, section 2.3).
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_a_link_and_back() {
        let query = TenantQuery {
            q: "müller & co".into(),
            status: Some(TenantStatus::PastDue),
            plan: Some("pro".into()),
            sort: Sort { key: SortKey::Cost, descending: true },
            after: Some(Cursor { value: "12.5000".into(), id: uuid::Uuid::nil() }),
        };
        let href = query.href();
        assert_eq!(
            href,
            "/admin/tenants?q=m%C3%BCller%20%26%20co&status=past_due&plan=pro&sort=-cost&after=00000000000000000000000000000000.12.5000"
        );
        let pairs = [
            ("q", " Müller & Co "),
            ("status", "past_due"),
            ("plan", "pro"),
            ("sort", "-cost"),
            ("after", "00000000000000000000000000000000.12.5000"),
        ];
        let (read, errors) = TenantQuery::parse(|key| pairs.iter().find(|(k, _)| *k == key).map(|(_, v)| v.to_string()));
        assert_eq!((read, errors), (query, vec![]));
    }

    #[test]
    fn nonsense_in_the_address_is_said_and_left_out() {
        let (query, errors) = TenantQuery::parse(|key| (key != "plan").then(|| "x".repeat(200)));
        assert_eq!(query, TenantQuery::default());
        assert_eq!(errors.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(), ["q", "status", "sort", "after"]);
    }
}
