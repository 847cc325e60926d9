//! Small pieces of text: times, lists of activity, notices.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::tachys::html::InertElement;
use maud::{Markup, PreEscaped, html};

use crate::domain::activity::Activity;
use crate::domain::when;
use crate::domain::zone::Zone;
use crate::ui::time::zone;

/// What is written already, in a view.
pub fn inert(markup: Markup) -> InertElement {
    InertElement::new(markup.into_string())
}

/// Large texts in one, of the size that it needs: one that grows is copied again and again.
pub fn joined<'a>(parts: impl Iterator<Item = &'a str> + Clone) -> String {
    let mut text = String::with_capacity(parts.clone().map(str::len).sum());
    parts.for_each(|part| text.push_str(part));
    text
}

/// A view in what is written: islands, and pieces that are still views.
pub fn written(view: impl IntoView + 'static) -> Markup {
    PreEscaped(view.to_html())
}

/// `2 h ago`, with the exact time for machines and, in the viewer's zone, on hover.
pub fn ago(at: DateTime<Utc>, now: DateTime<Utc>, zone: Zone) -> Markup {
    let text = when::ago(at, now);
    html! {
        time datetime=(at.to_rfc3339()) title=(zone.minute(at)) {
            @match text.as_str() {
                "now" => "just now",
                text if text.ends_with(char::is_alphabetic) && text.len() <= 6 => { (text) " ago" },
                text => (text),
            }
        }
    }
}

/// [`ago`] in a view.
#[component]
pub fn Ago(at: DateTime<Utc>, now: DateTime<Utc>) -> impl IntoView {
    inert(ago(at, now, zone()))
}

/// What happened lately, newest first.
pub fn activity_list(events: &[Activity], now: DateTime<Utc>, zone: Zone) -> Markup {
    html! {
        @if events.is_empty() {
            p class="muted" { "Nothing yet. What people change is listed here." }
        } @else {
            ul class="list" {
                @for event in events {
                    li {
                        span class="ava" aria-hidden="true" { (event.initials()) }
                        span class="grow" { b { bdi { (event.actor) } } " " (event.sentence()) }
                        (ago(event.at, now, zone))
                    }
                }
            }
        }
    }
}

/// [`activity_list`] in a view.
#[component]
pub fn ActivityList(events: Vec<Activity>, now: DateTime<Utc>) -> impl IntoView {
    inert(activity_list(&events, now, zone()))
}

/// A message across the page. `kind` is `ok`, `info` or `error`.
pub fn notice(kind: &str, said: Markup) -> Markup {
    let role = if kind == "error" { "alert" } else { "status" };
    html! { div class={ "notice " (kind) } role=(role) { div class="grow" { (said) } } }
}

/// [`notice`] in a view.
#[component]
pub fn Notice(kind: &'static str, children: Children) -> impl IntoView {
    inert(notice(kind, written(children())))
}
