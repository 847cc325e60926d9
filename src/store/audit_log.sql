-- Events of a tenant ($1) before the one with number $2, from $3 until $4, with the action $5; $6 stands in their actor, $7 in their target.
select e.seq, e.at, e.actor_kind, e.actor, u.name as "name?", e.action, e.target, e.before, e.after, e.origin
from audit_events e
left join users u on u.id = e.actor_id
where e.tenant_id = $1
  and ($2::bigint is null or e.seq < $2)
  and ($3::timestamptz is null or e.at >= $3)
  and ($4::timestamptz is null or e.at < $4)
  and ($5::text is null or e.action = $5)
  and ($6 = '' or strpos(lower(e.actor), $6) > 0 or strpos(lower(u.name), $6) > 0)
  and ($7 = '' or strpos(lower(e.target), $7) > 0)
order by e.seq desc
limit $8
