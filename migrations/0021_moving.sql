-- A tenant leaves: as an archive of all that it has, into another installation, or for good.

-- ---------------------------------------------------------------------------------------------------------------------
-- Archives

create table exports (
  tenant_id uuid not null,
  id uuid not null default uuid_v7(),
  for_staff boolean not null,
  requested_by text not null,
  requested_at timestamptz not null default now(),
  state text not null default 'waiting',
  written bigint not null default 0,
  file uuid,
  job_id uuid,
  size_bytes bigint,
  sha256 text,
  ready_at timestamptz,
  expires_at timestamptz,
  downloaded_at timestamptz,
  downloaded_by text,
  constraint exports_pkey primary key (tenant_id, id),
  constraint exports_tenant foreign key (tenant_id) references tenants (id),
  constraint exports_state check (state in ('waiting', 'making', 'ready', 'failed', 'gone')),
  constraint exports_ready check (state <> 'ready' or (file is not null and size_bytes is not null and sha256 is not null and expires_at is not null))
);

create unique index exports_one_making on exports (tenant_id, for_staff) where state in ('waiting', 'making');
create index exports_over on exports (expires_at) where state = 'ready';
create index exports_open on exports (job_id) where state in ('waiting', 'making');

comment on column exports.for_staff is 'Asked for by staff: only they get it. Else by an owner, and only owners get it, once.';
comment on column exports.file is 'Its name in the file store; another one at each attempt.';
comment on column exports.written is 'Bytes of the archive so far.';

select protect_tenant_rows('exports');

-- Queues an archive of the tenant; returns nothing when one is being made already.
create function export_ask(p_tenant uuid, p_by text, p_staff boolean) returns uuid
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_export uuid;
  v_job uuid;
begin
  if app_tenant() is distinct from p_tenant and (app_tenant() is not null or not pg_has_role(session_user, 'tenantry_platform', 'member'))
    or p_staff and not pg_has_role(session_user, 'tenantry_platform', 'member')
  then
    raise exception 'an archive of another tenant' using errcode = 'insufficient_privilege';
  end if;
  insert into exports (tenant_id, for_staff, requested_by)
  values (p_tenant, p_staff, p_by)
  on conflict (tenant_id, for_staff) where state in ('waiting', 'making') do nothing
  returning id into v_export;
  if v_export is null then
    return null;
  end if;
  insert into jobs (tenant_id, kind, payload, run_at)
  values (p_tenant, 'make_export', jsonb_build_object('export', v_export), now())
  returning id into v_job;
  update exports set job_id = v_job where tenant_id = p_tenant and id = v_export;
  return v_export;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Import: rows come into a tenant that is being made in the same transaction, and into no other.

-- Makes the tenant, not open yet, and works inside of it from then on.
create function import_begin(p_tenant uuid, p_facts jsonb, p_version uuid) returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  insert into tenants (
    id, slug, name, status, plan_version_id, contract_price_usd, monthly_budget_usd, billing_email, owner_email, accent, trial_ends_at,
    require_second_factor, allowed_models, default_model)
  select
    p_tenant, f.slug, f.name, 'provisioning', p_version, f.contract_price_usd, f.monthly_budget_usd, f.billing_email, f.owner_email, f.accent,
    f.trial_ends_at, f.require_second_factor, f.allowed_models, f.default_model
  from jsonb_populate_record(null::tenants, p_facts) f;
  perform set_config('app.tenant_id', p_tenant::text, true);
end
$$;

-- Months of which usage events come: as many as the ledger may hold, each its partition.
create function import_month(p_month date) returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_month constant date := date_trunc('month', p_month)::date;
  v_name constant text := 'usage_events_' || to_char(v_month, 'YYYY_MM');
begin
  if v_month not between this_month() - interval '10 years' and this_month() + interval '3 months' then
    raise exception 'no month of usage: %', p_month using errcode = 'check_violation';
  end if;
  perform pg_advisory_xact_lock(hashtext('tenantry.usage_partitions'));
  if to_regclass('partitions.' || v_name) is null then
    execute format('create table partitions.%I (like usage_events including defaults including constraints)', v_name);
    perform protect_tenant_rows(format('partitions.%I', v_name)::regclass);
    execute format(
      'alter table usage_events attach partition partitions.%I for values from (%L) to (%L)',
      v_name, v_month, (v_month + interval '1 month')::date);
  end if;
