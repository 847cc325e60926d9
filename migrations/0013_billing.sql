-- Plans that tenants change themselves, and what they are billed for them: which plan held on which day, changes that wait, invoices.

-- ---------------------------------------------------------------------------------------------------------------------
-- Which plans people may choose themselves; for the others they talk to somebody.

alter table plans add column self_service boolean not null default true;
update plans set self_service = false where key = 'enterprise';

-- ---------------------------------------------------------------------------------------------------------------------
-- Tables

-- A day is billed as the tenant stands at its end. A row says what holds from that UTC day on, until the next row; it is written by the
-- statement that changes the tenant, whoever changes it.
create table billing_days (
  tenant_id uuid not null,
  day date not null,
  plan_version_id uuid not null,
  price_usd numeric(12, 2) not null,
  pays boolean not null,
  overage jsonb not null default '{}',
  constraint billing_days_pkey primary key (tenant_id, day),
  constraint billing_days_tenant foreign key (tenant_id) references tenants (id),
  constraint billing_days_plan_version foreign key (plan_version_id) references plan_versions (id),
  constraint billing_days_price check (price_usd >= 0)
);

comment on column billing_days.overage is 'Units by meter that were overage in this month before the change: they are billed by the plan of before.';

create table billing_heads (
  tenant_id uuid not null,
  version bigint not null default 1,
  next_period date not null,
  next_number int not null default 1,
  constraint billing_heads_pkey primary key (tenant_id),
  constraint billing_heads_tenant foreign key (tenant_id) references tenants (id),
  constraint billing_heads_period check (extract(day from next_period) = 1)
);

create index billing_heads_due on billing_heads (next_period);

comment on column billing_heads.version is 'Grows with each change of the plan: who confirms something older than this is asked to look again.';
comment on column billing_heads.next_period is 'The first month that is not closed. Its row is locked by whoever closes one, so that a month is billed once.';
comment on column billing_heads.next_number is
  'Invoices are numbered by tenant: without gaps, without a lock that all tenants share, and without telling one how many others there are.';

create table plan_changes (
  tenant_id uuid not null,
  id uuid not null default uuid_v7(),
  from_version_id uuid not null,
  to_version_id uuid not null,
  state text not null,
  effective_at timestamptz not null,
  choices jsonb not null default '{}',
  requested_by text not null,
  requested_at timestamptz not null default now(),
  settled_at timestamptz,
  constraint plan_changes_pkey primary key (tenant_id, id),
  constraint plan_changes_tenant foreign key (tenant_id) references tenants (id),
  constraint plan_changes_from foreign key (from_version_id) references plan_versions (id),
  constraint plan_changes_to foreign key (to_version_id) references plan_versions (id),
  constraint plan_changes_state check (state in ('scheduled', 'done', 'cancelled')),
  constraint plan_changes_settled check ((state = 'scheduled') = (settled_at is null))
);

create unique index plan_changes_one_scheduled on plan_changes (tenant_id) where state = 'scheduled';

comment on column plan_changes.id is 'Given by the form: what is sent twice is one change.';

create table invoices (
  tenant_id uuid not null,
  id uuid not null default uuid_v7(),
  number int not null,
  series text not null,
  period date not null,
  issued_at timestamptz not null default now(),
  due_on date not null,
  payment text not null,
  terms text not null,
  bill_to text not null,
  email text not null,
  total_usd numeric(14, 2) not null,
  constraint invoices_pkey primary key (tenant_id, id),
  constraint invoices_tenant foreign key (tenant_id) references tenants (id),
  constraint invoices_number unique (tenant_id, number),
  constraint invoices_period unique (tenant_id, period),
  constraint invoices_month check (extract(day from period) = 1)
);

comment on table invoices is 'Nobody has the right to change or remove a row: what was wrong is put right on the next one.';

create table invoice_lines (
  tenant_id uuid not null,
  invoice_id uuid not null,
  position int not null,
  kind text not null,
  description text not null,
  amount_usd numeric(14, 2) not null,
  constraint invoice_lines_pkey primary key (tenant_id, invoice_id, position),
  constraint invoice_lines_tenant foreign key (tenant_id) references tenants (id),
  constraint invoice_lines_invoice foreign key (tenant_id, invoice_id) references invoices (tenant_id, id),
  constraint invoice_lines_kind check (kind in ('base', 'proration', 'credit', 'overage'))
);

