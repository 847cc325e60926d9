//! Agents and knowledge as a browser without scripts meets them.

use reqwest::Method;
use tenantry::domain::role::Role;

use super::allow;
use super::shelf::Shelf;
use crate::world::World;
use crate::world::http::{Browser, Reply};

async fn upload(browser: &Browser, name: &str, bytes: &[u8]) -> Reply {
    browser.ask(Method::POST, "/t/acme/knowledge").file("document", name, bytes).send().await
}

#[tokio::test]
async fn an_agent_is_made_changed_put_to_sleep_and_deleted_with_forms_alone() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("mel", Role::Member).await;
    let mel = world.serve().await.sign_in("mel@acme.example").await;
    assert!(mel.get("/t/acme/agents").await.body.contains("No agents here"));
    let made = mel.post("/fn/agents/create", &[("tenant", "acme"), ("name", "Helper"), ("model", "large"), ("department", "Sales")]).await;
    assert_eq!((made.status, made.location()), (303, "/t/acme/agents?done=created"));
    let list = mel.get(made.location()).await;
    assert!(list.body.contains("The agent is created.") && list.body.contains("Helper") && list.body.contains("Sales"), "{}", list.body);
    let id = world.text("select id::text from agents").await;
    let at = |fields: &[(&'static str, &'static str)]| {
        [&[("tenant", "acme"), ("agent", id.as_str())][..], fields].concat().into_iter().collect::<Vec<(&str, &str)>>()
    };
    let changed = mel.post("/fn/agents/change", &at(&[("name", "Helper"), ("model", "small"), ("cost_center", "4711")])).await;
    assert_eq!((changed.status, changed.location()), (303, "/t/acme/agents?done=changed"));
    let page = mel.get(&format!("/t/acme/agents/{id}?ask=delete")).await;
    assert!(page.body.contains("value=\"4711\"") && page.body.contains("Delete Helper?"), "{}", page.body);
    let asleep = mel.post("/fn/agents/activate", &at(&[("active", "no")])).await;
    assert!(mel.get(asleep.location()).await.body.contains("Inactive"));
    let deleted = mel.post("/fn/agents/delete", &at(&[])).await;
    assert_eq!(deleted.location(), "/t/acme/agents?done=deleted");
    assert_eq!(acme.count("agents").await, 0);
    assert_eq!(mel.get(&format!("/t/acme/agents/{id}")).await.status, 404);
    for action in ["created", "changed", "deleted"] {
        assert!(acme.count(&format!("audit_events where action = 'agent.{action}' and actor = 'mel@acme.example'")).await >= 1, "{action}");
    }
    world.finish().await;
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let owner = world.serve().await.sign_in("owner@acme.example").await;
    let own = format!("http://{}/t/acme/agents/new", owner.server.host);
    let form = [("tenant", "acme"), ("name", "<b>"), ("model", ""), ("department", "Sales"), ("cost_center", "4711")];
    let refused = owner.ask(Method::POST, "/fn/agents/create").form(&form).header("referer", &own).send().await;
    assert_eq!(refused.status, 303);
    let page = owner.get(refused.location()).await;
    for text in ["Leave out &lt; and &gt;", "Fill this in.", "value=\"&lt;b&gt;\"", "value=\"Sales\"", "value=\"4711\""] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert_eq!(owner.fetch("/fn/agents/create", &form).await.status, 422);
    assert_eq!(acme.count("agents").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn at_the_limit_the_page_says_so_and_whom_to_ask() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("mel", Role::Member).await;
    allow(&acme, "agents", Some(5)).await;
    world
        .sql(&format!("insert into agents (tenant_id, name, model) select '{}', 'agent ' || n, 'm' from generate_series(1, 5) n", acme.id))
        .await;
    let mel = world.serve().await.sign_in("mel@acme.example").await;
    for path in ["/t/acme/agents", "/t/acme/agents/new"] {
        let page = mel.get(path).await.body;
        assert!(page.contains("Max 5 agents allowed. Upgrade your plan.") && page.contains("/plan\">Compare plans"), "{path}: {page}");
    }
    let refused = mel.fetch("/fn/agents/create", &[("tenant", "acme"), ("name", "Sixth"), ("model", "m")]).await;
    assert_eq!(refused.status, 429);
    assert!(refused.body.contains("Max 5 agents allowed. Upgrade your plan."), "{}", refused.body);
    assert_eq!(acme.count("agents").await, 5);
    world.finish().await;
}

#[tokio::test]
async fn a_viewer_looks_and_changes_nothing() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("vi", Role::Viewer).await;
    let server = world.serve().await;
    let (owner, vi) = (server.sign_in("owner@acme.example").await, server.sign_in("vi@acme.example").await);
    assert_eq!(upload(&owner, "handbook.txt", b"read me").await.location(), "/t/acme/knowledge?done=uploaded");
    let page = vi.get("/t/acme/knowledge").await.body;
    assert!(page.contains("handbook.txt") && !page.contains("Upload") && !page.contains("Delete"), "{page}");
    assert_eq!(upload(&vi, "mine.txt", b"no").await.status, 303);
    assert_eq!(acme.count("documents").await, 1);
    let agents = vi.get("/t/acme/agents").await;
    assert!(agents.status == 200 && !agents.body.contains("New agent"));
    assert_eq!(vi.get("/t/acme/agents/new").await.status, 403);
    world.finish().await;
}