end
$$;

-- Rows of one table of the tenant that is being made; `p_first`: those that triggers have put there go before.
create function import_rows(p_table text, p_columns text[], p_rows jsonb, p_first boolean) returns bigint
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_columns text;
  v_month date;
  v_rows bigint;
begin
  if not exists (select from tenants where id = app_tenant() and status = 'provisioning') then
    raise exception 'rows come into a tenant that is being made only' using errcode = 'insufficient_privilege';
  end if;
  if p_table <> all (array[
    'agents', 'billing_heads', 'brand_images', 'branding_versions', 'brandings', 'documents', 'domains', 'entitlement_overrides', 'invites',
    'invoice_lines', 'invoices', 'members', 'messages', 'notices', 'plan_changes', 'quota_grants', 'refusals', 'sales_requests', 'setups',
    'threads', 'unusual_days', 'usage_breakdowns', 'usage_counters', 'usage_days', 'usage_events', 'usage_levels', 'usage_pending'])
  then
    raise exception 'nothing comes into %', p_table using errcode = 'insufficient_privilege';
  end if;
  if p_first then
    execute format('delete from %I where tenant_id = app_tenant()', p_table);
  end if;
  if jsonb_array_length(p_rows) = 0 then
    return 0;
  end if;
  if p_table = 'usage_events' then
    for v_month in select distinct (r->>'period')::date from jsonb_array_elements(p_rows) r loop
      perform import_month(v_month);
    end loop;
  end if;
  select string_agg(quote_ident(c), ', ') into v_columns from unnest(p_columns) c where c <> 'tenant_id';
  execute format(
    'insert into %1$I (tenant_id, %2$s) select app_tenant(), %2$s from jsonb_populate_recordset(null::%1$I, $1)', p_table, v_columns)
  using p_rows;
  get diagnostics v_rows = row_count;
  return v_rows;
end
$$;

-- Opens the tenant, in the state that it had. What it was billed elsewhere is not billed here: its days begin today.
create function import_end(p_status text, p_reason text) returns text
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_tenant tenants;
begin
  update tenants t
  set status = case when p_status = 'suspended' then 'suspended' when p_status = 'trial' and t.trial_ends_at <= now() then 'active' else p_status end,
      status_since = now(),
      status_before = case when p_status = 'suspended' then 'active' end,
      status_reason = case when p_status = 'suspended' then p_reason end
  where t.id = app_tenant()
    and t.status = 'provisioning'
  returning t.* into strict v_tenant;
  if v_tenant.status = 'trial' and v_tenant.trial_ends_at is not null then
    insert into jobs (tenant_id, kind, payload, run_at) values (v_tenant.id, 'end_trial', '{}', v_tenant.trial_ends_at);
  end if;
  return v_tenant.status;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Purge

-- A name of a tenant that was removed before its 30 days were over: until then nobody else proves it (see domain_taken).
create table domain_holds (
  name text not null,
  held_until timestamptz not null,
  constraint domain_holds_pkey primary key (name)
);

-- What was removed. The receipt is signed when the files are gone too.
create table purges (
  id uuid not null default uuid_v7(),
  purged_tenant uuid not null,
  slug text not null,
  name text not null,
  cause text not null,
  asked_by text not null,
  deleted_at timestamptz not null,
  purged_at timestamptz not null default now(),
  facts jsonb not null,
  files bigint not null,
  file_bytes bigint not null,
  receipt text,
  done_at timestamptz,
  constraint purges_pkey primary key (id),
  constraint purges_tenant unique (purged_tenant),
  constraint purges_cause check (cause in ('asked', 'due')),
  constraint purges_done check ((receipt is null) = (done_at is null))
);

create index purges_open on purges (purged_at) where done_at is null;

comment on column purges.receipt is 'JSON as it is downloaded: the receipt, the public key, the signature.';

