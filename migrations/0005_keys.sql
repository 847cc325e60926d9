-- API keys of tenants and of the platform: shown once, kept as hashes.

create table api_keys (
  tenant_id uuid not null,
  id uuid not null default uuid_v7(),
  name text not null,
  prefix text not null,
  key_hash bytea not null,
  scopes text[] not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  constraint api_keys_pkey primary key (tenant_id, id),
  constraint api_keys_tenant foreign key (tenant_id) references tenants (id),
  constraint api_keys_name_length check (length(name) between 1 and 120),
  constraint api_keys_hash_length check (octet_length(key_hash) = 32),
  constraint api_keys_scopes check (cardinality(scopes) > 0 and scopes <@ array['read', 'usage', 'resources'])
);

create unique index api_keys_hash on api_keys (key_hash);

create table platform_keys (
  id uuid not null default uuid_v7(),
  name text not null,
  prefix text not null,
  key_hash bytea not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  constraint platform_keys_pkey primary key (id),
  constraint platform_keys_hash unique (key_hash),
  constraint platform_keys_name_length check (length(name) between 1 and 120),
  constraint platform_keys_hash_length check (octet_length(key_hash) = 32)
);

-- Platform keys that work now; asked anew by whatever reads or changes all tenants.
create view active_platform_keys with (security_invoker = true) as
select id
from platform_keys
where revoked_at is null
  and (expires_at is null or expires_at > now());

comment on column api_keys.prefix is 'The first characters of the key, for people to tell keys apart.';
comment on column api_keys.key_hash is 'SHA-256 of the key: 256 random bits need no slow hash.';

alter table api_keys enable row level security, force row level security;
create policy tenant on api_keys to tenantry_app using (tenant_id = (select app_tenant())) with check (tenant_id = (select app_tenant()));
create policy platform on api_keys to tenantry_platform
  using ((select app_tenant()) is null or tenant_id = (select app_tenant()))
  with check ((select app_tenant()) is null or tenant_id = (select app_tenant()));
create policy definer on api_keys to tenantry_definer using (true) with check (true);

grant select, insert on api_keys to tenantry_app;
grant update (name, expires_at, revoked_at) on api_keys to tenantry_app;
grant select on api_keys, platform_keys, active_platform_keys to tenantry_platform;
grant insert on platform_keys to tenantry_platform;
grant update (expires_at, revoked_at, last_used_at) on platform_keys to tenantry_platform;
grant select on api_keys to tenantry_definer;
grant update (last_used_at) on api_keys to tenantry_definer;

-- ---------------------------------------------------------------------------------------------------------------------
-- A key is found by its hash before its tenant is known. Keys that work no more are found too, so that their holder learns why. Notes that
-- the key is used, at most once a minute. In plpgsql, which keeps its plans.
create function key_find(p_hash bytea)
returns table (tenant_id uuid, key_id uuid, name text, scopes text[], revoked boolean, expired boolean)
language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
  v_key api_keys;
begin
  select k.* into v_key from api_keys k where k.key_hash = p_hash;
  if not found then
    return;
  end if;
  if v_key.revoked_at is null
    and (v_key.expires_at is null or v_key.expires_at > now())
    and (v_key.last_used_at is null or v_key.last_used_at < now() - interval '1 minute')
  then
    update api_keys k
    set last_used_at = now()
    where k.tenant_id = v_key.tenant_id
      and k.id = v_key.id
      and (k.last_used_at is null or k.last_used_at < now() - interval '1 minute');
  end if;
  return query select
    v_key.tenant_id, v_key.id, v_key.name, v_key.scopes, v_key.revoked_at is not null, coalesce(v_key.expires_at <= now(), false);
end
$$;

grant create on schema public to tenantry_definer;
alter function key_find(bytea) owner to tenantry_definer;
revoke create on schema public from tenantry_definer;
revoke all on function key_find(bytea) from public;
grant execute on function key_find(bytea) to tenantry_app;
