//! Every refusal of the machine API: a problem document (RFC 9457).

mod code;
mod documented;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

pub use code::Code;
pub use documented::{
    BadArchiveFile, BadBody, BadFile, BadQuery, Conflicts, MeterRefusals, Missing, OverQuota, Refusals, SettleRefusals, Taken,
};

use crate::domain::key::KeyRefusal;
use crate::domain::{FieldError, quantity};
use crate::store::{Constraint, StoreError};

/// A refusal. Safe to show to whoever holds the key.
#[derive(Debug)]
pub struct Problem {
    code: Code,
    detail: String,
    errors: Vec<FieldError>,
    extra: Map<String, Value>,
    retry_after: Option<u64>,
}

impl Problem {
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), extra: Map::new(), retry_after: None }
    }

    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect::<Vec<_>>().join(" ");
        Self { errors, ..Self::new(Code::Invalid, detail) }
    }

    pub fn field(field: &str, message: impl ToString) -> Self {
        Self::invalid(vec![FieldError::new(field, message)])
    }

    /// The detail belongs to one field.
    pub fn about(mut self, field: &str) -> Self {
        self.errors.push(FieldError::new(field, &self.detail));
        self
    }

    /// A further member of the document.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(name.to_owned(), value.into());
        self
    }

    /// Seconds until the same call may be made again.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            error if error.is_overflow() => {
                Problem::new(Code::Invalid, "With this amount the sum would be larger than can be counted. Nothing was counted.")
            }
            StoreError::NotFound => Problem::new(Code::NotFound, "This does not exist, or not any more."),
            StoreError::Forbidden => Problem::new(Code::WrongScope, "This key may not do this."),
            StoreError::Suspended(suspension) => {
                Problem::new(Code::TenantSuspended, format!("{} is suspended: {}", suspension.tenant_name, suspension.reason))
            }
            // Keys are asked for none.
            StoreError::SecondFactorNeeded(_) => Problem::new(Code::WrongScope, "The tenant asks for a second factor."),
            StoreError::Key(refusal) => refusal.into(),
            StoreError::AtLimit(limit) => Problem::new(Code::QuotaExceeded, limit.to_string())
                .with("meter", limit.meter)
                .with("used", limit.used)
                .with("limit", limit.limit),
            StoreError::TooLarge(most) => {
                Problem::new(Code::TooLarge, format!("At most {} at once.", quantity::short(most, quantity::Unit::Bytes)))
            }
            StoreError::StorageFull => {
                tracing::error!("no space is left for files");
                Problem::new(Code::StorageFull, "There is no room for files here at the moment. Nothing was kept.")
            }
            StoreError::FilesAway(cause) => {
                tracing::error!(%cause, "the file store is away");
                Problem::new(Code::Unavailable, "The files cannot be reached right now. Nothing was changed.").retry_after(2)
            }
            StoreError::Conflict(Constraint::AgentName) => {
                let detail = "There is an agent with this name already.";
                Problem { errors: vec![FieldError::new("name", detail)], ..Problem::new(Code::Conflict, detail) }
            }
            StoreError::Conflict(Constraint::ThreadAgent) => Problem::field("agent", "There is no such agent."),
            StoreError::Conflict(constraint) => Problem::new(Code::Conflict, format!("This exists already ({constraint:?}).")),
            StoreError::LastOwner => Problem::new(Code::Conflict, "The last owner cannot go: make somebody else an owner first."),
            StoreError::WrongState(why) => Problem::new(Code::Conflict, why),
            StoreError::Invalid(field) => Problem::invalid(vec![field]),
            StoreError::Unavailable(cause) => {
                tracing::warn!(%cause, "the database is away");
                Problem::new(Code::Unavailable, "The database cannot be reached right now. Nothing was changed.").retry_after(2)
            }
            StoreError::Db(cause) => {
                let reference = uuid::Uuid::new_v4().simple().to_string();
                let reference = &reference[..8];
                tracing::error!(reference, %cause, "request failed");
                Problem::new(Code::Internal, format!("It was logged as {reference}; please try again."))
            }
        }
    }
}

impl From<KeyRefusal> for Problem {
    fn from(refusal: KeyRefusal) -> Self {
        match refusal {
            KeyRefusal::Unknown => Problem::new(Code::KeyInvalid, "There is no such key."),
            KeyRefusal::Revoked => Problem::new(Code::KeyRevoked, "Somebody revoked this key. Make a new one on the page “API keys”."),
            KeyRefusal::Expired => Problem::new(Code::KeyExpired, "This key has run out. Make a new one on the page “API keys”."),
            KeyRefusal::WrongScope(Some(scope)) => {
                Problem::new(Code::WrongScope, format!("This needs a key with the scope “{}”.", scope.as_str()))
                    .with("scope", scope.as_str())
            }
            KeyRefusal::WrongScope(None) => Problem::new(Code::WrongScope, "This is not for keys of this kind."),
        }
    }
}

/// The document as it is sent.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Body<'a> {
    /// A reference to the description of the code.
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    /// For people.
    detail: &'a str,
    /// For programs.
    code: &'a str,
    /// What is wrong with which field; empty when it is none of them.
    #[schema(value_type = Vec<ProblemField>)]
    errors: &'a [FieldError],
    #[serde(flatten)]
    #[schema(ignore)]
    extra: &'a Map<String, Value>,
}

/// What is wrong with one field. Fields within lists are named by their place: `events[3].amount`.
#[derive(Serialize, ToSchema)]
pub struct ProblemField {
    field: String,
    message: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, code, title) = self.code.words();
        let body = Body {
            kind: format!("/api/docs#{code}"),
            title,
            status: status.as_u16(),
            detail: &self.detail,
            code,
            errors: &self.errors,
            extra: &self.extra,
        };
        let text = serde_json::to_string(&body).expect("strings in a struct have a JSON form");
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], text).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"tenantry\""));
        }
        response
    }
}
