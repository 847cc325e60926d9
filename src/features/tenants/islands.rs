//! What wakes up on the tenant pages: search as you type, and a slug proposed while the name is typed. Without script the same forms
//! are sent by their buttons.

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
            browser::after(150, move || {
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

/// Holds the fields `name` and `slug`: proposes a slug until one is typed, and says whether it could be used.
#[island]
pub fn SlugProposal(children: Children) -> impl IntoView {
    let verdict = RwSignal::new(String::new());
    #[cfg(feature = "hydrate")]
    let on_input = {
        let latest = StoredValue::new(0_u32);
        // A slug that was typed, or came back with an error, is the person's own.
        let own = StoredValue::new(browser::value_of("slug").is_some_and(|slug| !slug.is_empty()));
        move |event: leptos::ev::Event| {
            match browser::name_of(&event).as_deref() {
                Some("slug") => own.set_value(browser::value_of("slug").is_some_and(|slug| !slug.is_empty())),
                Some("name") if !own.get_value() => {
                    let name = browser::value_of("name").unwrap_or_default();
                    let slug = crate::domain::slug::Slug::propose(&name).map(String::from).unwrap_or_default();
                    browser::set_value("slug", &slug);
                }
                _ => return,
            }
            latest.update_value(|n| *n += 1);
            let turn = latest.get_value();
            browser::after(250, move || {
                let slug = browser::value_of("slug").unwrap_or_default();
                if latest.get_value() != turn || slug.is_empty() {
                    return;
                }
                wasm_bindgen_futures::spawn_local(async move {
                    let answer = browser::check_slug(&slug).await;
                    if latest.get_value() == turn {
                        verdict.set(match answer {
                            Some(wrong) if wrong.is_empty() => format!("“{slug}” is free."),
                            Some(wrong) => wrong,
                            None => String::new(),
                        });
                    }
                });
            });
        }
    };
    #[cfg(not(feature = "hydrate"))]
    let on_input = |_: leptos::ev::Event| ();
    view! {
        <div class="form" on:input=on_input>
            {children()}
            <p class="hint" role="status">{verdict}</p>
        </div>
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    //! The few things that these islands ask of the browser. Each gives nothing where the page is not as expected.

    use wasm_bindgen::{JsCast as _, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{DomParser, Event, HtmlFormElement, HtmlInputElement, RequestInit, Response, SupportedType};

    pub fn after(milliseconds: u64, then: impl FnOnce() + 'static) {
        leptos::prelude::set_timeout(then, std::time::Duration::from_millis(milliseconds));
    }

    fn document() -> Option<web_sys::Document> {
        web_sys::window()?.document()
    }

    fn input(id: &str) -> Option<HtmlInputElement> {
        document()?.get_element_by_id(id)?.dyn_into().ok()
    }

    pub fn value_of(id: &str) -> Option<String> {
        Some(input(id)?.value())
    }

    pub fn set_value(id: &str, value: &str) {
        if let Some(input) = input(id) {
            input.set_value(value);
        }
    }

    pub fn name_of(event: &Event) -> Option<String> {
        Some(event.target()?.dyn_into::<HtmlInputElement>().ok()?.name())
    }

    pub fn form_of(event: &Event) -> Option<HtmlFormElement> {
        event.target()?.dyn_into::<web_sys::Element>().ok()?.closest("form").ok()??.dyn_into().ok()
    }

    async fn text(response: Response) -> Option<String> {
        if !response.ok() {
            return None;
        }
        JsFuture::from(response.text().ok()?).await.ok()?.as_string()
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

    /// What is wrong with a slug; empty when nothing is.
    pub async fn check_slug(slug: &str) -> Option<String> {
        let body = web_sys::UrlSearchParams::new().ok()?;
        body.append("slug", slug);
        let request = RequestInit::new();
        request.set_method("POST");
        request.set_body(&body);
        let sent = web_sys::window()?.fetch_with_str_and_init("/fn/tenants/check-slug", &request);
        let response: Response = JsFuture::from(sent).await.ok()?.dyn_into().ok()?;
        serde_json::from_str(&text(response).await?).ok()
    }
}
