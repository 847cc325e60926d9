//! A part of a page that follows what it shows while that is under way. Without script it is what it was when the page was made, and a link on
//! it loads it anew.

use leptos::prelude::*;

/// Holds that part. While `running`, the page is asked for anew every second, and its part with the same `id` takes this one's place, until
/// that says that nothing is under way any more.
#[island]
pub fn FollowPage(id: String, running: bool, children: Children) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    if running {
        browser::follow(id.clone());
    }
    let state = if running { "running" } else { "still" };
    view! { <div class="stack" id=id data-follow=state>{children()}</div> }
}

#[cfg(feature = "hydrate")]
mod browser {
    use web_sys::{DomParser, RequestInit, SupportedType};

    use crate::ui::browser::{after, document, fetch, text};

    /// Once a second, until the page says that it is done, or is gone. An answer that does not come is asked for again.
    pub fn follow(id: String) {
        after(1_000, move || {
            wasm_bindgen_futures::spawn_local(async move {
                if step(&id).await != Some(false) {
                    follow(id);
                }
            });
        });
    }

    /// `false` when nothing is under way any more; nothing when there was no answer.
    async fn step(id: &str) -> Option<bool> {
        let address = web_sys::window()?.location().href().ok()?;
        let page = text(fetch(&address, &RequestInit::new()).await?).await?;
        let fetched = DomParser::new().ok()?.parse_from_string(&page, SupportedType::TextHtml).ok()?;
        let (from, to) = (fetched.get_element_by_id(id)?, document()?.get_element_by_id(id)?);
        if from.inner_html() != to.inner_html() {
            to.set_inner_html(&from.inner_html());
        }
        Some(from.get_attribute("data-follow").as_deref() == Some("running"))
    }
}
