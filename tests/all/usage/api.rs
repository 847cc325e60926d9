//! `POST /api/v1/usage`, `GET /api/v1/usage`.

use reqwest::Method;
use serde_json::{Value, json};

use super::figure;
use crate::world::http::Reply;
use crate::world::keys::KeyActor;
use crate::world::scene::{Actor, Scene};

async fn post(scene: &Scene, body: &str) -> Reply {
    let key = KeyActor::Good.key().expect("a key");
    scene.server.browser().ask(Method::POST, "/api/v1/usage").bearer(&key).json(body).send().await
}

async fn get(scene: &Scene, query: &str) -> (u16, Value) {
    let key = KeyActor::Good.key().expect("a key");
    let reply = scene.server.browser().ask(Method::GET, &format!("/api/v1/usage{query}")).bearer(&key).send().await;
    (reply.status, serde_json::from_str(&reply.body).expect("JSON"))
}

fn body(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).expect("JSON")
}

#[tokio::test]
async fn what_is_reported_is_read_back() {
    let scene = Scene::set().await;
    scene.world.sql(&format!("delete from usage_days where tenant_id = '{}'", scene.a.id)).await;
    let events = json!([
        { "meter": "tokens", "amount": 1_000_000, "idempotency_key": "1", "model": "gpt-4o", "direction": "input", "agent": "Ada", "cost_center": "CC-1" },
        { "meter": "tokens", "amount": 200_000, "idempotency_key": "2", "model": "gpt-4o", "direction": "output", "agent": "Bob", "cost_center": "CC-1" },
        { "meter": "messages", "amount": 4, "idempotency_key": "3", "cost_usd": 0.1 },
        { "meter": "messages", "amount": 5, "idempotency_key": "4", "cost_usd": "0.25", "at": null },
    ]);
    let reply = post(&scene, &events.to_string()).await;
    assert_eq!((reply.status, body(&reply)), (202, json!({ "accepted": 4, "duplicates": 0 })), "{}", reply.body);
    assert_eq!(body(&post(&scene, &events.to_string()).await), json!({ "accepted": 0, "duplicates": 4 }));
    let (status, usage) = get(&scene, "?period=day&breakdown=agent").await;
    assert_eq!(status, 200);
    assert_eq!((&usage["period"], &usage["cost_usd"], &usage["trend_percent"]), (&json!("day"), &json!("4.85"), &Value::Null));
    let totals: Vec<_> = usage["totals"].as_array().expect("totals").iter().map(|t| (t["meter"].clone(), t["amount"].clone())).collect();
    assert_eq!(totals, [(json!("tokens"), json!(1_200_000)), (json!("messages"), json!(9))]);
    let shares: Vec<_> = usage["shares"].as_array().expect("shares").iter().map(|s| (s["name"].clone(), s["cost_usd"].clone())).collect();
    assert_eq!(shares, [(json!("Ada"), json!("2.5")), (json!("Bob"), json!("2")), (json!(""), json!("0.35"))]);
    let (_, usage) = get(&scene, "?breakdown=cost_center").await;
    assert_eq!(
        (&usage["period"], &usage["shares"][0]["name"], &usage["shares"][0]["tokens"]),
        (&json!("month"), &json!("CC-1"), &json!(1_200_000))
    );
    assert_eq!(get(&scene, "?period=week").await.1["shares"], json!([]));
    scene.finish().await;
}

#[tokio::test]
async fn the_trend_is_that_of_the_period_before() {
    let scene = Scene::set().await;
    scene
        .world
        .sql(&format!(
            "delete from usage_days where tenant_id = '{id}';
             insert into usage_days (tenant_id, meter, day, amount, cost_usd)
             values ('{id}', 'tokens', today(), 300, 3), ('{id}', 'tokens', today() - 1, 200, 4), ('{id}', 'tokens', today() - 8, 100, 7)",
            id = scene.a.id
        ))
        .await;
    let (_, day) = get(&scene, "?period=day").await;
    assert_eq!((&day["trend_percent"], &day["totals"][0]["trend_percent"]), (&json!(-25), &json!(50)));
    let (_, week) = get(&scene, "?period=week").await;
    assert_eq!((&week["cost_usd"], &week["cost_before_usd"], &week["trend_percent"]), (&json!("7"), &json!("7"), &json!(0)));
    scene.finish().await;
}

