//! `/admin/plans`: what the plans grant, side by side.

use leptos::prelude::*;

use crate::domain::amount;
use crate::domain::entitlement::Rule;
use crate::domain::meter::kind_text;
use crate::domain::quantity;
use crate::store::entitlements::PlanSheet;
use crate::store::meters::Meter;
use crate::ui::text::Notice;
use crate::web::frame::console;
use crate::web::page;
use crate::web::request::{self, Context, query};

#[component]
pub fn PlansPage() -> impl IntoView {
    page(async {
        let (me, admin) = request::admin().await?;
        let changed = query("done").is_some_and(|done| done == "changed");
        let mut read = Context::get().store.platform_read(&admin).await?;
        let (plans, meters) = (read.list_plan_sheets().await?, read.list_meters().await?);
        Ok(console(&me, "Plans", "/admin/plans", body(&plans, &meters, changed).into_any()))
    })
}

fn cell(plan: &PlanSheet, meter: &Meter) -> AnyView {
    // A meter that was added between two reads has no row yet: nothing is granted of it, so it is unlimited.
    let granted = plan.entitlements.iter().find(|(key, _)| *key == meter.key).map(|(_, granted)| granted);
    let quota = amount::quota_text(granted.and_then(|granted| granted.quota), meter.unit);
    // What most do is said once, above; what differs stands out.
    let beyond = granted.filter(|granted| granted.rule != Rule::Block).and_then(|granted| granted.beyond(meter.unit));
    view! {
        <td role="cell" class="num grant under" data-label=plan.name.clone()>
            <a href=format!("/admin/plans/{}/{}", plan.key, meter.key)>
                <span class="visually-hidden">{format!("{} in {}: ", meter.label, plan.name)}</span>{quota}
            </a>
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

fn body(plans: &[PlanSheet], meters: &[Meter], changed: bool) -> impl IntoView + use<> {
    let cards = plans
        .iter()
        .map(|plan| {
            let who = format!("a month, version {}, {}", plan.version, quantity::plural(plan.tenants, "tenant", "tenants"));
            view! { <div class="card stat"><small>{plan.name.clone()}</small><b>{plan.price.short()}</b><em>{who}</em></div> }
        })
        .collect_view();
    view! {
        <div class="head"><div class="grow"><h1>"Plans"</h1><p>"What each plan grants. At 100 % more is refused, unless the figure says otherwise. Choose a figure to change it."</p></div></div>
        {changed.then(|| view! { <Notice kind="ok"><b>"Changed."</b>" It holds from now on, for every tenant with this plan."</Notice> })}
        <div class="grid">{cards}</div>
        <section class="card rows">
            <div class="card-head"><h2>"Quotas"</h2><a href="/admin/meters">"Meters"</a></div>
            {table(plans, meters)}
        </section>
    }
}
