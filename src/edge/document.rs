//! Leptos appends hydration data as scripts after every document. Pages without islands hydrate nothing: they lose it here, and with it
//! their last script.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

/// Larger than any page; a list shows 50 rows.
const MOST: usize = 8 * 1024 * 1024;
const END: &[u8] = b"</html>";
const ISLAND: &[u8] = b"<leptos-island";

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

/// Cuts what follows the document of a page without islands; everything else passes as it is.
pub async fn without_idle_scripts(response: Response) -> Response {
    let html = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !html {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(mut text) = to_bytes(body, MOST).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if let Some(end) = text.windows(END.len()).rposition(|window| window == END)
        && !contains(&text[..end], ISLAND)
    {
        text.truncate(end + END.len());
    }
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(text.len()));
    Response::from_parts(parts, Body::from(text))
}
