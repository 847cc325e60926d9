-- Usage: events as they were reported, what pages read of them, prices, thresholds that were crossed, calls that were refused.

-- ---------------------------------------------------------------------------------------------------------------------
-- Prices and closed periods: the same for everybody

create table model_prices (
  meter text not null,
  model text not null,
  direction text not null,
  valid_from date not null,
  price_usd numeric(14, 6) not null,
  per bigint not null,
  constraint model_prices_pkey primary key (meter, model, direction, valid_from),
  constraint model_prices_meter foreign key (meter) references meters (key),
  constraint model_prices_direction check (direction in ('input', 'output', 'any')),
  constraint model_prices_price check (price_usd >= 0),
  constraint model_prices_per check (per > 0)
);

comment on table model_prices is 'What so many units cost from that UTC day on, until a later row. "any" is for events that name no direction. Without a row: nothing.';

insert into model_prices (meter, model, direction, valid_from, price_usd, per)
select 'tokens', p.model, d.direction, '2025-01-01', d.price, 1000000
from (values
  ('claude-sonnet-4-5', 3.00, 15.00),
  ('claude-opus-4-6', 5.00, 25.00),
  ('claude-haiku-4-5', 1.00, 5.00),
  ('gpt-4o', 2.50, 10.00)
) as p (model, input, output)
-- Three tokens of input to one of output.
cross join lateral (values ('input', input), ('output', output), ('any', (input * 3 + output) / 4)) as d (direction, price);

create table usage_closed_periods (
  period date not null,
  closed_at timestamptz not null default now(),
  constraint usage_closed_periods_pkey primary key (period),
  constraint usage_closed_periods_month check (extract(day from period) = 1)
);

comment on table usage_closed_periods is 'A month closes five days after its end (UTC), and every month before it with it: its usage does not change any more.';

-- ---------------------------------------------------------------------------------------------------------------------
-- Events, a partition a month, in a schema that only the definer writes to

create schema partitions;

-- No foreign keys: record_usage checks a thousand events in one statement, where a key would look each one up; and every event's tenant
-- and meter stand in usage_days, which has them.
create table usage_events (
  tenant_id uuid not null,
  period date not null,
  idempotency_key text collate "C" not null,
  meter text not null,
  amount bigint not null,
  at timestamptz not null,
  model text not null default '',
  agent text not null default '',
  cost_center text not null default '',
  direction text,
  cost_usd numeric(20, 10) not null,
  received_at timestamptz not null default now(),
  constraint usage_events_pkey primary key (tenant_id, idempotency_key, period),
  constraint usage_events_amount check (amount > 0),
  constraint usage_events_cost check (cost_usd >= 0),
  constraint usage_events_period check (period = date_trunc('month', at at time zone 'utc')::date),
  constraint usage_events_direction check (direction in ('input', 'output'))
) partition by range (period);

comment on column usage_events.model is 'Empty when the event names none; so are agent and cost_center.';

-- What pages read of events: who, with which model, for whom. Always their sum.
create table usage_breakdowns (
  tenant_id uuid not null,
  day date not null,
  meter text not null,
  model text not null,
  agent text not null,
  cost_center text not null,
  amount bigint not null,
  cost_usd numeric(20, 10) not null,
  constraint usage_breakdowns_pkey primary key (tenant_id, day, meter, model, agent, cost_center),
  constraint usage_breakdowns_tenant foreign key (tenant_id) references tenants (id),
  constraint usage_breakdowns_meter foreign key (meter) references meters (key),
  constraint usage_breakdowns_amount check (amount > 0),
  constraint usage_breakdowns_cost check (cost_usd >= 0)
);

-- All tenants together, a row a day and meter; written by the sweeper.
create table platform_days (
  meter text not null,
  day date not null,
  amount bigint not null,
  cost_usd numeric(24, 10) not null,
  computed_at timestamptz not null default now(),
  constraint platform_days_pkey primary key (meter, day)
);

-- ---------------------------------------------------------------------------------------------------------------------
-- What people should hear of

create table notices (
  tenant_id uuid not null,
  meter text not null,
  period date not null,
  percent int not null,
  used numeric not null,
  quota numeric not null,
  at timestamptz not null default now(),
  constraint notices_pkey primary key (tenant_id, meter, period, percent),
  constraint notices_tenant foreign key (tenant_id) references tenants (id),
  constraint notices_percent check (percent in (80, 90, 95, 100))
);

create index notices_recent on notices (period, at desc);

