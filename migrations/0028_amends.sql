-- A rate leaves nothing behind: of one that was never used, null is nothing used, which least() alone would pass over.
create or replace function percent_of(used numeric, quota numeric) returns int
language sql immutable parallel safe
as $$
  select case
    when quota is null or used is null then 0
    when quota = 0 then case when used > 0 then 100 else 0 end
    else least(floor(used * 100 / quota), 100000)::int
  end
$$;

-- What an archive says of an invite.
grant execute on function invite_backed(invites) to tenantry_platform;

comment on table invoices is 'No login has the right to change or remove a row: what was wrong is put right on the next one. Rows go with their whole tenant, by a purge.';
