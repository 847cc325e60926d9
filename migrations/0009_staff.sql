-- What staff change in the console: what plans grant, what is counted, what one tenant gets besides its plan.

-- ---------------------------------------------------------------------------------------------------------------------
-- Meters are told apart by their labels wherever people see them.

create unique index meters_label on meters ((lower(label) collate "C"));

-- ---------------------------------------------------------------------------------------------------------------------
-- A plan's quotas. Who asks for quota is answered by the new ones at once; summaries, which lists are sorted by, hold a copy and follow: a
-- plan may have a hundred thousand tenants, and its change must not lock them all.

alter table plan_versions add column summaries_after uuid;

comment on column plan_versions.summaries_after is
  'Set while summaries of its tenants still hold quotas of before a change: those of tenants up to this id are done.';

create index tenants_by_plan_version on tenants (plan_version_id, id);

-- Brings so many summaries up to date; returns 0 when there is nothing left to do.
create function summarize_changed_plans(p_most int) returns int
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_version plan_versions;
  v_tenants uuid[];
begin
  select * into v_version from plan_versions where summaries_after is not null order by id limit 1 for update skip locked;
  if not found then
    return 0;
  end if;
  v_tenants := array(
    select id from tenants where plan_version_id = v_version.id and id > v_version.summaries_after order by id limit p_most);
  perform summarize(v_tenants);
  update plan_versions
  set summaries_after = case when cardinality(v_tenants) = p_most then v_tenants[p_most] end
  where id = v_version.id;
  return 1 + cardinality(v_tenants);
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Overrides that ran out do not count from that instant on. Their rows go with the next sweep, which tells the summary and the audit log.

create index entitlement_overrides_to_end on entitlement_overrides (expires_at) where expires_at is not null;

create function sweep_overrides(p_most int) returns int
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_due record;
  v_gone entitlement_overrides;
  v_done int := 0;
begin
  for v_due in
    select o.tenant_id, o.meter from entitlement_overrides o where o.expires_at <= now() order by o.tenant_id, o.meter limit p_most
  loop
    -- Looked at again under its lock: somebody may have given it more time.
    delete from entitlement_overrides o
    where o.tenant_id = v_due.tenant_id and o.meter = v_due.meter and o.expires_at <= now()
    returning * into v_gone;
    continue when not found;
    perform audit_by_system(
      v_gone.tenant_id, 'quota.changed', v_gone.meter,
      jsonb_build_object('meter', v_gone.meter, 'quota', v_gone.quota, 'overridden', true, 'expires_at', v_gone.expires_at),
      jsonb_build_object(
        'quota', (select q.quota from quotas q where q.tenant_id = v_gone.tenant_id and q.meter = v_gone.meter),
        'overridden', false, 'reason', 'the override ran out'),
      'sweep');
    v_done := v_done + 1;
  end loop;
  return v_done;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Grants

-- Takes back what a grant still holds; returns it as it was, or no row when it does not run. What was drawn stays drawn.
create function end_grant(p_tenant uuid, p_grant uuid)
returns table (meter text, amount bigint, drawn bigint, expires_at timestamptz)
language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
  v_grant quota_grants;
begin
  if app_tenant() is not null and app_tenant() <> p_tenant then
    raise exception 'a grant of another tenant' using errcode = 'insufficient_privilege';
  end if;
  select * into v_grant from quota_grants g where g.tenant_id = p_tenant and g.id = p_grant and g.expires_at > now() for update;
  if not found then
    return;
  end if;
  update quota_grants g set expires_at = now(), ended = true where g.tenant_id = p_tenant and g.id = p_grant;
  perform summarize(array[p_tenant]);
  return query select v_grant.meter, v_grant.amount, v_grant.drawn, v_grant.expires_at;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Ownership and grants

select settle_definer_functions();

grant update (summaries_after) on plan_versions to tenantry_definer;
grant delete on entitlement_overrides to tenantry_definer;
grant execute on function summarize_changed_plans(int), sweep_overrides(int), end_grant(uuid, uuid) to tenantry_platform;
