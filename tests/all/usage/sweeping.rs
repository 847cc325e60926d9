use super::{done, report, tokens};
use crate::world::World;

async fn sweep(world: &World) {
    while world.store.sweep().await.expect("swept") > 0 {}
}

#[tokio::test]
async fn partitions_are_made_ahead_and_keep_the_promise() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let months = "select count(*) from pg_inherits where inhparent = 'usage_events'::regclass";
    assert_eq!(world.number(months).await, 6, "two months back, three ahead");
    world
        .sql("do $$ begin execute 'drop table partitions.usage_events_' || to_char(this_month() + interval '3 months', 'YYYY_MM'); end $$")
        .await;
    sweep(&world).await;
    sweep(&world).await;
    assert_eq!(world.number(months).await, 6);
    let inspection = tenantry::store::catalog::inspect(&world.logins.app, [crate::world::cluster::APP, crate::world::cluster::PLATFORM]);
    assert_eq!(inspection.await.expect("the catalog can be read").findings, []);
    assert_eq!(report(&acme, &[tokens("a", 1)]).await, done(1, 0));
    world.finish().await;
}

#[tokio::test]
async fn a_month_closes_five_days_after_its_end() {
    let world = World::start().await;
    world.sql("delete from usage_closed_periods").await;
    sweep(&world).await;
    let closed = world.text("select max(period)::text from usage_closed_periods").await;
    let expected =
        world.text("select date_trunc('month', (now() at time zone 'utc') - interval '5 days' - interval '1 month')::date::text").await;
    assert_eq!(closed, expected);
    assert_eq!(world.number("select count(*) from usage_closed_periods").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn a_refusal_is_kept_for_seven_days_and_a_loop_of_them_in_one_row() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let note = |n: i32| {
        format!(
            "select refusals_add(array_agg('{}'::uuid), array_agg('tokens'::text), array_agg(n), array_agg(50::bigint), array_agg('plan'::text), array_agg('tk_abcdefgh'::text))
             from generate_series(1::bigint, {n}) n",
            acme.id
        )
    };
    world.sql(&note(1_000)).await;
    assert_eq!(
        acme.count("refusals where times = 1000 and used = 1000 and quota = 50 and source = 'plan' and key_prefix = 'tk_abcdefgh'").await,
        1
    );
    world.sql("update refusals set at = now() - interval '6 days 23 hours'").await;
    sweep(&world).await;
    assert_eq!(acme.count("refusals").await, 1);
    world.sql("update refusals set at = now() - interval '7 days 1 second'").await;
    sweep(&world).await;
    assert_eq!(acme.count("refusals").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn the_platforms_days_are_those_of_its_tenants_added_up() {
    let world = World::start().await;
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    report(&acme, &[tokens("a", 30)]).await;
    report(&globex, &[tokens("a", 12)]).await;
    world.store.roll_platform_days().await.expect("added up");
    let today = "select amount from platform_days where meter = 'tokens' and day = today()";
    assert_eq!(world.number(today).await, 42);
    report(&globex, &[tokens("b", 1)]).await;
    world.store.roll_platform_days().await.expect("added up");
    assert_eq!(world.number(today).await, 43);
    world.finish().await;
}
