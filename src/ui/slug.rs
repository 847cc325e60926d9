//! A slug that is proposed while the name is typed. Without script the same two fields are sent by the form's button.

use leptos::prelude::*;

/// Holds the fields `name` and `slug`: proposes a slug until one is typed, and says whether it could be used. `check` is the function that
/// knows: it answers with what is wrong, with nothing when it is free.
#[island]
pub fn SlugProposal(check: String, children: Children) -> impl IntoView {
    let verdict = RwSignal::new(String::new());
    #[cfg(feature = "hydrate")]
    let on_input = {
        let latest = StoredValue::new(0_u32);
        // A slug that was typed, or came back with an error, is the person's own.
        let own = StoredValue::new(fields::value_of("slug").is_some_and(|slug| !slug.is_empty()));
        move |event: leptos::ev::Event| {
            match fields::name_of(&event).as_deref() {
                Some("slug") => own.set_value(fields::value_of("slug").is_some_and(|slug| !slug.is_empty())),
                Some("name") if !own.get_value() => {
                    let name = fields::value_of("name").unwrap_or_default();
                    let slug = crate::domain::slug::Slug::propose(&name).map(String::from).unwrap_or_default();
                    fields::set_value("slug", &slug);
                }
                _ => return,
            }
            latest.update_value(|n| *n += 1);
            let turn = latest.get_value();
            let check = check.clone();
            super::browser::after(250, move || {
                let slug = fields::value_of("slug").unwrap_or_default();
                if latest.get_value() != turn || slug.is_empty() {
                    return;
                }
                wasm_bindgen_futures::spawn_local(async move {
                    let answer = fields::ask(&check, &slug).await;
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
    let on_input = {
        let _ = check;
        |_: leptos::ev::Event| ()
    };
    view! {
        <div class="form" on:input=on_input>
            {children()}
            <p class="hint" role="status">{verdict}</p>
        </div>
    }
}

#[cfg(feature = "hydrate")]
mod fields {
    use wasm_bindgen::JsCast as _;
    use web_sys::{Event, HtmlInputElement, RequestInit};

    use crate::ui::browser::{document, fetch, text};

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

    /// What is wrong with a slug; empty when nothing is.
    pub async fn ask(function: &str, slug: &str) -> Option<String> {
        let body = web_sys::UrlSearchParams::new().ok()?;
        body.append("slug", slug);
        let request = RequestInit::new();
        request.set_method("POST");
        request.set_body(&body);
        serde_json::from_str(&text(fetch(function, &request).await?).await?).ok()
    }
}
