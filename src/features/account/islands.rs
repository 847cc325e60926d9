//! The choice of light or dark takes effect at once; without script, with the next page.

use leptos::prelude::*;

/// Holds the radio buttons of the theme form.
#[island]
pub fn LiveTheme(children: Children) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    let on_change = |event: leptos::ev::Event| {
        use wasm_bindgen::JsCast as _;
        let Some(input) = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok()) else { return };
        let Some(root) = document().document_element() else { return };
        // The form's button keeps the choice; this only shows it.
        let _ = match input.value().as_str() {
            "system" => root.remove_attribute("data-theme"),
            theme => root.set_attribute("data-theme", theme),
        };
    };
    #[cfg(not(feature = "hydrate"))]
    let on_change = |_: leptos::ev::Event| ();
    view! { <div on:change=on_change>{children()}</div> }
}
