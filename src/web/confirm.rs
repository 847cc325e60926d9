//! The password once more, before something that a borrowed browser should not do.

use maud::{Markup, html};

use super::error::{Kind, UiError};
use super::form::Form;
use super::request::{Context, RequestInfo};
use crate::domain::password::MAX_LENGTH;
use crate::store::access::SignedIn;
use crate::ui::field::{Input, form_message};

/// Who gave their password just now.
pub struct Confirmed {
    pub password_hash: String,
}

/// Checks the signed-in person's password; tries count with those of signing in.
///
/// # Errors
/// Beside `field` when it is wrong; `TooMany`; `SignedOut` when the account is disabled.
pub async fn confirm_password(me: &SignedIn, field: &str, password: &str) -> Result<Confirmed, UiError> {
    check_password(&Context::get(), &RequestInfo::get(), me, field, password).await
}

/// The same for routes that are no server functions.
///
/// # Errors
/// As [`confirm_password`].
pub async fn check_password(
    context: &Context,
    info: &RequestInfo,
    me: &SignedIn,
    field: &str,
    password: &str,
) -> Result<Confirmed, UiError> {
    if !context.site.sign_in_rate.allow(me.email(), &info.origin.address) {
        return Err(too_many());
    }
    if password.is_empty() {
        return Err(UiError::field(field, "Enter your password."));
    }
    let wrong = || UiError::field(field, "This is not your password.");
    if password.chars().count() > MAX_LENGTH {
        return Err(wrong());
    }
    let mut tx = context.store.public().await?;
    let hash = tx.find_password_hash(me).await?;
    tx.commit().await?;
    if !context.passwords.verify(hash.clone(), password.to_owned().into()).await? {
        return Err(wrong());
    }
    hash.map(|password_hash| Confirmed { password_hash }).ok_or_else(UiError::signed_out)
}

pub fn too_many() -> UiError {
    UiError::new(Kind::TooMany, "Too many attempts. Wait a minute, then try again.")
}

/// For so many seconds no code is looked at.
pub fn wait(seconds: i32) -> UiError {
    let minutes = (seconds + 59) / 60;
    let wait = if minutes == 1 { "a minute".to_owned() } else { format!("{minutes} minutes") };
    UiError::new(Kind::TooMany, format!("Too many wrong codes. Wait {wait}, then try again."))
}

/// The field in which whoever is signed in gives their password once more.
pub fn own_password() -> Input<'static> {
    Input { label: "Your password", kind: "password", autocomplete: "current-password", ..Input::default() }
}

/// What ends a tenant asks for: its slug, typed, and the password once more; above them what is wrong with neither.
pub fn slug_and_password(slug: &str, form: &Form) -> Markup {
    let beside = form.error("confirm_slug").is_some() || form.error("confirm_password").is_some();
    html! {
        (form_message(form.message().filter(|_| !beside).as_deref()))
        p { "Type " b { (slug) } " to confirm." }
        (form.input_in_focus(Input { name: "confirm_slug", label: "Slug of this tenant", ..Input::default() }))
        (form.input_in_focus(Input { name: "confirm_password", ..own_password() }))
    }
}
