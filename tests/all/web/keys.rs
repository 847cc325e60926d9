//! API keys from the page that makes them to the call that uses them.

use super::text;
use reqwest::Method;
use scraper::{Html, Selector};
use tenantry::domain::role::Role;

use crate::world::World;
use crate::world::http::{Browser, Reply, Server};
use crate::world::keys::KeyActor;
use crate::world::scene::Scene;

async fn call(server: &Server, key: &str, method: Method, path: &str, body: Option<&str>) -> Reply {
    let browser = server.browser();
    let ask = browser.ask(method, path).bearer(key);
    match body {
        Some(body) => ask.json(body).send().await,
        None => ask.send().await,
    }
}

async fn get(server: &Server, key: &str, path: &str) -> Reply {
    call(server, key, Method::GET, path, None).await
}

fn json(reply: &Reply) -> serde_json::Value {
    serde_json::from_str(&reply.body).unwrap_or_else(|error| panic!("{error}: {}", reply.everything()))
}

/// Follows the redirect of a form that made a key, and reads the key that the page shows.
async fn shown_key(browser: &Browser, done: &Reply) -> String {
    assert_eq!(done.status, 303, "{}", done.everything());
    let page = browser.get(done.location()).await;
    let input = Selector::parse("#new-key").expect("a selector");
    Html::parse_document(&page.body).select(&input).next().and_then(|input| input.attr("value")).expect("the new key").to_owned()
}

/// The id of the first key of the list that works.
async fn first_key(world: &World, table: &str) -> String {
    world.text(&format!("select id::text from {table} where revoked_at is null order by created_at limit 1")).await
}

#[tokio::test]
async fn a_key_is_shown_once_opens_its_scopes_and_ends_when_it_is_revoked() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("ada", Role::Admin).await;
    let server = world.serve().await;
    let ada = server.sign_in("ada@acme.example").await;
    let made = ada.post("/fn/keys/create", &[("tenant", "acme"), ("name", "CI"), ("read", "on")]).await;
    let key = shown_key(&ada, &made).await;

    let again = ada.get("/t/acme/keys").await;
    assert!(again.status == 200 && !again.body.contains(&key) && again.body.contains(&key[..11]), "only its beginning is shown again");
    assert_eq!(world.number(&format!("select count(*) from api_keys where position('{key}' in api_keys::text) > 0")).await, 0);
    let own = get(&server, &key, "/api/v1/tenant").await;
    assert_eq!((own.status, json(&own)["slug"].as_str()), (200, Some("acme")), "{}", own.body);
    assert_eq!(json(&get(&server, &key, "/api/v1/features/webhooks").await)["enabled"], true);
    let unknown = get(&server, &key, "/api/v1/features/%00%ff").await;
    assert_eq!(unknown.status, 404, "{}", unknown.body);
    let missing = get(&server, &key, "/api/v1/features/nonsense").await;
    assert!(missing.status == 404 && json(&missing)["known"].as_array().is_some_and(|known| known.len() == 10), "{}", missing.body);
    assert_eq!(acme.count("api_keys where last_used_at is not null").await, 1);

    let id = first_key(&world, "api_keys").await;
    let revoked = ada.post("/fn/keys/revoke", &[("tenant", "acme"), ("key", &id)]).await;
    assert_eq!(revoked.status, 303);
    let refused = get(&server, &key, "/api/v1/tenant").await;
    assert_eq!((refused.status, json(&refused)["code"].as_str()), (401, Some("KEY_REVOKED")), "the very next call: {}", refused.body);
    for action in ["key.created", "key.revoked"] {
        assert_eq!(acme.count(&format!("audit_events where action = '{action}' and target = 'CI'")).await, 1, "{action}");
    }
    assert_eq!(world.number(&format!("select count(*) from audit_events where position('{key}' in audit_events::text) > 0")).await, 0);
    world.finish().await;
}

