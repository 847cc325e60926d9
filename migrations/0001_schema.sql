-- The first schema. Roles tenantry_app, tenantry_platform and tenantry_definer exist already (see store/migrate.rs):
-- they are groups without login; the logins are members of one group each.

create extension if not exists pg_trgm;

revoke create on schema public from public;
grant usage on schema public to tenantry_app, tenantry_platform, tenantry_definer;

-- ---------------------------------------------------------------------------------------------------------------------
-- Context and ids

create function app_tenant() returns uuid
language sql stable parallel safe
as $$ select nullif(current_setting('app.tenant_id', true), '')::uuid $$;

comment on function app_tenant() is 'The tenant of this transaction, or null. Every policy asks it.';

create function uuid_v7() returns uuid
language sql volatile parallel safe
as $$
  select encode(
    set_bit(
      set_bit(
        overlay(uuid_send(gen_random_uuid()) placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6),
        52, 1),
      53, 1),
    'hex')::uuid
$$;

comment on function uuid_v7() is 'RFC 9562 version 7: 48 bits of milliseconds, then random bits.';

create function this_month() returns date
language sql stable parallel safe
as $$ select date_trunc('month', now() at time zone 'utc')::date $$;

create function today() returns date
language sql stable parallel safe
as $$ select (now() at time zone 'utc')::date $$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Catalogue: what is counted, what is sold. The same for everybody.

create table meters (
  key text not null,
  label text not null,
  kind text not null,
  unit text not null,
  period text,
  position int not null,
  constraint meters_pkey primary key (key),
  constraint meters_key_format check (key ~ '^[a-z][a-z0-9_-]{0,39}$'),
  constraint meters_kind check (kind in ('allocated', 'metered', 'rate', 'concurrent')),
  constraint meters_unit check (unit in ('count', 'bytes')),
  constraint meters_period check (period is null or period in ('minute', 'day', 'month')),
  constraint meters_kind_period check ((kind in ('metered', 'rate')) = (period is not null))
);

create table features (
  key text not null,
  label text not null,
  position int not null,
  constraint features_pkey primary key (key)
);

create table plans (
  id uuid not null default uuid_v7(),
  key text not null,
  name text not null,
  position int not null,
  archived_at timestamptz,
  constraint plans_pkey primary key (id),
  constraint plans_key unique (key)
);

create table plan_versions (
  id uuid not null default uuid_v7(),
  plan_id uuid not null,
  version int not null,
  price_usd numeric(12, 2) not null,
  published_at timestamptz not null default now(),
  constraint plan_versions_pkey primary key (id),
  constraint plan_versions_plan foreign key (plan_id) references plans (id),
  constraint plan_versions_number unique (plan_id, version),
  constraint plan_versions_price check (price_usd >= 0)
);

create table plan_entitlements (
  plan_version_id uuid not null,
  meter text not null,
  quota bigint,
  overage_price_usd numeric(12, 4),
  overage_per bigint,
  constraint plan_entitlements_pkey primary key (plan_version_id, meter),
  constraint plan_entitlements_version foreign key (plan_version_id) references plan_versions (id),
  constraint plan_entitlements_meter foreign key (meter) references meters (key),
  constraint plan_entitlements_quota check (quota >= 0),
  constraint plan_entitlements_overage check ((overage_price_usd is null) = (overage_per is null) and overage_per > 0)
);

comment on column plan_entitlements.quota is 'Null is unlimited. Bytes for meters in bytes.';

create table plan_features (
  plan_version_id uuid not null,
  feature text not null,
  constraint plan_features_pkey primary key (plan_version_id, feature),
  constraint plan_features_version foreign key (plan_version_id) references plan_versions (id),
  constraint plan_features_feature foreign key (feature) references features (key)
);

-- ---------------------------------------------------------------------------------------------------------------------
-- People

