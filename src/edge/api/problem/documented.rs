//! How calls may be refused, as the OpenAPI document says it: one type for each kind of call.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};

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

/// How a call that brings a tenant's archive may be refused besides.
pub struct BadArchiveFile;

impl IntoResponses for BadArchiveFile {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        described(&[
            (400, "MALFORMED: the body broke off."),
            (409, "CONFLICT: the slug is taken, maybe by what this very archive has become."),
            (413, "TOO_LARGE: the archive has more than 2 GB."),
            (415, "WRONG_CONTENT_TYPE: send application/gzip."),
            (422, "INVALID: `errors` says whether another `archive`, `slug` or `plan` is needed, and why. Nothing was imported."),
            (507, "STORAGE_FULL: there is no room for the archive or its documents; nothing was kept."),
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
