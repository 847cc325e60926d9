-- Custom domains: names that tenants bring, proved by a TXT record; each is a way into its tenant's portal.

create table domains (
  tenant_id uuid not null,
  name text not null,
  token text not null,
  state text not null default 'pending',
  is_primary boolean not null default false,
  points boolean not null default false,
  added_by text not null,
  added_at timestamptz not null default now(),
  verified_at timestamptz,
  missing_since timestamptz,
  told text,
  checked_at timestamptz,
  next_check_at timestamptz,
  checks int not null default 0,
  report jsonb,
  constraint domains_pkey primary key (tenant_id, name),
  constraint domains_tenant foreign key (tenant_id) references tenants (id),
  constraint domains_name_format check (name ~ '^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$' and length(name) <= 233),
  constraint domains_state check (state in ('pending', 'verified', 'lost', 'removed')),
  constraint domains_missing check (case state when 'lost' then missing_since is not null when 'verified' then true else missing_since is null end),
  constraint domains_told check (told in ('missing', 'lost')),
  constraint domains_checks check (checks >= 0)
);

-- A name belongs to who has proved it, and while its proof is missing for 30 days more. Who has proved nothing blocks nobody.
create unique index domains_held on domains (name) where state in ('verified', 'lost');
create unique index domains_one_primary on domains (tenant_id) where is_primary;
create index domains_due on domains (next_check_at) where next_check_at is not null;

comment on column domains.name is 'Lower-case ASCII: an internationalized name stands here with its A-labels.';
comment on column domains.token is 'What the TXT record has to say: 256 random bits, made once. It stays when the name is removed and added again.';
comment on column domains.state is 'pending: not proved. verified: answers. lost: proved once, the record is missing for 48 hours; answers no more, and is kept for its tenant. removed: only the token is kept.';
comment on column domains.points is 'Whether the last check saw the name lead here: others redirect to a primary domain that does.';
comment on column domains.missing_since is 'Since when the record of a name that was proved is not there.';
comment on column domains.told is 'What its people were told last by mail.';
comment on column domains.checks is 'Checks in a row that did not find the record.';
comment on column domains.report is 'What DNS answered to the last check.';

create function domains_in_plan(p_tenant uuid) returns boolean
language sql stable
as $$
  select exists (
    select from tenants t
    join plan_features f on f.plan_version_id = t.plan_version_id and f.feature = 'custom-domains'
    where t.id = p_tenant)
$$;

-- The names that are answered now, and of whom. `leads`: links in mail begin with it, and others redirect to it.
create view routed_domains with (security_invoker = true) as
select d.tenant_id, d.name, t.slug, d.is_primary and d.points as leads
from domains d
join tenants t on t.id = d.tenant_id and t.status <> 'deleted'
join plan_features f on f.plan_version_id = t.plan_version_id and f.feature = 'custom-domains'
where d.state = 'verified';

-- Whether another tenant has proved this name, or had until it was removed for good less than 30 days after it was deleted. The one thing that
-- tenants learn of each other here: whose it is they do not.
create function domain_taken(p_name text) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp
as $$
begin
  return exists (
    select from domains
    where name = p_name
      and state in ('verified', 'lost')
      and tenant_id is distinct from app_tenant())
    or exists (select from domain_holds where name = p_name and held_until > now());
end
$$;

-- Servers keep in memory which names they answer for; this tells them to look again.
create function note_route() returns trigger
language plpgsql
as $$
begin
  perform pg_notify('domain_routes', '');
  return null;
end
$$;

create function note_tenant_routes() returns trigger
language plpgsql
as $$
begin
  if exists (select from domains where tenant_id = new.id and state = 'verified') then
    perform pg_notify('domain_routes', '');
  end if;
  return null;
end
$$;

create trigger domains_route after update on domains for each row
  when ((old.state, old.is_primary, old.points) is distinct from (new.state, new.is_primary, new.points))
  execute function note_route();
create trigger domains_gone after delete on domains for each row execute function note_route();
create trigger tenants_route after update of slug, status, plan_version_id on tenants for each row
  when ((old.slug, old.status, old.plan_version_id) is distinct from (new.slug, new.status, new.plan_version_id))
  execute function note_tenant_routes();

-- ---------------------------------------------------------------------------------------------------------------------
-- Policies, ownership, grants

select protect_tenant_rows('domains');

grant select on domains to tenantry_app, tenantry_platform, tenantry_definer;
grant select on routed_domains to tenantry_platform;
grant insert on domains to tenantry_app, tenantry_platform;
grant update (state, is_primary, points, added_by, added_at, verified_at, missing_since, told, checked_at, next_check_at, checks, report)
  on domains to tenantry_app, tenantry_platform;

select settle_definer_functions();
revoke all on function domains_in_plan(uuid), note_route(), note_tenant_routes() from public;
grant execute on function domain_taken(text), domains_in_plan(uuid) to tenantry_app, tenantry_platform;
