//! `account/profile` and `account/password`.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::FieldError;
use crate::domain::name::Name;
use crate::domain::password::{check_new_password, check_password_beside_factor};
use crate::domain::zone::Zone;
use crate::web::confirm::confirm_password;
use crate::web::error::answer;
use crate::web::request::find_me;
use crate::web::{Context, RequestInfo, UiError};

/// Keeps name and time zone; an empty zone is UTC.
#[server(prefix = "/fn", endpoint = "account/profile", input = PostUrl)]
pub async fn change_profile(name: String, #[server(default)] time_zone: String) -> Result<(), UiError> {
    let typed = [("name", name.as_str()), ("time_zone", time_zone.as_str())];
    answer(try_profile(&name, &time_zone).await.map_err(|error| error.with_typed(&typed)))
}

async fn try_profile(name: &str, time_zone: &str) -> Result<(), UiError> {
    let me = find_me().await?.ok_or_else(UiError::signed_out)?;
    let mut fields = Vec::new();
    let name = name.parse::<Name>().map_err(|error| fields.push(FieldError::new("name", error))).ok();
    let zone = match time_zone {
        "" => None,
        text => text.parse::<Zone>().map_err(|error| fields.push(FieldError::new("time_zone", error))).ok(),
    };
    let Some(name) = name.filter(|_| fields.is_empty()) else { return Err(UiError::invalid(fields)) };
    let mut tx = Context::get().store.public().await?;
    tx.change_account(&me, &name, zone, &RequestInfo::get().origin.address).await?;
    tx.commit().await?;
    leptos_axum::redirect("/account?done=profile#profile");
    Ok(())
}

/// Changes the password and ends all other sessions.
#[server(prefix = "/fn", endpoint = "account/password", input = PostUrl)]
pub async fn change_password(current_password: String, new_password: String) -> Result<(), UiError> {
    answer(try_password(&current_password, new_password).await)
}

async fn try_password(current: &str, new: String) -> Result<(), UiError> {
    let me = find_me().await?.ok_or_else(UiError::signed_out)?;
    let confirmed = confirm_password(&me, "current_password", current).await?;
    let check = if me.has_second_factor() { check_password_beside_factor } else { check_new_password };
    let known: Vec<&str> =
        [me.email(), me.name()].into_iter().chain(me.memberships().iter().map(|membership| membership.name.as_str())).collect();
    check(&new, &known).map_err(|error| UiError::field("new_password", error))?;
    let context = Context::get();
    let hash = context.passwords.hash(new.into()).await?;
    let mut tx = context.store.public().await?;
    tx.change_password(&me, &confirmed.password_hash, &hash, &RequestInfo::get().origin.address).await?;
    tx.commit().await?;
    leptos_axum::redirect("/account?done=password#your-password");
    Ok(())
}
