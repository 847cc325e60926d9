//! `/t/{slug}/live`: bars that follow what is used.

use reqwest::Method;

use crate::world::scene::{Actor, Scene};

/// The next event's bars; `None` when the stream has ended.
async fn next(stream: &mut reqwest::Response) -> Option<String> {
    let mut text = String::new();
    while !text.ends_with("\n\n") {
        text += &String::from_utf8_lossy(&stream.chunk().await.expect("the server is there")?);
    }
    // In between it may say that it is still there.
    if text.starts_with("event: bars") { Some(text) } else { Box::pin(next(stream)).await }
}

#[tokio::test]
async fn bars_come_at_once_and_again_when_something_was_used() {
    let scene = Scene::set().await;
    let viewer = scene.browser(Actor::Viewer);
    let mut stream = viewer.ask(Method::GET, "/t/acme/live?bars=main").header("accept", "text/event-stream").open().await;
    assert_eq!(stream.status(), 200);
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let first = next(&mut stream).await.expect("bars");
    assert!(first.contains("role=\"meter\"") && first.contains("Tokens") && !first.contains("987,654"), "{first}");
    scene.world.sql(&format!("update tenants set monthly_budget_usd = 987654 where id = '{}'", scene.a.id)).await;
    let second = next(&mut stream).await.expect("bars");
    assert!(second.contains("987,654"), "{second}");
    // Another tenant's usage is nothing to tell; a member who is removed hears no more.
    scene.world.sql(&format!("update tenants set monthly_budget_usd = 123456 where id = '{}'", scene.b.id)).await;
    scene.world.sql(&format!("delete from members where tenant_id = '{}' and role = 'viewer'", scene.a.id)).await;
    assert_eq!(next(&mut stream).await, None);
    assert_eq!(viewer.get("/t/acme/live").await.status, 404);
    scene.finish().await;
}

#[tokio::test]
async fn a_suspended_tenant_ends_the_stream_and_whoever_asks_plainly_gets_the_bars_once() {
    let scene = Scene::set().await;
    let owner = scene.browser(Actor::Owner);
    let mut stream = owner.ask(Method::GET, "/t/acme/live").header("accept", "text/event-stream").open().await;
    let bars = next(&mut stream).await.expect("bars");
    let plain = owner.get("/t/acme/live").await;
    assert_eq!((plain.status, plain.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(bars.contains("Members") && plain.body.contains("Members"));
    scene
        .world
        .sql(&format!(
            "update tenants set status = 'suspended', status_reason = 'a test', status_before = 'active' where id = '{}'",
            scene.a.id
        ))
        .await;
    assert_eq!(next(&mut stream).await, None);
    assert_eq!(owner.get("/t/acme/live").await.status, 403);
    scene.finish().await;
}

#[tokio::test]
async fn the_bar_of_a_page_about_one_limit_is_the_one_that_its_stream_sends() {
    let scene = Scene::set().await;
    let owner = scene.browser(Actor::Owner);
    for (page, bar, label) in
        [("agents", "agents", "Agents"), ("team", "members", "Members and open invites"), ("knowledge", "storage", "Storage")]
    {
        let sent = owner.get(&format!("/t/acme/live?bars={bar}")).await.body;
        assert!(sent.contains(label) && sent.matches("class=\"quota\"").count() == 1, "{sent}");
        let shown = owner.get(&format!("/t/acme/{page}")).await.body;
        // A list of bars ends with a mark of its own.
        assert!(shown.contains(sent.trim_end_matches("<!>")), "{sent} is not in {shown}");
    }
    scene.finish().await;
}
