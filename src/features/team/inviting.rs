//! What makes and ends invites.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;
use uuid::Uuid;

use super::server::go;
use crate::domain::FieldError;
use crate::domain::capability::ManageTeam;
use crate::domain::email::Email;
use crate::domain::ids::{ImportId, InviteId};
use crate::domain::invite::{NewInvite, Taken, parse_addresses};
use crate::domain::limit::AtLimit;
use crate::domain::local_path::local_or;
use crate::domain::quantity;
use crate::domain::role::{Role, UnknownRole};
use crate::store::inviting::{Imported, Invited};
use crate::store::{Constraint, StoreError};
use crate::web::error::{Kind, answer};
use crate::web::request::acting_member;
use crate::web::{Context, UiError};

/// `Max 25 members allowed. Upgrade your plan.`, and how much is missing when more than one was asked for.
pub(super) fn no_room(limit: &AtLimit, asked: i64) -> String {
    let free = limit.limit.saturating_sub(limit.used).max(0);
    let places = if free == 1 { "place is" } else { "places are" };
    match asked {
        ..=1 => limit.to_string(),
        _ => format!(
            "{limit} {} {places} free, these are {}: {} too many.",
            quantity::count(free),
            quantity::count(asked),
            quantity::count(asked - free)
        ),
    }
}

fn refusal(error: StoreError, asked: i64) -> UiError {
    match error {
        StoreError::AtLimit(limit) => UiError::new(Kind::TooMany, no_room(&limit, asked)),
        StoreError::Forbidden => {
            UiError::new(Kind::Forbidden, "Your own role is not enough for this: nobody grants or takes more than they have.")
        }
        StoreError::Conflict(Constraint::Member) => UiError::new(Kind::Conflict, "This person has joined the team meanwhile."),
        error => error.into(),
    }
}

fn size(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Who is taken, by reason: `a@a.example and b@a.example: a member already.`
fn taken_message(taken: &[(Email, Taken)]) -> String {
    let sentences = taken.iter().map(|(email, taken)| format!("{email} {}.", taken.predicate())).collect::<Vec<_>>().join(" ");
    format!("{sentences} Nobody was invited.")
}

/// Invites one person or several. `email` holds their addresses, `request` an id that was made with the form; then to `next` on this host, else to the
/// team.
#[server(prefix = "/fn", endpoint = "team/invite", input = PostUrl)]
pub async fn invite(
    tenant: String,
    email: String,
    role: String,
    #[server(default)] request: String,
    #[server(default)] next: String,
) -> Result<(), UiError> {
    answer(
        try_invite(&tenant, &email, &role, &request, &next).await.map_err(|error| error.with_typed(&[("email", &email), ("role", &role)])),
    )
}

async fn try_invite(tenant: &str, email: &str, role: &str, request: &str, next: &str) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    let mut tx = Context::get().store.tenant::<ManageTeam>(&member).await?;
    let mut errors = Vec::new();
    let emails = parse_addresses(email).map_err(|message| errors.push(FieldError::new("email", message))).unwrap_or_default();
    let role = role.parse::<Role>().map_err(|error: UnknownRole| errors.push(FieldError::new("role", error)));
    let role = match role {
        Ok(role) if role > tx.tenant().role => {
            errors.push(FieldError::new("role", format!("You may invite people as {} at most.", tx.tenant().role.as_str())));
            role
        }
        Ok(role) => role,
        Err(()) => Role::Viewer,
    };
    if !errors.is_empty() {
        return Err(UiError::invalid(errors));
    }
    let new: Vec<NewInvite> = emails.into_iter().map(|email| NewInvite { email, role, name: None }).collect();
    // Only a form's double click needs it; whoever sends none can do without.
    let request = request.parse::<Uuid>().ok();
    let made = match tx.invite(&new, request).await.map_err(|error| refusal(error, size(new.len())))? {
        Invited::Made(made) => made,
        Invited::Taken(taken) => return Err(UiError { kind: Kind::Conflict, ..UiError::field("email", taken_message(&taken)) }),
    };
    tx.commit().await?;
    match made.as_slice() {
        _ if !local_or(next, "").is_empty() => leptos_axum::redirect(next),
        [one] => go(&slug, &format!("/invites/{one}?done=invited")),
        more => go(&slug, &format!("?done=invited&n={}", more.len())),
    }
    Ok(())
}

fn invite_id(text: &str) -> Result<InviteId, UiError> {
    text.parse().map(InviteId).map_err(|_| UiError::not_found())
}

/// Ends an invite's link and makes a new one.
#[server(prefix = "/fn", endpoint = "team/resend", input = PostUrl)]
pub async fn resend(tenant: String, invite: String) -> Result<(), UiError> {
    answer(try_resend(&tenant, &invite).await)
}

async fn try_resend(tenant: &str, invite: &str) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    let mut tx = Context::get().store.tenant::<ManageTeam>(&member).await?;
    let made = tx.resend_invite(invite_id(invite)?).await.map_err(|error| refusal(error, 1))?;
    tx.commit().await?;
    go(&slug, &format!("/invites/{made}?done=resent"));
    Ok(())
}

/// Takes an invite back.
#[server(prefix = "/fn", endpoint = "team/revoke", input = PostUrl)]
pub async fn revoke(tenant: String, invite: String) -> Result<(), UiError> {
    answer(try_revoke(&tenant, &invite).await)
}

async fn try_revoke(tenant: &str, invite: &str) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    let mut tx = Context::get().store.tenant::<ManageTeam>(&member).await?;
    tx.revoke_invite(invite_id(invite)?).await.map_err(|error| refusal(error, 1))?;
    tx.commit().await?;
    go(&slug, "?done=revoked");
    Ok(())
}

/// Invites the people of a file that was uploaded. `skip_bad` is `yes` to leave out its bad lines.
#[server(prefix = "/fn", endpoint = "team/import", input = PostUrl)]
pub async fn carry_out_import(tenant: String, import: String, #[server(default)] skip_bad: String) -> Result<(), UiError> {
    answer(try_import(&tenant, &import, skip_bad == "yes").await)
}

async fn try_import(tenant: &str, import: &str, skip_bad: bool) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    let import = ImportId(import.parse().map_err(|_| UiError::not_found())?);
    let mut tx = Context::get().store.tenant::<ManageTeam>(&member).await?;
    match tx.carry_out_import(import, skip_bad).await.map_err(|error| refusal(error, 1))? {
        Imported::Made(_) => tx.commit().await?,
        Imported::Refused => {
            return Err(UiError::new(
                Kind::Conflict,
                "Some lines are bad, see below. Nobody was invited; correct the file, or skip these lines.",
            ));
        }
    }
    go(&slug, &format!("/import/{import}?done=imported"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use leptos::server_fn::ServerFn as _;

    #[test]
    fn the_setup_wizards_form_goes_to_the_function_that_invites() {
        assert_eq!(super::Invite::PATH, crate::web::frame::INVITE);
    }
}
