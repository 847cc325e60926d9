-- The figures of one tenant's dashboard. $1 is the tenant of this transaction: policies limit every table to it.
select
  p.name as plan, coalesce(t.contract_price_usd, v.price_usd) as "price!", t.trial_ends_at,
  m.members as "members!", m.admins as "admins!",
  (select count(*) from invites where accepted_at is null and revoked_at is null and expires_at > now()) as "open_invites!",
  u.messages as "messages!", u.messages_before as "messages_before!", today() as "today!", s.open_steps
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
-- What is left to set up, of a tenant that was signed up: as store/setup.rs has it.
left join lateral (
  select
    (not ('agent' = any (x.skipped) or exists (select from agents)))::int
    + (not ('team' = any (x.skipped) or m.members > 1 or exists (select from invites)))::int
    + (not ('look' = any (x.skipped) or exists (select from brandings where version is not null)))::int as open_steps
  from setups x
  where x.tenant_id = t.id
    and x.dismissed_at is null
) s on true
where t.id = $1
