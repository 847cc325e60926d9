//! Fields that a form does not have change nothing (security.md, C5): nobody makes themselves an owner, or a plan larger, by adding a line to
//! what a browser sends.

use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use serde_json::Value;

use super::probes::{PROBES, Probe};
use super::prover::done_with;
use super::{NOTHING, of};
use crate::world::scene::Scene;

/// Columns whose values say whose something is and how much it is; of others it counts whether they are set.
const TELLING: &[&str] = &[
    "tenant_id",
    "role",
    "roles",
    "status",
    "state",
    "plan_version_id",
    "to_version_id",
    "scopes",
    "quota",
    "at_limit",
    "kind",
    "actor_kind",
    "inviter_kind",
    "contract_price_usd",
    "monthly_budget_usd",
    "price_usd",
    "active",
    "is_primary",
    "calls_a_minute",
    "require_second_factor",
];

fn extra(scene: &Scene) -> Vec<(&'static str, String)> {
    let (b, user) = (scene.b.id.to_string(), scene.b.owner().to_string());
    [
        ("id", b.as_str()),
        ("tenant_id", &b),
        ("tenant_slug", "kwyjibo"),
        ("user_id", &user),
        ("actor", "kwyjibo"),
        ("created_by", "kwyjibo"),
        ("role", "owner"),
        ("is_admin", "true"),
        ("platform_admin", "true"),
        ("email_verified", "true"),
        ("plan", "enterprise"),
        ("plan_version_id", &b),
        ("status", "active"),
        ("state", "verified"),
        ("quota", "999999"),
        ("limit", "999999"),
        ("unlimited", "true"),
        ("contract_price_usd", "0"),
        ("scopes", "resources"),
        ("expires_at", "2999-01-01T00:00:00Z"),
        ("trial_ends_at", "2999-01-01T00:00:00Z"),
        ("verified_at", "2020-01-01T00:00:00Z"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

/// Fields that a function has and its probe leaves out.
const OPTIONAL: &[(&str, &str)] = &[
    ("POST /fn/platform-keys/create", "role"),
    ("POST /fn/signup/complete", "plan"),
    ("POST /fn/templates/change", "plan"),
    ("POST /fn/templates/create", "plan"),
];

/// What ids are called, the same in every database: the two tenants, and versions of plans.
async fn names(scene: &Scene) -> BTreeMap<String, String> {
    let plans = scene.world.texts("select v.id::text || ' ' || p.key from plan_versions v join plans p on p.id = v.plan_id").await;
    let plans = plans.iter().filter_map(|line| line.split_once(' ')).map(|(id, key)| (id.to_owned(), key.to_owned()));
    plans.chain([(scene.a.id.to_string(), "A".to_owned()), (scene.b.id.to_string(), "B".to_owned())]).collect()
}

/// A row as far as it tells: ids by their names, other values only whether they are there.
fn shape(names: &BTreeMap<String, String>, line: &str) -> String {
    let (table, row) = line.split_once(' ').expect("a table and a row");
    let row: BTreeMap<String, Value> = serde_json::from_str(row).expect("a row");
    let columns = row.iter().map(|(name, value)| match value {
        Value::Null => format!("{name}=null"),
        Value::String(id) if TELLING.contains(&name.as_str()) && id.parse::<uuid::Uuid>().is_ok() => {
            format!("{name}={}", names.get(id).map_or("another", String::as_str))
        }
        value if TELLING.contains(&name.as_str()) => format!("{name}={value}"),
        _ => format!("{name}=*"),
    });
    format!("{table} {}", columns.collect::<Vec<_>>().join(" "))
}

/// What each call does to the database: rows that were there before and are not any more, and rows that are new.
async fn effects(scene: &Scene, probes: &[Probe], extra: &[(&'static str, String)]) -> Vec<(&'static str, u16, Vec<String>)> {
    let (mut effects, names) = (Vec::new(), names(scene).await);
    for probe in probes.iter().filter(|probe| probe.is_function() && !probe.file) {
        let known = |name: &str| probe.input.iter().any(|(known, _)| *known == name) || OPTIONAL.contains(&(probe.route, name));
        let more: Vec<_> = extra.iter().filter(|(name, _)| !known(name)).cloned().collect();
        let (before, reply) = done_with(scene, probe, &more).await;
        let mut counts: BTreeMap<String, i64> = BTreeMap::new();
        for row in scene.rows().await {
            *counts.entry(row).or_default() += 1;
        }
        for row in before {
            *counts.entry(row).or_default() -= 1;
        }
        let mut changed: Vec<String> = counts
            .into_iter()
            .filter(|(_, count)| *count != 0)
            .map(|(row, count)| format!("{} {}", if count > 0 { "+" } else { "-" }, shape(&names, &row)))
            .collect();
        changed.sort();
        effects.push((probe.route, reply.status, changed));
    }
    effects
}

/// What the same calls do otherwise when fields are added that they do not have.
async fn changed_by_extra_fields(plain: &Scene, with: &Scene, probes: &[Probe]) -> Vec<String> {
    let (one, other) = (effects(plain, probes, &[]).await, effects(with, probes, &extra(with)).await);
    assert!(one.iter().any(|(.., changed)| !changed.is_empty()), "the calls do something");
    one.into_iter().zip(other).filter(|(one, other)| one != other).map(|(one, other)| format!("{one:?} became {other:?}")).collect()
}

#[tokio::test]
async fn c5_fields_that_a_function_does_not_have_change_nothing() {
    let (plain, with) = (Scene::set().await, Scene::set().await);
    let b = with.checksum_of_b().await;
    assert_eq!(changed_by_extra_fields(&plain, &with, PROBES).await, NOTHING);
    assert_eq!(with.checksum_of_b().await, b);
    plain.finish().await;
    with.finish().await;
}

/// Takes a role from a field that the form does not have.
async fn believe_a_field(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let mut body = String::from_utf8_lossy(&to_bytes(body, usize::MAX).await.expect("a body")).into_owned();
    if parts.uri.path() == "/fn/team/invite" && body.contains("is_admin=true") {
        body = body.replace("role=viewer", "role=admin");
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}

#[tokio::test]
async fn c5_a_field_that_is_believed_is_found() {
    let (plain, with) = (Scene::set().await, Scene::set_with(|app| app.layer(from_fn(believe_a_field))).await);
    let found = changed_by_extra_fields(&plain, &with, &of(&["POST /fn/team/invite"])).await;
    assert!(found.iter().any(|finding| finding.contains("role=\\\"admin\\\"")), "{found:?}");
    plain.finish().await;
    with.finish().await;
}
