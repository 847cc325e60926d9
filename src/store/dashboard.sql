-- The figures of one tenant's dashboard. $1 is the tenant of this transaction: policies limit every table to it.
select
  p.name as plan, coalesce(t.contract_price_usd, v.price_usd) as "price!", t.trial_ends_at,
  m.members as "members!", m.admins as "admins!",
  (select count(*) from invites where accepted_at is null and revoked_at is null and expires_at > now()) as "open_invites!",
  u.messages as "messages!", u.messages_before as "messages_before!", today() as "today!"
from tenants t
join plan_versions v on v.id = t.plan_version_id
join plans p on p.id = v.plan_id
cross join (
  select count(*) as members, count(*) filter (where role in ('owner', 'admin')) as admins
  from members
) m
cross join lateral (
  select
    coalesce(sum(d.amount) filter (where d.day > today() - 30), 0)::bigint as messages,
    coalesce(sum(d.amount) filter (where d.day <= today() - 30), 0)::bigint as messages_before
  from usage_days d
  where d.tenant_id = t.id
    and d.meter = 'messages'
    and d.day > today() - 60
) u
where t.id = $1
