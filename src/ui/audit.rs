//! An audit log on a page: the filter's controls, and its events with before and after side by side.

use chrono::NaiveDate;
use leptos::prelude::*;

use crate::domain::FieldError;
use crate::domain::activity::Activity;
use crate::domain::audit_change::{Change, changes};
use crate::domain::audit_event::AuditRow;
use crate::ui::field::{SelectField, TextField};
use crate::ui::time::Minute;

/// What every log can be narrowed by, as it stands in the address.
#[derive(Debug, Clone, Default)]
pub struct Narrowed {
    pub actor: String,
    /// An action's key, or nothing.
    pub action: String,
    pub target: String,
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    /// Whether anything is left out.
    pub is_narrow: bool,
    pub errors: Vec<FieldError>,
}

impl Narrowed {
    /// What is wrong with one field.
    pub fn error(&self, field: &str) -> Option<String> {
        self.errors.iter().find(|error| error.field == field).map(|error| error.message.clone())
    }
}

/// The filter of the log at `here`; `actions` are those to choose from, `more` are further controls before them.
pub fn filter_form(narrowed: &Narrowed, actions: Vec<String>, here: &str, more: Option<AnyView>) -> impl IntoView + use<> {
    let all = std::iter::once((String::new(), "All actions".to_owned()));
    let actions: Vec<(String, String)> = all.chain(actions.into_iter().map(|action| (action.clone(), action))).collect();
    let (action, day) = (Some(narrowed.action.clone()), |day: Option<NaiveDate>| day.map(|day| day.to_string()));
    let all_of_it = narrowed.is_narrow.then(|| here.to_owned());
    let here = here.to_owned();
    view! {
        <form class="search" method="get" action=here role="search">
            {more}
            <TextField name="actor" label="Actor" required=false value=Some(narrowed.actor.clone()) error=narrowed.error("actor") />
            <SelectField name="action" label="Action" options=actions value=action error=narrowed.error("action") />
            <TextField name="target" label="Target" required=false value=Some(narrowed.target.clone()) error=narrowed.error("target") />
            <TextField name="from" label="From" kind="date" required=false value=day(narrowed.from) error=narrowed.error("from") />
            <TextField name="to" label="To" kind="date" required=false value=day(narrowed.to) error=narrowed.error("to") />
            <button class="btn">"Show"</button>
            {all_of_it.map(|href| view! { <a class="btn" href=href>"Show all"</a> })}
        </form>
    }
}

/// Where the newest events and the older ones are, and what the link to these says.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    pub newest: Option<String>,
    pub older: Option<String>,
    pub older_label: &'static str,
}

/// Nothing to list: why, and what to do.
pub fn nothing(text: &'static str, pages: Pages) -> AnyView {
    view! {
        <div class="card">
            <div class="empty"><h2>"Nothing here"</h2><p>{text}</p></div>
            {foot(pages)}
        </div>
    }
    .into_any()
}

fn foot(pages: Pages) -> Option<AnyView> {
    let paged = pages.older.is_some() || pages.newest.is_some();
    paged.then(|| {
        view! {
            <div class="foot">
                <nav class="pager" aria-label="Pages of the log">
                    {pages.newest.map(|href| view! { <a class="btn" href=href>"Newest"</a> })}
                    {pages.older.map(|href| view! { <a class="btn" href=href rel="next">{pages.older_label}</a> })}
                </nav>
            </div>
        }
        .into_any()
    })
}

/// The events of a page. With `whose` each has a cell that says whose log it stands in.
pub fn table(rows: Vec<(&AuditRow, Option<AnyView>)>, whose: bool, pages: Pages) -> AnyView {
    let rows = rows.into_iter().map(|(event, of)| row(event, of)).collect_view();
    view! {
        <div class="card rows">
            <table role="table" class="log">
                <caption class="visually-hidden">"Events, newest first"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Event"</th>
                    {whose.then(|| view! { <th role="columnheader" scope="col">"Log"</th> })}
                    <th role="columnheader" scope="col">"When"</th>
                    <th role="columnheader" scope="col">"Before"</th><th role="columnheader" scope="col">"After"</th>
                    <th role="columnheader" scope="col">"From"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
            {foot(pages)}
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

/// `API key`, with a comma where something follows.
fn kind(actor_kind: &str) -> &'static str {
    match actor_kind {
        "member" => "",
        "platform_admin" => "platform admin, ",
        "operator" => "operator, ",
        "api_key" => "API key, ",
        "platform_key" => "platform key, ",
        _ => "the platform, ",
    }
}

fn row(row: &AuditRow, of: Option<AnyView>) -> impl IntoView + use<> {
    let name = row.name.clone().unwrap_or_else(|| row.actor.clone());
    let event = Activity { at: row.at, actor: name.clone(), action: row.action.clone(), target: row.target.clone() };
    let changed = changes(row.before.as_deref(), row.after.as_deref());
    let who = if name == row.actor { row.action.clone() } else { format!("{} · {}", row.actor, row.action) };
    view! {
        <tr role="row">
            <td role="cell" class="name"><b><bdi>{name}</bdi></b>" "<span class="said">{event.sentence()}</span>" "<span>{who}</span></td>
            {of.map(|of| view! { <td role="cell" data-label="Log">{of}</td> })}
            <td role="cell" class="lead"><Minute at=row.at /></td>
            <td role="cell" class="sides" data-label="Before:">{side(&changed, |change| &change.before)}</td>
            <td role="cell" class="sides" data-label="After:">{side(&changed, |change| &change.after)}</td>
            <td role="cell" data-label="From">{format!("{}{}", kind(&row.actor_kind), row.origin)}<small>{format!("event {}", row.seq)}</small></td>
        </tr>
    }
}

/// What recomputing a chain came to: how many events it has, or what is wrong with it.
pub fn verified(whose: &str, outcome: Result<i64, String>) -> AnyView {
    match outcome {
        Ok(n) => {
            let events = if n == 1 { "1 event".to_owned() } else { format!("{} events", crate::domain::quantity::count(n)) };
            view! { <div class="banner ok"><span><b>{format!("{whose} is whole. ")}</b>{format!("{events}, computed anew for this page: none was changed, moved or removed.")}</span></div> }
            .into_any()
        }
        Err(what) => {
            view! { <div class="banner over"><span><b>{format!("{whose} was tampered with. ")}</b>{format!("Computed anew for this page: {what}.")}</span></div> }
            .into_any()
        }
    }
}
