-- An owner deletes their tenant, and brings it back by a link that was mailed.

-- A link belongs to one deletion: when the tenant is restored, by whomever, and deleted again, it opens nothing any more.
create table tenant_restores (
  tenant_id uuid not null,
  id uuid not null,
  email text not null,
  token_hash bytea not null,
  deleted_at timestamptz not null,
  used_at timestamptz,
  constraint tenant_restores_pkey primary key (tenant_id, id),
  constraint tenant_restores_tenant foreign key (tenant_id) references tenants (id) on delete cascade,
  constraint tenant_restores_token unique (token_hash)
);

comment on column tenant_restores.deleted_at is 'status_since of the deletion that it takes back.';

select protect_tenant_rows('tenant_restores');

-- Of the transaction's tenant, for good after so many days; returns when that is, or nothing when it is deleted already. Each owner gets
-- a link.
create function tenant_delete_own(p_days int, p_ids uuid[], p_emails text[], p_hashes bytea[])
returns table (status text, purge_after timestamptz)
language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
  v_before tenants;
  v_after tenants;
begin
  select t.* into v_before from tenants t where t.id = app_tenant() and t.status <> 'deleted' for update;
  if not found then
    return;
  end if;
  update tenants t
  set status = 'deleted', status_since = now(), deleted_from = v_before.status, purge_after = now() + make_interval(days => p_days)
  where t.id = v_before.id
  returning t.* into v_after;
  insert into tenant_restores (tenant_id, id, email, token_hash, deleted_at)
  select v_after.id, n.id, n.email, n.token_hash, v_after.status_since
  from unnest(p_ids, p_emails, p_hashes) as n (id, email, token_hash);
  return query select v_before.status, v_after.purge_after;
end
$$;

create function tenant_restore_find(p_hash bytea)
returns table (name text, slug text, accent text, state text, purge_after timestamptz)
language sql stable security definer set search_path = public, pg_temp
as $$
  select
    t.name, t.slug, t.accent,
    case
      when t.status <> 'deleted' then 'restored'
      when t.status_since <> r.deleted_at then 'void'
      when t.purge_after <= now() then 'late'
      else 'open'
    end,
    t.purge_after
  from tenant_restores r
  join tenants t on t.id = r.tenant_id
  where r.token_hash = p_hash
$$;

-- Gives the tenant back the state it had; a trial that ran out meanwhile is active. Returns nothing when the link is not open (any more).
create function tenant_restore_use(p_hash bytea, p_origin text) returns text
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_link tenant_restores;
  v_tenant tenants;
begin
  select r.* into v_link from tenant_restores r where r.token_hash = p_hash;
  if not found then
    return null;
  end if;
  update tenants t
  set status = case when t.deleted_from = 'trial' and t.trial_ends_at <= now() then 'active' else t.deleted_from end,
      status_since = now(), deleted_from = null, purge_after = null
  where t.id = v_link.tenant_id
    and t.status = 'deleted'
    and t.status_since = v_link.deleted_at
    and t.purge_after > now()
  returning t.* into v_tenant;
  if not found then
    return null;
  end if;
  update tenant_restores r set used_at = now() where r.tenant_id = v_link.tenant_id and r.id = v_link.id;
  perform set_config('app.tenant_id', v_tenant.id::text, true);
  perform audit_append(
    v_tenant.id, 'member', (select u.id from users u where u.email = v_link.email), v_link.email, 'tenant.restored', v_tenant.slug,
    jsonb_build_object('status', 'deleted')::text, jsonb_build_object('status', v_tenant.status)::text, p_origin);
  return v_tenant.slug;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
select settle_definer_functions();

grant select, insert, update on tenant_restores to tenantry_definer;
grant select on tenant_restores to tenantry_platform;
grant update (status, status_since, deleted_from, purge_after) on tenants to tenantry_definer;

grant execute on function
  tenant_delete_own(int, uuid[], text[], bytea[]), tenant_restore_find(bytea), tenant_restore_use(bytea, text)
to tenantry_app;
