//! `/admin/prices`.

use serde_json::json;

use super::{call, done, events, refused, staff};
use crate::world::World;

fn price<'a>(model: &'a str, direction: &'a str, price: &'a str, per: &'a str, from: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("meter", "tokens"), ("model", model), ("direction", direction), ("price", price), ("per", per), ("valid_from", from)]
}

#[tokio::test]
async fn a_price_holds_from_its_day_on_and_what_was_reported_keeps_its_cost() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let server = world.serve().await;
    let (root, key) = (staff(&world, &server).await, acme.key("one").await.text);
    let day = |n: i32| format!("select (today() + {n})::text");
    let (today, tomorrow) = (world.text(&day(0)).await, world.text(&day(1)).await);
    let report = async |name: &str| {
        let event =
            format!(r#"[{{"meter": "tokens", "amount": 1000, "model": "tiny-1", "direction": "input", "idempotency_key": "{name}"}}]"#);
        assert_eq!(call(&server, &key, "/usage", &event).await.0, 202);
        world.text(&format!("select cost_usd::text from usage_events where idempotency_key = '{name}'")).await
    };
    assert_eq!(report("without a price").await, "0.0000000000");
    let page = done(&root, "/fn/prices/add", &price("tiny-1", "input", "0.000025", "1", &today)).await;
    assert!(page.body.contains("What was reported before keeps its cost.") && page.body.contains("$0.000025 per 1"), "{}", page.body);
    done(&root, "/fn/prices/add", &price("tiny-1", "input", "99", "1 k", &tomorrow)).await;
    assert_eq!(report("today").await, "0.0250000000");
    assert_eq!(world.number("select count(*) from usage_events where cost_usd = 0").await, 1);

    // The same day again replaces; the audit says both.
    done(&root, "/fn/prices/add", &price("tiny-1", "input", "2", "1 k", &today)).await;
    assert_eq!(report("dearer").await, "2.0000000000");
    assert_eq!(events(&world, "price.set").await, 3);
    let told = world.text("select before || ' to ' || after from platform_events where action = 'price.set' and before is not null").await;
    assert!(told.contains("0.000025") && told.contains(r#""per":1000"#), "{told}");

    world.sql("update model_prices set valid_from = valid_from - 2 where model = 'tiny-1'").await;
    let (now, all) = (root.get("/admin/prices").await, root.get("/admin/prices?past=all").await);
    assert!(!now.body.contains("$2 per 1,000") && now.body.contains("$99 per 1,000"), "{}", now.body);
    assert!(all.body.contains("$2 per 1,000") && all.body.contains("Past"), "{}", all.body);
    assert_eq!(json!(events(&world, "price.set").await), json!(3));
    world.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_price_stands_beside_its_field_and_sets_none() {
    let world = World::start().await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let before = world.number("select count(*) from model_prices").await;
    let (today, yesterday) = (world.text("select today()::text").await, world.text("select (today() - 1)::text").await);
    let long = "9".repeat(300);
    for (form, fields) in [
        (price("", "", "", "", ""), &["model", "direction", "price", "per", "valid_from"][..]),
        (price("tiny 😀", "input", "1", "1", &today), &["model"]),
        (price(&long, "input", &long, &long, &today), &["model", "price", "per"]),
        (price("tiny", "sideways", "-1", "-1", &today), &["direction", "price", "per"]),
        (price("tiny", "input", "0.0000001", "0", &today), &["price", "per"]),
        (price("tiny", "input", "1e3", "1.5", &today), &["price", "per"]),
        (price("tiny", "input", "1", "1", &yesterday), &["valid_from"]),
        (price("tiny", "input", "1", "1", "9999-12-31"), &["valid_from"]),
        (price("tiny", "input", "1", "1", "😀"), &["valid_from"]),
    ] {
        assert_eq!(refused(&root, "/fn/prices/add", "/admin/prices/new", &form).await, fields, "{form:.40?}");
    }
    for meter in ["sessions", "agents", "thoughts", "\0"] {
        let mut form = price("tiny", "input", "1", "1", &today);
        form[0].1 = meter;
        assert_eq!(refused(&root, "/fn/prices/add", "/admin/prices/new", &form).await, ["meter"], "{meter}");
    }
    assert_eq!(world.number("select count(*) from model_prices").await, before);
    assert_eq!(events(&world, "price.set").await, 0);
    world.finish().await;
}
