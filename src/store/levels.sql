-- How full everything is that fills up, of one tenant ($1), and the highest threshold that was noticed.
select
  l.meter as "meter!", l.label as "label!", l.unit as "unit!", l.kind = 'metered' as "metered!", l.period = 'day' as daily,
  l.used as "used!", l.quota, today() as "today!",
  (select max(n.percent) from notices n where n.tenant_id = $1 and n.meter = l.meter and n.period = l.period_start) as noticed
from meter_levels l
where l.tenant_id = $1
order by l.position
