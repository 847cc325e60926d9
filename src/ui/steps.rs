//! Where somebody is on a way of several steps.

use leptos::prelude::*;

/// One step: its name, and where it can be opened, if it can.
#[derive(Debug, Clone)]
pub struct StepLink {
    pub label: &'static str,
    pub href: Option<String>,
    /// `done`, `skipped`, or nothing: said in words too.
    pub state: &'static str,
    pub current: bool,
}

#[component]
pub fn Steps(label: &'static str, steps: Vec<StepLink>) -> impl IntoView {
    let items = steps
        .into_iter()
        .map(|step| {
            let current = step.current.then_some("step");
            let name = match step.href {
                Some(href) => view! { <a href=href aria-current=current>{step.label}</a> }.into_any(),
                None => view! { <span aria-current=current>{step.label}</span> }.into_any(),
            };
            let said = (!step.state.is_empty()).then(|| view! { <small>{step.state}</small> });
            view! { <li class=step.state>{name}{said}</li> }
        })
        .collect_view();
    view! { <nav aria-label=label><ol class="steps">{items}</ol></nav> }
}
