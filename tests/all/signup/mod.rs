//! Sign-up: from the first step of the form to a tenant that is set up.

mod form;
mod link;
mod races;
mod setup;

use crate::mail::{keep_all, kept_link};
use crate::world::World;
use crate::world::http::{Browser, Reply};
use crate::world::people::PASSWORD;

/// What somebody fills in.
#[derive(Clone, Copy)]
struct Entry {
    company: &'static str,
    slug: &'static str,
    plan: &'static str,
    email: &'static str,
}

const ACME: Entry = Entry { company: "Acme", slug: "acme", plan: "pro", email: "nova@acme.example" };

/// The first two steps.
async fn begin(browser: &Browser, entry: Entry) {
    let company = browser.post("/fn/signup/company", &[("name", entry.company), ("slug", entry.slug)]).await;
    assert_eq!((company.status, company.location()), (303, "/signup?step=plan"), "{}", company.everything());
    let plan = browser.post("/fn/signup/plan", &[("plan", entry.plan)]).await;
    assert_eq!((plan.status, plan.location()), (303, "/signup?step=you"), "{}", plan.everything());
}

/// All three steps; the mail waits.
async fn fill_in(browser: &Browser, entry: Entry) {
    begin(browser, entry).await;
    let person = browser.post("/fn/signup/person", &[("name", "Nova New"), ("email", entry.email)]).await;
    assert_eq!((person.status, person.location()), (303, "/signup?step=mail"), "{}", person.everything());
}

/// The token of the newest link that was mailed.
async fn mailed_token(world: &World) -> String {
    keep_all(world).await;
    let path = kept_link(world, "sign_up").await;
    path.strip_prefix("/signup/").expect("a link").to_owned()
}

/// A link for this entry, from a browser of its own.
async fn link_for(world: &World, browser: &Browser, entry: Entry) -> String {
    fill_in(browser, entry).await;
    mailed_token(world).await
}

async fn complete(browser: &Browser, token: &str) -> Reply {
    browser.post("/fn/signup/complete", &[("token", token), ("password", PASSWORD)]).await
}

async fn tenants(world: &World) -> i64 {
    world.number("select count(*) from tenants").await
}
