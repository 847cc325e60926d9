//! `/admin/meters`.

use serde_json::json;

use super::{call, done, events, grant, publish, refused, staff};
use crate::world::World;

fn new<'a>(key: &'a str, label: &'a str, counting: &'a str, unit: &'a str, when_away: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("key", key), ("label", label), ("counting", counting), ("unit", unit), ("when_away", when_away)]
}

#[tokio::test]
async fn a_new_meter_counts_at_once_on_every_server_that_runs() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let second = world.another_store(8, 4);
    let servers = [world.serve().await, world.serve_with(second.clone(), |app| app).await];
    let (root, owner) = (staff(&world, &servers[0]).await, servers[1].sign_in("owner@acme.example").await);
    let key = acme.key("one").await.text;
    // Both have counted before: what they keep of meters, they have read.
    for server in &servers {
        assert_eq!(call(server, &key, "/quota/messages/consume", r#"{"amount": 1}"#).await.0, 200);
        let (status, unknown) = call(server, &key, "/quota/gpu-seconds/consume", r#"{"amount": 5}"#).await;
        assert_eq!((status, &unknown["code"]), (404, &json!("UNKNOWN_METER")));
        assert!(!unknown["known"].to_string().contains("gpu-seconds"));
    }

    let list = done(&root, "/fn/meters/create", &new("gpu-seconds", "GPU seconds", "month", "count", "open")).await;
    assert!(list.body.contains("GPU seconds") && list.body.contains("allowed, uncounted"), "{}", list.body);
    done(&root, "/fn/meters/create", &new("gpu_jobs", "GPU jobs", "concurrent", "count", "closed")).await;

    for (server, used) in servers.iter().zip([5, 110]) {
        let (status, counted) = call(server, &key, "/quota/gpu-seconds/consume", r#"{"amount": 5}"#).await;
        assert_eq!((status, &counted["used"], &counted["limit"]), (200, &json!(used), &json!(null)), "{counted}");
        let event = format!(r#"[{{"meter": "gpu-seconds", "amount": 100, "idempotency_key": "{used}", "cost_usd": "1.50"}}]"#);
        assert_eq!(call(server, &key, "/usage", &event).await, (202, json!({ "accepted": 1, "duplicates": 0 })));
        let (status, lease) = call(server, &key, "/quota/gpu_jobs/leases", r#"{"ttl_seconds": 60}"#).await;
        assert_eq!((status, &lease["used"]), (200, &json!(if used == 5 { 1 } else { 2 })), "{lease}");
        let (status, wrong) = call(server, &key, "/quota/gpu_jobs/consume", r#"{"amount": 1}"#).await;
        assert_eq!((status, &wrong["code"]), (409, &json!("WRONG_METER_KIND")));
        let (_, unknown) = call(server, &key, "/quota/nothing/consume", r#"{"amount": 1}"#).await;
        assert!(unknown["known"].as_array().is_some_and(|known| known.contains(&json!("gpu-seconds"))), "{unknown}");
    }
    // 5 + 100, then 5 more and 100 more: reported usage counts against the limit too.
    grant(&root, "pro", "gpu-seconds", &[("quota", "250"), ("rule", "block")]).await;
    grant(&root, "pro", "gpu_jobs", &[("quota", "2")]).await;
    publish(&root, "pro").await;
    assert_eq!(
        call(&servers[0], &key, "/quota/gpu-seconds/consume", r#"{"amount": 1}"#).await.1["limit"],
        json!(null),
        "it keeps its version"
    );
    assert_eq!(call(&servers[0], &key, "/quota/gpu-seconds/consume", r#"{"amount": 0}"#).await.0, 422);
    done(&root, "/fn/plans/move-one", &[("plan", "pro"), ("slug", "acme"), ("seen", "1"), ("to", "2")]).await;
    for server in &servers {
        let (status, full) = call(server, &key, "/quota/gpu-seconds/consume", r#"{"amount": 40}"#).await;
        assert_eq!((status, &full["used"], &full["limit"]), (429, &json!(211), &json!(250)), "{full}");
        assert_eq!(call(server, &key, "/quota/gpu_jobs/leases", "{}").await.0, 429);
    }
    world.store.fold_usage().await.expect("folded");
    let usage = owner.get("/t/acme/usage").await;
    for text in ["211 of 250, 84 %", "GPU seconds", "GPU jobs", "at the same time, at most", "$3.00"] {
        assert!(usage.body.contains(text), "{text}: {}", usage.body);
    }
    let quotas = root.get("/admin/tenants/acme/quotas").await;
    assert!(quotas.body.contains("GPU jobs") && quotas.body.contains("84 %, near"), "{}", quotas.body);
    assert_eq!(events(&world, "meter.created").await, 2);
    second.close().await;
    world.finish().await;
}

#[tokio::test]
async fn a_label_and_the_rule_for_a_database_that_is_away_can_be_changed() {
    let world = World::start().await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let change = |meter: &'static str, label: &'static str, away: &'static str| [("meter", meter), ("label", label), ("when_away", away)];
    let list = done(&root, "/fn/meters/change", &change("messages", "Replies", "open")).await;
    assert!(list.body.contains("Replies") && list.body.contains("allowed, uncounted"), "{}", list.body);
    done(&root, "/fn/meters/change", &change("messages", "Replies", "open")).await;
    assert_eq!(events(&world, "meter.changed").await, 1, "the same again is no change");
    // Leases have no choice, and their form sends none.
    done(&root, "/fn/meters/change", &change("sessions", "Chats at once", "")).await;
    assert_eq!(refused(&root, "/fn/meters/change", "/admin/meters/messages", &change("messages", "tokens", "closed")).await, ["label"]);
    assert_eq!(
        refused(&root, "/fn/meters/change", "/admin/meters/messages", &change("messages", "<b>", "never")).await,
        ["label", "when_away"]
    );
    assert_eq!(root.fetch("/fn/meters/change", &change("sessions", "Chats", "open")).await.status, 422);
    assert_eq!(root.fetch("/fn/meters/change", &change("nothing", "Nothing", "open")).await.status, 404);
    assert_eq!(root.get("/admin/meters/nothing").await.status, 404);
    assert_eq!(events(&world, "meter.changed").await, 2);
    world.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_meter_stands_beside_its_field_and_adds_none() {
    let world = World::start().await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let long = "x".repeat(300);
    for (form, fields) in [
        (new("", "", "", "", ""), &["label", "key", "counting", "unit", "when_away"][..]),
        (new("GPU", "GPU", "month", "count", "closed"), &["key"]),
        (new("gpu😀", "GPU 😀", "month", "count", "closed"), &["label", "key"]),
        (new(&long, &long, "month", "count", "closed"), &["label", "key"]),
        (new("new", "Budget", "month", "count", "closed"), &["label", "key"]),
        (new("tokens", "Other tokens", "month", "count", "closed"), &["key"]),
        (new("other", "TOKENS", "month", "count", "closed"), &["label"]),
        (new("gpus", "GPUs", "allocated", "count", "closed"), &["counting"]),
        (new("gpus", "GPUs", "rate", "litres", "closed"), &["counting", "unit"]),
        (new("gpus", "GPUs", "concurrent", "count", "open"), &["when_away"]),
    ] {
        assert_eq!(refused(&root, "/fn/meters/create", "/admin/meters/new", &form).await, fields, "{form:.40?}");
    }
    assert_eq!(world.number("select count(*) from meters").await, 8);
    assert_eq!(events(&world, "meter.created").await, 0);
    world.finish().await;
}
