-- The team: who invited whom and whether they still may, imports of whole teams, roles that change.

-- ---------------------------------------------------------------------------------------------------------------------
-- Invites. Asked again in the moment somebody accepts: whoever invited must still have the right to. A link that is sent anew is an invite
-- of its own, which replaces the one before.

alter table invites
  add column name text,
  add column inviter_kind text not null default 'system',
  add column inviter_id uuid,
  add column request_id uuid,
  add column replaces uuid,
  add constraint invites_name_length check (length(name) between 1 and 120),
  add constraint invites_inviter_kind check (inviter_kind in ('member', 'platform_admin', 'platform_key', 'operator', 'system'));

create index invites_waiting on invites (tenant_id, id) where accepted_at is null and revoked_at is null;
create index invites_replaced on invites (tenant_id, replaces) where replaces is not null;

comment on column invites.name is 'What an import calls the person; they can change it when they accept.';
comment on column invites.request_id is 'Made with the form that was sent: the same form sent twice invites once.';
comment on column invites.replaces is 'The invite whose link this one''s link took the place of.';

create function invite_backed(p_invite invites) returns boolean
language sql stable
as $$
  select case p_invite.inviter_kind
    when 'member' then exists (
      select
      from members m
      join users u on u.id = m.user_id
      where m.tenant_id = p_invite.tenant_id
        and m.user_id = p_invite.inviter_id
        and u.disabled_at is null
        and (m.role = 'owner' or (m.role = 'admin' and p_invite.role <> 'owner')))
    -- Who may invite people into tenants: HelpTenants of domain/staff.rs.
    when 'platform_admin' then exists (
      select from active_platform_admins a where a.user_id = p_invite.inviter_id and a.role in ('owner', 'operator', 'support'))
    -- A key that was rotated or has run out was good when it was used; one that was revoked may have been in wrong hands.
    when 'platform_key' then exists (select from platform_keys k where k.id = p_invite.inviter_id and k.revoked_at is null)
    else true
  end
$$;

-- Whoever takes a place in a team does so one at a time: the same lock as room_lock('members') takes inside a tenant, for those who
-- stand outside of it.
create function seat_lock(p_tenant uuid) returns void
language sql
as $$ select pg_advisory_xact_lock(hashtextextended('allocate members ' || p_tenant, 0)) $$;

-- Open invites count as members: more of both than the plan has?
create function seats_overdrawn(p_tenant uuid) returns boolean
language sql stable
as $$
  select exists (
    select from quotas where tenant_id = p_tenant and meter = 'members' and at_limit <> 'overage' and used > quota)
$$;

create function invite_find(p_hash bytea)
returns table (
  tenant_name text, accent text, tenant_slug text, email text, name text, role text, invited_by text, state text, expires_at timestamptz,
  has_account boolean)
language sql stable security definer set search_path = public, pg_temp
as $$
  select
    t.name, t.accent, t.slug, i.email, i.name, i.role, i.invited_by,
    case
      when t.status = 'deleted' then 'deleted'
      when i.accepted_at is not null then 'accepted'
      when i.revoked_at is not null and exists (select from invites n where n.tenant_id = i.tenant_id and n.replaces = i.id) then 'replaced'
      when i.revoked_at is not null then 'revoked'
      when i.expires_at <= now() then 'expired'
      when not life_allows(t.status, 'invite') then 'suspended'
      when not invite_backed(i) then 'lapsed'
      when seats_overdrawn(t.id) then 'full'
      else 'open'
    end,
    i.expires_at,
    exists (select from users u where u.email = i.email and u.password_hash is not null)
  from invites i
  join tenants t on t.id = i.tenant_id
  where i.token_hash = p_hash
$$;

-- Claims an invite once and makes the member. A new person brings a name and a password hash; a person with an account must be
-- signed in as the invited e-mail (p_user). Returns no row when the invite is not open; TN001 when it is not this person's, TN002 when
-- whoever invited may not any more, TN003 when the team has grown beyond its plan.
create function invite_accept(p_hash bytea, p_user uuid, p_name text, p_password_hash text, p_origin text)
returns table (tenant_id uuid, tenant_slug text, user_id uuid, email text, role text)
language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
  v_tenant uuid;
  v_invite invites;
  v_user users;
  v_slug text;
  v_joined int;