-- Every table that has rows of tenants, those that are pointed to after those that point: read from the catalog, so that a new one is
-- not forgotten. Partitions go with their whole.
create function purged_tables() returns table (name text)
language sql stable
as $$
  with recursive tables as (
    select c.oid, c.relname
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace
      and c.relkind in ('r', 'p')
      and not c.relispartition
  ), depths as (
    select oid, 0 as depth from tables
    union
    select k.conrelid, d.depth + 1
    from depths d
    join pg_constraint k on k.confrelid = d.oid and k.contype = 'f' and k.conrelid <> k.confrelid
    join tables t on t.oid = k.conrelid
    where d.depth < 20
  )
  select t.relname::text
  from tables t
  join depths d on d.oid = t.oid
  group by t.relname
  order by max(d.depth) desc, t.relname
$$;

-- How many rows each of them has of a tenant.
create function tenant_rows(p_tenant uuid) returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp
as $$
declare
  v_table text;
  v_rows bigint;
  v_all jsonb := '{}';
begin
  if app_tenant() is not null then
    raise exception 'for those who see all tenants' using errcode = 'insufficient_privilege';
  end if;
  for v_table in select name from purged_tables() loop
    execute format('select count(*) from %I where tenant_id = $1', v_table) into v_rows using p_tenant;
    if v_rows > 0 then
      v_all := v_all || jsonb_build_object(v_table, v_rows);
    end if;
  end loop;
  return v_all;
end
$$;

-- Removes every row of a deleted tenant, and the accounts of people who belong nowhere else; returns what that was, or nothing when
-- there is no such tenant, it is not deleted, or (`p_due`) its 30 days are not over.
create function purge_tenant(p_tenant uuid, p_due boolean)
returns table (slug text, name text, deleted_at timestamptz, facts jsonb)
language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
  v_tenant tenants;
  v_table text;
  v_rows bigint;
  v_pass bigint;
  v_facts jsonb;
  v_person users;
  v_people uuid[];
  v_accounts int := 0;
  v_kept int := 0;
  v_sessions bigint;
  v_mails bigint;
  v_names text[];
begin
  if app_tenant() is not null then
    raise exception 'for those who see all tenants' using errcode = 'insufficient_privilege';
  end if;
  select t.* into v_tenant from tenants t where t.id = p_tenant for update;
  if not found or v_tenant.status <> 'deleted' or (p_due and v_tenant.purge_after > now()) then
    return;
  end if;
  v_people := array(select m.user_id from members m where m.tenant_id = p_tenant);
  v_names := array(select d.name from domains d where d.tenant_id = p_tenant);
  select count(*) into v_mails from mails m join jobs j on j.id = m.id where j.tenant_id = p_tenant;
  v_facts := jsonb_build_object(
    'rows', tenant_rows(p_tenant),
    'mails', v_mails,
    'invoices', (select count(*) from invoices i where i.tenant_id = p_tenant),
    'invoiced_usd', (select coalesce(sum(i.total_usd), 0)::text from invoices i where i.tenant_id = p_tenant));
  insert into domain_holds as h (name, held_until)
  select d.name, v_tenant.status_since + interval '30 days'
  from domains d
  where d.tenant_id = p_tenant
    and d.state in ('verified', 'lost')
    and v_tenant.status_since + interval '30 days' > now()
  on conflict on constraint domain_holds_pkey do update
  set held_until = greatest(h.held_until, excluded.held_until);

  -- What goes wakes triggers, which write down what there is less of: until nothing is left.
  for i in 1..5 loop
    v_pass := 0;
    for v_table in select p.name from purged_tables() p loop
      execute format('delete from %I where tenant_id = $1', v_table) using p_tenant;
      get diagnostics v_rows = row_count;
      v_pass := v_pass + v_rows;
    end loop;
    exit when v_pass = 0;
  end loop;
  delete from tenants t where t.id = p_tenant;

  -- Sessions at its hosts; those of its people elsewhere are their own.
  delete from sessions s
  where split_part(s.data->>'host', ':', 1) = any (v_names)
     or (s.data->>'host' like v_tenant.slug || '.%' and not exists (select from domains d where d.name = split_part(s.data->>'host', ':', 1)));
  get diagnostics v_sessions = row_count;

  -- An account that nothing needs any more goes with all that hangs on it: sessions, second factor, links, and mails to it.
  for v_person in
    select u.*
    from users u
    where u.id = any (v_people)
    order by u.id
    for update
  loop
    if exists (select from members m where m.user_id = v_person.id) or exists (select from platform_admins a where a.user_id = v_person.id) then
      v_kept := v_kept + 1;
      continue;
    end if;
    begin
      delete from users u where u.id = v_person.id;
      delete from jobs j using mails m where j.id = m.id and m.recipient = v_person.email and j.tenant_id is null;
      delete from signups s where s.email = v_person.email;
      v_accounts := v_accounts + 1;
    exception when foreign_key_violation then
      v_kept := v_kept + 1;
    end;
  end loop;
  v_facts := v_facts || jsonb_build_object('sessions', v_sessions, 'accounts', v_accounts, 'accounts_kept', v_kept);
  return query select v_tenant.slug, v_tenant.name, v_tenant.status_since, v_facts;
