//! People's own accounts, and tenants that ask for a second factor.

mod password;
mod profile;
mod required;
mod second_factor;
mod signing_in;

use scraper::{Html, Selector};

use crate::world::http::{Browser, Reply, Server};
use crate::world::people::PASSWORD;

/// Gives the password alone; ends where a code is asked for.
async fn give_password(server: &Server, email: &str) -> Browser {
    let browser = server.browser();
    let reply = browser.post("/fn/auth/sign-in", &[("email", email), ("password", PASSWORD)]).await;
    assert_eq!((reply.status, reply.location()), (303, "/login/code"), "{}", reply.everything());
    browser
}

async fn give_code(browser: &Browser, code: &str) -> Reply {
    browser.post("/fn/auth/code", &[("code", code)]).await
}

async fn is_signed_in(browser: &Browser) -> bool {
    browser.get("/account").await.status == 200
}

/// The texts of every element that the selector finds.
fn texts(reply: &Reply, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).expect("a selector");
    Html::parse_document(&reply.body).select(&selector).map(|found| found.text().collect::<String>().trim().to_owned()).collect()
}
