//! Codes of refusals, each with its status and title.

use axum::http::StatusCode;

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

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn every_code_is_in_the_list_that_the_docs_show() {
        let named = include_str!("code.rs").lines().filter(|line| line.trim_start().starts_with("Code::") && line.contains("=>")).count();
        assert_eq!(named, Code::ALL.len());
    }
}
