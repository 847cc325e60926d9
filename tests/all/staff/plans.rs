//! `/admin/plans`: drafts, versions, what is sold.

use serde_json::json;
use sqlx::ConnectOptions as _;
use tenantry::store::StoreError;

use super::{call, done, events, grant, hidden, publish, refused, staff};
use crate::world::World;

fn tokens<'a>(quota: &'a str, rule: &'a str, price: &'a str, per: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("quota", quota), ("rule", rule), ("overage_price", price), ("overage_per", per)]
}

#[tokio::test]
async fn a_draft_holds_for_nobody_and_what_is_published_for_who_buys_it_from_then_on() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let server = world.serve().await;
    let (root, key) = (staff(&world, &server).await, acme.key("one").await.text);
    let limit = async |key: &str| call(&server, key, "/quota/tokens/consume", r#"{"amount": 10}"#).await.1["limit"].clone();
    assert_eq!(limit(&key).await, 50_000_000);

    let page = grant(&root, "pro", "tokens", &tokens("5,000", "overage", "10", "1 M")).await;
    for text in ["Draft of Pro version 2", "50 M, then refused", "5,000, then $10 per 1 M", "Nobody would be over a limit"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    let terms = [("plan", "pro"), ("revision", "2"), ("price", "59"), ("features[]", "sso"), ("features[]", "webhooks")];
    let page = done(&root, "/fn/plans/terms", &terms).await;
    for text in ["$49", "$59", "Single sign-on", "not included"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert_eq!(limit(&key).await, 50_000_000, "nobody has the draft");
    let early = world.tenant("early").await;
    assert_eq!(limit(&early.key("k").await.text).await, 50_000_000, "nor does anybody buy it");

    let page = publish(&root, "pro").await;
    for text in ["Published.", "Version 2", "sold now"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert_eq!(limit(&key).await, 50_000_000, "a tenant keeps the version that it bought");
    let late = world.tenant("late").await;
    assert_eq!(limit(&late.key("k").await.text).await, 5_000);
    let enabled = async |key: &str, feature: &str| {
        server.browser().ask(reqwest::Method::GET, &format!("/api/v1/features/{feature}")).bearer(key).send().await.body
    };
    assert!(enabled(&late.key("f").await.text, "sso").await.contains("true"));
    assert!(enabled(&key, "sso").await.contains("false"));
    assert!(root.get("/admin/tenants/late").await.body.contains("Pro 2"));
    assert_eq!(events(&world, "plan.published").await, 1);
    let told = world.text("select target || ' ' || before || ' ' || after from platform_events where action = 'plan.published'").await;
    for text in ["pro version 2 ", r#""price":"49.00""#, r#""price":"59.00""#, r#""quota":5000"#] {
        assert!(told.contains(text), "{text}: {told}");
    }
    // An upgrade buys the new version.
    let small = world.tenant("small").on("free").await;
    let owner = server.sign_in("owner@small.example").await;
    assert!(owner.get("/t/small/plan").await.body.contains("$59"));
    let mut console = world.console().await;
    console.change_plan(&small.slug, "pro").await.expect("changed");
    console.commit().await.expect("committed");
    assert!(root.get("/admin/tenants/small").await.body.contains("Pro 2"));
    world.finish().await;
}

#[tokio::test]
async fn a_form_that_is_sent_twice_is_one_change_and_an_older_one_is_a_conflict() {
    let world = World::start().await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let change = |revision: &'static str, quota: &'static str| {
        [("plan", "pro"), ("meter", "agents"), ("revision", revision), ("quota", quota), ("rule", "block")]
    };
    // From the version that is sold: both begin a draft, one does.
    for _ in 0..2 {
        done(&root, "/fn/plans/change", &change("-1", "50")).await;
    }
    assert_eq!(events(&world, "plan.draft_begun").await, 1);
    assert_eq!(root.fetch("/fn/plans/change", &change("-1", "60")).await.status, 409, "another admin began one meanwhile");
    assert_eq!(root.fetch("/fn/plans/change", &change("1", "60")).await.status, 409, "and changed it");
    done(&root, "/fn/plans/change", &change("2", "60")).await;
    assert_eq!(events(&world, "plan.draft_changed").await, 2);

    let page = "/admin/plans/pro/draft";
    let draft = hidden(&root, page, "draft").await;
    let publish = |revision: &'static str| [("plan", "pro"), ("draft", draft.as_str()), ("revision", revision)];
    assert_eq!(root.fetch("/fn/plans/publish", &publish("2")).await.status, 409, "what is published is what was looked at");
    let stale = root.post("/fn/plans/publish", &publish("2")).await;
    let shown = root.get(&format!("{page}?{}", stale.location().split_once('?').expect("refused").1)).await;
    assert!(shown.body.contains("Somebody changed the draft of this plan meanwhile"), "{}", shown.body);
    let form = publish("3");
    let replies = futures_util::future::join_all((0..10).map(|_| root.post("/fn/plans/publish", &form))).await;
    for reply in replies {
        assert!(!reply.location().contains("__err"), "{}", reply.location());
    }
    assert_eq!(
        (events(&world, "plan.published").await, world.number("select count(*) from plan_versions where version = 2").await),
        (1, 1)
    );
    assert_eq!(root.get(page).await.status, 404, "there is no draft any more");
    assert_eq!(root.fetch("/fn/plans/discard", &publish("3")).await.status, 409);
    // Nothing new is nothing to publish, and to discard is to go back to nothing.
    done(&root, "/fn/plans/draft", &[("plan", "pro")]).await;
    let draft = hidden(&root, page, "draft").await;
    let form = [("plan", "pro"), ("draft", draft.as_str()), ("revision", "1")];
    assert_eq!(root.fetch("/fn/plans/publish", &form).await.status, 409);
    for _ in 0..2 {
        done(&root, "/fn/plans/discard", &form).await;
    }
    assert_eq!(events(&world, "plan.draft_discarded").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn nobody_but_the_owner_of_the_tables_changes_what_was_published() {
    let world = World::start().await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    grant(&root, "pro", "agents", &[("quota", "50"), ("rule", "block")]).await;
    let mut platform = world.logins.platform.connect().await.expect("the platform's login connects");
    let of = |state: &str| format!("plan_version_id in (select id from plan_versions where published_at is {state})");
    for (statement, refused) in [
        (format!("update plan_entitlements set quota = 1 where {}", of("not null")), true),
        (format!("update plan_entitlements set quota = 1 where {}", of("null")), false),
        (format!("delete from plan_entitlements where {}", of("not null")), true),
        (format!("delete from plan_features where {}", of("not null")), true),
        (
            "insert into plan_features (plan_version_id, feature) select id, 'sso' from plan_versions where published_at is not null limit 1"
                .to_owned(),
            true,
        ),
        (
            "insert into plan_features (plan_version_id, feature) select id, 'sso' from plan_versions where published_at is null".to_owned(),
            false,
        ),
        (
            format!(
                "update plan_entitlements set plan_version_id = (select id from plan_versions where published_at is not null limit 1), meter = 'x' where {}",
                of("null")
            ),
            true,
        ),
        ("update plan_versions set price_usd = 1 where published_at is not null".to_owned(), true),
        ("update plan_versions set published_at = null where published_at is not null".to_owned(), true),
        ("update plan_versions set summaries_after = null where published_at is not null".to_owned(), false),
        ("update plan_versions set price_usd = 1 where published_at is null".to_owned(), false),
    ] {
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe(statement.as_str())).execute(&mut platform).await;
        let code = done.as_ref().err().and_then(|error| error.as_database_error()?.code().map(|code| code.into_owned()));
        assert_eq!(code.as_deref(), refused.then_some("42501"), "{statement}: {done:?}");
    }
    drop(platform);
    world.finish().await;
}

#[tokio::test]
async fn an_archived_plan_is_bought_by_nobody_and_kept_by_who_has_it() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let free = world.tenant("small").on("free").await;
    let small = server.sign_in("owner@small.example").await;
    assert!(small.get("/t/small/plan").await.body.contains("Pro"));
    for _ in 0..2 {
        let page = done(&root, "/fn/plans/archive", &[("plan", "pro"), ("archived", "yes")]).await;
        assert!(page.body.contains("archived, not sold") && page.body.contains("Bring back"), "{}", page.body);
    }
    assert_eq!(events(&world, "plan.archived").await, 1);
    assert!(matches!(world.tenant("new").create().await, Err(StoreError::NotFound)));
    let mut console = world.console().await;
    assert!(matches!(console.change_plan(&free.slug, "pro").await, Err(StoreError::NotFound)));
    drop(console);
    assert!(!small.get("/t/small/plan").await.body.contains("Pro</h2>"));
    assert_eq!(small.get("/t/small/plan/pro").await.status, 404);
    let owner = server.sign_in("owner@acme.example").await;
    assert!(owner.get("/t/acme/plan").await.body.contains("Pro"), "who has it keeps it");
    assert_eq!(call(&server, &acme.key("k").await.text, "/quota/tokens/consume", r#"{"amount": 1}"#).await.1["limit"], 50_000_000);

    let page = done(&root, "/fn/plans/archive", &[("plan", "pro"), ("archived", "no")]).await;
    assert!(page.body.contains("It is sold again."), "{}", page.body);
    world.tenant("new").create().await.expect("sold again");
    // Some plan stays sold, and some that people may choose themselves.
    for plan in ["free", "starter"] {
        done(&root, "/fn/plans/archive", &[("plan", plan), ("archived", "yes")]).await;
    }
    assert_eq!(root.fetch("/fn/plans/archive", &[("plan", "pro"), ("archived", "yes")]).await.status, 409);
    done(&root, "/fn/plans/archive", &[("plan", "enterprise"), ("archived", "yes")]).await;
    assert_eq!(root.fetch("/fn/plans/archive", &[("plan", "pro"), ("archived", "yes")]).await.status, 409);
    world.finish().await;
}

#[tokio::test]
async fn a_new_plan_is_sold_when_its_first_version_is_published() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let new = |key: &'static str, name: &'static str, price: &'static str, position: &'static str, like: &'static str| {
        [("key", key), ("name", name), ("price", price), ("position", position), ("like", like), ("self_service", "on")]
    };
    let long = "x".repeat(300);
    for (form, fields) in [
        (new("", "", "", "", "pro"), &["name", "key", "price", "position"][..]),
        (new("Team", "Team", "9", "5", "pro"), &["key"]),
        (new("new", "<b>", "-9", "0", "pro"), &["name", "key", "price", "position"]),
        (new("team", "Team", "9.999", "5", "pro"), &["price"]),
        (new("team", "Team", "9", "5", "gold"), &["like"]),
        (new("pro", "Team", "9", "5", "pro"), &["key"]),
        (new("team", "PRO", "9", "5", "pro"), &["name"]),
    ] {
        let mut found = refused(&root, "/fn/plans/create", "/admin/plans/new", &form).await;
        found.sort();
        let mut fields = fields.to_vec();
        fields.sort_unstable();
        assert_eq!(found, fields, "{form:?}");
    }
    assert_eq!(
        root.fetch("/fn/plans/create", &[("key", long.as_str()), ("name", &long), ("price", &long), ("position", &long), ("like", "pro")])
            .await
            .status,
        422
    );
    let page = done(&root, "/fn/plans/create", &new("team", "Team", "29", "3", "pro")).await;
    for text in ["Draft of Team version 1", "Nobody can buy it before it is published", "$29"] {
        assert!(page.body.contains(text) || text == "$29", "{text}: {}", page.body);
    }
    assert!(world.tenant("early").on("team").create().await.is_err());
    assert!(!server.browser().get("/signup?step=plan").await.body.contains("Team"));
    publish(&root, "team").await;
    world.tenant("late").on("team").create().await.expect("sold");
    assert_eq!(world.text("select agents_quota::text from tenant_summaries where slug = 'late'").await, "100", "as of Pro");

    // What holds for all versions: lists follow.
    let facts = |revision: &'static str, name: &'static str, position: &'static str| {
        [("plan", "team"), ("revision", revision), ("name", name), ("position", position)]
    };
    done(&root, "/fn/plans/facts", &facts("1", "Teams", "7")).await;
    done(&root, "/fn/plans/facts", &facts("1", "Teams", "7")).await;
    assert_eq!(root.fetch("/fn/plans/facts", &facts("1", "Crew", "7")).await.status, 409);
    assert_eq!(refused(&root, "/fn/plans/facts", "/admin/plans/team", &facts("2", "pro", "7")).await, ["name"]);
    assert_eq!(events(&world, "plan.facts_changed").await, 1);
    assert_eq!(world.text("select plan_position::text from tenant_summaries where slug = 'late'").await, "7");

    // A draft that was never published takes its plan with it.
    done(&root, "/fn/plans/create", &new("gone", "Gone", "1", "9", "free")).await;
    let draft = hidden(&root, "/admin/plans/gone/draft", "draft").await;
    let page = done(&root, "/fn/plans/discard", &[("plan", "gone"), ("draft", &draft), ("revision", "1")]).await;
    assert!(page.body.contains("and the plan with it"), "{}", page.body);
    assert_eq!(root.get("/admin/plans/gone").await.status, 404);
    world.finish().await;
}

#[tokio::test]
async fn summaries_of_many_tenants_follow_in_steps() {
    let world = World::start().await;
    for n in 1..=5 {
        let _tenant = world.tenant(&format!("t{n}")).await;
    }
    world
        .sql(
            "update plan_entitlements set quota = 7 where meter = 'agents';
             update plan_versions set summaries_after = '00000000-0000-0000-0000-000000000000'",
        )
        .await;
    let mut follow = Vec::new();
    loop {
        let step = world.number("select summarize_changed_plans(2)::bigint").await;
        if step == 0 {
            break;
        }
        follow.push(world.number("select count(*) from tenant_summaries where agents_quota = 7").await);
    }
    assert!(follow.contains(&2) && follow.contains(&4) && follow.last() == Some(&5), "{follow:?}");
    assert_eq!(world.number("select count(*) from plan_versions where summaries_after is not null").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_plan_stands_beside_its_field_and_changes_nothing() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let long = "9".repeat(300);
    let head = [("plan", "pro"), ("meter", "tokens"), ("revision", "-1")];
    for (quota, rule, price, per, fields) in [
        ("many 😀", "block", "", "", &["quota"][..]),
        ("-1", "block", "", "", &["quota"]),
        ("1.5", "block", "", "", &["quota"]),
        (&long, "block", "", "", &["quota"]),
        ("5 GB", "block", "", "", &["quota"]),
        ("5", "free", "", "", &["rule"]),
        ("5", "", "", "", &["rule"]),
        ("5", "overage", "", "", &["overage_price", "overage_per"]),
        ("5", "overage", "-1", "0", &["overage_price", "overage_per"]),
        ("5", "overage", "0.00001", "1", &["overage_price"]),
        ("5", "overage", &long, &long, &["overage_price", "overage_per"]),
    ] {
        let form = [&head[..], &tokens(quota, rule, price, per)].concat();
        let found = refused(&root, "/fn/plans/change", "/admin/plans/pro/draft/tokens", &form).await;
        assert_eq!(found, fields, "{quota:.20} {rule} {price:.20} {per:.20}");
    }
    // A meter that is always refused offers nothing else.
    let sessions = [&[("plan", "pro"), ("meter", "sessions"), ("revision", "-1")][..], &tokens("5", "overage", "1", "1")].concat();
    assert_eq!(root.fetch("/fn/plans/change", &sessions).await.status, 422);
    for (plan, meter) in [("pro", "thoughts"), ("gold", "tokens"), ("😀", "\0")] {
        let form = [("plan", plan), ("meter", meter), ("revision", "-1"), ("quota", "5"), ("rule", "block")];
        assert_eq!(root.fetch("/fn/plans/change", &form).await.status, 404);
        let (plan, meter) = (if plan == "😀" { "%00" } else { plan }, if meter == "\0" { "%00" } else { meter });
        assert_eq!(root.get(&format!("/admin/plans/{plan}/draft/{meter}")).await.status, 404);
    }
    assert_eq!(
        root.fetch("/fn/plans/change", &[("plan", "pro"), ("meter", "agents"), ("revision", "x"), ("quota", "5"), ("rule", "block")])
            .await
            .status,
        422
    );
    assert_eq!(root.fetch("/fn/plans/terms", &[("plan", "pro"), ("revision", "1"), ("price", "9")]).await.status, 409, "there is no draft");
    done(&root, "/fn/plans/draft", &[("plan", "pro")]).await;
    let terms =
        |price: &'static str, feature: &'static str| [("plan", "pro"), ("revision", "1"), ("price", price), ("features[]", feature)];
    for bad in ["", "-1", "1.234", "many", "99999999999"] {
        assert_eq!(refused(&root, "/fn/plans/terms", "/admin/plans/pro/draft", &terms(bad, "sso")).await, ["price"], "{bad}");
    }
    assert_eq!(root.fetch("/fn/plans/terms", &terms("9", "telepathy")).await.status, 422);
    assert_eq!(events(&world, "plan.draft_changed").await, 0);
    assert_eq!(json!(world.number("select quota from plan_entitlements e join plan_versions v on v.id = e.plan_version_id join plans p on p.id = v.plan_id where p.key = 'pro' and v.version = 1 and e.meter = 'tokens'").await), 50_000_000);
    world.finish().await;
}