end
$$;

-- Jobs for tenants whose 30 days are over, and for purges that a server did not bring to their end; returns how many were queued.
create function queue_purges(p_most int) returns int
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_queued int;
begin
  if not pg_try_advisory_xact_lock(hashtext('tenantry.queue_purges')) then
    return 0;
  end if;
  insert into jobs (kind, payload, run_at)
  select 'purge_tenant', jsonb_build_object('tenant', d.tenant, 'cause', 'due', 'by', 'system'), now()
  from (
    (select t.id as tenant from tenants t where t.status = 'deleted' and t.purge_after <= now() order by t.purge_after limit p_most)
    union
    (select p.purged_tenant from purges p where p.done_at is null and p.purged_at < now() - interval '10 minutes' limit p_most)
  ) d
  where not exists (
    select from jobs j where j.kind = 'purge_tenant' and j.ended_at is null and j.payload->>'tenant' = d.tenant::text)
    -- One that failed is for staff to look at; it is tried again a day later.
    and not exists (
      select from jobs j where j.kind = 'purge_tenant' and j.ended_at > now() - interval '1 day' and j.payload->>'tenant' = d.tenant::text);
  get diagnostics v_queued = row_count;
  delete from domain_holds where held_until <= now();
  return v_queued;
end
$$;

create index tenants_purge on tenants (purge_after) where purge_after is not null;

-- ---------------------------------------------------------------------------------------------------------------------
-- Ownership and grants

select settle_definer_functions();

grant select, delete on tenants, users, mails to tenantry_definer;
grant select, insert, update on exports to tenantry_definer;
grant select, insert, update, delete on domain_holds to tenantry_definer;
grant select on purges to tenantry_definer;
grant insert on
  agents, billing_heads, brand_images, branding_versions, brandings, documents, domains, entitlement_overrides, invites, invoice_lines,
  invoices, members, messages, notices, plan_changes, quota_grants, refusals, sales_requests, setups, threads, unusual_days,
  usage_breakdowns, usage_counters, usage_days, usage_levels, usage_pending, tenants, jobs
to tenantry_definer;
grant update (status, status_since, status_before, status_reason) on tenants to tenantry_definer;

grant select on exports to tenantry_app, tenantry_platform;
grant update (downloaded_at, downloaded_by, expires_at) on exports to tenantry_app;
grant update (state, written, file, size_bytes, sha256, ready_at, expires_at, downloaded_at, downloaded_by) on exports to tenantry_platform;
grant delete on exports to tenantry_platform;
grant select, insert on purges to tenantry_platform;
grant update (receipt, done_at) on purges to tenantry_platform;
-- What an archive holds is read as the platform, inside of the tenant.
grant select on
  agents, audit_events, audit_heads, api_keys, billing_days, billing_heads, brand_images, branding_versions, brandings, documents, domains,
  entitlement_overrides, invites, invoice_lines, invoices, members, messages, notices, plan_changes, quota_grants, refusals,
  sales_requests, setups, threads, unusual_days, usage_breakdowns, usage_counters, usage_days, usage_levels, usage_pending
to tenantry_platform;

revoke all on function purged_tables() from public;
grant execute on function purged_tables() to tenantry_definer, tenantry_platform;
grant execute on function export_ask(uuid, text, boolean) to tenantry_app, tenantry_platform;
grant execute on function
  import_begin(uuid, jsonb, uuid), import_rows(text, text[], jsonb, boolean), import_end(text, text), tenant_rows(uuid), purge_tenant(uuid, boolean),
  queue_purges(int)
to tenantry_platform;
