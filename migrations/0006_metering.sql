-- The metering core: what is counted, held and lent, and the functions that do it exactly. Counting, the check of the limit and the check of
-- the key are one statement (store/metering.rs sends it), so that nothing lies between the question and the answer.

-- ---------------------------------------------------------------------------------------------------------------------
-- Rules: what happens at the limit, and while the database is away

alter table plan_entitlements
  add column at_limit text not null default 'block',
  add constraint plan_entitlements_at_limit check (at_limit in ('block', 'degrade', 'overage')),
  add constraint plan_entitlements_overage_price check (at_limit <> 'overage' or overage_price_usd is not null);

comment on column plan_entitlements.at_limit is
  'block refuses; degrade allows what is consumed and says so (free models only), uncounted, and refuses what is held or kept here, which has no lesser kind; overage allows, counts, and is billed.';

alter table meters
  add column when_away text not null default 'closed',
  add constraint meters_when_away check (when_away in ('closed', 'open'));

comment on column meters.when_away is 'What a server answers while it cannot reach the database: closed is 503, open allows without counting.';

-- ---------------------------------------------------------------------------------------------------------------------
-- Tables

create table quota_grants (
  tenant_id uuid not null,
  id uuid not null default uuid_v7(),
  meter text not null,
  amount bigint not null,
  drawn bigint not null default 0,
  reason text not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  ended boolean not null default false,
  constraint quota_grants_pkey primary key (tenant_id, id),
  constraint quota_grants_tenant foreign key (tenant_id) references tenants (id),
  constraint quota_grants_meter foreign key (meter) references meters (key),
  constraint quota_grants_amount check (amount between 1 and 1000000000000000),
  constraint quota_grants_drawn check (drawn between 0 and amount)
);

create index quota_grants_in_order on quota_grants (tenant_id, meter, expires_at) include (amount, drawn);
create index quota_grants_to_end on quota_grants (expires_at) where not ended;

comment on table quota_grants is
  'Top-ups. On metered meters they are drawn from when the quota of the period is used up, the one that expires first goes first.';
comment on column quota_grants.ended is 'The sweeper has seen that it expired and has told the summary.';

create table usage_counters (
  tenant_id uuid not null,
  meter text not null,
  period_start date not null,
  used bigint not null default 0,
  reserved bigint not null default 0,
  overage bigint not null default 0,
  degraded bigint not null default 0,
  drawn bigint not null default 0,
  day date not null default today(),
  unfolded bigint not null default 0,
  rule_quota bigint,
  rule_granted bigint not null default 0,
  rule_resets_at timestamptz,
  rule_until timestamptz not null default '-infinity',
  constraint usage_counters_pkey primary key (tenant_id, meter, period_start),
  constraint usage_counters_tenant foreign key (tenant_id) references tenants (id),
  constraint usage_counters_meter foreign key (meter) references meters (key),
  constraint usage_counters_amounts check (used >= 0 and reserved >= 0 and overage >= 0 and degraded >= 0 and drawn >= 0 and unfolded >= 0)
) with (fillfactor = 50);

comment on table usage_counters is 'Metered meters: one row a UTC day or month. A row is written with every batch of requests: half of a page stays free for its versions.';
comment on column usage_counters.used is 'All that was allowed, overage too; held and degraded amounts are not in it.';
comment on column usage_counters.drawn is 'Of used, what came out of grants.';
comment on column usage_counters.rule_until is
  'Until then the tenant may use the meter, its quota without grants is rule_quota, and grants hold rule_granted: whoever counts need not ask more. Whatever changes one of these sets it back, see rules_change.';
comment on column usage_counters.unfolded is 'Of used, what was used on `day` and does not stand in usage_days yet.';

-- Which counters the fold has to visit: one row when `unfolded` leaves 0; with an amount when its day ends before the fold came.
create table usage_pending (
  tenant_id uuid not null,
  meter text not null,
  period_start date not null,
  day date not null,
  amount bigint not null,
  since timestamptz not null default now(),
  constraint usage_pending_pkey primary key (tenant_id, meter, period_start, day)
);

-- Without a foreign key: it would ask and lock the tenant with every request.
create table idempotency_keys (
  tenant_id uuid not null,
  key_hash uuid not null,
  request_hash uuid not null,
  outcome text not null,
  used bigint not null,
  quota bigint,
  remaining bigint,
  resets_at timestamptz,
  subject uuid,
  created_at timestamptz not null,
  constraint idempotency_keys_pkey primary key (tenant_id, key_hash)
);

create index idempotency_keys_age on idempotency_keys (created_at);

comment on table idempotency_keys is 'What was answered first, for 24 hours. A refusal changes nothing and is not kept: the same key may succeed later.';
comment on column idempotency_keys.key_hash is 'The first half of the SHA-256 of the client''s key.';
comment on column idempotency_keys.request_hash is 'The first half of the SHA-256 of what was asked.';

create table reservations (
  tenant_id uuid not null,
  id uuid not null default uuid_v7(),
  meter text not null,
  period_start date not null,
  amount bigint not null,
  state text not null default 'held',
  settled bigint,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint reservations_pkey primary key (tenant_id, id),
  constraint reservations_tenant foreign key (tenant_id) references tenants (id),
  constraint reservations_meter foreign key (meter) references meters (key),
  constraint reservations_amount check (amount > 0),
  constraint reservations_state check (state in ('held', 'committed', 'released', 'expired')),
  constraint reservations_settled check ((state = 'committed') = (settled is not null) and settled between 1 and amount)
);

create index reservations_held on reservations (tenant_id, meter, period_start, expires_at) where state = 'held';
create index reservations_due on reservations (expires_at) where state = 'held';
create index reservations_old on reservations (created_at) where state <> 'held';

create table leases (
  tenant_id uuid not null,
  id uuid not null default uuid_v7(),
  meter text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint leases_pkey primary key (tenant_id, id),
  constraint leases_tenant foreign key (tenant_id) references tenants (id),
  constraint leases_meter foreign key (meter) references meters (key)
);

create index leases_live on leases (tenant_id, meter, expires_at);
create index leases_due on leases (expires_at);

comment on table leases is 'Concurrent meters: one row for each that runs now. A lease without heartbeat expires and no longer counts.';

select protect_tenant_rows(t::regclass)
from unnest(array['quota_grants', 'usage_counters', 'usage_pending', 'idempotency_keys', 'reservations', 'leases']) t;

grant select on quota_grants, usage_counters, leases, reservations to tenantry_app;
grant select on quota_grants, usage_counters, leases, reservations to tenantry_platform;
grant insert on quota_grants to tenantry_platform;
grant select, insert, update, delete on quota_grants, usage_counters, usage_pending, idempotency_keys, reservations, leases to tenantry_definer;
grant insert, update on usage_days to tenantry_definer;
-- Locking a row asks for the right to update some column.
grant update (status_since) on tenants to tenantry_definer;

-- ---------------------------------------------------------------------------------------------------------------------
-- Entitlement: plan version, override, grants

-- The quota that holds for a tenant now: the plan version's, unless an override stands that has not run out; and on top what this
-- period has drawn from grants and what they still hold. A meter that the plan does not name is counted, without limit.
-- The largest quota leaves room for grants. Unlimited stays null, which least() alone would pass over.
create function bounded(p_quota bigint) returns bigint
language sql immutable parallel safe
as $$ select case when p_quota is not null then least(p_quota, 4000000000000000000) end $$;

-- And what stands against it at this moment: what exists, what was counted in the period that runs, what runs. A meter's counter is made
-- with its first use through the API; until then its days say it. Rates leave nothing behind.
create or replace view quotas with (security_invoker = true) as
select
  t.id as tenant_id,
  m.key as meter,
  bounded(case when o.tenant_id is null then e.quota else o.quota end) + coalesce(c.drawn, 0) + coalesce(g.remaining, 0) as quota,
  o.tenant_id is not null as overridden,
  coalesce(c.drawn, 0) + coalesce(g.remaining, 0) as granted,
  coalesce(e.at_limit, 'block') as at_limit,
  case
    when m.kind = 'metered' then coalesce(c.used, (
      select sum(d.amount) from usage_days d where d.tenant_id = t.id and d.meter = m.key and d.day >= p.start)::bigint, 0)
    when m.kind = 'concurrent' then (select count(*) from leases l where l.tenant_id = t.id and l.meter = m.key and l.expires_at > now())
    when m.key = 'agents' then (select count(*) from agents a where a.tenant_id = t.id)
    when m.key = 'members' then
      (select count(*) from members b where b.tenant_id = t.id)
      + (select count(*) from invites i
         where i.tenant_id = t.id and i.accepted_at is null and i.revoked_at is null and i.expires_at > now())
    when m.kind = 'allocated' then coalesce((select l.amount from usage_levels l where l.tenant_id = t.id and l.meter = m.key), 0)
  end as used,
  coalesce(c.reserved, 0) as held,
  p.start as period_start
