//! `/t/{slug}/usage.csv`, `/admin/tenants/{slug}/usage.csv`.

use tenantry::domain::usage::NewEvent;

use super::{report, tokens};
use crate::world::scene::{Actor, Scene};

#[tokio::test]
async fn the_file_has_every_share_adds_up_and_holds_no_formula() {
    let scene = Scene::set().await;
    report(
        &scene.a,
        &[
            NewEvent { agent: Some("=HYPERLINK(\"http://evil.example\")".into()), cost_usd: "0.75".parse().ok(), ..tokens("a", 4_000) },
            NewEvent { agent: Some("+1".into()), model: Some("@m, n".into()), cost_center: Some("-CC".into()), ..tokens("b", 11) },
        ],
    )
    .await;
    let owner = scene.browser(Actor::Owner);
    let reply = owner.get("/t/acme/usage.csv").await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert!(reply.header("content-disposition").starts_with("attachment; filename=\"usage-acme-20"), "{}", reply.everything());
    let today = scene.world.text("select today()::text").await;
    // 4,711 stand in the day without an event.
    let expected = [
        "day,meter,model,agent,cost_center,amount,cost_usd".to_owned(),
        format!("{today},tokens,,,,4711,0"),
        format!("{today},tokens,,\"'=HYPERLINK(\"\"http://evil.example\"\")\",,4000,0.75"),
        format!("{today},tokens,\"'@m, n\",'+1,'-CC,11,0"),
    ];
    assert_eq!(reply.body.lines().collect::<Vec<_>>(), expected);
    assert_eq!(scene.browser(Actor::Platform).get("/admin/tenants/acme/usage.csv").await.body, reply.body);
    let month = scene.world.text("select to_char(this_month() - interval '1 month', 'YYYY-MM')").await;
    let before = owner.get(&format!("/t/acme/usage.csv?month={month}")).await;
    assert_eq!((before.status, before.body.lines().count()), (200, 1));
    scene.finish().await;
}

#[tokio::test]
async fn it_is_there_at_the_tenants_own_host_and_asks_who_is_not_signed_in() {
    let scene = Scene::set().await;
    let portal = scene.server.browser_at(&scene.server.portal("acme"));
    let reply = portal.get("/usage.csv?month=2026-10").await;
    assert_eq!((reply.status, reply.location()), (303, "/login?next=%2Fusage.csv%3Fmonth%3D2026-10"));
    portal.sign_in("vi@acme.example").await;
    assert_eq!(portal.get("/usage.csv").await.status, 200);
    assert_eq!(portal.get("/usage").await.status, 200);
    scene.finish().await;
}
