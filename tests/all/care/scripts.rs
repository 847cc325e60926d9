//! The life of a tenant over the API: plan, trial, payment, features. Each with the rules and the audit events of the console.

use reqwest::Method;
use serde_json::json;
use tenantry::domain::staff::StaffRole;

use super::Script;
use crate::world::{Tenant, World};

/// How many events of this kind the key has left in the tenant's log.
async fn said(tenant: &Tenant, action: &str) -> i64 {
    tenant.count(&format!("audit_events where action = '{action}' and actor_kind = 'platform_key' and actor = 'key scripts'")).await
}

async fn plan(world: &World) -> String {
    world
        .text("select p.key from tenants t join plan_versions v on v.id = t.plan_version_id join plans p on p.id = v.plan_id where t.slug = 'acme'")
        .await
}

#[tokio::test]
async fn a_plan_is_changed_at_once() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let server = world.serve().await;
    let (billing, support) =
        (Script::with(&world, &server, StaffRole::Billing).await, Script::with(&world, &server, StaffRole::Support).await);
    let path = "/tenants/acme/plan";
    let (status, plans) = support.call(Method::GET, "/plans", "").await;
    assert_eq!(status, 200, "{plans}");
    let pro = plans["plans"].as_array().expect("a list").iter().find(|plan| plan["key"] == "pro").expect("it is sold").clone();
    assert_eq!((&pro["name"], &pro["version"], &pro["price_usd"]), (&json!("Pro"), &json!(1), &json!("49.00")), "{pro}");
    let agents = json!({ "meter": "agents", "limit": 100, "at_limit": "block" });
    assert!(pro["limits"].as_array().expect("a list").contains(&agents), "{pro}");

    assert_eq!(support.call(Method::PUT, path, r#"{"plan": "starter"}"#).await.0, 403);
    for plan in ["nothing", "", "PRO"] {
        assert_eq!(billing.wrong(Method::PUT, path, &json!({ "plan": plan }).to_string()).await, ["plan"], "{plan}");
    }
    assert_eq!(billing.wrong(Method::PUT, path, r#"{"plan": "starter", "at": "once"}"#).await.len(), 1);
    assert_eq!(billing.call(Method::PUT, "/tenants/nobody/plan", r#"{"plan": "starter"}"#).await.0, 404);
    assert_eq!((plan(&world).await.as_str(), said(&acme, "plan.changed").await), ("pro", 0));

    let (status, changed) = billing.call(Method::PUT, path, r#"{"plan": "starter"}"#).await;
    assert_eq!((status, changed), (200, json!({ "slug": "acme", "before": "pro", "after": "starter" })));
    assert_eq!((plan(&world).await.as_str(), said(&acme, "plan.changed").await), ("starter", 1));
    let (status, again) = billing.call(Method::PUT, path, r#"{"plan": "starter"}"#).await;
    assert_eq!((status, &again["detail"]), (409, &json!("The tenant has this plan already.")));
    assert_eq!(said(&acme, "plan.changed").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn a_trial_is_extended_and_ended() {
    let world = World::start().await;
    let acme = world.tenant("acme").trial(3).await;
    let globex = world.tenant("globex").await;
    let server = world.serve().await;
    let (operator, billing) =
        (Script::with(&world, &server, StaffRole::Operator).await, Script::with(&world, &server, StaffRole::Billing).await);
    let day = async |days: i64| world.text(&format!("select (today() + {days})::text")).await;
    let (extend, convert) = ("/tenants/acme/trial/extend", "/tenants/acme/trial/convert");
    for wrong in ["", "soon", "2020-01-01", &day(1).await, &day(400).await] {
        assert_eq!(operator.wrong(Method::POST, extend, &json!({ "until": wrong }).to_string()).await, ["until"], "{wrong}");
    }
    let later = json!({ "until": day(20).await }).to_string();
    assert_eq!(billing.call(Method::POST, extend, &later).await.0, 403);
    assert_eq!(operator.call(Method::POST, "/tenants/globex/trial/extend", &later).await.0, 409, "it is in no trial");
    assert_eq!((said(&acme, "tenant.trial_extended").await, said(&globex, "tenant.trial_extended").await), (0, 0));
    let (status, extended) = operator.call(Method::POST, extend, &later).await;
    let end = format!("{}T00:00:00Z", day(21).await);
    assert_eq!((status, extended), (200, json!({ "slug": "acme", "status": "trial", "trial_ends_at": end })));
    let ends = "select count(*) from tenants t join jobs j on j.tenant_id = t.id and j.kind = 'end_trial' and j.run_at = t.trial_ends_at
                where t.trial_ends_at = (today() + 21)::timestamp at time zone 'utc'";
    assert_eq!((world.number(ends).await, said(&acme, "tenant.trial_extended").await), (1, 1));

    assert_eq!(billing.call(Method::POST, convert, "").await.0, 403);
    assert_eq!(acme.status().await, "trial");
    assert_eq!(operator.call(Method::POST, convert, "").await, (200, json!({ "slug": "acme", "status": "active" })));
    assert_eq!((acme.status().await.as_str(), said(&acme, "tenant.trial_converted").await), ("active", 1));
    assert_eq!(operator.call(Method::POST, convert, "").await.0, 409, "once");
    assert_eq!(operator.call(Method::POST, "/tenants/nobody/trial/convert", "").await.0, 404);
    world.finish().await;
}

#[tokio::test]
async fn what_is_owed_closes_a_tenant_until_it_is_paid() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let server = world.serve().await;
    let (billing, operator, support) = (
        Script::with(&world, &server, StaffRole::Billing).await,
        Script::with(&world, &server, StaffRole::Operator).await,
        Script::with(&world, &server, StaffRole::Support).await,
    );
    let (unpaid, paid) = ("/tenants/acme/unpaid", "/tenants/acme/paid");
    let owed = r#"{"owed": "two invoices"}"#;
    for wrong in [" ", "a\u{7}", &"x".repeat(301)] {
        assert_eq!(billing.wrong(Method::POST, unpaid, &json!({ "owed": wrong }).to_string()).await, ["owed"], "{wrong:?}");
    }
    assert_eq!(support.call(Method::POST, unpaid, owed).await.0, 403);
    assert_eq!(billing.call(Method::POST, paid, "").await.0, 409, "nothing is owed");
    assert_eq!((acme.status().await.as_str(), said(&acme, "tenant.suspended_unpaid").await), ("active", 0));

    assert_eq!(billing.call(Method::POST, unpaid, owed).await, (200, json!({ "slug": "acme", "status": "suspended" })));
    assert_eq!(world.text("select status || ': ' || unpaid_reason from tenants").await, "suspended: two invoices");
    assert_eq!(billing.call(Method::POST, unpaid, owed).await.0, 409, "once");
    assert_eq!(operator.call(Method::POST, "/tenants/acme/suspend", r#"{"reason": "a pause"}"#).await.0, 200);
    // Neither lifts the other.
    assert_eq!(support.call(Method::POST, paid, "").await.0, 403);
    assert_eq!(billing.call(Method::POST, paid, "").await.1["status"], "suspended");
    assert_eq!(operator.call(Method::POST, "/tenants/acme/resume", "").await.1["status"], "active");
    assert_eq!((said(&acme, "tenant.suspended_unpaid").await, said(&acme, "tenant.payment_arrived").await), (1, 1));
    assert_eq!(billing.call(Method::POST, "/tenants/nobody/unpaid", owed).await.0, 404);
    world.finish().await;
}

#[tokio::test]
async fn a_feature_is_switched_and_given_back() {
    let world = World::start().await;
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    let server = world.serve().await;
    let (operator, reader) =
        (Script::with(&world, &server, StaffRole::Operator).await, Script::with(&world, &server, StaffRole::ReadOnly).await);
    let (key, today) = (acme.key("one").await.text, world.text("select today()::text").await);
    let has_sso = async || {
        let reply = server.browser().ask(Method::GET, "/api/v1/features/sso").bearer(&key).send().await;
        reply.body.contains("true")
    };
    let path = "/tenants/acme/features/sso";
    let on = json!({ "enabled": true, "reason": "A pilot.", "until": today }).to_string();
    assert_eq!(operator.wrong(Method::PUT, path, r#"{"enabled": true, "reason": " ", "until": "2020-01-01"}"#).await, ["reason", "until"]);
    assert_eq!(operator.wrong(Method::PUT, path, r#"{"enabled": true, "reason": "r", "until": ""}"#).await, ["until"]);
    assert_eq!(operator.wrong(Method::PUT, path, r#"{"enabled": "on", "reason": "r"}"#).await, ["enabled"]);
    assert_eq!(reader.call(Method::PUT, path, &on).await.0, 403);
    assert_eq!(operator.call(Method::PUT, "/tenants/acme/features/teleport", &on).await.0, 404);
    assert_eq!(operator.call(Method::PUT, "/tenants/nobody/features/sso", &on).await.0, 404);
    assert_eq!((has_sso().await, acme.count("feature_overrides").await), (false, 0));

    let (status, feature) = operator.call(Method::PUT, path, &on).await;
    assert_eq!((status, &feature["in_plan"], &feature["enabled"]), (200, &json!(false), &json!(true)), "{feature}");
    let own = &feature["override"];
    assert_eq!((&own["reason"], &own["set_by"]), (&json!("A pilot."), &json!("key scripts")), "{own}");
    assert_eq!(own["expires_at"], format!("{}T00:00:00Z", world.text("select (today() + 1)::text").await));
    assert_eq!((has_sso().await, globex.count("feature_overrides").await), (true, 0));
    let (_, list) = reader.call(Method::GET, "/tenants/acme/features", "").await;
    assert!(list["features"].as_array().expect("a list").contains(&feature), "{list}");

    assert_eq!(operator.wrong(Method::DELETE, &format!("{path}?reason=%20"), "").await, ["reason"]);
    assert_eq!(reader.call(Method::DELETE, &format!("{path}?reason=over"), "").await.0, 403);
    assert!(has_sso().await);
    let (status, feature) = operator.call(Method::DELETE, &format!("{path}?reason=over"), "").await;
    assert_eq!((status, &feature["enabled"], &feature["override"]), (200, &json!(false), &json!(null)), "{feature}");
    assert_eq!((has_sso().await, said(&acme, "feature.switched").await), (false, 2));
    assert_eq!(operator.call(Method::DELETE, &format!("{path}?reason=over"), "").await.0, 200, "as the plan says already");
    assert_eq!(said(&acme, "feature.switched").await, 2);
    world.finish().await;
}
