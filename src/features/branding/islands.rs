//! The preview that follows the form: without script its buttons draw it.

use leptos::prelude::*;

/// Holds form and frame; draws the preview anew a moment after something was changed.
#[island]
pub fn LivePreview(children: Children) -> impl IntoView {
    let holder = NodeRef::<leptos::html::Div>::new();
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        if let Some(holder) = holder.get() {
            browser::follow(&holder);
        }
    });
    view! { <div class="branding" node_ref=holder>{children()}</div> }
}

#[cfg(feature = "hydrate")]
mod browser {
    use std::cell::{Cell, RefCell};
    use std::rc::Rc;
    use std::time::Duration;

    use leptos::prelude::set_timeout_with_handle;
    use wasm_bindgen::JsCast as _;
    use wasm_bindgen::prelude::Closure;
    use web_sys::{Element, Event, HtmlDivElement, HtmlElement, HtmlFormElement};

    /// How long somebody has to pause.
    const PAUSE: Duration = Duration::from_millis(400);

    /// Listens to the form, for as long as the page lives.
    pub fn follow(holder: &HtmlDivElement) {
        let shown: Rc<RefCell<Option<Element>>> = Rc::default();
        let waiting: Rc<Cell<Option<leptos::prelude::TimeoutHandle>>> = Rc::default();
        let changed = {
            let (holder, shown) = (holder.clone(), shown.clone());
            Closure::<dyn Fn(Event)>::new(move |_: Event| {
                if let Some(earlier) = waiting.take() {
                    earlier.clear();
                }
                let (holder, shown) = (holder.clone(), shown.clone());
                waiting.set(set_timeout_with_handle(move || draw(&holder, &shown), PAUSE).ok());
            })
        };
        // A page that cannot listen keeps its buttons.
        let _ = holder.add_event_listener_with_callback("input", changed.as_ref().unchecked_ref());
        changed.forget();
        let chosen = {
            let holder = holder.clone();
            Closure::<dyn Fn(Event)>::new(move |event: Event| {
                let button = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                if let Some(button) = button.filter(|button| button.get_attribute("formtarget").is_some()) {
                    mark(&holder, &button);
                    shown.replace(Some(button));
                }
            })
        };
        let _ = holder.add_event_listener_with_callback("click", chosen.as_ref().unchecked_ref());
        chosen.forget();
    }

    /// Sends the form to the frame, as the button of the view that is shown would.
    fn draw(holder: &HtmlDivElement, shown: &Rc<RefCell<Option<Element>>>) {
        let Ok(Some(form)) = holder.query_selector("form[enctype]") else { return };
        let Ok(form) = form.dyn_into::<HtmlFormElement>() else { return };
        let first = || holder.query_selector("button[formtarget]").ok().flatten();
        let Some(button) = shown.borrow().clone().or_else(first) else { return };
        if let Ok(button) = button.dyn_into::<HtmlElement>() {
            // Refused only for a button of another form.
            let _ = form.request_submit_with_submitter(Some(&button));
        }
    }

    fn mark(holder: &HtmlDivElement, button: &Element) {
        if let Ok(Some(before)) = holder.query_selector("button[formtarget][aria-pressed=true]") {
            // Nothing fails here but for names that are no names.
            let _ = before.set_attribute("aria-pressed", "false");
        }
        let _ = button.set_attribute("aria-pressed", "true");
    }
}
