//! `/t/{slug}/audit`: the filter, the events of one page, and the way to the older ones.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::change::{Change, changes};
use crate::domain::FieldError;
use crate::domain::activity::{Action, Activity};
use crate::domain::audit_filter::AuditFilter;
use crate::domain::capability::ReadAudit;
use crate::store::audit_log::{AuditPage as Events, AuditRow};
use crate::ui::field::{SelectField, TextField};
use crate::ui::time::{Minute, zone};
use crate::web::frame::PortalFrame;
use crate::web::page;
use crate::web::request::{self, Context, query};

#[component]
pub fn AuditPage() -> impl IntoView {
    let slug = use_params_map().with_untracked(|params| params.get("slug")).unwrap_or_default();
    page(async move {
        let (filter, errors) = AuditFilter::parse(query);
        let (me, member) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<ReadAudit>(&member).await?;
        let events = tx.list_audit(&filter, zone()).await?;
        let head = tx.audit_head().await?;
        let frame = PortalFrame::new(&me, &tx);
        tx.commit().await?;
        let here = format!("{}/audit", frame.base());
        let file = format!("{}/audit.jsonl", frame.base());
        let body = view! {
            <div class="head">
                <div class="grow">
                    <h1>"Audit log"</h1>
                    <p>"Everything that people, keys and the platform changed here. Nothing in it can be changed or removed unseen."</p>
                </div>
                <a class="btn" href=file download>"Download all"</a>
            </div>
            {filter_form(&filter, &errors, &here)}
            {table(&events, &filter, &here)}
            {verifying(head.seq, &head.hash)}
        };
        Ok(frame.view("Audit log", "/audit", body.into_any()))
    })
}

fn error(errors: &[FieldError], field: &str) -> Option<String> {
    errors.iter().find(|error| error.field == field).map(|error| error.message.clone())
}

fn filter_form(filter: &AuditFilter, errors: &[FieldError], here: &str) -> impl IntoView + use<> {
    let actions = std::iter::once((String::new(), "All actions".to_owned()))
        .chain(Action::ALL.into_iter().map(|action| (action.as_str().to_owned(), action.as_str().to_owned())))
        .collect();
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string());
    view! {
        <form class="search" method="get" action=here.to_owned() role="search">
            <TextField name="actor" label="Actor" required=false value=Some(filter.actor.clone()) error=error(errors, "actor") />
            <SelectField name="action" label="Action" options=actions value=filter.action.map(|a| a.as_str().to_owned()) error=error(errors, "action") />
            <TextField name="target" label="Target" required=false value=Some(filter.target.clone()) error=error(errors, "target") />
            <TextField name="from" label="From" kind="date" required=false value=day(filter.from) error=error(errors, "from") />
            <TextField name="to" label="To" kind="date" required=false value=day(filter.to) error=error(errors, "to") />
            <button class="btn">"Show"</button>
            {filter.is_narrow().then(|| view! { <a class="btn" href=here.to_owned()>"Show all"</a> })}
        </form>
    }
}

fn table(events: &Events, filter: &AuditFilter, here: &str) -> AnyView {
    if events.rows.is_empty() {
        let text = match filter.is_narrow() {
            true => "No event is like this. Show all, or look for less.",
            false => "There is nothing older than this.",
        };
        return view! { <div class="card empty"><h2>"Nothing here"</h2><p>{text}</p></div> }.into_any();
    }
    let rows = events.rows.iter().map(row).collect_view();
    let oldest = events.rows.last().map(|row| row.seq).filter(|_| events.more);
    let older = oldest.map(|seq| format!("{here}{}", AuditFilter { before: Some(seq), ..filter.clone() }.query()));
    let newest = filter.before.map(|_| format!("{here}{}", AuditFilter { before: None, ..filter.clone() }.query()));
    let paged = older.is_some() || newest.is_some();
    view! {
        <div class="card rows">
            <table role="table" class="log">
                <caption class="visually-hidden">"Events, newest first"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Event"</th><th role="columnheader" scope="col">"When"</th>
                    <th role="columnheader" scope="col">"Before"</th><th role="columnheader" scope="col">"After"</th>
                    <th role="columnheader" scope="col">"From"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
            {paged.then(|| view! {
                <div class="foot">
                    <nav class="pager" aria-label="Pages of the log">
                        {newest.map(|href| view! { <a class="btn" href=href>"Newest"</a> })}
                        {older.map(|href| view! { <a class="btn" href=href rel="next">"Older"</a> })}
                    </nav>
                </div>
            })}
        </div>
    }
    .into_any()
}

/// One side of what changed.
fn side(changes: &[Change], text: impl Fn(&Change) -> &String) -> Option<AnyView> {
    let lines: Vec<_> = changes
        .iter()
        .filter(|change| !text(change).is_empty())
        .map(|change| {
            let class = if change.same { "muted" } else { "" };
            let field = (!change.field.is_empty()).then(|| view! { <span class="muted">{format!("{}: ", change.field)}</span> });
            view! { <span class=class>{field}<bdi>{text(change).clone()}</bdi></span> }
        })
        .collect();
    (!lines.is_empty()).then(|| lines.into_any())
}

fn row(row: &AuditRow) -> impl IntoView + use<> {
    let name = row.name.clone().unwrap_or_else(|| row.actor.clone());
    let event = Activity { at: row.at, actor: name.clone(), action: row.action.clone(), target: row.target.clone() };
    let changed = changes(row.before.as_deref(), row.after.as_deref());
    let kind = match row.actor_kind.as_str() {
        "member" => "",
        "platform_admin" => "platform admin, ",
        "operator" => "operator, ",
        "api_key" => "API key, ",
        "platform_key" => "platform key, ",
        _ => "the platform, ",
    };
    let who = if name == row.actor { row.action.clone() } else { format!("{} · {}", row.actor, row.action) };
    view! {
        <tr role="row">
            <td role="cell" class="name"><b><bdi>{name}</bdi></b>" "<span class="said">{event.sentence()}</span>" "<span>{who}</span></td>
            <td role="cell" class="lead"><Minute at=row.at /></td>
            <td role="cell" class="sides" data-label="Before:">{side(&changed, |change| &change.before)}</td>
            <td role="cell" class="sides" data-label="After:">{side(&changed, |change| &change.after)}</td>
            <td role="cell" data-label="From">{format!("{kind}{}", row.origin)}<small>{format!("event {}", row.seq)}</small></td>
        </tr>
    }
}

fn verifying(seq: i64, hash: &str) -> impl IntoView + use<> {
    view! {
        <section class="card pad stack">
            <h2>"Verify it yourself"</h2>
            <p>
                "Each event holds a hash of the one before it. “Download all” gives the whole log, one event a line, and in its first line the head: \
                 number and hash of the last event. "<code>"tenantry audit verify FILE"</code>" checks the file without this server and names the \
                 first event that was changed, moved or removed. What was cut off from the end shows against the head alone: note it now and then."
            </p>
            <dl class="facts">
                <dt>"Head"</dt><dd>{format!("event {seq}")}</dd>
                <dt>"Hash"</dt><dd><code>{if hash.is_empty() { "none yet".to_owned() } else { hash.to_owned() }}</code></dd>
            </dl>
        </section>
    }
}
