//! The calls as programs make them.

use reqwest::Method;
use serde_json::{Value, json};

use super::Key;
use crate::world::World;
use crate::world::http::{Reply, Server};

async fn post(server: &Server, key: &Key, path: &str, body: &str) -> (u16, Value, Reply) {
    let browser = server.browser();
    let mut ask = browser.ask(Method::POST, &format!("/api/v1{path}")).bearer(&key.text);
    if !body.is_empty() {
        ask = ask.json(body);
    }
    let reply = ask.send().await;
    (reply.status, serde_json::from_str(&reply.body).unwrap_or_else(|error| panic!("{error}: {}", reply.body)), reply)
}

#[tokio::test]
async fn consuming_says_what_is_left_and_past_the_limit_when_to_come_back() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let (key, server) = (acme.key("one").await, world.serve().await);
    acme.limit("tokens", 10).await;
    let (status, body, _) = post(&server, &key, "/quota/tokens/consume", r#"{"amount": 4, "idempotency_key": "a"}"#).await;
    assert_eq!(
        (status, &body["allowed"], &body["used"], &body["limit"], &body["remaining"]),
        (200, &json!(true), &json!(4), &json!(10), &json!(6))
    );
    assert!(body["resets_at"].as_str().is_some_and(|at| at.ends_with("-01T00:00:00Z")), "{body}");
    let (_, again, _) = post(&server, &key, "/quota/tokens/consume", r#"{"idempotency_key": "a", "amount": 4}"#).await;
    assert_eq!(again, body);
    let (status, refused, reply) = post(&server, &key, "/quota/tokens/consume", r#"{"amount": 7}"#).await;
    assert_eq!((status, &refused["code"], &refused["used"], &refused["limit"]), (429, &json!("QUOTA_EXCEEDED"), &json!(4), &json!(10)));
    assert!(reply.header("retry-after").parse::<u64>().is_ok_and(|seconds| (1..=31 * 86_400).contains(&seconds)), "{reply:?}");
    let (status, unlimited, _) = post(&server, &key, "/quota/messages/consume", r#"{"amount": 1}"#).await;
    assert_eq!((status, &unlimited["limit"]), (200, &json!(1_000_000)));
    world.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_call_is_named() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let (key, server) = (acme.key("one").await, world.serve().await);
    for (path, body, status, code, field) in [
        ("/quota/nothing/consume", r#"{"amount": 1}"#, 404, "UNKNOWN_METER", ""),
        ("/quota/agents/consume", r#"{"amount": 1}"#, 409, "WRONG_METER_KIND", ""),
        ("/quota/api_rate/consume", r#"{"amount": 1}"#, 409, "WRONG_METER_KIND", ""),
        ("/quota/sessions/reserve", r#"{"amount": 1, "ttl_seconds": 5}"#, 409, "WRONG_METER_KIND", ""),
        ("/quota/tokens/leases", "{}", 409, "WRONG_METER_KIND", ""),
        ("/quota/tokens/consume", r#"{"amount": 0}"#, 422, "INVALID", "amount"),
        ("/quota/tokens/consume", r#"{"amount": -1}"#, 422, "INVALID", "amount"),
        ("/quota/tokens/consume", r#"{"amount": 1.5}"#, 422, "INVALID", "amount"),
        ("/quota/tokens/consume", r#"{"amount": 9223372036854775808}"#, 422, "INVALID", "amount"),
        ("/quota/tokens/consume", r#"{"amount": 9223372036854775807}"#, 422, "INVALID", "amount"),
        ("/quota/tokens/consume", r#"{"amount": "1"}"#, 422, "INVALID", "amount"),
        ("/quota/tokens/consume", r#"{"amount": 1, "idempotency_key": ""}"#, 422, "INVALID", "idempotency_key"),
        ("/quota/tokens/consume", r#"{"amount": 1, "tenant": "globex"}"#, 422, "INVALID", "tenant"),
        ("/quota/tokens/consume", r#"{"amount": 1"#, 400, "MALFORMED", ""),
        ("/quota/tokens/consume", "", 415, "WRONG_CONTENT_TYPE", ""),
        ("/quota/tokens/reserve", r#"{"amount": 1, "ttl_seconds": 0}"#, 422, "INVALID", "ttl_seconds"),
        ("/quota/tokens/reserve", r#"{"amount": 1}"#, 422, "INVALID", ""),
        ("/quota/reservations/nonsense/commit", "", 404, "NOT_FOUND", ""),
        ("/quota/sessions/leases/nonsense/heartbeat", "", 404, "NOT_FOUND", ""),
        ("/quota/sessions/leases", r#"{"ttl_seconds": 4}"#, 422, "INVALID", "ttl_seconds"),
    ] {
        let (got, problem, _) = post(&server, &key, path, body).await;
        assert_eq!((got, problem["code"].as_str()), (status, Some(code)), "{path} {body}: {problem}");
        assert_eq!(problem["errors"][0]["field"].as_str().unwrap_or(""), field, "{path} {body}: {problem}");
    }
    let (_, unknown, _) = post(&server, &key, "/quota/nothing/consume", r#"{"amount": 1}"#).await;
    assert!(unknown["known"].as_array().is_some_and(|known| known.contains(&json!("tokens"))), "{unknown}");
    world.sql("update tenants set status = 'suspended', status_reason = 'unpaid', status_before = 'active'").await;
    let (status, problem, _) = post(&server, &key, "/quota/tokens/consume", r#"{"amount": 1}"#).await;
    assert_eq!((status, &problem["code"]), (403, &json!("TENANT_SUSPENDED")));
    assert_eq!(acme.counted("used", "tokens").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn a_call_to_consume_is_answered_alike_whichever_way_it_takes() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let (key, server) = (acme.key("one").await, world.serve().await);
    acme.limit("tokens", 10).await;
    let stranger = Key { text: format!("tk_{:x<43}", ""), ..key.clone() };
    for (key, meter, body, status) in [
        (&key, "tokens", r#"{"amount": 4, "idempotency_key": "a"}"#, 200),
        (&key, "tokens", r#"{"amount": 4, "idempotency_key": "a"}"#, 200),
        (&key, "tokens", r#"{"amount": 5, "idempotency_key": "a"}"#, 422),
        (&key, "tokens", r#"{"amount": 7}"#, 429),
        (&key, "tokens", r#"{"amount": 0}"#, 422),
        (&key, "tokens", r#"{"amount": 1"#, 400),
        (&key, "agents", r#"{"amount": 1}"#, 409),
        (&key, "nothing", r#"{"amount": 1}"#, 404),
        (&stranger, "tokens", r#"{"amount": 1}"#, 401),
    ] {
        // With a letter written in another way the path is none that is known at once, and means the same.
        let odd = format!("%{:x}{}", meter.as_bytes()[0], &meter[1..]);
        let (got, direct, reply) = post(&server, key, &format!("/quota/{meter}/consume"), body).await;
        let (_, long, other) = post(&server, key, &format!("/quota/{odd}/consume"), body).await;
        assert_eq!((got, &direct), (status, &long), "{meter} {body}");
        let said = |reply: &Reply| {
            let mut headers: Vec<String> = reply.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
            // These tell the time.
            headers.retain(|header| !header.starts_with("date:") && !header.starts_with("retry-after:"));
            headers.sort();
            headers
        };
        assert_eq!((reply.status, said(&reply)), (other.status, said(&other)), "{meter} {body}");
    }
    assert_eq!(acme.counted("used", "tokens").await, 4);
    let whole = format!(r#"{{"amount": 1, "idempotency_key": "{}"}}"#, "x".repeat(1024 * 1024));
    assert_eq!(post(&server, &key, "/quota/tokens/consume", &whole).await.0, 413);
    world.finish().await;
}

#[tokio::test]
async fn a_fault_of_ours_is_no_fault_of_the_request_and_stops_nobody_else() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let (key, server) = (acme.key("one").await, world.serve().await);
    let body = r#"{"amount": 1, "idempotency_key": "a"}"#;
    world
        .sql(
            "create function fail() returns trigger language plpgsql as $$ begin raise exception 'planted'; end $$;
             create trigger fail before insert on usage_counters for each row when (new.meter = 'tokens') execute function fail()",
        )
        .await;
    for fault in ["planted", "a row that is missing"] {
        let (failed, fine) = tokio::join!(
            post(&server, &key, "/quota/tokens/consume", body),
            post(&server, &key, "/quota/messages/consume", r#"{"amount": 1}"#)
        );
        assert_eq!((failed.0, failed.1["code"].as_str(), fine.0), (500, Some("INTERNAL"), 200), "{fault}: {}", failed.1);
        world.sql("create or replace function fail() returns trigger language plpgsql as $$ begin raise exception using errcode = '23505', constraint = 'agents_by_name', message = 'planted'; end $$").await;
    }
    world.sql("drop trigger fail on usage_counters").await;
    assert_eq!(post(&server, &key, "/quota/tokens/consume", body).await.0, 200);
    assert_eq!(acme.counted("used", "tokens").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn what_is_reserved_is_settled_once() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let (key, server) = (acme.key("one").await, world.serve().await);
    acme.limit("tokens", 10).await;
    let (status, held, _) = post(&server, &key, "/quota/tokens/reserve", r#"{"amount": 8, "ttl_seconds": 60}"#).await;
    assert_eq!((status, &held["remaining"]), (200, &json!(2)));
    assert_eq!(post(&server, &key, "/quota/tokens/consume", r#"{"amount": 3}"#).await.0, 429);
    let commit = format!("/quota/reservations/{}/commit", held["reservation"].as_str().expect("an id"));
    assert_eq!(post(&server, &key, &commit, r#"{"amount": 9}"#).await.0, 422);
    for _ in 0..2 {
        let (status, done, _) = post(&server, &key, &commit, r#"{"amount": 5}"#).await;
        assert_eq!((status, &done["committed"], &done["used"], &done["remaining"]), (200, &json!(5), &json!(5), &json!(5)));
    }
    let release = commit.replace("commit", "release");
    assert_eq!(post(&server, &key, &release, "").await.1["code"], "RESERVATION_SETTLED");
    let (_, held, _) = post(&server, &key, "/quota/tokens/reserve", r#"{"amount": 5, "ttl_seconds": 60}"#).await;
    let release = format!("/quota/reservations/{}/release", held["reservation"].as_str().expect("an id"));
    for _ in 0..2 {
        let (status, done, _) = post(&server, &key, &release, "").await;
        assert_eq!((status, &done["committed"], &done["remaining"]), (200, &json!(0), &json!(5)));
    }
    world.finish().await;
}

#[tokio::test]
async fn sessions_are_leases() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let (key, server) = (acme.key("one").await, world.serve().await);
    acme.limit("sessions", 1).await;
    let (status, lease, _) = post(&server, &key, "/quota/sessions/leases", "").await;
    assert_eq!((status, &lease["used"], &lease["remaining"]), (200, &json!(1), &json!(0)));
    let (status, refused, reply) = post(&server, &key, "/quota/sessions/leases", r#"{"ttl_seconds": 30}"#).await;
    assert_eq!((status, &refused["code"]), (429, &json!("QUOTA_EXCEEDED")));
    assert!(reply.header("retry-after").parse::<u64>().is_ok_and(|seconds| (1..=60).contains(&seconds)));
    let path = format!("/quota/sessions/leases/{}", lease["lease"].as_str().expect("an id"));
    assert_eq!(post(&server, &key, &format!("{path}/heartbeat"), r#"{"ttl_seconds": 120}"#).await.0, 200);
    assert_eq!(post(&server, &key, &format!("{path}/release"), "").await.1["used"], 0);
    assert_eq!(post(&server, &key, &format!("{path}/release"), "").await.0, 404);
    assert_eq!(post(&server, &key, "/quota/sessions/leases", "").await.0, 200);
    world.finish().await;
}