from tenants t
cross join meters m
cross join lateral (select case m.period when 'day' then today() when 'month' then this_month() end as start) p
left join plan_entitlements e on e.plan_version_id = t.plan_version_id and e.meter = m.key
left join entitlement_overrides o on o.tenant_id = t.id and o.meter = m.key and (o.expires_at is null or o.expires_at > now())
left join usage_counters c on c.tenant_id = t.id and c.meter = m.key and c.period_start = p.start
left join lateral (
  select sum(amount - drawn)::bigint as remaining
  from quota_grants
  where tenant_id = t.id and meter = m.key and expires_at > now()
) g on true;

create trigger quota_grants_summarize_insert after insert on quota_grants
  referencing new table as changed for each statement execute function summarize_new();

-- The one clock of metering. The tests replace it to look at the end of a month.
create function metering_now() returns timestamptz
language sql stable parallel safe
as $$ select now() $$;

-- Who asks for what: the key, its tenant, the meter, the limit and the period, all of one instant. In plain sql without settings, so that
-- the planner takes it into the statement that asks.
create function quota_accounts(p_key_hashes bytea[], p_meters text[], p_now timestamptz)
returns table (
  n bigint, problem text, tenant_id uuid, key_id uuid, meter text, kind text, period_start date, resets_at timestamptz,
  base bigint, remaining bigint, at_limit text, overridden boolean, prefix text, stale_key boolean, holds_until timestamptz)
language sql stable
as $$
  select
    a.n,
    case
      when k.tenant_id is null or (t.status <> 'suspended' and not life_allows(t.status, 'api_key')) then 'key_invalid'
      when k.revoked_at <= p_now then 'key_revoked'
      when k.expires_at <= p_now then 'key_expired'
      when not life_allows(t.status, 'api_key') then 'tenant_suspended'
      when 'usage' <> all (k.scopes) then 'wrong_scope'
      when m.key is null then 'unknown_meter'
    end,
    k.tenant_id, k.id, a.meter, m.kind,
    case m.period when 'day' then d.day when 'month' then d.month end,
    case m.period when 'day' then d.next_day when 'month' then d.next_month end,
    bounded(case when o.tenant_id is null then e.quota else o.quota end),
    coalesce(g.remaining, 0), coalesce(e.at_limit, 'block'), o.tenant_id is not null, k.prefix,
    k.last_used_at is null or k.last_used_at < p_now - interval '1 minute',
    least(case m.period when 'day' then d.next_day when 'month' then d.next_month end, o.expires_at, g.expires_at)
  from unnest(p_key_hashes, p_meters) with ordinality a (key_hash, meter, n)
  -- Worked out once, not for each account.
  cross join (
    select
      u.day::date as day, u.month::date as month,
      (u.day + interval '1 day') at time zone 'utc' as next_day, (u.month + interval '1 month') at time zone 'utc' as next_month
    from (select date_trunc('day', p_now at time zone 'utc') as day, date_trunc('month', p_now at time zone 'utc') as month) u
    offset 0
  ) d
  left join api_keys k on k.key_hash = a.key_hash
  left join tenants t on t.id = k.tenant_id
  left join meters m on m.key = a.meter
  -- By both columns of their keys: joined plainly, all rows of the plan and of the tenant would be read and most thrown away.
  left join lateral (
    select quota, at_limit from plan_entitlements where plan_version_id = t.plan_version_id and meter = a.meter offset 0
  ) e on true
  left join lateral (
    select tenant_id, quota, expires_at from entitlement_overrides
    where tenant_id = k.tenant_id and meter = a.meter and (expires_at is null or expires_at > p_now)
    offset 0
  ) o on true
  left join lateral (
    select sum(amount - drawn)::bigint as remaining, min(expires_at) as expires_at
    from quota_grants
    where tenant_id = k.tenant_id and meter = a.meter and expires_at > p_now
    offset 0
  ) g on true
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Counters

-- Makes the counters that are missing. They begin with what stands in usage_days already, so that imported usage counts too.
create function counters_make(p_tenants uuid[], p_meters text[], p_periods date[], p_today date) returns void
language sql
as $$
  insert into usage_counters (tenant_id, meter, period_start, used, day)
  select
    u.tenant_id, u.meter, u.period_start,
    coalesce((
      select sum(d.amount)::bigint
      from usage_days d
      where d.tenant_id = u.tenant_id and d.meter = u.meter and d.day >= u.period_start
        and d.day < case m.period when 'day' then u.period_start + 1 else (u.period_start + interval '1 month')::date end), 0),
    p_today
  from unnest(p_tenants, p_meters, p_periods) u (tenant_id, meter, period_start)
  join meters m on m.key = u.meter and m.kind = 'metered'
  order by 1, 2, 3
  on conflict on constraint usage_counters_pkey do nothing
$$;

-- One counter, locked until the end of the transaction.
create function counter_lock(p_tenant uuid, p_meter text, p_period date, p_today date) returns usage_counters
language plpgsql
as $$
declare
  v_counter usage_counters;
begin
  loop
    select * into v_counter from usage_counters
    where tenant_id = p_tenant and meter = p_meter and period_start = p_period
    for update;
    if found then
      return v_counter;
    end if;
    perform counters_make(array[p_tenant], array[p_meter], array[p_period], p_today);
  end loop;
end
$$;

-- Lets reservations of a locked counter go whose time is over; returns how much they held. The caller takes it off the counter.
create function reservations_expire(p_tenant uuid, p_meter text, p_period date, p_now timestamptz) returns bigint
language sql
as $$
  with gone as (
    update reservations
    set state = 'expired'
    where tenant_id = p_tenant and meter = p_meter and period_start = p_period
      and state = 'held'
      and expires_at <= p_now
    returning amount
  )
  select coalesce(sum(amount), 0)::bigint from gone
$$;

-- What the grants of a meter still hold, locked: two periods of one meter may draw at the same time around midnight.
create function grants_lock(p_tenant uuid, p_meter text, p_now timestamptz) returns bigint
language sql
as $$
  select coalesce(sum(g.amount - g.drawn), 0)::bigint
  from (
    select amount, drawn from quota_grants
    where tenant_id = p_tenant and meter = p_meter and expires_at > p_now
    order by expires_at, id
    for update
  ) g
$$;

-- Draws so much from the grants, the one that expires first goes first; returns what could be drawn.
create function grants_draw(p_tenant uuid, p_meter text, p_amount bigint, p_now timestamptz) returns bigint
language sql
as $$
  with open as (
    select id, amount - drawn as remaining, sum(amount - drawn) over (order by expires_at, id) - (amount - drawn) as before
    from quota_grants
    where tenant_id = p_tenant and meter = p_meter and expires_at > p_now and drawn < amount
  ),
  drawn as (
    update quota_grants g
    set drawn = g.drawn + least(o.remaining, p_amount - o.before)::bigint
    from open o
    where g.tenant_id = p_tenant and g.id = o.id and o.before < p_amount
    returning least(o.remaining, p_amount - o.before) as amount
  )
  select coalesce(sum(amount), 0)::bigint from drawn
$$;

-- Tells the fold about counters: those whose `unfolded` left 0, and amounts of days that ended.
create function usage_mark(p_tenants uuid[], p_meters text[], p_periods date[], p_days date[], p_amounts bigint[]) returns void
language plpgsql
as $$
#variable_conflict use_column
begin
  insert into usage_pending as p (tenant_id, meter, period_start, day, amount)
  select u.tenant_id, u.meter, u.period_start, u.day, sum(u.amount)
  from unnest(p_tenants, p_meters, p_periods, p_days, p_amounts) u (tenant_id, meter, period_start, day, amount)
  group by 1, 2, 3, 4
  order by 1, 2, 3, 4
  on conflict on constraint usage_pending_pkey do update
  set amount = p.amount + excluded.amount;
