//! The query line, and a control for each of its filters: whichever is changed, the other follows.

use maud::{Markup, html};

use super::{Panel, Sheet};
use crate::domain::listing::Columns;
use crate::domain::status::TenantStatus;
use crate::domain::tenant_line::Key;

/// Filters that have a control on every page; the others have one on a panel, and wherever they are used.
const ALWAYS: [Key; 4] = [Key::State, Key::Plan, Key::Limit, Key::Created];

const LIMITS: &[(&str, &str)] = &[("", "Any"), (">=80%", "Near or at"), (">=100%", "At limit"), ("<80%", "Below 80 %")];
const CREATED: &[(&str, &str)] =
    &[("", "Any time"), ("7d", "Last 7 days"), ("30d", "Last 30 days"), ("90d", "Last 90 days"), (">1y", "Over a year ago")];

/// Label and what to type.
fn words(key: Key) -> (&'static str, &'static str) {
    match key {
        Key::State => ("State", ""),
        Key::Plan => ("Plan", ""),
        Key::Limit => ("Limits", ""),
        Key::Created => ("Created", ""),
        Key::Agents => ("Agents", ">80% or >=10"),
        Key::Tokens => ("Tokens", ">80% or >=5M"),
        Key::Storage => ("Storage", ">80% or >=10GB"),
        Key::Cost => ("Cost", ">80% or >=100"),
        Key::Owner => ("Owner e-mail", "@acme.com"),
        Key::Name => ("Name", "Acme"),
        Key::Slug => ("Slug", "acme"),
    }
}

/// A choice; what the line says and is not among the options is one more.
fn select<'a>(key: Key, options: impl Iterator<Item = (&'a str, &'a str)> + Clone, value: &str) -> Markup {
    let listed = options.clone().any(|(option, _)| option == value);
    html! {
        div class="field" {
            label for=(key.param()) { (words(key).0) }
            select id=(key.param()) name=(key.param()) {
                @for (option, text) in options { option value=(option) selected[option == value] { (text) } }
                @if !listed { option value=(value) selected { (value) } }
            }
        }
    }
}

fn control(key: Key, sheet: &Sheet) -> Markup {
    let value = sheet.query.line.value(key).unwrap_or_default();
    match key {
        Key::State => {
            let all = TenantStatus::ALL.into_iter().map(|status| (status.as_str(), status.label()));
            select(key, [("", "Any state")].into_iter().chain(all), value)
        }
        Key::Plan => {
            let plans = sheet.list.plans.iter().map(|plan| (plan.key.as_str(), plan.name.as_str()));
            select(key, [("", "Any plan")].into_iter().chain(plans), value)
        }
        Key::Limit => select(key, LIMITS.iter().copied(), value),
        Key::Created => select(key, CREATED.iter().copied(), value),
        Key::Agents | Key::Tokens | Key::Storage | Key::Cost | Key::Owner | Key::Name | Key::Slug => {
            let (label, placeholder) = words(key);
            html! {
                div class="field" {
                    label for=(key.param()) { (label) }
                    input id=(key.param()) name=(key.param()) value=(value) placeholder=(placeholder) autocomplete="off";
                }
            }
        }
    }
}

pub(super) fn form(sheet: &Sheet) -> Markup {
    let query = &sheet.query;
    let more =
        Key::ALL.into_iter().filter(|key| !ALWAYS.contains(key) && (sheet.panel == Panel::Filters || query.line.value(*key).is_some()));
    let mut messages: Vec<String> = sheet.errors.iter().map(|error| error.message.clone()).collect();
    if !sheet.list.unknown_plans.is_empty() {
        let known: Vec<&str> = sheet.list.plans.iter().map(|plan| plan.key.as_str()).collect();
        let asked = sheet.list.unknown_plans.join("”, “");
        messages.push(format!("There is no plan “{asked}”; it was left out. There are {}.", known.join(", ")));
    }
    let wrong = !messages.is_empty();
    let panel = match sheet.panel {
        Panel::Filters => Some("filters"),
        Panel::Select => Some("select"),
        Panel::None | Panel::Columns => None,
    };
    html! {
        form class="search" role="search" action="/admin/tenants" {
            div class="field grow" {
                label for="q" { "Find tenants" }
                input id="q" name="q" type="search" value=(sheet.typed) placeholder="Words, or filters: plan:pro state:active tokens:>80%"
                    autocomplete="off" autocapitalize="off" spellcheck="false"
                    aria-invalid=[wrong.then_some("true")] aria-describedby=[wrong.then_some("q-messages")];
            }
            @for key in ALWAYS { (control(key, sheet)) }
            @for key in more { (control(key, sheet)) }
            input type="hidden" id="was" name="was" value=(query.line);
            @if let Some(sort) = query.sort { input type="hidden" name="sort" value=(sort); }
            @if query.columns != Columns::default() { input type="hidden" name="cols" value=(query.columns); }
            @if let Some(panel) = panel { input type="hidden" name="panel" value=(panel); }
            button class="btn" { "Find" }
            // Always there, so that a script finds where to put what it is told.
            div id="q-messages" class="field whole" { @for message in &messages { p class="error" { (message) } } }
        }
    }
}
