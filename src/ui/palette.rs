//! The command palette: Ctrl-K opens it on every page that has it. What is typed is asked of the page behind its link, which does the same
//! without script.

use leptos::html::{Dialog, Div, Form, Input};
use leptos::prelude::*;

#[cfg(feature = "hydrate")]
#[derive(Clone, Copy)]
struct Parts {
    dialog: NodeRef<Dialog>,
    form: NodeRef<Form>,
    input: NodeRef<Input>,
    found: NodeRef<Div>,
}

#[cfg(feature = "hydrate")]
impl Parts {
    fn open(self) -> Option<()> {
        let dialog = self.dialog.get_untracked()?;
        if !dialog.open() {
            dialog.show_modal().ok()?;
        }
        self.input.get_untracked()?.select();
        Some(())
    }

    /// Puts what the page finds for the text into the dialog.
    async fn ask(self) -> Option<()> {
        let (input, found) = (self.input.get_untracked()?, self.found.get_untracked()?);
        let typed = input.value();
        let address = format!("{}&in=palette", self.address()?);
        let page = super::browser::text(super::browser::fetch(&address, &web_sys::RequestInit::new()).await?).await?;
        let page = web_sys::DomParser::new().ok()?.parse_from_string(&page, web_sys::SupportedType::TextHtml).ok()?;
        let results = page.get_element_by_id("found")?;
        // What was typed meanwhile is asked for by itself.
        if input.value() == typed {
            found.set_inner_html(&results.inner_html());
        }
        Some(())
    }

    /// Of the page that does the same.
    fn address(self) -> Option<String> {
        let query = web_sys::UrlSearchParams::new().ok()?;
        query.append("q", &self.input.get_untracked()?.value());
        Some(format!("{}?{}", self.form.get_untracked()?.action(), String::from(query.to_string())))
    }

    /// To the first of what was found; else to the page, which says that nothing was.
    fn go(self) -> Option<()> {
        match self.first() {
            Some(first) => first.click(),
            None => web_sys::window()?.location().set_href(&self.address()?).ok()?,
        }
        Some(())
    }

    /// The first of what was found, if anything was.
    fn first(self) -> Option<web_sys::HtmlElement> {
        use wasm_bindgen::JsCast as _;
        self.found.get_untracked()?.query_selector("a.pri, ul a").ok()??.dyn_into().ok()
    }
}

/// `href` is the page that does the same.
#[island]
pub fn Palette(href: String) -> impl IntoView {
    let (dialog, form, input, found) = (NodeRef::<Dialog>::new(), NodeRef::<Form>::new(), NodeRef::<Input>::new(), NodeRef::<Div>::new());
    #[cfg(feature = "hydrate")]
    let (on_click, on_input, on_submit) = {
        let parts = Parts { dialog, form, input, found };
        let listener = window_event_listener(leptos::ev::keydown, move |event| {
            if (event.ctrl_key() || event.meta_key()) && !event.alt_key() && event.key().eq_ignore_ascii_case("k") {
                event.prevent_default();
                parts.open();
            }
        });
        on_cleanup(move || listener.remove());
        let latest = StoredValue::new(0_u32);
        (
            move |event: leptos::ev::MouseEvent| {
                if parts.open().is_some() {
                    event.prevent_default();
                }
            },
            move |_: leptos::ev::Event| {
                latest.update_value(|n| *n += 1);
                let turn = latest.get_value();
                super::browser::after(150, move || {
                    if latest.get_value() == turn {
                        wasm_bindgen_futures::spawn_local(async move {
                            parts.ask().await;
                        });
                    }
                });
            },
            move |event: leptos::ev::SubmitEvent| {
                event.prevent_default();
                parts.go();
            },
        )
    };
    #[cfg(not(feature = "hydrate"))]
    let (on_click, on_input, on_submit) = (|_: leptos::ev::MouseEvent| (), |_: leptos::ev::Event| (), |_: leptos::ev::SubmitEvent| ());
    view! {
        <a class="btn go-btn" href=href.clone() on:click=on_click>"Go to… "<kbd>"Ctrl K"</kbd></a>
        <dialog class="dialog palette" aria-label="Go to or do something" node_ref=dialog>
            <form action=href on:submit=on_submit node_ref=form>
                <label for="palette">"Go to a page or tenant, or say what to do"</label>
                <input id="palette" type="text" maxlength="300" autocomplete="off" on:input=on_input node_ref=input />
            </form>
            <div class="stack" aria-live="polite" node_ref=found></div>
        </dialog>
    }
}