end
$$;

-- The rule of one meter: the quota without grants, and what happens at the limit.
create function counter_rule(p_tenant uuid, p_meter text, out base bigint, out at_limit text)
language plpgsql stable
-- One plan for all: it is asked in the midst of others' work.
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  select q.quota - q.granted, q.at_limit into base, at_limit from quotas q where q.tenant_id = p_tenant and q.meter = p_meter;
end
$$;

-- Counts so much more on a locked counter, whatever the limit: what passes the quota without grants (`p_base`) comes out of the grants, and what
-- passes these too is overage, where the plan has that. Returns the counter to be saved.
create function counter_add(p_counter usage_counters, p_amount bigint, p_base bigint, p_at_limit text, p_now timestamptz) returns usage_counters
language plpgsql
as $$
declare
  v usage_counters := p_counter;
  v_grants constant bigint := grants_lock(v.tenant_id, v.meter, p_now);
  v_beyond bigint;
begin
  v.used := v.used + p_amount;
  if p_at_limit = 'overage' then
    v.overage := v.overage + coalesce(least(p_amount, greatest(v.used - (p_base + v.drawn + v_grants), 0)), 0);
  end if;
  v_beyond := v.used - v.overage - p_base - v.drawn;
  if v_grants > 0 and v_beyond > 0 then
    v.drawn := v.drawn + grants_draw(v.tenant_id, v.meter, least(v_beyond, v_grants), p_now);
  end if;
  return v;
end
$$;

-- Leaves to the fold what was used on that day of a locked counter. Returns the counter to be saved.
create function counter_unfold(p_counter usage_counters, p_day date, p_amount bigint) returns usage_counters
language plpgsql
as $$
declare
  v usage_counters := p_counter;
begin
  if v.day <> p_day and v.unfolded > 0 then
    perform usage_mark(array[v.tenant_id], array[v.meter], array[v.period_start], array[v.day], array[v.unfolded]);
    v.unfolded := 0;
  end if;
  if v.unfolded = 0 then
    perform usage_mark(array[v.tenant_id], array[v.meter], array[v.period_start], array[p_day], array[0::bigint]);
  end if;
  v.day := p_day;
  v.unfolded := v.unfolded + p_amount;
  return v;
end
$$;

create function counter_save(p_counter usage_counters) returns void
language plpgsql
as $$
#variable_conflict use_column
begin
  update usage_counters c
  set used = p_counter.used, reserved = p_counter.reserved, overage = p_counter.overage, drawn = p_counter.drawn, day = p_counter.day,
    unfolded = p_counter.unfolded
  where c.tenant_id = p_counter.tenant_id and c.meter = p_counter.meter and c.period_start = p_counter.period_start;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Rules that counters keep, so that a batch of many tenants looks at two rows for each and not at seven

-- Keeps the rules of these accounts' counters, which are locked. While somebody changes rules nothing is kept; who begins to change them waits
-- for this transaction, and then finds what it kept.
create function rules_keep(p_key_hashes bytea[], p_meters text[], p_now timestamptz) returns void
language plpgsql
as $$
begin
  if not pg_try_advisory_xact_lock(hashtext('tenantry.quota_rules')) then
    return;
  end if;
  update usage_counters u
  set rule_quota = a.base, rule_granted = a.remaining, rule_resets_at = a.resets_at, rule_until = a.holds_until
  from (
    select distinct on (q.tenant_id, q.meter) q.*
    from quota_accounts(p_key_hashes, p_meters, p_now) q
    where q.problem is null and q.kind = 'metered'
    order by q.tenant_id, q.meter
  ) a
  where u.tenant_id = a.tenant_id and u.meter = a.meter and u.period_start = a.period_start and u.rule_until <= p_now;
end
$$;

-- In the transaction that changes a rule, after the change: what counters keep of it is void. Several may change rules at a time; meanwhile
-- nobody keeps any (see rules_keep), and what was kept before is committed and seen here.
create function rules_change() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_tenants uuid[];
  -- Null for all.
  v_meters text[];
begin
  if tg_table_name = 'tenants' then
    v_tenants := array(
      select t.id from changed t join former f on f.id = t.id
      where (t.status, t.plan_version_id) is distinct from (f.status, f.plan_version_id));
  elsif tg_table_name = 'plan_entitlements' then
    v_tenants := array(select t.id from tenants t where t.plan_version_id in (select c.plan_version_id from changed c));
    v_meters := array(select distinct c.meter from changed c);
  elsif tg_table_name = 'meters' then
    v_meters := array(
      select m.key from changed m join former f on f.key = m.key where (m.kind, m.period) is distinct from (f.kind, f.period));
    v_tenants := case when cardinality(v_meters) > 0 then array(select t.id from tenants t) else '{}' end;
  elsif tg_table_name = 'quota_grants' and tg_op = 'UPDATE' then
    select array_agg(distinct c.tenant_id), array_agg(distinct c.meter) into v_tenants, v_meters
    from changed c join former f on f.tenant_id = c.tenant_id and f.id = c.id
    where (c.meter, c.amount, c.drawn, c.expires_at) is distinct from (f.meter, f.amount, f.drawn, f.expires_at);
  else
    v_tenants := array(select distinct c.tenant_id from changed c);
    v_meters := array(select distinct c.meter from changed c);
  end if;
  if coalesce(cardinality(v_tenants), 0) = 0 then
    return null;
  end if;
  perform pg_advisory_xact_lock_shared(hashtext('tenantry.quota_rules'));
  -- In the order that everybody keeps.
  perform
  from usage_counters u
  where u.tenant_id = any (v_tenants) and (v_meters is null or u.meter = any (v_meters)) and u.rule_until > '-infinity'
  order by u.tenant_id, u.meter collate "C", u.period_start
  for update;
  update usage_counters u
  set rule_until = '-infinity'
  where u.tenant_id = any (v_tenants) and (v_meters is null or u.meter = any (v_meters)) and u.rule_until > '-infinity';
  return null;
end
$$;

create trigger tenants_rules after update on tenants
  referencing old table as former new table as changed for each statement execute function rules_change();
create trigger plan_entitlements_rules_insert after insert on plan_entitlements
  referencing new table as changed for each statement execute function rules_change();
create trigger plan_entitlements_rules_update after update on plan_entitlements
  referencing new table as changed for each statement execute function rules_change();
create trigger plan_entitlements_rules_delete after delete on plan_entitlements
  referencing old table as changed for each statement execute function rules_change();
create trigger meters_rules after update on meters
  referencing old table as former new table as changed for each statement execute function rules_change();
create trigger overrides_rules_insert after insert on entitlement_overrides
  referencing new table as changed for each statement execute function rules_change();
create trigger overrides_rules_update after update on entitlement_overrides
  referencing new table as changed for each statement execute function rules_change();
create trigger overrides_rules_delete after delete on entitlement_overrides
  referencing old table as changed for each statement execute function rules_change();
create trigger quota_grants_rules_insert after insert on quota_grants
  referencing new table as changed for each statement execute function rules_change();
create trigger quota_grants_rules_update after update on quota_grants
  referencing old table as former new table as changed for each statement execute function rules_change();
create trigger quota_grants_rules_delete after delete on quota_grants
  referencing old table as changed for each statement execute function rules_change();

-- ---------------------------------------------------------------------------------------------------------------------
-- consume

-- Notes that these keys are in use. Somebody else who writes the same key now says the same.
create function keys_used(p_tenants uuid[], p_keys uuid[], p_now timestamptz) returns void
language plpgsql
as $$
#variable_conflict use_column
begin
  update api_keys k set last_used_at = p_now
  from (
    select o.tenant_id, o.id
    from unnest(p_tenants, p_keys) a (tenant_id, id)
    cross join lateral (
      select tenant_id, id from api_keys where tenant_id = a.tenant_id and id = a.id offset 0 for no key update skip locked
    ) o
  ) s
  where k.tenant_id = s.tenant_id and k.id = s.id;
end
$$;

