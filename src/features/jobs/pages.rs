//! `/admin/jobs`: the queue, newest first. The whole view is in its address.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::{CancelJob, RetryJob};
use crate::domain::job::{JobKind, JobState, kind_label};
use crate::domain::queue_query::JobQuery;
use crate::domain::staff::ManageJobs;
use crate::store::job_list::{JobPage, JobRow};
use crate::ui::dialog::ConfirmDialog;
use crate::ui::field::FormMessage;
use crate::ui::pager::Pager;
use crate::ui::text::{Ago, Notice};
use crate::ui::time::Minute;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::Islands;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, may, query};

pub fn jobs_page() -> PageText {
    page(async {
        let (retry, cancel) = (Form::of::<RetryJob>(), Form::of::<CancelJob>());
        let (me, admin) = request::admin().await?;
        let asked = JobQuery::parse(query);
        let page = Context::get().store.platform_read(&admin).await?.list_jobs(&asked).await?;
        let message = retry.message().or_else(|| cancel.message());
        Ok(console(&me, "Jobs", "/admin/jobs", body(&asked, &page, message).into_any()))
    })
}

fn body(asked: &JobQuery, page: &JobPage, message: Option<String>) -> impl IntoView + use<> {
    let done = query("done").filter(|_| message.is_none());
    let notice = match done.as_deref() {
        Some("retried") => Some("It is due now, and begun within seconds."),
        Some("cancelled") => Some("Cancelled. It will not be done, unless you try it again."),
        _ => None,
    };
    let asks = page.rows.iter().any(|row| row.state.can_cancel());
    view! {
        <div class="head">
            <div class="grow">
                <h1>"Jobs"</h1>
                <p>"What is done without a request: mail, trials that end. Those that ended are kept for 30 days."</p>
            </div>
        </div>
        {notice.map(|text| view! { <Notice kind="ok">{text}</Notice> })}
        <FormMessage message=message />
        {filter(asked)}
        {tabs(asked)}
        <div class="card rows">{table(asked, page)}</div>
        {asks.then(|| view! { <Islands /> })}
    }
}

fn filter(asked: &JobQuery) -> impl IntoView + use<> {
    let state = asked.state.map(|state| view! { <input type="hidden" name="state" value=state.as_str() /> });
    let options = JobKind::ALL
        .map(|kind| view! { <option value=kind.as_str() selected=asked.kind == Some(kind)>{kind.label()}</option> })
        .collect_view();
    view! {
        <form class="search" action="/admin/jobs">
            {state}
            <div class="field">
                <label for="kind">"Kind"</label>
                <select id="kind" name="kind"><option value="">"Any kind"</option>{options}</select>
            </div>
            <button class="btn">"Show"</button>
        </form>
    }
}

fn tabs(asked: &JobQuery) -> impl IntoView + use<> {
    let tabs = [None]
        .into_iter()
        .chain(JobState::ALL.map(Some))
        .map(|state| {
            let href = JobQuery { state, after: None, ..*asked }.href();
            let label = state.map_or("All", JobState::label);
            view! { <a href=href aria-current=(asked.state == state).then_some("page")>{label}</a> }
        })
        .collect_view();
    view! { <nav class="tabs" aria-label="By state">{tabs}</nav> }
}

fn class(state: JobState) -> &'static str {
    match state {
        JobState::Queued => "state wait",
        JobState::Running => "state busy",
        JobState::Done => "state ok",
        JobState::Failed => "state over",
        JobState::Cancelled => "state idle",
    }
}

/// What its time says: when it is due, until when somebody holds it, when it ended.
fn time(row: &JobRow, now: DateTime<Utc>) -> AnyView {
    match (row.state, row.ended_at) {
        (JobState::Queued, _) if row.run_at <= now => view! { "due now" }.into_any(),
        (JobState::Queued, _) => view! { "due "<Minute at=row.run_at /> }.into_any(),
        (JobState::Running, _) => view! { "held until "<Minute at=row.run_at /> }.into_any(),
        (JobState::Done | JobState::Failed | JobState::Cancelled, Some(at)) => view! { <Ago at=at now=now /> }.into_any(),
        (JobState::Done | JobState::Failed | JobState::Cancelled, None) => ().into_any(),
    }
}

