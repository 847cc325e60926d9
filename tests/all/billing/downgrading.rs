//! `/t/{slug}/plan/{plan}`: a smaller plan, tried out, chosen, taken back, carried out.

use scraper::{Html, Selector};
use tenantry::domain::capability::ManageTeam;

use super::{borrowed, choose, form_of, plan, since, work};
use crate::world::http::Reply;
use crate::world::{Tenant, World};

/// Fourteen agents and twelve people: ten of each are allowed with the plan starter.
async fn furnish(world: &World) -> Tenant {
    let acme = world.tenant("acme").await;
    since(&acme, 1).await;
    world
        .sql(&format!(
            "insert into agents (tenant_id, name, model, created_at)
               select '{id}', 'Agent ' || n, 'm', now() - interval '1 day' + n * interval '1 minute' from generate_series(1, 14) n;
             insert into users (email, name, password_hash)
               select 'p' || n || '@acme.example', 'Person ' || n, o.password_hash
               from generate_series(1, 11) n, users o where o.email = 'owner@acme.example';
             insert into members (tenant_id, user_id, role, joined_at)
               select '{id}', id, 'member', now() + substr(split_part(email, '@', 1), 2)::int * interval '1 minute' from users where email like 'p%@acme.example'",
            id = acme.id
        ))
        .await;
    acme
}

/// The form with other values, each field as often as it is given; without those boxes that were ticked before.
fn with(form: &[(String, String)], fields: &[(&str, &str)]) -> Vec<(String, String)> {
    let kept = form.iter().filter(|(name, _)| !fields.iter().any(|(other, _)| other == name)).cloned();
    kept.chain(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).collect()
}

async fn agents(world: &World, names: &[&str]) -> Vec<String> {
    let names: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    world.texts(&format!("select id::text from agents where name in ({}) order by created_at", names.join(", "))).await
}

fn checked(page: &Reply) -> Vec<String> {
    let boxes = Selector::parse("input[checked]").expect("a selector");
    let document = Html::parse_document(&page.body);
    document
        .select(&boxes)
        .map(|input| format!("{} {}", input.attr("name").unwrap_or_default(), input.attr("value").unwrap_or_default()))
        .collect()
}

