//! Commands in plain words: what they mean is shown, and done once it is confirmed.

use scraper::{Html, Selector};

use super::staff;
use crate::world::World;
use crate::world::http::{Browser, encode};

/// The page of what was typed.
async fn asked(browser: &Browser, text: &str) -> String {
    let page = browser.get(&format!("/admin/go?{}", encode(&[("q", text)]))).await;
    assert_eq!(page.status, 200, "{text}: {}", page.everything());
    page.body
}

fn texts(page: &str, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).expect("a selector");
    Html::parse_document(page).select(&selector).map(|found| found.text().collect::<String>().trim().to_owned()).collect()
}

/// The hidden fields of the form that confirms.
fn form(page: &str) -> Vec<(String, String)> {
    let fields = Selector::parse("#command input[type=hidden]").expect("a selector");
    let value = |field: scraper::ElementRef<'_>, name: &str| field.attr(name).unwrap_or_default().to_owned();
    Html::parse_document(page).select(&fields).map(|field| (value(field, "name"), value(field, "value"))).collect()
}

/// Confirms what the page shows; where that leads.
async fn confirm(browser: &Browser, page: &str, reason: &str) -> String {
    let fields = form(page);
    assert!(!fields.is_empty(), "there is something to confirm: {page}");
    let mut fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    if !reason.is_empty() {
        fields.push(("reason", reason));
    }
    browser.post("/fn/go/run", &fields).await.location().to_owned()
}

#[tokio::test]
async fn a_command_is_shown_with_before_and_after_and_runs_once_it_is_confirmed() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let page = asked(&root, "Please upgrade tenant 'ACME acme' to the enterprise plan").await;
    assert_eq!(texts(&page, "#command dd"), ["ACME acme acme", "Pro", "Enterprise"]);
    let plan = "select p.key from tenants t join plan_versions v on v.id = t.plan_version_id join plans p on p.id = v.plan_id";
    assert_eq!(world.text(plan).await, "pro", "nothing is done yet");
    let to = confirm(&root, &page, "").await;
    let done = root.get(&to).await.body;
    assert!(done.contains("Done.") && done.contains("Enterprise"), "{to}");
    assert_eq!(world.text(plan).await, "enterprise");
    assert_eq!(acme.count("audit_events where action = 'plan.changed' and actor = 'root@tenantry.example'").await, 1);
    assert!(asked(&root, "upgrade acme to enterprise").await.contains("There is nothing to do"));

    let page = asked(&root, "set agents limit of acme to 200").await;
    assert!(texts(&page, "#command dd")[2] == "200 of Agents", "{page}");
    assert!(confirm(&root, &page, "").await.contains("__err"), "a limit asks for a reason");
    confirm(&root, &page, "a deal").await;
    assert_eq!(world.number("select quota from quotas where meter = 'agents'").await, 200);

    let page = asked(&root, "suspend acme because two invoices are unpaid").await;
    assert!(texts(&page, "#command textarea")[0].contains("two invoices are unpaid"));
    confirm(&root, &page, "two invoices are unpaid").await;
    assert_eq!(acme.status().await, "suspended");
    let page = asked(&root, "resume acme").await;
    confirm(&root, &page, "").await;
    assert_eq!(acme.status().await, "active");
    world.finish().await;
}

#[tokio::test]
async fn what_changed_between_the_look_and_the_click_is_not_run_over() {
    let world = World::start().await;
    world.tenant("acme").await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let (one, other) = (asked(&root, "upgrade acme to enterprise").await, asked(&root, "move acme to starter").await);
    assert!(confirm(&root, &one, "").await.contains("done=run"));
    let refused = root.get(&confirm(&root, &other, "").await).await;
    assert!(refused.status == 200 || refused.status == 303, "{}", refused.everything());
    let fields = form(&other);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let reply = root.fetch("/fn/go/run", &fields).await;
    assert!(reply.status == 409 && reply.body.contains("Somebody else changed this meanwhile"), "{}", reply.body);
    world.finish().await;
}

#[tokio::test]
async fn tenants_pages_and_lists_are_found_and_what_is_not_is_said() {
    let world = World::start().await;
    for name in ["acme", "acme-two", "beta"] {
        world.tenant(name).await;
    }
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let links = |page: &str| {
        let selector = Selector::parse("#found a").expect("a selector");
        Html::parse_document(page).select(&selector).filter_map(|link| link.attr("href").map(str::to_owned)).collect::<Vec<_>>()
    };
    for (text, first) in [
        ("open acme", "/admin/tenants/acme"),
        ("acme", "/admin/tenants/acme"),
        ("bet", "/admin/tenants/beta"),
        ("show quotas of beta", "/admin/tenants/beta/quotas"),
        ("jobs", "/admin/jobs"),
        ("list suspended tenants", "/admin/tenants?q=state:suspended"),
        ("which tenants are approaching their plan limits?", "/admin/usage"),
        ("Create a new tenant called 'BigCorp' with pro plan", "/admin/tenants/new?name=BigCorp&plan=pro"),
    ] {
        assert_eq!(links(&asked(&root, text).await).first().map(String::as_str), Some(first), "{text}");
    }
    assert_eq!(links(&asked(&root, "open acme").await).len(), 2, "and those that contain it");
    assert!(root.get("/admin/tenants/new?name=BigCorp&plan=pro").await.body.contains("value=\"BigCorp\""));
    let page = asked(&root, "suspend ac").await;
    assert!(page.contains("No tenant is called"), "two letters are a whole slug or nothing: {page}");
    let page = asked(&root, "suspend acm").await;
    assert!(page.contains("Which tenant?") && form(&page).is_empty());
    assert!(asked(&root, "supsend acme").await.contains("Did you mean"));
    assert!(asked(&root, "upgrade acme to platinum").await.contains("There is no plan “platinum”"));
    for strange in ["", "\"", "'acme", "%", "\u{0}", "<b>", "🦀", &"x".repeat(10_000)] {
        asked(&root, strange).await;
    }
    let help = root.get("/admin/go/help").await;
    assert!(help.status == 200 && help.body.contains("suspend|pause|block"), "the grammar itself");
    world.finish().await;
}

#[tokio::test]
async fn who_may_not_do_it_sees_what_it_means_and_cannot_confirm() {
    let world = World::start().await;
    world.tenant("acme").await;
    let server = world.serve().await;
    let user = world.account("rob@tenantry.example").await;
    world.sql(&format!("insert into platform_admins (user_id, role) values ('{user}', 'billing')")).await;
    let billing = server.sign_in("rob@tenantry.example").await;
    let page = asked(&billing, "suspend acme").await;
    assert!(page.contains("Your role does not include this") && form(&page).is_empty());
    let form = [("command", "suspend acme"), ("was", "active"), ("reason", "unpaid")];
    assert_eq!(billing.fetch("/fn/go/run", &form).await.status, 403);
    let plan = [("command", "change plan of acme to starter"), ("was", "pro")];
    assert_eq!(billing.fetch("/fn/go/run", &plan).await.status, 200, "plans are billing's");
    for bad in ["", "open acme", "suspend", "suspend nowhere", "drop table tenants"] {
        let status = billing.fetch("/fn/go/run", &[("command", bad), ("was", ""), ("reason", "x")]).await.status;
        assert!(matches!(status, 422 | 403 | 404), "{bad}: {status}");
    }
    world.finish().await;
}