#[tokio::test]
async fn bad_input_names_the_row_and_the_field_and_counts_nothing() {
    let scene = Scene::set().await;
    let event = |change: &str| format!("[{{\"meter\":\"tokens\",\"amount\":1,\"idempotency_key\":\"ok\"}}, {{{change}}}]");
    let future = scene.world.text("select to_char((now() + interval '1 hour') at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')").await;
    let key = r#""idempotency_key":"x""#;
    for (change, status, field) in [
        (format!(r#""meter":"tokens","amount":0,{key}"#), 422, "[1].amount"),
        (format!(r#""meter":"tokens","amount":-1,{key}"#), 422, "[1].amount"),
        (format!(r#""meter":"tokens","amount":1.5,{key}"#), 422, "[1].amount"),
        (format!(r#""meter":"tokens","amount":9223372036854775808,{key}"#), 422, "[1].amount"),
        (format!(r#""meter":"tokens","amount":"1",{key}"#), 422, "[1].amount"),
        (format!(r#""meter":"thoughts","amount":1,{key}"#), 422, "[1].meter"),
        (format!(r#""meter":"agents","amount":1,{key}"#), 422, "[1].meter"),
        (r#""meter":"tokens","amount":1"#.to_owned(), 422, "[1]"),
        (r#""meter":"tokens","amount":1,"idempotency_key":"""#.to_owned(), 422, "[1].idempotency_key"),
        (format!(r#""meter":"tokens","amount":1,"at":"{future}",{key}"#), 422, "[1].at"),
        (format!(r#""meter":"tokens","amount":1,"at":"2020-02-30T00:00:00Z",{key}"#), 422, "[1].at"),
        (format!(r#""meter":"tokens","amount":1,"at":"2020-01-01T00:00:00Z",{key}"#), 422, "[1].at"),
        (format!(r#""meter":"tokens","amount":1,"cost_usd":-1,{key}"#), 422, "[1].cost_usd"),
        (format!(r#""meter":"tokens","amount":1,"cost_usd":1e99,{key}"#), 422, "[1].cost_usd"),
        (format!(r#""meter":"tokens","amount":1,"cost_usd":[],{key}"#), 422, "[1].cost_usd"),
        (format!(r#""meter":"tokens","amount":1,"direction":"up",{key}"#), 422, "[1].direction"),
        (format!(r#""meter":"tokens","amount":1,"tenant":"{}",{key}"#, scene.b.slug), 422, "[1].tenant"),
        (format!(r#""meter":"tokens","amount":1,"model":"a\u0000b",{key}"#), 422, "[1]"),
    ] {
        let reply = post(&scene, &event(&change)).await;
        let problem = body(&reply);
        assert_eq!((reply.status, problem["errors"][0]["field"].as_str()), (status, Some(field)), "{change}: {}", reply.body);
    }
    for (body, status) in [("[]", 422), ("{}", 422), ("[", 400), ("", 400), ("null", 422)] {
        assert_eq!(post(&scene, body).await.status, status, "{body}");
    }
    let many: Vec<Value> = (0..1_001).map(|n| json!({ "meter": "tokens", "amount": 1, "idempotency_key": n.to_string() })).collect();
    assert_eq!(post(&scene, &Value::from(many.clone()).to_string()).await.status, 422);
    assert_eq!(figure(&scene.a, "count(*) from usage_events").await, 0);
    assert_eq!(post(&scene, &Value::from(many[1..].to_vec()).to_string()).await.status, 202, "a thousand are taken");
    let unknown = body(&post(&scene, r#"[{"meter":"thoughts","amount":1,"idempotency_key":"x"}]"#).await);
    assert_eq!(unknown["known"], json!(["tokens", "messages", "api_calls"]));
    assert_eq!(get(&scene, "?period=year").await.0, 422);
    assert_eq!(get(&scene, "?breakdown=mood").await.0, 422);
    assert_eq!(get(&scene, "?tenant=kwyjibo").await.0, 422);
    // What was reported stands on the page of its own tenant.
    assert!(scene.browser(Actor::Owner).get("/t/acme/usage").await.body.contains("1,000"));
    scene.finish().await;
}

#[tokio::test]
async fn an_amount_that_no_sum_can_hold_is_refused() {
    let scene = Scene::set().await;
    let event = |amount: i64| json!([{ "meter": "tokens", "amount": amount, "idempotency_key": amount.to_string() }]).to_string();
    let refused = post(&scene, &event(1_000_000_000_000_001)).await;
    assert_eq!((refused.status, &body(&refused)["errors"][0]["field"]), (422, &json!("[0].amount")), "{}", refused.body);
    assert_eq!(post(&scene, &event(1_000_000_000_000_000)).await.status, 202);
    scene.world.sql(&format!("update usage_days set amount = {} where tenant_id = '{}'", i64::MAX - 10, scene.a.id)).await;
    let refused = post(&scene, &event(11)).await;
    assert_eq!((refused.status, &body(&refused)["code"]), (422, &json!("INVALID")), "{}", refused.body);
    assert_eq!(post(&scene, &event(10)).await.status, 202, "the last that fits");
    // Sums made up by hand are not those of the events.
    scene.abandon().await;
}
