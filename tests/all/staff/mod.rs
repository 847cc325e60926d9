//! What platform admins change in the console: plans, meters, prices, one tenant's quotas; through the router, as their browsers do.

mod alerts_api;
mod appointing;
mod audit;
mod clones;
mod commands;
mod confirming;
mod features;
mod health;
mod meters;
mod moves;
mod plans;
mod prices;
mod quotas;
mod second_factor;
mod templates;

use reqwest::Method;
use scraper::{Html, Selector};
use serde_json::Value;

use crate::world::World;
use crate::world::http::{Browser, Reply, Server};

/// Somebody of the platform's staff, signed in.
pub async fn staff(world: &World, server: &Server) -> Browser {
    let root = world.account("root@tenantry.example").await;
    world.sql(&format!("insert into platform_admins (user_id) values ('{root}')")).await;
    server.sign_in("root@tenantry.example").await
}

/// Sends a form and follows it to the page that shows the result.
pub async fn done(browser: &Browser, function: &str, form: &[(&str, &str)]) -> Reply {
    let reply = browser.post(function, form).await;
    assert!(reply.status == 303 || reply.status == 302, "{}", reply.everything());
    assert!(!reply.location().contains("__err"), "{function} {form:?} is refused: {}", reply.location());
    let page = browser.get(reply.location()).await;
    assert_eq!(page.status, 200, "{}", page.everything());
    page
}

/// What is beside each field of the page that a refused form comes back to: field and message. What was typed must still stand there.
pub async fn refused(browser: &Browser, function: &str, page: &str, form: &[(&str, &str)]) -> Vec<String> {
    let reply = browser.post(function, form).await;
    // Back to where the form stands: tests send it from the start page.
    let (_, query) = reply.location().split_once('?').unwrap_or_else(|| panic!("{function} {form:?} is not refused"));
    assert!(query.contains("__err"), "{function} {form:?} is not refused: {query}");
    let shown = browser.get(&format!("{page}?{query}")).await;
    assert_eq!(shown.status, 200, "{}", shown.everything());
    let document = Html::parse_document(&shown.body);
    let all = Selector::parse(".error[id]").expect("a selector");
    let errors: Vec<String> = document
        .select(&all)
        .filter(|error| error.attr("hidden").is_none())
        .filter_map(|error| error.attr("id")?.strip_suffix("-error").map(str::to_owned))
        .collect();
    for field in &errors {
        let control = Selector::parse(&format!("#{field}")).expect("a selector");
        let control = document.select(&control).next().unwrap_or_else(|| panic!("no field {field}"));
        assert_eq!(control.attr("aria-invalid"), Some("true"), "{field}");
        let typed = form.iter().find(|(name, _)| name == field).map_or("", |(_, text)| text);
        if control.value().name() == "input" {
            let kept: String = typed.chars().take(400).collect();
            assert_eq!(control.attr("value"), Some(kept.as_str()), "{field} keeps what was typed");
        }
    }
    errors
}

/// A page's markup without the comments at which the browser tells its texts apart.
fn markup(page: &Reply) -> String {
    page.body.replace("<!>", "")
}

/// What stands in a page's hidden field.
async fn hidden(browser: &Browser, page: &str, field: &str) -> String {
    let shown = browser.get(page).await;
    assert_eq!(shown.status, 200, "{}", shown.everything());
    let selector = Selector::parse(&format!("input[type=hidden][name='{field}']")).expect("a selector");
    let document = Html::parse_document(&shown.body);
    let found = document.select(&selector).next().unwrap_or_else(|| panic!("{page} has no hidden {field}"));
    found.attr("value").unwrap_or_default().to_owned()
}

/// Changes what the draft of a plan grants of a meter, as its page does.
async fn grant(browser: &Browser, plan: &str, meter: &str, fields: &[(&str, &str)]) -> Reply {
    let revision = hidden(browser, &format!("/admin/plans/{plan}/draft/{meter}"), "revision").await;
    let mut form = vec![("plan", plan), ("meter", meter), ("revision", revision.as_str())];
    form.extend(fields);
    done(browser, "/fn/plans/change", &form).await
}

/// The draft becomes the version that is sold.
async fn publish(browser: &Browser, plan: &str) -> Reply {
    let page = format!("/admin/plans/{plan}/draft");
    let (draft, revision) = (hidden(browser, &page, "draft").await, hidden(browser, &page, "revision").await);
    done(browser, "/fn/plans/publish", &[("plan", plan), ("draft", &draft), ("revision", &revision)]).await
}

/// A call of the machine API: status and body.
async fn call(server: &Server, key: &str, path: &str, body: &str) -> (u16, Value) {
    let reply = server.browser().ask(Method::POST, &format!("/api/v1{path}")).bearer(key).json(body).send().await;
    (reply.status, serde_json::from_str(&reply.body).unwrap_or_else(|error| panic!("{error}: {}", reply.body)))
}

/// How many events of the platform's own chain say this.
async fn events(world: &World, action: &str) -> i64 {
    world.number(&format!("select count(*) from platform_events where action = '{action}'")).await
}
