//! `/admin/bulk/{run}`: what is to be filled in, what would happen, how far it is, what has happened.

use axum::http::HeaderValue;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::tachys::html::InertElement;
use leptos_axum::ResponseOptions;
use maud::{Markup, html};

use super::details::{fill_in, said};
use super::list::state;
use super::may;
use super::server::{DetailBulk, StartBulk};
use crate::domain::bulk::{BulkAction, Details, MOST_TENANTS, Outcome, RunState, Verdict};
use crate::domain::ids::BulkId;
use crate::domain::listing::PATH;
use crate::domain::quantity;
use crate::store::bulk::{BulkItem, BulkRun};
use crate::ui::field::FormMessage;
use crate::ui::pager::pager;
use crate::ui::table::Head::Text;
use crate::ui::table::rows_table;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::PageError;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, query};

/// Tenants on one page.
const LINES: usize = 200;

/// How often the page of a running action is asked for anew.
const REFRESH: HeaderValue = HeaderValue::from_static("2");

/// What of a run's tenants is shown.
struct Shown {
    only: Option<Outcome>,
    after: i32,
    items: Vec<BulkItem>,
    next: Option<i32>,
    /// Tenants that something would happen to; before it is begun.
    would: Option<i64>,
}

pub fn bulk_page() -> PageText {
    let run = request::param("run");
    let response = expect_context::<ResponseOptions>();
    page(async move {
        let (me, admin) = request::admin().await?;
        let id = BulkId(run.parse().map_err(|_| PageError::NotFound)?);
        let (details, start) = (Form::of::<DetailBulk>(), Form::of::<StartBulk>());
        let asks_again = query("change").is_some();
        let only = query("outcome").and_then(|outcome| outcome.parse().ok());
        let after: i32 = query("after").and_then(|after| after.parse().ok()).unwrap_or(0);
        let mut read = Context::get().store.platform_read(&admin).await?;
        let mut run = read.get_bulk(id).await?;
        let draft = run.state == RunState::Draft;
        if draft && run.action == BulkAction::Resume {
            run.details = Some(Details::Resume);
        }
        let may_act = may(run.action);
        let to_fill_in = draft && (run.details.is_none() || may_act && (asks_again || details.failed()));
        let options: Vec<(String, String)> = match run.action {
            BulkAction::ChangePlan if to_fill_in => {
                let plans = read.list_plans().await?;
                plans.iter().map(|plan| (plan.key.clone(), format!("{}, {} a month", plan.name, plan.price.short()))).collect()
            }
            BulkAction::SwitchFeature if to_fill_in => {
                read.list_catalogue_features().await?.into_iter().map(|feature| (feature.key, feature.label)).collect()
            }
            _ => Vec::new(),
        };
        let shown = match (draft, to_fill_in) {
            (true, true) => shown(Vec::new(), None, 0, None),
            // What would happen is counted over all of them.
            (true, false) => {
                let items = read.list_bulk_items(&run, 0, None, MOST_TENANTS).await?;
                let would = items.iter().filter(|item| matches!(item.verdict, Some(Verdict::Does(_)))).count();
                let would = i64::try_from(would).unwrap_or(i64::MAX);
                shown(items.into_iter().filter(|item| item.position > after).take(LINES + 1).collect(), None, after, Some(would))
            }
            (false, _) => shown(read.list_bulk_items(&run, after, only, LINES + 1).await?, only, after, None),
        };
        drop(read);
        if run.state == RunState::Running {
            response.insert_header(axum::http::header::REFRESH, REFRESH);
        }
        let title = run.action.label();
        let part = match (to_fill_in, may_act) {
            (true, true) => fill_in(&run, options, &details).into_any(),
            (true, false) => {
                view! { <p class="card pad muted">"Who chose these tenants has not said yet what is to happen to them."</p> }.into_any()
            }
            (false, _) => look(&run, &shown, &start),
        };
        let head = InertElement::new(head(&run).into_string());
        Ok(console(&me, title, PATH, view! { {head}{part} }.into_any()))
    })
}

fn shown(mut items: Vec<BulkItem>, only: Option<Outcome>, after: i32, would: Option<i64>) -> Shown {
    let more = items.len() > LINES;
    items.truncate(LINES);
    let next = items.last().filter(|_| more).map(|item| item.position);
    Shown { only, after, items, next, would }
}

fn back(run: &BulkRun) -> String {
    match run.query.as_deref() {
        Some(query) if !query.is_empty() => format!("{PATH}?{query}"),
        _ => PATH.to_owned(),
    }
}

fn head(run: &BulkRun) -> Markup {
    let tenants = quantity::plural(run.tenants, "tenant", "tenants");
    html! {
        div class="head" {
            div class="grow" { h1 { (run.action.label()) } p { (tenants) " chosen. " (state(run)) } }
            a class="btn" href=(back(run)) { "Back to the list" }
        }
    }
}

