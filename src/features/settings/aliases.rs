//! The slug of a tenant on its owners' page, `settings/slug`, and the list of those that it had before.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::server_fn::codec::PostUrl;
use maud::{Markup, html};

use crate::domain::FieldError;
use crate::domain::capability::ManageSettings;
use crate::domain::slug::{Slug, SlugError};
use crate::store::access::TenantHead;
use crate::store::tenant_facts::Alias;
use crate::store::{Constraint, StoreError};
use crate::ui::field::{Input, form_message};
use crate::ui::text::notice;
use crate::ui::time::{on_day, zone};
use crate::web::error::answer;
use crate::web::form::Form;
use crate::web::request::{acting_member, query};
use crate::web::{Context, RequestInfo, UiError};

/// Slugs that the tenant had, the latest first; nothing where there are none.
pub fn list(aliases: &[Alias], text: &str) -> Markup {
    let zone = zone();
    html! {
        @if !aliases.is_empty() {
            section class="card pad stack" id="earlier-slugs" {
                h2 { "Earlier slugs" }
                p class="muted" { (text) }
                ul class="list" {
                    @for alias in aliases { li { code class="grow" { (alias.slug) } small { "until " (on_day(alias.until, zone)) } } }
                }
            }
        }
    }
}

pub fn section(aliases: &[Alias], head: &TenantHead) -> Markup {
    let form = Form::of::<ChangeSlug>();
    let done = query("done").is_some_and(|done| done == "slug") && !form.failed();
    let slug = &head.slug;
    let (new_error, repeat_error) = (form.error("new_slug"), form.error("repeat_slug"));
    let message = form.message().filter(|_| new_error.is_none() && repeat_error.is_none());
    html! {
        section class="card pad stack" id="slug" {
            h2 { "Slug" }
            p {
                "The address of this tenant is " code { "/t/" (slug) }
                ". With another slug it changes for everybody at once: people who open the old one are led to the new one, and who uses a \
                 host of its own signs in there again. API keys and custom domains go on as they are."
            }
            @if done { (notice("ok", html! { "The slug is changed. The old one leads here." })) }
            (form_message(message.as_deref()))
            form class="form" method="post" action=(ChangeSlug::PATH) {
                input type="hidden" name="tenant" value=(slug);
                (form.input_in_focus(Input {
                    name: "new_slug",
                    label: "New slug",
                    hint: "Lower-case letters, digits and hyphens.",
                    ..Input::default()
                }))
                (form.input_in_focus(Input {
                    name: "repeat_slug",
                    label: "Present slug",
                    hint: &format!("Type {slug} to confirm."),
                    ..Input::default()
                }))
                div class="actions" { button class="btn" { "Change slug" } }
            }
        }
        (list(aliases, "They lead you here as before. Nobody else gets them, and you can take one back at any time."))
    }
}

/// Gives the tenant another slug. `repeat_slug` repeats the one that it has.
#[server(prefix = "/fn", endpoint = "settings/slug", input = PostUrl)]
pub async fn change_slug(tenant: String, new_slug: String, repeat_slug: String) -> Result<(), UiError> {
    let typed = [("new_slug", new_slug.as_str()), ("repeat_slug", repeat_slug.as_str())];
    answer(try_change(&tenant, &new_slug, &repeat_slug).await.map_err(|error| error.with_typed(&typed)))
}

async fn try_change(tenant: &str, new: &str, repeated: &str) -> Result<(), UiError> {
    let (_, _, member) = acting_member(tenant).await?;
    let mut tx = Context::get().store.tenant::<ManageSettings>(&member).await?;
    let now = tx.tenant().slug.clone();
    let mut errors = Vec::new();
    let new = new.trim().parse::<Slug>().map_err(|error: SlugError| errors.push(FieldError::new("new_slug", error))).ok();
    if repeated.trim() != now.as_str() {
        errors.push(FieldError::new("repeat_slug", format!("Type {now} to confirm.")));
    }
    let Some(new) = new.filter(|_| errors.is_empty()) else { return Err(UiError::invalid(errors)) };
    tx.change_slug(&new).await.map_err(|error| match error {
        StoreError::Conflict(Constraint::TenantSlug) => UiError::field("new_slug", format!("“{new}” is taken. Choose another.")),
        StoreError::WrongState(why) => UiError::field("new_slug", why),
        error => error.into(),
    })?;
    tx.commit().await?;
    // At a host of the tenant's own the page there leads on to the new one.
    let home = if RequestInfo::get().portal.as_ref() == Some(&now) { String::new() } else { format!("/t/{new}") };
    leptos_axum::redirect(&format!("{home}/settings?done=slug#slug"));
    Ok(())
}
