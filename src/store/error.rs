//! What can go wrong in the store, in words that callers can act on.

use std::borrow::Cow;

use crate::domain::FieldError;
use crate::domain::key::KeyRefusal;
use crate::domain::limit::AtLimit;
use crate::domain::slug::Slug;

/// A rule of the database that an input broke. Names stand in the migrations; this is the one place that reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constraint {
    DomainHeld,
    TenantSlug,
    UserEmail,
    InviteOpen,
    Member,
    AgentName,
    ThreadAgent,
    MeterKey,
    MeterLabel,
    PlanKey,
    PlanName,
    FeatureKey,
    FeatureLabel,
    TemplateKey,
    TemplateName,
}

impl Constraint {
    fn of_name(name: &str) -> Option<Self> {
        match name {
            "domains_held" => Some(Constraint::DomainHeld),
            "tenants_slug" => Some(Constraint::TenantSlug),
            "users_email" => Some(Constraint::UserEmail),
            "invites_one_open" => Some(Constraint::InviteOpen),
            "members_pkey" => Some(Constraint::Member),
            "agents_by_name" => Some(Constraint::AgentName),
            "threads_agent" => Some(Constraint::ThreadAgent),
            "meters_pkey" => Some(Constraint::MeterKey),
            "meters_label" => Some(Constraint::MeterLabel),
            "plans_key" => Some(Constraint::PlanKey),
            "plans_name" => Some(Constraint::PlanName),
            "features_pkey" => Some(Constraint::FeatureKey),
            "features_label" => Some(Constraint::FeatureLabel),
            "templates_key" => Some(Constraint::TemplateKey),
            "templates_name" => Some(Constraint::TemplateName),
            _ => None,
        }
    }
}

/// A suspended tenant, as far as its own people may know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    pub tenant_name: String,
    pub accent: String,
    pub reason: String,
    pub since: chrono::DateTime<chrono::Utc>,
}

/// Who asks for a second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    /// A tenant, of all its people.
    Tenant { slug: Slug, name: String },
    /// The platform, of its staff.
    Staff,
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Also for what the asker may not know of.
    #[error("not found")]
    NotFound,
    #[error("not allowed")]
    Forbidden,
    #[error("the tenant is suspended")]
    Suspended(Box<Suspension>),
    /// This person has to set up a second factor before they can use the tenant, or the console.
    #[error("a second factor is asked for")]
    SecondFactorNeeded(Box<Demand>),
    /// An API key that does not open this.
    #[error("the key is refused: {0:?}")]
    Key(KeyRefusal),
    #[error("conflict with {0:?}")]
    Conflict(Constraint),
    /// The last owner cannot be removed.
    #[error("the last owner cannot go")]
    LastOwner,
    /// The thing is not in a state in which this can be done.
    #[error("{0}")]
    WrongState(&'static str),
    /// A field holds what a rule of the tenant's own does not allow.
    #[error("{0:?}")]
    Invalid(FieldError),
    /// More than the tenant's quota allows.
    #[error("{0}")]
    AtLimit(Box<AtLimit>),
    /// A file of more than so many bytes.
    #[error("more than {0} bytes")]
    TooLarge(i64),
    /// The disk, or the bucket, is full.
    #[error("no space is left for files")]
    StorageFull,
    /// The store of files cannot be reached: the same call may work in a moment.
    #[error("the file store is away: {0}")]
    FilesAway(String),
    /// No connection, or the database is stopping: the same call may work in a moment.
    #[error("the database is away: {0}")]
    Unavailable(String),
    #[error(transparent)]
    Db(sqlx::Error),
}

impl StoreError {
    /// A sum that 64 bits do not hold: what was asked for was too much, nothing is broken.
    pub fn is_overflow(&self) -> bool {
        // https://www.postgresql.org/docs/15/errcodes-appendix.html, numeric_value_out_of_range
        matches!(self, StoreError::Db(sqlx::Error::Database(cause)) if cause.code().as_deref() == Some("22003"))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => StoreError::NotFound,
            // Protocol: a connection that was cut off in the middle of a message, such as the first one.
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => {
                StoreError::Unavailable(error.to_string())
            }
            sqlx::Error::Database(db) => {
                if let Some(constraint) = db.constraint().and_then(Constraint::of_name) {
                    return StoreError::Conflict(constraint);
                }
                // Classes 08 (connection), 53 (resources), 57P (shutdown): https://www.postgresql.org/docs/15/errcodes-appendix.html
                let code = db.code().unwrap_or(Cow::Borrowed(""));
                if code.starts_with("08") || code.starts_with("53") || code.starts_with("57P") {
                    return StoreError::Unavailable(db.message().to_owned());
                }
                StoreError::Db(error)
            }
            _ => StoreError::Db(error),
        }
    }
}
