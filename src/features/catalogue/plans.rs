//! `/admin/plans`: what the plans grant, side by side.

use leptos::prelude::*;

use super::plan::standing;
use crate::domain::amount;
use crate::domain::entitlement::Rule;
use crate::domain::meter::kind_text;
use crate::domain::quantity;
use crate::domain::staff::ManageCatalogue;
use crate::store::entitlements::PlanSheet;
use crate::store::meters::Meter;
use crate::store::plan_versions::PlanRecord;
use crate::ui::text::Notice;
use crate::web::frame::console;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, may, query};

pub fn plans_page() -> PageText {
    page(async {
        let (me, admin) = request::admin().await?;
        let discarded = query("done").is_some_and(|done| done == "discarded");
        let mut read = Context::get().store.platform_read(&admin).await?;
        let (plans, meters, records) = (read.list_plan_sheets().await?, read.list_meters().await?, read.list_plan_records().await?);
        Ok(console(&me, "Plans", "/admin/plans", body(&plans, &meters, &records, discarded).into_any()))
    })
}

fn cell(plan: &PlanSheet, meter: &Meter) -> AnyView {
    // A meter that was added between two reads has no row yet: nothing is granted of it, so it is unlimited.
    let granted = plan.entitlements.iter().find(|(key, _)| *key == meter.key).map(|(_, granted)| granted);
    let quota = amount::quota_text(granted.and_then(|granted| granted.quota), meter.unit);
    // What most do is said once, above; what differs stands out.
    let beyond = granted.filter(|granted| granted.rule != Rule::Block).and_then(|granted| granted.beyond(meter.unit));
    let figure = match may::<ManageCatalogue>() {
        true => view! {
            <a href=format!("/admin/plans/{}/draft/{}", plan.key, meter.key)>
                <span class="visually-hidden">{format!("{} in {}: ", meter.label, plan.name)}</span>{quota}
            </a>
        }
        .into_any(),
        false => quota.into_any(),
    };
    view! {
        <td role="cell" class="num grant under" data-label=plan.name.clone()>
            {figure}
            {beyond.map(|beyond| view! { " "<small>{beyond}</small> })}
        </td>
    }
    .into_any()
}

fn table(plans: &[PlanSheet], meters: &[Meter]) -> impl IntoView + use<> {
    let heads = plans.iter().map(|plan| view! { <th role="columnheader" scope="col" class="num">{plan.name.clone()}</th> }).collect_view();
    let rows = meters
        .iter()
        .map(|meter| {
            let cells = plans.iter().map(|plan| cell(plan, meter)).collect_view();
            view! {
                <tr role="row">
                    <td role="cell" class="name"><b><bdi>{meter.label.clone()}</bdi></b>" "<small>{kind_text(meter.kind, meter.period.as_deref())}</small></td>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    view! {
        <table role="table">
            <caption class="visually-hidden">"What each plan grants of each meter, and what happens at 100 %"</caption>
            <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">"Meter"</th>{heads}</tr></thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
}

/// Every plan as a line: versions that tenants still have, a draft that waits, plans that are not sold.
fn line(plan: &PlanRecord) -> impl IntoView + use<> {
    let (class, state) = standing(plan);
    let older: i64 = plan.versions.iter().skip(1).map(|version| version.tenants).sum();
    let versions = match plan.newest() {
        None => "none yet".to_owned(),
        Some(newest) if older == 0 => format!("version {}", newest.number),
        Some(newest) => format!("version {}, {} on older ones", newest.number, quantity::plural(older, "tenant", "tenants")),
    };
    let draft = plan.draft.as_ref().map(|draft| {
        view! { <a href=format!("/admin/plans/{}/draft", plan.key)>{format!("draft of version {}", draft.number)}</a> }
    });
    view! {
        <tr role="row">
            <td role="cell" class="name"><a href=format!("/admin/plans/{}", plan.key)><bdi>{plan.name.clone()}</bdi></a>" "<span>{plan.key.clone()}</span></td>
            <td role="cell" class="lead"><span class=format!("state {class}")>{state}</span></td>
            <td role="cell" class="num" data-label="Tenants">{quantity::count(plan.tenants())}</td>
            <td role="cell" data-label="Versions">{versions}</td>
            <td role="cell" data-label="Draft">{draft}</td>
        </tr>
    }
}

fn catalogue(records: &[PlanRecord]) -> impl IntoView + use<> {
    let rows = records.iter().map(line).collect_view();
    view! {
        <section class="card rows">
            <div class="card-head"><h2>"All plans"</h2></div>
            <table role="table">
                <caption class="visually-hidden">"All plans, those too that are not sold"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Plan"</th><th role="columnheader" scope="col">"State"</th>
                    <th role="columnheader" scope="col" class="num">"Tenants"</th><th role="columnheader" scope="col">"Versions"</th>
                    <th role="columnheader" scope="col">"Draft"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </section>
    }
}

fn body(plans: &[PlanSheet], meters: &[Meter], records: &[PlanRecord], discarded: bool) -> impl IntoView + use<> {
    let cards = plans
        .iter()
        .map(|plan| {
            let who = format!("a month, version {}, {}", plan.version, quantity::plural(plan.tenants, "tenant", "tenants"));
            view! {
                <a class="card stat" href=format!("/admin/plans/{}", plan.key)>
                    <small>{plan.name.clone()}</small><b>{plan.price.short()}</b><em>{who}</em>
                </a>
            }
        })
        .collect_view();
    view! {
        <div class="head">
            <div class="grow"><h1>"Plans"</h1><p>"What is sold. A tenant keeps the version that it bought: changes go to a draft."</p></div>
            {may::<ManageCatalogue>().then(|| view! { <a class="btn pri" href="/admin/plans/new">"New plan"</a> })}
        </div>
        {discarded.then(|| view! { <Notice kind="ok"><b>"The draft is discarded, and the plan with it."</b></Notice> })}
        <div class="grid">{cards}</div>
        {catalogue(records)}
        <section class="card rows">
            <div class="card-head"><h2>"Quotas of what is sold"</h2><a href="/admin/meters">"Meters"</a></div>
            <p class="pad muted">"At 100 % more is refused, unless the figure says otherwise. Choose a figure to change it in the plan’s draft."</p>
            {table(plans, meters)}
        </section>
    }
}