-- A batch of requests in the order of their arrival, one after the other. Accounts are the distinct pairs of key and meter in it; requests point to them.
-- Each request gets its own answer: the problem of its account, `replayed` or `reused` for an idempotency key that is known (what was
-- answered first comes in the arrays that begin with `first`), `allowed`, `overage`, `degraded` or `refused`. Counters are locked in the
-- order of their keys, so that two servers never wait for each other in a circle, and written once, whatever the number of requests.
-- A serialization failure asks for the batch again, in halves: another server wrote one of its idempotency keys meanwhile, or it holds
-- one twice.
create function quota_consume_each(
  p_key_hashes bytea[], p_meters text[],
  p_accounts int[], p_amounts bigint[], p_keys uuid[], p_requests uuid[],
  out instant timestamptz, out outcomes text[], out used bigint[],
  out quotas bigint[], out reserved bigint[], out resets timestamptz[],
  out first_at int[], out first_outcomes text[], out first_used bigint[], out first_quotas bigint[], out first_remaining bigint[],
  out first_resets timestamptz[])
language plpgsql
as $$
#variable_conflict use_column
declare
  c_most constant bigint := 9000000000000000000;
  v_now constant timestamptz := metering_now();
  v_today constant date := (v_now at time zone 'utc')::date;
  v_requests constant int := cardinality(p_accounts);
  -- One an account.
  a_problem text[]; a_tenant uuid[]; a_meter text[]; a_period date[]; a_base bigint[]; a_grants bigint[]; a_at_limit text[]; a_counter int[];
  a_first int[]; a_stale uuid[]; a_stale_tenant uuid[];
  -- One a counter, in the order of their keys; c_account is the first account that asks for it.
  c_account int[]; c_used bigint[]; c_reserved bigint[]; c_overage bigint[]; c_degraded bigint[]; c_drawn bigint[]; c_day date[];
  c_unfolded bigint[]; c_before bigint[]; c_limit bigint[]; c_looked boolean[]; c_written int[];
  -- What the fold has to hear.
  m_account int[]; m_day date[]; m_amount bigint[];
  v_account int;
  v_counter int;
  v_amount bigint;
  v_total bigint;
  v_kept int;
  v_written int;
begin
  instant := v_now;
  select
    array_agg(x.problem), array_agg(x.tenant_id), array_agg(x.meter), array_agg(x.period_start), array_agg(x.resets_at),
    array_agg(x.base), array_agg(x.remaining), array_agg(x.at_limit), array_agg(x.counter), array_agg(x.n) filter (where x.first),
    array_agg(x.key_id) filter (where x.stale_key and x.problem is null), array_agg(x.tenant_id) filter (where x.stale_key and x.problem is null)
  into a_problem, a_tenant, a_meter, a_period, resets, a_base, a_grants, a_at_limit, a_counter, a_first, a_stale, a_stale_tenant
  from (
    select
      q.*,
      case when q.fine then dense_rank() over (partition by q.fine order by q.tenant_id, q.meter collate "C")::int end as counter,
      q.fine and row_number() over (partition by q.fine, q.tenant_id, q.meter collate "C" order by q.n) = 1 as first
    from (
      select
        a.n::int, coalesce(a.problem, case when a.kind <> 'metered' then 'not_metered' end) as problem, a.tenant_id, a.key_id, a.meter,
        a.period_start, a.resets_at, a.base, a.remaining, a.at_limit, a.stale_key, a.problem is null and a.kind = 'metered' as fine
      from quota_accounts(p_key_hashes, p_meters, v_now) a
    ) q
    order by q.n
  ) x;

  loop
    -- Looked up one by one, in the order of their keys: whatever the planner thinks of the table's size, neither changes.
    select
      array_agg(x.account), array_agg(x.used), array_agg(x.reserved), array_agg(x.overage), array_agg(x.degraded),
      array_agg(x.drawn), array_agg(x.day), array_agg(x.unfolded)
    into c_account, c_used, c_reserved, c_overage, c_degraded, c_drawn, c_day, c_unfolded
    from (
      select f.account, c.*
      from (select account from unnest(a_first) a (account) order by a_tenant[account], a_meter[account] collate "C") f
      cross join lateral (
        select u.used, u.reserved, u.overage, u.degraded, u.drawn, u.day, u.unfolded
        from usage_counters u
        where u.tenant_id = a_tenant[f.account] and u.meter = a_meter[f.account] and u.period_start = a_period[f.account]
        offset 0
        for update
      ) c
    ) x;
    exit when coalesce(cardinality(c_account), 0) = coalesce(cardinality(a_first), 0);
    perform counters_make(
      array(select a_tenant[f] from unnest(a_first) f), array(select a_meter[f] from unnest(a_first) f),
      array(select a_period[f] from unnest(a_first) f), v_today);
  end loop;
  c_before := c_used;
  for c in 1 .. coalesce(cardinality(c_account), 0) loop
    v_account := c_account[c];
    if a_grants[v_account] > 0 then
      -- Read again under their lock.
      a_grants[v_account] := grants_lock(a_tenant[v_account], a_meter[v_account], v_now);
    end if;
    c_limit[c] := coalesce(a_base[v_account] + c_drawn[c] + a_grants[v_account], c_most);
  end loop;

  -- After the locks: what another server answered to the same key is committed and seen, where it asked for the same meter.
  outcomes := array_fill(null::text, array[v_requests]);
  used := array_fill(null::bigint, array[v_requests]);
  if p_keys is not null then
    select
      array_agg(q.n), array_agg(case when i.request_hash = q.request_hash then i.outcome else 'reused' end), array_agg(i.used), array_agg(i.quota),
      array_agg(i.remaining), array_agg(i.resets_at)
    into first_at, first_outcomes, first_used, first_quotas, first_remaining, first_resets
    from unnest(p_keys, p_requests, p_accounts) with ordinality q (key_hash, request_hash, account, n)
    cross join lateral (
      select * from idempotency_keys k where k.tenant_id = a_tenant[q.account] and k.key_hash = q.key_hash offset 0
    ) i
    where a_counter[q.account] is not null;
    for f in 1 .. coalesce(cardinality(first_at), 0) loop
      outcomes[first_at[f]] := case when first_outcomes[f] = 'reused' then 'reused' else 'replayed' end;
    end loop;
  end if;

  for i in 1 .. v_requests loop
    continue when outcomes[i] is not null;
    v_account := p_accounts[i];
    v_counter := a_counter[v_account];
    if v_counter is null then
      outcomes[i] := a_problem[v_account];
      continue;
    end if;
    v_amount := p_amounts[i];
    v_total := c_used[v_counter] + v_amount;
    if v_total + c_reserved[v_counter] > c_limit[v_counter] and c_looked[v_counter] is null then
      -- Before anybody is refused, once a counter: what was held too long is free again.
      c_looked[v_counter] := true;
      if c_reserved[v_counter] > 0 then
        c_reserved[v_counter] := c_reserved[v_counter] - reservations_expire(
          a_tenant[v_account], a_meter[v_account], a_period[v_account], v_now);
        c_written := c_written || v_counter;
      end if;
    end if;
    if v_total + c_reserved[v_counter] <= c_limit[v_counter] then
      c_used[v_counter] := v_total;
      outcomes[i] := 'allowed';
    elsif a_at_limit[v_account] = 'overage' and v_total + c_reserved[v_counter] <= c_most then
      c_used[v_counter] := v_total;
      c_overage[v_counter] := c_overage[v_counter] + least(v_amount, greatest(v_total - c_limit[v_counter], 0));
      outcomes[i] := 'overage';
    elsif a_at_limit[v_account] = 'degrade' and c_degraded[v_counter] + v_amount <= c_most then
      c_degraded[v_counter] := c_degraded[v_counter] + v_amount;
      c_written := c_written || v_counter;
      outcomes[i] := 'degraded';
    else
      outcomes[i] := 'refused';
    end if;
    used[i] := c_used[v_counter];
  end loop;

  if 'refused' = any (outcomes) then
    perform refusals_add(
      array_agg(a.tenant_id), array_agg(a.meter), array_agg(q.used), array_agg(c_limit[a_counter[q.account]]),
      array_agg(case when a.remaining + c_drawn[a_counter[q.account]] > 0 then 'grant' when a.overridden then 'override' else 'plan' end),
      array_agg(a.prefix))
    from unnest(p_accounts, outcomes, used) q (account, outcome, used)
    join quota_accounts(p_key_hashes, p_meters, v_now) a on a.n = q.account
    where q.outcome = 'refused';
  end if;

  for c in 1 .. coalesce(cardinality(c_account), 0) loop
    v_account := c_account[c];
    v_amount := c_used[c] - c_before[c];
    if v_amount > 0 then
      if a_grants[v_account] > 0 then
        v_total := c_used[c] - c_overage[c] - a_base[v_account] - c_drawn[c];
        if v_total > 0 then
          c_drawn[c] := c_drawn[c] + grants_draw(a_tenant[v_account], a_meter[v_account], least(v_total, a_grants[v_account]), v_now);
        end if;
      end if;
      if c_day[c] <> v_today and c_unfolded[c] > 0 then
        m_account := m_account || v_account; m_day := m_day || c_day[c]; m_amount := m_amount || c_unfolded[c];
        c_unfolded[c] := 0;
      end if;
      if c_unfolded[c] = 0 then
        m_account := m_account || v_account; m_day := m_day || v_today; m_amount := m_amount || 0::bigint;
      end if;
      c_day[c] := v_today;
      c_unfolded[c] := c_unfolded[c] + v_amount;
      c_written := c_written || c;
    end if;
  end loop;

  if c_written is not null then
    update usage_counters u
    set used = c_used[w.c], reserved = c_reserved[w.c], overage = c_overage[w.c], degraded = c_degraded[w.c], drawn = c_drawn[w.c],
      day = c_day[w.c], unfolded = c_unfolded[w.c]
    from (select distinct c, c_account[c] as account from unnest(c_written) c) w
    -- Not by their place: whoever draws from a grant writes the counter, see rules_change.
    where u.tenant_id = a_tenant[w.account] and u.meter = a_meter[w.account] and u.period_start = a_period[w.account];
    get diagnostics v_written = row_count;
    if v_written <> (select count(distinct c) from unnest(c_written) c) then
      raise exception 'a counter went though it was locked' using errcode = 'serialization_failure';
    end if;
  end if;
  if m_account is not null then
    perform usage_mark(
      array(select a_tenant[m] from unnest(m_account) m), array(select a_meter[m] from unnest(m_account) m),
      array(select a_period[m] from unnest(m_account) m), m_day, m_amount);
  end if;

  for a in 1 .. cardinality(a_problem) loop
    v_counter := a_counter[a];
    if v_counter is not null then
      quotas[a] := nullif(c_limit[v_counter], c_most);
      reserved[a] := c_reserved[v_counter];
    end if;
  end loop;
  if p_keys is not null then
    insert into idempotency_keys (tenant_id, key_hash, request_hash, outcome, used, quota, remaining, resets_at, created_at)
    select
      a_tenant[q.account], q.key_hash, q.request_hash, q.outcome, q.used, quotas[q.account],
      greatest(quotas[q.account] - q.used - reserved[q.account], 0), resets[q.account], v_now
    from unnest(p_keys, p_requests, p_accounts, outcomes, used) q (key_hash, request_hash, account, outcome, used)
    where q.key_hash is not null
      and q.outcome in ('allowed', 'overage', 'degraded')
    order by 1, 2
    on conflict on constraint idempotency_keys_pkey do nothing;
    get diagnostics v_written = row_count;
    select count(*) into v_kept
    from unnest(p_keys, outcomes) q (key_hash, outcome)
    where q.key_hash is not null and q.outcome in ('allowed', 'overage', 'degraded');
    if v_written < v_kept then
      raise exception 'an idempotency key came twice' using errcode = 'serialization_failure';
    end if;
  end if;
  if a_stale is not null then
    perform keys_used(a_stale_tenant, a_stale, v_now);
  end if;
