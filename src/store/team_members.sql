select u.id, u.name, u.email, m.role, m.joined_at, m.last_active_at, r.rank as "rank!", lower(u.name) as "sort_name!"
from members m
join users u on u.id = m.user_id
cross join lateral (select array_position(array['owner', 'admin', 'member', 'viewer'], m.role) as rank) r
where m.tenant_id = $7
  and strpos(lower(u.name || ' ' || u.email), $1) > 0
  and ($2::text is null or m.role = $2)
  and ($3::int is null or (r.rank, lower(u.name) collate "C", u.id) > ($3, $4, $5))
order by r.rank, lower(u.name) collate "C", u.id
limit $6