comment on column notices.meter is 'A meter''s key, or "budget", whose figures are in US dollars.';
comment on column notices.period is 'The UTC day of meters that are counted by the day, the first of the month of all others.';

create table unusual_days (
  tenant_id uuid not null,
  meter text not null,
  day date not null,
  amount bigint not null,
  mean numeric not null,
  at timestamptz not null default now(),
  constraint unusual_days_pkey primary key (tenant_id, meter, day),
  constraint unusual_days_tenant foreign key (tenant_id) references tenants (id)
);

create index unusual_days_recent on unusual_days (day);

comment on table unusual_days is 'A day with three times the mean of the days with usage in the four weeks before, of which there are at least seven.';

create table refusals (
  tenant_id uuid not null,
  meter text not null,
  key_prefix text not null,
  at timestamptz not null,
  times bigint not null,
  used bigint not null,
  quota bigint,
  source text not null,
  constraint refusals_pkey primary key (tenant_id, meter, key_prefix, at),
  constraint refusals_tenant foreign key (tenant_id) references tenants (id),
  constraint refusals_times check (times > 0),
  constraint refusals_source check (source in ('plan', 'override', 'grant', 'key'))
);

create index refusals_by_age on refusals (at);
create index refusals_recent on refusals (tenant_id, at desc);

comment on table refusals is 'Why a call was refused, kept for 7 days. Those of one key and meter within a second share a row: whoever asks in a loop fills no disk.';

-- How full everything is that fills up; "budget" beside the meters. Rates and sessions come and go within a minute.
create view meter_levels with (security_invoker = true) as
select
  q.tenant_id, m.key as meter, m.label, m.unit, m.kind, m.period, coalesce(q.period_start, this_month()) as period_start,
  q.quota::numeric as quota, q.used::numeric as used, m.position
from quotas q
join meters m on m.key = q.meter and m.kind in ('metered', 'allocated')
union all
select
  t.id, 'budget', 'Budget', 'usd', 'metered', 'month', this_month(), t.monthly_budget_usd,
  (select coalesce(sum(d.cost_usd), 0) from usage_days d where d.tenant_id = t.id and d.day >= this_month()),
  0
from tenants t;

-- ---------------------------------------------------------------------------------------------------------------------
-- Policies and grants

select protect_tenant_rows(t::regclass)
from unnest(array['usage_events', 'usage_breakdowns', 'notices', 'unusual_days', 'refusals']) t;

grant select on model_prices, usage_closed_periods to tenantry_app, tenantry_platform, tenantry_definer;
grant insert, update on model_prices to tenantry_platform;
grant select on usage_events, usage_breakdowns, notices, unusual_days, refusals, meter_levels to tenantry_app, tenantry_platform, tenantry_definer;
grant select on platform_days to tenantry_platform, tenantry_definer;
-- The demo brings its past with it.
grant insert on usage_events, usage_breakdowns to tenantry_platform;
grant insert, update on usage_days, usage_breakdowns, platform_days, refusals to tenantry_definer;
grant insert on usage_closed_periods, notices, unusual_days, jobs to tenantry_definer;
grant delete on refusals to tenantry_definer;

-- ---------------------------------------------------------------------------------------------------------------------
-- Notices

-- An audit event of the system itself, for a tenant that the transaction is not inside of: events are written inside their tenant.
create function audit_by_system(p_tenant uuid, p_action text, p_target text, p_before jsonb, p_after jsonb, p_from text) returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_context text := current_setting('app.tenant_id', true);
begin
  perform set_config('app.tenant_id', p_tenant::text, true);
  perform audit_append(p_tenant, 'system', null, 'system', p_action, p_target, p_before::text, p_after::text, p_from);
  perform set_config('app.tenant_id', coalesce(v_context, ''), true);
end
$$;

-- One notice a threshold, meter and period, each with its audit event and the job of telling it by mail. A tenant that is still being made has no chain yet and waits.
create function raise_notices(p_tenants uuid[], p_meters text[] default null) returns int
language plpgsql security definer set search_path = public, pg_temp
-- One plan for all, as in summarize.
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
as $$
declare
  v_raised int := 0;
  v notices;