#[tokio::test]
async fn the_simulator_names_what_would_be_over_and_carries_out_what_was_chosen() {
    let world = World::start().await;
    let acme = furnish(&world).await;
    let server = world.serve().await;
    let owner = server.sign_in("owner@acme.example").await;
    let (stays, falls) = (server.sign_in("p9@acme.example").await, server.sign_in("p11@acme.example").await);
    let page = owner.get("/t/acme/plan/starter").await.body;
    for text in [
        "14 exist, 10 are allowed: 4 too many",
        "12 exist, 10 are allowed: 2 too many",
        "Goes away:",
        "Webhooks",
        "From then on it is $19 a month.",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let stay = agents(&world, &["Agent 3", "Agent 14"]).await;
    let form = form_of(&owner, "starter").await;
    let form = with(&form, &[("agents", "chosen"), ("stay_agents[]", &stay[0]), ("stay_agents[]", &stay[1]), ("members", "oldest")]);
    let reply = owner.post("/fn/plan/change", &borrowed(&form)).await;
    assert_eq!(reply.location(), "/t/acme/plan?done=scheduled", "{}", reply.everything());
    let page = owner.get(reply.location()).await.body;
    assert!(page.contains("Cancel the change") && page.contains("Starter from "), "{page}");
    work(&world, "change_plan").await;
    assert_eq!(plan(&acme).await, "pro", "not before its day");
    assert_eq!(acme.count("agents where active").await, 14);

    world.sql("update plan_changes set effective_at = now()").await;
    world.sql("update jobs set state = 'queued', ended_at = null where kind = 'change_plan'").await;
    work(&world, "change_plan").await;
    assert_eq!(plan(&acme).await, "starter");
    let active = world.texts("select name from agents where active order by created_at").await;
    assert_eq!(active, ["Agent 3", "Agent 14"]);
    assert_eq!(acme.count("agents").await, 14, "nothing is deleted");
    let viewers =
        world.texts("select u.email from members m join users u on u.id = m.user_id where role = 'viewer' order by m.joined_at").await;
    assert_eq!(viewers, ["p10@acme.example", "p11@acme.example"]);
    let (kept, old) = (stays.cookie("session"), falls.cookie("session"));
    assert_eq!((stays.get("/t/acme").await.status, falls.get("/t/acme").await.status), (200, 200));
    assert_eq!(stays.cookie("session"), kept);
    assert_ne!(falls.cookie("session"), old, "who lost a role has a new session id");
    assert_eq!(acme.count("members where role = 'owner'").await, 1);
    assert_eq!(acme.count("audit_events where action = 'plan.changed' and actor_kind = 'system' and after like '%Agent 14%'").await, 0);
    assert_eq!(acme.count("audit_events where action = 'plan.changed' and actor_kind = 'system' and after like '%Agent 4%'").await, 1);
    // A second run finds nothing to do.
    world.sql("update jobs set state = 'queued', ended_at = null where kind = 'change_plan'").await;
    work(&world, "change_plan").await;
    assert_eq!(acme.count("audit_events where action = 'plan.changed'").await, 1);

    // Over the limit nothing more is made, and no more are active than the plan has.
    let new = owner.fetch("/fn/agents/create", &[("tenant", "acme"), ("name", "New"), ("model", "m")]).await;
    assert_eq!(new.status, 429);
    let idle = world.texts("select id::text from agents where not active order by created_at").await;
    let activate =
        async |id: &str| owner.fetch("/fn/agents/activate", &[("tenant", "acme"), ("agent", id), ("active", "yes")]).await.status;
    for id in &idle[..8] {
        assert_eq!(activate(id).await, 200);
    }
    assert_eq!(activate(&idle[8]).await, 429);
    assert_eq!(acme.count("agents where active").await, 10);
    world.finish().await;
}

#[tokio::test]
async fn a_change_that_waits_can_be_taken_back_or_replaced() {
    let world = World::start().await;
    let acme = furnish(&world).await;
    let owner = world.serve().await.sign_in("owner@acme.example").await;
    choose(&owner, "starter").await;
    let page = choose(&owner, "free").await;
    assert!(page.body.contains("Free from "), "{}", page.body);
    assert_eq!((acme.count("plan_changes where state = 'scheduled'").await, acme.count("plan_changes").await), (1, 2));
    let form = super::fields(&page, "/fn/plan/cancel");
    for _ in 0..2 {
        let reply = owner.post("/fn/plan/cancel", &borrowed(&form)).await;
        assert_eq!(reply.location(), "/t/acme/plan?done=cancelled");
    }
    assert!(owner.get("/t/acme/plan?done=cancelled").await.body.contains("The change is cancelled"));
    assert_eq!(acme.count("audit_events where action = 'plan.change_cancelled'").await, 2);
    world.sql("update plan_changes set effective_at = now()").await;
    work(&world, "change_plan").await;
    assert_eq!((plan(&acme).await.as_str(), acme.count("agents where active").await), ("pro", 14));
    let refused = owner.fetch("/fn/plan/cancel", &[("tenant", "acme"), ("change", &uuid::Uuid::nil().to_string())]).await;
    assert_eq!(refused.status, 404);
    // What was carried out stays so.
    choose(&owner, "starter").await;
    world.sql("update plan_changes set effective_at = now() where state = 'scheduled'").await;
    let form = super::fields(&owner.get("/t/acme/plan").await, "/fn/plan/cancel");
    work(&world, "change_plan").await;
    assert_eq!(owner.fetch("/fn/plan/cancel", &borrowed(&form)).await.status, 409);
    assert_eq!(plan(&acme).await, "starter");
    world.finish().await;
}

#[tokio::test]
async fn two_windows_make_one_change_and_nothing_that_was_chosen_is_lost() {
    let world = World::start().await;
    let acme = furnish(&world).await;
    let owner = world.serve().await.sign_in("owner@acme.example").await;
    let (first, second) = (form_of(&owner, "starter").await, form_of(&owner, "starter").await);
    let stay = agents(&world, &["Agent 2", "Agent 13"]).await;
    let chosen = [("agents", "chosen"), ("stay_agents[]", stay[0].as_str()), ("stay_agents[]", stay[1].as_str())];
    assert_eq!(owner.post("/fn/plan/change", &borrowed(&first)).await.location(), "/t/acme/plan?done=scheduled");
    let reply = owner.post("/fn/plan/change", &borrowed(&with(&second, &chosen))).await;
    let (_, query) = reply.location().split_once('?').expect("back to the form");
    let page = owner.get(&format!("/t/acme/plan/starter?{query}")).await;
    assert!(page.body.contains("look, and confirm again"), "{}", page.body);
    let ticked = checked(&page);
    let agents: Vec<&String> = ticked.iter().filter(|ticked| ticked.contains("agents")).collect();
    assert_eq!(agents, ["agents chosen", &format!("stay_agents[] {}", stay[0]), &format!("stay_agents[] {}", stay[1])]);
    assert_eq!(acme.count("plan_changes").await, 1);
    // Confirmed again as it came back, it replaces the first one.
    let again = super::fields(&page, "/fn/plan/change");
    assert_eq!(owner.post("/fn/plan/change", &borrowed(&again)).await.location(), "/t/acme/plan?done=scheduled");
    assert_eq!(acme.count("plan_changes where state = 'scheduled' and choices->'agents'->>'keep' = 'chosen'").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn too_many_that_stay_are_said_beside_them() {
    let world = World::start().await;
    let acme = furnish(&world).await;
    let owner = world.serve().await.sign_in("owner@acme.example").await;
    let all = world.texts("select id::text from agents").await;
    let mut fields = vec![("agents", "chosen"), ("members", "sideways")];
    fields.extend(all.iter().map(|id| ("stay_agents[]", id.as_str())));
    let form = with(&form_of(&owner, "starter").await, &fields);
    let reply = owner.post("/fn/plan/change", &borrowed(&form)).await;
    let (_, query) = reply.location().split_once('?').expect("back to the form");
    let page = owner.get(&format!("/t/acme/plan/starter?{query}")).await.body;
    assert!(page.contains("Tick at most 10; these are 14.") && page.contains("Choose what is to happen."), "{page}");
    assert_eq!(acme.count("plan_changes").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn who_has_made_room_meanwhile_loses_nothing() {
    let world = World::start().await;
    let acme = furnish(&world).await;
    let owner = world.serve().await.sign_in("owner@acme.example").await;
    let form = with(&form_of(&owner, "starter").await, &[("agents", "oldest"), ("members", "oldest")]);
    assert_eq!(owner.post("/fn/plan/change", &borrowed(&form)).await.location(), "/t/acme/plan?done=scheduled");
    world.sql("delete from agents where name in ('Agent 1', 'Agent 2', 'Agent 3', 'Agent 4')").await;
    for n in [1, 2] {
        let gone = world.text(&format!("select id::text from users where email = 'p{n}@acme.example'")).await;
        let mut tx = acme.open::<ManageTeam>("owner").await.expect("an owner may");
        tx.remove_member(tenantry::domain::ids::UserId(gone.parse().expect("an id"))).await.expect("removed");
        tx.commit().await.expect("committed");
    }
    world.sql("update plan_changes set effective_at = now()").await;
    work(&world, "change_plan").await;
    assert_eq!((plan(&acme).await.as_str(), acme.count("agents where active").await), ("starter", 10));
    assert_eq!(acme.count("members where role = 'viewer'").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn a_change_that_comes_late_is_billed_from_its_day() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    since(&acme, 2).await;
    let owner = world.serve().await.sign_in("owner@acme.example").await;
    choose(&owner, "starter").await;
    // As if the server had been away since last month's first day.
    world.sql("update plan_changes set effective_at = (this_month() - interval '1 month') at time zone 'utc'").await;
    work(&world, "change_plan").await;
    let days = world.texts("select day::text || ' ' || price_usd from billing_days order by day").await;
    let first = world.text("select (this_month() - interval '2 months')::date::text").await;
    assert_eq!(days[0], format!("{first} 49.00"));
    assert!(days.len() >= 2 && days[1..].iter().all(|day| day.ends_with(" 19.00")), "{days:?}");
    assert!(days[1].starts_with(&world.text("select (this_month() - interval '1 month')::date::text").await));
    world.finish().await;
}
