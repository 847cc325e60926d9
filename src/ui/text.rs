//! Small pieces of text: times, lists of activity, notices.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::tachys::html::InertElement;
use maud::Markup;

use crate::domain::activity::Activity;
use crate::domain::when;
use crate::ui::time::zone;

/// What is written already, in a view.
pub fn inert(markup: Markup) -> InertElement {
    InertElement::new(markup.into_string())
}

/// `2 h ago`, with the exact time for machines and, in the viewer's zone, on hover.
#[component]
pub fn Ago(at: DateTime<Utc>, now: DateTime<Utc>) -> impl IntoView {
    let text = match when::ago(at, now) {
        text if text == "now" => "just now".to_owned(),
        text if text.ends_with(char::is_alphabetic) && text.len() <= 6 => format!("{text} ago"),
        text => text,
    };
    view! { <time datetime=at.to_rfc3339() title=zone().minute(at)>{text}</time> }
}

/// What happened lately, newest first.
#[component]
pub fn ActivityList(events: Vec<Activity>, now: DateTime<Utc>) -> impl IntoView {
    if events.is_empty() {
        return view! { <p class="muted">"Nothing yet. What people change is listed here."</p> }.into_any();
    }
    let rows = events
        .into_iter()
        .map(|event| {
            view! {
                <li>
                    <span class="ava" aria-hidden="true">{event.initials()}</span>
                    <span class="grow"><b><bdi>{event.actor.clone()}</bdi></b>" "{event.sentence()}</span>
                    <Ago at=event.at now=now />
                </li>
            }
        })
        .collect_view();
    view! { <ul class="list">{rows}</ul> }.into_any()
}

/// A message across the page. `kind` is `ok`, `info` or `error`.
#[component]
pub fn Notice(kind: &'static str, children: Children) -> impl IntoView {
    let role = if kind == "error" { "alert" } else { "status" };
    view! { <div class=format!("notice {kind}") role=role><div class="grow">{children()}</div></div> }
}
