//! What a server function answers when it does not do what it was asked: safe to show to anybody.

use axum::http::StatusCode;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use leptos::prelude::use_context;
use leptos::server_fn::Bytes;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use leptos_axum::ResponseOptions;
use serde::{Deserialize, Serialize};

use super::seal;
use crate::domain::{FieldError, quantity};
use crate::store::StoreError;
use crate::store::error::Demand;

/// Which kind of "no" it is; each has its HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Invalid,
    SignedOut,
    /// Password or code have to be given once more first.
    Confirm,
    Forbidden,
    NotFound,
    Conflict,
    TooLarge,
    /// A file of a kind that is not taken.
    WrongType,
    TooMany,
    Full,
    Unavailable,
    Internal,
}

impl Kind {
    pub fn status(self) -> StatusCode {
        match self {
            Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::SignedOut => StatusCode::UNAUTHORIZED,
            Kind::Confirm | Kind::Forbidden => StatusCode::FORBIDDEN,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::WrongType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Kind::Full => StatusCode::INSUFFICIENT_STORAGE,
            Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Says what was wrong, beside which field, and keeps what was typed. Never holds a secret or the text of a cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UiError {
    pub kind: Kind,
    pub message: String,
    pub fields: Vec<FieldError>,
    /// Field and text, to fill the form again.
    pub typed: Vec<(String, String)>,
}

/// Longest text of a field that is carried back in an address, in characters.
const MAX_TYPED: usize = 1_000;

/// Boxes of one form.
pub const MAX_TICKED: usize = 500;

/// The last eight digits of an id: random ones, enough to tell those of one list apart.
pub fn mark(id: uuid::Uuid) -> String {
    id.simple().to_string().split_off(24)
}

impl UiError {
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), fields: Vec::new(), typed: Vec::new() }
    }

    pub fn invalid(fields: Vec<FieldError>) -> Self {
        Self { kind: Kind::Invalid, message: "Please correct what is marked below.".to_owned(), fields, typed: Vec::new() }
    }

    pub fn field(field: &str, message: impl ToString) -> Self {
        Self::invalid(vec![FieldError::new(field, message)])
    }

    /// Keeps what was typed; longer texts are cut, since they travel in an address.
    pub fn with_typed(mut self, typed: &[(&str, &str)]) -> Self {
        self.typed = typed.iter().map(|(field, text)| ((*field).to_owned(), text.chars().take(MAX_TYPED).collect())).collect();
        self
    }

    /// Keeps which of many boxes were ticked: by [`mark`], so that some hundred fit into an address.
    pub fn with_ticked(mut self, field: &str, ids: &[String]) -> Self {
        let marks: String = ids.iter().filter_map(|id| id.parse().ok()).take(MAX_TICKED).map(mark).collect();
        self.typed.push((field.to_owned(), marks));
        self
    }

    pub fn signed_out() -> Self {
        Self::new(Kind::SignedOut, "You are signed out. Sign in and try again.")
    }

    /// Said before and after: what was typed comes back with it once the password was given.
    pub fn confirm_first() -> Self {
        Self::new(Kind::Confirm, "This asks for your password, given within the last 15 minutes. Once it is, send the form again.")
    }

    pub fn not_found() -> Self {
        Self::new(Kind::NotFound, "This does not exist, or not any more.")
    }

    /// Logs the cause under a reference that the person sees.
    pub fn internal(cause: &dyn std::error::Error) -> Self {
        let reference = uuid::Uuid::new_v4().simple().to_string();
        let reference = &reference[..8];
        tracing::error!(reference, cause = %cause, "request failed");
        Self::new(Kind::Internal, format!("Something went wrong here. It was logged as {reference}; please try again."))
    }

    /// Sets the status of the answer. A plain form is redirected instead, so it keeps its own.
    fn announce(&self) {
        let wants_page = use_context::<Parts>()
            .and_then(|parts| parts.headers.get(axum::http::header::ACCEPT)?.to_str().ok().map(|accept| accept.contains("text/html")))
            .unwrap_or(false);
        if let (false, Some(response)) = (wants_page, use_context::<ResponseOptions>()) {
            response.set_status(self.kind.status());
            if self.kind == Kind::Unavailable {
                response.insert_header(axum::http::header::RETRY_AFTER, axum::http::HeaderValue::from_static("2"));
            }
        }
    }
}

