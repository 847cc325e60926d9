//! Sign-up: company, plan, person; then a link in a mail, which makes the tenant. Works without script, can be left at every step and taken up
//! again in this browser for a week. The answers are the same whether an address has an account or not.
//!
//! Routes: `/signup`, `/signup/{token}`; functions `signup/company`, `signup/plan`, `signup/person`, `signup/resend`, `signup/restart`,
//! `signup/check-slug`, `signup/complete`.

pub mod complete;
pub mod link;
pub mod pages;
pub mod server;

use axum::http::StatusCode;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use maud::Markup;
use uuid::Uuid;

use crate::domain::sign_up::{DRAFT_DAYS, Draft};
use crate::domain::slug::Slug;
use crate::ui::frame::Card;
use crate::ui::head::Title;
use crate::ui::message::MessagePage;
use crate::ui::text::written;
use crate::web::{Context, UiError, kept_form};

/// The cookie that holds the form.
const FORM: &str = "signup";

/// The form of this browser, or a new one.
fn draft() -> Draft {
    let mut draft: Draft = kept_form::find(FORM).unwrap_or_default();
    if draft.id.is_nil() {
        draft.id = Uuid::new_v4();
    }
    draft
}

fn keep(draft: &Draft) {
    kept_form::keep(FORM, draft, DRAFT_DAYS);
}

fn taken(slug: &Slug) -> String {
    format!("“{slug}” is taken. Choose another.")
}

/// # Errors
/// `NotFound` where nobody may sign up.
fn check_open() -> Result<(), UiError> {
    if Context::get().site.sign_up_open { Ok(()) } else { Err(UiError::not_found()) }
}

/// Instead of each page, where nobody may sign up.
fn closed(response: &ResponseOptions) -> Option<Markup> {
    let context = Context::get();
    if context.site.sign_up_open {
        return None;
    }
    response.set_status(StatusCode::NOT_FOUND);
    let support = &context.site.support_email;
    let message = format!("New tenants are made by the people who run this platform. Write to {support} to get one.");
    Some(written(view! {
        <MessagePage
            code="404"
            title="Sign-up is closed"
            message=message
            action=(format!("mailto:{support}"), format!("Write to {support}"))
            other=("/login", "Sign in")
        />
    }))
}

/// The lone card with the way to sign in below.
fn card(title: &'static str, wide: bool, children: AnyView) -> Markup {
    let foot = view! { "Have an account already? "<a href="/login">"Sign in"</a> };
    written(view! { <Title text=title /><Card wide=wide foot=foot.into_any()>{children}</Card> })
}
