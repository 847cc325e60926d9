-- What is used of a meter ($2) of a tenant ($1), and what may be.
select
  m.label, m.unit, m.period, q.quota, coalesce(q.used, 0) as "used!", q.held as "held!", q.at_limit as "at_limit!",
  case when q.meter = 'members' then (select count(*) from members b where b.tenant_id = $1) end as people
from quotas q
join meters m on m.key = q.meter
where q.tenant_id = $1
  and q.meter = $2
