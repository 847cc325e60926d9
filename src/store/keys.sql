-- Keys of a tenant ($1): those that work first, then the newest.
select id, name, prefix, scopes, created_by, created_at, expires_at, revoked_at, last_used_at, calls_a_minute
from api_keys
where tenant_id = $1
order by (revoked_at is null and (expires_at is null or expires_at > now())) desc, created_at desc, id desc
limit 200