#[tokio::test]
async fn a_document_comes_back_as_it_went_and_is_never_shown_by_the_browser() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let owner = world.serve().await.sign_in("owner@acme.example").await;
    let text = "<script>alert(1)</script>\n".repeat(1_000);
    let name = "Grüße ../../x\".html";
    assert_eq!(upload(&owner, &name.replace('"', "%22"), text.as_bytes()).await.status, 303);
    let id = world.text("select id::text from documents").await;
    let got = owner.get(&format!("/t/acme/knowledge/{id}")).await;
    assert_eq!((got.status, got.body == text), (200, true));
    assert_eq!(got.header("x-content-type-options"), "nosniff");
    assert!(got.header("content-disposition").starts_with("attachment; filename=\""), "{}", got.header("content-disposition"));
    assert!(got.header("content-security-policy").starts_with("default-src 'none'"));
    assert_eq!(got.header("content-length"), text.len().to_string());
    assert_eq!(world.number("select amount from usage_levels where meter = 'storage'").await, i64::try_from(text.len()).expect("small"));
    let deleted = owner.post("/fn/knowledge/delete", &[("tenant", "acme"), ("document", &id)]).await;
    assert_eq!(deleted.location(), "/t/acme/knowledge?done=deleted");
    assert_eq!(owner.get(&format!("/t/acme/knowledge/{id}")).await.status, 404);
    assert_eq!(acme.count("documents").await, 0);
    let signed_out = owner.server.browser().get(&format!("/t/acme/knowledge/{id}")).await;
    assert_eq!((signed_out.status, signed_out.location()), (303, format!("/login?next=%2Ft%2Facme%2Fknowledge%2F{id}").as_str()));
    world.finish().await;
}

#[tokio::test]
async fn uploads_that_cannot_be_kept_are_refused_with_a_reason() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let shelf = Shelf::default();
    let server = world.serve_with(shelf.under(&world.store), |app| app).await;
    let owner = server.sign_in("owner@acme.example").await;
    let fetch = |name: &'static str, bytes: Vec<u8>| {
        let owner = owner.clone();
        async move { owner.ask(Method::POST, "/t/acme/knowledge").file("document", name, &bytes).header("accept", "*/*").send().await }
    };
    let none = upload(&owner, "", b"").await;
    assert!(owner.get(none.location()).await.body.contains("Choose a file."));
    assert_eq!(fetch("large.bin", vec![7; 50_000_001]).await.status, 413);
    assert_eq!(fetch("largest.bin", vec![7; 50_000_000]).await.status, 200);
    shelf.fill(true);
    assert_eq!(fetch("lost.bin", vec![7; 100]).await.status, 507);
    shelf.fill(false);
    allow(&acme, "storage", Some(50_000_010)).await;
    let full = fetch("more.bin", vec![7; 11]).await;
    assert!(full.status == 429 && full.body.contains("Max 50 MB of storage allowed. Upgrade your plan."), "{}", full.body);
    let too_large = upload(&owner, "large.bin", &vec![7; 60_000_000]).await;
    let page = owner.get(too_large.location()).await.body;
    assert!(page.contains("Upgrade your plan.") || page.contains("At most 50 MB"), "{page}");
    assert_eq!((acme.count("documents").await, acme.count("loose_files").await, shelf.keys().await.len()), (1, 0, 1));
    world.finish().await;
}

#[tokio::test]
async fn c13_a_file_that_is_sent_eight_times_by_one_form_is_one_document() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    // Room for one.
    allow(&acme, "storage", Some(1_500)).await;
    let owner = world.serve().await.sign_in("owner@acme.example").await;
    let page = owner.get("/t/acme/knowledge").await.body;
    let (_, rest) = page.split_once("name=\"request\" value=\"").expect("the form has an id");
    let request = rest[..36].to_owned();
    let send_file = |request: &str, name: &'static str, bytes: &'static [u8]| {
        let (owner, request) = (owner.clone(), request.to_owned());
        tokio::spawn(async move {
            let parts: [(&str, Option<&str>, &[u8]); 2] = [("request", None, request.as_bytes()), ("document", Some(name), bytes)];
            owner.ask(Method::POST, "/t/acme/knowledge").parts(&parts).send().await.location().to_owned()
        })
    };
    let send = |request: &str| send_file(request, "notes.txt", &[7; 1_000]);
    let clicks: Vec<_> = (0..8).map(|_| send(&request)).collect();
    for click in clicks {
        assert_eq!(click.await.expect("no panic"), "/t/acme/knowledge?done=uploaded");
    }
    assert_eq!(send(&request).await.expect("no panic"), "/t/acme/knowledge?done=uploaded", "back, and once more");
    assert_eq!((acme.count("documents").await, acme.count("loose_files").await), (1, 0));
    assert_eq!(acme.count("audit_events where action = 'document.uploaded'").await, 1);
    assert_eq!(world.number("select amount from usage_levels where meter = 'storage'").await, 1_000);

    // Another form, and another file by a page that was gone back to, bring another document, when there is room.
    let other = uuid::Uuid::new_v4().to_string();
    for (request, name, bytes) in
        [(&other, "notes.txt", &[7; 1_000]), (&request, "more.txt", &[7; 1_000]), (&request, "notes.txt", &[8; 1_000])]
    {
        allow(&acme, "storage", Some(1_500)).await;
        let refused = send_file(request, name, bytes).await.expect("no panic");
        assert!(refused.contains("__err="), "{name}: {refused}");
        allow(&acme, "storage", Some(10_000)).await;
        assert_eq!(send_file(request, name, bytes).await.expect("no panic"), "/t/acme/knowledge?done=uploaded");
    }
    assert_eq!((acme.count("documents").await, acme.count("loose_files").await), (4, 0));
    world.finish().await;
}