end
$$;

-- The same in one go, which is what nearly all batches need: every key works, its counter keeps the rule, and all that is asked of the
-- counter fits without drawing from grants, so that each request is allowed whatever the others are. Then `outcomes` is null. Anything else
-- changes nothing here and goes to quota_consume_each. Two servers that write the same idempotency key for two meters meet at its
-- constraint: a unique violation asks for the batch again, in halves.
create function quota_consume(
  p_key_hashes bytea[], p_meters text[],
  p_accounts int[], p_amounts bigint[], p_keys uuid[], p_requests uuid[],
  out instant timestamptz, out outcomes text[], out used bigint[],
  out quotas bigint[], out reserved bigint[], out resets timestamptz[],
  out first_at int[], out first_outcomes text[], out first_used bigint[], out first_quotas bigint[], out first_remaining bigint[],
  out first_resets timestamptz[])
language plpgsql security definer
set search_path = public, pg_temp
-- One plan for all batches, by index whatever the statistics say: a batch is small, the tables are not.
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
as $$
#variable_conflict use_column
declare
  c_most constant bigint := 9000000000000000000;
  v_now constant timestamptz := metering_now();
  v_today constant date := (v_now at time zone 'utc')::date;
  -- One an account, in the order of p_meters; a_room is what its counter may become without a grant.
  a_tenant uuid[]; a_tid tid[]; a_used bigint[]; a_room bigint[];
  a_stale uuid[]; a_stale_tenant uuid[];
  -- Counters that the fold has to hear of.
  m_tenant uuid[]; m_meter text[]; m_period date[];
  v_month constant date := date_trunc('month', v_now at time zone 'utc')::date;
  v_simple boolean;
  v_unruled boolean;
  v_counted boolean;
begin
  instant := v_now;
  -- Counters are looked up and locked one by one, in the order of their keys. Of one meter at most one keeps a rule that holds now: none holds
  -- longer than the counter's period.
  select
    bool_and(x.simple), bool_or(x.unruled), array_agg(x.tenant_id), array_agg(x.ctid), array_agg(x.used),
    array_agg(coalesce(x.quota, c_most) - x.reserved), array_agg(x.quota + x.granted), array_agg(x.reserved), array_agg(x.resets_at),
    array_agg(x.key_id) filter (where x.stale_key), array_agg(x.tenant_id) filter (where x.stale_key),
    array_agg(x.tenant_id) filter (where x.unfolded = 0), array_agg(x.meter) filter (where x.unfolded = 0),
    array_agg(x.period_start) filter (where x.unfolded = 0)
  into
    v_simple, v_unruled, a_tenant, a_tid, a_used, a_room, quotas, reserved, resets, a_stale, a_stale_tenant, m_tenant, m_meter, m_period
  from (
    select
      q.n, q.tenant_id, q.key_id, q.stale_key, q.meter, c.period_start, c.rule_resets_at as resets_at, c.rule_quota + c.drawn as quota,
      c.rule_granted as granted, c.ctid, c.used, c.reserved, c.unfolded, q.fine and c.ctid is null as unruled,
      -- Far from the end of 64 bits.
      (q.fine and c.day = v_today and c.used < c_most / 2) is true as simple
    from (
      select
        a.n, a.meter, k.tenant_id, k.id as key_id, k.last_used_at is null or k.last_used_at < v_now - interval '1 minute' as stale_key,
        k.revoked_at is null and (k.expires_at is null or k.expires_at > v_now) and 'usage' = any (k.scopes) as fine
      from unnest(p_key_hashes, p_meters) with ordinality a (key_hash, meter, n)
      left join api_keys k on k.key_hash = a.key_hash
      order by k.tenant_id, a.meter collate "C"
    ) q
    left join lateral (
      select
        u.ctid, u.period_start, u.used, u.reserved, u.drawn, u.day, u.unfolded, u.rule_quota, u.rule_granted, u.rule_resets_at
      from usage_counters u
      where u.tenant_id = q.tenant_id and u.meter = q.meter and u.period_start between v_month and v_today
        and u.rule_until > v_now
      order by u.period_start desc
      limit 1
      for update
    ) c on q.fine
    order by q.n
  ) x;

  -- After the locks: what another server answered to the same key is committed and seen, where it asked for the same meter.
  if v_simple and p_keys is not null then
    perform
    from unnest(p_keys, p_accounts) q (key_hash, account)
    cross join lateral (
      select from idempotency_keys k where k.tenant_id = a_tenant[q.account] and k.key_hash = q.key_hash offset 0
    ) i
    limit 1;
    v_simple := not found;
  end if;

  if v_simple then
    with asked as materialized (
      select
        q.n, q.account, q.amount, q.key_hash, q.request_hash, a_tid[q.account] as tid,
        a_used[q.account] + (sum(q.amount) over (partition by a_tid[q.account] order by q.n rows unbounded preceding))::bigint as used
      from unnest(p_accounts, p_amounts, p_keys, p_requests) with ordinality q (account, amount, key_hash, request_hash, n)
    ),
    fits as materialized (
      select bool_and(a.used <= a_room[a.account]) as yes from asked a
    ),
    counted as (
      update usage_counters u
      set used = u.used + w.amount, unfolded = u.unfolded + w.amount
      from (select a.tid, sum(a.amount)::bigint as amount from asked a where (select yes from fits) group by a.tid) w
      -- Their rows are locked: where they were found they are.
      where u.ctid = w.tid
      returning w.tid
    ),
    kept as (
      insert into idempotency_keys (tenant_id, key_hash, request_hash, outcome, used, quota, remaining, resets_at, created_at)
      select
        a_tenant[a.account], a.key_hash, a.request_hash, 'allowed', a.used, quotas[a.account],
        quotas[a.account] - reserved[a.account] - a.used, resets[a.account], v_now
      from asked a
      where (select yes from fits) and a.key_hash is not null
      order by 1, 2
    )
    select (select yes from fits), array_agg(a.used order by a.n), (select count(*) from counted) = count(distinct a.tid)
    into v_simple, used, v_counted
    from asked a;
    if v_simple and not v_counted then
      raise exception 'a counter moved though it was locked' using errcode = 'serialization_failure';
    end if;
  end if;
  if v_simple is not true then
    select e.* into instant, outcomes, used, quotas, reserved, resets, first_at, first_outcomes, first_used, first_quotas, first_remaining, first_resets
    from quota_consume_each(p_key_hashes, p_meters, p_accounts, p_amounts, p_keys, p_requests) e;
    if v_unruled then
      perform rules_keep(p_key_hashes, p_meters, v_now);
    end if;
    return;
  end if;

  if m_tenant is not null then
    perform usage_mark(
      m_tenant, m_meter, m_period, array_fill(v_today, array[cardinality(m_tenant)]), array_fill(0::bigint, array[cardinality(m_tenant)]));
  end if;
  if a_stale is not null then
    perform keys_used(a_stale_tenant, a_stale, v_now);
  end if;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- reserve, commit, release

