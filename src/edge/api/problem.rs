//! Every refusal of the machine API: a problem document (RFC 9457).

use std::collections::BTreeMap;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

use crate::domain::key::KeyRefusal;
use crate::domain::{FieldError, quantity};
use crate::store::{Constraint, StoreError};

/// What programs tell refusals apart by. Part of the interface: add, do not rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    Malformed,
    KeyMissing,
    KeyInvalid,
    KeyRevoked,
    KeyExpired,
    WrongScope,
    TenantSuspended,
    NotFound,
    MethodNotAllowed,
    Conflict,
    UnknownMeter,
    WrongMeterKind,
    ReservationExpired,
    ReservationSettled,
    TooLarge,
    WrongContentType,
    Invalid,
    IdempotencyKeyReused,
    QuotaExceeded,
    RateLimited,
    StorageFull,
    Internal,
    Unavailable,
}

impl Code {
    pub const ALL: &[Code] = &[
        Code::Malformed,
        Code::KeyMissing,
        Code::KeyInvalid,
        Code::KeyRevoked,
        Code::KeyExpired,
        Code::WrongScope,
        Code::TenantSuspended,
        Code::NotFound,
        Code::MethodNotAllowed,
        Code::Conflict,
        Code::UnknownMeter,
        Code::WrongMeterKind,
        Code::ReservationExpired,
        Code::ReservationSettled,
        Code::TooLarge,
        Code::WrongContentType,
        Code::Invalid,
        Code::IdempotencyKeyReused,
        Code::QuotaExceeded,
        Code::RateLimited,
        Code::StorageFull,
        Code::Internal,
        Code::Unavailable,
    ];

    /// Status, code and title.
    pub fn words(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Code::Malformed => (StatusCode::BAD_REQUEST, "MALFORMED", "The request cannot be read"),
            Code::KeyMissing => (StatusCode::UNAUTHORIZED, "KEY_MISSING", "A key is missing"),
            Code::KeyInvalid => (StatusCode::UNAUTHORIZED, "KEY_INVALID", "This is no key of ours"),
            Code::KeyRevoked => (StatusCode::UNAUTHORIZED, "KEY_REVOKED", "The key was revoked"),
            Code::KeyExpired => (StatusCode::UNAUTHORIZED, "KEY_EXPIRED", "The key has expired"),
            Code::WrongScope => (StatusCode::FORBIDDEN, "WRONG_SCOPE", "The key is not for this"),
            Code::TenantSuspended => (StatusCode::FORBIDDEN, "TENANT_SUSPENDED", "The tenant is suspended"),
            Code::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND", "Not found"),
            Code::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "Method not allowed"),
            Code::Conflict => (StatusCode::CONFLICT, "CONFLICT", "Not in this state"),
            Code::UnknownMeter => (StatusCode::NOT_FOUND, "UNKNOWN_METER", "There is no such meter"),
            Code::WrongMeterKind => (StatusCode::CONFLICT, "WRONG_METER_KIND", "Not with this kind of meter"),
            Code::ReservationExpired => (StatusCode::CONFLICT, "RESERVATION_EXPIRED", "The reservation has expired"),
            Code::ReservationSettled => (StatusCode::CONFLICT, "RESERVATION_SETTLED", "The reservation is settled"),
            Code::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "TOO_LARGE", "The body is too large"),
            Code::WrongContentType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "WRONG_CONTENT_TYPE", "Wrong content type"),
            Code::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, "INVALID", "Something in the request is wrong"),
            Code::IdempotencyKeyReused => {
                (StatusCode::UNPROCESSABLE_ENTITY, "IDEMPOTENCY_KEY_REUSED", "The idempotency key belongs to another request")
            }
            Code::QuotaExceeded => (StatusCode::TOO_MANY_REQUESTS, "QUOTA_EXCEEDED", "The quota is used up"),
            Code::StorageFull => (StatusCode::INSUFFICIENT_STORAGE, "STORAGE_FULL", "There is no room for files"),
            Code::RateLimited => (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", "Too many calls"),
            Code::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "Something went wrong here"),
            Code::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "Back in a moment"),
        }
    }
}

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
            StoreError::NotFound => Problem::new(Code::NotFound, "This does not exist, or not any more."),
            StoreError::Forbidden => Problem::new(Code::WrongScope, "This key may not do this."),
            StoreError::Suspended(suspension) => {
                Problem::new(Code::TenantSuspended, format!("{} is suspended: {}", suspension.tenant_name, suspension.reason))
            }
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

