//! `/admin/tenants/{slug}/settings`: the facts of a tenant as staff keep them, and `tenants/facts`. Of two who change one tenant the second sees
//! what the first has changed, and chooses.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::server_fn::codec::PostUrl;

use super::aliases::list;
use crate::domain::slug::Slug;
use crate::domain::staff::ManageTenants;
use crate::domain::staff_facts::{FactsForm, MAX_NOTES, Region};
use crate::store::tenant_facts::{FactSheet, Kept};
use crate::store::usage_report::Looked;
use crate::store::{Constraint, StoreError};
use crate::ui::field::{FormMessage, SelectField, TextArea, TextField};
use crate::ui::text::{Notice, inert};
use crate::web::UiError;
use crate::web::error::{Kind, answer};
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context, acting_admin, at_own_address, query};
use crate::web::tenant_tabs::TenantTabs;

/// Keeps every fact of the form. `version` is of those that it showed.
#[server(prefix = "/fn", endpoint = "tenants/facts", input = PostUrl)]
#[allow(clippy::too_many_arguments, reason = "the fields of one form")]
pub async fn keep_facts(
    slug: String,
    version: String,
    name: String,
    new_slug: String,
    billing_email: String,
    #[server(default)] region: String,
    #[server(default)] tags: String,
    #[server(default)] notes: String,
) -> Result<(), UiError> {
    let form = FactsForm { name, slug: new_slug, billing_email, region, tags, notes };
    answer(try_keep(&slug, &version, &form).await.map_err(|error| {
        error.with_typed(&[
            ("name", &form.name),
            ("new_slug", &form.slug),
            ("billing_email", &form.billing_email),
            ("region", &form.region),
            ("tags", &form.tags),
            ("notes", &form.notes),
        ])
    }))
}

async fn try_keep(slug: &str, version: &str, form: &FactsForm) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let slug: Slug = slug.parse().map_err(|_| UiError::not_found())?;
    let mut tx = Context::get().store.platform::<ManageTenants>(&admin).await?;
    let facts = form.parse().map_err(UiError::invalid)?;
    let version = version.parse().map_err(|_| UiError::new(Kind::Invalid, "The form was incomplete. Reload the page and try again."))?;
    let kept = tx.keep_facts(&slug, version, &facts).await.map_err(|error| match error {
        StoreError::Conflict(Constraint::TenantSlug) => UiError::field("new_slug", format!("“{}” is taken. Choose another.", facts.slug)),
        error => error.into(),
    })?;
    match kept {
        Kept::Saved(now) => {
            tx.commit().await?;
            leptos_axum::redirect(&format!("/admin/tenants/{now}/settings?done=kept"));
            Ok(())
        }
        Kept::Stale => Err(UiError::new(
            Kind::Conflict,
            "Somebody changed this tenant meanwhile. Below each field that differs stands what it is now; nothing of yours was kept yet.",
        )),
    }
}

pub fn tenant_settings_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let (form, done) = (Form::of::<KeepFacts>(), query("done").is_some_and(|done| done == "kept"));
        let (me, admin) = request::admin().await?;
        let slug: Slug = slug.parse().map_err(|_| PageError::NotFound)?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let tenant = read.look_at(&slug).await?;
        at_own_address(&slug, &tenant.slug)?;
        let sheet = read.fact_sheet(&tenant).await?;
        let title = format!("Settings of {}", tenant.name);
        let body = view! {
            <div class="head"><div class="grow">
                <h1><bdi>{title.clone()}</bdi></h1>
                <p>"Name, slug, region and billing address are known to the tenant. Tags and notes are not."</p>
            </div></div>
            <TenantTabs slug=tenant.slug.clone() status=tenant.status current="/settings" />
            {(done && !form.failed()).then(|| view! { <Notice kind="ok"><b>"Saved."</b></Notice> })}
            <div class="narrow stack">
                <FormMessage message=form.message() />
                {facts(&form, &tenant, &sheet)}
                {inert(list(&sheet.aliases, "Slugs that it had before lead its people to the new one. Nobody else gets them."))}
            </div>
        };
        Ok(console(&me, &title, "/admin/tenants", body.into_any()))
    })
}

/// What a field is now, where that is not what was typed into it.
fn now(form: &Form, field: &str, value: &str, shown: &str) -> Option<AnyView> {
    let typed = form.typed(field)?;
    let differs = typed.trim().replace("\r\n", "\n") != value;
    let shown = if shown.is_empty() { "nothing".to_owned() } else { format!("“{shown}”") };
    differs.then(|| view! { <p class="hint now">"Now it is "<b class="said"><bdi>{shown}</bdi></b>"."</p> }.into_any())
}

fn facts(form: &Form, tenant: &Looked, sheet: &FactSheet) -> impl IntoView + use<> {
    let facts = &sheet.facts;
    // What is wrong with a field says enough; what it is now is for who has to choose.
    let now = |field: &str, value: &str, shown: &str| if form.error(field).is_none() { now(form, field, value, shown) } else { None };
    let typed = |field: &str, value: &str| form.typed(field).or_else(|| Some(value.to_owned()));
    let regions = std::iter::once((String::new(), "Not noted".to_owned()))
        .chain(Region::ALL.into_iter().map(|region| (region.as_str().to_owned(), region.label().to_owned())))
        .collect();
    let (region, region_label) = facts.region.map_or(("", ""), |region| (region.as_str(), region.label()));
    let (tags, email) = (facts.tags.to_string(), facts.billing_email.as_str());
    view! {
        <form class="form card pad" method="post" action=KeepFacts::PATH>
            <input type="hidden" name="slug" value=tenant.slug.to_string() />
            <input type="hidden" name="version" value=sheet.version.to_string() />
            <TextField name="name" label="Name" value=typed("name", facts.name.as_str()) error=form.error("name") />
            {now("name", facts.name.as_str(), facts.name.as_str())}
            <TextField
                name="new_slug"
                label="Slug"
                hint="In addresses. The old one is kept for this tenant and leads to the new one."
                value=typed("new_slug", facts.slug.as_str())
                error=form.error("new_slug")
            />
            {now("new_slug", facts.slug.as_str(), facts.slug.as_str())}
            <TextField
                name="billing_email"
                label="Billing e-mail"
                kind="email"
                value=typed("billing_email", email)
                error=form.error("billing_email")
            />
            {now("billing_email", email, email)}
            <SelectField name="region" label="Region" options=regions value=typed("region", region) error=form.error("region") />
            {now("region", region, region_label)}
            <TextField
                name="tags"
                label="Tags"
                required=false
                hint="For staff: words with commas between them."
                value=typed("tags", &tags)
                error=form.error("tags")
            />
            {now("tags", &tags, &tags)}
            <TextArea
                name="notes"
                label="Staff notes"
                rows=6
                most=MAX_NOTES
                hint="For staff: the tenant never sees them, and no export holds them."
                value=typed("notes", facts.notes.as_str())
                error=form.error("notes")
            />
            {now("notes", facts.notes.as_str(), facts.notes.as_str())}
            <div class="actions"><button class="btn pri">"Save"</button></div>
        </form>
    }
}
