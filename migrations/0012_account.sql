-- Accounts: time zone, a changed password, the second factor; and tenants that ask everybody for one.

alter table users
  add column time_zone text,
  add constraint users_time_zone_format check (time_zone ~ '^[A-Za-z0-9_+/-]{1,64}$');

comment on column users.time_zone is 'A name of the IANA database; null shows times in UTC.';

alter table tenants add column require_second_factor boolean not null default false;

comment on column tenants.require_second_factor is 'Members without a second factor cannot use the tenant; keys are not people.';

create table second_factors (
  user_id uuid not null,
  secret bytea not null,
  confirmed_at timestamptz not null default now(),
  last_step bigint not null,
  failures int not null default 0,
  failed_at timestamptz,
  constraint second_factors_pkey primary key (user_id),
  constraint second_factors_user foreign key (user_id) references users (id) on delete cascade,
  constraint second_factors_failures check (failures >= 0)
);

comment on column second_factors.secret is 'Sealed with the installation''s secret key, for this user alone.';
comment on column second_factors.last_step is 'The 30 seconds whose code was used last: neither that one nor an older one works again.';

-- A secret that its person has seen and not confirmed by a first code: for the session that began it, for a quarter of an hour.
create table second_factor_setups (
  user_id uuid not null,
  session_id uuid not null,
  secret bytea not null,
  started_at timestamptz not null default now(),
  constraint second_factor_setups_pkey primary key (user_id),
  constraint second_factor_setups_user foreign key (user_id) references users (id) on delete cascade,
  constraint second_factor_setups_session foreign key (session_id) references sessions (id) on delete cascade
);

create index second_factor_setups_by_session on second_factor_setups (session_id);

create table recovery_codes (
  user_id uuid not null,
  code_hash bytea not null,
  used_at timestamptz,
  constraint recovery_codes_pkey primary key (user_id, code_hash),
  constraint recovery_codes_factor foreign key (user_id) references second_factors (user_id) on delete cascade
);

-- "What happened in May?" in a long log.
create index audit_events_by_time on audit_events (tenant_id, at);

-- ---------------------------------------------------------------------------------------------------------------------
-- Sessions

-- Asked with every click. In plpgsql, which keeps the plan; a function in sql is planned anew at every call.
create function session_load(p_hash bytea)
returns table (
  session_id uuid, data jsonb, expires_at timestamptz, user_id uuid, email text, name text, staff jsonb, memberships jsonb, stale boolean,
  time_zone text, second_factor boolean, fresh boolean, support jsonb)
language plpgsql stable security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
begin
  return query select
    s.id, s.data, s.expires_at, u.id, u.email, u.name,
    (
      select jsonb_build_object('role', a.role, 'lacks_second_factor', a.lacks_second_factor, 'demo', p.demo and not p.staff_second_factor)
      from active_platform_admins a, platform_settings p
      where a.user_id = u.id),
    coalesce((
      select jsonb_agg(
        jsonb_build_object(
          'tenant_id', t.id, 'slug', t.slug, 'name', t.name, 'role', m.role, 'status', t.status,
          'aliases', array(select a.slug from tenant_slug_aliases a where a.tenant_id = t.id))
        order by lower(t.name), t.id)
      from members m
      join tenants t on t.id = m.tenant_id
      where m.user_id = u.id and life_allows(t.status, 'session')), '[]'),
    s.seen_at < now() - interval '5 minutes',
    u.time_zone,
    exists (select from second_factors f where f.user_id = u.id),
    s.confirmed_at > now() - interval '15 minutes',
    (
      select jsonb_build_object('access', x.id, 'tenant_id', x.tenant_id, 'slug', t.slug, 'name', t.name, 'ends_at', x.ends_at)
      from support_accesses x
      join tenants t on t.id = x.tenant_id
      where x.session_id = s.id and x.ended_at is null and x.ends_at > now()
      limit 1)
  from sessions s
  left join users u on u.id = s.user_id and u.disabled_at is null
  where s.id_hash = p_hash
    and s.expires_at > now()
    and (s.user_id is null or u.id is not null);
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- The account

