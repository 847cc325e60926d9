-- The platform's own staff: what all of them owe, and what only the database may tell or do. Roles stand in platform_admins (0001).

create table platform_settings (
  one boolean not null default true,
  staff_second_factor boolean not null default true,
  demo boolean not null default false,
  constraint platform_settings_pkey primary key (one),
  constraint platform_settings_one check (one)
);

comment on table platform_settings is 'One row: what holds for the whole platform.';
comment on column platform_settings.staff_second_factor is 'Staff without a second factor cannot open the console.';
comment on column platform_settings.demo is 'Set where the demo made the first platform admin, who signs in with a password alone.';
comment on column platform_admins.accepted_at is
  'Null until whoever was appointed has chosen a password by the link in their mail: only then is it certain that the account is theirs.';
comment on column platform_admins.last_active_at is 'When one of their sessions was begun or used, to five minutes.';
comment on column sessions.confirmed_at is 'When its person gave password or code last.';

insert into platform_settings default values;

grant select on platform_settings to tenantry_platform, tenantry_definer;
grant update (staff_second_factor, demo) on platform_settings to tenantry_platform;
grant update (role), delete on platform_admins to tenantry_platform;
grant execute on function second_factor_since(uuid) to tenantry_platform;

-- Asked anew by whatever reads or changes all tenants, now with what the person still owes before the console opens.
create or replace view active_platform_admins with (security_invoker = true) as
select a.user_id, a.role, s.staff_second_factor and second_factor_since(a.user_id) is null as lacks_second_factor
from platform_admins a
join users u on u.id = a.user_id
cross join platform_settings s
where u.disabled_at is null
  and a.accepted_at is not null;

-- ---------------------------------------------------------------------------------------------------------------------
-- Staff

-- The platform's login sees neither passwords nor second factors: only whether there are any.
create function staff_members()
returns table (
  user_id uuid, email text, name text, role text, since timestamptz, last_active_at timestamptz, second_factor_since timestamptz,
  accepted boolean)
language sql stable security definer set search_path = public, pg_temp
as $$
  select u.id, u.email, u.name, a.role, a.created_at, a.last_active_at, f.confirmed_at, a.accepted_at is not null
  from platform_admins a
  join users u on u.id = a.user_id
  left join second_factors f on f.user_id = u.id
  where u.disabled_at is null
  order by array_position(array['owner', 'operator', 'support', 'billing', 'read_only'], a.role), lower(u.name), u.id
$$;

-- Other power, other ids: each session of a member of staff gets one with its next page.
create function staff_rotate(p_user uuid) returns bigint
language sql security definer set search_path = public, pg_temp
as $$
  with marked as (
    update sessions s
    set data = s.data || '{"rotate": true}'
    where s.user_id = p_user
      and exists (select from platform_admins a where a.user_id = p_user)
    returning 1
  )
  select count(*) from marked
$$;

-- Its person gave their password or a code just now.
create function session_confirm(p_user uuid, p_session uuid) returns boolean
language sql security definer set search_path = public, pg_temp
as $$
  update sessions set confirmed_at = now() where id = p_session and user_id = p_user returning true
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Support access: one session of one member of staff looks at one tenant, for half an hour at most, and changes nothing (security.md, C10).

create table support_accesses (
  tenant_id uuid not null,
  id uuid not null default uuid_v7(),
  staff_id uuid not null,
  staff_email text not null,
  session_id uuid not null,
  reason text not null,
  began_at timestamptz not null default now(),
  ends_at timestamptz not null default now() + interval '30 minutes',
  ended_at timestamptz,
  ended_by text,
  constraint support_accesses_pkey primary key (tenant_id, id),
  constraint support_accesses_tenant foreign key (tenant_id) references tenants (id),
  constraint support_accesses_reason_length check (length(reason) between 1 and 300),
  constraint support_accesses_at_most check (ends_at > began_at and ends_at <= began_at + interval '30 minutes'),
  constraint support_accesses_ended check ((ended_at is null) = (ended_by is null))
);

create index support_accesses_running on support_accesses (tenant_id, ends_at) where ended_at is null;
create index support_accesses_by_session on support_accesses (session_id) where ended_at is null;

comment on column support_accesses.ended_at is 'When somebody ended it before its time.';

select protect_tenant_rows('support_accesses');

grant select on support_accesses to tenantry_app, tenantry_platform, tenantry_definer;
grant insert on support_accesses to tenantry_platform;
grant update (ended_at, ended_by) on support_accesses to tenantry_definer;

-- Whether this access to the transaction's tenant runs, for this session, and its person may still have it: HelpTenants of domain/staff.rs.
create function support_runs(p_access uuid, p_session uuid) returns boolean
language sql stable security definer set search_path = public, pg_temp
as $$
  select exists (
    select
    from support_accesses x
    join sessions s on s.id = x.session_id and s.user_id = x.staff_id and s.expires_at > now()
    join active_platform_admins a on a.user_id = x.staff_id
    where x.tenant_id = app_tenant()
      and x.id = p_access
      and x.session_id = p_session
      and x.ended_at is null
      and x.ends_at > now()
      and not a.lacks_second_factor
      and a.role in ('owner', 'operator', 'support'))
$$;

-- Ends it before its time, and gives its session another id; returns whose it was, null when it runs no more.
create function support_end(p_tenant uuid, p_access uuid, p_by text) returns text
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_access support_accesses;
begin
  if app_tenant() is distinct from p_tenant and (app_tenant() is not null or not pg_has_role(session_user, 'tenantry_platform', 'member')) then
    raise exception 'a support access of another tenant' using errcode = 'insufficient_privilege';
  end if;
  update support_accesses
  set ended_at = now(), ended_by = p_by
  where tenant_id = p_tenant and id = p_access and ended_at is null and ends_at > now()
  returning * into v_access;
  if not found then
    return null;
  end if;
  update sessions s set data = s.data || '{"rotate": true}' where s.id = v_access.session_id;
  return v_access.staff_email;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Ownership and grants

select settle_definer_functions();

grant execute on function staff_members(), staff_rotate(uuid) to tenantry_platform;
grant execute on function session_confirm(uuid, uuid), support_runs(uuid, uuid) to tenantry_app;
grant execute on function support_end(uuid, uuid, text) to tenantry_app, tenantry_platform;
