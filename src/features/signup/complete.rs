//! `signup/complete`: the link's holder makes the tenant.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use super::{FORM, check_open, taken};
use crate::domain::FieldError;
use crate::domain::password::check_new_password;
use crate::domain::slug::{Slug, SlugError};
use crate::domain::token::Token;
use crate::store::sign_up::{Completing, LinkedSignUp, NotMade, SignUpState};
use crate::store::{Constraint, StoreError};
use crate::web::confirm::too_many;
use crate::web::error::{Kind, answer};
use crate::web::request::{find_me, session};
use crate::web::sign_in::start_session;
use crate::web::{Context, RequestInfo, UiError, kept_form};

/// Makes the tenant and its owner: somebody new with a password, or the signed-in account of the address. `slug` and `plan` are sent when those
/// of the form are not to be had any more.
#[server(prefix = "/fn", endpoint = "signup/complete", input = PostUrl)]
pub async fn complete(
    token: String,
    #[server(default)] password: String,
    #[server(default)] slug: String,
    #[server(default)] plan: String,
) -> Result<(), UiError> {
    answer(try_complete(&token, password, &slug, &plan).await.map_err(|error| error.with_typed(&[("slug", &slug), ("plan", &plan)])))
}

/// The page behind the link says which of these it is.
fn not_open() -> UiError {
    UiError::new(Kind::Conflict, "This link was used already, or has run out. Open it again to see which, or sign up once more.")
}

fn other_person(link: &LinkedSignUp) -> UiError {
    UiError::new(Kind::Forbidden, format!("This link is for {}. Sign in with that account to use it.", link.email))
}

const PLAN_GONE: &str = "This plan is not sold any more. Choose another.";

/// What was typed, else what the form holds.
fn or_kept<'a>(typed: &'a str, kept: &'a str) -> &'a str {
    if typed.trim().is_empty() { kept } else { typed.trim() }
}

async fn try_complete(token: &str, password: String, slug: &str, plan: &str) -> Result<(), UiError> {
    check_open()?;
    let token: Token = token.parse().map_err(|_| not_open())?;
    let (context, info) = (Context::get(), RequestInfo::get());
    if !context.site.sign_up_rate.allow_address(&info.origin.address) {
        return Err(too_many());
    }
    let mut tx = context.store.public().await?;
    let link = tx.find_sign_up(&token).await?;
    let link = link.filter(|link| link.state == SignUpState::Open);
    let slug = link.as_ref().map(|link| or_kept(slug, &link.slug).parse::<Slug>());
    let free = match &slug {
        Some(Ok(slug)) => tx.is_slug_free(slug).await?,
        Some(Err(_)) | None => true,
    };
    tx.commit().await?;
    let (Some(link), Some(slug)) = (link, slug) else { return Err(not_open()) };

    let me = find_me().await?;
    if me.as_ref().is_some_and(|me| me.email() != link.email.as_str()) || (link.has_account && me.is_none()) {
        return Err(other_person(&link));
    }
    let mut wrong = Vec::new();
    let slug = slug.map_err(|error: SlugError| wrong.push(FieldError::new("slug", error)));
    if let (Ok(slug), false) = (&slug, free) {
        wrong.push(FieldError::new("slug", taken(slug)));
    }
    if !link.has_account
        && let Err(error) = check_new_password(&password, &[link.email.as_str(), &link.person, &link.company])
    {
        wrong.push(FieldError::new("password", error));
    }
    let slug = match slug {
        Ok(slug) if wrong.is_empty() => slug,
        Ok(_) | Err(()) => return Err(UiError::invalid(wrong)),
    };
    let hash = if link.has_account { None } else { Some(context.passwords.hash(password.into()).await?) };
    let who = match (&me, &hash) {
        (_, Some(password_hash)) => Completing::New { password_hash },
        (Some(me), None) => Completing::Account(me),
        (None, None) => return Err(other_person(&link)),
    };
    let mut tx = context.store.public().await?;
    let made = tx.complete_sign_up(&token, who, &slug, or_kept(plan, &link.plan), &info.origin.address).await;
    // What was refused is gone with its transaction.
    let made = made.map_err(|error| refusal(error, &link, &slug))?;
    tx.commit().await?;
    kept_form::forget(FORM);
    let home = format!("{}/setup?done=welcome", info.portal_base(&slug));
    let to = match hash {
        Some(_) => start_session(made.user, &made.email, &home).await?,
        None => {
            // More power, another id (security.md, C9).
            context.store.renew_session(&session()).await?;
            home
        }
    };
    leptos_axum::redirect(&to);
    Ok(())
}

/// Somebody else may have been faster between the look and the claim.
fn refusal(error: NotMade, link: &LinkedSignUp, slug: &Slug) -> UiError {
    match error {
        NotMade::PlanGone => UiError::field("plan", PLAN_GONE),
        NotMade::Store(StoreError::NotFound) => not_open(),
        NotMade::Store(StoreError::Forbidden | StoreError::Conflict(Constraint::UserEmail)) => other_person(link),
        NotMade::Store(StoreError::Conflict(Constraint::TenantSlug)) => UiError::field("slug", taken(slug)),
        NotMade::Store(error) => error.into(),
    }
}
