-- A month of a tenant ($1), from $2 to before $3, in one row: what held from which day on, what was used beyond the quotas, and what the plan
-- versions of these days, and those in $4, cost beyond theirs. Money is text in it, which keeps it exact.
with spans as (
  select
    greatest(d.day, $2) as "from", d.plan_version_id as version, p.name as plan, d.price_usd, d.pays,
    case when d.day >= $2 then d.overage else '{}' end as overage
  from billing_days d
  join plan_versions v on v.id = d.plan_version_id
  join plans p on p.id = v.plan_id
  where d.tenant_id = $1
    and d.day < $3
    and d.day >= coalesce((select max(b.day) from billing_days b where b.tenant_id = $1 and b.day <= $2), '-infinity')
)
select
  coalesce((
    select json_agg(
      json_build_object(
        'from', s."from", 'version', s.version, 'plan', s.plan, 'price', s.price_usd::text, 'pays', s.pays, 'overage', s.overage)
      order by s."from")
    from spans s), '[]') as "spans!: Json<Vec<SpanRow>>",
  coalesce((
    select json_object_agg(u.meter, u.units)
    from (
      select meter, sum(overage)::bigint as units
      from usage_counters
      where tenant_id = $1
        and period_start >= $2
        and period_start < $3
        and overage > 0
      group by meter
    ) u), '{}') as "overage!: Json<BTreeMap<String, i64>>",
  coalesce((
    select json_agg(json_build_object(
      'version', e.plan_version_id, 'meter', m.key, 'label', m.label, 'unit', m.unit, 'usd', e.overage_price_usd::text, 'per', e.overage_per))
    from plan_entitlements e
    join meters m on m.key = e.meter
    where e.overage_price_usd is not null
      and (e.plan_version_id = any ($4) or e.plan_version_id in (select s.version from spans s))), '[]') as "prices!: Json<Vec<PriceRow>>"
