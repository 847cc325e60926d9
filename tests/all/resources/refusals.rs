//! Whoever is refused for a limit leaves a trace, though what was refused is taken back.

use reqwest::Method;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tenantry::domain::capability::ManageAgents;
use tenantry::store::StoreError;

use super::allow;
use crate::world::World;
use crate::world::keys::KeyActor;
use crate::world::scene::{Actor, Scene};

#[tokio::test]
async fn agents_storage_and_messages_that_were_refused_are_seen_on_the_pages() {
    let scene = Scene::set().await;
    let key = KeyActor::Good.key().expect("a key");
    let browser = scene.server.browser();
    let post = |path: &str, body: &str| browser.ask(Method::POST, &format!("/api/v1{path}")).bearer(&key).json(body).send();
    let thread = post("/threads", r#"{"title": "Hello"}"#).await;
    let thread: serde_json::Value = serde_json::from_str(&thread.body).expect("json");
    let messages = format!("/threads/{}/messages", thread["id"].as_str().expect("an id"));
    for meter in ["agents", "messages", "storage"] {
        allow(&scene.a, meter, Some(0)).await;
    }
    scene.world.sql("delete from refusals").await;
    for _ in 0..2 {
        assert_eq!(post("/agents", r#"{"name": "One more", "model": "large"}"#).await.status, 429);
        assert_eq!(post(&messages, r#"{"role": "user", "content": "hi"}"#).await.status, 429);
        let file = browser.ask(Method::POST, "/api/v1/knowledge?name=a.txt").bearer(&key).bytes("text/plain", b"hello").send().await;
        assert_eq!(file.status, 429, "{}", file.body);
    }
    let owner = scene.browser(Actor::Owner);
    let form = [("tenant", "acme"), ("name", "One more"), ("model", "large")];
    assert_eq!(owner.fetch("/fn/agents/create", &form).await.status, 429);
    let kept = scene
        .world
        .texts("select concat_ws(' ', meter, quota, source, key_prefix, sum(times)) from refusals group by meter, quota, source, key_prefix order by 1")
        .await;
    let prefix = &key[..11];
    assert_eq!(
        kept,
        [
            "agents 0 override  1".to_owned(),
            format!("agents 0 override {prefix} 2"),
            format!("messages 0 override {prefix} 2"),
            format!("storage 0 override {prefix} 2")
        ]
    );
    for page in [owner.get("/t/acme/usage").await, scene.browser(Actor::Platform).get("/admin/tenants/acme/usage").await] {
        for shown in ["a person", &format!("{prefix}…"), "set for this tenant", "815 B of 0 B"] {
            assert!(page.body.contains(shown), "{shown}: {}", page.body);
        }
    }
    for meter in ["agents", "messages", "storage"] {
        allow(&scene.a, meter, None).await;
    }
    assert_eq!(post("/agents", r#"{"name": "One more", "model": "large"}"#).await.status, 201);
    assert_eq!(post(&messages, r#"{"role": "user", "content": "hi"}"#).await.status, 201);
    scene.finish().await;
}

#[tokio::test]
async fn what_a_refused_transaction_had_done_is_taken_back_and_it_does_nothing_more() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    allow(&acme, "agents", Some(1)).await;
    let mut tx = acme.open::<ManageAgents>("owner").await.expect("may");
    let new = |name: &str| tenantry::domain::agent::NewAgent {
        name: name.parse().expect("a name"),
        model: "large".parse().expect("a model"),
        department: None,
        cost_center: None,
        active: true,
    };
    tx.create_agent(&new("First")).await.expect("there is room");
    assert!(matches!(tx.create_agent(&new("Second")).await, Err(StoreError::AtLimit(_))));
    let late = tx.create_thread(&"Late".parse().expect("a title"), None).await;
    assert!(matches!(late, Err(StoreError::Db(_))), "{late:?}");
    let _ = tx.commit().await;
    assert_eq!((acme.count("agents").await, acme.count("threads").await), (0, 0));
    assert_eq!(acme.count("refusals where meter = 'agents' and used = 1 and quota = 1 and source = 'override'").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn nobody_notes_refusals_of_another_tenant() {
    let world = World::start().await;
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    world.sql(&format!("insert into api_keys (tenant_id, name, prefix, key_hash, scopes, created_by) values ('{}', 'k', 'tk_theirs', sha256('x'), '{{read}}', 'test')", globex.id)).await;
    let theirs = world.text("select id::text from api_keys").await;
    let mut app = world.logins.app.connect().await.expect("the login connects");
    let note = format!("select refusal_note('agents', 1, 1, '{theirs}', false, 1)");
    let add = format!(
        "select refusals_add(array['{}'::uuid], array['agents'], array[1::bigint], array[1::bigint], array['plan'], array['tk'])",
        acme.id
    );
    for (context, statement, code) in
        [("", &note, Some("42501")), (acme.id.to_string().as_str(), &note, None), (acme.id.to_string().as_str(), &add, Some("42501"))]
    {
        sqlx::query("select set_config('app.tenant_id', $1, false)").bind(context).execute(&mut app).await.expect("anybody may set it");
        let done = sqlx::raw_sql(AssertSqlSafe(statement.as_str())).execute(&mut app).await;
        let refused = done.err().and_then(|error| error.as_database_error().and_then(|db| db.code().map(std::borrow::Cow::into_owned)));
        assert_eq!(refused.as_deref(), code, "{statement}");
    }
    app.close().await.expect("closed");
    assert_eq!((acme.count("refusals where key_prefix = ''").await, globex.count("refusals").await), (1, 0), "nor a key's name of theirs");
    world.finish().await;
}