#[tokio::test]
async fn a_rotated_key_works_as_long_as_was_chosen() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    let owner = server.sign_in("owner@acme.example").await;
    let made = owner.post("/fn/keys/create", &[("tenant", "acme"), ("name", "CI"), ("read", "on")]).await;
    let first = shown_key(&owner, &made).await;

    let id = first_key(&world, "api_keys").await;
    let rotated = owner.post("/fn/keys/rotate", &[("tenant", "acme"), ("key", &id), ("overlap", "24")]).await;
    let second = shown_key(&owner, &rotated).await;
    assert_ne!(first, second);
    for key in [&first, &second] {
        assert_eq!(get(&server, key, "/api/v1/tenant").await.status, 200, "both work for a while");
    }
    world.sql(&format!("update api_keys set expires_at = now() where id = '{id}'")).await;
    assert_eq!(json(&get(&server, &first, "/api/v1/tenant").await)["code"], "KEY_EXPIRED");
    let late = owner.fetch("/fn/keys/rotate", &[("tenant", "acme"), ("key", &id), ("overlap", "0")]).await;
    assert_eq!(late.status, 409, "{}", late.body);

    let id = world.text("select id::text from api_keys where expires_at is null").await;
    let rotated = owner.post("/fn/keys/rotate", &[("tenant", "acme"), ("key", &id), ("overlap", "0")]).await;
    let third = shown_key(&owner, &rotated).await;
    assert_eq!(json(&get(&server, &second, "/api/v1/tenant").await)["code"], "KEY_REVOKED");
    assert_eq!(get(&server, &third, "/api/v1/tenant").await.status, 200);
    world.finish().await;
}

