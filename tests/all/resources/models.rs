//! Models that a tenant allows: set by its owner, kept to by page and API.

use reqwest::Method;

use crate::world::keys::KeyActor;
use crate::world::scene::{Actor, Scene};

async fn make(scene: &Scene, name: &str, model: &str) -> (u16, u16) {
    let form = [("tenant", "acme"), ("name", name), ("model", model)];
    let page = scene.browser(Actor::Member).fetch("/fn/agents/create", &form).await.status;
    let body = serde_json::json!({ "name": format!("{name} by key"), "model": model }).to_string();
    let key = KeyActor::Good.key().expect("a key");
    (page, scene.server.browser().ask(Method::POST, "/api/v1/agents").bearer(&key).json(&body).send().await.status)
}

async fn set(scene: &Scene, actor: Actor, allowed: &str, default: &str) -> u16 {
    let form = [("tenant", "acme"), ("allowed_models", allowed), ("default_model", default)];
    scene.browser(actor).fetch("/fn/settings/models", &form).await.status
}

async fn sheet(scene: &Scene) -> serde_json::Value {
    let key = KeyActor::Good.key().expect("a key");
    let reply = scene.server.browser().ask(Method::GET, "/api/v1/tenant").bearer(&key).send().await;
    serde_json::from_str::<serde_json::Value>(&reply.body).expect("JSON")["models"].clone()
}

#[tokio::test]
async fn new_agents_run_on_what_the_owner_allows() {
    let scene = Scene::set().await;
    assert_eq!(make(&scene, "Early", "huge").await, (200, 201));
    assert_eq!(sheet(&scene).await, serde_json::json!({ "allowed": null, "default": null }));
    assert_eq!(set(&scene, Actor::Admin, "small", "").await, 403);
    assert_eq!(set(&scene, Actor::Owner, "small\nlarge", "huge").await, 422, "the default is one of them");
    assert_eq!(sheet(&scene).await["allowed"], serde_json::Value::Null);
    assert_eq!(set(&scene, Actor::Owner, "small\nlarge", "large").await, 200);
    assert_eq!(sheet(&scene).await, serde_json::json!({ "allowed": ["small", "large"], "default": "large" }));
    assert_eq!(make(&scene, "Late", "huge").await, (422, 422));
    assert_eq!(make(&scene, "Fine", "small").await, (200, 201));
    let form = scene.browser(Actor::Member).get("/t/acme/agents/new").await.body;
    assert!(form.contains("<select") && form.contains("value=\"large\" selected"), "{form}");

    // What runs keeps its model, whatever else of it changes; to another it changes within the list.
    let early = scene.world.text("select id::text from agents where name = 'Early'").await;
    let change = async |name: &str, model: &str| {
        let form = [("tenant", "acme"), ("agent", early.as_str()), ("name", name), ("model", model)];
        scene.browser(Actor::Member).fetch("/fn/agents/change", &form).await.status
    };
    assert_eq!(change("Early bird", "huge").await, 200);
    assert_eq!(change("Early bird", "enormous").await, 422);
    assert_eq!(change("Early bird", "small").await, 200);
    assert_eq!(change("Early bird", "huge").await, 422, "and not back");

    assert_eq!(set(&scene, Actor::Owner, "", "").await, 200);
    assert_eq!(make(&scene, "Free", "huge").await, (200, 201));
    let events = "audit_events where action = 'tenant.updated' and after like '%allowed_models%'";
    assert_eq!((scene.a.count(events).await, scene.b.count(events).await), (2, 0));
    scene.finish().await;
}
