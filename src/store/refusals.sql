-- Calls of a tenant ($1) that were refused in the last seven days, the newest $2.
select coalesce(m.label, r.meter) as "label!", coalesce(m.unit, 'count') as "unit!", r.at, r.times, r.used, r.quota, r.source, r.key_prefix
from refusals r
left join meters m on m.key = r.meter
where r.tenant_id = $1
  and r.at > now() - interval '7 days'
order by r.at desc, r.meter, r.key_prefix
limit $2
