-- The figures of one tenant's dashboard. $1 is the tenant of this transaction: policies limit every table to it.
select
  p.name as plan, coalesce(t.contract_price_usd, v.price_usd) as "price!", t.trial_ends_at, t.monthly_budget_usd,
  m.members as "members!", m.admins as "admins!",
  (select count(*) from invites where accepted_at is null and revoked_at is null and expires_at > now()) as "open_invites!",
  u.cost as "cost!", u.messages as "messages!", u.messages_before as "messages_before!", today() as "today!"
from tenants t
join plan_versions v on v.id = t.plan_version_id
join plans p on p.id = v.plan_id
cross join (
  select count(*) as members, count(*) filter (where role in ('owner', 'admin')) as admins
  from members
) m
-- Meter by meter, as the key goes: it reads the days that count, and not the whole history.
cross join lateral (
  select
    coalesce(sum(d.cost_usd) filter (where d.day >= this_month()), 0) as cost,
    coalesce(sum(d.amount) filter (where d.meter = 'messages' and d.day > today() - 30), 0)::bigint as messages,
    coalesce(sum(d.amount) filter (where d.meter = 'messages' and d.day <= today() - 30), 0)::bigint as messages_before
  from meters
  join usage_days d on d.tenant_id = t.id
    and d.meter = meters.key
    and d.day > case meters.key when 'messages' then today() - 60 else this_month() - 1 end
) u
where t.id = $1
