use chrono::{DateTime, Utc};
use tenantry::domain::usage::{EventError, EventProblem, NewEvent};
use tenantry::store::usage_events::Recorded;

use super::{done, figure, report, tokens};
use crate::world::{Tenant, World};

/// A moment that only the database's clock knows: `this_month() - interval '1 second'`.
async fn moment(tenant: &Tenant, sql: &str) -> Option<DateTime<Utc>> {
    let text = tenant.world.text(&format!("select to_char(({sql}) at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")).await;
    Some(text.parse().expect("a time"))
}

/// The month before is open, whatever day it is.
async fn open_last_month(world: &World) {
    world.sql("delete from usage_closed_periods; insert into usage_closed_periods values (this_month() - interval '2 months')").await;
}

#[tokio::test]
async fn what_comes_again_is_not_counted_again() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let batch: Vec<NewEvent> = (0..500).map(|n| tokens(&format!("k-{n}"), 3)).collect();
    assert_eq!(report(&acme, &batch).await, done(500, 0));
    assert_eq!(report(&acme, &batch).await, done(0, 500));
    // The same key twice in one call, and once with other figures: the first one counts.
    assert_eq!(report(&acme, &[tokens("new", 10), tokens("new", 99), tokens("k-1", 99)]).await, done(1, 2));
    assert_eq!(figure(&acme, "sum(amount) from usage_days").await, 1_510);
    assert_eq!(figure(&acme, "sum(amount) from usage_breakdowns").await, 1_510);
    assert_eq!(figure(&acme, "tokens from tenant_summaries").await, 1_510);
    // Another tenant's keys are its own.
    let globex = world.tenant("globex").await;
    assert_eq!(report(&globex, &[tokens("new", 1)]).await, done(1, 0));
    world.finish().await;
}

#[tokio::test]
async fn eight_who_report_the_same_at_once_are_counted_once() {
    let world = World::start().await;
    let acme = std::sync::Arc::new(world.tenant("acme").await);
    let racers: Vec<_> = (0..8)
        .map(|_| {
            let acme = acme.clone();
            tokio::spawn(async move { report(&acme, &(0..100).map(|n| tokens(&format!("k-{n}"), 2)).collect::<Vec<_>>()).await })
        })
        .collect();
    let (mut accepted, mut duplicates) = (0, 0);
    for racer in racers {
        let Recorded::Done { accepted: a, duplicates: d } = racer.await.expect("no panic") else { panic!("refused") };
        (accepted, duplicates) = (accepted + a, duplicates + d);
    }
    assert_eq!((accepted, duplicates), (100, 700));
    assert_eq!(figure(&acme, "sum(amount) from usage_days").await, 200);
    world.finish().await;
}

#[tokio::test]
async fn one_wrong_event_refuses_all_and_is_named() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let future = moment(&acme, "now() + interval '1 minute'").await;
    let events = [
        tokens("fine", 1),
        NewEvent { meter: "thoughts".into(), ..tokens("a", 1) },
        NewEvent { amount: 0, ..tokens("b", 1) },
        NewEvent { amount: -5, at: future, ..tokens("c", 1) },
        NewEvent { meter: "agents".into(), ..tokens("d", 1) },
        NewEvent { model: Some("m".repeat(121)), ..tokens("e", 1) },
        NewEvent { idempotency_key: String::new(), direction: Some("sideways".into()), ..tokens("f", 1) },
        NewEvent { at: "2020-01-01T00:00:00Z".parse().ok(), ..tokens("g", 1) },
    ];
    let error = |row, field: &str, problem| EventError { row, field: field.to_owned(), problem };
    assert_eq!(
        report(&acme, &events).await,
        Recorded::Refused(vec![
            error(1, "meter", EventProblem::UnknownMeter),
            error(2, "amount", EventProblem::NotPositive),
            error(3, "amount", EventProblem::NotPositive),
            error(3, "at", EventProblem::Future),
            error(4, "meter", EventProblem::NotMetered),
            error(5, "model", EventProblem::Length),
            error(6, "direction", EventProblem::Direction),
            error(6, "idempotency_key", EventProblem::Length),
            error(7, "at", EventProblem::Closed),
        ])
    );
    assert_eq!(acme.count("usage_events").await + acme.count("usage_days").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn the_last_second_of_a_month_is_in_that_month() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    open_last_month(&world).await;
    let before = moment(&acme, "this_month()::timestamp at time zone 'utc' - interval '1 second'").await;
    let after = moment(&acme, "this_month()::timestamp at time zone 'utc' + interval '1 second'").await;
    let events = [NewEvent { at: before, ..tokens("before", 5) }, NewEvent { at: after, ..tokens("after", 7) }];
    assert_eq!(report(&acme, &events).await, done(2, 0));
    assert_eq!(figure(&acme, "amount from usage_days where day = this_month() - 1").await, 5);
    assert_eq!(figure(&acme, "amount from usage_days where day = this_month()").await, 7);
    assert_eq!(acme.count("usage_events where period = this_month() and amount = 7").await, 1);
    assert_eq!(figure(&acme, "tokens from tenant_summaries").await, 7, "the new month starts at nothing");
    world.finish().await;
}

