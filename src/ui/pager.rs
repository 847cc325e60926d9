//! The foot of a list that pages by key.

use leptos::prelude::*;

/// `first` leads to the beginning, where the page is not that; `next` to the next page, if there is one.
#[component]
pub fn Pager(
    shown: usize,
    #[prop(optional_no_strip)] first: Option<String>,
    #[prop(optional_no_strip)] next: Option<String>,
    /// Of several lists on one page each has its own.
    #[prop(default = "Pages")]
    label: &'static str,
) -> impl IntoView {
    let span = if first.is_some() || next.is_some() { format!("{shown} on this page") } else { format!("{shown} shown") };
    let first = first.map(|href| view! { <a class="btn" href=href>"First page"</a> });
    let next = next.map(|href| view! { <a class="btn" rel="next" href=href>"Next"</a> });
    view! { <div class="foot"><nav class="pager" aria-label=label><span>{span}</span>{first}{next}</nav></div> }
}