-- Returns name and zone as they were, or no row for an account that is not there or disabled.
create function account_change(p_user uuid, p_name text, p_time_zone text)
returns table (name text, time_zone text)
language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
  v_before users;
begin
  select u.* into v_before from users u where u.id = p_user and u.disabled_at is null for update;
  if not found then
    return;
  end if;
  update users u set name = p_name, time_zone = p_time_zone where u.id = p_user;
  return query select v_before.name, v_before.time_zone;
end
$$;

-- Only for who knows the hash that stands there: of two changes at once the second is refused.
create function password_change(p_user uuid, p_old_hash text, p_new_hash text) returns boolean
language sql security definer set search_path = public, pg_temp
as $$
  update users set password_hash = p_new_hash
  where id = p_user and password_hash = p_old_hash and disabled_at is null
  returning true
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- The second factor

-- Null for who has none.
create function second_factor_since(p_user uuid) returns timestamptz
language sql stable security definer set search_path = public, pg_temp
as $$
  select confirmed_at from second_factors where user_id = p_user
$$;

-- What the first half of a sign-in keeps, of those from whom a code has to follow.
create function second_factor_ask(p_user uuid) returns table (password_hash text, epoch bigint)
language sql stable security definer set search_path = public, pg_temp
as $$
  select u.password_hash, floor(extract(epoch from now()))::bigint
  from second_factors f
  join users u on u.id = f.user_id
  where f.user_id = p_user
$$;

create function second_factor_state(p_user uuid) returns table (since timestamptz, codes_left bigint)
language sql stable security definer set search_path = public, pg_temp
as $$
  select f.confirmed_at, (select count(*) from recovery_codes c where c.user_id = f.user_id and c.used_at is null)
  from second_factors f
  where f.user_id = p_user
$$;

-- Keeps a secret to be confirmed; false for who has a second factor already.
create function second_factor_begin(p_user uuid, p_session uuid, p_secret bytea) returns boolean
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  if exists (select from second_factors where user_id = p_user) then
    return false;
  end if;
  insert into second_factor_setups (user_id, session_id, secret)
  values (p_user, p_session, p_secret)
  on conflict on constraint second_factor_setups_pkey do update
  set session_id = excluded.session_id, secret = excluded.secret, started_at = now();
  return true;
end
$$;

create function second_factor_setup(p_user uuid, p_session uuid) returns table (secret bytea, epoch bigint)
language sql stable security definer set search_path = public, pg_temp
as $$
  select s.secret, floor(extract(epoch from now()))::bigint
  from second_factor_setups s
  where s.user_id = p_user and s.session_id = p_session and s.started_at > now() - interval '15 minutes'
$$;

-- Makes the secret of this session's set-up the person's second factor, with its recovery codes.
create function second_factor_confirm(p_user uuid, p_session uuid, p_secret bytea, p_step bigint, p_codes bytea[]) returns boolean
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  delete from second_factor_setups where user_id = p_user and session_id = p_session and secret = p_secret;
  if not found then
    return false;
  end if;
  insert into second_factors (user_id, secret, last_step) values (p_user, p_secret, p_step)
  on conflict on constraint second_factors_pkey do nothing;
  if not found then
    return false;
  end if;
  insert into recovery_codes (user_id, code_hash) select p_user, unnest(p_codes);
  return true;
end
$$;

-- Everything that a try needs, under a lock: of two tries with one code the second sees what the first left. After five wrong codes in a
-- row there is a pause of a minute, doubled with each further one up to a quarter of an hour.
create function second_factor_try(p_user uuid)
returns table (secret bytea, last_step bigint, epoch bigint, wait_seconds int, password_hash text)
language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
  v_factor second_factors;
  v_now timestamptz;
  v_until timestamptz;
