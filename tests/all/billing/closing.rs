//! The monthly close: a job that may run twice and bills once.

use super::{since, work};
use crate::world::World;
use crate::world::smtp::mailer;

/// How many months are closed since the first of so many months ago.
async fn closed_since(world: &World, months: i32) -> i64 {
    world
        .number(&format!(
            "select count(*) from generate_series(this_month() - interval '{months} months', (select max(period) from usage_closed_periods), interval '1 month')"
        ))
        .await
}

#[tokio::test]
async fn two_servers_that_close_at_once_bill_each_month_once() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    since(&acme, 4).await;
    let months = closed_since(&world, 4).await;
    assert!(months >= 2);
    assert_eq!(world.store.queue_closes().await.expect("queued"), 1);
    assert_eq!(world.store.queue_closes().await.expect("queued"), 0, "it waits already");
    // Whatever went wrong, there are several.
    world
        .sql(&format!(
            "insert into jobs (tenant_id, kind, payload, run_at) select '{}', 'close_month', '{{}}', now() from generate_series(1, 5)",
            acme.id
        ))
        .await;
    let others: Vec<_> = (0..4).map(|_| world.another_store(1, 2)).collect();
    let at_work: Vec<_> =
        others.iter().cloned().map(|store| tokio::spawn(async move { tenantry::jobs::work_off(&store, &mailer(None)).await })).collect();
    for worker in at_work {
        worker.await.expect("no panic");
    }
    for store in others {
        store.close().await;
    }
    assert_eq!(acme.count("invoices").await, months);
    assert_eq!(acme.count("jobs where kind = 'close_month' and state = 'done' and last_error is null").await, 6);
    assert_eq!(acme.count("audit_events where action = 'invoice.issued'").await, months);
    assert_eq!(world.number("select count(*) from invoices where total_usd <> 49").await, 0);
    assert_eq!(world.store.queue_closes().await.expect("queued"), 0, "no month is left");
    let due = "select bool_and(due_on = (issued_at at time zone 'utc')::date + 30 and issued_at >= period + interval '1 month')::text from invoices";
    assert_eq!(world.text(due).await, "true");
    world.finish().await;
}

#[tokio::test]
async fn a_month_holds_plan_change_and_overage_and_does_not_change_any_more() {
    let world = World::start().await;
    let acme = world.tenant("acme").on("starter").await;
    since(&acme, 2).await;
    let first = "(this_month() - interval '2 months')::date";
    // On the sixteenth to pro; before it 1.5 M tokens beyond the plan, 0.5 M after.
    world
        .sql(&format!(
            "update plan_entitlements set at_limit = 'overage' where meter = 'tokens' and overage_price_usd is not null;
             update plan_entitlements e set overage_price_usd = 4 from plan_versions v join plans p on p.id = v.plan_id
               where e.plan_version_id = v.id and p.key = 'pro' and e.meter = 'tokens';
             insert into billing_days (tenant_id, day, plan_version_id, price_usd, pays, overage)
               select '{id}', {first} + 15, v.id, v.price_usd, true, '{{\"tokens\": 1500000}}' from plan_versions v join plans p on p.id = v.plan_id where p.key = 'pro';
             insert into usage_days (tenant_id, meter, day, amount) values ('{id}', 'tokens', {first}, 7000000);
             insert into usage_counters (tenant_id, meter, period_start, used, overage, day) values ('{id}', 'tokens', {first}, 7000000, 2000000, {first});
             update tenants set plan_version_id = v.id from plan_versions v join plans p on p.id = v.plan_id where p.key = 'pro'",
            id = acme.id
        ))
        .await;
    assert_eq!(world.store.queue_closes().await.expect("queued"), 1);
    work(&world, "close_month").await;
    let lines = world.texts("select kind || ' ' || amount_usd || ' ' || description from invoice_lines l join invoices i on i.id = l.invoice_id where i.number = 1 order by position").await;
    let proration = world
        .text(&format!(
            "select round(30 * (d.days - 15) / d.days, 2)::text from (select extract(day from {first} + interval '1 month' - interval '1 day') as days) d"
        ))
        .await;
    assert!(lines[0].starts_with("base 19.00 Starter, 1 to "), "{lines:?}");
    assert!(lines[1].starts_with(&format!("proration {proration} Starter to Pro from 16 ")), "{lines:?}");
    assert_eq!(
        lines[2..],
        ["overage 15.00 Tokens beyond Starter: 1.5 M at $10 per 1 M", "overage 2.00 Tokens beyond Pro: 500 k at $4 per 1 M"]
    );

    let kept = "select md5(string_agg(to_jsonb(i)::text || to_jsonb(l)::text, '' order by i.number, l.position)) from invoices i join invoice_lines l on l.invoice_id = i.id";
    let before = world.text(kept).await;
    world.sql("update billing_days set price_usd = 1000; update plan_entitlements set overage_price_usd = 99 where overage_price_usd is not null").await;
    world.sql(&format!("insert into jobs (tenant_id, kind, payload, run_at) values ('{}', 'close_month', '{{}}', now())", acme.id)).await;
    work(&world, "close_month").await;
    assert_eq!(world.text(kept).await, before);
    let rights = "select r || ' ' || p || ' ' || t from unnest(array['tenantry_app', 'tenantry_platform', 'tenantry_definer']) r,
      unnest(array['invoices', 'invoice_lines']) t, unnest(array['update', 'delete', 'truncate']) p
      where case p when 'update' then has_any_column_privilege(r, t, p) else has_table_privilege(r, t, p) end order by 1";
    assert_eq!(
        world.texts(rights).await,
        ["tenantry_definer delete invoice_lines", "tenantry_definer delete invoices"],
        "no login may; the owner of functions removes them with their whole tenant"
    );
    let reach = "select count(*) from pg_roles r where r.rolname = 'tenantry_definer' and r.rolcanlogin
      or r.rolname in ('tenantry_app', 'tenantry_platform') and pg_has_role(r.oid, 'tenantry_definer', 'member')";
    assert_eq!(world.number(reach).await, 0, "nobody signs in as that owner");
    // And its functions do so for no tenant that lives.
    world.sql(&format!("select purge_tenant('{}', false)", acme.id)).await;
    assert_eq!(world.text(kept).await, before);
    world.finish().await;
}

