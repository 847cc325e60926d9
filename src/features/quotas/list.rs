//! `/admin/tenants/{slug}/quotas`: every meter of one tenant, what holds and why.

use leptos::prelude::*;

use super::words::{own, why};
use crate::domain::amount;
use crate::domain::meter::kind_text;
use crate::domain::slug::Slug;
use crate::domain::staff::ManageQuotas;
use crate::domain::{quantity, quota};
use crate::store::tenant_quotas::QuotaLine;
use crate::store::usage_report::Looked;
use crate::ui::meter::Spark;
use crate::web::frame::console;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context, at_own_address, may};
use crate::web::tenant_tabs::TenantTabs;

pub fn tenant_quotas_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let (me, admin) = request::admin().await?;
        let slug: Slug = slug.parse().map_err(|_| PageError::NotFound)?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let tenant = read.look_at(&slug).await?;
        at_own_address(&slug, &tenant.slug)?;
        let (plan, lines) = (read.get_plan_name(&tenant).await?, read.list_quota_lines(&tenant).await?);
        let title = format!("Quotas of {}", tenant.name);
        Ok(console(&me, &title, "/admin/tenants", body(&tenant, &plan, &lines, &title).into_any()))
    })
}

fn row(tenant: &Looked, line: &QuotaLine) -> impl IntoView + use<> {
    let href = format!("/admin/tenants/{}/quotas/{}", tenant.slug, line.meter);
    let percent = line.used.and_then(|used| quota::percent(used, line.quota));
    let own = line.overridden.as_ref().map(|standing| {
        let (quota, until) = own(line, standing);
        view! { {quota}" "<small>{until}</small> }
    });
    let grants = (line.granted > 0).then(|| format!("{} left", amount::plain(line.granted, line.unit)));
    view! {
        <tr role="row">
            <td role="cell" class="name"><a href=href><bdi>{line.label.clone()}</bdi></a>" "<small>{kind_text(line.kind, line.period.as_deref())}</small></td>
            <td role="cell" class="num" data-label="Plan">{amount::quota_text(line.plan, line.unit)}</td>
            <td role="cell" class="num under" data-label="Override">{own}</td>
            <td role="cell" class="num" data-label="Grants">{grants}</td>
            <td role="cell" class="num" data-label="Used">{line.used.map(|used| quantity::short(used, line.unit))}</td>
            <td role="cell" class="use">{percent.map(|percent| view! { <Spark percent=percent /> })}</td>
            <td role="cell" class="lead num under"><b>{amount::quota_text(line.quota, line.unit)}</b>" "<small>{why(line)}</small></td>
        </tr>
    }
}

fn body(tenant: &Looked, plan: &str, lines: &[QuotaLine], title: &str) -> impl IntoView + use<> {
    let rows = lines.iter().map(|line| row(tenant, line)).collect_view();
    let up = format!("/admin/tenants/{}", tenant.slug);
    view! {
        <div class="head">
            <div class="grow">
                <h1><bdi>{title.to_owned()}</bdi></h1>
                <p><a href=up.clone()><bdi>{tenant.name.clone()}</bdi></a>{format!(", plan {plan}.{}", if may::<ManageQuotas>() { " Choose a meter to set an override or to grant more." } else { "" })}</p>
            </div>
        </div>
        <TenantTabs slug=tenant.slug.clone() status=tenant.status current="/quotas" />
        <div class="card rows">
            <table role="table">
                <caption class="visually-hidden">"Quotas by meter: the plan's, what was set or granted, what is used, and what holds"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Meter"</th><th role="columnheader" scope="col" class="num">"Plan"</th>
                    <th role="columnheader" scope="col" class="num">"Override"</th><th role="columnheader" scope="col" class="num">"Grants"</th>
                    <th role="columnheader" scope="col" class="num">"Used"</th><th role="columnheader" scope="col">"Full"</th>
                    <th role="columnheader" scope="col" class="num">"Holds now"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
}
