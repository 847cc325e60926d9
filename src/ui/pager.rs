//! The foot of a list that pages by key.

use leptos::prelude::*;
use maud::{Markup, html};

use crate::ui::text::inert;

/// `first` leads to the beginning, where the page is not that; `next` to the next page, if there is one.
pub fn pager(shown: usize, first: Option<&str>, next: Option<&str>, label: &str) -> Markup {
    let paged = if first.is_some() || next.is_some() { " on this page" } else { " shown" };
    html! {
        div class="foot" {
            nav class="pager" aria-label=(label) {
                span { (shown) (paged) }
                @if let Some(first) = first { a class="btn" href=(first) { "First page" } }
                @if let Some(next) = next { a class="btn" rel="next" href=(next) { "Next" } }
            }
        }
    }
}

/// [`pager`] in a view.
#[component]
pub fn Pager(
    shown: usize,
    #[prop(optional_no_strip)] first: Option<String>,
    #[prop(optional_no_strip)] next: Option<String>,
    /// Of several lists on one page each has its own.
    #[prop(default = "Pages")]
    label: &'static str,
) -> impl IntoView {
    inert(pager(shown, first.as_deref(), next.as_deref(), label))
}
