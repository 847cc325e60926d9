//! Agents and knowledge as a browser without scripts meets them, and the machine API's own ways to say the same.

use reqwest::Method;
use tenantry::domain::role::Role;
use tenantry::store::overrides::QuotaChange;

use super::shelf::Shelf;
use crate::world::World;
use crate::world::http::{Browser, Reply};
use crate::world::keys::KeyActor;
use crate::world::people::Tenant;
use crate::world::scene::{CANARY, Scene};

async fn allow(tenant: &Tenant, meter: &str, quota: i64) {
    let mut console = tenant.world.console().await;
    let reason = "for a test".parse().expect("a reason");
    console.change_quotas(&tenant.slug, &[(meter, QuotaChange::Set(Some(quota)))], &reason).await.expect("changed");
    console.commit().await.expect("committed");
}

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
    allow(&acme, "agents", 5).await;
    world
        .sql(&format!("insert into agents (tenant_id, name, model) select '{}', 'agent ' || n, 'm' from generate_series(1, 5) n", acme.id))
        .await;
    let mel = world.serve().await.sign_in("mel@acme.example").await;
    for path in ["/t/acme/agents", "/t/acme/agents/new"] {
        let page = mel.get(path).await.body;
        assert!(page.contains("Max 5 agents allowed. Upgrade your plan.") && page.contains("mailto:support@"), "{path}: {page}");
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
    allow(&acme, "storage", 50_000_010).await;
    let full = fetch("more.bin", vec![7; 11]).await;
    assert!(full.status == 429 && full.body.contains("Max 50 MB of storage allowed. Upgrade your plan."), "{}", full.body);
    let too_large = upload(&owner, "large.bin", &vec![7; 60_000_000]).await;
    let page = owner.get(too_large.location()).await.body;
    assert!(page.contains("Upgrade your plan.") || page.contains("At most 50 MB"), "{page}");
    assert_eq!((acme.count("documents").await, acme.count("loose_files").await, shelf.keys().await.len()), (1, 0, 1));
    world.finish().await;
}

/// A call of the machine API with a key of tenant A.
async fn call(scene: &Scene, method: Method, path: &str, body: &str) -> (u16, serde_json::Value) {
    let browser = scene.server.browser();
    let ask = browser.ask(method, &format!("/api/v1{path}")).bearer(&KeyActor::Good.key().expect("a key"));
    let reply = if body.is_empty() { ask } else { ask.json(body) }.send().await;
    (reply.status, serde_json::from_str(&reply.body).unwrap_or_default())
}