fn retry(row: &JobRow) -> impl IntoView + use<> {
    let label = if row.state == JobState::Queued { "Do it now" } else { "Try again" };
    view! {
        <form method="post" action=RetryJob::PATH>
            <input type="hidden" name="job" value=row.id.to_string() />
            <button class="btn">{label}<span class="visually-hidden">{format!(": {}", kind_label(&row.kind))}</span></button>
        </form>
    }
}

fn cancel(row: &JobRow, here: &str) -> impl IntoView + use<> {
    let id = row.id.to_string();
    let separator = if here.contains('?') { '&' } else { '?' };
    let fields = view! {
        <p>{format!("“{}” will not be done. You can try it again later from this list.", kind_label(&row.kind))}</p>
        <input type="hidden" name="job" value=id.clone() />
    };
    view! {
        <ConfirmDialog
            id=format!("cancel-{id}")
            label="Cancel".to_owned()
            title="Cancel this job?".to_owned()
            href=format!("{here}{separator}cancel={id}#cancel-{id}")
            cancel_href=here.to_owned()
            action=CancelJob::PATH.to_owned()
            confirm="Cancel the job".to_owned()
            danger=true
            open=query("cancel").as_deref() == Some(id.as_str())
        >
            {fields}
        </ConfirmDialog>
    }
}

fn row(row: &JobRow, here: &str, now: DateTime<Utc>) -> impl IntoView + use<> {
    let tenant = match &row.tenant {
        Some((slug, name)) => view! { <a href=format!("/admin/tenants/{slug}")><bdi>{name.clone()}</bdi></a> }.into_any(),
        None => view! { <span class="muted">"the platform"</span> }.into_any(),
    };
    let queued = view! { <small>"queued "<Ago at=row.queued_at now=now /></small> };
    let actions = (row.state.can_retry() && may::<ManageJobs>()).then(|| {
        view! { <div class="actions">{retry(row)}{row.state.can_cancel().then(|| cancel(row, here))}</div> }
    });
    view! {
        <tr role="row">
            <td role="cell" class="name"><b>{kind_label(&row.kind).to_owned()}</b>" "{queued}</td>
            <td role="cell" class="lead"><span class=class(row.state)>{row.state.label()}</span></td>
            <td role="cell" data-label="Tenant">{tenant}</td>
            <td role="cell" class="num" data-label="Attempts">{row.attempts}</td>
            <td role="cell" data-label="Time">{time(row, now)}</td>
            <td role="cell" class="long">{row.last_error.clone()}</td>
            <td role="cell" class="do">{actions}</td>
        </tr>
    }
}

fn table(asked: &JobQuery, page: &JobPage) -> AnyView {
    if page.rows.is_empty() {
        let (title, text) = match asked.is_filtered() || asked.after.is_some() {
            true => ("No such jobs", "None is in this state, of this kind."),
            false => ("No jobs yet", "What has to be done later is listed here as soon as something is queued."),
        };
        return view! {
            <div class="empty"><h2>{title}</h2><p>{text}</p><a class="btn" href="/admin/jobs">"All jobs"</a></div>
        }
        .into_any();
    }
    let here = asked.href();
    let rows = page.rows.iter().map(|job| row(job, &here, page.now)).collect_view();
    let first = asked.after.is_some().then(|| JobQuery { after: None, ..*asked }.href());
    let next = page.next.map(|after| JobQuery { after: Some(after), ..*asked }.href());
    view! {
        <table role="table">
            <caption class="visually-hidden">"Jobs, newest first"</caption>
            <thead role="rowgroup"><tr role="row">
                <th role="columnheader" scope="col">"Job"</th><th role="columnheader" scope="col">"State"</th>
                <th role="columnheader" scope="col">"Tenant"</th><th role="columnheader" scope="col" class="num">"Attempts"</th>
                <th role="columnheader" scope="col">"Time"</th><th role="columnheader" scope="col">"Last error"</th>
                <th role="columnheader" scope="col"><span class="visually-hidden">"Actions"</span></th>
            </tr></thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
        <Pager shown=page.rows.len() first=first next=next />
    }
    .into_any()
}
