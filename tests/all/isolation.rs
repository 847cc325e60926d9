//! `tenantry doctor` and `/admin/isolation`: the isolation prover on a live installation. It leaves nothing behind, and finds what is planted.

use scraper::{Html, Selector};
use serde_json::Value;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tenantry::cli::doctor;
use tenantry::domain::isolation::{Part, Report};
use tenantry::jobs::work_off;
use tenantry::store::catalog::TENANT_TABLES;

use crate::world::World;
use crate::world::http::Browser;
use crate::world::scene::{Actor, Scene};
use crate::world::smtp::mailer;

async fn examine(world: &World) -> Report {
    world.store.examine(|_| std::future::ready(())).await.expect("the database answers")
}

/// What was found: part, where.
fn found(report: &Report) -> Vec<(Part, String)> {
    report.parts.iter().flat_map(|part| part.findings.iter().map(|found| (part.part, found.object.clone()))).collect()
}

#[tokio::test]
async fn a_live_installation_is_checked_and_nothing_of_the_check_stays() {
    let scene = Scene::set().await;
    let before = scene.checksum().await;
    let report = examine(&scene.world).await;
    assert_eq!(report.parts.iter().flat_map(|part| part.findings.clone()).collect::<Vec<_>>(), []);
    assert_eq!(report.parts.iter().map(|part| part.part).collect::<Vec<_>>(), Part::ALL, "every part, in order");
    // Four verbs with five tenants, three things that nobody may do, and the two tables of another shape.
    let cells = i64::try_from(TENANT_TABLES.len() * (4 * 5 + 3) + 2 * 5).expect("few");
    assert_eq!(report.looked_at(Part::Attempts), cells);
    for part in Part::ALL {
        assert!(report.looked_at(part) > 0, "{part:?} looked at nothing");
    }
    assert_eq!(scene.checksum().await, before, "no row of any table is another");
    scene.finish().await;
}

#[tokio::test]
async fn no_transaction_with_a_canary_is_ever_kept_and_no_row_of_others_can_be_made() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let mut app = world.logins.app.connect().await.expect("the login connects");
    let mut tx = app.begin().await.expect("begun");
    sqlx::raw_sql("select canary_begin()").execute(&mut *tx).await.expect("made");
    let own = "select canary_row('agents', jsonb_build_object('tenant_id', (canary_tenants())[1], 'id', gen_random_uuid(), 'name', 'n', 'model', 'm', 'active', true, 'created_at', now(), 'updated_at', now()))";
    sqlx::raw_sql(own).execute(&mut *tx).await.expect("a row of a canary");
    let refused = tx.commit().await.expect_err("it is not kept");
    assert!(refused.to_string().contains("a canary is never kept"), "{refused}");
    assert_eq!(world.number("select count(*) from tenants where id = any (canary_tenants())").await, 0);
    assert_eq!(acme.count("agents").await, 0);

    for (what, statement) in [
        ("without its tenant", own.to_owned()),
        ("of a real tenant", own.replace("(canary_tenants())[1]", &format!("'{}'", acme.id))),
        ("of no tenant", own.replace("(canary_tenants())[1]", "null")),
    ] {
        let mut tx = app.begin().await.expect("begun");
        if what != "without its tenant" {
            sqlx::raw_sql("select canary_begin()").execute(&mut *tx).await.expect("made");
        }
        let refused = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *tx).await.expect_err(what);
        assert_eq!(refused.as_database_error().and_then(|error| error.code()).as_deref(), Some("42501"), "{what}: {refused}");
        tx.rollback().await.expect("taken back");
    }
    // Not even when the check is called before its time.
    let mut tx = app.begin().await.expect("begun");
    sqlx::raw_sql("set constraints all immediate").execute(&mut *tx).await.expect("anybody may");
    sqlx::raw_sql("select canary_begin()").execute(&mut *tx).await.expect_err("refused at once");
    drop(tx);
    world.finish().await;
}

#[tokio::test]
async fn what_is_planted_is_found_and_said_where() {
    for (bug, finds) in [
        ("drop policy tenant on agents", vec![(Part::Policies, "agents.tenant"), (Part::Attempts, "agents")]),
        ("alter table members no force row level security", vec![(Part::RowSecurity, "members")]),
        ("grant select on mails to tenantry_app", vec![(Part::Privileges, "tenantry_app on mails")]),
        ("grant delete on audit_events to tenantry_app", vec![(Part::Privileges, "tenantry_app on audit_events")]),
        (
            "drop policy tenant on threads; create policy tenant on threads to tenantry_app using (true)",
            vec![(Part::Policies, "threads.tenant"), (Part::Attempts, "threads")],
        ),
        ("alter table invites disable row level security", vec![(Part::RowSecurity, "invites"), (Part::Attempts, "invites")]),
        (
            "create policy too on invoices to tenantry_app using (true)",
            vec![(Part::Policies, "invoices.too"), (Part::Attempts, "invoices")],
        ),
        ("drop function canary_row(text, jsonb)", vec![(Part::Functions, "canary_row"), (Part::Attempts, "agents")]),
        ("update audit_events set target = 'other' where seq = 2", vec![(Part::AuditChains, "tenant ")]),
        ("update platform_events set target = 'other' where seq = 1", vec![(Part::AuditChains, "the platform's own log")]),
    ] {
        let world = World::start().await;
        world.tenant("acme").await;
        world.sql("select platform_audit_append('system', null, 'system', 'x', 'y', null, null, 'test')").await;
        world.sql(bug).await;
        let found = found(&examine(&world).await);
        for (part, object) in finds {
            assert!(found.iter().any(|(p, o)| *p == part && o.starts_with(object)), "{bug}: {part:?} does not find {object}: {found:?}");
        }
        world.abandon().await;
    }
}

