//! The server as a browser meets it.

mod answers;
mod bad_input;
mod keys;
mod live;
mod metrics;
mod sign_in;
mod team;
mod typed;

use scraper::{Html, Selector};

use crate::world::http::Reply;

/// The text of the first element that the selector finds.
fn text(reply: &Reply, selector: &str) -> String {
    let selector = Selector::parse(selector).expect("a selector");
    Html::parse_document(&reply.body)
        .select(&selector)
        .next()
        .map(|found| found.text().collect::<String>().trim().to_owned())
        .unwrap_or_default()
}
