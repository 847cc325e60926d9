//! Something to be copied: a field that is only read, and beside it a button, where scripts run.

use leptos::html::Input;
use leptos::prelude::*;

/// Selects what stands in the field and copies it. Works in every browser and on pages without TLS, where `navigator.clipboard` is missing.
#[cfg(feature = "hydrate")]
fn copy(field: NodeRef<Input>) -> bool {
    use wasm_bindgen::JsCast as _;
    let Some(field) = field.get_untracked() else { return false };
    field.select();
    let document =
        web_sys::window().and_then(|window| window.document()).and_then(|document| document.dyn_into::<web_sys::HtmlDocument>().ok());
    document.is_some_and(|document| document.exec_command("copy").unwrap_or(false))
}

#[cfg(not(feature = "hydrate"))]
fn copy(_field: NodeRef<Input>) -> bool {
    false
}

/// The label of the field, `id`, stands beside it on the page.
#[island]
pub fn CopyField(id: String, value: String) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let (awake, set_awake) = signal(false);
    let (copied, set_copied) = signal(false);
    Effect::new(move |_| set_awake.set(true));
    view! {
        <div class="copy">
            <input id=id readonly value=value node_ref=field />
            <button type="button" class="btn" hidden=move || !awake.get() on:click=move |_| set_copied.set(copy(field))>"Copy"</button>
            <span class="visually-hidden" role="status">{move || if copied.get() { "Copied." } else { "" }}</span>
            <span class="muted" aria-hidden="true" hidden=move || !copied.get()>"✓"</span>
        </div>
    }
}
