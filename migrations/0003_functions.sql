-- The functions that work before a tenant is known, or that only the database may do. Each does one narrow thing, is owned by
-- tenantry_definer, and pins its search_path. The catalog check (store/catalog/expected.rs) lists them; an unlisted one is a finding.

-- ---------------------------------------------------------------------------------------------------------------------
-- Audit

-- A field of the hashed text: its length in bytes, a colon, the field; so that no two events read the same.
create function audit_field(p text) returns text
language sql immutable parallel safe
as $$ select case when p is null then '-:' else octet_length(p) || ':' || p end $$;

create function audit_text(
  p_scope text, p_seq bigint, p_at timestamptz, p_actor_kind text, p_actor_id uuid, p_actor text,
  p_action text, p_target text, p_before text, p_after text, p_origin text) returns text
language sql stable
as $$
  select audit_field(p_scope) || audit_field(p_seq::text)
    || audit_field(to_char(p_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    || audit_field(p_actor_kind) || audit_field(p_actor_id::text) || audit_field(p_actor)
    || audit_field(p_action) || audit_field(p_target) || audit_field(p_before) || audit_field(p_after) || audit_field(p_origin)
$$;

create function audit_append(
  p_tenant uuid, p_actor_kind text, p_actor_id uuid, p_actor text,
  p_action text, p_target text, p_before text, p_after text, p_origin text) returns bigint
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_seq bigint;
  v_prev bytea;
  v_hash bytea;
  v_at timestamptz;
begin
  if app_tenant() is distinct from p_tenant and (app_tenant() is not null or not pg_has_role(session_user, 'tenantry_platform', 'member')) then
    raise exception 'audit event for another tenant' using errcode = 'insufficient_privilege';
  end if;
  insert into audit_heads (tenant_id, seq, hash)
  values (p_tenant, 0, '\x')
  on conflict on constraint audit_heads_pkey do nothing;
  select seq, hash into strict v_seq, v_prev from audit_heads where tenant_id = p_tenant for update;
  -- Taken after the lock: events of one chain stand in the order of their times.
  v_at := clock_timestamp();
  v_seq := v_seq + 1;
  v_hash := sha256(v_prev || convert_to(
    audit_text(p_tenant::text, v_seq, v_at, p_actor_kind, p_actor_id, p_actor, p_action, p_target, p_before, p_after, p_origin), 'UTF8'));
  insert into audit_events (tenant_id, seq, at, actor_kind, actor_id, actor, action, target, before, after, origin, prev_hash, hash)
  values (p_tenant, v_seq, v_at, p_actor_kind, p_actor_id, p_actor, p_action, p_target, p_before, p_after, p_origin, v_prev, v_hash);
  update audit_heads set seq = v_seq, hash = v_hash where tenant_id = p_tenant;
  return v_seq;
end
$$;

create function platform_audit_append(
  p_actor_kind text, p_actor_id uuid, p_actor text,
  p_action text, p_target text, p_before text, p_after text, p_origin text) returns bigint
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_seq bigint;
  v_prev bytea;
  v_hash bytea;
  v_at timestamptz;
begin
  -- One writer of this chain at a time; freed at the end of the transaction.
  perform pg_advisory_xact_lock(hashtext('tenantry.platform_events'));
  select seq, hash into v_seq, v_prev from platform_events order by seq desc limit 1;
  v_seq := coalesce(v_seq, 0) + 1;
  v_prev := coalesce(v_prev, '\x');
  v_at := clock_timestamp();
  v_hash := sha256(v_prev || convert_to(
    audit_text('platform', v_seq, v_at, p_actor_kind, p_actor_id, p_actor, p_action, p_target, p_before, p_after, p_origin), 'UTF8'));
  insert into platform_events (seq, at, actor_kind, actor_id, actor, action, target, before, after, origin, prev_hash, hash)
  values (v_seq, v_at, p_actor_kind, p_actor_id, p_actor, p_action, p_target, p_before, p_after, p_origin, v_prev, v_hash);
  return v_seq;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Sign-in and sessions

create function sign_in_user(p_email text)
returns table (user_id uuid, name text, password_hash text)
language sql stable security definer set search_path = public, pg_temp
as $$
  select id, name, password_hash from users where email = p_email and disabled_at is null
$$;

create function session_create(p_hash bytea, p_user uuid, p_data jsonb, p_expires timestamptz) returns boolean
language sql security definer set search_path = public, pg_temp
as $$
  update platform_admins set last_active_at = now() where user_id = p_user;
  insert into sessions (id_hash, user_id, data, expires_at)
  values (p_hash, p_user, p_data, p_expires)
  on conflict on constraint sessions_hash do nothing
  returning true
$$;

create function session_touch(p_session uuid) returns void
language sql security definer set search_path = public, pg_temp
as $$
  update platform_admins set last_active_at = now() where user_id = (select user_id from sessions where id = p_session);
  update sessions set seen_at = now() where id = p_session
$$;

-- Update only: a session that was signed out stays gone, whatever a request that still runs would like to save.
create function session_save(p_hash bytea, p_user uuid, p_data jsonb, p_expires timestamptz) returns boolean
language sql security definer set search_path = public, pg_temp
as $$
  update sessions
  set data = p_data, user_id = p_user, expires_at = p_expires, seen_at = now()
  where id_hash = p_hash
  returning true
$$;

create function session_delete(p_hash bytea) returns boolean
language sql security definer set search_path = public, pg_temp
as $$
  delete from sessions where id_hash = p_hash returning true
$$;

create function sessions_of(p_user uuid)
returns table (session_id uuid, data jsonb, created_at timestamptz, seen_at timestamptz)
language sql stable security definer set search_path = public, pg_temp
as $$
  select id, data, created_at, seen_at
  from sessions
  where user_id = p_user and expires_at > now()
  order by seen_at desc, id
  limit 100
$$;

create function session_revoke(p_user uuid, p_session uuid) returns boolean
language sql security definer set search_path = public, pg_temp
as $$
  delete from sessions where user_id = p_user and id = p_session returning true
$$;

create function sessions_revoke_others(p_user uuid, p_keep uuid) returns bigint
language sql security definer set search_path = public, pg_temp
as $$
  with gone as (delete from sessions where user_id = p_user and id <> p_keep returning 1)
  select count(*) from gone
$$;

create function sessions_sweep() returns bigint
language sql security definer set search_path = public, pg_temp
as $$
  with gone as (delete from sessions where expires_at <= now() returning 1)
  select count(*) from gone
$$;

-- The password is set only where there is none: this cannot be used to take an account over.
create function set_first_password(p_user uuid, p_password_hash text) returns boolean
language sql security definer set search_path = public, pg_temp
as $$
  update users set password_hash = p_password_hash where id = p_user and password_hash is null returning true
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Ownership and grants

select settle_definer_functions();

revoke all on function summarize(uuid[]) from public;
grant execute on function summarize(uuid[]) to tenantry_definer;

grant execute on function
  audit_append(uuid, text, uuid, text, text, text, text, text, text),
  platform_audit_append(text, uuid, text, text, text, text, text, text)
to tenantry_app, tenantry_platform, tenantry_definer;

grant execute on function
  sign_in_user(text), session_create(bytea, uuid, jsonb, timestamptz), session_touch(uuid),
  session_save(bytea, uuid, jsonb, timestamptz), session_delete(bytea), sessions_of(uuid), session_revoke(uuid, uuid),
  sessions_revoke_others(uuid, uuid)
to tenantry_app;

grant execute on function sessions_sweep(), summarize_new_month(int), set_first_password(uuid, text) to tenantry_platform;
