//! `/t/{slug}/plan`: upgrades.

use tenantry::domain::role::Role;

use super::{borrowed, choose, form_of, plan, since};
use crate::world::World;

/// What the change from starter to pro costs today: 30 dollars for a whole month.
const ADDED: &str = "select to_char(round(30 * (d.days - extract(day from today()) + 1) / d.days, 2), 'FM990.00')
  from (select extract(day from this_month() + interval '1 month' - interval '1 day') as days) d";

#[tokio::test]
async fn an_upgrade_holds_at_once_and_costs_what_was_shown() {
    let world = World::start().await;
    let acme = world.tenant("acme").on("starter").await;
    since(&acme, 1).await;
    let owner = world.serve().await.sign_in("owner@acme.example").await;
    for n in 0..10 {
        let made = owner.fetch("/fn/agents/create", &[("tenant", "acme"), ("name", &format!("Agent {n}")), ("model", "m")]).await;
        assert_eq!(made.status, 200, "{}", made.body);
    }
    let eleventh = [("tenant", "acme"), ("name", "Eleventh"), ("model", "m")];
    assert_eq!(owner.fetch("/fn/agents/create", &eleventh).await.status, 429);
    assert!(owner.get("/t/acme").await.body.contains("Agents: 100 % of the limit is used."));

    let added = world.text(ADDED).await;
    let total = world.text(&format!("select to_char(19 + {added}, 'FM990.00')")).await;
    let shown = owner.get("/t/acme/plan/pro").await.body;
    // On the first of a month the whole of it is the new plan's.
    let first = world.text("select extract(day from today())::text").await == "1";
    let cost = if first { "becomes $49.00: $30.00 more".to_owned() } else { format!("becomes ${total}: ${added} more") };
    assert!(shown.contains(&cost), "{cost}: {shown}");
    let page = choose(&owner, "pro").await;
    assert!(page.body.contains("Its limits hold from now on."), "{}", page.body);

    assert_eq!(owner.fetch("/fn/agents/create", &eleventh).await.status, 200, "at once");
    assert!(!owner.get("/t/acme").await.body.contains("of the limit is used."), "what no longer holds is not warned of");
    let bill = owner.get("/t/acme/billing").await.body;
    assert!(bill.contains(&format!("${total}")), "{total}: {bill}");
    assert!(first || bill.contains("Starter to Pro from "), "{bill}");
    assert_eq!(acme.count("audit_events where action = 'plan.changed' and actor_kind = 'member'").await, 1);
    assert_eq!(
        world.text("select plan_id::text from tenant_summaries").await,
        world.text("select id::text from plans where key = 'pro'").await
    );
    world.finish().await;
}