#[tokio::test]
async fn the_api_makes_what_the_plan_allows() {
    let scene = Scene::set().await;
    allow(&scene.a, "agents", 5).await;
    let (status, agent) = call(&scene, Method::POST, "/agents", r#"{"name": "Fourth", "model": "large", "cost_center": "4711"}"#).await;
    assert_eq!((status, &agent["cost_center"], &agent["active"]), (201, &"4711".into(), &true.into()));
    let id = agent["id"].as_str().expect("an id").to_owned();
    let (status, changed) = call(&scene, Method::PATCH, &format!("/agents/{id}"), r#"{"cost_center": null, "active": false}"#).await;
    assert_eq!((status, &changed["cost_center"], &changed["active"], &changed["name"]), (200, &().into(), &false.into(), &"Fourth".into()));
    let (status, taken) = call(&scene, Method::POST, "/agents", r#"{"name": "fourth", "model": "large"}"#).await;
    assert_eq!((status, &taken["code"], &taken["errors"][0]["field"]), (409, &"CONFLICT".into(), &"name".into()));
    assert_eq!(call(&scene, Method::POST, "/agents", r#"{"name": "Fifth", "model": "large"}"#).await.0, 201);
    let (status, full) = call(&scene, Method::POST, "/agents", r#"{"name": "Sixth", "model": "large"}"#).await;
    assert_eq!((status, &full["code"], &full["used"], &full["limit"]), (429, &"QUOTA_EXCEEDED".into(), &5.into(), &5.into()));
    assert_eq!(full["detail"], "Max 5 agents allowed. Upgrade your plan.");
    let (mut names, mut after) = (Vec::new(), String::new());
    loop {
        let (status, page) = call(&scene, Method::GET, &format!("/agents?limit=2{after}"), "").await;
        assert_eq!(status, 200, "{page}");
        names.extend(page["items"].as_array().expect("items").iter().map(|agent| agent["name"].as_str().expect("a name").to_owned()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={}", next.replace(' ', "%20")),
            None => break,
        }
    }
    assert_eq!(names, ["Fifth", "Fourth", "plain agent 1", "plain agent 2", "plain agent 3"]);
    scene.finish().await;
}

#[tokio::test]
async fn the_api_keeps_documents_and_conversations() {
    let scene = Scene::set().await;
    let browser = scene.server.browser();
    let key = KeyActor::Good.key().expect("a key");
    let bring = |path: &'static str, bytes: Vec<u8>| {
        let (browser, key) = (browser.clone(), key.clone());
        async move { browser.ask(Method::POST, path).bearer(&key).bytes("text/plain; charset=utf-8", &bytes).send().await }
    };
    let kept = bring("/api/v1/knowledge?name=notes.txt", b"something".to_vec()).await;
    let document: serde_json::Value = serde_json::from_str(&kept.body).expect("JSON");
    assert_eq!((kept.status, &document["content_type"], &document["size_bytes"]), (201, &"text/plain".into(), &9.into()));
    assert_eq!(document["created_by"], "key Good");
    let content = format!("/api/v1/knowledge/{}/content", document["id"].as_str().expect("an id"));
    let got = browser.ask(Method::GET, &content).bearer(&key).send().await;
    assert_eq!((got.status, got.body.as_str(), got.header("x-content-type-options")), (200, "something", "nosniff"));
    let foreign = format!("/api/v1/knowledge/{}/content", scene.document(&scene.b).await);
    let random = format!("/api/v1/knowledge/{}/content", uuid::Uuid::from_u128(42));
    for path in [foreign, random] {
        let reply = browser.ask(Method::GET, &path).bearer(&key).send().await;
        assert!(reply.status == 404 && !reply.body.contains(CANARY), "{}", reply.body);
    }
    assert_eq!(bring("/api/v1/knowledge", b"x".to_vec()).await.status, 422);
    assert_eq!(bring("/api/v1/knowledge?name=%00", b"x".to_vec()).await.status, 422);
    assert_eq!(bring("/api/v1/knowledge?name=large.bin", vec![7; 50_000_001]).await.status, 413);

    let (status, thread) = call(&scene, Method::POST, "/threads", r#"{"title": "Hello"}"#).await;
    assert_eq!((status, &thread["messages"]), (201, &0.into()));
    let messages = format!("/threads/{}/messages", thread["id"].as_str().expect("an id"));
    for n in 1..=3 {
        let (status, message) = call(&scene, Method::POST, &messages, r#"{"role": "user", "content": "hi"}"#).await;
        assert_eq!((status, &message["number"]), (201, &n.into()));
    }
    let (_, page) = call(&scene, Method::GET, &format!("{messages}?limit=2&after=1"), "").await;
    assert_eq!((&page["items"][0]["number"], &page["items"][1]["number"], &page["next"]), (&2.into(), &3.into(), &().into()));
    allow(&scene.a, "messages", 3).await;
    let (status, full) = call(&scene, Method::POST, &messages, r#"{"role": "user", "content": "hi"}"#).await;
    assert_eq!((status, &full["code"]), (429, &"QUOTA_EXCEEDED".into()));
    scene.finish().await;
}

#[tokio::test]
async fn bad_input_to_the_api_names_its_field() {
    let scene = Scene::set().await;
    let thread = call(&scene, Method::POST, "/threads", r#"{"title": "Hello"}"#).await.1["id"].as_str().expect("an id").to_owned();
    let (messages, long) = (format!("/threads/{thread}/messages"), "x".repeat(100_001));
    for (method, path, body, status, field) in [
        (Method::POST, "/agents", r#"{"name": "", "model": "large"}"#, 422, "name"),
        (Method::POST, "/agents", r#"{"name": "a\u0000b", "model": "large"}"#, 422, "name"),
        (Method::POST, "/agents", r#"{"name": "a", "model": 7}"#, 422, "model"),
        (Method::POST, "/agents", r#"{"name": "a", "model": "b", "tenant_id": "c"}"#, 422, "tenant_id"),
        (Method::POST, "/agents", r#"{"name": "a", "model": "b", "department": ""}"#, 422, "department"),
        (Method::POST, "/agents", r#"{"name": "a"#, 400, ""),
        (Method::GET, "/agents?limit=0", "", 422, "limit"),
        (Method::GET, "/agents?limit=101", "", 422, "limit"),
        (Method::GET, "/agents?limit=9223372036854775808", "", 422, "limit"),
        (Method::GET, "/agents?after=%00", "", 422, "after"),
        (Method::GET, "/threads?after=nonsense", "", 422, "after"),
        (Method::GET, "/knowledge?after=1", "", 422, "after"),
        (Method::GET, &format!("{messages}?after=-1"), "", 422, "after"),
        (Method::GET, "/agents/nonsense", "", 404, ""),
        (Method::DELETE, "/knowledge/%00", "", 404, ""),
        (Method::POST, "/threads", r#"{"title": "a", "agent": "nonsense"}"#, 422, "agent"),
        (Method::POST, &messages, r#"{"role": "owner", "content": "hi"}"#, 422, "role"),
        (Method::POST, &messages, r#"{"role": "user", "content": ""}"#, 422, "content"),
        (Method::POST, &messages, r#"{"role": "user", "content": "a\u0000b"}"#, 422, "content"),
        (Method::POST, &messages, &format!(r#"{{"role": "user", "content": "{long}"}}"#), 422, "content"),
    ] {
        let (got, problem) = call(&scene, method.clone(), path, body).await;
        assert_eq!(got, status, "{method} {path} {body:.80}: {problem}");
        assert_eq!(problem["errors"][0]["field"].as_str().unwrap_or_default(), field, "{method} {path} {body:.80}: {problem}");
    }
    scene.finish().await;
}
