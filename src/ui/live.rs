//! Quota bars that follow what is used while their page is open. Without script they are what they were when the page was made.

use leptos::prelude::*;

/// Holds the bars; `address` sends them anew, as server-sent events named `bars`, whenever they look different.
#[island]
pub fn LiveBars(address: String, children: Children) -> impl IntoView {
    let holder = NodeRef::<leptos::html::Div>::new();
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        if let Some(holder) = holder.get() {
            browser::follow(&address, &holder);
        }
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = address;
    view! { <div node_ref=holder>{children()}</div> }
}

#[cfg(feature = "hydrate")]
mod browser {
    use wasm_bindgen::JsCast as _;
    use wasm_bindgen::prelude::Closure;
    use web_sys::{EventSource, HtmlDivElement, MessageEvent};

    /// The browser asks again by itself when the connection ends, and stops with the page.
    pub fn follow(address: &str, holder: &HtmlDivElement) {
        let Ok(events) = EventSource::new(address) else { return };
        let holder = holder.clone();
        let show = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(bars) = event.data().as_string() {
                holder.set_inner_html(&bars);
            }
        });
        // A page that cannot listen stays as it is.
        let _ = events.add_event_listener_with_callback("bars", show.as_ref().unchecked_ref());
        // For as long as the page lives.
        show.forget();
    }
}
