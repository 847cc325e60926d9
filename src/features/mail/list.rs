//! `/admin/mail`: every mail, newest first. The whole view is in its address.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use super::class;
use crate::domain::job::MailState;
use crate::domain::mail::kind_label;
use crate::domain::queue_query::MailQuery;
use crate::domain::staff::ManageJobs;
use crate::store::mail::{MailPage, MailRow};
use crate::ui::pager::Pager;
use crate::ui::text::Ago;
use crate::ui::time::Minute;
use crate::web::frame::console;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, may, query};

pub fn mail_list_page() -> PageText {
    page(async {
        let (me, admin) = request::admin().await?;
        let asked = MailQuery::parse(query);
        let page = Context::get().store.platform_read(&admin).await?.list_mails(&asked).await?;
        Ok(console(&me, "Mail", "/admin/mail", body(&asked, &page).into_any()))
    })
}

fn body(asked: &MailQuery, page: &MailPage) -> impl IntoView + use<> {
    let how = match Context::get().site.sends_mail {
        true => {
            "Mail goes out through the configured server. What it refuses for good is a bounce; what it refuses for now is tried again."
        }
        false => "No mail server is configured: mails are kept here, with links that work. TENANTRY_SMTP_URL sends them.",
    };
    view! {
        <div class="head"><div class="grow"><h1>"Mail"</h1><p>{how}</p></div></div>
        {tabs(asked)}
        <div class="card rows">{table(asked, page)}</div>
    }
}

fn tabs(asked: &MailQuery) -> impl IntoView + use<> {
    let tabs = [None]
        .into_iter()
        .chain(MailState::ALL.map(Some))
        .map(|state| {
            let href = MailQuery { state, after: None }.href();
            let label = state.map_or("All", MailState::label);
            view! { <a href=href aria-current=(asked.state == state).then_some("page")>{label}</a> }
        })
        .collect_view();
    view! { <nav class="tabs" aria-label="By state">{tabs}</nav> }
}

/// When it was sent or refused; while it waits, when it is tried next.
fn time(row: &MailRow, now: DateTime<Utc>) -> AnyView {
    match row.next_try {
        Some(at) if at > now => view! { "next try "<Minute at=at /> }.into_any(),
        Some(_) => view! { "due now" }.into_any(),
        None => view! { <Ago at=row.settled_at.unwrap_or(row.posted_at) now=now /> }.into_any(),
    }
}

fn row(row: &MailRow, now: DateTime<Utc>) -> impl IntoView + use<> {
    let tenant = row.tenant.as_ref().map_or_else(|| "the platform".to_owned(), |(_, name)| name.clone());
    // A mail that was kept shows its link, which lets people in.
    let subject = match may::<ManageJobs>() {
        true => view! { <a href=format!("/admin/mail/{}", row.id)>{row.subject.clone()}</a> }.into_any(),
        false => view! { <b>{row.subject.clone()}</b> }.into_any(),
    };
    view! {
        <tr role="row">
            <td role="cell" class="name">{subject}" "<small>{row.recipient.clone()}</small></td>
            <td role="cell" class="lead"><span class=class(row.state)>{row.state.label()}</span></td>
            <td role="cell" data-label="Kind">{kind_label(&row.kind).to_owned()}</td>
            <td role="cell" data-label="Tenant"><bdi>{tenant}</bdi></td>
            <td role="cell" class="num" data-label="Attempts">{row.attempts}</td>
            <td role="cell" data-label="Time">{time(row, now)}</td>
            <td role="cell" class="long">{row.last_error.clone()}</td>
        </tr>
    }
}

fn table(asked: &MailQuery, page: &MailPage) -> AnyView {
    if page.rows.is_empty() {
        let (title, text) = match asked.state.is_some() || asked.after.is_some() {
            true => ("No such mail", "None is in this state."),
            false => ("No mail yet", "Invites, links and notices are listed here as soon as one is written."),
        };
        return view! { <div class="empty"><h2>{title}</h2><p>{text}</p><a class="btn" href="/admin/mail">"All mail"</a></div> }.into_any();
    }
    let rows = page.rows.iter().map(|mail| row(mail, page.now)).collect_view();
    let first = asked.after.is_some().then(|| MailQuery { after: None, ..*asked }.href());
    let next = page.next.map(|after| MailQuery { after: Some(after), ..*asked }.href());
    view! {
        <table role="table">
            <caption class="visually-hidden">"Mail, newest first"</caption>
            <thead role="rowgroup"><tr role="row">
                <th role="columnheader" scope="col">"Subject and recipient"</th><th role="columnheader" scope="col">"State"</th>
                <th role="columnheader" scope="col">"Kind"</th><th role="columnheader" scope="col">"Tenant"</th>
                <th role="columnheader" scope="col" class="num">"Attempts"</th><th role="columnheader" scope="col">"Time"</th>
                <th role="columnheader" scope="col">"Last error"</th>
            </tr></thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
        <Pager shown=page.rows.len() first=first next=next />
    }
    .into_any()
}
