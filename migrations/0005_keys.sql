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
  calls_a_minute int,
  constraint api_keys_pkey primary key (tenant_id, id),
  constraint api_keys_tenant foreign key (tenant_id) references tenants (id),
  constraint api_keys_name_length check (length(name) between 1 and 120),
  constraint api_keys_hash_length check (octet_length(key_hash) = 32),
  constraint api_keys_scopes check (cardinality(scopes) > 0 and scopes <@ array['read', 'usage', 'resources']),
  constraint api_keys_calls_a_minute check (calls_a_minute > 0)
);

create unique index api_keys_hash on api_keys (key_hash);

create table platform_keys (
  id uuid not null default uuid_v7(),
  name text not null,
  prefix text not null,
  key_hash bytea not null,
  role text not null default 'operator',
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  constraint platform_keys_pkey primary key (id),
  constraint platform_keys_hash unique (key_hash),
  constraint platform_keys_role check (role in ('owner', 'operator', 'support', 'billing', 'read_only')),
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
comment on column api_keys.calls_a_minute is 'A limit of this key''s own, within the tenant''s. Null: the tenant''s alone.';
comment on column api_keys.key_hash is 'SHA-256 of the key: 256 random bits need no slow hash.';

select protect_tenant_rows('api_keys');

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

select settle_definer_functions();
grant execute on function key_find(bytea) to tenantry_app;

-- ---------------------------------------------------------------------------------------------------------------------
-- Calls of the machine API in the minute that runs: of all keys of a tenant, and of each key that has a limit of its own. Written by api_lease.
create table api_counters (
  tenant_id uuid not null,
  minute timestamptz not null,
  minute_calls bigint not null,
  constraint api_counters_pkey primary key (tenant_id),
  constraint api_counters_tenant foreign key (tenant_id) references tenants (id),
  constraint api_counters_calls check (minute_calls >= 0)
);

create table api_key_counters (
  tenant_id uuid not null,
  key_id uuid not null,
  minute timestamptz not null,
  calls bigint not null,
  constraint api_key_counters_pkey primary key (tenant_id, key_id),
  constraint api_key_counters_key foreign key (tenant_id, key_id) references api_keys (tenant_id, id),
  constraint api_key_counters_calls check (calls >= 0)
);

select protect_tenant_rows(t::regclass) from unnest(array['api_counters', 'api_key_counters']) t;

grant select on api_counters, api_key_counters to tenantry_platform;
grant select, insert, update on api_counters, api_key_counters to tenantry_definer;