begin
  for v in
    insert into notices (tenant_id, meter, period, percent, used, quota)
    select l.tenant_id, l.meter, l.period_start, p.percent, l.used, l.quota
    from meter_levels l
    join (values (80), (90), (95), (100)) as p (percent) on percent_of(l.used, l.quota) >= p.percent
    where l.tenant_id = any (p_tenants)
      and (p_meters is null or l.meter = any (p_meters))
      and exists (select from audit_heads h where h.tenant_id = l.tenant_id)
    order by 1, 2, 3, 4
    on conflict on constraint notices_pkey do nothing
    returning *
  loop
    perform audit_by_system(
      v.tenant_id, 'quota.reached', v.meter || ' at ' || v.percent || ' %', null,
      jsonb_build_object('meter', v.meter, 'percent', v.percent, 'used', v.used, 'quota', v.quota), 'usage');
    insert into jobs (tenant_id, kind, payload, run_at)
    values (v.tenant_id, 'notice_mail', jsonb_build_object('meter', v.meter, 'percent', v.percent, 'period', v.period), now());
    v_raised := v_raised + 1;
  end loop;
  return v_raised;
end
$$;

-- A day that is three times as busy as usual, told once.
create function raise_unusual(p_tenants uuid[], p_meters text[]) returns int
language plpgsql security definer set search_path = public, pg_temp
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
as $$
declare
  v_raised int := 0;
  v unusual_days;
begin
  for v in
    insert into unusual_days (tenant_id, meter, day, amount, mean)
    select d.tenant_id, d.meter, d.day, d.amount, b.mean
    from usage_days d
    join meters m on m.key = d.meter and m.kind = 'metered'
    cross join lateral (
      select round(avg(e.amount), 2) as mean, count(*) as days
      from usage_days e
      where e.tenant_id = d.tenant_id and e.meter = d.meter and e.day between today() - 28 and today() - 1
    ) b
    where d.tenant_id = any (p_tenants)
      and d.meter = any (p_meters)
      and d.day = today()
      and b.days >= 7
      and b.mean > 0
      and d.amount >= 3 * b.mean
      and exists (select from audit_heads h where h.tenant_id = d.tenant_id)
    order by 1, 2
    on conflict on constraint unusual_days_pkey do nothing
    returning *
  loop
    perform audit_by_system(
      v.tenant_id, 'usage.unusual', v.meter, null,
      jsonb_build_object('meter', v.meter, 'day', v.day, 'amount', v.amount, 'mean', v.mean), 'usage');
    v_raised := v_raised + 1;
  end loop;
  return v_raised;
end
$$;

-- In the transaction that crosses, whoever writes: events, the sum of what was consumed, an agent, a smaller plan.
create function notice_usage() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_tenants uuid[] := array(select distinct tenant_id from changed where day >= this_month() order by 1);
  v_meters text[] := array(select distinct meter from changed where day >= this_month());
begin
  if cardinality(v_tenants) > 0 then
    perform raise_notices(v_tenants, v_meters);
    perform raise_unusual(v_tenants, v_meters);
  end if;
  return null;
end
$$;

create function notice_summary() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_tenants uuid[] := array(select tenant_id from changed where peak_percent >= 80 order by 1);
begin
  if cardinality(v_tenants) > 0 then
    perform raise_notices(v_tenants, array['agents', 'tokens', 'storage', 'budget']);
  end if;
  return null;
end
$$;

create function notice_people() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  perform raise_notices(array(select distinct tenant_id from changed order by 1), array['members']);
  return null;
end
$$;

create trigger usage_days_notice_insert after insert on usage_days
  referencing new table as changed for each statement execute function notice_usage();
create trigger usage_days_notice_update after update on usage_days
  referencing new table as changed for each statement execute function notice_usage();
create trigger tenant_summaries_notice_insert after insert on tenant_summaries
  referencing new table as changed for each statement execute function notice_summary();
create trigger tenant_summaries_notice_update after update on tenant_summaries
  referencing new table as changed for each statement execute function notice_summary();
create trigger members_notice_insert after insert on members
  referencing new table as changed for each statement execute function notice_people();
create trigger invites_notice_insert after insert on invites
  referencing new table as changed for each statement execute function notice_people();

-- ---------------------------------------------------------------------------------------------------------------------
-- Recording

-- Events of the tenant of this transaction, all or none. Answers one row with the counts, or up to twenty rows that say what is wrong
-- where (`row_nr` counts from 1): `unknown`, `not_metered`, `not_positive`, `future`, `closed`, `length`, `direction`.
create function record_usage(
  p_keys text[], p_meters text[], p_amounts bigint[], p_ats timestamptz[], p_models text[], p_agents text[], p_cost_centers text[],
  p_directions text[], p_costs numeric[])
