//! The console's tenant list through the router: its query line, saved views, the file of a view, actions on many tenants.

mod bulk;
mod bulk_causes;
mod bulk_roles;
mod bulk_switch;
mod csv;
mod line;
mod views;

use scraper::{Html, Selector};

use crate::world::World;
use crate::world::http::{Browser, Reply, Server};

/// Somebody of the platform's staff, signed in.
async fn staff(world: &World, server: &Server, name: &str) -> Browser {
    let email = format!("{name}@tenantry.example");
    let root = world.account(&email).await;
    world.sql(&format!("insert into platform_admins (user_id) values ('{root}')")).await;
    server.sign_in(&email).await
}

async fn page(browser: &Browser, path: &str) -> Html {
    let reply = browser.get(path).await;
    assert_eq!(reply.status, 200, "{path}: {}", reply.everything());
    Html::parse_document(&reply.body)
}

/// The texts of all that the selector finds.
fn texts(page: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).expect("a selector");
    page.select(&selector).map(|found| found.text().collect::<String>().trim().to_owned()).collect()
}

/// An attribute of all that the selector finds.
fn attributes(page: &Html, selector: &str, name: &str) -> Vec<String> {
    let selector = Selector::parse(selector).expect("a selector");
    page.select(&selector).filter_map(|found| found.attr(name).map(str::to_owned)).collect()
}

/// Slugs of the tenants that the list shows.
fn slugs(page: &Html) -> Vec<String> {
    texts(page, "tbody td.name span")
}

/// Sends a form and follows it to the page that shows the result.
async fn done(browser: &Browser, function: &str, form: &[(&str, &str)]) -> Reply {
    let reply = browser.post(function, form).await;
    assert!(matches!(reply.status, 302 | 303), "{}", reply.everything());
    assert!(!reply.location().contains("__err"), "{function} {form:?} is refused: {}", reply.location());
    reply
}