create table users (
  id uuid not null default uuid_v7(),
  email text not null,
  name text not null,
  password_hash text,
  disabled_at timestamptz,
  created_at timestamptz not null default now(),
  constraint users_pkey primary key (id),
  constraint users_email unique (email),
  constraint users_email_format check (email = lower(email) and email ~ '^[^@\s]+@[^@\s]+$' and length(email) <= 254),
  constraint users_name_length check (length(name) between 1 and 120)
);

create table platform_admins (
  user_id uuid not null,
  created_at timestamptz not null default now(),
  role text not null default 'owner',
  accepted_at timestamptz default now(),
  last_active_at timestamptz,
  constraint platform_admins_pkey primary key (user_id),
  constraint platform_admins_user foreign key (user_id) references users (id),
  constraint platform_admins_role check (role in ('owner', 'operator', 'support', 'billing', 'read_only'))
);

-- Who works on the platform today; asked anew by whatever reads or changes all tenants.
create view active_platform_admins with (security_invoker = true) as
select a.user_id, a.role
from platform_admins a
join users u on u.id = a.user_id
where u.disabled_at is null
  and a.accepted_at is not null;

create table sessions (
  id uuid not null default uuid_v7(),
  id_hash bytea not null,
  user_id uuid,
  data jsonb not null,
  created_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  confirmed_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint sessions_pkey primary key (id),
  constraint sessions_hash unique (id_hash),
  constraint sessions_user foreign key (user_id) references users (id) on delete cascade
);

create index sessions_by_user on sessions (user_id, seen_at desc);
create index sessions_by_expiry on sessions (expires_at);

-- ---------------------------------------------------------------------------------------------------------------------
-- Tenants

