//! What wakes up on the tenant pages: search as you type. Without script the same form is sent by its button.

use leptos::prelude::*;

/// Sends the search form inside while it is typed into, and puts the answer's `#results` in place of this page's. Line and controls follow each
/// other: what is not being typed into takes what the answer says.
#[island]
pub fn LiveSearch(results: String, children: Children) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    let on_input = {
        let latest = StoredValue::new(0_u32);
        move |event: leptos::ev::Event| {
            let Some(form) = browser::form_of(&event) else { return };
            let results = results.clone();
            latest.update_value(|n| *n += 1);
            let turn = latest.get_value();
            crate::ui::browser::after(150, move || {
                if latest.get_value() == turn {
                    wasm_bindgen_futures::spawn_local(async move {
                        // Without an answer the list stays as it is; the button still works.
                        if let Some(page) = browser::fetch_form(&form).await
                            && latest.get_value() == turn
                        {
                            browser::swap(&results, &page, &form);
                        }
                    });
                }
            });
        }
    };
    #[cfg(not(feature = "hydrate"))]
    let on_input = {
        let _ = results;
        |_: leptos::ev::Event| ()
    };
    view! { <div on:input=on_input>{children()}</div> }
}

#[cfg(feature = "hydrate")]
mod browser {
    //! The few things that this island asks of the browser. Each gives nothing where the page is not as expected.

    use wasm_bindgen::{JsCast as _, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{Document, DomParser, Element, Event, HtmlFormElement, HtmlInputElement, Response, SupportedType};

    use crate::ui::browser::{document, text};

    pub fn form_of(event: &Event) -> Option<HtmlFormElement> {
        event.target()?.dyn_into::<web_sys::Element>().ok()?.closest("form").ok()??.dyn_into().ok()
    }

    /// The page that the form leads to.
    pub async fn fetch_form(form: &HtmlFormElement) -> Option<String> {
        let data = web_sys::FormData::new_with_form(form).ok()?;
        let query = web_sys::UrlSearchParams::new_with_str_sequence_sequence(&js_sys::Array::from(&data)).ok()?;
        let address = format!("{}?{}", form.action(), String::from(query.to_string()));
        let response: Response = JsFuture::from(web_sys::window()?.fetch_with_str(&address)).await.ok()?.dyn_into().ok()?;
        text(response).await
    }

    /// Replaces the element's content by that of the same element in `page`, the form's fields by theirs there, and the address in the bar by
    /// the one that the page says is its own.
    pub fn swap(id: &str, page: &str, form: &HtmlFormElement) -> Option<()> {
        let fetched = DomParser::new().ok()?.parse_from_string(page, SupportedType::TextHtml).ok()?;
        let (from, to) = (fetched.get_element_by_id(id)?, document()?.get_element_by_id(id)?);
        to.set_inner_html(&from.inner_html());
        let fields = form.elements();
        for at in 0..fields.length() {
            follow(&fields.item(at)?, &fetched);
        }
        let said = "q-messages";
        if let (Some(from), Some(to)) = (fetched.get_element_by_id(said), document()?.get_element_by_id(said)) {
            to.set_inner_html(&from.inner_html());
        }
        let address = from.get_attribute("data-view")?;
        to.set_attribute("data-view", &address).ok()?;
        web_sys::window()?.history().ok()?.replace_state_with_url(&JsValue::NULL, "", Some(&address)).ok()
    }

    /// A field takes value and faults of its like; what is being typed into keeps its value.
    fn follow(field: &Element, fetched: &Document) -> Option<()> {
        let like = fetched.get_element_by_id(&field.id())?;
        for name in ["aria-invalid", "aria-describedby"] {
            match like.get_attribute(name) {
                Some(value) => field.set_attribute(name, &value).ok()?,
                None => field.remove_attribute(name).ok()?,
            }
        }
        if document()?.active_element().as_ref() == Some(field) {
            return None;
        }
        match field.dyn_ref::<HtmlInputElement>() {
            Some(input) => input.set_value(&like.get_attribute("value").unwrap_or_default()),
            // A choice may have an option more than it had.
            None => field.set_inner_html(&like.inner_html()),
        }
        Some(())
    }
}
