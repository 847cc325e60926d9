//! What owners of the platform do about its staff. All of it asks for a fresh sign-in.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::email::{Email, EmailError};
use crate::domain::ids::UserId;
use crate::domain::staff::{ManageStaff, StaffRole, UnknownRole};
use crate::web::error::answer;
use crate::web::request::fresh_admin;
use crate::web::{Context, UiError};

fn parse_user(user: &str) -> Result<UserId, UiError> {
    user.parse().map(UserId).map_err(|_| UiError::not_found())
}

fn parse_role(role: &str) -> Result<StaffRole, UiError> {
    role.parse().map_err(|error: UnknownRole| UiError::field("role", error))
}

/// Appoints somebody to the staff; they get a link to choose a password, and accept by that.
#[server(prefix = "/fn", endpoint = "staff/appoint", input = PostUrl)]
pub async fn appoint(email: String, role: String) -> Result<(), UiError> {
    answer(try_appoint(&email, &role).await.map_err(|error| error.with_typed(&[("email", &email), ("role", &role)])))
}

async fn try_appoint(email: &str, role: &str) -> Result<(), UiError> {
    let admin = fresh_admin::<ManageStaff>().await?;
    let role = parse_role(role)?;
    let email: Email = email.parse().map_err(|error: EmailError| UiError::field("email", error))?;
    let mut tx = Context::get().store.platform::<ManageStaff>(&admin).await?;
    tx.appoint_staff(&email, role).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/staff?done=appointed");
    Ok(())
}

/// Gives somebody another role. `was` is the one that the form showed.
#[server(prefix = "/fn", endpoint = "staff/role", input = PostUrl)]
pub async fn change_role(user: String, was: String, role: String) -> Result<(), UiError> {
    answer(try_change(&user, &was, &role).await.map_err(|error| error.with_typed(&[("role", &role)])))
}

async fn try_change(user: &str, was: &str, role: &str) -> Result<(), UiError> {
    let admin = fresh_admin::<ManageStaff>().await?;
    let (user, was, role) = (parse_user(user)?, parse_role(was)?, parse_role(role)?);
    let mut tx = Context::get().store.platform::<ManageStaff>(&admin).await?;
    tx.change_staff_role(user, was, role).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/staff/{user}?done=role"));
    Ok(())
}

/// Takes somebody off the staff.
#[server(prefix = "/fn", endpoint = "staff/end", input = PostUrl)]
pub async fn end(user: String) -> Result<(), UiError> {
    answer(try_end(&user).await)
}

async fn try_end(user: &str) -> Result<(), UiError> {
    let admin = fresh_admin::<ManageStaff>().await?;
    let user = parse_user(user)?;
    let mut tx = Context::get().store.platform::<ManageStaff>(&admin).await?;
    tx.end_staff(user).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/staff?done=ended");
    Ok(())
}

/// Says whether all staff need a second factor: `required` is `on` or nothing.
#[server(prefix = "/fn", endpoint = "staff/second-factor", input = PostUrl)]
pub async fn require_second_factor(#[server(default)] required: String) -> Result<(), UiError> {
    answer(try_require(!required.is_empty()).await)
}

async fn try_require(required: bool) -> Result<(), UiError> {
    let admin = fresh_admin::<ManageStaff>().await?;
    let mut tx = Context::get().store.platform::<ManageStaff>(&admin).await?;
    tx.set_staff_second_factor(required).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/staff?done=second-factor#second-factor");
    Ok(())
}
