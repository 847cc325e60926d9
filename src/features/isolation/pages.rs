//! `/admin/isolation`: the latest result and all before it. `/admin/isolation/{check}`: one of them.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use uuid::Uuid;

use super::result::{asked_by, findings, finished, seconds, unfinished};
use super::server::CheckIsolation;
use crate::store::isolation::{Check, CheckPage, CheckState};
use crate::ui::field::FormMessage;
use crate::ui::pager::Pager;
use crate::ui::reload::Reload;
use crate::ui::text::Notice;
use crate::ui::time::Minute;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page;
use crate::web::page::{Islands, PageError, PageText};
use crate::web::request::{self, Context, query};

pub fn isolation_page() -> PageText {
    page(async {
        let form = Form::of::<CheckIsolation>();
        let (me, admin) = request::admin().await?;
        let after: Option<Uuid> = query("after").and_then(|id| id.parse().ok());
        let mut read = Context::get().store.platform_read(&admin).await?;
        let page = read.list_isolation_checks(after).await?;
        let latest = read.find_latest_isolation_check().await?;
        Ok(console(&me, "Isolation", "/admin/isolation", body(&form, after, &page, latest.as_ref()).into_any()))
    })
}

pub fn isolation_check_page() -> PageText {
    let id = request::param("check");
    page(async move {
        let (me, admin) = request::admin().await?;
        let id: Uuid = id.parse().map_err(|_| PageError::NotFound)?;
        let check = Context::get().store.platform_read(&admin).await?.get_isolation_check(id).await?;
        let result = check.report().map(|report| finished(&check, report));
        let body = view! {
            <div class="head">
                <div class="grow">
                    <h1>"Check of isolation"</h1>
                    <p><a href="/admin/isolation">"Isolation"</a>": asked for "<Minute at=check.asked_at />{format!(" by {}", asked_by(&check))}</p>
                </div>
            </div>
            {unfinished(&check)}
            {result}
        };
        Ok(console(&me, "Check of isolation", "/admin/isolation", body.into_any()))
    })
}

fn body(form: &Form, after: Option<Uuid>, page: &CheckPage, latest: Option<&Check>) -> impl IntoView + use<> {
    let asked = query("done").as_deref() == Some("asked");
    // The newest first: what is waited for stands at the top of the first page.
    let newest = page.rows.first().filter(|_| after.is_none());
    let running = newest.filter(|check| matches!(check.state, CheckState::Waiting { .. }));
    let notice = (asked && running.is_none() && !form.failed()).then(|| view! { <Notice kind="ok">"The check is done."</Notice> });
    let result = match (latest, running) {
        (Some(check), _) => check.report().map(|report| finished(check, report).into_any()),
        (None, Some(_)) => None,
        (None, None) => Some(
            view! {
                <div class="card empty">
                    <h2>"Not checked yet"</h2>
                    <p>"The first check of a day is made by itself within minutes of the server's start. “Check now” does not wait for it."</p>
                </div>
            }
            .into_any(),
        ),
    };
    view! {
        <div class="head">
            <div class="grow">
                <h1>"Isolation"</h1>
                <p>"Whether this installation keeps tenants apart: what "<code>"tenantry doctor"</code>" finds in the live database, once a day and whenever you ask. Nothing is changed by it."</p>
            </div>
            <form method="post" action=CheckIsolation::PATH><button class="btn pri">"Check now"</button></form>
        </div>
        {notice}
        <FormMessage message=form.message() />
        {newest.map(unfinished)}
        {result}
        {history(after, page)}
        {running.is_some().then(|| view! { <Reload seconds=2 /><Islands /> })}
    }
}

fn row(check: &Check) -> impl IntoView + use<> {
    let (class, word) = match &check.state {
        CheckState::Finished(report) if report.is_healthy() => ("state ok", "Passed".to_owned()),
        CheckState::Finished(report) => ("state over", findings(report.findings())),
        CheckState::Waiting { .. } => ("state busy", "Running".to_owned()),
        CheckState::GaveUp(_) => ("state over", "Not finished".to_owned()),
    };
    let (version, took) = check.report().map_or_else(Default::default, |report| (report.version.clone(), seconds(report.duration_ms)));
    view! {
        <tr role="row">
            <td role="cell" class="name"><a href=format!("/admin/isolation/{}", check.id.simple())><Minute at=check.asked_at /></a></td>
            <td role="cell" class="lead"><span class=class>{word}</span></td>
            <td role="cell" data-label="By"><bdi>{asked_by(check)}</bdi></td>
            <td role="cell" data-label="Version">{version}</td>
            <td role="cell" class="num" data-label="Took">{took}</td>
        </tr>
    }
}

fn history(after: Option<Uuid>, page: &CheckPage) -> Option<AnyView> {
    if page.rows.is_empty() && after.is_none() {
        return None;
    }
    let rows = page.rows.iter().map(row).collect_view();
    let first = after.map(|_| "/admin/isolation".to_owned());
    let next = page.next.map(|after| format!("/admin/isolation?after={}", after.simple()));
    Some(
        view! {
            <section class="card rows">
                <div class="card-head"><h2>"All checks"</h2></div>
                <table role="table">
                    <caption class="visually-hidden">"Checks of isolation, newest first"</caption>
                    <thead role="rowgroup"><tr role="row">
                        <th role="columnheader" scope="col">"Asked for"</th><th role="columnheader" scope="col">"Result"</th>
                        <th role="columnheader" scope="col">"By"</th><th role="columnheader" scope="col">"Version"</th>
                        <th role="columnheader" scope="col" class="num">"Took"</th>
                    </tr></thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
                <Pager shown=page.rows.len() first=first next=next />
            </section>
        }
        .into_any(),
    )
}
