-- Staff look after one tenant: features of its own, its earlier slugs, what only staff note, suspension for non-payment, help for its people.

-- ---------------------------------------------------------------------------------------------------------------------
-- Features: the plan's, unless an override stands that has not run out. Whoever asks whether a tenant has a feature asks tenant_features.

create table feature_overrides (
  tenant_id uuid not null,
  feature text not null,
  enabled boolean not null,
  reason text not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  constraint feature_overrides_pkey primary key (tenant_id, feature),
  constraint feature_overrides_tenant foreign key (tenant_id) references tenants (id),
  constraint feature_overrides_feature foreign key (feature) references features (key)
);

create view tenant_features with (security_invoker = true) as
select
  t.id as tenant_id,
  f.key as feature,
  p.feature is not null as in_plan,
  coalesce(o.enabled, p.feature is not null) as enabled
from tenants t
cross join features f
left join plan_features p on p.plan_version_id = t.plan_version_id and p.feature = f.key
left join feature_overrides o on o.tenant_id = t.id and o.feature = f.key and (o.expires_at is null or o.expires_at > now());

create or replace view shown_brandings with (security_invoker = true) as
select b.tenant_id, b.version, v.look, v.css, v.mails
from brandings b
join branding_versions v on v.tenant_id = b.tenant_id and v.number = b.version
join tenant_features f on f.tenant_id = b.tenant_id and f.feature = 'custom-branding' and f.enabled;

create or replace function domains_in_plan(p_tenant uuid) returns boolean
language sql stable
as $$
  select exists (select from tenant_features where tenant_id = p_tenant and feature = 'custom-domains' and enabled)
$$;

create or replace view routed_domains with (security_invoker = true) as
select d.tenant_id, d.name, t.slug, d.is_primary and d.points as leads
from domains d
join tenants t on t.id = d.tenant_id and life_allows(t.status, 'domain')
join tenant_features f on f.tenant_id = d.tenant_id and f.feature = 'custom-domains' and f.enabled
where d.state = 'verified';

create trigger feature_overrides_route after insert or update or delete on feature_overrides for each row execute function note_route();

-- ---------------------------------------------------------------------------------------------------------------------
-- Slugs that a tenant had before: they lead its own people to the new one, and nobody else gets them.

create table tenant_slug_aliases (
  tenant_id uuid not null,
  slug text not null,
  until timestamptz not null default now(),
  constraint tenant_slug_aliases_pkey primary key (tenant_id, slug),
  constraint tenant_slug_aliases_tenant foreign key (tenant_id) references tenants (id) on delete cascade,
  constraint tenant_slug_aliases_slug unique (slug)
);

comment on column tenant_slug_aliases.until is 'When the tenant took another slug.';

-- Afterwards, when whoever takes a slug at the same moment has been waited for (tenants_slug): then their aliases are seen.
create function keep_slug() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  if exists (select from tenant_slug_aliases a where a.slug = new.slug and a.tenant_id <> new.id) then
    raise exception 'the slug is kept for another tenant' using errcode = 'unique_violation', constraint = 'tenants_slug';
  end if;
  if tg_op = 'UPDATE' then
    delete from tenant_slug_aliases where tenant_id = new.id and slug = new.slug;
    insert into tenant_slug_aliases (tenant_id, slug) values (new.id, old.slug);
  end if;
  return null;
end
$$;

create trigger tenants_slug_made after insert on tenants for each row execute function keep_slug();
create trigger tenants_slug_changed after update of slug on tenants for each row when (old.slug <> new.slug) execute function keep_slug();

create or replace function slug_free(p_slug text) returns boolean
language sql stable security definer set search_path = public, pg_temp
as $$
  select not exists (select from tenants where slug = p_slug) and not exists (select from tenant_slug_aliases where slug = p_slug)
$$;

-- The tenant that has this slug or had it: for staff, who may know of all.
create function tenant_by_slug(p_slug text) returns uuid
language sql stable
as $$
  select id from tenants where slug = p_slug
  union all
  select tenant_id from tenant_slug_aliases where slug = p_slug
  limit 1
$$;

