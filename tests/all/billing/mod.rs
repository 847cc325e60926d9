//! Plans that people change themselves, and the bills that follow: each change once, each month once, to the cent.

mod changing;
mod closing;
mod downgrading;
mod pages;

use scraper::{Html, Selector};

use crate::world::http::{Browser, Reply};
use crate::world::smtp::mailer;
use crate::world::{Tenant, World};

/// As if the tenant had stood like this since the first of the month, so many months ago; its months since then are not closed.
async fn since(tenant: &Tenant, months: i32) {
    let first = format!("(this_month() - interval '{months} months')::date");
    tenant
        .world
        .sql(&format!(
            "update billing_days set day = {first} where tenant_id = '{id}';
             update billing_heads set next_period = {first} where tenant_id = '{id}'",
            id = tenant.id
        ))
        .await;
}

/// The hidden and chosen fields of the form on this page that goes to `action`.
fn fields(page: &Reply, action: &str) -> Vec<(String, String)> {
    let document = Html::parse_document(&page.body);
    let inputs = Selector::parse(&format!("form[action='{action}'] input")).expect("a selector");
    let sent = |kind: Option<&str>, checked: bool| !matches!(kind, Some("radio" | "checkbox")) || checked;
    document
        .select(&inputs)
        .filter(|input| sent(input.attr("type"), input.attr("checked").is_some()))
        .map(|input| (input.attr("name").unwrap_or_default().to_owned(), input.attr("value").unwrap_or_default().to_owned()))
        .collect()
}

fn borrowed(form: &[(String, String)]) -> Vec<(&str, &str)> {
    form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// Opens the page of a plan as the browser's person and gives its form, as it would be sent.
async fn form_of(browser: &Browser, plan: &str) -> Vec<(String, String)> {
    let page = browser.get(&format!("/t/acme/plan/{plan}")).await;
    assert_eq!(page.status, 200, "{}", page.everything());
    let form = fields(&page, "/fn/plan/change");
    assert!(form.iter().any(|(name, _)| name == "request"), "{}", page.body);
    form
}

/// Confirms a plan on its page and follows to what it shows.
async fn choose(browser: &Browser, plan: &str) -> Reply {
    let form = form_of(browser, plan).await;
    let reply = browser.post("/fn/plan/change", &borrowed(&form)).await;
    assert!(reply.location().starts_with("/t/acme/plan?done="), "{}", reply.everything());
    browser.get(reply.location()).await
}

/// The tenant's plan.
async fn plan(tenant: &Tenant) -> String {
    let query = "select p.key from tenants t join plan_versions v on v.id = t.plan_version_id join plans p on p.id = v.plan_id";
    tenant.world.text(&format!("{query} where t.id = '{}'", tenant.id)).await
}

/// Does all jobs that are due, after letting those of this kind be due.
async fn work(world: &World, kind: &str) {
    world.sql(&format!("update jobs set run_at = now() where kind = '{kind}' and state = 'queued'")).await;
    tenantry::jobs::work_off(&world.store, &mailer(None)).await;
}
