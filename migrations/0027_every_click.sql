-- What is asked with every click, with the rare parts (staff, support, branding) asked only where they are: a statement pays for every table it
-- might read.

drop function session_load(bytea);

-- Several sessions in one go, each with the number of its hash; of one that is not there, no row.
create function sessions_load(p_hashes bytea[])
returns table (
  n int, session_id uuid, data jsonb, expires_at timestamptz, user_id uuid, email text, name text, staff jsonb, memberships jsonb,
  stale boolean, time_zone text, second_factor boolean, fresh boolean, support jsonb)
language plpgsql stable security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
  v_staff boolean;
  v_member boolean;
  v_supports boolean;
begin
  for v_n in 1..cardinality(p_hashes) loop
    select
      s.id, s.data, s.expires_at, u.id, u.email, u.name, s.seen_at < now() - interval '5 minutes', u.time_zone,
      exists (select from second_factors f where f.user_id = u.id), s.confirmed_at > now() - interval '15 minutes',
      exists (select from platform_admins a where a.user_id = u.id),
      exists (select from members m where m.user_id = u.id),
      exists (select from support_accesses x where x.session_id = s.id and x.ended_at is null and x.ends_at > now())
    into session_id, data, expires_at, user_id, email, name, stale, time_zone, second_factor, fresh, v_staff, v_member, v_supports
    from sessions s
    left join users u on u.id = s.user_id and u.disabled_at is null
    where s.id_hash = p_hashes[v_n]
      and s.expires_at > now()
      and (s.user_id is null or u.id is not null);
    continue when not found;
    n := v_n;
    staff := null;
    memberships := '[]';
    support := null;
    if v_member then
      memberships := coalesce((
        select jsonb_agg(
          jsonb_build_object(
            'tenant_id', t.id, 'slug', t.slug, 'name', t.name, 'role', m.role, 'status', t.status,
            'aliases', array(select a.slug from tenant_slug_aliases a where a.tenant_id = t.id))
          order by lower(t.name), t.id)
        from members m
        -- By their keys, not all tenants beside the few.
        cross join lateral (select t.* from tenants t where t.id = m.tenant_id offset 0) t
        where m.user_id = sessions_load.user_id and life_allows(t.status, 'session')), '[]');
    end if;
    if v_staff then
      staff := (
        select jsonb_build_object('role', a.role, 'lacks_second_factor', a.lacks_second_factor, 'demo', p.demo and not p.staff_second_factor)
        from active_platform_admins a, platform_settings p
        where a.user_id = sessions_load.user_id);
    end if;
    if v_supports then
      support := (
        select jsonb_build_object('access', x.id, 'tenant_id', x.tenant_id, 'slug', t.slug, 'name', t.name, 'ends_at', x.ends_at)
        from support_accesses x
        join tenants t on t.id = x.tenant_id
        where x.session_id = sessions_load.session_id and x.ended_at is null and x.ends_at > now()
        limit 1);
    end if;
    return next;
  end loop;
end
$$;

create or replace function member_head(p_user uuid)
returns table (
  slug text, name text, accent text, status text, status_since timestamptz, status_reason text, role text, now timestamptz, unseen boolean,
  lacks_second_factor boolean, look jsonb, css_version int, watched jsonb)
language plpgsql stable
as $$
#variable_conflict use_column
declare
  v_tenant uuid;
  v_branded boolean;
  v_watched boolean;
begin
  select
    t.id, t.slug, t.name, t.accent, t.status, t.status_since, suspension_reason(t.status_reason, t.unpaid_reason), m.role, now(),
    coalesce(m.last_active_at < now() - interval '1 hour', true), t.require_second_factor and second_factor_since(m.user_id) is null,
    exists (select from brandings b where b.tenant_id = t.id and b.version is not null),
    exists (select from support_accesses x where x.tenant_id = t.id and x.ended_at is null and x.ends_at > now())
  into v_tenant, slug, name, accent, status, status_since, status_reason, role, now, unseen, lacks_second_factor, v_branded, v_watched
  from members m
  join tenants t on t.id = m.tenant_id
  where m.user_id = p_user;
  if not found then
    return;
  end if;
  if v_branded then
    select b.look, case when b.css is not null then b.version end into look, css_version from shown_brandings b where b.tenant_id = v_tenant;
  end if;
  if v_watched then
    watched := (
      select jsonb_build_object('access', x.id, 'staff', x.staff_email, 'ends_at', x.ends_at)
      from support_accesses x
      where x.tenant_id = v_tenant and x.ended_at is null and x.ends_at > now()
      order by x.ends_at desc
      limit 1);
  end if;
  return next;
end
$$;

select settle_definer_functions();

grant execute on function sessions_load(bytea[]) to tenantry_app;
