//! The console's tenant list as an address, so that a view is a link: `q` holds the query line, `sort`, `cols` and where the page begins
//! follow. Each filter may also come as a parameter of its own (`status`, `plan`, …): so do the controls of the form, and links of others.

mod columns;

use std::fmt::Write as _;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::FieldError;
use super::status::TenantStatus;
use super::tenant_line::{Filter, Key, Line, Op, Size};

pub use columns::{Column, Columns};

pub const PAGE_SIZE: usize = 50;
/// Longest text that is searched for, in characters.
pub const MAX_QUERY: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortKey {
    Name,
    Plan,
    Status,
    Agents,
    Tokens,
    Storage,
    Cost,
    /// The fullest limit.
    Limit,
    Owner,
    Created,
}

impl SortKey {
    pub const ALL: [SortKey; 10] = [
        SortKey::Name,
        SortKey::Plan,
        SortKey::Status,
        SortKey::Agents,
        SortKey::Tokens,
        SortKey::Storage,
        SortKey::Cost,
        SortKey::Limit,
        SortKey::Owner,
        SortKey::Created,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            SortKey::Name => "name",
            SortKey::Plan => "plan",
            SortKey::Status => "status",
            SortKey::Agents => "agents",
            SortKey::Tokens => "tokens",
            SortKey::Storage => "storage",
            SortKey::Cost => "cost",
            SortKey::Limit => "limit",
            SortKey::Owner => "owner",
            SortKey::Created => "created",
        }
    }

    /// As a caption says it.
    pub fn label(self) -> &'static str {
        match self {
            SortKey::Status => "state",
            SortKey::Limit => "fullest limit",
            SortKey::Owner => "owner's e-mail",
            SortKey::Created => "day of creation",
            other => other.as_str(),
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

/// A row by its sort value and id. Not a secret and not trusted: it only moves the start.
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
        Ok(Cursor { id: id.parse().map_err(|_| ())?, value: value.replace('\0', "") })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.id.simple(), self.value)
    }
}

/// Where a page lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edge {
    After(Cursor),
    Before(Cursor),
}

/// Where the list stands.
pub const PATH: &str = "/admin/tenants";

/// A view of the list, and a page of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TenantQuery {
    pub line: Line,
    /// As it was chosen; see [`TenantQuery::sort`].
    pub sort: Option<Sort>,
    pub edge: Option<Edge>,
    pub columns: Columns,
}

impl TenantQuery {
    /// Reads the parameters; what cannot be read is left out and said, by the parameter that it came in.
    ///
    /// A form sends its line and its controls, and as `was` the line that its page was made with. A control counts where it differs from what
    /// `was` says: it was changed, while what is only in the line was typed there.
    pub fn parse(get: impl Fn(&str) -> Option<String>) -> (Self, Vec<FieldError>) {
        let mut errors = Vec::new();
        let text = |key: &str| get(key).map(|value| value.replace('\0', "").trim().to_owned()).filter(|value| !value.is_empty());
        let mut line = Line::parse(&text("q").unwrap_or_default());
        errors.extend(line.messages.iter().map(|message| FieldError::new("q", message)));
        let was = Line::parse(&text("was").unwrap_or_default());
        for key in Key::ALL {
            let Some(control) = get(key.param()) else { continue };
            let control = control.trim();
            if control == was.value(key).unwrap_or_default() || control == line.value(key).unwrap_or_default() {
                continue;
            }
            if let Err(message) = line.set(key, control) {
                errors.push(FieldError::new(key.param(), message));
            }
        }
        let mut query = TenantQuery { line, ..TenantQuery::default() };
        match text("sort").map(|sort| sort.parse()) {
            Some(Ok(sort)) => query.sort = Some(sort),
            Some(Err(())) => {
                let all = SortKey::ALL.map(SortKey::as_str).join(", ");
                errors.push(FieldError::new("sort", format!("Sort by one of {all}, with “-” before it the other way round.")));
            }
            None => {}
        }
        let chosen = [text("cols"), text("col")];
        if chosen.iter().any(Option::is_some) {
            query.columns = Columns::parse(chosen.iter().flatten());
        }
        let edges = [text("after").map(|at| at.parse().map(Edge::After)), text("before").map(|at| at.parse().map(Edge::Before))];
        match edges.into_iter().flatten().next() {
            Some(Ok(edge)) => query.edge = Some(edge),
            Some(Err(())) => errors.push(FieldError::new("after", "This page address is damaged; the list starts at the beginning.")),
            None => {}
        }
        (query, errors)
    }