create function quota_reserve(
  p_key_hash bytea, p_meter text, p_amount bigint, p_seconds int, p_key uuid, p_request uuid,
  out outcome text, out reservation uuid, out expires_at timestamptz, out used bigint, out quota bigint, out remaining bigint,
  out resets_at timestamptz)
language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
  c_most constant bigint := 9000000000000000000;
  v_now constant timestamptz := metering_now();
  v_today constant date := (v_now at time zone 'utc')::date;
  v_account record;
  v_counter usage_counters;
  v_first idempotency_keys;
  v_limit bigint;
  v_free bigint := 0;
begin
  select * into v_account from quota_accounts(array[p_key_hash], array[p_meter], v_now);
  outcome := coalesce(v_account.problem, case when v_account.kind <> 'metered' then 'not_metered' end);
  if outcome is not null then
    return;
  end if;
  v_counter := counter_lock(v_account.tenant_id, p_meter, v_account.period_start, v_today);
  if p_key is not null then
    select i.* into v_first from idempotency_keys i where i.tenant_id = v_account.tenant_id and i.key_hash = p_key;
    if found and v_first.request_hash <> p_request then
      outcome := 'reused';
      return;
    elsif found then
      select r.expires_at into expires_at from reservations r where r.tenant_id = v_account.tenant_id and r.id = v_first.subject;
      select 'replayed', v_first.subject, v_first.used, v_first.quota, v_first.remaining, v_first.resets_at
      into outcome, reservation, used, quota, remaining, resets_at;
      return;
    end if;
  end if;
  v_free := reservations_expire(v_account.tenant_id, p_meter, v_account.period_start, v_now);
  v_limit := v_account.base + v_counter.drawn + grants_lock(v_account.tenant_id, p_meter, v_now);
  used := v_counter.used;
  quota := v_limit;
  resets_at := v_account.resets_at;
  v_free := v_counter.reserved - v_free;
  if used + v_free + p_amount > coalesce(v_limit, c_most) and (v_account.at_limit <> 'overage' or used + v_free + p_amount > c_most) then
    outcome := 'refused';
    remaining := greatest(v_limit - used - v_free, 0);
    perform refusals_add(
      array[v_account.tenant_id], array[p_meter], array[used], array[v_limit],
      array[case when v_limit > v_account.base then 'grant' when v_account.overridden then 'override' else 'plan' end], array[v_account.prefix]);
  else
    outcome := 'allowed';
    remaining := greatest(v_limit - used - v_free - p_amount, 0);
    v_free := v_free + p_amount;
    insert into reservations as r (tenant_id, meter, period_start, amount, created_at, expires_at)
    values (v_account.tenant_id, p_meter, v_account.period_start, p_amount, v_now, v_now + make_interval(secs => p_seconds))
    returning r.id, r.expires_at into reservation, expires_at;
    if p_key is not null then
      -- Its constraint decides between two who bring the same key for two meters: the later one fails and is asked again.
      begin
        insert into idempotency_keys (tenant_id, key_hash, request_hash, outcome, used, quota, remaining, resets_at, subject, created_at)
        values (v_account.tenant_id, p_key, p_request, outcome, used, quota, remaining, resets_at, reservation, v_now);
      exception when unique_violation then
        raise exception 'an idempotency key came twice' using errcode = 'serialization_failure';
      end;
    end if;
  end if;
  update usage_counters c set reserved = v_free
  where c.tenant_id = v_account.tenant_id and c.meter = p_meter and c.period_start = v_account.period_start and c.reserved <> v_free;
end
$$;

-- Turns what is held, or a part of it, into use (`p_commit`), or gives it back. It counts in the period in which it was reserved. The same
-- call again gets the same outcome; another one finds the reservation settled.
create function quota_settle(
  p_key_hash bytea, p_reservation uuid, p_amount bigint, p_commit boolean,
  out outcome text, out meter text, out amount bigint, out used bigint, out quota bigint, out remaining bigint, out resets_at timestamptz)
language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := metering_now();
  v_today constant date := (v_now at time zone 'utc')::date;
  v_account record;
  v_held reservations;
  v_counter usage_counters;
  v_end date;
  v_amount bigint;
begin
  select * into v_account from quota_accounts(array[p_key_hash], array[null::text], v_now);
  if v_account.problem <> 'unknown_meter' then
    outcome := v_account.problem;
    return;
  end if;
  select * into v_held from reservations r where r.tenant_id = v_account.tenant_id and r.id = p_reservation;
  if not found then
    outcome := 'not_found';
    return;
  end if;
  -- The counter first, as everybody does; then what is held, as it stands now.
  v_counter := counter_lock(v_held.tenant_id, v_held.meter, v_held.period_start, v_today);
  select * into v_held from reservations r where r.tenant_id = v_held.tenant_id and r.id = p_reservation for update;
  select * into v_account from quota_accounts(array[p_key_hash], array[v_held.meter], v_now);
  select case m.period when 'day' then v_held.period_start + 1 else (v_held.period_start + interval '1 month')::date end into v_end
  from meters m where m.key = v_held.meter;
  quota := v_account.base + v_counter.drawn + grants_lock(v_held.tenant_id, v_held.meter, v_now);
  meter := v_held.meter;
  v_amount := coalesce(p_amount, v_held.settled, v_held.amount);
  amount := v_amount;
  resets_at := v_end::timestamp at time zone 'utc';
  outcome := case
    when v_held.state = 'held' and v_held.expires_at > v_now and p_commit and v_amount > v_held.amount then 'too_much'
    when v_held.state = 'held' and v_held.expires_at > v_now and p_commit then 'committed'
    when v_held.state = 'committed' then case when p_commit and v_amount = v_held.settled then 'again' else 'settled' end
    when v_held.state = 'released' and p_commit then 'settled'
    when p_commit then 'expired'
    when v_held.state = 'held' and v_held.expires_at > v_now then 'released'
    else 'again'
  end;
  if outcome = 'committed' then
    update reservations r set state = 'committed', settled = v_amount where r.tenant_id = v_held.tenant_id and r.id = v_held.id;
    v_counter.reserved := v_counter.reserved - v_held.amount;
    v_counter := counter_unfold(
      counter_add(v_counter, v_amount, v_account.base, v_account.at_limit, v_now),
      greatest(v_held.period_start, least(v_today, v_end - 1)), v_amount);
  elsif outcome = 'released' then
    update reservations r set state = 'released' where r.tenant_id = v_held.tenant_id and r.id = v_held.id;
    v_counter.reserved := v_counter.reserved - v_held.amount;
  end if;
  if outcome in ('committed', 'released') then
    perform counter_save(v_counter);
  end if;
  used := v_counter.used;
  remaining := greatest(quota - used - v_counter.reserved, 0);
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Leases