#[tokio::test]
async fn fifty_submits_make_one_change() {
    let world = World::start().await;
    let acme = world.tenant("acme").on("starter").await;
    // With a connection for each, so that they wait for each other and for nothing else.
    let server = world.serve_with(world.another_store(60, 8), |app| app).await;
    let owner = server.sign_in("owner@acme.example").await;
    let form = form_of(&owner, "pro").await;
    let sent: Vec<_> = (0..50)
        .map(|n| {
            let (owner, mut form) = (owner.clone(), form.clone());
            // Half of them from one window, the others from windows of their own.
            if n % 2 == 1 {
                form.iter_mut().filter(|(name, _)| name == "request").for_each(|(_, id)| *id = uuid::Uuid::new_v4().to_string());
            }
            tokio::spawn(async move { (n % 2, owner.fetch("/fn/plan/change", &borrowed(&form)).await.status) })
        })
        .collect();
    let mut done = [0, 0];
    for reply in sent {
        match reply.await.expect("no panic") {
            (window, 200) => done[window] += 1,
            (_, status) => assert_eq!(status, 409, "all others are asked to look again"),
        }
    }
    assert!(done == [25, 0] || done == [0, 1], "one window's, however often it was sent: {done:?}");
    assert_eq!((plan(&acme).await.as_str(), acme.count("plan_changes").await), ("pro", 1));
    assert_eq!(acme.count("audit_events where action = 'plan.changed'").await, 1);
    assert_eq!(world.number("select version from billing_heads").await, 2);
    // Back, and sent once more: as it was.
    let again = owner.fetch("/fn/plan/change", &borrowed(&form)).await.status;
    assert_eq!(again, if done[0] == 25 { 200 } else { 409 });
    assert_eq!(acme.count("plan_changes").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn what_was_seen_on_another_day_is_looked_at_again() {
    let world = World::start().await;
    let acme = world.tenant("acme").on("starter").await;
    let owner = world.serve().await.sign_in("owner@acme.example").await;
    let mut form = form_of(&owner, "pro").await;
    let day = form.iter().position(|(name, _)| name == "day").expect("a day");
    let today = std::mem::replace(&mut form[day].1, "2026-01-31".to_owned());
    let refused = owner.fetch("/fn/plan/change", &borrowed(&form)).await;
    assert!(refused.status == 409 && refused.body.contains("A new day has begun"), "{}", refused.body);
    assert_eq!(plan(&acme).await, "starter");
    form[day].1 = today;
    assert_eq!(owner.fetch("/fn/plan/change", &borrowed(&form)).await.status, 200);
    world.finish().await;
}

#[tokio::test]
async fn only_what_is_sold_on_the_page_can_be_chosen_there_and_only_by_owners() {
    let world = World::start().await;
    let acme = world.tenant("acme").on("starter").with("ada", Role::Admin).await;
    let server = world.serve().await;
    let (owner, ada) = (server.sign_in("owner@acme.example").await, server.sign_in("ada@acme.example").await);
    let form = form_of(&owner, "pro").await;
    let with = |plan: &str| {
        let mut form = form.clone();
        form.iter_mut().filter(|(name, _)| name == "plan").for_each(|(_, key)| plan.clone_into(key));
        form
    };
    assert_eq!(ada.fetch("/fn/plan/change", &borrowed(&form)).await.status, 403);
    for (plan, status) in [("enterprise", 409), ("starter", 409), ("nothing", 404)] {
        assert_eq!(owner.fetch("/fn/plan/change", &borrowed(&with(plan))).await.status, status, "{plan}");
    }
    world.sql("update tenants set contract_price_usd = 10").await;
    let refused = owner.fetch("/fn/plan/change", &borrowed(&form)).await;
    assert!(refused.status == 409 && refused.body.contains("agreed by contract"), "{}", refused.body);
    assert!(owner.get("/t/acme/plan").await.body.contains(" about Pro"));
    world.sql("update tenants set contract_price_usd = null").await;
    assert_eq!((plan(&acme).await.as_str(), acme.count("plan_changes").await), ("starter", 0));
    assert_eq!(owner.fetch("/fn/plan/change", &borrowed(&form)).await.status, 200);
    world.finish().await;
}

#[tokio::test]
async fn a_trial_goes_on_and_its_days_are_free() {
    let world = World::start().await;
    let acme = world.tenant("acme").on("starter").trial(3).await;
    since(&acme, 1).await;
    let owner = world.serve().await.sign_in("owner@acme.example").await;
    assert!(owner.get("/t/acme").await.body.contains("trial, 3 days left, then $19 a month"));
    assert!(owner.get("/t/acme/plan").await.body.contains("Trial: 3 days left."));
    assert!(owner.get("/t/acme/plan/pro").await.body.contains("nothing is billed for its days"));
    choose(&owner, "pro").await;
    assert_eq!((plan(&acme).await.as_str(), acme.status().await.as_str()), ("pro", "trial"));
    // The month in which it ends begins with its end.
    let days = "(t.trial_ends_at at time zone 'utc')::date";
    let month = format!("date_trunc('month', {days})");
    let expected = world
        .text(&format!(
            "select to_char(round(49 * (m.days - extract(day from {days}) + 1) / m.days, 2), 'FM990.00') from tenants t
             cross join lateral (select extract(day from {month} + interval '1 month' - interval '1 day') as days) m"
        ))
        .await;
    let bill = owner.get("/t/acme/billing").await.body;
    assert!(bill.contains(&format!("${expected}")), "{expected}: {bill}");
    // A trial's smaller plan begins when the trial ends.
    choose(&owner, "free").await;
    assert_eq!(
        world
            .number("select count(*) from plan_changes c, tenants t where c.state = 'scheduled' and c.effective_at = t.trial_ends_at")
            .await,
        1
    );
    assert!(owner.get("/t/acme/billing").await.body.contains("Nothing is to be billed."));
    world.finish().await;
}

#[tokio::test]
async fn a_question_reaches_the_console_once() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let root = world.account("root@tenantry.example").await;
    world.sql(&format!("insert into platform_admins (user_id) values ('{root}')")).await;
    let server = world.serve().await;
    let (owner, root) = (server.sign_in("owner@acme.example").await, server.sign_in("root@tenantry.example").await);
    let page = owner.get("/t/acme/plan/enterprise").await;
    let mut form = super::fields(&page, "/fn/plan/ask");
    form.push(("message".to_owned(), "Eighty more people in spring.\nWhat would it cost?".to_owned()));
    let empty: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), if name == "message" { " " } else { value })).collect();
    assert_eq!(owner.fetch("/fn/plan/ask", &empty).await.status, 422);
    for _ in 0..2 {
        let reply = owner.post("/fn/plan/ask", &borrowed(&form)).await;
        assert_eq!(reply.location(), "/t/acme/plan?done=asked", "sent twice, asked once");
    }
    assert_eq!((acme.count("sales_requests").await, acme.count("audit_events where action = 'sales.asked'").await), (1, 1));
    assert!(root.get("/admin").await.body.contains("Eighty more people in spring."));
    let billing = root.get("/admin/tenants/acme/billing").await;
    assert!(billing.body.contains("Eighty more people") && billing.body.contains("mailto:owner@acme.example"), "{}", billing.body);
    let answer = super::fields(&billing, "/fn/sales/answer");
    for _ in 0..2 {
        assert_eq!(root.fetch("/fn/sales/answer", &borrowed(&answer)).await.status, 200);
    }
    assert!(!root.get("/admin").await.body.contains("Eighty more people"));
    assert_eq!(acme.count("audit_events where action = 'sales.answered'").await, 1);
    assert!(owner.get("/t/acme/plan/enterprise").await.body.contains("What do you need?"), "the next one may be asked");
    world.finish().await;
}

