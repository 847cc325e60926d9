//! Agents, knowledge documents and conversations as programs meet them.

use reqwest::Method;

use super::allow;
use crate::world::keys::KeyActor;
use crate::world::scene::{CANARY, Scene};

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
    allow(&scene.a, "agents", Some(5)).await;
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
    allow(&scene.a, "messages", Some(3)).await;
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