-- Opens a lease, extends the one that is named, or ends it (`p_seconds` 0). The tenant's row is the lock of its concurrent meters.
create function quota_lease(
  p_key_hash bytea, p_meter text, p_lease uuid, p_seconds int,
  out outcome text, out lease uuid, out expires_at timestamptz, out used bigint, out quota bigint)
language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := metering_now();
  v_account record;
begin
  select * into v_account from quota_accounts(array[p_key_hash], array[p_meter], v_now);
  outcome := coalesce(v_account.problem, case when v_account.kind <> 'concurrent' then 'not_concurrent' end);
  if outcome is not null then
    return;
  end if;
  perform from tenants t where t.id = v_account.tenant_id for no key update;
  quota := v_account.base + v_account.remaining;
  if p_lease is not null and p_seconds = 0 then
    -- Whether it ran until now or had expired: afterwards it is not there.
    delete from leases l where l.tenant_id = v_account.tenant_id and l.meter = p_meter and l.id = p_lease and l.expires_at > v_now;
    outcome := case when found then 'ended' else 'not_found' end;
    lease := p_lease;
  elsif p_lease is not null then
    update leases l set expires_at = v_now + make_interval(secs => p_seconds)
    where l.tenant_id = v_account.tenant_id and l.meter = p_meter and l.id = p_lease and l.expires_at > v_now
    returning l.id, l.expires_at into lease, expires_at;
    outcome := case when found then 'extended' else 'not_found' end;
  end if;
  select count(*) into used from leases l where l.tenant_id = v_account.tenant_id and l.meter = p_meter and l.expires_at > v_now;
  if p_lease is null and used >= quota then
    outcome := 'refused';
    perform refusals_add(
      array[v_account.tenant_id], array[p_meter], array[used], array[quota],
      array[case when v_account.remaining > 0 then 'grant' when v_account.overridden then 'override' else 'plan' end], array[v_account.prefix]);
    -- When the first of those that run would end by itself.
    select min(l.expires_at) into expires_at from leases l where l.tenant_id = v_account.tenant_id and l.meter = p_meter and l.expires_at > v_now;
  elsif p_lease is null then
    outcome := 'opened';
    used := used + 1;
    insert into leases as l (tenant_id, meter, created_at, expires_at)
    values (v_account.tenant_id, p_meter, v_now, v_now + make_interval(secs => p_seconds))
    returning l.id, l.expires_at into lease, expires_at;
    -- The highest level of the day; not written while it does not rise, so that its triggers rest.
    if used > coalesce((
      select d.amount from usage_days d
      where d.tenant_id = v_account.tenant_id and d.meter = p_meter and d.day = (v_now at time zone 'utc')::date), 0)
    then
      insert into usage_days as d (tenant_id, meter, day, amount)
      values (v_account.tenant_id, p_meter, (v_now at time zone 'utc')::date, used)
      on conflict on constraint usage_days_pkey do update
      set amount = greatest(d.amount, excluded.amount);
    end if;
  end if;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- What is done later: pages read usage_days, and what nobody needs goes

-- Adds to usage_days; a plain statement of its own, so that rollups can be kept beside it.
create function usage_note(p_tenants uuid[], p_meters text[], p_days date[], p_amounts bigint[]) returns void
language sql
as $$
  insert into usage_days as d (tenant_id, meter, day, amount)
  select * from unnest(p_tenants, p_meters, p_days, p_amounts)
  order by 1, 2, 3
  on conflict on constraint usage_days_pkey do update
  set amount = d.amount + excluded.amount
$$;

-- Counts what was reported elsewhere, past any limit. Called before usage_days is written: a counter that is made here begins with what stands
-- there, and is locked from then on.
create function usage_counted(p_tenants uuid[], p_meters text[], p_days date[], p_amounts bigint[]) returns void
language plpgsql
as $$
declare
  v_now constant timestamptz := metering_now();
  v record;
  v_rule record;
begin
  for v in
    select u.tenant_id, u.meter, case m.period when 'day' then u.day else date_trunc('month', u.day)::date end as period_start,
      sum(u.amount)::bigint as amount
    from unnest(p_tenants, p_meters, p_days, p_amounts) u (tenant_id, meter, day, amount)
    join meters m on m.key = u.meter and m.kind = 'metered'
    group by 1, 2, 3
    order by u.tenant_id, u.meter collate "C", 3
  loop
    select * into v_rule from counter_rule(v.tenant_id, v.meter);
    perform counter_save(counter_add(
      counter_lock(v.tenant_id, v.meter, v.period_start, today()), v.amount, v_rule.base, v_rule.at_limit, v_now));
  end loop;
end
$$;

-- Brings what was consumed into usage_days, so many counters at most; returns how many. One server at a time: the others have nothing to add.
create function usage_fold(p_most int) returns int
language plpgsql security definer set search_path = public, pg_temp
-- By index whatever the statistics say: of tables that were empty when a connection first planned this, it would go on reading all.
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
as $$
#variable_conflict use_column
declare
  v_tenants uuid[]; v_meters text[]; v_periods date[]; v_days date[]; v_amounts bigint[];
  v_counters int;
begin
  if not pg_try_advisory_xact_lock(hashtext('tenantry.usage_fold')) then
    return 0;
  end if;
  -- Looked up without a lock; then the counters are locked in the order that everybody keeps, and nobody else writes their rows here.
  select array_agg(x.tenant_id), array_agg(x.meter), array_agg(x.period_start), count(*)
  into v_tenants, v_meters, v_periods, v_counters
  from (
    select c.tenant_id, c.meter, c.period_start
    from (
      -- Who has waited longest comes first: however many consume all the time, everybody's turn comes.
      select tenant_id, meter, period_start from usage_pending group by 1, 2, 3 order by min(since) limit p_most
    ) p
    join usage_counters c using (tenant_id, meter, period_start)
    order by c.tenant_id, c.meter collate "C", c.period_start
    for update of c
  ) x;
  if v_counters = 0 then
    return 0;
  end if;
  -- Every part of one statement sees the counters as they were before it.
  with gone as (
    delete from usage_pending p
    using unnest(v_tenants, v_meters, v_periods) v (tenant_id, meter, period_start)
    where p.tenant_id = v.tenant_id and p.meter = v.meter and p.period_start = v.period_start
    returning p.tenant_id, p.meter, p.period_start, p.day, p.amount
  ),
  emptied as (
    update usage_counters c
    set unfolded = 0
    from gone g
    where c.tenant_id = g.tenant_id and c.meter = g.meter and c.period_start = g.period_start and c.day = g.day
  )
  select array_agg(x.tenant_id), array_agg(x.meter), array_agg(x.day), array_agg(x.amount) into v_tenants, v_meters, v_days, v_amounts
  from (
    select g.tenant_id, g.meter, g.day, sum(g.amount + case when c.day = g.day then c.unfolded else 0 end)::bigint as amount
    from gone g
    join usage_counters c using (tenant_id, meter, period_start)
    group by 1, 2, 3
  ) x
  where x.amount > 0;
  perform usage_note(v_tenants, v_meters, v_days, v_amounts);
  return v_counters;
end
$$;

-- What expired or is no longer asked for, so many of each at most; returns how many rows went or changed.
create function quota_sweep(p_most int) returns bigint
language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := metering_now();
  v_done bigint := 0;
  v_rows bigint;
  v_due record;
  v_tenants uuid[];