returns table (accepted bigint, duplicates bigint, row_nr int, field text, problem text)
language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
  v_tenant uuid := app_tenant();
  v_closed date;
  v_open_from timestamptz;
  v_open date[];
  v_metered text[];
  v_meters text[];
  v_days date[];
  v_amounts bigint[];
  v_costs numeric[];
  v_accepted bigint;
begin
  if v_tenant is null then
    raise exception 'usage without a tenant' using errcode = 'insufficient_privilege';
  end if;
  -- No period closes between this check and this commit; and one tenant's batches follow each other, so that a key which comes
  -- twice at once, on both sides of a month's end, is still counted once.
  perform pg_advisory_xact_lock_shared(hashtext('tenantry.usage_periods'));
  perform pg_advisory_xact_lock(hashtextextended('tenantry.usage', ('x' || left(md5(v_tenant::text), 16))::bit(64)::bigint));
  v_closed := (select max(period) from usage_closed_periods);
  v_open_from := (v_closed + interval '1 month') at time zone 'utc';
  v_metered := array(select key from meters where kind = 'metered');
  v_open := array(select d::date from generate_series(v_closed + interval '1 month', this_month(), interval '1 month') d);

  -- In most cases nothing is wrong, which one look at each row tells.
  if exists (
    select
    from unnest(p_keys, p_meters, p_amounts, p_ats, p_models, p_agents, p_cost_centers, p_directions)
      as e (key, meter, amount, at, model, agent, cost_center, direction)
    where (length(e.key) between 1 and 200 and e.amount > 0 and e.meter = any (v_metered)) is not true
      or e.at > now() + interval '5 seconds' or e.at < v_open_from
      or length(e.model) > 120 or length(e.agent) > 120 or length(e.cost_center) > 120 or e.direction not in ('input', 'output'))
  then
    return query
    select null::bigint, null::bigint, e.nr::int, c.field, c.problem
    from unnest(p_keys, p_meters, p_amounts, p_ats, p_models, p_agents, p_cost_centers, p_directions)
      with ordinality as e (key, meter, amount, at, model, agent, cost_center, direction, nr)
    left join meters m on m.key = e.meter
    cross join lateral (values
      ('idempotency_key', case when (length(e.key) between 1 and 200) is not true then 'length' end),
      ('meter', case when m.key is null then 'unknown' when m.kind <> 'metered' then 'not_metered' end),
      ('amount', case when (e.amount > 0) is not true then 'not_positive' end),
      -- Clocks differ by some seconds.
      ('at', case when e.at > now() + interval '5 seconds' then 'future' when e.at < v_open_from then 'closed' end),
      ('model', case when length(e.model) > 120 then 'length' end),
      ('agent', case when length(e.agent) > 120 then 'length' end),
      ('cost_center', case when length(e.cost_center) > 120 then 'length' end),
      ('direction', case when e.direction not in ('input', 'output') then 'direction' end)
    ) as c (field, problem)
    where c.problem is not null
    order by e.nr, c.field
    limit 20;
    return;
  end if;

  with
    reported as (
      select distinct on (e.key collate "C")
        e.key, e.meter, e.amount, a.at, date_trunc('month', a.at at time zone 'utc')::date as period,
        coalesce(e.model, '') as model, coalesce(e.agent, '') as agent, coalesce(e.cost_center, '') as cost_center, e.direction, e.cost
      from unnest(p_keys, p_meters, p_amounts, p_ats, p_models, p_agents, p_cost_centers, p_directions, p_costs)
        with ordinality as e (key, meter, amount, at, model, agent, cost_center, direction, cost, nr)
      cross join lateral (select least(coalesce(e.at, now()), now()) as at) a
      order by e.key collate "C", e.nr
    ),
    -- Looked up once a day, model and direction.
    prices as (
      select k.meter, k.model, k.direction, k.day, p.unit
      from (
        select distinct r.meter, r.model, coalesce(r.direction, 'any') as direction, (r.at at time zone 'utc')::date as day
        from reported r
        where r.cost is null and r.model <> ''
      ) k
      cross join lateral (
        select p.price_usd / p.per as unit
        from model_prices p
        where p.meter = k.meter
          and p.model = k.model
          and p.direction = k.direction
          and p.valid_from <= k.day
        order by p.valid_from desc
        limit 1
      ) p
    ),
    fresh as (
      insert into usage_events (tenant_id, period, idempotency_key, meter, amount, at, model, agent, cost_center, direction, cost_usd)
      select
        v_tenant, r.period, r.key, r.meter, r.amount, r.at, r.model, r.agent, r.cost_center, r.direction,
        coalesce(r.cost, round(r.amount * p.unit, 10), 0)
      from reported r
      left join prices p on r.cost is null and p.meter = r.meter and p.model = r.model and p.direction = coalesce(r.direction, 'any')
        and p.day = (r.at at time zone 'utc')::date
      -- The same key in another month that is open; in its own month the primary key says it. Asked key by key, and only while two
      -- months are open: it never reads what the tenant has reported before.
      where case when cardinality(v_open) > 1 then (
        select true
        from usage_events x
        where x.tenant_id = v_tenant
          and x.idempotency_key = r.key
          and x.period = any (v_open)
          and x.period <> r.period
        limit 1
      ) is null else true end
      on conflict on constraint usage_events_pkey do nothing
      returning meter, (at at time zone 'utc')::date as day, model, agent, cost_center, amount, cost_usd
    ),
    breakdowns as (
      insert into usage_breakdowns as b (tenant_id, day, meter, model, agent, cost_center, amount, cost_usd)
      select v_tenant, day, meter, model, agent, cost_center, sum(amount), sum(cost_usd)
      from fresh
      group by 1, 2, 3, 4, 5, 6
      order by 1, 2, 3, 4, 5, 6
      on conflict on constraint usage_breakdowns_pkey do update
      set amount = b.amount + excluded.amount, cost_usd = b.cost_usd + excluded.cost_usd
    ),
    days as (
      select meter, day, count(*) as n, sum(amount)::bigint as amount, sum(cost_usd) as cost
      from fresh
      group by meter, day
    )
  select array_agg(meter order by meter, day), array_agg(day order by meter, day), array_agg(amount order by meter, day),
    array_agg(cost order by meter, day), coalesce(sum(n), 0)
  into v_meters, v_days, v_amounts, v_costs, v_accepted
  from days;

  if v_accepted > 0 then
    -- What is reported counts against the limits too, where consumption is counted: before the day is written, for a counter that is made
    -- now begins with what stands there.
    perform usage_counted(array_fill(v_tenant, array[cardinality(v_meters)]), v_meters, v_days, v_amounts);
    insert into usage_days as d (tenant_id, meter, day, amount, cost_usd)
    select v_tenant, n.meter, n.day, n.amount, n.cost
    from unnest(v_meters, v_days, v_amounts, v_costs) as n (meter, day, amount, cost)
    order by 1, 2, 3
    on conflict on constraint usage_days_pkey do update
    set amount = d.amount + excluded.amount, cost_usd = d.cost_usd + excluded.cost_usd;
  end if;
  return query select v_accepted, cardinality(p_keys) - v_accepted, null::int, null::text, null::text;
