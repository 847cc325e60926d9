-- The queue with its states, mail that waits in it, and links that are mailed to a person's own address.

-- ---------------------------------------------------------------------------------------------------------------------
-- The queue is the platform's: some jobs belong to no tenant, and no tenant's login may see any.

drop policy tenant on jobs;
drop policy platform on jobs;
drop policy definer on jobs;
alter table jobs no force row level security;
alter table jobs disable row level security;

drop index jobs_due;
alter table jobs drop constraint jobs_pkey, drop constraint jobs_tenant;
alter table jobs alter column tenant_id drop not null;
alter table jobs rename column done_at to ended_at;
alter table jobs
  drop column leased_until,
  add column state text not null default 'queued',
  add column lease uuid,
  add constraint jobs_pkey primary key (id),
  -- What is to be done for a tenant ends with it.
  add constraint jobs_tenant foreign key (tenant_id) references tenants (id) on delete cascade;
update jobs set state = 'done' where ended_at is not null;
alter table jobs
  add constraint jobs_state check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
  add constraint jobs_lease check ((state = 'running') = (lease is not null)),
  add constraint jobs_ended check ((state in ('done', 'failed', 'cancelled')) = (ended_at is not null));

comment on column jobs.run_at is 'When it is due. While it runs: when its lease ends, and it is due again.';
comment on column jobs.lease is 'Whose turn it is: what a worker does counts only while this is still the one that it was given.';
comment on column jobs.attempts is 'How often it was begun.';

create index jobs_due on jobs (run_at, kind) where state in ('queued', 'running');
create index jobs_by_state on jobs (state, id desc);
create index jobs_by_kind on jobs (kind, id desc);
create index jobs_by_tenant on jobs (tenant_id) where tenant_id is not null;
create index jobs_by_end on jobs (ended_at) where ended_at is not null;

-- ---------------------------------------------------------------------------------------------------------------------
-- Mail: the outbox. Each row is the letter of one job of the kind `mail`, and has its id. No one-time link is kept here: see store/mail.rs.

create table mails (
  id uuid not null,
  recipient text not null,
  kind text not null,
  subject text not null,
  letter jsonb not null,
  outcome text,
  outcome_at timestamptz,
  reply text,
  constraint mails_pkey primary key (id),
  constraint mails_job foreign key (id) references jobs (id) on delete cascade,
  constraint mails_recipient_length check (length(recipient) between 3 and 254),
  constraint mails_subject_line check (subject !~ '[[:cntrl:]]' and length(subject) between 1 and 200),
  constraint mails_outcome check (outcome in ('sent', 'kept', 'bounced')),
  constraint mails_outcome_when check ((outcome is null) = (outcome_at is null))
);

create index mails_by_outcome on mails (outcome, id desc);

comment on column mails.outcome is 'sent: a mail server took it. kept: none is configured, it is to be read in the console. bounced: refused for good.';
comment on column mails.reply is 'What the mail server said last.';

-- Queues one mail, for whoever writes in this transaction. A tenant's login posts for its own tenant, or for none.
create function mail_post(p_tenant uuid, p_recipient text, p_kind text, p_subject text, p_letter jsonb) returns uuid
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_id uuid;
begin
  if app_tenant() is distinct from p_tenant and (app_tenant() is not null or not pg_has_role(session_user, 'tenantry_platform', 'member')) then
    raise exception 'a mail of another tenant' using errcode = 'insufficient_privilege';
  end if;
  insert into jobs (tenant_id, kind, payload, run_at) values (p_tenant, 'mail', '{}', now()) returning id into v_id;
  insert into mails (id, recipient, kind, subject, letter) values (v_id, p_recipient, p_kind, p_subject, p_letter);
  return v_id;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Links to a person's own address: a new password, a new address. The tokens derive from the secret key and the row's id; their hash is kept.

create table account_links (
  id uuid not null,
  user_id uuid not null,
  kind text not null,
  email text not null,
  token_hash bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  constraint account_links_pkey primary key (id),
  constraint account_links_user foreign key (user_id) references users (id) on delete cascade,
  constraint account_links_kind check (kind in ('password', 'email')),
  constraint account_links_token unique (token_hash),
  constraint account_links_email_format check (email = lower(email) and email ~ '^[^@\s]+@[^@\s]+$' and length(email) <= 254)
);

create index account_links_by_user on account_links (user_id, kind, created_at desc);
create index account_links_by_expiry on account_links (expires_at);

comment on column account_links.email is 'Where it was sent: for a new password the account''s address of that time, else the address to be.';

create function account_link_find(p_hash bytea, p_kind text)
returns table (user_id uuid, name text, account text, email text, state text)
language sql stable security definer set search_path = public, pg_temp
as $$
  select
    u.id, u.name, u.email, l.email,
    case
      when l.used_at is not null then 'used'
      when l.expires_at <= now() then 'expired'
      else 'open'
    end
  from account_links l
  join users u on u.id = l.user_id and u.disabled_at is null
  where l.token_hash = p_hash
    and l.kind = p_kind
$$;

-- Sets the password, once, and ends every session and every other open link of the account. A link that was sent to an address that the
-- account has no more does not work.
create function reset_use(p_hash bytea, p_password_hash text, p_origin text)
returns table (user_id uuid, email text, name text)
language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
  v_user users;
