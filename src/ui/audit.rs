//! An audit log on a page: the filter's controls, and its events with before and after side by side.

use chrono::NaiveDate;
use maud::{Markup, Render as _, html};

use crate::domain::FieldError;
use crate::domain::activity::Activity;
use crate::domain::audit_change::{Change, changes};
use crate::domain::audit_event::AuditRow;
use crate::domain::quantity::plural;
use crate::domain::zone::Zone;
use crate::ui::field::{Input, Select};
use crate::ui::time::{at_minute, zone};

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
pub fn filter_form(narrowed: &Narrowed, actions: Vec<String>, here: &str, more: Option<Markup>) -> Markup {
    let all = std::iter::once((String::new(), "All actions".to_owned()));
    let actions: Vec<(String, String)> = all.chain(actions.into_iter().map(|action| (action.clone(), action))).collect();
    let text = |name: &'static str, label: &'static str, kind: &'static str, value: &str| {
        let error = narrowed.error(name);
        Input { name, label, kind, value: Some(value), error: error.as_deref(), optional: true, ..Input::default() }.render()
    };
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    html! {
        form class="search" method="get" action=(here) role="search" {
            @if let Some(more) = more { (more) }
            (text("actor", "Actor", "text", &narrowed.actor))
            (Select {
                name: "action", label: "Action", options: &actions, value: Some(&narrowed.action), error: narrowed.error("action").as_deref()
            })
            (text("target", "Target", "text", &narrowed.target))
            (text("from", "From", "date", &day(narrowed.from)))
            (text("to", "To", "date", &day(narrowed.to)))
            button class="btn" { "Show" }
            @if narrowed.is_narrow { a class="btn" href=(here) { "Show all" } }
        }
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
pub fn nothing(text: &str, pages: &Pages) -> Markup {
    html! { div class="card" { div class="empty" { h2 { "Nothing here" } p { (text) } } (foot(pages)) } }
}

fn foot(pages: &Pages) -> Markup {
    html! {
        @if pages.older.is_some() || pages.newest.is_some() {
            div class="foot" {
                nav class="pager" aria-label="Pages of the log" {
                    @if let Some(newest) = &pages.newest { a class="btn" href=(newest) { "Newest" } }
                    @if let Some(older) = &pages.older { a class="btn" href=(older) rel="next" { (pages.older_label) } }
                }
            }
        }
    }
}

/// The events of a page. With `whose` each has a cell that says whose log it stands in.
pub fn table(rows: &[(&AuditRow, Option<Markup>)], whose: bool, pages: &Pages) -> Markup {
    let zone = zone();
    html! {
        div class="card rows" {
            table role="table" class="log" {
                caption class="visually-hidden" { "Events, newest first" }
                thead role="rowgroup" {
                    tr role="row" {
                        th role="columnheader" scope="col" { "Event" }
                        @if whose { th role="columnheader" scope="col" { "Log" } }
                        th role="columnheader" scope="col" { "When" }
                        th role="columnheader" scope="col" { "Before" }
                        th role="columnheader" scope="col" { "After" }
                        th role="columnheader" scope="col" { "From" }
                    }
                }
                tbody role="rowgroup" { @for (event, of) in rows { (row(event, of.as_ref(), zone)) } }
            }
            (foot(pages))
        }
    }
}

/// One side of what changed.
fn side(changes: &[Change], text: impl Fn(&Change) -> &String) -> Markup {
    html! {
        @for change in changes.iter().filter(|change| !text(change).is_empty()) {
            span class=[change.same.then_some("muted")] {
                @if !change.field.is_empty() { span class="muted" { (change.field) ": " } }
                bdi { (text(change)) }
            }
        }
    }
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

fn row(row: &AuditRow, of: Option<&Markup>, zone: Zone) -> Markup {
    let name = row.name.clone().unwrap_or_else(|| row.actor.clone());
    let same = name == row.actor;
    let event = Activity { at: row.at, actor: name, action: row.action.clone(), target: row.target.clone() };
    let changed = changes(row.before.as_deref(), row.after.as_deref());
    html! {
        tr role="row" {
            td role="cell" class="name" {
                b { bdi { (event.actor) } } " " span class="said" { (event.sentence()) } " "
                span { @if !same { (row.actor) " · " } (row.action) }
            }
            @if let Some(of) = of { td role="cell" data-label="Log" { (of) } }
            td role="cell" class="lead" { (at_minute(row.at, zone)) }
            td role="cell" class="sides" data-label="Before:" { (side(&changed, |change| &change.before)) }
            td role="cell" class="sides" data-label="After:" { (side(&changed, |change| &change.after)) }
            td role="cell" data-label="From" { (kind(&row.actor_kind)) (row.origin) small { "event " (row.seq) } }
        }
    }
}

/// What recomputing a chain came to: how many events it has, or what is wrong with it.
pub fn verified(whose: &str, outcome: &Result<i64, String>) -> Markup {
    html! {
        @match outcome {
            Ok(n) => div class="banner ok" {
                span {
                    b { (whose) " is whole. " } (plural(*n, "event", "events"))
                    ", computed anew for this page: none was changed, moved or removed."
                }
            },
            Err(what) => div class="banner over" {
                span { b { (whose) " was tampered with. " } "Computed anew for this page: " (what) "." }
            },
        }
    }
}
