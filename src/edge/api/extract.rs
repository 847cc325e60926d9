//! What a handler asks for: who is calling, path, query and body, each refused in the API's own words.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

use super::around;
use super::json::{Object, parse};
use super::problem::{Code, Problem};
use super::rate;
use crate::domain::key::{ApiKey, KeyKind, KeyRefusal};
use crate::edge::host::address_of;
use crate::edge::router::AppState;
use crate::edge::tenant_calls::CallerId;
use crate::store::access::{ApiKeyHolder, PlatformAdmin};

/// Who calls with a tenant's key that works.
pub struct Caller(pub ApiKeyHolder);

/// Who calls with a platform key that works.
pub struct Admin(pub PlatformAdmin);

/// The one key of the request. Cookies are not looked at.
pub(super) fn key(headers: &HeaderMap) -> Result<ApiKey, Problem> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let missing = || Problem::new(Code::KeyMissing, "Send the header “Authorization: Bearer tk_…” with a key of yours.");
    let invalid = || Problem::new(Code::KeyInvalid, "A key is tk_ or pk_ and 43 characters, after “Bearer ”.");
    let (Some(value), None) = (given.next(), given.next()) else { return Err(missing()) };
    let (scheme, key) = value.to_str().ok().and_then(|text| text.trim().split_once(' ')).ok_or_else(invalid)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(missing());
    }
    key.trim().parse().map_err(|_| invalid())
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let key = key(&parts.headers)?;
        let address = address_of(&parts.extensions, &parts.headers, &state.trusted_proxies);
        match key.kind() {
            KeyKind::Tenant => {
                let holder = state.context.store.key_holder(&key, &address).await?;
                around::note_caller(&parts.extensions, CallerId::Tenant(holder.tenant()));
                rate::count(&state.context.store, &holder, &parts.extensions).await?;
                Ok(Caller(holder))
            }
            KeyKind::Platform => {
                state.context.store.platform_key_holder(&key, &address).await?;
                Err(KeyRefusal::WrongScope(None).into())
            }
        }
    }
}

impl FromRequestParts<AppState> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let key = key(&parts.headers)?;
        let address = address_of(&parts.extensions, &parts.headers, &state.trusted_proxies);
        match key.kind() {
            KeyKind::Platform => Ok(Admin(state.context.store.platform_key_holder(&key, &address).await?)),
            KeyKind::Tenant => {
                // Opened, so that a key that works no more is told so; what it may see elsewhere does not count here.
                state.context.store.key_holder(&key, &address).await?;
                Err(KeyRefusal::WrongScope(None).into())
            }
        }
    }
}

/// The gaps of the path, as text: whether that is the name of something, the handler finds out.
pub struct ApiPath<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for ApiPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(path)) => Ok(Self(path)),
            Err(_) => Err(Problem::new(Code::NotFound, "There is nothing at this address.")),
        }
    }
}

/// The parameters of the query.
pub struct ApiQuery<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for ApiQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(query)) => Ok(Self(query)),
            Err(wrong) => {
                let text = wrong.body_text();
                let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
                let (field, message) = text.split_once(": ").unwrap_or(("", text));
                Err(Problem::field(field, message))
            }
        }
    }
}

/// The body: one JSON object.
pub struct ApiJson<T>(pub T);

/// The body: a JSON list of objects.
pub struct ApiList<T>(pub Vec<T>);

pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

impl<T: DeserializeOwned> FromRequest<AppState> for ApiJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let Object(body) = read(request, state).await?;
        Ok(Self(body))
    }
}

impl<T: DeserializeOwned> FromRequest<AppState> for ApiList<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let list: Vec<Object<T>> = read(request, state).await?;
        Ok(Self(list.into_iter().map(|Object(one)| one).collect()))
    }
}

async fn read<T: DeserializeOwned>(request: Request, state: &AppState) -> Result<T, Problem> {
    if !is_json(request.headers()) {
        return Err(wrong_type());
    }
    parse(&Bytes::from_request(request, state).await.map_err(unread)?)
}

pub(super) fn wrong_type() -> Problem {
    Problem::new(Code::WrongContentType, "Send JSON with the header “Content-Type: application/json”.")
}

/// Why a body did not come to its end.
pub fn unread(rejection: BytesRejection) -> Problem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Code::TooLarge, "This body is larger than this address takes."),
        _ => Problem::new(Code::Malformed, "The body broke off."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse as _;

    #[test]
    fn one_bearer_key_is_taken_and_nothing_else() {
        let good = format!("tk_{}", "a".repeat(43));
        for (values, code) in [
            (vec![format!("Bearer {good}")], None),
            (vec![format!("bearer   {good}")], None),
            (vec![], Some(Code::KeyMissing)),
            (vec![format!("Basic {good}")], Some(Code::KeyMissing)),
            (vec![format!("Bearer {good}"), format!("Bearer {good}")], Some(Code::KeyMissing)),
            (vec![good.clone()], Some(Code::KeyInvalid)),
            (vec!["Bearer nonsense".to_owned()], Some(Code::KeyInvalid)),
        ] {
            let mut headers = HeaderMap::new();
            for value in &values {
                headers.append(header::AUTHORIZATION, value.parse().expect("text"));
            }
            let expected = code.map(|code| Problem::new(code, "").into_response().status());
            assert_eq!(key(&headers).err().map(|problem| problem.into_response().status()), expected, "{values:?}");
        }
    }
}
