//! `/admin/tenants/{slug}/quotas/{meter}`: one meter of one tenant; an override in the plan's place, grants on top.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use super::facts::facts;
use super::grants::grants_card;
use super::own::override_card;
use super::server::{AddGrant, EndGrant, GiveBack, SetOverride};
use crate::domain::amount;
use crate::domain::meter::kind_text;
use crate::domain::slug::Slug;
use crate::domain::staff::ManageQuotas;
use crate::store::grants::Grant;
use crate::store::tenant_quotas::QuotaLine;
use crate::store::usage_report::Looked;
use crate::ui::text::Notice;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{Islands, PageError, PageText, page};
use crate::web::request::{self, Context, at_own_address, may, query};
use crate::web::tenant_tabs::TenantTabs;

/// All that the page shows.
pub(super) struct Sheet {
    pub(super) tenant: Looked,
    pub(super) plan: String,
    pub(super) line: QuotaLine,
    pub(super) grants: Vec<Grant>,
    pub(super) now: DateTime<Utc>,
    pub(super) set: Form,
    pub(super) give_back: Form,
    pub(super) grant: Form,
    pub(super) end: Form,
    /// What the address asks for: a dialog.
    pub(super) ask: String,
    pub(super) done: String,
}

impl Sheet {
    /// The page's own path.
    pub(super) fn here(&self) -> String {
        format!("/admin/tenants/{}/quotas/{}", self.tenant.slug, self.line.meter)
    }

    /// An amount in the meter's unit.
    pub(super) fn text(&self, n: i64) -> String {
        amount::plain(n, self.line.unit)
    }
}

pub fn tenant_quota_page() -> PageText {
    let (slug, meter) = (request::param("slug"), request::param("meter"));
    page(async move {
        let (set, give_back) = (Form::of::<SetOverride>(), Form::of::<GiveBack>());
        let (grant, end) = (Form::of::<AddGrant>(), Form::of::<EndGrant>());
        let (ask, done) = (query("ask").unwrap_or_default(), query("done").unwrap_or_default());
        let (me, admin) = request::admin().await?;
        let slug: Slug = slug.parse().map_err(|_| PageError::NotFound)?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let tenant = read.look_at(&slug).await?;
        at_own_address(&slug, &tenant.slug)?;
        let line = read.get_quota_line(&tenant, &meter).await?;
        let (plan, mut grants, now) = (read.get_plan_name(&tenant).await?, read.list_grants(&tenant).await?, tenant.now);
        grants.retain(|grant| grant.meter == line.meter);
        let sheet = Sheet { tenant, plan, line, grants, now, set, give_back, grant, end, ask, done };
        let title = format!("{} of {}", sheet.line.label, sheet.tenant.name);
        Ok(console(&me, &title, "/admin/tenants", body(&sheet, &title).into_any()))
    })
}

fn done(sheet: &Sheet) -> Option<AnyView> {
    if [&sheet.set, &sheet.give_back, &sheet.grant, &sheet.end].into_iter().any(Form::failed) {
        return None;
    }
    let text = match sheet.done.as_str() {
        "set" if sheet.line.overridden.is_some() => "The override holds from now on.",
        "plan" if sheet.line.overridden.is_none() => "The override is removed: the plan's quota holds again.",
        "granted" => "The grant is added.",
        "ended" => "The grant has ended.",
        _ => return None,
    };
    Some(view! { <Notice kind="ok"><b>{text}</b></Notice> }.into_any())
}

fn body(sheet: &Sheet, title: &str) -> impl IntoView + use<> {
    let quotas = format!("/admin/tenants/{}/quotas", sheet.tenant.slug);
    let facts_of = kind_text(sheet.line.kind, sheet.line.period.as_deref());
    let dialogs = sheet.line.overridden.is_some() || !sheet.grants.is_empty();
    view! {
        <div class="head">
            <div class="grow">
                <h1><bdi>{title.to_owned()}</bdi></h1>
                <p><a href=quotas>"Quotas of "<bdi>{sheet.tenant.name.clone()}</bdi></a>{format!(", {facts_of}")}</p>
            </div>
        </div>
        <TenantTabs slug=sheet.tenant.slug.clone() status=sheet.tenant.status current="/quotas" />
        {done(sheet)}
        {facts(sheet)}
        <div class="pair">{may::<ManageQuotas>().then(|| override_card(sheet))}{grants_card(sheet)}</div>
        {dialogs.then(|| view! { <Islands /> })}
    }
}
