-- With what every transaction of a member begins: their place in the transaction's tenant, and the tenant as they may know it. Asked with
-- the policies of whoever asks. In plpgsql, which keeps the plan: so it can stand in the message that begins the transaction, which takes
-- no parameters and would be planned anew at every click.
create function member_head(p_user uuid)
returns table (
  slug text, name text, accent text, status text, status_since timestamptz, status_reason text, role text, now timestamptz, unseen boolean,
  lacks_second_factor boolean, look jsonb, css_version int, watched jsonb)
language plpgsql stable
as $$
#variable_conflict use_column
begin
  return query select
    t.slug, t.name, t.accent, t.status, t.status_since, suspension_reason(t.status_reason, t.unpaid_reason), m.role, now(),
    coalesce(m.last_active_at < now() - interval '1 hour', true),
    t.require_second_factor and second_factor_since(m.user_id) is null,
    b.look, case when b.css is not null then b.version end,
    (
      select jsonb_build_object('access', x.id, 'staff', x.staff_email, 'ends_at', x.ends_at)
      from support_accesses x
      where x.tenant_id = t.id and x.ended_at is null and x.ends_at > now()
      order by x.ends_at desc
      limit 1)
  from members m
  join tenants t on t.id = m.tenant_id
  left join shown_brandings b on b.tenant_id = t.id
  where m.user_id = p_user;
end
$$;

revoke execute on function member_head(uuid) from public;
grant execute on function member_head(uuid) to tenantry_app;
