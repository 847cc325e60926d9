-- How full everything is that fills up, of one tenant ($1), the highest threshold that was noticed, what was used on each of the $2 full
-- days before today, and, in each row, which days
-- of today and yesterday were unusual.
select
  l.meter as "meter!", l.label as "label!", l.unit as "unit!", l.kind = 'metered' as "metered!", l.period = 'day' as daily,
  l.used as "used!", l.quota, today() as "today!",
  (select max(n.percent) from notices n where n.tenant_id = $1 and n.meter = l.meter and n.period = l.period_start) as noticed,
  d.ago as "ago?", d.amounts as "amounts?", d.costs as "costs?: Vec<Decimal>",
  (
    select json_agg(json_build_object('meter', meter, 'day', day, 'amount', amount, 'mean', mean::text) order by day desc)
    from unusual_days
    where tenant_id = $1
      and day >= today() - 1
  ) as "unusual?: Json<Vec<UnusualRow>>"
from meter_levels l
left join lateral (
  select array_agg(today() - day) as ago, array_agg(amount) as amounts, array_agg(cost_usd) as costs
  from usage_days
  where tenant_id = $1
    and meter = l.meter
    and day between today() - $2::int and today() - 1
) d on true
where l.tenant_id = $1
order by l.position
