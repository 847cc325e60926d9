//! A tenant's quotas over the API: overrides and grants, each with the rules and the audit events of the console.

use reqwest::Method;
use serde_json::{Value, json};
use tenantry::domain::staff::StaffRole;

use super::Script;
use crate::world::{Tenant, World};

const TOKENS: &str = "/tenants/acme/quotas/tokens";

async fn said(tenant: &Tenant, action: &str) -> i64 {
    tenant.count(&format!("audit_events where action = '{action}' and actor_kind = 'platform_key' and actor = 'key scripts'")).await
}

/// What holds of tokens, as the list says it.
async fn tokens(script: &Script<'_>) -> Value {
    let (status, list) = script.call(Method::GET, "/tenants/acme/quotas", "").await;
    assert_eq!((status, &list["slug"]), (200, &json!("acme")), "{list}");
    let quotas = list["quotas"].as_array().expect("a list");
    quotas.iter().find(|quota| quota["meter"] == "tokens").expect("a meter").clone()
}

#[tokio::test]
async fn a_quota_is_set_for_one_tenant_and_given_back_to_its_plan() {
    let world = World::start().await;
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    let server = world.serve().await;
    let (operator, reader) =
        (Script::with(&world, &server, StaffRole::Operator).await, Script::with(&world, &server, StaffRole::ReadOnly).await);
    let key = acme.key("one").await.text;
    let limit = async || {
        let machine = server.browser();
        let ask = machine.ask(Method::POST, "/api/v1/quota/tokens/consume").bearer(&key).json(r#"{"amount": 1}"#);
        serde_json::from_str::<Value>(&ask.send().await.body).expect("JSON")["limit"].clone()
    };
    for (body, fields) in [
        (r#"{"limit": -1, "reason": " ", "until": "2020-01-01"}"#, vec!["limit", "reason", "until"]),
        (r#"{"limit": 1000000000000001, "reason": "r"}"#, vec!["limit"]),
        (r#"{"limit": 1.5, "reason": "r"}"#, vec!["limit"]),
        (r#"{"limit": 5, "reason": "r", "until": " "}"#, vec!["until"]),
        // Nothing is not unlimited: that has to be said.
        (r#"{"reason": "r"}"#, vec![""]),
        (r#"{"limit": 5, "reason": "r", "quota": 7}"#, vec!["quota"]),
    ] {
        assert_eq!(operator.wrong(Method::PUT, TOKENS, body).await, fields, "{body}");
    }
    let today = world.text("select today()::text").await;
    let deal = json!({ "limit": 80_000_000, "reason": "a deal", "until": today }).to_string();
    assert_eq!(reader.call(Method::PUT, TOKENS, &deal).await.0, 403);
    assert_eq!(operator.call(Method::PUT, "/tenants/acme/quotas/unicorns", &deal).await.0, 404);
    assert_eq!(operator.call(Method::PUT, "/tenants/nobody/quotas/tokens", &deal).await.0, 404);
    assert_eq!((limit().await, said(&acme, "quota.changed").await), (json!(50_000_000), 0));

    let (status, quota) = operator.call(Method::PUT, TOKENS, &deal).await;
    assert_eq!((status, &quota["plan_limit"], &quota["limit"]), (200, &json!(50_000_000), &json!(80_000_000)), "{quota}");
    let own = &quota["override"];
    assert_eq!((&own["limit"], &own["reason"], &own["set_by"]), (&json!(80_000_000), &json!("a deal"), &json!("key scripts")), "{own}");
    assert_eq!(own["expires_at"], format!("{}T00:00:00Z", world.text("select (today() + 1)::text").await));
    assert_eq!((limit().await, tokens(&reader).await["override"].clone()), (json!(80_000_000), own.clone()));
    let (status, quota) = operator.call(Method::PUT, TOKENS, r#"{"limit": null, "reason": "a friend", "until": null}"#).await;
    assert_eq!((status, &quota["limit"], &quota["override"]["expires_at"]), (200, &json!(null), &json!(null)), "{quota}");
    assert_eq!((limit().await, globex.count("entitlement_overrides").await), (json!(null), 0));

    assert_eq!(operator.wrong(Method::DELETE, &format!("{TOKENS}?reason="), "").await, ["reason"]);
    assert_eq!(reader.call(Method::DELETE, &format!("{TOKENS}?reason=over"), "").await.0, 403);
    assert_eq!(acme.count("entitlement_overrides").await, 1);
    let (status, quota) = operator.call(Method::DELETE, &format!("{TOKENS}?reason=over"), "").await;
    assert_eq!((status, &quota["override"], &quota["limit"]), (200, &json!(null), &json!(50_000_000)), "{quota}");
    assert_eq!((limit().await, said(&acme, "quota.changed").await), (json!(50_000_000), 3));
    assert_eq!(operator.call(Method::DELETE, &format!("{TOKENS}?reason=over"), "").await.0, 409, "there is none any more");
    assert_eq!(said(&acme, "quota.changed").await, 3);
    world.finish().await;
}

#[tokio::test]
async fn a_grant_adds_to_what_holds() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let server = world.serve().await;
    let (operator, billing) =
        (Script::with(&world, &server, StaffRole::Operator).await, Script::with(&world, &server, StaffRole::Billing).await);
    let (path, day) = (format!("{TOKENS}/grants"), world.text("select (today() + 9)::text").await);
    for (body, fields) in [
        (r#"{"amount": 0, "reason": "", "until": ""}"#, vec!["amount", "until", "reason"]),
        (r#"{"amount": 5, "reason": "sorry", "until": "2020-01-01"}"#, vec!["until"]),
        (r#"{"amount": "5", "reason": "sorry", "until": "2027-12-31"}"#, vec!["amount"]),
    ] {
        assert_eq!(operator.wrong(Method::POST, &path, body).await, fields, "{body}");
    }
    let body = json!({ "amount": 5_000, "reason": "sorry", "until": day }).to_string();
    assert_eq!(billing.call(Method::POST, &path, &body).await.0, 403);
    assert_eq!(operator.call(Method::POST, "/tenants/acme/quotas/unicorns/grants", &body).await.0, 404);
    assert_eq!(operator.call(Method::POST, "/tenants/nobody/quotas/tokens/grants", &body).await.0, 404);
    assert_eq!((acme.count("quota_grants").await, said(&acme, "grant.added").await), (0, 0));

    let (status, quota) = operator.call(Method::POST, &path, &body).await;
    assert_eq!((status, &quota["limit"], &quota["plan_limit"]), (201, &json!(50_005_000), &json!(50_000_000)), "{quota}");
    let grant = &quota["grants"][0];
    assert_eq!((&grant["amount"], &grant["used"], &grant["reason"]), (&json!(5_000), &json!(0), &json!("sorry")), "{grant}");
    assert_eq!(tokens(&billing).await, quota);
    assert_eq!((acme.count("quota_grants where amount = 5000").await, said(&acme, "grant.added").await), (1, 1));
    world.finish().await;
}
