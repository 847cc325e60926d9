//! Input that is wrong, too much, or comes while the database is away.

use std::time::Duration;

use reqwest::Method;

use crate::world::World;
use crate::world::people::PASSWORD;
use crate::world::proxy::{Answers, Proxy};
use crate::world::scene::{Actor, Scene};

#[tokio::test]
async fn bad_input_is_never_our_fault() {
    let scene = Scene::set().await;
    let root = scene.browser(Actor::Platform);
    let mut faults = Vec::new();
    let nil = "00000000000000000000000000000000";
    for query in [
        "q=%00".to_owned(),
        format!("q={}", "x".repeat(5_000)),
        "q=%FF%FE".to_owned(),
        "q=%E2%80%AE%27%22%3Cscript%3E".to_owned(),
        "status=%00&plan=%00&sort=%00&after=%00".to_owned(),
        format!("after={nil}.%00"),
        format!("sort=created&after={nil}.-262143-01-01T00:00:00Z"),
        format!("sort=created&after={nil}.%2B262142-12-31T23:59:59Z"),
        format!("sort=cost&after={nil}.79228162514264337593543950335"),
        format!("sort=cost&after={nil}.-1e-28"),
        format!("sort=agents&after={nil}.9223372036854775807"),
        format!("sort=plan&after={nil}.2147483647"),
        format!("sort=-status&after={nil}.%F0%9F%98%80"),
        "__path=/fn/tenants/suspend&__err=%00%FF".to_owned(),
    ] {
        for path in ["/admin/tenants", "/login", "/admin/tenants/acme", "/admin/tenants/new"] {
            let reply = root.get(&format!("{path}?{query}")).await;
            if reply.status >= 500 {
                faults.push(format!("{path}?{query:.60}: {}", reply.status));
            }
        }
    }
    let long = "x".repeat(10_000);
    for garbage in
        ["", "\0", "\u{202e}", "😀", "'; drop table tenants; --", "../../etc/passwd", "-1", "9999999999999999999999", "NaN", &long]
    {
        for (path, fields) in [
            ("/fn/auth/sign-in", &["email", "password", "next"][..]),
            ("/fn/invite/accept", &["token", "name", "password"]),
            ("/fn/account/revoke-session", &["session"]),
            ("/fn/account/theme", &["theme"]),
            ("/fn/team/invite", &["tenant", "email", "role", "request"]),
            ("/fn/team/resend", &["tenant", "invite"]),
            ("/fn/team/revoke", &["tenant", "invite"]),
            ("/fn/team/import", &["tenant", "import", "skip_bad"]),
            ("/fn/team/role", &["tenant", "member", "was", "role"]),
            ("/fn/team/remove", &["tenant", "member"]),
            ("/fn/team/leave", &["tenant"]),
            ("/fn/team/transfer", &["tenant", "member", "confirm"]),
            ("/fn/agents/create", &["tenant", "name", "model", "department", "cost_center"]),
            ("/fn/agents/change", &["tenant", "agent", "name", "model", "department", "cost_center"]),
            ("/fn/agents/activate", &["tenant", "agent", "active"]),
            ("/fn/agents/delete", &["tenant", "agent"]),
            ("/fn/knowledge/delete", &["tenant", "document"]),
            ("/fn/tenants/create", &["name", "slug", "plan", "owner_email", "trial_days", "monthly_budget", "template", "sample_data"]),
            ("/fn/tenants/check-slug", &["slug"]),
            ("/fn/tenants/suspend", &["slug", "reason"]),
            ("/fn/tenants/resume", &["slug"]),
            ("/fn/plan/change", &["tenant", "plan", "version", "day", "request", "agents", "stay_agents[]", "members", "stay_members[]"]),
            ("/fn/plan/cancel", &["tenant", "change"]),
            ("/fn/plan/ask", &["tenant", "plan", "request", "message"]),
            ("/fn/billing/email", &["tenant", "email"]),
            ("/fn/sales/answer", &["slug", "request"]),
            ("/fn/plans/create", &["key", "name", "price", "position", "like", "self_service"]),
            ("/fn/plans/facts", &["plan", "revision", "name", "position", "self_service"]),
            ("/fn/plans/archive", &["plan", "archived"]),
            ("/fn/plans/draft", &["plan"]),
            ("/fn/plans/change", &["plan", "meter", "revision", "quota", "rule", "overage_price", "overage_per"]),
            ("/fn/plans/terms", &["plan", "revision", "price", "features[]"]),
            ("/fn/plans/publish", &["plan", "draft", "revision"]),
            ("/fn/plans/discard", &["plan", "draft", "revision"]),
            ("/fn/plans/move", &["plan", "from", "to", "request", "spare_over"]),
            ("/fn/plans/move-one", &["plan", "slug", "seen", "to"]),
            ("/fn/plans/resume-move", &["plan", "moving"]),
            ("/fn/features/create", &["key", "label", "description"]),
            ("/fn/features/change", &["feature", "label", "description"]),
            (
                "/fn/templates/create",
                &[
                    "key",
                    "name",
                    "description",
                    "plan",
                    "agents",
                    "accent",
                    "sign_in_text",
                    "allowed_models",
                    "default_model",
                    "sample",
                    "of",
                ],
            ),
            (
                "/fn/templates/change",
                &["template", "revision", "name", "plan", "agents", "accent", "sign_in_text", "allowed_models", "default_model", "sample"],
            ),
            ("/fn/templates/delete", &["template"]),
            ("/fn/tenants/clone", &["source", "name", "slug", "owner_email", "trial_days", "with_data"]),
            ("/fn/tenants/retry-steps", &["slug"]),
            ("/fn/meters/create", &["key", "label", "counting", "unit", "when_away"]),
            ("/fn/meters/change", &["meter", "label", "when_away"]),
            ("/fn/prices/add", &["meter", "model", "direction", "price", "per", "valid_from"]),
            ("/fn/quotas/override", &["slug", "meter", "quota", "reason", "until"]),
            ("/fn/quotas/plan", &["slug", "meter", "removal_reason"]),
            ("/fn/quotas/grant", &["slug", "meter", "amount", "grant_until", "grant_reason"]),
            ("/fn/quotas/end-grant", &["slug", "grant"]),
        ] {
            let form: Vec<(&str, &str)> = fields.iter().map(|field| (*field, garbage)).collect();
            let reply = root.fetch(path, &form).await;
            if reply.status >= 500 {
                faults.push(format!("{path} {garbage:.20}: {}", reply.status));
            }
        }
        for path in [
            "/invite/%00",
            "/t/%00",
            "/admin/tenants/%00",
            "/admin/tenants/acme/quotas/%00",
            "/t/acme/plan/%00",
            "/t/acme/billing/%00",
            "/t/acme/billing/99999999999/invoice.pdf",
            "/admin/plans/%00",
            "/admin/plans/%00/draft/%00",
            "/admin/plans/pro/draft/%00",
            "/admin/plans/pro/move?from=%00&to=%00",
            "/admin/plans/pro/move?tenant=%00&to=1",
            "/admin/plans/pro/moves/%00",
            "/admin/features/%00",
            "/admin/templates/%00",
            "/admin/templates/new?of=%00",
            "/admin/tenants/%00/clone",
            "/admin/tenants/%00/provisioning",
            "/admin/meters/%00",
            "/%FF",
            "/fn/%00",
            "/t/acme%2F..%2Fkwyjibo",
        ] {
            let reply = root.get(path).await;
            if reply.status >= 500 {
                faults.push(format!("{path}: {}", reply.status));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    scene.finish().await;
}

#[tokio::test]
async fn a_huge_form_is_refused() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    let large = "x".repeat(1024 * 1024);
    let reply = server.browser().ask(Method::POST, "/fn/auth/sign-in").form(&[("email", "a"), ("password", large.as_str())]).send().await;
    assert_eq!(reply.status, 413);
    server.sign_in("owner@acme.example").await;
    world.finish().await;
}

#[tokio::test]
async fn a_database_that_is_away_is_said_and_its_return_is_noticed() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let proxy = Proxy::start().await;
    let store = world.store_behind(&proxy, 4);
    let server = world.serve_with(store.clone(), |app| app).await;
    let browser = server.sign_in("owner@acme.example").await;

    proxy.answers(Answers::Cut);
    for path in ["/t/acme", "/account", "/readyz"] {
        let reply = browser.get(path).await;
        assert_eq!((reply.status, reply.header("retry-after")), (503, "2"), "{path}: {}", reply.body);
    }
    let reply = browser.fetch("/fn/auth/sign-in", &[("email", "owner@acme.example"), ("password", PASSWORD)]).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, "2"), "{}", reply.body);
    assert_eq!(browser.get("/healthz").await.status, 200);

    proxy.answers(Answers::Delayed(Duration::ZERO));
    assert_eq!(browser.get("/t/acme").await.status, 200, "and nobody had to sign in again");
    assert_eq!(browser.get("/readyz").await.status, 200);
    store.close().await;
    world.finish().await;
}
