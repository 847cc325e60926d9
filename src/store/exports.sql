-- The last archives of a tenant ($1) that owners asked for, or staff ($2).
select
  id, case when state = 'ready' and (expires_at <= now() or downloaded_at is not null and not for_staff) then 'gone' else state end as "state!",
  requested_by, requested_at, written, size_bytes, sha256, expires_at, downloaded_at, downloaded_by
from exports
where tenant_id = $1
  and for_staff = $2
order by id desc
limit 20
