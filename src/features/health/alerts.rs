//! The table of alerts, on the health page and on their own.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::{AcknowledgeAlert, AssignAlert};
use crate::store::alerts::{Alert, StaffName};
use crate::ui::text::Ago;

fn acknowledge(alert: &Alert) -> impl IntoView + use<> {
    let said = format!(": {}", alert.detail);
    view! {
        <form method="post" action=AcknowledgeAlert::PATH>
            <input type="hidden" name="alert" value=alert.id.to_string() />
            <button class="btn">"Acknowledge"<span class="visually-hidden">{said}</span></button>
        </form>
    }
}

fn assign(alert: &Alert, staff: &[StaffName]) -> impl IntoView + use<> {
    let chosen = alert.assigned.as_ref().map(|(id, _)| *id);
    let options = staff
        .iter()
        .map(|person| view! { <option value=person.id.to_string() selected=chosen == Some(person.id)>{person.name.clone()}</option> })
        .collect_view();
    let id = format!("to-{}", alert.id.simple());
    let said = format!(" {}", alert.detail);
    view! {
        <form class="assign" method="post" action=AssignAlert::PATH>
            <input type="hidden" name="alert" value=alert.id.to_string() />
            <label for=id.clone()>"Assign to"<span class="visually-hidden">{said.clone()}</span></label>
            <select id=id name="assigned_to"><option value="">"Nobody"</option>{options}</select>
            <button class="btn">"Assign"<span class="visually-hidden">{said}</span></button>
        </form>
    }
}

fn row(alert: &Alert, staff: &[StaffName], now: DateTime<Utc>) -> impl IntoView + use<> {
    let tenant = match &alert.tenant {
        Some((slug, name)) => view! { <a href=format!("/admin/tenants/{slug}")><bdi>{name.clone()}</bdi></a> }.into_any(),
        None => view! { <span class="muted">"the platform"</span> }.into_any(),
    };
    let (class, word) = match (alert.resolved_at, &alert.acknowledged) {
        (Some(_), _) => ("state ok", "Over"),
        (None, Some(_)) => ("state wait", "Acknowledged"),
        (None, None) => ("state near", "New"),
    };
    let seen = alert.acknowledged.as_ref().map(|(by, at)| view! { <small>{format!("seen by {by} ")}<Ago at=*at now=now /></small> });
    let over = alert.resolved_at.map(|at| view! { <small>"over "<Ago at=at now=now /></small> });
    let assigned = match alert.resolved_at {
        None => assign(alert, staff).into_any(),
        Some(_) => alert.assigned.as_ref().map(|(_, name)| view! { <bdi>{name.clone()}</bdi> }).into_any(),
    };
    let acknowledge = (alert.resolved_at.is_none() && alert.acknowledged.is_none()).then(|| acknowledge(alert));
    view! {
        <tr role="row">
            <td role="cell" class="name"><b>{alert.kind.label()}</b>" "<small><bdi>{alert.detail.clone()}</bdi></small></td>
            <td role="cell" class="lead"><span class=class>{word}</span></td>
            <td role="cell" data-label="Tenant">{tenant}</td>
            <td role="cell" class="under" data-label="Raised"><Ago at=alert.raised_at now=now />" "{seen}{over}</td>
            <td role="cell" data-label=alert.resolved_at.map(|_| "Assigned to")>{assigned}</td>
            <td role="cell" class="do">{acknowledge}</td>
        </tr>
    }
}

pub(super) fn table(alerts: &[Alert], staff: &[StaffName], now: DateTime<Utc>) -> impl IntoView + use<> {
    let rows = alerts.iter().map(|alert| row(alert, staff, now)).collect_view();
    view! {
        <table role="table">
            <caption class="visually-hidden">"Alerts, newest first"</caption>
            <thead role="rowgroup"><tr role="row">
                <th role="columnheader" scope="col">"Alert"</th><th role="columnheader" scope="col">"State"</th>
                <th role="columnheader" scope="col">"Tenant"</th><th role="columnheader" scope="col">"Raised"</th>
                <th role="columnheader" scope="col">"Assigned to"</th>
                <th role="columnheader" scope="col"><span class="visually-hidden">"Actions"</span></th>
            </tr></thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
}
