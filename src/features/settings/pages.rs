//! `/t/{slug}/settings`.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::ChangeSettings;
use super::{aliases, deletion, models};
use crate::domain::capability::ManageSettings;
use crate::store::tenant_settings::TenantSettings;
use crate::ui::field::{FormMessage, TextField};
use crate::ui::text::Notice;
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
        let body = view! {
            <div class="head"><h1 class="grow">"Settings"</h1></div>
            <div class="narrow stack">
                {(done && !form.failed()).then(|| view! { <Notice kind="ok">"Saved."</Notice> })}
                <FormMessage message=form.message() />
                <form class="form card pad" method="post" action=ChangeSettings::PATH>
                    <h2>"General"</h2>
                    <input type="hidden" name="tenant" value=slug />
                    <TextField
                        name="name"
                        label="Name"
                        hint="Everybody here sees it, and the platform's staff."
                        value=form.typed("name").or_else(|| Some(settings.name.clone()))
                        error=form.error("name")
                        focus=form.error("name").is_some()
                    />
                    {requirement(&settings, &form)}
                    <div class="actions"><button class="btn pri">"Save settings"</button></div>
                </form>
                {models::section(&settings.models, &head)}
                {aliases::section(&earlier, &head)}
                <section class="card pad stack" id="export">
                    <h2>"Export"</h2>
                    <p>"Everything that this tenant has, in one file that you download once."</p>
                    <div class="actions"><a class="btn" href=format!("{}/export", frame.base())>"Export everything"</a></div>
                </section>
                {deletion::section(&head)}
            </div>
        };
        Ok(frame.view("Settings", "/settings", body.into_any()))
    })
}

fn requirement(settings: &TenantSettings, form: &Form) -> impl IntoView + use<> {
    let checked = match form.failed() {
        true => form.typed("require_second_factor").is_some_and(|text| !text.is_empty()),
        false => settings.require_second_factor,
    };
    let error = form.error("require_second_factor");
    let described = if error.is_some() { "require-hint require-error" } else { "require-hint" };
    let have = format!("{} of {} members have one today.", settings.with_second_factor, settings.members);
    view! {
        <div class="field">
            <label class="check">
                <input
                    type="checkbox"
                    name="require_second_factor"
                    value="on"
                    checked=checked
                    aria-describedby=described
                    aria-invalid=error.is_some().then_some("true")
                />
                " Require a second factor for everyone"
            </label>
            <span class="hint" id="require-hint">
                "Members without one are led to set it up before they can open this tenant again. API keys work on. "{have}
            </span>
            {error.map(|error| view! {
                <p class="error" id="require-error"><span>{error}" "<a href="/account#second-factor">"To your account"</a></span></p>
            })}
        </div>
    }
}