create table tenants (
  id uuid not null default uuid_v7(),
  slug text not null,
  name text not null,
  status text not null,
  status_since timestamptz not null default now(),
  status_reason text,
  status_before text,
  deleted_from text,
  purge_after timestamptz,
  plan_version_id uuid not null,
  contract_price_usd numeric(12, 2),
  monthly_budget_usd numeric(12, 2),
  billing_email text not null,
  owner_email text not null,
  accent text not null default '#3b5bdb',
  trial_ends_at timestamptz,
  created_at timestamptz not null default now(),
  constraint tenants_pkey primary key (id),
  constraint tenants_slug unique (slug),
  constraint tenants_slug_format check (slug ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'),
  constraint tenants_name_length check (length(name) between 1 and 120),
  constraint tenants_status check (status in ('provisioning', 'trial', 'active', 'past_due', 'suspended', 'deleted')),
  constraint tenants_suspended_why check (status <> 'suspended' or (status_reason is not null and status_before is not null)),
  constraint tenants_deleted_until check (
    case status when 'deleted' then deleted_from is not null and purge_after is not null else deleted_from is null and purge_after is null end),
  constraint tenants_plan_version foreign key (plan_version_id) references plan_versions (id),
  constraint tenants_contract_price check (contract_price_usd >= 0),
  constraint tenants_budget check (monthly_budget_usd >= 0),
  constraint tenants_accent check (accent ~ '^#[0-9a-f]{6}$')
);

-- What a tenant's state lets through, at least to be seen: the table of src/domain/lifecycle.rs, for what decides in SQL. A test holds both to
-- each other.
create function life_allows(p_status text, p_way text) returns boolean
language sql immutable parallel safe
as $$
  select case p_status
    when 'provisioning' then p_way = 'job'
    when 'suspended' then p_way in ('session', 'job', 'export', 'domain')
    when 'deleted' then false
    else true
  end
$$;

create table members (
  tenant_id uuid not null,
  user_id uuid not null,
  role text not null,
  joined_at timestamptz not null default now(),
  last_active_at timestamptz,
  constraint members_pkey primary key (tenant_id, user_id),
  constraint members_tenant foreign key (tenant_id) references tenants (id),
  constraint members_user foreign key (user_id) references users (id),
  constraint members_role check (role in ('owner', 'admin', 'member', 'viewer'))
);

create index members_by_user on members (user_id, tenant_id);

create table invites (
  tenant_id uuid not null,
  id uuid not null default uuid_v7(),
  email text not null,
  role text not null,
  token_hash bytea not null,
  invited_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz,
  constraint invites_pkey primary key (tenant_id, id),
  constraint invites_tenant foreign key (tenant_id) references tenants (id),
  constraint invites_role check (role in ('owner', 'admin', 'member', 'viewer')),
  constraint invites_email_format check (email = lower(email))
);

create unique index invites_token on invites (token_hash);
create unique index invites_one_open on invites (tenant_id, email) where accepted_at is null and revoked_at is null;

create table entitlement_overrides (
  tenant_id uuid not null,
  meter text not null,
  quota bigint,
  reason text not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  constraint entitlement_overrides_pkey primary key (tenant_id, meter),
  constraint entitlement_overrides_tenant foreign key (tenant_id) references tenants (id),
  constraint entitlement_overrides_meter foreign key (meter) references meters (key),
  constraint entitlement_overrides_quota check (quota >= 0)
);

create table agents (
  tenant_id uuid not null,
  id uuid not null default uuid_v7(),
  name text not null,
  model text not null,
  department text,
  cost_center text,
  active boolean not null default true,
  created_at timestamptz not null default now(),
  constraint agents_pkey primary key (tenant_id, id),
  constraint agents_tenant foreign key (tenant_id) references tenants (id),
  constraint agents_name_length check (length(name) between 1 and 120)
);

create table usage_days (
  tenant_id uuid not null,
  meter text not null,
  day date not null,
  amount bigint not null,
  cost_usd numeric(20, 10) not null default 0,
  constraint usage_days_pkey primary key (tenant_id, meter, day),
  constraint usage_days_tenant foreign key (tenant_id) references tenants (id),
  constraint usage_days_meter foreign key (meter) references meters (key),
  constraint usage_days_amount check (amount >= 0),
  constraint usage_days_cost check (cost_usd >= 0)
);

create index usage_days_by_day on usage_days (meter, day) include (amount);

comment on column usage_days.cost_usd is 'A token may cost less than a millionth of a dollar: sums are exact, pages round them.';
comment on column usage_days.amount is 'Metered: what was used on that UTC day. Allocated, rate, concurrent: the highest level of that day.';

create table usage_levels (
  tenant_id uuid not null,
  meter text not null,
  amount bigint not null,
  constraint usage_levels_pkey primary key (tenant_id, meter),
  constraint usage_levels_tenant foreign key (tenant_id) references tenants (id),
  constraint usage_levels_meter foreign key (meter) references meters (key),
  constraint usage_levels_amount check (amount >= 0)
);

comment on table usage_levels is 'Allocated meters that are not rows: storage, in bytes that exist now.';

create table jobs (
  tenant_id uuid not null,
  id uuid not null default uuid_v7(),
  kind text not null,
  payload jsonb not null,
  run_at timestamptz not null,
  attempts int not null default 0,
  leased_until timestamptz,
  done_at timestamptz,
  last_error text,
  created_at timestamptz not null default now(),
  constraint jobs_pkey primary key (tenant_id, id),
  constraint jobs_tenant foreign key (tenant_id) references tenants (id)
);

create index jobs_due on jobs (kind, run_at) where done_at is null;

-- ---------------------------------------------------------------------------------------------------------------------
-- Audit: one hash chain a tenant, and one of the platform itself

create table audit_heads (
  tenant_id uuid not null,
  seq bigint not null,
  hash bytea not null,
  constraint audit_heads_pkey primary key (tenant_id),
  constraint audit_heads_tenant foreign key (tenant_id) references tenants (id)
);

create table audit_events (
  tenant_id uuid not null,
  seq bigint not null,
  at timestamptz not null,
  actor_kind text not null,
  actor_id uuid,
  actor text not null,
  action text not null,
  target text not null,
  before text,
  after text,
  origin text not null,
  prev_hash bytea not null,
  hash bytea not null,
  constraint audit_events_pkey primary key (tenant_id, seq),
  constraint audit_events_tenant foreign key (tenant_id) references tenants (id),
  constraint audit_events_actor_kind check (actor_kind in ('member', 'platform_admin', 'system', 'operator', 'api_key', 'platform_key'))
);

create index audit_events_recent on audit_events (at, tenant_id, seq);

create table platform_events (
  seq bigint not null,
  at timestamptz not null,
  actor_kind text not null,
  actor_id uuid,
  actor text not null,
  action text not null,
  target text not null,
  before text,
  after text,
  origin text not null,
  prev_hash bytea not null,
  hash bytea not null,
  constraint platform_events_pkey primary key (seq)
);

comment on column audit_events.before is 'JSON as it was hashed: text, so that the chain can be verified outside PostgreSQL.';

-- ---------------------------------------------------------------------------------------------------------------------
-- Summaries: what the console sorts and filters by, one row a tenant, kept by triggers in the transaction of the cause

create table tenant_summaries (
  tenant_id uuid not null,
  slug text not null,
  name text not null,
  name_sort text collate "C" not null,
  status text not null,
  plan_id uuid not null,
  plan_position int not null,
  price_usd numeric(12, 2) not null,
  owner_email text not null,
  trial_ends_at timestamptz,
  created_at timestamptz not null,
  agents bigint not null,
  agents_quota bigint,
  tokens bigint not null,
  tokens_quota bigint,
  storage_bytes bigint not null,
  storage_quota bigint,
  cost_usd numeric(14, 4) not null,
  budget_usd numeric(12, 2),
  peak_percent int not null,
  month date not null,
  search text generated always as (lower(name) || ' ' || slug || ' ' || owner_email) stored,
  constraint tenant_summaries_pkey primary key (tenant_id),
  constraint tenant_summaries_tenant foreign key (tenant_id) references tenants (id) on delete cascade
);

create index tenant_summaries_name on tenant_summaries (name_sort, tenant_id);
create index tenant_summaries_created on tenant_summaries (created_at, tenant_id);
create index tenant_summaries_plan on tenant_summaries (plan_position, tenant_id);
create index tenant_summaries_plan_name on tenant_summaries (plan_id, name_sort, tenant_id);
create index tenant_summaries_agents on tenant_summaries (agents, tenant_id);
create index tenant_summaries_cost on tenant_summaries (cost_usd, tenant_id);
create index tenant_summaries_status on tenant_summaries (status, tenant_id);
create index tenant_summaries_status_name on tenant_summaries (status, name_sort, tenant_id);
create index tenant_summaries_peak on tenant_summaries (peak_percent, tenant_id);
create index tenant_summaries_month on tenant_summaries (month);
-- Every search reads what waits to be sorted into the index: no more than this may wait.
create index tenant_summaries_search on tenant_summaries using gin (search gin_trgm_ops) with (gin_pending_list_limit = 128);

create table tenant_counts (
  status text not null,
  plan_id uuid not null,
  tenants bigint not null,
  agents bigint not null,
  price_usd numeric(16, 2) not null,
  constraint tenant_counts_pkey primary key (status, plan_id)
);

-- The quota that holds for a tenant now: the plan version's, unless an override stands that has not run out.
create view quotas with (security_invoker = true) as
select
  t.id as tenant_id,
  m.key as meter,
  case when o.tenant_id is null then e.quota else o.quota end as quota,
  o.tenant_id is not null as overridden
from tenants t
cross join meters m
left join plan_entitlements e on e.plan_version_id = t.plan_version_id and e.meter = m.key
left join entitlement_overrides o on o.tenant_id = t.id and o.meter = m.key and (o.expires_at is null or o.expires_at > now());

-- Per cent of a limit, rounded down; a limit of nothing is full as soon as anything is used.
create function percent_of(used numeric, quota numeric) returns int
language sql immutable parallel safe
as $$
  select case
    when quota is null then 0
    when quota = 0 then case when used > 0 then 100 else 0 end
    else least(floor(used * 100 / quota), 100000)::int
  end
$$;

-- One plan for all, by index whatever the statistics say: planning it anew takes ten times as long as summing one tenant up.
create function summarize(p_tenants uuid[]) returns void
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
as $$
begin
  insert into tenant_summaries as s (
    tenant_id, slug, name, name_sort, status, plan_id, plan_position, price_usd, owner_email, trial_ends_at,
    created_at, agents, agents_quota, tokens, tokens_quota, storage_bytes, storage_quota, cost_usd, budget_usd, peak_percent, month)
  select
    t.id, t.slug, t.name, lower(t.name), t.status, p.id, p.position, coalesce(t.contract_price_usd, v.price_usd), t.owner_email,
    t.trial_ends_at, t.created_at, a.n, qa.quota, u.tokens, qt.quota, coalesce(l.amount, 0), qs.quota, u.cost, t.monthly_budget_usd,
    greatest(percent_of(a.n, qa.quota), percent_of(u.tokens, qt.quota), percent_of(coalesce(l.amount, 0), qs.quota), percent_of(u.cost, t.monthly_budget_usd)),
    this_month()
  from tenants t
  join plan_versions v on v.id = t.plan_version_id
  join plans p on p.id = v.plan_id
  cross join lateral (select count(*) as n from agents where agents.tenant_id = t.id) a
  cross join lateral (
    select
      coalesce(sum(d.amount) filter (where d.meter = 'tokens'), 0)::bigint as tokens,
      coalesce(sum(d.cost_usd), 0) as cost
    from usage_days d
    where d.tenant_id = t.id
      and d.day >= this_month()
  ) u
  left join usage_levels l on l.tenant_id = t.id and l.meter = 'storage'
  left join quotas qa on qa.tenant_id = t.id and qa.meter = 'agents'
  left join quotas qt on qt.tenant_id = t.id and qt.meter = 'tokens'
  left join quotas qs on qs.tenant_id = t.id and qs.meter = 'storage'
  where t.id = any (p_tenants)
  on conflict on constraint tenant_summaries_pkey do update
  set (slug, name, name_sort, status, plan_id, plan_position, price_usd, owner_email, trial_ends_at, created_at,
       agents, agents_quota, tokens, tokens_quota, storage_bytes, storage_quota, cost_usd, budget_usd, peak_percent, month)
    = (excluded.slug, excluded.name, excluded.name_sort, excluded.status, excluded.plan_id, excluded.plan_position, excluded.price_usd,
       excluded.owner_email, excluded.trial_ends_at, excluded.created_at, excluded.agents, excluded.agents_quota, excluded.tokens, excluded.tokens_quota,
       excluded.storage_bytes, excluded.storage_quota, excluded.cost_usd, excluded.budget_usd, excluded.peak_percent, excluded.month)
  -- A summary that says the same already is not written again: several tables of one statement each ask for it.
  where (s.slug, s.name, s.name_sort, s.status, s.plan_id, s.plan_position, s.price_usd, s.owner_email, s.trial_ends_at, s.created_at,
         s.agents, s.agents_quota, s.tokens, s.tokens_quota, s.storage_bytes, s.storage_quota, s.cost_usd, s.budget_usd, s.peak_percent, s.month)
    is distinct from
        (excluded.slug, excluded.name, excluded.name_sort, excluded.status, excluded.plan_id, excluded.plan_position, excluded.price_usd,
         excluded.owner_email, excluded.trial_ends_at, excluded.created_at, excluded.agents, excluded.agents_quota, excluded.tokens, excluded.tokens_quota,
         excluded.storage_bytes, excluded.storage_quota, excluded.cost_usd, excluded.budget_usd, excluded.peak_percent, excluded.month);
end
$$;

-- Said for both halves of an upsert, one of which is empty.
create function summarize_new() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_tenants uuid[];
begin
  if tg_table_name = 'tenants' then
    v_tenants := array(select id from changed);
  else
    v_tenants := array(select distinct tenant_id from changed);
  end if;
  if cardinality(v_tenants) > 0 then
    perform summarize(v_tenants);
  end if;
  return null;
end
$$;

create trigger tenants_summarize_insert after insert on tenants
  referencing new table as changed for each statement execute function summarize_new();
create trigger tenants_summarize_update after update on tenants
  referencing new table as changed for each statement execute function summarize_new();
create trigger agents_summarize_insert after insert on agents
  referencing new table as changed for each statement execute function summarize_new();
create trigger agents_summarize_delete after delete on agents
  referencing old table as changed for each statement execute function summarize_new();
create trigger usage_days_summarize_insert after insert on usage_days
  referencing new table as changed for each statement execute function summarize_new();
create trigger usage_days_summarize_update after update on usage_days
  referencing new table as changed for each statement execute function summarize_new();
create trigger usage_levels_summarize_insert after insert on usage_levels
  referencing new table as changed for each statement execute function summarize_new();
create trigger usage_levels_summarize_update after update on usage_levels
  referencing new table as changed for each statement execute function summarize_new();
create trigger overrides_summarize_insert after insert on entitlement_overrides
  referencing new table as changed for each statement execute function summarize_new();
create trigger overrides_summarize_update after update on entitlement_overrides
  referencing new table as changed for each statement execute function summarize_new();
create trigger overrides_summarize_delete after delete on entitlement_overrides
  referencing old table as changed for each statement execute function summarize_new();

-- Totals per state and plan follow the summaries, so that a page never counts a hundred thousand rows. Only what changes in them is written,
-- so that tenants that report usage do not wait for each other.
create function count_summaries() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  if tg_op = 'INSERT' then
    insert into tenant_counts as c (status, plan_id, tenants, agents, price_usd)
    select status, plan_id, count(*), sum(agents), sum(price_usd) from come group by status, plan_id order by 1, 2
    on conflict on constraint tenant_counts_pkey do update
    set tenants = c.tenants + excluded.tenants, agents = c.agents + excluded.agents, price_usd = c.price_usd + excluded.price_usd;
  elsif tg_op = 'DELETE' then
    update tenant_counts c
    set tenants = c.tenants - g.n, agents = c.agents - g.agents, price_usd = c.price_usd - g.price
    from (select status, plan_id, count(*) as n, sum(agents) as agents, sum(price_usd) as price from gone group by status, plan_id order by 1, 2) g
    where c.status = g.status and c.plan_id = g.plan_id;
  else
    insert into tenant_counts as c (status, plan_id, tenants, agents, price_usd)
    select status, plan_id, sum(n), sum(agents), sum(price)
    from (
      select status, plan_id, 1 as n, agents, price_usd as price from come
      union all
      select status, plan_id, -1, -agents, -price_usd from gone
    ) moved
    group by status, plan_id
    having sum(n) <> 0 or sum(agents) <> 0 or sum(price) <> 0
    order by 1, 2
    on conflict on constraint tenant_counts_pkey do update
    set tenants = c.tenants + excluded.tenants, agents = c.agents + excluded.agents, price_usd = c.price_usd + excluded.price_usd;
  end if;
  return null;
end
$$;

create trigger tenant_summaries_count_insert after insert on tenant_summaries
  referencing new table as come for each statement execute function count_summaries();
create trigger tenant_summaries_count_update after update on tenant_summaries
  referencing old table as gone new table as come for each statement execute function count_summaries();
create trigger tenant_summaries_count_delete after delete on tenant_summaries
  referencing old table as gone for each statement execute function count_summaries();

-- A new month starts at nothing: called by the server's clock, a few hundred tenants at a time.
create function summarize_new_month(p_most int) returns int
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_tenants uuid[];
begin
  v_tenants := array(select tenant_id from tenant_summaries where month < this_month() order by month limit p_most);
  perform summarize(v_tenants);
  return cardinality(v_tenants);
end
$$;
