//! `/admin/tenants/{slug}/audit`: a tenant's audit log for staff, deleted tenants' too, with its chain verified.

use leptos::prelude::*;
use maud::{Markup, html};

use super::pages::{events_table, narrowed};
use crate::domain::activity::Action;
use crate::domain::audit_filter::AuditFilter;
use crate::domain::chain::{Break, Head};
use crate::domain::quantity;
use crate::domain::slug::Slug;
use crate::ui::audit::{filter_form, verified};
use crate::ui::text::{inert, notice};
use crate::ui::time::zone;
use crate::web::frame::console;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context, at_own_address, query};
use crate::web::tenant_tabs::TenantTabs;

/// A chain of no more events is verified with every look at it; a longer one when it is asked for.
const AT_SIGHT: i64 = 2_000;

pub fn tenant_audit_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let (filter, errors) = AuditFilter::parse(query);
        let asked = query("verify").is_some();
        let (me, admin) = request::admin().await?;
        let slug: Slug = slug.parse().map_err(|_| PageError::NotFound)?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let tenant = read.look_back_at(&slug).await?;
        at_own_address(&slug, &tenant.slug)?;
        let events = read.list_tenant_audit(&tenant, &filter, zone()).await?;
        let head = read.tenant_audit_head(&tenant).await?;
        let outcome = match asked || head.seq <= AT_SIGHT {
            true => Some(read.verify_tenant_chain(&tenant, &head).await?),
            false => None,
        };
        let here = format!("/admin/tenants/{}/audit", tenant.slug);
        let title = format!("Audit log of {}", tenant.name);
        let lines = format!("{here}.jsonl");
        let table = format!("{here}.csv{}", AuditFilter { before: None, ..filter.clone() }.query());
        let body = view! {
            <div class="head">
                <div class="grow">
                    <h1><bdi>{title.clone()}</bdi></h1>
                    <p>"What its people, keys and staff changed. Its owners and admins read the same."</p>
                </div>
                <a class="btn" href=table download>"Download CSV"</a>
                <a class="btn" href=lines download>"Download JSON Lines"</a>
            </div>
            <TenantTabs slug=tenant.slug.clone() status=tenant.status current="/audit" />
            {inert(chain(outcome, &head, &here))}
            {inert(filter_form(&narrowed(&filter, errors), Action::ALL.map(|action| action.as_str().to_owned()).to_vec(), &here, None))}
            {inert(events_table(&events, &filter, &here))}
        };
        Ok(console(&me, &title, "/admin/tenants", body.into_any()))
    })
}

/// Whether the log is whole.
fn chain(outcome: Option<Option<Break>>, head: &Head, here: &str) -> Markup {
    let n = quantity::plural(head.seq, "event", "events");
    match outcome {
        None => notice(
            "info",
            html! {
                "The chain of " (n) " is not verified yet: it takes some seconds. " a href={ (here) "?verify=now" } { "Verify it now" }
            },
        ),
        Some(None) if head.seq == 0 => notice("info", html! { "There is nothing to verify yet." }),
        Some(None) => verified("This log", &Ok(head.seq)),
        Some(Some(found)) => verified("This log", &Err(found.to_string())),
    }
}
