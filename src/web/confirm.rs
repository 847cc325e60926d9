//! The password once more, before something that a borrowed browser should not do.

use leptos::prelude::*;

use super::error::{Kind, UiError};
use super::form::Form;
use super::request::{Context, RequestInfo};
use crate::domain::password::MAX_LENGTH;
use crate::store::access::SignedIn;
use crate::ui::field::{FormMessage, TextField};

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

/// What ends a tenant asks for: its slug, typed, and the password once more; above them what is wrong with neither.
pub fn slug_and_password(slug: &str, form: &Form) -> impl IntoView + use<> {
    let (slug_error, password_error) = (form.error("confirm_slug"), form.error("confirm_password"));
    let message = form.message().filter(|_| slug_error.is_none() && password_error.is_none());
    let (slug_focus, password_focus) = (slug_error.is_some(), password_error.is_some());
    view! {
        <FormMessage message=message />
        <p>"Type "<b>{slug.to_owned()}</b>" to confirm."</p>
        <TextField name="confirm_slug" label="Slug of this tenant" value=form.typed("confirm_slug") error=slug_error focus=slug_focus />
        <TextField
            name="confirm_password"
            label="Your password"
            kind="password"
            autocomplete="current-password"
            error=password_error
            focus=password_focus
        />
    }
}
