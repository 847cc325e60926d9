//! `/admin/tenants/{slug}/features`: what is switched holds wherever a feature is asked for.

use reqwest::Method;

use crate::staff::{done, refused, staff};
use crate::world::World;

fn switch<'a>(feature: &'a str, state: &'a str, reason: &'a str, until: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("slug", "acme"), ("feature", feature), ("state", state), ("reason", reason), ("until", until)]
}

#[tokio::test]
async fn a_feature_is_on_or_off_for_one_tenant_whatever_its_plan_says() {
    let world = World::start().await;
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    let server = world.serve().await;
    let (root, machine) = (staff(&world, &server).await, server.browser());
    let keys = [acme.key("one").await.text, globex.key("one").await.text];
    let asked = async |feature: &str| {
        let mut said = Vec::new();
        for key in &keys {
            let one = machine.ask(Method::GET, &format!("/api/v1/features/{feature}")).bearer(key).send().await.body;
            let sheet = machine.ask(Method::GET, "/api/v1/tenant").bearer(key).send().await.body;
            assert_eq!(one.contains("true"), sheet.contains(&format!("\"{feature}\"")), "{one} and {sheet}");
            said.push(one.contains("true"));
        }
        (said[0], said[1])
    };
    assert_eq!((asked("sso").await, asked("webhooks").await), ((false, false), (true, true)));
    let page = done(&root, "/fn/features/switch", &switch("sso", "on", "A pilot until they buy.", "")).await;
    for text in ["Switched.", "A pilot until they buy.", "root@tenantry.example"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    done(&root, "/fn/features/switch", &switch("webhooks", "off", "They flood us.", "")).await;
    assert_eq!((asked("sso").await, asked("webhooks").await), ((true, false), (false, true)), "and nobody else's");

    done(&root, "/fn/features/switch", &switch("webhooks", "plan", "Mended.", "")).await;
    assert_eq!(asked("webhooks").await, (true, true));
    world.sql("update feature_overrides set expires_at = now()").await;
    assert_eq!(asked("sso").await, (false, false), "it has run out");
    assert!(!root.get("/admin/tenants/acme/features").await.body.contains("A pilot until they buy."));
    assert_eq!(acme.count("audit_events where action = 'feature.switched'").await, 3);
    assert_eq!(globex.count("audit_events where action = 'feature.switched'").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn branding_and_domains_follow_what_is_switched() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let root = staff(&world, &world.serve().await).await;
    world
        .sql(&format!(
            r#"insert into branding_versions (tenant_id, number, look, mails, published_by) values ('{id}', 1, '{{"name": "Shown"}}', '{{}}', 'test');
               insert into brandings (tenant_id, look, mails, changed_by, version, last_version) values ('{id}', '{{}}', '{{}}', 'test', 1, 1);
               insert into domains (tenant_id, name, token, state, points, added_by)
               values ('{id}', 'portal.acme.example', repeat('0', 64), 'verified', true, 'test')"#,
            id = acme.id
        ))
        .await;
    let shown = async || {
        let counts = "select (select count(*) from shown_brandings) * 10 + (select count(*) from routed_domains)";
        world.number(counts).await
    };
    assert_eq!(shown().await, 11);
    for feature in ["custom-branding", "custom-domains"] {
        done(&root, "/fn/features/switch", &switch(feature, "off", "a test", "")).await;
    }
    assert_eq!(shown().await, 0);
    world
        .sql(
            "update tenants set plan_version_id = (select v.id from plan_versions v join plans p on p.id = v.plan_id where p.key = 'free')",
        )
        .await;
    for feature in ["custom-branding", "custom-domains"] {
        done(&root, "/fn/features/switch", &switch(feature, "on", "a test", "")).await;
    }
    assert_eq!(shown().await, 11, "though its plan has neither");
    world.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_switch_is_said_beside_its_field() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let root = staff(&world, &world.serve().await).await;
    let here = "/admin/tenants/acme/features";
    let errors = refused(&root, "/fn/features/switch", here, &switch("sso", "maybe", " ", "2020-01-01")).await;
    assert_eq!(errors, ["state", "reason", "until"]);
    let unknown = root.fetch("/fn/features/switch", &switch("teleport", "on", "a wish", "")).await;
    assert!(unknown.status == 422 && unknown.body.contains("There is no such feature."), "{}", unknown.everything());
    let nowhere = [("slug", "nowhere"), ("feature", "sso"), ("state", "on"), ("reason", "a pilot")];
    assert_eq!(root.fetch("/fn/features/switch", &nowhere).await.status, 404);
    assert_eq!(acme.count("feature_overrides").await, 0);
    world.finish().await;
}