-- "Talk to us".
create table sales_requests (
  tenant_id uuid not null,
  id uuid not null default uuid_v7(),
  plan text not null,
  message text not null,
  asked_by text not null,
  asked_at timestamptz not null default now(),
  answered_by text,
  answered_at timestamptz,
  constraint sales_requests_pkey primary key (tenant_id, id),
  constraint sales_requests_tenant foreign key (tenant_id) references tenants (id),
  constraint sales_requests_message check (length(message) between 1 and 2000),
  constraint sales_requests_answered check ((answered_by is null) = (answered_at is null))
);

create unique index sales_requests_one_open on sales_requests (tenant_id) where answered_at is null;
create index sales_requests_open on sales_requests (asked_at) where answered_at is null;

-- ---------------------------------------------------------------------------------------------------------------------
-- Days follow tenants

create function pays(p_status text) returns boolean
language sql immutable parallel safe
as $$ select p_status in ('active', 'past_due') $$;

-- Of a tenant that comes with a past: from its creation on, and until it was suspended.
create function bill_new_tenants() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  insert into billing_heads (tenant_id, next_period) select id, this_month() from changed;
  insert into billing_days (tenant_id, day, plan_version_id, price_usd, pays)
  select t.id, (t.created_at at time zone 'utc')::date, t.plan_version_id, coalesce(t.contract_price_usd, v.price_usd), pays(coalesce(t.status_before, t.status))
  from changed t
  join plan_versions v on v.id = t.plan_version_id;
  insert into billing_days as d (tenant_id, day, plan_version_id, price_usd, pays)
  select t.id, (t.status_since at time zone 'utc')::date, t.plan_version_id, coalesce(t.contract_price_usd, v.price_usd), false
  from changed t
  join plan_versions v on v.id = t.plan_version_id
  where t.status = 'suspended'
  on conflict on constraint billing_days_pkey do update
  set pays = false;
  return null;
end
$$;

create function overage_so_far(p_tenant uuid) returns jsonb
language sql stable
as $$
  select coalesce(jsonb_object_agg(o.meter, o.units), '{}')
  from (
    select c.meter, sum(c.overage)::bigint as units
    from usage_counters c
    where c.tenant_id = p_tenant
      and c.period_start >= this_month()
      and c.overage > 0
    group by c.meter
  ) o
$$;

create function bill_changed_tenants() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  insert into billing_days as d (tenant_id, day, plan_version_id, price_usd, pays, overage)
  select n.id, today(), n.plan_version_id, coalesce(n.contract_price_usd, v.price_usd), pays(n.status), overage_so_far(n.id)
  from come n
  join gone o on o.id = n.id
  join plan_versions v on v.id = n.plan_version_id
  where (n.plan_version_id, n.contract_price_usd, n.status) is distinct from (o.plan_version_id, o.contract_price_usd, o.status)
  on conflict on constraint billing_days_pkey do update
  set plan_version_id = excluded.plan_version_id, price_usd = excluded.price_usd, pays = excluded.pays, overage = excluded.overage;
  return null;
end
$$;

create trigger tenants_bill_insert after insert on tenants
  referencing new table as changed for each statement execute function bill_new_tenants();
create trigger tenants_bill_update after update on tenants
  referencing old table as gone new table as come for each statement execute function bill_changed_tenants();

-- A plan from a day on, today or one that is over: a server that was away does what was due then. What else changed since stays.
create function apply_plan(p_tenant uuid, p_version uuid, p_day date) returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  if app_tenant() is not null and app_tenant() <> p_tenant then
    raise exception 'the plan of another tenant' using errcode = 'insufficient_privilege';
  end if;
  if not exists (select from plan_versions v where v.id = p_version and v.published_at <= now()) then
    raise exception 'a version that is not published' using errcode = 'insufficient_privilege';
  end if;
  update tenants set plan_version_id = p_version where id = p_tenant;
  insert into billing_days as d (tenant_id, day, plan_version_id, price_usd, pays, overage)
  select b.tenant_id, p_day, b.plan_version_id, b.price_usd, b.pays, '{}'
  from billing_days b
  where b.tenant_id = p_tenant and b.day < p_day
  order by b.day desc
  limit 1
  on conflict on constraint billing_days_pkey do nothing;
  update billing_days d
  set plan_version_id = p_version, price_usd = coalesce(t.contract_price_usd, v.price_usd)
  from tenants t
  join plan_versions v on v.id = p_version
  where d.tenant_id = p_tenant and d.day >= p_day and t.id = p_tenant;