-- Of the transaction's tenant; returns the slug that it had, or nothing when it keeps so many already.
create function tenant_slug_change(p_slug text, p_most int) returns text
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_before text;
begin
  select t.slug into v_before from tenants t where t.id = app_tenant() for update;
  if not found
    or (select count(*) from tenant_slug_aliases a where a.tenant_id = app_tenant() and a.slug <> p_slug) >= p_most and v_before <> p_slug
  then
    return null;
  end if;
  update tenants t set slug = p_slug where t.id = app_tenant();
  return v_before;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Facts. `facts_version` grows with each change of what the settings page shows: who saves what another has changed meanwhile is asked.

alter table tenants
  add column region text,
  add column facts_version bigint not null default 0,
  add constraint tenants_region check (region ~ '^[a-z]{2}$');

create function count_facts() returns trigger
language plpgsql
as $$
begin
  new.facts_version := old.facts_version + 1;
  return new;
end
$$;

create trigger tenants_facts before update of name, slug, billing_email, region on tenants for each row
  when ((old.name, old.slug, old.billing_email, old.region) is distinct from (new.name, new.slug, new.billing_email, new.region))
  execute function count_facts();

create table staff_facts (
  tenant_id uuid not null,
  tags text[] not null default '{}',
  notes text not null default '',
  constraint staff_facts_pkey primary key (tenant_id),
  constraint staff_facts_tenant foreign key (tenant_id) references tenants (id) on delete cascade,
  constraint staff_facts_tags check (cardinality(tags) <= 20),
  constraint staff_facts_notes check (length(notes) <= 1000)
);

comment on table staff_facts is 'What staff note about a tenant. Its people never see it: no login of theirs may read it, and no export holds it.';

-- ---------------------------------------------------------------------------------------------------------------------
-- Two causes of a suspension that know nothing of each other: the tenant is open again when neither stands.

alter table tenants
  add column unpaid_since timestamptz,
  add column unpaid_reason text,
  add constraint tenants_unpaid_why check ((unpaid_since is null) = (unpaid_reason is null)),
  drop constraint tenants_suspended_why,
  add constraint tenants_suspended_why check (
    status <> 'suspended' or (status_before is not null and (status_reason is not null or unpaid_reason is not null)));

comment on column tenants.status_reason is 'Why staff suspended it; null when they did not.';
comment on column tenants.unpaid_reason is 'What is owed, while it is suspended for that.';

-- What the tenant's people read.
create function suspension_reason(p_staff text, p_unpaid text) returns text
language sql immutable parallel safe
as $$ select coalesce(p_staff || ' ' || p_unpaid, p_staff, p_unpaid) $$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Sessions of people whom staff help.

create function sessions_count(p_users uuid[]) returns table (user_id uuid, sessions bigint)
language sql stable security definer set search_path = public, pg_temp
as $$
  select s.user_id, count(*) from sessions s where s.user_id = any (p_users) and s.expires_at > now() group by s.user_id
$$;

create function sessions_end(p_user uuid) returns bigint
language sql security definer set search_path = public, pg_temp
as $$
  with gone as (delete from sessions where user_id = p_user returning 1)
  select count(*) from gone
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Policies, ownership, grants

select protect_tenant_rows(t::regclass) from unnest(array['feature_overrides', 'tenant_slug_aliases', 'staff_facts']) t;

grant select on feature_overrides, tenant_features to tenantry_app, tenantry_platform, tenantry_definer;
grant insert, update, delete on feature_overrides to tenantry_platform;
grant select on tenant_slug_aliases to tenantry_app, tenantry_platform;
grant select, insert, delete on tenant_slug_aliases to tenantry_definer;
grant select, insert, update on staff_facts to tenantry_platform;
grant update (slug, region, facts_version, unpaid_since, unpaid_reason) on tenants to tenantry_platform;
grant update (slug) on tenants to tenantry_definer;
grant delete on members to tenantry_platform;

select settle_definer_functions();

revoke all on function count_facts() from public;
grant execute on function tenant_slug_change(text, int) to tenantry_app;
grant execute on function
  sessions_count(uuid[]), sessions_end(uuid), second_factor_since(uuid), change_role(uuid, text), follow_owner()
to tenantry_platform;