#[tokio::test]
async fn a_form_says_beside_its_fields_what_is_wrong() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    let owner = server.sign_in("owner@acme.example").await;
    let wrong =
        owner.post("/fn/keys/create", &[("tenant", "acme"), ("name", "<b>"), ("last_day", "2020-01-01"), ("calls_a_minute", "many")]).await;
    // Back to where the form stands: tests send it from the start page.
    let (_, query) = wrong.location().split_once('?').expect("the error comes back in the address");
    let page = owner.get(&format!("/t/acme/keys?{query}")).await;
    assert_eq!(text(&page, "#name-error"), "Leave out < and >: names hold no markup.");
    assert_eq!(text(&page, "#scopes-error"), "Choose at least one scope.");
    assert_eq!(text(&page, "#last_day-error"), "This day is over. Enter today or a later one.");
    assert_eq!(text(&page, "#calls_a_minute-error"), "Enter a whole number from 1 to 1000000, or nothing.");
    let input = Selector::parse("#calls_a_minute").expect("a selector");
    assert_eq!(Html::parse_document(&page.body).select(&input).next().and_then(|input| input.attr("value")), Some("many"));
    assert_eq!(world.number("select count(*) from api_keys").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn a_cookie_that_somebody_made_up_shows_nothing() {
    let scene = Scene::set().await;
    let owner = scene.browser(crate::world::scene::Actor::Owner);
    let foreign = KeyActor::Foreign.key().expect("a key");
    owner.set_cookie("new-key", &foreign);
    let page = owner.get("/t/acme/keys").await;
    assert!(page.status == 200 && !page.body.contains(&foreign), "a key of another tenant is not shown as one's own");
    scene.finish().await;
}

#[tokio::test]
async fn a_platform_key_does_what_the_console_does_and_is_its_own_actor() {
    let scene = Scene::set().await;
    let (server, root) = (&scene.server, scene.browser(crate::world::scene::Actor::Platform));
    let made = root.post("/fn/platform-keys/create", &[("name", "Deploy")]).await;
    let key = shown_key(root, &made).await;
    let body = r#"{"name": "New Co", "slug": "new-co", "plan": "starter", "owner_email": "n@new.example", "trial_days": 14}"#;
    let created = call(server, &key, Method::POST, "/api/v1/platform/tenants", Some(body)).await;
    assert_eq!((created.status, json(&created)["status"].as_str()), (201, Some("trial")), "{}", created.body);
    assert_eq!(call(server, &key, Method::POST, "/api/v1/platform/tenants", Some(body)).await.status, 409, "its slug is taken");
    let path = "/api/v1/platform/tenants/new-co";
    let changed = call(server, &key, Method::PATCH, path, Some(r#"{"monthly_budget_usd": "99.50"}"#)).await;
    assert_eq!(json(&changed)["monthly_budget_usd"], "99.50", "{}", changed.body);
    let changed = call(server, &key, Method::PATCH, path, Some(r#"{"monthly_budget_usd": null, "name": "Newer"}"#)).await;
    assert_eq!((&json(&changed)["monthly_budget_usd"], json(&changed)["name"].as_str()), (&serde_json::Value::Null, Some("Newer")));
    let list = get(server, &key, "/api/v1/platform/tenants?q=new-co&status=trial").await;
    assert_eq!(json(&list)["tenants"][0]["slug"], "new-co", "{}", list.body);
    let wrong = get(server, &key, "/api/v1/platform/tenants?sort=nonsense").await;
    assert_eq!((wrong.status, json(&wrong)["errors"][0]["field"].as_str()), (422, Some("sort")));
    let actors = scene
        .world
        .texts(
            "select distinct actor_kind || ' ' || actor from audit_events e join tenants t on t.id = e.tenant_id where t.slug = 'new-co'",
        )
        .await;
    assert_eq!(actors, ["platform_key key Deploy"]);
    scene.finish().await;
}

#[tokio::test]
async fn bad_input_is_a_problem_document_of_its_own() {
    let scene = Scene::set().await;
    let key = KeyActor::Platform.key().expect("a key");
    let path = "/api/v1/platform/tenants";
    let browser = scene.server.browser();
    let big = format!("{{\"name\": \"{}\"}}", "x".repeat(2 * 1024 * 1024));
    for (ask, status, code) in [
        (browser.ask(Method::POST, path).bearer(&key).json("{\"name\": "), 400, "MALFORMED"),
        (browser.ask(Method::POST, path).bearer(&key).json("{}").header("content-type", "text/plain"), 415, "WRONG_CONTENT_TYPE"),
        (browser.ask(Method::POST, path).bearer(&key).json(&big), 413, "TOO_LARGE"),
        (browser.ask(Method::POST, path).bearer(&key).json("{\"name\": 1}"), 422, "INVALID"),
        (browser.ask(Method::POST, path).bearer(&key).json("{\"tenant_id\": \"x\"}"), 422, "INVALID"),
        (browser.ask(Method::PATCH, &format!("{path}/acme")).bearer(&key).json("[\"Acme\", null]"), 422, "INVALID"),
        (browser.ask(Method::GET, &format!("{path}?status=")).bearer(&key), 422, "INVALID"),
        (browser.ask(Method::PUT, path).bearer(&key), 405, "METHOD_NOT_ALLOWED"),
        (browser.ask(Method::GET, "/api/v1/nothing").bearer(&key), 404, "NOT_FOUND"),
        (browser.ask(Method::GET, "/api/"), 404, "NOT_FOUND"),
        (browser.ask(Method::GET, "/api"), 404, "NOT_FOUND"),
    ] {
        let reply = ask.send().await;
        assert_eq!((reply.status, json(&reply)["code"].as_str()), (status, Some(code)), "{}", reply.body);
        assert_eq!(reply.header("content-type"), "application/problem+json");
        assert!(status != 405 || reply.header("allow").contains("POST"), "{}", reply.everything());
    }
    scene.finish().await;
}

#[tokio::test]
async fn two_servers_let_in_no_more_calls_a_minute_than_the_plan_has() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let key = KeyActor::Good.key().expect("a key");
    world
        .sql(&format!(
            "insert into api_keys (tenant_id, name, prefix, key_hash, scopes, created_by) values ('{id}', 'k', 'tk', sha256('{key}'), '{{read}}', 'test');
             insert into entitlement_overrides (tenant_id, meter, quota, reason, created_by) values ('{id}', 'api_rate', 60, 'test', 'test')",
            id = acme.id
        ))
        .await;
    let servers = [world.serve().await, world.serve_with(world.another_store(4, 4), |app| app).await];
    // Away from the end of a minute: the calls below take a second or two.
    let second = || world.number("select extract(second from clock_timestamp())::bigint");
    while second().await > 45 {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    let mut calls = tokio::task::JoinSet::new();
    for n in 0..160 {
        let (server, key) = (servers[n % 2].clone(), key.clone());
        calls.spawn(async move { get(&server, &key, "/api/v1/features/webhooks").await });
    }
    let replies = calls.join_all().await;
    let (done, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
    // A twentieth of the limit may lie unused with the server that had no more callers; here both had.
    assert!((57..=60).contains(&done.len()), "{} were let in", done.len());
    for reply in &refused {
        assert_eq!((reply.status, json(reply)["code"].as_str()), (429, Some("RATE_LIMITED")), "{}", reply.body);
        assert!(reply.header("retry-after").parse::<u64>().is_ok_and(|seconds| (1..=60).contains(&seconds)));
    }
    assert_eq!(done[0].header("ratelimit-policy"), "\"minute\";q=60;w=60");
    assert!(done[0].header("ratelimit").starts_with("\"minute\";r="), "{}", done[0].everything());
    // The next minute is another one, and a full day refuses whatever the minute has.
    world.sql("update api_counters set minute = minute - interval '1 minute'").await;
    let other = world.serve_with(world.another_store(2, 2), |app| app).await;
    assert_eq!(get(&other, &key, "/api/v1/tenant").await.status, 200);
    world
        .sql(&format!(
            "update api_counters set minute = minute - interval '1 minute';
             insert into entitlement_overrides (tenant_id, meter, quota, reason, created_by) values ('{}', 'api_calls', 50, 'test', 'test')",
            acme.id
        ))
        .await;
    let other = world.serve_with(world.another_store(2, 2), |app| app).await;
    let full = get(&other, &key, "/api/v1/tenant").await;
    assert_eq!((full.status, json(&full)["code"].as_str()), (429, Some("QUOTA_EXCEEDED")), "{}", full.body);
    world.finish().await;
}

#[tokio::test]
async fn a_key_with_a_limit_of_its_own_says_so_and_hands_it_on() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    let owner = server.sign_in("owner@acme.example").await;
    let form = [("tenant", "acme"), ("name", "CI"), ("read", "on"), ("calls_a_minute", "1234")];
    let made = owner.post("/fn/keys/create", &form).await;
    let key = shown_key(&owner, &made).await;
    assert_eq!(text(&owner.get("/t/acme/keys").await, "td[data-label='Calls a minute']"), "1,234");
    let path = "/api/v1/features/webhooks";
    let fine = get(&server, &key, path).await;
    assert_eq!((fine.status, fine.header("ratelimit-policy")), (200, "\"key\";q=1234;w=60"));

    let id = first_key(&world, "api_keys").await;
    world.sql("update api_keys set calls_a_minute = 1").await;
    let rotated = owner.post("/fn/keys/rotate", &[("tenant", "acme"), ("key", &id), ("overlap", "0")]).await;
    let key = shown_key(&owner, &rotated).await;
    assert_eq!(world.number("select count(*) from api_keys where calls_a_minute = 1").await, 2);
    // Two minutes at most: of three calls in a row one is too many.
    let mut replies = Vec::new();
    for _ in 0..3 {
        replies.push(get(&server, &key, path).await);
    }
    assert_eq!(replies[0].status, 200, "{}", replies[0].everything());
    let refused = replies.iter().find(|reply| reply.status == 429).expect("one a minute");
    assert_eq!((&json(refused)["code"], &json(refused)["limit_of"]), (&"RATE_LIMITED".into(), &"key".into()), "{}", refused.body);
    assert_eq!(json(refused)["detail"], "The key has 1 calls a minute; they are used up.");
    assert!(refused.header("ratelimit").starts_with("\"key\";r=0;t="), "{}", refused.everything());
    let free = owner.post("/fn/keys/create", &[("tenant", "acme"), ("name", "free"), ("read", "on")]).await;
    let free = shown_key(&owner, &free).await;
    assert_eq!(get(&server, &free, path).await.header("ratelimit-policy"), "\"minute\";q=5000;w=60", "the plan's");
    world.finish().await;
}

#[tokio::test]
async fn the_document_lists_every_route_and_can_be_read_as_a_page() {
    let scene = Scene::set().await;
    let browser = scene.server.browser();
    let document = json(&browser.get("/api/openapi.json").await);
    let page = browser.get("/api/docs").await;
    assert!(page.status == 200 && !page.body.contains("<script"), "{}", page.body);
    for (method, path) in tenantry::edge::api::routes() {
        let operation = &document["paths"][&path][method.to_lowercase()];
        assert!(operation["summary"].is_string(), "{method} {path}");
        for status in ["401", "403", "429", "503"] {
            assert!(operation["responses"][status].is_object(), "{method} {path} says nothing of {status}");
        }
        assert!(page.body.contains(&format!("{method} {path}")), "{method} {path}");
    }
    let operations = tenantry::edge::api::routes().into_iter().map(|(method, path)| &document["paths"][&path][method.to_lowercase()]);
    let ids: std::collections::BTreeSet<_> = operations.clone().filter_map(|operation| operation["operationId"].as_str()).collect();
    assert_eq!(ids.len(), operations.count(), "every operation has an id of its own");
    assert!(document["components"]["schemas"]["Problem"]["properties"]["code"].is_object());
    let metrics = get(&scene.server, &KeyActor::Platform.key().expect("a key"), "/metrics").await;
    assert!(metrics.body.contains("tenantry_http_requests_total") && metrics.body.contains("route=\"/api/docs\""), "{}", metrics.body);
    assert!(!metrics.body.contains("kwyjibo"), "no label is an address");
    scene.finish().await;
}

#[tokio::test]
async fn c13_a_form_that_is_sent_fifty_times_leaves_one_key_that_works() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let server = world.serve().await;
    let owner = server.sign_in("owner@acme.example").await;
    let page = owner.get("/t/acme/keys").await;
    let request = page.body.split_once("name=\"request\" value=\"").and_then(|(_, rest)| rest.split_once('"')).expect("the form's id").0;
    let form = [("tenant", "acme"), ("name", "CI"), ("read", "on"), ("request", request)];
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (owner, form) = (owner.clone(), form.map(|(name, value)| (name, value.to_owned())));
        calls.spawn(
            async move { owner.fetch("/fn/keys/create", &form.each_ref().map(|(name, value)| (*name, value.as_str()))).await.status },
        );
    }
    let sent = calls.join_all().await;
    assert!(sent.contains(&200) && sent.iter().all(|status| [200, 409].contains(status)), "{sent:?}");
    assert_eq!(acme.count("api_keys where revoked_at is null").await, 1);
    // A second form is a second key; the first one makes none any more.
    let other = uuid::Uuid::new_v4().to_string();
    assert_eq!(
        owner.fetch("/fn/keys/create", &[("tenant", "acme"), ("name", "CD"), ("read", "on"), ("request", &other)]).await.status,
        200
    );
    world.sql("update api_keys set created_at = created_at - interval '2 minutes'").await;
    let late = owner.fetch("/fn/keys/create", &[("tenant", "acme"), ("name", "CD"), ("read", "on"), ("request", &other)]).await;
    assert!(late.status == 409 && late.body.contains("has made a key already"), "{}", late.everything());
    assert_eq!(acme.count("api_keys where revoked_at is null").await, 2);
    world.finish().await;
}