fn texts(page: &str, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).expect("a selector");
    Html::parse_document(page).select(&selector).map(|found| found.text().collect::<String>().trim().to_owned()).collect()
}

async fn page(root: &Browser) -> String {
    let page = root.get("/admin/isolation").await;
    assert_eq!(page.status, 200, "{}", page.everything());
    page.body
}

#[tokio::test]
async fn a_check_is_asked_for_on_the_page_and_its_result_stands_there_with_those_before() {
    let scene = Scene::set().await;
    let (world, root) = (&scene.world, scene.browser(Actor::Platform));
    world.sql("delete from jobs; delete from isolation_checks").await;
    assert!(page(root).await.contains("Not checked yet"));
    for _ in 0..2 {
        let asked = root.post("/fn/isolation/check", &[]).await;
        assert_eq!(asked.location(), "/admin/isolation?done=asked");
    }
    assert_eq!(world.number("select count(*) from jobs where kind = 'check_isolation'").await, 1, "one is enough");
    let waiting = page(root).await;
    assert!(waiting.contains("A check is running.") && waiting.contains("0 of 10 parts are done."), "{waiting}");
    work_off(&world.store, &mailer(None)).await;
    let done = page(root).await;
    assert!(done.contains("Tenants are kept apart."), "{done}");
    assert_eq!(texts(&done, "table.checks .state"), vec!["Passed"; Part::ALL.len()]);
    assert_eq!(world.number("select count(*) from platform_events where action = 'isolation.checked' and after like '%true%'").await, 1);

    world.sql("alter table agents no force row level security; drop policy tenant on agents").await;
    root.post("/fn/isolation/check", &[]).await;
    work_off(&world.store, &mailer(None)).await;
    let broken = page(root).await;
    assert!(broken.contains("tenants may not be kept apart"), "{broken}");
    let said = texts(&broken, "table.checks li").join("\n");
    for words in [
        "agents.tenant: not so that every policy is there",
        "agents: not so that row-level security holds for the owner too",
        "agents: not so that the app reaches rows",
    ] {
        assert!(said.contains(words), "{words} is not in {said}");
    }
    let history = texts(&broken, "section:last-of-type tbody .state");
    assert_eq!((history.len(), history[1].as_str()), (2, "Passed"));

    let id = world.text("select id::text from isolation_checks order by id limit 1").await;
    let file = root.get(&format!("/admin/isolation/{id}/result.json")).await;
    assert!(file.header("content-disposition").starts_with("attachment; filename=\"isolation-20"), "{}", file.everything());
    let document: Value = serde_json::from_str(&file.body).expect("JSON");
    assert_eq!((document["healthy"].as_bool(), document["checks"].as_array().map(Vec::len)), (Some(true), Some(Part::ALL.len())));
    assert!(root.get(&format!("/admin/isolation/{id}")).await.body.contains("Tenants are kept apart."));
    for nowhere in ["/admin/isolation/nonsense", "/admin/isolation/nonsense/result.json"] {
        assert_eq!(root.get(nowhere).await.status, 404);
    }
    scene.abandon().await;
}

#[tokio::test]
async fn a_day_has_one_check_however_many_servers_look_at_the_calendar() {
    let world = World::start().await;
    let other = world.another_store(2, 4);
    let (one, two) = tokio::join!(world.store.queue_daily_check(), other.queue_daily_check());
    assert_eq!(usize::from(one.expect("asked")) + usize::from(two.expect("asked")), 1);
    assert!(!world.store.queue_daily_check().await.expect("asked"));
    let nobody = mailer(None);
    tokio::join!(work_off(&world.store, &nobody), work_off(&other, &nobody));
    assert_eq!(world.number("select count(*) from isolation_checks where healthy and source = 'daily' and done = 9").await, 1);
    assert_eq!(world.number("select count(*) from platform_events where action = 'isolation.checked'").await, 1);
    other.close().await;
    world.finish().await;
}

#[tokio::test]
async fn the_command_line_keeps_what_it_found_for_the_console() {
    let world = World::start().await;
    let (report, kept) = doctor::examine(&world.store).await.expect("examined");
    assert!(report.is_healthy() && kept);
    world.sql("grant select on mails to tenantry_app").await;
    let (report, kept) = doctor::examine(&world.store).await.expect("examined");
    assert!(!report.is_healthy() && kept);
    assert_eq!(
        world.texts("select concat_ws(' ', source, healthy) from isolation_checks order by id").await,
        ["command line t", "command line f"]
    );
    world.sql("revoke select on mails from tenantry_app").await;
    world.finish().await;
}
