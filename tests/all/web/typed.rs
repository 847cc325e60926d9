//! What somebody typed comes back as text, also where a field's content stands between tags.

use crate::world::World;

#[tokio::test]
async fn markup_in_a_text_area_stays_text() {
    let world = World::start().await;
    world.tenant("acme").await;
    let root = world.account("root@tenantry.example").await;
    world.sql(&format!("insert into platform_admins (user_id) values ('{root}')")).await;
    let server = world.serve().await;
    let (owner, admin) = (server.sign_in("owner@acme.example").await, server.sign_in("root@tenantry.example").await);
    let hostile = "</textarea><b id=hostile>";
    let long = format!("{hostile}{}", "x".repeat(400));
    for (browser, path, page, fields) in [
        (&owner, "/fn/team/invite", "/t/acme/team", vec![("tenant", "acme"), ("email", hostile), ("role", "member")]),
        (&owner, "/fn/settings/models", "/t/acme/settings", vec![("tenant", "acme"), ("allowed_models", hostile)]),
        (
            &owner,
            "/fn/plan/ask",
            "/t/acme/plan/enterprise",
            vec![
                ("tenant", "acme"),
                ("plan", "enterprise"),
                ("message", long.as_str()),
                ("request", "00000000-0000-4000-8000-000000000001"),
            ],
        ),
        (&admin, "/fn/tenants/suspend", "/admin/tenants/acme", vec![("slug", "acme"), ("reason", long.as_str())]),
    ] {
        let from = format!("http://{}{page}", server.host);
        let reply = browser.ask(reqwest::Method::POST, path).form(&fields).header("referer", &from).send().await;
        let body = if reply.status == 303 { browser.get(reply.location()).await.body } else { reply.body };
        assert!(body.contains("&lt;/textarea&gt;"), "{path}: {body}");
        assert!(!body.contains(hostile), "{path}: {body}");
    }
    world.finish().await;
}
