//! What wakes up on the tenant pages: search as you type. Without script the same form is sent by its button.

use leptos::prelude::*;

/// Sends the search form inside while it is typed into, and puts the answer's `#results` in place of this page's.
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
                        if let Some((address, page)) = browser::fetch_form(&form).await
                            && latest.get_value() == turn
                        {
                            browser::swap(&results, &page, &address);
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
    use web_sys::{DomParser, Event, HtmlFormElement, Response, SupportedType};

    use crate::ui::browser::{document, text};

    pub fn form_of(event: &Event) -> Option<HtmlFormElement> {
        event.target()?.dyn_into::<web_sys::Element>().ok()?.closest("form").ok()??.dyn_into().ok()
    }

    /// The address that the form leads to, and the page there.
    pub async fn fetch_form(form: &HtmlFormElement) -> Option<(String, String)> {
        let data = web_sys::FormData::new_with_form(form).ok()?;
        let query = web_sys::UrlSearchParams::new_with_str_sequence_sequence(&js_sys::Array::from(&data)).ok()?;
        let address = format!("{}?{}", form.action(), String::from(query.to_string()));
        let response: Response = JsFuture::from(web_sys::window()?.fetch_with_str(&address)).await.ok()?.dyn_into().ok()?;
        Some((address, text(response).await?))
    }

    /// Replaces the element's content by that of the same element in `page`, and the address in the bar.
    pub fn swap(id: &str, page: &str, address: &str) -> Option<()> {
        let fetched = DomParser::new().ok()?.parse_from_string(page, SupportedType::TextHtml).ok()?;
        let (from, to) = (fetched.get_element_by_id(id)?, document()?.get_element_by_id(id)?);
        to.set_inner_html(&from.inner_html());
        web_sys::window()?.history().ok()?.replace_state_with_url(&JsValue::NULL, "", Some(address)).ok()
    }
}
