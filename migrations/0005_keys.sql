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
-- Calls of the machine API, counted in chunks: a server takes a chunk of the minute's calls and answers from it without asking again.
create table api_counters (
  tenant_id uuid not null,
  minute timestamptz not null,
  minute_calls bigint not null,
  day date not null,
  day_calls bigint not null,
  constraint api_counters_pkey primary key (tenant_id),
  constraint api_counters_tenant foreign key (tenant_id) references tenants (id),
  constraint api_counters_calls check (minute_calls >= 0 and day_calls >= 0)
);

select protect_tenant_rows('api_counters');

grant select, insert, update on api_counters to tenantry_app;
grant select on api_counters to tenantry_platform;

-- Takes up to p_want calls, as many as minute and day still have; p_unused of an earlier chunk of the day p_unused_day come back to that
-- day. Times are read after the row is locked and never go back, so that a slow transaction cannot reopen a minute.
create function api_lease(p_tenant uuid, p_want bigint, p_unused bigint, p_unused_day date)
returns table (granted bigint, rate bigint, rate_left bigint, minute_left double precision, daily bigint, day_used bigint, day_left double precision, day date)
language plpgsql
as $$
#variable_conflict use_column
declare
  v api_counters;
  v_now timestamptz;
  v_minute timestamptz;
  v_day date;
  v_rate bigint;
  v_daily bigint;
  v_granted bigint;
begin
  insert into api_counters (tenant_id, minute, minute_calls, day, day_calls)
  values (p_tenant, date_trunc('minute', clock_timestamp()), 0, (clock_timestamp() at time zone 'utc')::date, 0)
  on conflict on constraint api_counters_pkey do nothing;
  select c.* into strict v from api_counters c where c.tenant_id = p_tenant for update;
  v_now := clock_timestamp();
  v_minute := greatest(v.minute, date_trunc('minute', v_now));
  v_day := greatest(v.day, (v_now at time zone 'utc')::date);
  if v.minute < v_minute then
    v.minute_calls := 0;
  end if;
  if v.day < v_day then
    v.day_calls := 0;
  end if;
  if p_unused_day = v_day then
    v.day_calls := greatest(v.day_calls - p_unused, 0);
  end if;
  select max(q.quota) filter (where q.meter = 'api_rate'), max(q.quota) filter (where q.meter = 'api_calls')
  into v_rate, v_daily
  from quotas q
  where q.tenant_id = p_tenant
    and q.meter in ('api_rate', 'api_calls');
  -- `least` passes over null, which is unlimited.
  v_granted := greatest(least(p_want, v_rate - v.minute_calls, v_daily - v.day_calls), 0);
  update api_counters c
  set minute = v_minute, minute_calls = v.minute_calls + v_granted, day = v_day, day_calls = v.day_calls + v_granted
  where c.tenant_id = p_tenant;
  return query select
    v_granted, v_rate, greatest(v_rate - v.minute_calls - v_granted, 0),
    greatest(extract(epoch from v_minute + interval '1 minute' - v_now), 0)::double precision,
    v_daily, v.day_calls + v_granted,
    greatest(extract(epoch from ((v_day + 1)::timestamp at time zone 'utc') - v_now), 0)::double precision,
    v_day;
end
$$;

revoke all on function api_lease(uuid, bigint, bigint, date) from public;
grant execute on function api_lease(uuid, bigint, bigint, date) to tenantry_app;