end
$$;

-- The same for a tenant's own people, at once and only to what is sold to them.
create function choose_plan(p_version uuid) returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  if app_tenant() is null or not exists (
    select from plan_versions v join plans p on p.id = v.plan_id
    where v.id = p_version and p.self_service and p.archived_at is null and v.published_at <= now())
  then
    raise exception 'a plan that is not sold' using errcode = 'insufficient_privilege';
  end if;
  perform apply_plan(app_tenant(), p_version, today());
end
$$;

create function queue_plan_change(p_at timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  if app_tenant() is null then
    raise exception 'a change of nobody''s plan' using errcode = 'insufficient_privilege';
  end if;
  insert into jobs (tenant_id, kind, payload, run_at) values (app_tenant(), 'change_plan', '{}', p_at);
end
$$;

create function set_billing_email(p_email text) returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  if app_tenant() is null then
    raise exception 'an address of nobody' using errcode = 'insufficient_privilege';
  end if;
  update tenants set billing_email = p_email where id = app_tenant();
end
$$;

-- One job a tenant that has a month to be closed, missed ones too; returns how many were queued.
create function queue_closes(p_most int) returns int
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_queued int;
begin
  if not pg_try_advisory_xact_lock(hashtext('tenantry.queue_closes')) then
    return 0;
  end if;
  insert into jobs (tenant_id, kind, payload, run_at)
  select h.tenant_id, 'close_month', '{}', now()
  from billing_heads h
  where h.next_period <= (select max(period) from usage_closed_periods)
    and not exists (select from jobs j where j.tenant_id = h.tenant_id and j.kind = 'close_month' and j.ended_at is null)
  order by h.next_period, h.tenant_id
  limit p_most;
  get diagnostics v_queued = row_count;
  return v_queued;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Tenants that are here already

insert into billing_heads (tenant_id, next_period) select id, this_month() from tenants;
insert into billing_days (tenant_id, day, plan_version_id, price_usd, pays)
select t.id, this_month(), t.plan_version_id, coalesce(t.contract_price_usd, v.price_usd), pays(t.status)
from tenants t
join plan_versions v on v.id = t.plan_version_id;

-- ---------------------------------------------------------------------------------------------------------------------
-- Policies, ownership, grants

select protect_tenant_rows(t::regclass)
from unnest(array['billing_days', 'billing_heads', 'plan_changes', 'invoices', 'invoice_lines', 'sales_requests']) t;

grant select on billing_days, billing_heads, plan_changes, invoices, invoice_lines, sales_requests to tenantry_app, tenantry_platform, tenantry_definer;
grant update (version) on billing_heads to tenantry_app;
grant insert on plan_changes, sales_requests to tenantry_app;
grant update (state, settled_at) on plan_changes to tenantry_app, tenantry_platform;

grant insert on plan_changes, invoices, invoice_lines to tenantry_platform;
grant update (version, next_period, next_number) on billing_heads to tenantry_platform;
grant update (answered_by, answered_at) on sales_requests to tenantry_platform;
grant update (active, updated_at) on agents to tenantry_platform;
grant update (role) on members to tenantry_platform;
-- The demo brings its past with it.
grant insert, update on billing_days to tenantry_platform;

grant insert, update on billing_days, billing_heads to tenantry_definer;
grant update (plan_version_id, billing_email) on tenants to tenantry_definer;
grant select on jobs to tenantry_definer;

select settle_definer_functions();
revoke all on function overage_so_far(uuid) from public;
grant execute on function overage_so_far(uuid) to tenantry_definer;
grant execute on function choose_plan(uuid), queue_plan_change(timestamptz), set_billing_email(text) to tenantry_app;
grant execute on function apply_plan(uuid, uuid, date), queue_closes(int), close_usage_periods() to tenantry_platform;