begin
  select f.* into v_factor
  from second_factors f
  join users u on u.id = f.user_id
  where f.user_id = p_user and u.disabled_at is null
  for update of f;
  if not found then
    return;
  end if;
  v_now := clock_timestamp();
  if v_factor.failures >= 5 then
    v_until := v_factor.failed_at + make_interval(secs => least(60 * power(2, least(v_factor.failures - 5, 10)), 900));
  end if;
  return query select
    v_factor.secret, v_factor.last_step, floor(extract(epoch from v_now))::bigint,
    greatest(0, ceil(extract(epoch from coalesce(v_until, v_now) - v_now)))::int,
    (select u.password_hash from users u where u.id = p_user);
end
$$;

create function second_factor_passed(p_user uuid, p_step bigint) returns void
language sql security definer set search_path = public, pg_temp
as $$
  update second_factors set last_step = greatest(last_step, p_step), failures = 0, failed_at = null where user_id = p_user
$$;

create function second_factor_failed(p_user uuid) returns void
language sql security definer set search_path = public, pg_temp
as $$
  update second_factors set failures = failures + 1, failed_at = clock_timestamp() where user_id = p_user
$$;

-- Each code works once.
create function recovery_code_use(p_user uuid, p_code bytea) returns boolean
language sql security definer set search_path = public, pg_temp
as $$
  update recovery_codes set used_at = now() where user_id = p_user and code_hash = p_code and used_at is null returning true
$$;

create function recovery_codes_renew(p_user uuid, p_codes bytea[]) returns boolean
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  perform from second_factors where user_id = p_user for update;
  if not found then
    return false;
  end if;
  delete from recovery_codes where user_id = p_user;
  insert into recovery_codes (user_id, code_hash) select p_user, unnest(p_codes);
  return true;
end
$$;

-- Whether all of these are this person's and unused: what a page may show.
create function recovery_codes_are(p_user uuid, p_codes bytea[]) returns boolean
language sql stable security definer set search_path = public, pg_temp
as $$
  select count(*) = cardinality(p_codes) from recovery_codes where user_id = p_user and code_hash = any (p_codes) and used_at is null
$$;

-- Its recovery codes go with it.
create function second_factor_remove(p_user uuid) returns boolean
language sql security definer set search_path = public, pg_temp
as $$
  delete from second_factors where user_id = p_user returning true
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- A tenant's own settings

-- Of the transaction's tenant; returns both as they were.
create function tenant_settings_change(p_name text, p_require_second_factor boolean)
returns table (name text, require_second_factor boolean)
language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
  v_before tenants;
begin
  select t.* into v_before from tenants t where t.id = app_tenant() for update;
  if not found then
    return;
  end if;
  update tenants t set name = p_name, require_second_factor = p_require_second_factor where t.id = v_before.id;
  return query select v_before.name, v_before.require_second_factor;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Ownership and grants

select settle_definer_functions();

grant select, insert, update, delete on second_factors, second_factor_setups, recovery_codes to tenantry_definer;
grant update (name, time_zone) on users to tenantry_definer;
grant update (name, require_second_factor) on tenants to tenantry_definer;
-- A downloaded log says where its chain ends.
grant select on audit_heads to tenantry_app;

grant execute on function
  session_load(bytea), account_change(uuid, text, text), password_change(uuid, text, text), second_factor_since(uuid),
  second_factor_ask(uuid), second_factor_state(uuid), second_factor_begin(uuid, uuid, bytea), second_factor_setup(uuid, uuid),
  second_factor_confirm(uuid, uuid, bytea, bigint, bytea[]), second_factor_try(uuid), second_factor_passed(uuid, bigint),
  second_factor_failed(uuid), recovery_code_use(uuid, bytea), recovery_codes_renew(uuid, bytea[]), recovery_codes_are(uuid, bytea[]),
  second_factor_remove(uuid), tenant_settings_change(text, boolean)
to tenantry_app;

-- For who has lost phone and recovery codes: the operator of the command line.
grant execute on function second_factor_remove(uuid) to tenantry_platform;