end
$$;

-- Refused calls leave their trace: one array element a call. `p_sources` say where the limit came from. A part of the functions that know the
-- tenant by its key.
create function refusals_add(
  p_tenants uuid[], p_meters text[], p_used bigint[], p_quotas bigint[], p_sources text[], p_prefixes text[]) returns void
language sql
as $$
  insert into refusals as r (tenant_id, meter, key_prefix, at, times, used, quota, source)
  select n.tenant_id, n.meter, coalesce(n.prefix, ''), date_trunc('second', now()), count(*), max(n.used), max(n.quota), max(n.source)
  from unnest(p_tenants, p_meters, p_used, p_quotas, p_sources, p_prefixes) as n (tenant_id, meter, used, quota, source, prefix)
  group by 1, 2, 3
  order by 1, 2, 3
  on conflict on constraint refusals_pkey do update
  set times = r.times + excluded.times, used = excluded.used, quota = excluded.quota, source = excluded.source
$$;

-- The same for so many calls of the tenant of this transaction, with one of its keys or by a person (`p_key` null). `p_own`: it was the key's own
-- limit; else the database knows where the limit comes from.
create function refusal_note(p_meter text, p_used bigint, p_quota bigint, p_key uuid, p_own boolean, p_times bigint) returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  if app_tenant() is null then
    raise exception 'a refusal without a tenant' using errcode = 'insufficient_privilege';
  end if;
  insert into refusals as r (tenant_id, meter, key_prefix, at, times, used, quota, source)
  select
    q.tenant_id, q.meter, coalesce(k.prefix, ''), date_trunc('second', now()), p_times, p_used, p_quota,
    case when p_own then 'key' when q.granted > 0 then 'grant' when q.overridden then 'override' else 'plan' end
  from quotas q
  left join api_keys k on k.tenant_id = q.tenant_id and k.id = p_key
  where q.tenant_id = app_tenant() and q.meter = p_meter
  on conflict on constraint refusals_pkey do update
  set times = r.times + excluded.times, used = excluded.used, quota = excluded.quota, source = excluded.source;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Housekeeping

