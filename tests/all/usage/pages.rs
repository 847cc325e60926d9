//! The pages with what there is to see.

use tenantry::domain::usage::NewEvent;

use super::{report, tokens};
use crate::world::World;
use crate::world::http::Reply;
use crate::world::scene::{Actor, Scene};

fn has(reply: &Reply, texts: &[&str]) {
    assert_eq!(reply.status, 200);
    for text in texts {
        assert!(reply.body.contains(text), "{text} is missing in {}", reply.body);
    }
}

#[tokio::test]
async fn a_tenant_sees_its_usage_its_warnings_and_its_refusals() {
    let scene = Scene::set().await;
    let event = NewEvent {
        agent: Some("<b>Ada</b>".into()),
        model: Some("gpt-4o".into()),
        cost_center: Some("CC-9".into()),
        direction: Some("input".into()),
        ..tokens("a", 42_000_000)
    };
    report(&scene.a, &[event]).await;
    scene
        .world
        .sql(&format!(
            "insert into agents (tenant_id, name, model, department, cost_center) values ('{id}', 'Ada', 'm', 'Research', 'CC-9');
             insert into unusual_days (tenant_id, meter, day, amount, mean) values ('{id}', 'tokens', today(), 42000000, 1000);
             select refusals_add(array['{id}'::uuid], array['tokens'], array[50000000::bigint], array[50000000::bigint], array['override'], array['tk_abcdefgh'])",
            id = scene.a.id
        ))
        .await;
    let shown = [
        "Tokens: 84 % of the limit is used.",
        "Unusual usage of tokens: ",
        "where 1,000 a day are usual",
        "&lt;b&gt;Ada&lt;/b&gt;",
        "gpt-4o",
        "CC-9",
        "Research",
        "$105.00",
        "42,004,711",
        "tk_abcdefgh…",
        "set for this tenant",
        "50,000,000 of 50,000,000",
    ];
    has(&scene.browser(Actor::Viewer).get("/t/acme/usage").await, &shown);
    has(&scene.browser(Actor::Platform).get("/admin/tenants/acme/usage").await, &shown);
    has(&scene.browser(Actor::Viewer).get("/t/acme").await, &["Tokens: 84 % of the limit is used."]);
    // In the month before there was nothing, and nothing to come is shown.
    let month = scene.world.text("select to_char(this_month() - interval '1 month', 'YYYY-MM')").await;
    has(&scene.browser(Actor::Viewer).get(&format!("/t/acme/usage?month={month}")).await, &["Nothing to break down"]);
    has(&scene.browser(Actor::Viewer).get("/t/acme/usage?month=9999-12").await, &["gpt-4o"]);
    scene.finish().await;
}

#[tokio::test]
async fn a_forecast_names_the_day() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    // What exists does not start anew: 70 GB of 100, one more every day.
    world
        .sql(&format!(
            "insert into usage_days (tenant_id, meter, day, amount) select '{id}', 'storage', today() - n, (70 - n) * 1000000000::bigint from generate_series(1, 14) n;
             insert into usage_levels (tenant_id, meter, amount) values ('{id}', 'storage', 70000000000)",
            id = acme.id
        ))
        .await;
    let owner = world.serve().await.sign_in("owner@acme.example").await;
    let day = world.text("select to_char(today() + 30, 'FMDD FMMonth')").await;
    for path in ["/t/acme/usage", "/t/acme"] {
        has(&owner.get(path).await, &[&format!("70 GB of 100 GB, 70 %, runs out on {day} at this pace")]);
    }
    world.finish().await;
}

#[tokio::test]
async fn the_console_sees_the_whole_platform() {
    let scene = Scene::set().await;
    report(&scene.a, &[NewEvent { cost_usd: Some(9.into()), ..tokens("a", 46_000_000) }]).await;
    scene.world.sql("update members set last_active_at = now() where tenant_id = (select id from tenants where slug = 'acme')").await;
    scene.world.store.roll_platform_days().await.expect("added up");
    let page = scene.browser(Actor::Platform).get("/admin/usage").await;
    has(&page, &["ACME acme", "90 %, near", "$9.00", "5 active", "Nothing unusual today", "46,009,422"]);
    scene.finish().await;
}
