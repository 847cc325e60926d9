//! `/api/v1/platform/alerts`: what the console's page of alerts lists, and acknowledging.

use reqwest::Method;
use serde_json::{Value, json};
use tenantry::domain::staff::StaffRole;

use super::events;
use crate::care::Script;
use crate::world::World;

#[tokio::test]
async fn alerts_are_listed_and_acknowledged_by_a_key() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    let (support, reader) =
        (Script::with(&world, &server, StaffRole::Support).await, Script::with(&world, &server, StaffRole::ReadOnly).await);
    world
        .sql(
            "insert into alerts (kind, subject, detail) select 'failed_jobs', 'job ' || n, n || ' within a day' from generate_series(1, 51) n;
             insert into alerts (kind, tenant_id, subject, detail) select 'near_limit', id, 'limit', 'Tokens at 92 %' from tenants;
             insert into alerts (kind, subject, detail, resolved_at) values ('quiet', 'over', 'over', now())",
        )
        .await;
    let list = async |query: &str| {
        let (status, page) = reader.call(Method::GET, &format!("/alerts{query}"), "").await;
        assert_eq!(status, 200, "{page}");
        let alerts = page["alerts"].as_array().expect("a list").clone();
        (alerts, page["next"].clone())
    };
    let (near, _) = list("?kind=near_limit").await;
    assert_eq!((near.len(), &near[0]["tenant"], &near[0]["detail"]), (1, &json!("acme"), &json!("Tokens at 92 %")), "{near:?}");
    assert_eq!(near[0]["acknowledged_by"], Value::Null);
    let (first, next) = list("").await;
    let (rest, end) = list(&format!("?state=standing&after={}", next.as_str().expect("an id"))).await;
    assert_eq!((first.len(), rest.len(), end), (50, 2, Value::Null));
    let (over, _) = list("?state=over").await;
    assert_eq!((over.len(), &over[0]["kind"]), (1, &json!("quiet")));
    for field in ["state", "kind", "after"] {
        for value in ["", "x"] {
            assert_eq!(reader.wrong(Method::GET, &format!("/alerts?{field}={value}"), "").await, [field], "{value:?}");
        }
    }

    let of = |alert: &Value| format!("/alerts/{}/acknowledge", alert["id"].as_str().expect("an id"));
    assert_eq!(reader.call(Method::POST, &of(&near[0]), "").await.0, 403);
    assert_eq!(events(&world, "alert.acknowledged").await, 0);
    for _ in 0..2 {
        assert_eq!(support.call(Method::POST, &of(&near[0]), "").await, (204, Value::Null));
    }
    assert_eq!(list("?kind=near_limit").await.0[0]["acknowledged_by"], "key scripts");
    let said = "select count(*) from platform_events where action = 'alert.acknowledged' and actor_kind = 'platform_key' and actor = 'key scripts'";
    assert_eq!(world.number(said).await, 1, "the first one counts");
    assert_eq!(support.call(Method::POST, &of(&over[0]), "").await.0, 409, "it is over");
    for id in ["nothing", "00000000-0000-0000-0000-00000000002a"] {
        assert_eq!(support.call(Method::POST, &format!("/alerts/{id}/acknowledge"), "").await.0, 404, "{id}");
    }
    world.finish().await;
}