begin
  if not pg_try_advisory_xact_lock(hashtext('tenantry.quota_sweep')) then
    return 0;
  end if;
  -- Counter by counter, in the order that everybody keeps.
  for v_due in
    select r.tenant_id, r.meter, r.period_start
    from (
      select distinct h.tenant_id, h.meter, h.period_start
      from (select tenant_id, meter, period_start from reservations where state = 'held' and expires_at <= v_now order by expires_at limit p_most) h
    ) r
    order by r.tenant_id, r.meter collate "C", r.period_start
  loop
    perform counter_lock(v_due.tenant_id, v_due.meter, v_due.period_start, (v_now at time zone 'utc')::date);
    update usage_counters c
    set reserved = c.reserved - reservations_expire(v_due.tenant_id, v_due.meter, v_due.period_start, v_now)
    where c.tenant_id = v_due.tenant_id and c.meter = v_due.meter and c.period_start = v_due.period_start;
    v_done := v_done + 1;
  end loop;
  delete from idempotency_keys
  where ctid = any (array(select ctid from idempotency_keys where created_at < v_now - interval '24 hours' order by created_at limit p_most));
  get diagnostics v_rows = row_count;
  v_done := v_done + v_rows;
  delete from leases where ctid = any (array(select ctid from leases where expires_at <= v_now order by expires_at limit p_most));
  get diagnostics v_rows = row_count;
  v_done := v_done + v_rows;
  delete from reservations
  where ctid = any (array(
    select ctid from reservations where state <> 'held' and created_at < v_now - interval '7 days' order by created_at limit p_most));
  get diagnostics v_rows = row_count;
  v_done := v_done + v_rows;
  with ended as (
    update quota_grants set ended = true
    where ctid = any (array(select ctid from quota_grants where not ended and expires_at <= v_now order by expires_at limit p_most))
    returning tenant_id
  )
  select array_agg(distinct tenant_id) into v_tenants from ended;
  if v_tenants is not null then
    perform summarize(v_tenants);
    v_done := v_done + cardinality(v_tenants);
  end if;
  return v_done;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Calls of the machine API, counted in chunks: a server takes a chunk and answers from it without asking again. What it holds is reserved on
-- the meter api_calls until the server says what became of it.

-- Of a chunk of that day so many calls were made, and so many come back.
create function api_settle(p_day date, p_made bigint, p_unused bigint) returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_now constant timestamptz := metering_now();
  v_tenant constant uuid := app_tenant();
  v_counter usage_counters;
  v_rule record;
begin
  if v_tenant is null or least(p_made, p_unused) < 0 then
    raise exception 'calls of nobody, or less than none' using errcode = 'insufficient_privilege';
  end if;
  v_counter := counter_lock(v_tenant, 'api_calls', p_day, (v_now at time zone 'utc')::date);
  v_counter.reserved := greatest(v_counter.reserved - p_made - p_unused, 0);
  if p_made > 0 then
    select * into v_rule from counter_rule(v_tenant, 'api_calls');
    v_counter := counter_unfold(counter_add(v_counter, p_made, v_rule.base, v_rule.at_limit, v_now), p_day, p_made);
  end if;
  perform counter_save(v_counter);
end
$$;

-- Settles the chunk before, if there is one (`p_day`), and takes up to p_want calls, as many as the key's minute, the tenant's minute and the
-- day still have; when that is none, `bound` says which of them. Times are read after the row is locked and never go back, so that a slow
-- transaction cannot reopen a minute or a day. This row comes before the counter, here and nowhere else.
create function api_lease(
  p_key uuid, p_want bigint, p_day date, p_made bigint, p_unused bigint,
  out granted bigint, out bound text, out rate bigint, out rate_left bigint, out key_rate bigint, out key_left bigint,
  out minute_left double precision, out daily bigint, out day_used bigint, out day_left double precision, out day date)
language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
  v_tenant constant uuid := app_tenant();
  v_now timestamptz;
  v_minute timestamptz;
  v_calls bigint;
  v_key_calls bigint;
  v_counter usage_counters;
  v_rule record;
  v_free bigint;
begin
  if v_tenant is null or p_want < 1 then
    raise exception 'calls of nobody, or less than one' using errcode = 'insufficient_privilege';
  end if;
  insert into api_counters (tenant_id, minute, minute_calls)
  values (v_tenant, '-infinity', 0)
  on conflict on constraint api_counters_pkey do nothing;
  select c.minute, c.minute_calls into strict v_minute, v_calls from api_counters c where c.tenant_id = v_tenant for update;
  -- The clock of metering, and how long this transaction has waited.
  v_now := metering_now() + (clock_timestamp() - now());
  if v_minute < date_trunc('minute', v_now) then
    v_minute := date_trunc('minute', v_now);
    v_calls := 0;
  end if;
  day := (v_minute at time zone 'utc')::date;
  if p_day is not null then
    perform api_settle(p_day, p_made, p_unused);
  end if;

  select max(q.quota) into rate from quotas q where q.tenant_id = v_tenant and q.meter = 'api_rate';
  select k.calls_a_minute into key_rate from api_keys k where k.tenant_id = v_tenant and k.id = p_key;
  if key_rate is not null then
    v_key_calls := coalesce((
      select c.calls from api_key_counters c where c.tenant_id = v_tenant and c.key_id = p_key and c.minute = v_minute), 0);
  end if;
  v_counter := counter_lock(v_tenant, 'api_calls', day, day);
  v_counter.reserved := v_counter.reserved - reservations_expire(v_tenant, 'api_calls', day, v_now);
  select * into v_rule from counter_rule(v_tenant, 'api_calls');
  daily := v_rule.base + v_counter.drawn + grants_lock(v_tenant, 'api_calls', v_now);
  if v_rule.at_limit <> 'overage' then
    v_free := daily - v_counter.used - v_counter.reserved;
  end if;
  -- `least` passes over null, which is unlimited. The fewer are left of the day, the smaller the chunks: servers share the last ones.
  granted := greatest(
    least(p_want, rate - v_calls, key_rate - v_key_calls, case when v_free is not null then greatest(v_free / 20, least(v_free, 1)) end), 0);
  bound := case when granted > 0 then null when v_free <= 0 then 'day' when v_key_calls >= key_rate then 'key' else 'minute' end;

  v_calls := v_calls + granted;
  update api_counters c set minute = v_minute, minute_calls = v_calls where c.tenant_id = v_tenant;
  if key_rate is not null then
    v_key_calls := v_key_calls + granted;
    insert into api_key_counters (tenant_id, key_id, minute, calls)
    values (v_tenant, p_key, v_minute, v_key_calls)
    on conflict on constraint api_key_counters_pkey do update
    set minute = excluded.minute, calls = excluded.calls;
  end if;
  v_counter.reserved := v_counter.reserved + granted;
  perform counter_save(v_counter);
  rate_left := case when rate is not null then greatest(rate - v_calls, 0) end;
  key_left := case when key_rate is not null then greatest(key_rate - v_key_calls, 0) end;
  minute_left := greatest(extract(epoch from v_minute + interval '1 minute' - v_now), 0);
  day_used := v_counter.used + v_counter.reserved;
  day_left := greatest(extract(epoch from ((day + 1)::timestamp at time zone 'utc') - v_now), 0);
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Ownership and grants

select settle_definer_functions();

-- Parts of the others; without the definer's rights they could do nothing.
do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure
    from pg_proc p
    where p.pronamespace = 'public'::regnamespace
      and p.proname in (
        'quota_accounts', 'quota_consume_each', 'keys_used', 'rules_keep', 'counters_make', 'counter_lock', 'counter_rule', 'counter_add', 'counter_unfold', 'counter_save',
        'reservations_expire', 'grants_lock', 'grants_draw', 'usage_mark', 'usage_note', 'usage_counted')
  loop
    execute format('revoke all on function %s from public', v_function);
    execute format('grant execute on function %s to tenantry_definer', v_function);
  end loop;
end
$$;

grant execute on function
  quota_consume(bytea[], text[], int[], bigint[], uuid[], uuid[]),
  quota_reserve(bytea, text, bigint, int, uuid, uuid),
  quota_settle(bytea, uuid, bigint, boolean),
  quota_lease(bytea, text, uuid, int),
  api_settle(date, bigint, bigint),
  api_lease(uuid, bigint, date, bigint, bigint)
to tenantry_app;
grant execute on function usage_fold(int), quota_sweep(int) to tenantry_platform;
