//! `/t/{slug}/settings`.

use leptos::server_fn::ServerFn as _;
use maud::{Markup, html};

use super::server::ChangeSettings;
use super::{aliases, deletion, models};
use crate::domain::capability::ManageSettings;
use crate::store::tenant_settings::TenantSettings;
use crate::ui::field::{Input, form_message};
use crate::ui::text::notice;
use crate::web::form::Form;
use crate::web::frame::PortalFrame;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, query};

pub fn settings_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let (form, done) = (Form::of::<ChangeSettings>(), query("done").is_some_and(|done| done == "changed"));
        let (me, member) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<ManageSettings>(&member).await?;
        let settings = tx.settings().await?;
        let earlier = tx.list_aliases().await?;
        let (frame, head) = (PortalFrame::new(&me, &tx), tx.tenant().clone());
        tx.commit().await?;
        let body = html! {
            div class="head" { h1 class="grow" { "Settings" } }
            div class="narrow stack" {
                @if done && !form.failed() { (notice("ok", html! { "Saved." })) }
                (form_message(form.message().as_deref()))
                (general(&settings, &form, &slug))
                (models::section(&settings.models, &head))
                (aliases::section(&earlier, &head))
                section class="card pad stack" id="export" {
                    h2 { "Export" }
                    p { "Everything that this tenant has, in one file that you download once." }
                    div class="actions" { a class="btn" href={ (frame.base()) "/export" } { "Export everything" } }
                }
                (deletion::section(&head))
            }
        };
        Ok(frame.page("Settings", "/settings", body))
    })
}

fn general(settings: &TenantSettings, form: &Form, slug: &str) -> Markup {
    html! {
        form class="form card pad" method="post" action=(ChangeSettings::PATH) {
            h2 { "General" }
            input type="hidden" name="tenant" value=(slug);
            (form.input_in_focus(Input {
                name: "name",
                label: "Name",
                hint: "Everybody here sees it, and the platform's staff.",
                value: Some(&settings.name),
                ..Input::default()
            }))
            (requirement(settings, form))
            div class="actions" { button class="btn pri" { "Save settings" } }
        }
    }
}

fn requirement(settings: &TenantSettings, form: &Form) -> Markup {
    let checked = match form.failed() {
        true => form.typed("require_second_factor").is_some_and(|text| !text.is_empty()),
        false => settings.require_second_factor,
    };
    let error = form.error("require_second_factor");
    let described = if error.is_some() { "require-hint require-error" } else { "require-hint" };
    html! {
        div class="field" {
            label class="check" {
                input type="checkbox" name="require_second_factor" value="on" checked[checked] aria-describedby=(described)
                    aria-invalid=[error.as_ref().map(|_| "true")];
                " Require a second factor for everyone"
            }
            span class="hint" id="require-hint" {
                "Members without one are led to set it up before they can open this tenant again. API keys work on. "
                (settings.with_second_factor) " of " (settings.members) " members have one today."
            }
            @if let Some(error) = &error {
                p class="error" id="require-error" { span { (error) " " a href="/account#second-factor" { "To your account" } } }
            }
        }
    }
}