    /// The order that was chosen; else the one in which what is asked for comes first: with `tokens:>80%` the fullest.
    pub fn sort(&self) -> Sort {
        self.sort
            .unwrap_or_else(|| self.line.terms.iter().find_map(|term| hint(&term.filter).filter(|_| !term.negated)).unwrap_or_default())
    }

    #[must_use]
    pub fn with_state(mut self, state: Option<TenantStatus>) -> Self {
        self.line = self.line.with_state(state);
        self
    }

    /// Of this plan, by its key; of all plans without.
    #[must_use]
    pub fn with_plan(mut self, plan: Option<&str>) -> Self {
        // A key of a plan can be asked for; what is none is left out.
        let _ = self.line.set(Key::Plan, plan.unwrap_or_default());
        self
    }

    /// The same view from its beginning.
    #[must_use]
    pub fn from_start(&self) -> Self {
        Self { edge: None, ..self.clone() }
    }

    pub fn is_filtered(&self) -> bool {
        !self.line.is_empty()
    }

    /// The address of this view.
    pub fn href(&self) -> String {
        self.href_at(PATH)
    }

    /// The same view by another path.
    pub fn href_at(&self, path: &str) -> String {
        let mut href = path.to_owned();
        let mut separator = '?';
        let mut push = |key: &str, value: &str| {
            // Writing to a String cannot fail.
            let _ = write!(href, "{separator}{key}={}", encode_value(value));
            separator = '&';
        };
        if !self.line.is_empty() {
            push("q", &self.line.to_string());
        }
        if let Some(sort) = self.sort {
            push("sort", &sort.to_string());
        }
        if self.columns != Columns::default() {
            push("cols", &self.columns.to_string());
        }
        match &self.edge {
            Some(Edge::After(cursor)) => push("after", &cursor.to_string()),
            Some(Edge::Before(cursor)) => push("before", &cursor.to_string()),
            None => {}
        }
        href
    }

    /// The view without its path and its page, as it is kept.
    pub fn to_query(&self) -> String {
        self.from_start().href_at("").trim_start_matches('?').to_owned()
    }

    /// Reads what [`TenantQuery::to_query`] wrote.
    #[cfg(feature = "ssr")]
    pub fn from_query(query: &str) -> (Self, Vec<FieldError>) {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let (query, errors) = Self::parse(|key| pairs.iter().find(|(k, _)| k == key).map(|(_, value)| value.clone()));
        (query.from_start(), errors)
    }
}

/// The order that suits a filter, where one does.
fn hint(filter: &Filter) -> Option<Sort> {
    match filter {
        // What is above a percentage is found by the fullest limit, which is at least as full.
        Filter::Measure(_, Op::More | Op::AtLeast | Op::Equal, Size::Percent(_)) | Filter::Measure(Key::Limit, _, _) => {
            Some(Sort { key: SortKey::Limit, descending: true })
        }
        Filter::Measure(_, _, Size::Percent(_)) => None,
        Filter::Measure(key, op, Size::Amount(_)) => {
            let key = match key {
                Key::Agents => SortKey::Agents,
                Key::Tokens => SortKey::Tokens,
                Key::Storage => SortKey::Storage,
                _ => SortKey::Cost,
            };
            Some(Sort { key, descending: !matches!(op, Op::Less | Op::AtMost) })
        }
        Filter::Created(..) => Some(Sort { key: SortKey::Created, descending: true }),
        Filter::Word(_) | Filter::Text(..) | Filter::State(_) | Filter::Plan(_) => None,
    }
}

/// Percent-encodes all but unreserved characters (RFC 3986, section 2.3).
pub fn encode(text: &str) -> String {
    encode_but(text, b"-._~")
}

/// A value of a query: what means nothing there stays readable.
fn encode_value(text: &str) -> String {
    encode_but(text, b"-._~:@,/")
}

fn encode_but(text: &str, plain: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests;
