-- All that a tenant ($1) may know of plans, in one row: what it pays and uses, what is sold, which change waits. Money is text in it, which
-- keeps it exact.
select
  coalesce(t.contract_price_usd, v.price_usd) as "price!", t.contract_price_usd is not null as "contract!",
  case when t.status = 'trial' then t.trial_ends_at end as trial_ends_at, t.billing_email, h.version, today() as "today!",
  q.asked_at as "asked_at?", q.plan as "asked_plan?",
  (
    select json_build_object(
      'id', c.id, 'plan', p.name, 'price', w.price_usd::text, 'effective_at', c.effective_at,
      'requested_by', coalesce(u.name, c.requested_by), 'choices', c.choices, 'version', w.id)
    from plan_changes c
    join plan_versions w on w.id = c.to_version_id
    join plans p on p.id = w.plan_id
    left join users u on u.email = c.requested_by
    where c.tenant_id = t.id
      and c.state = 'scheduled'
  ) as "scheduled?: Json<Scheduled>",
  (
    select json_agg(
      json_build_object(
        'key', p.key, 'name', p.name, 'price', w.price_usd::text, 'position', p.position, 'self_service', p.self_service,
        'current', p.id = v.plan_id, 'version', w.id,
        'features', array(
          select f.label
          from plan_features g
          join features f on f.key = g.feature
          where g.plan_version_id = w.id
          order by f.position),
        'quotas', coalesce((
          select json_agg(json_build_array(e.meter, e.quota))
          from plan_entitlements e
          where e.plan_version_id = w.id), '[]'))
      order by w.price_usd, p.position, p.key)
    from plans p
    join lateral (
      select x.id, x.price_usd
      from plan_versions x
      where x.plan_id = p.id
        and case when p.id = v.plan_id then x.id = v.id else x.published_at <= now() end
      order by x.version desc
      limit 1
    ) w on true
    where p.archived_at is null or p.id = v.plan_id
  ) as "offers!: Json<Vec<Offer>>",
  (
    select json_agg(
      json_build_object(
        'meter', m.key, 'label', m.label, 'unit', m.unit, 'kind', m.kind, 'period', m.period, 'used', s.used,
        'overridden', s.overridden, 'granted', s.granted, 'own', o.quota)
      order by m.position, m.key)
    from quotas s
    join meters m on m.key = s.meter
    left join entitlement_overrides o on o.tenant_id = s.tenant_id and o.meter = s.meter and s.overridden
    where s.tenant_id = $1
  ) as "own!: Json<Vec<OwnRow>>"
from tenants t
join plan_versions v on v.id = t.plan_version_id
join billing_heads h on h.tenant_id = t.id
left join sales_requests q on q.tenant_id = t.id and q.answered_at is null
where t.id = $1