fn described(statuses: &[(u16, &str)]) -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
    let content = || ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    statuses
        .iter()
        .map(|(status, text)| {
            let response = ResponseBuilder::new().description(*text).content("application/problem+json", content()).build();
            (status.to_string(), response.into())
        })
        .collect()
}

/// How any call with a key may be refused.
pub struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        described(&[
            (400, "MALFORMED: the address cannot be read."),
            (401, "KEY_MISSING, KEY_INVALID, KEY_REVOKED or KEY_EXPIRED."),
            (403, "WRONG_SCOPE, or TENANT_SUSPENDED."),
            (429, "RATE_LIMITED or QUOTA_EXCEEDED: more calls this minute or day than the plan has; Retry-After says when to come back."),
            (503, "UNAVAILABLE: the database is away; Retry-After says when to come back."),
        ])
    }
}

/// How a call that names something may be refused besides.
pub struct Missing;

impl IntoResponses for Missing {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        described(&[(404, "NOT_FOUND: what the address names does not exist.")])
    }
}

/// How a call that uses a meter may be refused besides.
pub struct MeterRefusals;

impl IntoResponses for MeterRefusals {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        described(&[
            (404, "UNKNOWN_METER: `known` lists the meters that there are. NOT_FOUND: there is no such lease."),
            (409, "WRONG_METER_KIND: this cannot be done with this kind of meter."),
            (429, "QUOTA_EXCEEDED: with `used`, `limit`, `remaining`. RATE_LIMITED. Retry-After says when to come back."),
        ])
    }
}

/// How a call that settles a reservation may be refused besides.
pub struct SettleRefusals;

impl IntoResponses for SettleRefusals {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        described(&[(409, "RESERVATION_EXPIRED: its time was over. RESERVATION_SETTLED: it was settled in another way before.")])
    }
}

/// How a call that changes something may be refused besides.
pub struct Conflicts;

impl IntoResponses for Conflicts {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        described(&[(409, "CONFLICT: it exists already, or is not in a state in which this can be done.")])
    }
}

/// How a call with a query may be refused besides.
pub struct BadQuery;

impl IntoResponses for BadQuery {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        described(&[(422, "INVALID: `errors` names each parameter that is wrong.")])
    }
}

/// How a call that takes of a quota may be refused besides.
pub struct OverQuota;

impl IntoResponses for OverQuota {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        described(&[(429, "QUOTA_EXCEEDED: the plan allows no more, see `meter`, `used` and `limit`. Or RATE_LIMITED, with Retry-After.")])
    }
}

/// How a call that gives something a name may be refused besides.
pub struct Taken;

impl IntoResponses for Taken {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        described(&[(409, "CONFLICT: the name is taken.")])
    }
}

/// How a call that brings a file may be refused besides.
pub struct BadFile;

impl IntoResponses for BadFile {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        described(&[
            (400, "MALFORMED: the body broke off."),
            (409, "CONFLICT: the upload took longer than an hour."),
            (413, "TOO_LARGE: the file has more than 50 MB."),
            (422, "INVALID: `errors` says what is wrong with the name."),
            (429, "QUOTA_EXCEEDED: the plan allows no more, see `meter`, `used` and `limit`. Or RATE_LIMITED, with Retry-After."),
            (507, "STORAGE_FULL: there is no room for files; nothing was kept."),
        ])
    }
}

/// How a call with a body may be refused besides.
pub struct BadBody;

impl IntoResponses for BadBody {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        described(&[
            (400, "MALFORMED: the body is no JSON."),
            (413, "TOO_LARGE: the body has more than 1 MiB."),
            (415, "WRONG_CONTENT_TYPE: send application/json."),
            (422, "INVALID: `errors` names each field that is wrong."),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn every_code_is_in_the_list_that_the_docs_show() {
        let named =
            include_str!("problem.rs").lines().filter(|line| line.trim_start().starts_with("Code::") && line.contains("=>")).count();
        assert_eq!(named, Code::ALL.len());
    }
}