impl From<StoreError> for UiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => UiError::not_found(),
            StoreError::Forbidden | StoreError::Key(_) => UiError::new(Kind::Forbidden, "You may not do this."),
            StoreError::Suspended(suspension) => UiError::new(Kind::Forbidden, format!("{} is suspended.", suspension.tenant_name)),
            StoreError::SecondFactorNeeded(demand) => {
                let who = match &*demand {
                    Demand::Tenant { name, .. } => name,
                    Demand::Staff => "The console",
                };
                UiError::new(Kind::Forbidden, format!("{who} asks everybody for a second factor. Set one up on the page of your account."))
            }
            StoreError::LastOwner => UiError::new(Kind::Conflict, "The last owner cannot go: make somebody else an owner first."),
            StoreError::WrongState(why) => UiError::new(Kind::Conflict, why),
            StoreError::Invalid(field) => UiError::invalid(vec![field]),
            StoreError::Conflict(constraint) => UiError::new(Kind::Conflict, format!("This exists already ({constraint:?}).")),
            StoreError::AtLimit(limit) => UiError::new(Kind::TooMany, limit.to_string()),
            StoreError::TooLarge(most) => {
                UiError::new(Kind::TooLarge, format!("At most {} at once.", quantity::short(most, quantity::Unit::Bytes)))
            }
            StoreError::StorageFull => {
                tracing::error!("no space is left for files");
                UiError::new(Kind::Full, "There is no room for files here at the moment. Nothing was kept; your provider has to make room.")
            }
            StoreError::FilesAway(cause) => {
                tracing::error!(%cause, "the file store is away");
                UiError::new(Kind::Unavailable, "The files cannot be reached right now. Nothing was changed; please try again.")
            }
            StoreError::Unavailable(cause) => {
                tracing::warn!(%cause, "the database is away");
                UiError::new(Kind::Unavailable, "The database cannot be reached right now. Nothing was changed; please try again.")
            }
            StoreError::Db(cause) => UiError::internal(&cause),
        }
    }
}

impl UiError {
    /// This error as the parameter `__err` of the page at which the form stands.
    pub fn sealed(&self) -> String {
        let text = serde_json::to_string(self).expect("strings in a struct have a JSON form");
        URL_SAFE.encode(format!("{}{text}", seal(text.as_bytes())))
    }
}

/// Ends a server function: sets the status that belongs to a refusal.
pub fn answer<T>(result: Result<T, UiError>) -> Result<T, UiError> {
    if let Err(error) = &result {
        error.announce();
    }
    result
}

/// Errors come back to the page in its address; the seal keeps others from putting words into it.
fn seal(text: &[u8]) -> String {
    seal::seal("error", text)
}

impl FromServerFnError for UiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let refusal = match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                UiError::new(Kind::Invalid, "The form was incomplete. Reload the page and try again.")
            }
            ServerFnErrorErr::Registration(_)
            | ServerFnErrorErr::UnsupportedRequestMethod(_)
            | ServerFnErrorErr::Request(_)
            | ServerFnErrorErr::ServerError(_)
            | ServerFnErrorErr::MiddlewareError(_)
            | ServerFnErrorErr::Serialization(_)
            | ServerFnErrorErr::Response(_) => UiError::internal(&error),
        };
        refusal.announce();
        refusal
    }

    fn ser(&self) -> Bytes {
        let text = serde_json::to_string(self).expect("strings in a struct have a JSON form");
        let wants_page = use_context::<Parts>()
            .and_then(|parts| parts.headers.get(axum::http::header::ACCEPT)?.to_str().ok().map(|accept| accept.contains("text/html")))
            .unwrap_or(false);
        // Over fetch the error is plain JSON; only what goes into an address is sealed.
        if wants_page { Bytes::from(format!("{}{text}", seal(text.as_bytes()))) } else { Bytes::from(text) }
    }

    fn de(data: Bytes) -> Self {
        let text = std::str::from_utf8(&data).ok().and_then(|text| seal::unseal("error", text));
        text.and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_else(|| UiError::new(Kind::Invalid, "That did not work. Please try again."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_an_address_are_shown_only_with_our_seal() {
        let error = UiError::field("name", "Enter a name.").with_typed(&[("name", &"x".repeat(2_000))]);
        assert_eq!(error.typed[0].1.len(), MAX_TYPED);
        let text = serde_json::to_string(&error).expect("JSON");
        let sealed = format!("{}{text}", seal(text.as_bytes()));
        assert_eq!(UiError::de(Bytes::from(sealed.clone())), error);
        for forged in [sealed.replace("Enter", "Telephone"), text, String::new(), "é".repeat(30)] {
            assert_eq!(UiError::de(Bytes::from(forged)).fields, vec![]);
        }
    }
}
