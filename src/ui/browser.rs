//! What more than one island asks of the browser. Each gives nothing where the page is not as expected.

use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

pub(crate) fn after(milliseconds: u64, then: impl FnOnce() + 'static) {
    leptos::prelude::set_timeout(then, std::time::Duration::from_millis(milliseconds));
}

pub(crate) fn document() -> Option<web_sys::Document> {
    web_sys::window()?.document()
}

pub(crate) async fn text(response: Response) -> Option<String> {
    if !response.ok() {
        return None;
    }
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}

pub(crate) async fn fetch(address: &str, request: &web_sys::RequestInit) -> Option<Response> {
    JsFuture::from(web_sys::window()?.fetch_with_str_and_init(address, request)).await.ok()?.dyn_into().ok()
}