begin
  update account_links l
  set used_at = now()
  from users u
  where l.token_hash = p_hash
    and l.kind = 'password'
    and l.used_at is null
    and l.expires_at > now()
    and u.id = l.user_id
    and u.email = l.email
    and u.disabled_at is null
  returning u.* into v_user;
  if not found then
    return;
  end if;
  update users set password_hash = p_password_hash where id = v_user.id;
  delete from sessions s where s.user_id = v_user.id;
  delete from account_links l where l.user_id = v_user.id and l.used_at is null;
  -- Whoever was appointed to the staff has proved now that the address is theirs, and knows the only password.
  update platform_admins a set accepted_at = now() where a.user_id = v_user.id and a.accepted_at is null;
  perform platform_audit_append('user', v_user.id, v_user.email, 'user.password_reset', v_user.email, null, null, p_origin);
  return query select v_user.id, v_user.email, v_user.name;
end
$$;

-- A link to a new address. An older one that is open ends. Answers `taken` for an address that has an account; that is told to its owner only.
create function email_change_ask(p_user uuid, p_id uuid, p_hash bytea, p_email text, p_origin text)
returns table (taken boolean, expires_at timestamptz)
language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
  v_user users;
  v_expires timestamptz := now() + interval '1 hour';
begin
  select * into v_user from users u where u.id = p_user and u.disabled_at is null for update;
  if not found then
    return;
  end if;
  delete from account_links l where l.user_id = p_user and l.kind = 'email' and l.used_at is null;
  perform platform_audit_append(
    'user', p_user, v_user.email, 'user.email_change_asked', v_user.email, null, jsonb_build_object('email', p_email)::text, p_origin);
  if exists (select from users u where u.email = p_email) then
    return query select true, v_expires;
    return;
  end if;
  insert into account_links (id, user_id, kind, email, token_hash, expires_at) values (p_id, p_user, 'email', p_email, p_hash, v_expires);
  return query select false, v_expires;
end
$$;

-- Moves the account to its new address, once; open links to the old one end. Tenants that name the old address as their owner's follow.
create function email_change_use(p_hash bytea, p_user uuid, p_origin text)
returns table (old_email text, new_email text, name text)
language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
  v_user users;
  v_email text;
  v_tenant record;
begin
  select * into v_user from users u where u.id = p_user and u.disabled_at is null for update;
  if not found then
    return;
  end if;
  update account_links l
  set used_at = now()
  where l.token_hash = p_hash
    and l.kind = 'email'
    and l.user_id = p_user
    and l.used_at is null
    and l.expires_at > now()
  returning l.email into v_email;
  if not found then
    return;
  end if;
  update users set email = v_email where id = p_user;
  delete from account_links l where l.user_id = p_user and l.used_at is null;
  perform platform_audit_append(
    'user', p_user, v_user.email, 'user.email_changed', v_email,
    jsonb_build_object('email', v_user.email)::text, jsonb_build_object('email', v_email)::text, p_origin);
  for v_tenant in
    update tenants t
    set owner_email = v_email
    where t.owner_email = v_user.email
      and t.owner_email <> v_email
      and exists (select from members m where m.tenant_id = t.id and m.user_id = p_user and m.role = 'owner')
    returning t.id, t.slug
  loop
    perform audit_by_system(
      v_tenant.id, 'tenant.updated', v_tenant.slug, jsonb_build_object('owner_email', v_user.email),
      jsonb_build_object('owner_email', v_email), 'account');
  end loop;
  return query select v_user.email, v_email, v_user.name;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Jobs that ended, with their mail, are kept for 30 days; links that ran out for a week.

create function sweep_jobs(p_most int) returns int
language sql security definer set search_path = public, pg_temp
as $$
  with old as (
    select id from jobs where ended_at < now() - interval '30 days' order by ended_at limit p_most for update skip locked
  ), gone as (
    delete from jobs j using old where j.id = old.id returning 1
  ), links as (
    delete from account_links where id in (
      select id from account_links where expires_at < now() - interval '7 days' order by expires_at limit p_most for update skip locked)
    returning 1
  )
  select (select count(*) from gone)::int + (select count(*) from links)::int
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Ownership and grants

select settle_definer_functions();

grant update (state, lease, ended_at) on jobs to tenantry_platform;
grant select on mails to tenantry_platform;
grant update (outcome, outcome_at, reply) on mails to tenantry_platform;
grant select (user_id, kind, created_at, used_at), insert on account_links to tenantry_platform;

grant select, update, delete on jobs to tenantry_definer;
grant insert on mails to tenantry_definer;
grant select, insert, update, delete on account_links to tenantry_definer;
grant update (email) on users to tenantry_definer;
grant update (owner_email) on tenants to tenantry_definer;

grant execute on function mail_post(uuid, text, text, text, jsonb) to tenantry_app, tenantry_platform;
grant execute on function
  account_link_find(bytea, text), reset_use(bytea, text, text),
  email_change_ask(uuid, uuid, bytea, text, text), email_change_use(bytea, uuid, text)
to tenantry_app;
grant execute on function sweep_jobs(int) to tenantry_platform;
