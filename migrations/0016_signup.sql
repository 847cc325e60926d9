-- Sign-up: what somebody wants to have, until a link to their address proves that it is theirs; and what a new tenant has still to set up.

-- ---------------------------------------------------------------------------------------------------------------------
-- Sign-ups that wait for their link. The id of the form is made with its first step: however often it is sent, it is one row an address.

create table signups (
  id uuid not null default uuid_v7(),
  form uuid not null,
  company text not null,
  slug text not null,
  plan text not null,
  person text not null,
  email text not null,
  link uuid not null,
  token_hash bytea not null,
  created_at timestamptz not null default now(),
  mailed_at timestamptz,
  expires_at timestamptz not null,
  used_at timestamptz,
  tenant_id uuid,
  constraint signups_pkey primary key (id),
  constraint signups_form unique (form, email),
  constraint signups_token unique (token_hash),
  constraint signups_tenant foreign key (tenant_id) references tenants (id) on delete cascade,
  constraint signups_used check ((used_at is null) = (tenant_id is null)),
  constraint signups_company_length check (length(company) between 1 and 120),
  constraint signups_person_length check (length(person) between 1 and 120),
  constraint signups_slug_length check (length(slug) between 1 and 40),
  constraint signups_plan_length check (length(plan) between 1 and 40),
  constraint signups_email_format check (email = lower(email) and email ~ '^[^@\s]+@[^@\s]+$' and length(email) <= 254)
);

create index signups_by_email on signups (email, mailed_at desc);
create index signups_by_expiry on signups (expires_at);
create index signups_by_tenant on signups (tenant_id) where tenant_id is not null;

comment on column signups.link is 'What the token derives from: another one when the link before has run out.';

-- ---------------------------------------------------------------------------------------------------------------------
-- What is left to set up. Only tenants that were signed up have a row; whether a step is done, the tenant's own rows say.

create table setups (
  tenant_id uuid not null,
  skipped text[] not null default '{}',
  dismissed_at timestamptz,
  constraint setups_pkey primary key (tenant_id),
  constraint setups_tenant foreign key (tenant_id) references tenants (id),
  constraint setups_steps check (skipped <@ array['agent', 'team', 'look'])
);

select protect_tenant_rows('setups');

-- ---------------------------------------------------------------------------------------------------------------------
-- A tenant comes to be here, whoever makes it: staff, or somebody who signed up. A trial brings the job that ends it.

create function make_tenant(
  p_slug text, p_name text, p_version uuid, p_trial_days int, p_budget numeric, p_billing_email text, p_owner_email text) returns uuid
language plpgsql
as $$
declare
  v_tenant tenants;
begin
  insert into tenants (slug, name, status, plan_version_id, monthly_budget_usd, billing_email, owner_email, trial_ends_at)
  values (
    p_slug, p_name, case when p_trial_days > 0 then 'trial' else 'active' end, p_version, p_budget, p_billing_email, p_owner_email,
    case when p_trial_days > 0 then now() + make_interval(days => p_trial_days) end)
  returning * into v_tenant;
  if v_tenant.trial_ends_at is not null then
    insert into jobs (tenant_id, kind, payload, run_at) values (v_tenant.id, 'end_trial', '{}', v_tenant.trial_ends_at);
  end if;
  return v_tenant.id;
end
$$;

-- The version of a plan that people may choose themselves, as it is sold now.
create function sold_version(p_plan text) returns plan_versions
language sql stable
as $$
  select v.*
  from plans p
  join plan_versions v on v.plan_id = p.id and v.published_at <= now()
  where p.key = p_plan
    and p.self_service
    and p.archived_at is null
  order by v.version desc
  limit 1
$$;

-- Whether anybody has a slug already: all that the public may know of it.
create function slug_free(p_slug text) returns boolean
language sql stable security definer set search_path = public, pg_temp
as $$ select not exists (select from tenants where slug = p_slug) $$;

-- Keeps a sign-up. Answers `mail` when a mail with its link is to go out, `wait` when one went to this address within two minutes, `used` when
-- its tenant is there. Another address of the same form ends the link to the one before, which proves that one only.
create function sign_up_ask(
  p_form uuid, p_company text, p_slug text, p_plan text, p_person text, p_email text, p_link uuid, p_hash bytea)
returns table (outcome text, link uuid, expires_at timestamptz, wait_seconds int)
language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
  v_row signups;
  v_wait int;
begin
  -- One at a time: a form has one link, and an address gets one mail in two minutes, from however many forms.
  perform pg_advisory_xact_lock(hashtextextended('sign-up form ' || p_form, 0));
  perform pg_advisory_xact_lock(hashtextextended('sign-up address ' || p_email, 0));
  if exists (select from signups s where s.form = p_form and s.used_at is not null) then
    return query select 'used', null::uuid, null::timestamptz, 0;
    return;
  end if;
  update signups s set expires_at = now() where s.form = p_form and s.email <> p_email and s.expires_at > now();
  insert into signups as s (form, company, slug, plan, person, email, link, token_hash, expires_at)
  values (p_form, p_company, p_slug, p_plan, p_person, p_email, p_link, p_hash, now() + interval '24 hours')
  on conflict on constraint signups_form do update
  set company = excluded.company, slug = excluded.slug, plan = excluded.plan, person = excluded.person,
      link = case when s.expires_at > now() then s.link else excluded.link end,
      token_hash = case when s.expires_at > now() then s.token_hash else excluded.token_hash end,
      expires_at = case when s.expires_at > now() then s.expires_at else excluded.expires_at end
  returning * into v_row;
  select ceil(extract(epoch from max(s.mailed_at) + interval '2 minutes' - now()))::int into v_wait from signups s where s.email = p_email;
  if v_wait > 0 then
    return query select 'wait', v_row.link, v_row.expires_at, v_wait;
    return;
  end if;
  return query
    update signups s
    set mailed_at = now(), expires_at = now() + interval '24 hours'
    where s.id = v_row.id
    returning 'mail', s.link, s.expires_at, 0;