#[tokio::test]
async fn who_pays_nothing_gets_no_invoice_and_the_next_one_has_the_next_number() {
    let world = World::start().await;
    let (free, trial, held) = (world.tenant("free").on("free").await, world.tenant("trial").trial(14).await, world.tenant("held").await);
    for tenant in [&free, &trial, &held] {
        since(tenant, 3).await;
    }
    // Suspended on the eleventh of the first month, for a month and a half.
    let first = "(this_month() - interval '3 months')::date";
    world
        .sql(&format!(
            "insert into billing_days (tenant_id, day, plan_version_id, price_usd, pays)
             select d.tenant_id, x.day, d.plan_version_id, d.price_usd, x.pays from billing_days d
             cross join (values ({first} + 10, false), (({first} + interval '2 months')::date, true)) x (day, pays) where d.tenant_id = '{}'",
            held.id
        ))
        .await;
    assert_eq!(world.store.queue_closes().await.expect("queued"), 3);
    work(&world, "close_month").await;
    assert_eq!((free.count("invoices").await, trial.count("invoices").await), (0, 0));
    let months = closed_since(&world, 3).await;
    let expected =
        world.text(&format!("select round(49 * 10 / extract(day from {first} + interval '1 month' - interval '1 day'), 2)::text")).await;
    let made = world.texts("select number || ' ' || total_usd from invoices order by number").await;
    // The second month has none.
    let mut wanted = vec![format!("1 {expected}")];
    if months == 3 {
        wanted.push("2 49.00".to_owned());
    }
    assert_eq!(made, wanted);
    assert_eq!(world.store.queue_closes().await.expect("queued"), 0, "all are closed, with an invoice or without");
    world.finish().await;
}

#[tokio::test]
async fn a_month_waits_for_the_change_that_belongs_into_it() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    since(&acme, 2).await;
    world
        .sql(&format!(
            "insert into plan_changes (tenant_id, from_version_id, to_version_id, effective_at, requested_by, state)
             select t.id, t.plan_version_id, v.id, (this_month() - interval '2 months') at time zone 'utc', 'o', 'scheduled'
             from tenants t, plan_versions v join plans p on p.id = v.plan_id where p.key = 'starter' and t.id = '{}'",
            acme.id
        ))
        .await;
    assert_eq!(world.store.queue_closes().await.expect("queued"), 1);
    work(&world, "close_month").await;
    assert_eq!((acme.count("invoices").await, acme.count("jobs where last_error like '%change of plan%'").await), (0, 1));
    world.sql(&format!("insert into jobs (tenant_id, kind, payload, run_at) values ('{}', 'change_plan', '{{}}', now())", acme.id)).await;
    work(&world, "change_plan").await;
    work(&world, "close_month").await;
    assert_eq!(world.number("select count(*) from invoices where total_usd <> 19").await, 0);
    assert_eq!(acme.count("invoices").await, closed_since(&world, 2).await);
    world.finish().await;
}