#[tokio::test]
async fn staff_change_a_plan_at_once_and_less_is_credited() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    since(&acme, 1).await;
    let mut console = world.console().await;
    assert!(console.change_plan(&acme.slug, "nothing").await.is_err());
    drop(console);
    let mut console = world.console().await;
    let (before, after) = console.change_plan(&acme.slug, "starter").await.expect("a plan that is sold");
    assert_eq!((before.key.as_str(), after.key.as_str(), after.name.as_str()), ("pro", "starter", "Starter"));
    let draft = console.month_so_far(&acme.slug).await.expect("a month");
    console.commit().await.expect("committed");
    assert_eq!(plan(&acme).await, "starter");
    let day: i64 = world.number("select extract(day from today())::bigint").await;
    let total = world
        .text(
            "select to_char(round((49 * (extract(day from today()) - 1) + 19 * (d.days - extract(day from today()) + 1)) / d.days, 2), 'FM990.00')
             from (select extract(day from this_month() + interval '1 month' - interval '1 day') as days) d",
        )
        .await;
    assert_eq!(draft.total().to_string(), format!("${total}"));
    let kinds: Vec<_> = draft.lines.iter().map(|line| line.kind.as_str()).collect();
    assert_eq!(kinds, if day == 1 { vec!["base"] } else { vec!["base", "credit"] });
    assert_eq!(acme.count("audit_events where action = 'plan.changed' and actor_kind = 'operator'").await, 1);
    world.finish().await;
}
