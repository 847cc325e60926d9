//! The steps of the form, the link in a mail, and the live check of a slug.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use super::{FORM, check_open, draft, keep, taken};
use crate::domain::sign_up::{Draft, MOST_EMAIL, MOST_NAME, MOST_PLAN, MOST_SLUG, SignUp, Step, kept};
use crate::domain::slug::Slug;
use crate::store::PublicTx;
use crate::store::sign_up::Asked;
use crate::web::confirm::too_many;
use crate::web::error::{Kind, answer};
use crate::web::{Context, RequestInfo, UiError, kept_form};

fn go(step: Step) {
    leptos_axum::redirect(&format!("/signup?step={}", step.key()));
}

/// The first step: company and slug.
#[server(prefix = "/fn", endpoint = "signup/company", input = PostUrl)]
pub async fn keep_company(#[server(default)] name: String, #[server(default)] slug: String) -> Result<(), UiError> {
    answer(try_company(&name, &slug).await.map_err(|error| error.with_typed(&[("name", &name), ("slug", &slug)])))
}

async fn try_company(name: &str, slug: &str) -> Result<(), UiError> {
    check_open()?;
    let mut draft = draft();
    (draft.company, draft.slug) = (kept(name, MOST_NAME), kept(slug, MOST_SLUG));
    // Also what is wrong: it is there again tomorrow.
    keep(&draft);
    // Judged as it was typed, not as it was kept.
    let typed = Draft { company: name.to_owned(), slug: slug.to_owned(), ..draft.clone() };
    let (_, slug) = typed.parse_company().map_err(UiError::invalid)?;
    if !is_free(&slug).await? {
        draft.taken = slug.to_string();
        keep(&draft);
        return Err(UiError::field("slug", taken(&slug)));
    }
    draft.taken.clear();
    keep(&draft);
    go(Step::Plan);
    Ok(())
}

async fn is_free(slug: &Slug) -> Result<bool, UiError> {
    let (context, info) = (Context::get(), RequestInfo::get());
    if !context.site.sign_up_rate.allow_address(&info.origin.address) {
        return Err(too_many());
    }
    let mut tx = context.store.public().await?;
    let free = tx.is_slug_free(slug).await?;
    tx.commit().await?;
    Ok(free)
}

/// Whether a slug could be used: an empty text when it could, else what is wrong with it.
#[server(prefix = "/fn", endpoint = "signup/check-slug", input = PostUrl)]
pub async fn check_free_slug(slug: String) -> Result<String, UiError> {
    answer(try_check(&slug).await)
}

async fn try_check(slug: &str) -> Result<String, UiError> {
    check_open()?;
    match slug.parse::<Slug>() {
        Ok(slug) => Ok(if is_free(&slug).await? { String::new() } else { taken(&slug) }),
        Err(error) => Ok(error.to_string()),
    }
}

/// The second step: one of the plans that people choose themselves.
#[server(prefix = "/fn", endpoint = "signup/plan", input = PostUrl)]
pub async fn keep_plan(#[server(default)] plan: String) -> Result<(), UiError> {
    answer(try_plan(&plan).await)
}

async fn try_plan(plan: &str) -> Result<(), UiError> {
    check_open()?;
    let mut tx = Context::get().store.public().await?;
    let sold = is_sold(&mut tx, plan).await?;
    tx.commit().await?;
    if !sold {
        return Err(UiError::field("plan", "Choose one of these plans."));
    }
    let mut draft = draft();
    draft.plan = kept(plan, MOST_PLAN);
    keep(&draft);
    go(draft.step(Some(Step::Person)));
    Ok(())
}

async fn is_sold(tx: &mut PublicTx, plan: &str) -> Result<bool, UiError> {
    Ok(tx.list_sold_plans().await?.iter().any(|sold| sold.self_service && sold.key == plan))
}

/// The third step: who it is. Then a mail with a link goes out. `go` is `back` to keep what was typed for later.
#[server(prefix = "/fn", endpoint = "signup/person", input = PostUrl)]
pub async fn keep_person(
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] go: String,
) -> Result<(), UiError> {
    answer(try_person(&name, &email, &go).await.map_err(|error| error.with_typed(&[("name", &name), ("email", &email)])))
}

async fn try_person(name: &str, email: &str, way: &str) -> Result<(), UiError> {
    check_open()?;
    let mut draft = draft();
    (draft.person, draft.email) = (kept(name, MOST_NAME), kept(email, MOST_EMAIL));
    keep(&draft);
    if way == "back" {
        go(draft.step(Some(Step::Plan)));
        return Ok(());
    }
    let typed = Draft { person: name.to_owned(), email: email.to_owned(), ..draft.clone() };
    typed.parse_person().map_err(UiError::invalid)?;
    match draft.parse().filter(|_| draft.first_open() >= Step::Person) {
        Some(form) => {
            if ask(draft, &form).await?.is_some() {
                go(Step::Mail);
            }
        }
        None => go(draft.first_open()),
    }
    Ok(())
}

/// Asks for the link. `None` when something is not to be had any more: then it leads back to that step.
async fn ask(mut draft: Draft, form: &SignUp) -> Result<Option<Asked>, UiError> {
    let (context, info) = (Context::get(), RequestInfo::get());
    if !context.site.sign_up_rate.allow(form.email.as_str(), &info.origin.address) {
        return Err(too_many());
    }
    let mut tx = context.store.public().await?;
    if !is_sold(&mut tx, &form.plan).await? {
        draft.plan.clear();
    }
    if !tx.is_slug_free(&form.slug).await? && tx.find_waiting(form.id, form.email.as_str()).await?.is_none_or(|waiting| !waiting.is_used())
    {
        draft.taken = form.slug.to_string();
    }
    if draft.first_open() < Step::Person {
        tx.commit().await?;
        keep(&draft);
        go(draft.first_open());
        return Ok(None);
    }
    let asked = tx.ask_sign_up(form).await?;
    tx.commit().await?;
    draft.mailed_to = form.email.to_string();
    keep(&draft);
    Ok(Some(asked))
}

/// Mails the link once more.
#[server(prefix = "/fn", endpoint = "signup/resend", input = PostUrl)]
pub async fn resend_link() -> Result<(), UiError> {
    answer(try_resend().await)
}

async fn try_resend() -> Result<(), UiError> {
    check_open()?;
    let draft = draft();
    let Some(form) = draft.parse().filter(|_| draft.first_open() == Step::Mail) else {
        go(draft.first_open());
        return Ok(());
    };
    match ask(draft, &form).await? {
        Some(Asked::Mailed) => leptos_axum::redirect("/signup?step=mail&done=sent"),
        Some(Asked::Wait(seconds)) => {
            return Err(UiError::new(Kind::TooMany, format!("A mail went out a moment ago. Ask for another one in {seconds} seconds.")));
        }
        Some(Asked::Used) => go(Step::Mail),
        None => {}
    }
    Ok(())
}

/// Forgets this browser's form.
#[server(prefix = "/fn", endpoint = "signup/restart", input = PostUrl)]
pub async fn restart() -> Result<(), UiError> {
    answer(try_restart())
}

fn try_restart() -> Result<(), UiError> {
    check_open()?;
    kept_form::forget(FORM);
    leptos_axum::redirect("/signup");
    Ok(())
}
