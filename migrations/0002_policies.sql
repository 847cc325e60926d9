-- Who may see and change which rows. The app login works inside one tenant and sees nothing without one; the platform login
-- sees all tenants, or exactly one when app.tenant_id is set; tenantry_definer owns the few functions that look across.

-- What every table with one row or more a tenant has: nobody but its tenant, the platform, or a function that looks across, sees a row.
create function protect_tenant_rows(p_table regclass) returns void
language plpgsql
as $$
begin
  execute format('alter table %s enable row level security, force row level security', p_table);
  execute format(
    'create policy tenant on %s to tenantry_app using (tenant_id = (select app_tenant())) with check (tenant_id = (select app_tenant()))', p_table);
  execute format(
    'create policy platform on %s to tenantry_platform '
    'using ((select app_tenant()) is null or tenant_id = (select app_tenant())) '
    'with check ((select app_tenant()) is null or tenant_id = (select app_tenant()))', p_table);
  execute format('create policy definer on %s to tenantry_definer using (true) with check (true)', p_table);
  -- A purge counts and removes every row of a tenant, of whatever table; `canary_row` makes one.
  execute format('grant select, insert, delete on %s to tenantry_definer', p_table);
end
$$;

-- Gives the functions that run with the definer's rights to the definer, for nobody to call until it is granted, and what a purge needs of tables
-- that were made. Each migration that makes some ends with it.
create function settle_definer_functions() returns void
language plpgsql
as $$
declare
  v_function regprocedure;
  v_table regclass;
begin
  grant create on schema public to tenantry_definer;
  for v_function in
    select p.oid::regprocedure
    from pg_proc p
    where p.pronamespace = 'public'::regnamespace
      and p.prosecdef
      and p.proowner <> 'tenantry_definer'::regrole
  loop
    execute format('alter function %s owner to tenantry_definer', v_function);
    execute format('revoke all on function %s from public', v_function);
  end loop;
  revoke create on schema public from tenantry_definer;
  -- What belongs to a tenant can be counted and removed with it, the platform's tables about tenants too.
  for v_table in
    select c.oid::regclass
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace
      and c.relkind in ('r', 'p')
      and c.relowner <> 'tenantry_definer'::regrole
  loop
    execute format('grant select, delete on %s to tenantry_definer', v_table);
  end loop;
end
$$;

revoke all on function protect_tenant_rows(regclass), settle_definer_functions() from public;
-- It makes partitions.
grant execute on function protect_tenant_rows(regclass) to tenantry_definer;

select protect_tenant_rows(t::regclass)
from unnest(array[
  'members', 'invites', 'entitlement_overrides', 'agents', 'usage_days', 'usage_levels', 'jobs', 'audit_heads', 'audit_events']) t;

alter table tenants enable row level security, force row level security;
create policy tenant on tenants to tenantry_app
  using (id = (select app_tenant())) with check (id = (select app_tenant()));
create policy platform on tenants to tenantry_platform
  using ((select app_tenant()) is null or id = (select app_tenant()))
  with check ((select app_tenant()) is null or id = (select app_tenant()));
create policy definer on tenants to tenantry_definer using (true) with check (true);

-- tenant_summaries and tenant_counts belong to the platform: the app login has no privilege on them at all. They carry no policy because
-- under one the planner may not use the trigram index (like is not leakproof).

-- A tenant sees the people who are its members, and of them only what a team page shows (see the column grants).
alter table users enable row level security, force row level security;
create policy tenant on users for select to tenantry_app
  using (exists (select from members where members.tenant_id = (select app_tenant()) and members.user_id = users.id));
create policy platform on users to tenantry_platform using (true) with check (true);
create policy definer on users to tenantry_definer using (true) with check (true);

-- Catalogue
grant select on meters, features, plans, plan_versions, plan_entitlements, plan_features to tenantry_app, tenantry_platform, tenantry_definer;
grant insert, update on plans, plan_versions, plan_entitlements, plan_features, features, meters to tenantry_platform;

-- The app
grant select on tenants, members, invites, entitlement_overrides, agents, usage_days, usage_levels, audit_events, quotas to tenantry_app;
grant select (id, email, name) on users to tenantry_app;
grant insert, update, delete on agents to tenantry_app;
grant delete on members to tenantry_app;
-- Locking rows (`for update`) asks for the right to update some column: this one says nothing about power.
grant update (last_active_at) on members to tenantry_app;

-- The platform
grant select on tenants, members, invites, entitlement_overrides, agents, usage_days, usage_levels, audit_events, audit_heads, jobs,
  platform_admins, platform_events, tenant_summaries, tenant_counts, active_platform_admins, quotas to tenantry_platform;
grant select (id, email, name, disabled_at, created_at) on users to tenantry_platform;
grant insert (email, name, password_hash) on users to tenantry_platform;
grant insert on platform_admins, tenants, members, invites, entitlement_overrides, agents, usage_days, usage_levels, jobs to tenantry_platform;
grant update (name, status, status_since, status_reason, status_before, deleted_from, purge_after, plan_version_id, contract_price_usd, monthly_budget_usd,
  billing_email, owner_email, accent, trial_ends_at) on tenants to tenantry_platform;
grant update (attempts, leased_until, done_at, last_error, run_at) on jobs to tenantry_platform;
grant update (revoked_at) on invites to tenantry_platform;

-- The definer
grant select on tenants, members, invites, entitlement_overrides, agents, usage_days, usage_levels, users, platform_admins,
  audit_heads, sessions, tenant_summaries, tenant_counts, quotas to tenantry_definer;
grant insert, update, delete on tenant_summaries, tenant_counts, sessions to tenantry_definer;
grant insert, update on audit_heads to tenantry_definer;
grant insert on audit_events, platform_events to tenantry_definer;
grant select on platform_events to tenantry_definer;
grant insert on users, members to tenantry_definer;
grant update (password_hash) on users to tenantry_definer;
grant update (last_active_at) on members to tenantry_definer;
grant update (accepted_at) on invites to tenantry_definer;
grant update (last_active_at, accepted_at) on platform_admins to tenantry_definer;
