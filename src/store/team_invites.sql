select
  i.id, i.email, i.name, i.role, i.invited_by, i.expires_at, i.expires_at <= now() as "expired!",
  i.inviter_kind = 'member' and not exists (
    select
    from members m
    where m.tenant_id = i.tenant_id
      and m.user_id = i.inviter_id
      and (m.role = 'owner' or (m.role = 'admin' and i.role <> 'owner'))) as "lapsed!"
from invites i
where i.tenant_id = $5
  and i.accepted_at is null
  and i.revoked_at is null
  and strpos(lower(coalesce(i.name, '') || ' ' || i.email), $1) > 0
  and ($2::text is null or i.role = $2)
  and ($3::uuid is null or i.id < $3)
order by i.id desc
limit $4