fn progress(run: &BulkRun) -> Markup {
    let over = run.done + run.refused;
    let percent = if run.tenants > 0 { (over * 100 / run.tenants).clamp(0, 100) } else { 100 };
    let text = format!(
        "{} of {} tenants: {} done, {} refused",
        quantity::count(over),
        quantity::count(run.tenants),
        quantity::count(run.done),
        quantity::count(run.refused)
    );
    html! {
        div class="quota" {
            p { b id="progress" { "Progress" } span { (text) } span class="tag" { (percent) " %" } }
            div role="progressbar" aria-labelledby="progress" aria-valuemin="0" aria-valuemax="100" aria-valuenow=(percent) aria-valuetext=(text) {
                svg class="bar" aria-hidden="true" { rect class="bar-fill" width={ (percent) "%" } height="100%" rx="5" {} }
            }
        }
        @if run.state == RunState::Running {
            p class="muted" role="status" { "It goes on whether or not you stay; this page shows how far it is every two seconds." }
        }
    }
}

fn look(run: &BulkRun, shown: &Shown, start: &Form) -> AnyView {
    let message = start.message();
    let action = match (run.state, shown.would) {
        (RunState::Draft, Some(0)) => html! { p { b { "Nothing would happen to any of them." } " Below is why." } },
        (RunState::Draft, Some(would)) => {
            let refused = run.tenants - would;
            let danger = if run.action == BulkAction::Suspend { "btn danger pri" } else { "btn pri" };
            html! {
                p {
                    b { "Nothing has happened yet. " }
                    (quantity::plural(would, "tenant is", "tenants are")) " acted on"
                    @if refused > 0 { ", " (quantity::plural(refused, "is", "are")) " left as " (if refused == 1 { "it is" } else { "they are" }) }
                    ". Below is what would happen to each."
                }
                @if may(run.action) {
                    form method="post" action=(StartBulk::PATH) {
                        input type="hidden" name="run" value=(run.id);
                        div class="actions" { button class=(danger) { (run.action.button(would)) } a class="btn" href=(back(run)) { "Cancel" } }
                    }
                }
            }
        }
        (RunState::Draft, None) => Markup::default(),
        (RunState::Running | RunState::Done, _) => progress(run),
    };
    let card = html! { section class="card pad stack" { (said(run)) (action) } (tabs(run, shown)) (table(run, shown)) };
    let card = InertElement::new(card.into_string());
    view! { <FormMessage message=message />{card} }.into_any()
}

fn tabs(run: &BulkRun, shown: &Shown) -> Markup {
    if run.state == RunState::Draft {
        return Markup::default();
    }
    let here = format!("/admin/bulk/{}", run.id);
    html! {
        nav class="tabs" aria-label="By outcome" {
            a href=(here) aria-current=[shown.only.is_none().then_some("page")] { "All " b { (quantity::count(run.tenants)) } }
            @for (outcome, n) in [(Outcome::Done, run.done), (Outcome::Refused, run.refused)] {
                a href={ (here) "?outcome=" (outcome.as_str()) } aria-current=[(shown.only == Some(outcome)).then_some("page")] {
                    (outcome.label()) " " b { (quantity::count(n)) }
                }
            }
        }
    }
}

fn row(run: &BulkRun, item: &BulkItem) -> Markup {
    let (class, word) = match (run.state, item.outcome, &item.verdict) {
        (_, Some(Outcome::Done), _) => ("state ok", "Done"),
        (_, Some(Outcome::Refused), _) => ("state near", "Refused"),
        (RunState::Draft, None, Some(Verdict::Does(_))) => ("state ok", "Would be done"),
        (RunState::Draft, None, _) => ("state near", "Would be refused"),
        (_, None, _) => ("state wait", "Waits"),
    };
    let note = match (run.state, &item.note, &item.verdict) {
        (_, Some(note), _) => note.as_str(),
        (RunState::Draft, None, Some(Verdict::Does(text))) => text.as_str(),
        (RunState::Draft, None, Some(Verdict::Refused(why))) => why,
        _ => "",
    };
    html! {
        tr role="row" {
            td role="cell" class="name" { a href={ "/admin/tenants/" (item.slug) } { bdi { (item.name) } } " " span { (item.slug) } }
            td role="cell" class="lead" { span class=(class) { (word) } }
            td role="cell" class="long" { (note) }
        }
    }
}

fn table(run: &BulkRun, shown: &Shown) -> Markup {
    let here = |after: i32| match shown.only {
        Some(only) => format!("/admin/bulk/{}?outcome={}&after={after}", run.id, only.as_str()),
        None => format!("/admin/bulk/{}?after={after}", run.id),
    };
    let caption = match run.state {
        RunState::Draft => "What would happen to each tenant",
        _ => "What has happened to each tenant",
    };
    let further = shown.after > 0;
    html! {
        div class="card rows" {
            @if shown.items.is_empty() {
                div class="empty" { h2 { "None" } p { "No tenant of this action is here." } }
            } @else {
                (rows_table(
                    caption,
                    &[Text("Tenant"), Text("Outcome"), Text("What and why")],
                    &html! { @for item in &shown.items { (row(run, item)) } }
                ))
                (pager(shown.items.len(), further.then(|| here(0)).as_deref(), shown.next.map(here).as_deref(), "Pages"))
            }
        }
    }
}