#[tokio::test]
async fn a_key_that_comes_in_two_months_counts_in_the_first() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    open_last_month(&world).await;
    let late = moment(&acme, "this_month()::timestamp at time zone 'utc' - interval '1 second'").await;
    assert_eq!(report(&acme, &[NewEvent { at: late, ..tokens("k", 5) }]).await, done(1, 0));
    assert_eq!(report(&acme, &[tokens("k", 5)]).await, done(0, 1), "the retry gives no time, and now is the next month");
    assert_eq!(figure(&acme, "sum(amount) from usage_days").await, 5);
    world.finish().await;
}

#[tokio::test]
async fn a_late_event_counts_until_its_month_is_closed() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    open_last_month(&world).await;
    let late = moment(&acme, "this_month()::timestamp at time zone 'utc' - interval '1 hour'").await;
    assert_eq!(report(&acme, &[NewEvent { at: late, ..tokens("a", 5) }]).await, done(1, 0));
    world.sql("insert into usage_closed_periods values (this_month() - interval '1 month')").await;
    let refused = Recorded::Refused(vec![EventError { row: 0, field: "at".into(), problem: EventProblem::Closed }]);
    assert_eq!(report(&acme, &[NewEvent { at: late, ..tokens("b", 5) }]).await, refused);
    assert_eq!(figure(&acme, "sum(amount) from usage_days").await, 5);
    world.finish().await;
}

#[tokio::test]
async fn a_cost_that_is_not_given_comes_from_the_price_of_that_day() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    world
        .sql(
            "insert into model_prices (meter, model, direction, valid_from, price_usd, per) values
               ('tokens', 'm', 'input', '2025-01-01', 2, 1000000), ('tokens', 'm', 'input', today(), 4, 1000000),
               ('tokens', 'm', 'input', today() + 1, 400, 1000000), ('tokens', 'm', 'any', '2025-01-01', 3, 1000000)",
        )
        .await;
    let of = |key: &str, direction: Option<&str>, cost: Option<&str>| NewEvent {
        model: Some("m".into()),
        direction: direction.map(str::to_owned),
        cost_usd: cost.map(|cost| cost.parse().expect("an amount")),
        ..tokens(key, 1_000_001)
    };
    let events = [
        of("dated", Some("input"), None),
        of("any", None, None),
        of("no price", Some("output"), None),
        of("given", Some("input"), Some("0.5")),
        NewEvent { model: None, ..of("no model", Some("input"), None) },
    ];
    assert_eq!(report(&acme, &events).await, done(5, 0));
    let costs =
        world.texts("select idempotency_key || ' ' || cost_usd::text from usage_events order by cost_usd desc, idempotency_key").await;
    assert_eq!(costs, ["dated 4.0000040000", "any 3.0000030000", "given 0.5000000000", "no model 0.0000000000", "no price 0.0000000000"]);
    world.finish().await;
}

#[tokio::test]
async fn a_call_touches_each_day_once() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    world
        .sql(
            "create table touched (n bigint); grant insert on touched to public;
             create function note_touch() returns trigger language plpgsql as $$ begin insert into touched values (1); return null; end $$;
             create trigger note_touch after insert or update on usage_days for each row execute function note_touch()",
        )
        .await;
    report(&acme, &(0..1_000).map(|n| tokens(&format!("k-{n}"), 1)).collect::<Vec<_>>()).await;
    assert_eq!(world.number("select count(*) from touched").await, 1);
    world.abandon().await;
}