begin
  select i.tenant_id into v_tenant from invites i where i.token_hash = p_hash;
  if not found then
    return;
  end if;
  -- From here on nobody takes the place that this invite keeps, even if it runs out in this very moment.
  perform seat_lock(v_tenant);
  update invites i
  set accepted_at = now()
  from tenants t
  where i.token_hash = p_hash
    and i.accepted_at is null
    and i.revoked_at is null
    and i.expires_at > clock_timestamp()
    and t.id = i.tenant_id
    and life_allows(t.status, 'invite')
  returning i.* into v_invite;
  if not found then
    return;
  end if;
  if not invite_backed(v_invite) then
    raise exception 'the inviter may not invite any more' using errcode = 'TN002';
  end if;
  select u.* into v_user from users u where u.email = v_invite.email for update;
  if found and v_user.password_hash is not null then
    if p_user is distinct from v_user.id or v_user.disabled_at is not null then
      raise exception 'invite of another account' using errcode = 'TN001';
    end if;
  elsif p_password_hash is null then
    raise exception 'invite of another account' using errcode = 'TN001';
  elsif found then
    update users u set password_hash = p_password_hash where u.id = v_user.id;
  else
    insert into users (email, name, password_hash)
    values (v_invite.email, p_name, p_password_hash)
    returning * into v_user;
  end if;
  insert into members (tenant_id, user_id, role)
  values (v_invite.tenant_id, v_user.id, v_invite.role)
  on conflict on constraint members_pkey do nothing;
  get diagnostics v_joined = row_count;
  if v_joined > 0 and seats_overdrawn(v_tenant) then
    raise exception 'no seat is free' using errcode = 'TN003';
  end if;
  select t.slug into v_slug from tenants t where t.id = v_invite.tenant_id;
  perform set_config('app.tenant_id', v_invite.tenant_id::text, true);
  perform audit_append(
    v_invite.tenant_id, 'member', v_user.id, v_user.email, 'invite.accepted', v_invite.email, null,
    jsonb_build_object('role', v_invite.role)::text, p_origin);
  return query select v_invite.tenant_id, v_slug, v_user.id, v_user.email, v_invite.role;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Files of people to be invited, kept from the upload until somebody has looked at what is in them; at most a day.

create table imports (
  tenant_id uuid not null,
  id uuid not null default uuid_v7(),
  file_name text not null,
  content bytea,
  created_by text not null,
  created_at timestamptz not null default now(),
  done_at timestamptz,
  done_by text,
  invited int,
  skipped int,
  constraint imports_pkey primary key (tenant_id, id),
  constraint imports_tenant foreign key (tenant_id) references tenants (id),
  constraint imports_file_name_length check (length(file_name) between 1 and 120),
  constraint imports_content_size check (octet_length(content) <= 1000000)
);

create index imports_age on imports (created_at);

comment on column imports.content is 'The file as it came; gone as soon as it is carried out.';

select protect_tenant_rows('imports');

-- ---------------------------------------------------------------------------------------------------------------------
-- Sessions of somebody whose role changes get a new id with their next page (features find the mark in web/request.rs).

create function session_rotate(p_user uuid) returns bigint
language sql security definer set search_path = public, pg_temp
as $$
  with marked as (
    update sessions s
    set data = s.data || '{"rotate": true}'
    where s.user_id = p_user
      and exists (select from members m where m.tenant_id = app_tenant() and m.user_id = p_user)
    returning 1
  )
  select count(*) from marked
$$;

-- The app cannot write a role by itself (see 0002): this is the one way, and no change of a role leaves a session as it was.
create function change_role(p_user uuid, p_role text) returns void
language sql security definer set search_path = public, pg_temp
as $$
  select session_rotate(p_user);
  update members set role = p_role where tenant_id = app_tenant() and user_id = p_user;
$$;

-- The same session under another id. Who is too late finds nothing under the old one, and nothing comes back that was signed out.
create function session_renew(p_hash bytea, p_new_hash bytea) returns boolean
language sql security definer set search_path = public, pg_temp
as $$
  update sessions set id_hash = p_new_hash, data = data - 'rotate' where id_hash = p_hash returning true
$$;

-- The console names an owner of each tenant: when that one is an owner no more, whoever is one for longest.
create function follow_owner() returns void
language sql security definer set search_path = public, pg_temp
as $$
  update tenants t
  set owner_email = o.email
  from (
    select u.email
    from members m
    join users u on u.id = m.user_id
    where m.tenant_id = app_tenant()
      and m.role = 'owner'
    order by m.joined_at, u.id
    limit 1
  ) o
  where t.id = app_tenant()
    and not exists (
      select
      from members m
      join users u on u.id = m.user_id
      where m.tenant_id = t.id
        and m.role = 'owner'
        and u.email = t.owner_email)
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Who may do what

grant insert on invites to tenantry_app;
grant update (revoked_at) on invites to tenantry_app;
grant select, insert, delete on imports to tenantry_app;
grant update (content, done_at, done_by, invited, skipped) on imports to tenantry_app;
grant select, delete on imports to tenantry_platform;
grant select on active_platform_admins, platform_keys to tenantry_definer;
grant update (owner_email) on tenants to tenantry_definer;
grant update (role) on members to tenantry_definer;

select settle_definer_functions();

revoke all on function invite_backed(invites), seat_lock(uuid), seats_overdrawn(uuid) from public;
grant execute on function invite_backed(invites), seats_overdrawn(uuid) to tenantry_definer;
grant execute on function seat_lock(uuid) to tenantry_definer, tenantry_platform;
grant execute on function session_rotate(uuid) to tenantry_platform;
grant execute on function
  invite_find(bytea), invite_accept(bytea, uuid, text, text, text), change_role(uuid, text), session_rotate(uuid), session_renew(bytea, bytea),
  follow_owner()
to tenantry_app;