-- Makes the partitions of two months back to `p_ahead` months on that are missing. A table that is made first and attached then does
-- not stop those who read and write.
create function make_usage_partitions(p_ahead int) returns int
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_month date;
  v_name text;
  v_made int := 0;
begin
  perform pg_advisory_xact_lock(hashtext('tenantry.usage_partitions'));
  for v_month in select (this_month() + make_interval(months => n))::date from generate_series(-2, p_ahead) n loop
    v_name := 'usage_events_' || to_char(v_month, 'YYYY_MM');
    continue when to_regclass('partitions.' || v_name) is not null;
    execute format('create table partitions.%I (like usage_events including defaults including constraints)', v_name);
    perform protect_tenant_rows(format('partitions.%I', v_name)::regclass);
    execute format(
      'alter table usage_events attach partition partitions.%I for values from (%L) to (%L)',
      v_name, v_month, (v_month + interval '1 month')::date);
    v_made := v_made + 1;
  end loop;
  return v_made;
end
$$;

create function close_usage_periods() returns int
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_period date := date_trunc('month', (now() at time zone 'utc') - interval '5 days' - interval '1 month')::date;
begin
  if exists (select from usage_closed_periods where period = v_period) then
    return 0;
  end if;
  -- Waits for the batches that still see it open.
  perform pg_advisory_xact_lock(hashtext('tenantry.usage_periods'));
  insert into usage_closed_periods (period) values (v_period) on conflict on constraint usage_closed_periods_pkey do nothing;
  return 1;
end
$$;

-- Today and yesterday anew, and of the two months before the day that was looked at longest ago, if that is an hour.
create function roll_platform_days() returns void
language sql security definer set search_path = public, pg_temp
as $$
  with days as (
    select today() - n as day from generate_series(0, 1) n
    union
    (
      select d.day
      from (select today() - n as day from generate_series(2, 62) n) d
      left join lateral (select min(p.computed_at) as at from platform_days p where p.day = d.day) p on true
      where p.at is null or p.at < now() - interval '1 hour'
      order by p.at nulls first, d.day desc
      limit 5
    )
  )
  insert into platform_days as p (meter, day, amount, cost_usd)
  select m.key, days.day, coalesce(sum(u.amount), 0), coalesce(sum(u.cost_usd), 0)
  from days
  cross join meters m
  left join usage_days u on u.meter = m.key and u.day = days.day
  group by 1, 2
  order by 1, 2
  on conflict on constraint platform_days_pkey do update
  set amount = excluded.amount, cost_usd = excluded.cost_usd, computed_at = now()
$$;

-- Returns how much was done, to be called again while it is not 0.
create function sweep_usage() returns bigint
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_done bigint;
begin
  v_done := make_usage_partitions(3) + close_usage_periods();
  with gone as (
    delete from refusals
    where ctid = any (array(select ctid from refusals where at < now() - interval '7 days' limit 5000))
    returning 1
  )
  select v_done + count(*) into v_done from gone;
  return v_done;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Ownership: functions are the definer's, and so is the table that it adds partitions to

select settle_definer_functions();

grant create on schema public to tenantry_definer;
alter table usage_events owner to tenantry_definer;
alter schema partitions owner to tenantry_definer;

revoke create on schema public from tenantry_definer;

grant execute on function
  record_usage(text[], text[], bigint[], timestamptz[], text[], text[], text[], text[], numeric[])
to tenantry_app, tenantry_platform;
revoke all on function refusals_add(uuid[], text[], bigint[], bigint[], text[], text[]) from public;
grant execute on function refusals_add(uuid[], text[], bigint[], bigint[], text[], text[]) to tenantry_definer;
grant execute on function refusal_note(text, bigint, bigint, uuid, boolean, bigint) to tenantry_app;
grant execute on function raise_notices(uuid[], text[]), sweep_usage(), roll_platform_days() to tenantry_platform;

select make_usage_partitions(3);
select close_usage_periods();
