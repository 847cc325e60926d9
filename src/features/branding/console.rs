//! `/admin/tenants/{slug}/branding`: a tenant's branding for staff, to look at.

use leptos::prelude::*;

use super::versions::versions;
use crate::domain::branding::{Branding, ImageKind};
use crate::domain::mail::TemplateKind;
use crate::domain::slug::Slug;
use crate::store::branding::BrandingSheet;
use crate::ui::text::inert;
use crate::web::frame::console;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context, at_own_address};
use crate::web::tenant_tabs::TenantTabs;

pub fn tenant_branding_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let (me, admin) = request::admin().await?;
        let slug: Slug = slug.parse().map_err(|_| PageError::NotFound)?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let tenant = read.look_at(&slug).await?;
        at_own_address(&slug, &tenant.slug)?;
        let sheet = read.branding_of(&tenant).await?;
        let title = format!("Branding of {}", tenant.name);
        let differs = sheet.draft != sheet.published;
        let body = view! {
            <div class="head"><div class="grow">
                <h1><bdi>{title.clone()}</bdi></h1>
                <p><a href=format!("/admin/tenants/{slug}")><bdi>{tenant.name.clone()}</bdi></a>{in_short(&sheet)}</p>
            </div></div>
            <TenantTabs slug=tenant.slug.clone() status=tenant.status current="/branding" />
            <section class="card pad stack"><h2>"Published"</h2>{facts(&sheet.published, Some(slug.as_str()).filter(|_| sheet.allowed))}</section>
            {differs.then(|| view! { <section class="card pad stack"><h2>"Draft"</h2>{facts(&sheet.draft, None)}</section> })}
            {inert(versions(&sheet, None))}
        };
        Ok(console(&me, &title, "/admin/tenants", body.into_any()))
    })
}

fn in_short(sheet: &BrandingSheet) -> String {
    let what = match sheet.version {
        Some(version) => format!("version {version} is published"),
        None => "nothing is published".to_owned(),
    };
    let plan = if sheet.allowed { "" } else { "; its plan has no branding, so the platform's look is shown" };
    format!(": {what}{plan}")
}

/// Images can be seen where everybody can: at a tenant that shows them.
fn facts(branding: &Branding, slug: Option<&str>) -> impl IntoView + use<> {
    let look = &branding.look;
    let said = |value: &Option<String>| value.clone().unwrap_or_else(|| "The platform's".to_owned());
    let images = ImageKind::ALL
        .into_iter()
        .map(|kind| {
            let shown = match (look.image(kind), slug) {
                (Some(image), Some(slug)) => {
                    let ground = if kind == ImageKind::LogoDark { "kept-image dark" } else { "kept-image" };
                    view! { <span class=ground><img src=format!("/t/{slug}/branding/image/{image}/image.png") alt=kind.label() /></span> }
                        .into_any()
                }
                (Some(_), None) => view! { "Its own" }.into_any(),
                (None, _) => view! { "None" }.into_any(),
            };
            view! { <dt>{kind.label()}</dt><dd>{shown}</dd> }
        })
        .collect_view();
    let mails: Vec<&str> = TemplateKind::ALL
        .into_iter()
        .filter(|kind| *branding.mails.of(*kind) != crate::domain::mail::Template::default())
        .map(TemplateKind::label)
        .collect();
    let mails = if mails.is_empty() { "In the platform's words".to_owned() } else { format!("In its own words: {}", mails.join(", ")) };
    view! {
        <dl class="facts">
            <dt>"Display name"</dt><dd><bdi>{look.name.clone().unwrap_or_else(|| "The tenant's name".to_owned())}</bdi></dd>
            <dt>"Accent colour"</dt><dd>{said(&look.accent)}</dd>
            {images}
            <dt>"Sign-in text"</dt><dd class="said"><bdi>{look.sign_in_text.clone().unwrap_or_else(|| "None".to_owned())}</bdi></dd>
            <dt>"Mails"</dt><dd>{mails}</dd>
            <dt>"CSS"</dt><dd>{branding.css.clone().map_or_else(|| view! { "None" }.into_any(), |css| view! { <pre tabindex="0">{css}</pre> }.into_any())}</dd>
        </dl>
    }
}
