//! One event of an audit log, as pages show it.

use chrono::{DateTime, Utc};

/// With the person's name as it is now.
#[derive(Debug, Clone)]
pub struct AuditRow {
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub actor_kind: String,
    /// As it was written: an e-mail, a key's name.
    pub actor: String,
    pub name: Option<String>,
    pub action: String,
    pub target: String,
    /// JSON.
    pub before: Option<String>,
    pub after: Option<String>,
    pub origin: String,
}