end
$$;

-- How it stands, for the browser that filled in the form and asked for a link to this address.
create function sign_up_state(p_form uuid, p_email text) returns table (state text, wait_seconds int)
language sql stable security definer set search_path = public, pg_temp
as $$
  select
    case when s.used_at is not null then 'used' when s.expires_at <= now() then 'expired' else 'open' end,
    greatest(0, ceil(extract(epoch from
      (select max(o.mailed_at) from signups o where o.email = p_email) + interval '2 minutes' - now()))::int)
  from signups s
  where s.form = p_form
    and (s.email = p_email or s.used_at is not null)
  order by s.used_at is null
  limit 1
$$;

create function sign_up_find(p_hash bytea)
returns table (
  company text, slug text, plan text, plan_name text, price_usd numeric, person text, email text, state text, tenant_slug text, slug_free boolean,
  has_account boolean)
language sql stable security definer set search_path = public, pg_temp
as $$
  select
    s.company, s.slug, s.plan, p.name, (sold_version(s.plan)).price_usd, s.person, s.email,
    case when s.used_at is not null then 'used' when s.expires_at <= now() then 'expired' else 'open' end,
    t.slug,
    not exists (select from tenants o where o.slug = s.slug),
    exists (select from users u where u.email = s.email and u.password_hash is not null)
  from signups s
  left join plans p on p.key = s.plan
  left join tenants t on t.id = s.tenant_id
  where s.token_hash = p_hash
$$;

-- Makes the tenant of a sign-up, once, with its owner: somebody new with a password hash, or the account of the address, which must be signed in
-- (p_user). Returns no row when the link is not open; TN001 when it is not this person's, TN004 when the plan is not sold (any more). From here on
-- the transaction is inside the new tenant.
create function sign_up_complete(
  p_hash bytea, p_user uuid, p_password_hash text, p_slug text, p_plan text, p_trial_days int)
returns table (
  tenant_id uuid, company text, plan text, user_id uuid, person text, email text, trial_ends_at timestamptz)
language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
  v_signup signups;
  v_version plan_versions;
  v_user users;
  v_tenant uuid;
begin
  select * into v_signup from signups s where s.token_hash = p_hash and s.used_at is null and s.expires_at > clock_timestamp() for update;
  if not found then
    return;
  end if;
  select * into v_version from sold_version(p_plan) v where v.id is not null;
  if not found then
    raise exception 'a plan that is not sold' using errcode = 'TN004';
  end if;
  select u.* into v_user from users u where u.email = v_signup.email for update;
  if found and v_user.password_hash is not null then
    if p_user is distinct from v_user.id or v_user.disabled_at is not null then
      raise exception 'sign-up of another account' using errcode = 'TN001';
    end if;
  elsif p_password_hash is null or v_user.disabled_at is not null then
    raise exception 'sign-up of another account' using errcode = 'TN001';
  elsif found then
    update users u set password_hash = p_password_hash where u.id = v_user.id;
  else
    insert into users (email, name, password_hash) values (v_signup.email, v_signup.person, p_password_hash) returning * into v_user;
  end if;
  v_tenant := make_tenant(
    p_slug, v_signup.company, v_version.id, case when v_version.price_usd > 0 then p_trial_days else 0 end, null, v_signup.email,
    v_signup.email);
  insert into members (tenant_id, user_id, role) values (v_tenant, v_user.id, 'owner');
  insert into setups (tenant_id) values (v_tenant);
  update signups s set used_at = now(), tenant_id = v_tenant where s.id = v_signup.id;
  perform set_config('app.tenant_id', v_tenant::text, true);
  return query
    select v_tenant, v_signup.company, p_plan, v_user.id, v_user.name, v_user.email, t.trial_ends_at from tenants t where t.id = v_tenant;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Ownership and grants

select settle_definer_functions();

grant select, delete on signups to tenantry_platform;
grant select, insert, update on signups to tenantry_definer;
grant select on setups to tenantry_app, tenantry_platform, tenantry_definer;
grant update (skipped, dismissed_at) on setups to tenantry_app;
grant insert on setups, tenants to tenantry_definer;

revoke all on function make_tenant(text, text, uuid, int, numeric, text, text), sold_version(text) from public;
grant execute on function make_tenant(text, text, uuid, int, numeric, text, text) to tenantry_platform, tenantry_definer;
grant execute on function sold_version(text) to tenantry_definer;
grant execute on function
  slug_free(text), sign_up_ask(uuid, text, text, text, text, text, uuid, bytea), sign_up_state(uuid, text), sign_up_find(bytea),
  sign_up_complete(bytea, uuid, text, text, text, int)
to tenantry_app;
