-- The names of a tenant ($1): the primary one first, then those that answer.
select name, token, state, is_primary, points, added_by, added_at, verified_at, missing_since, checked_at, next_check_at, report
from domains
where tenant_id = $1
  and state <> 'removed'
order by not is_primary, state <> 'verified', name
