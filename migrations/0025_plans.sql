-- Plans in versions: what was published never changes, what is to come is a draft; tenants that move from one version to another. And how
-- tenants come to be in steps: from a template, or as the clone of another one.

-- ---------------------------------------------------------------------------------------------------------------------
-- Catalogue

alter table plans
  add column revision bigint not null default 1,
  add constraint plans_key_format check (key ~ '^[a-z][a-z0-9-]{0,39}$'),
  add constraint plans_name_length check (length(name) between 1 and 80);

create unique index plans_name on plans ((lower(name) collate "C"));

comment on column plans.revision is 'Grows with every change of the plan itself: a form carries the one that it showed.';

alter table plan_versions
  alter column published_at drop not null,
  add column published_by text,
  add column revision bigint not null default 1,
  add column changed_at timestamptz not null default now(),
  add column changed_by text;

create unique index plan_versions_one_draft on plan_versions (plan_id) where published_at is null;

comment on column plan_versions.published_at is 'Null is a draft: no tenant has it, and it may change. What was published stays as it is.';
comment on column plan_versions.revision is 'Of a draft: grows with every change, a form carries the one that it showed.';

alter table features
  add column description text not null default '',
  add constraint features_key_format check (key ~ '^[a-z][a-z0-9-]{0,39}$'),
  add constraint features_label_length check (length(label) between 1 and 80),
  add constraint features_description_length check (length(description) <= 300);

create unique index features_label on features ((lower(label) collate "C"));

update features f
set description = d.description
from (values
  ('workflows', 'Steps that run one after another.'),
  ('knowledge-base', 'Documents that agents answer from.'),
  ('webhooks', 'Calls to an address of the tenant when something happens.'),
  ('custom-branding', 'Logo, colours, words and CSS of the tenant''s own in its portal and mails.'),
  ('custom-domains', 'The portal at a name of the tenant''s own.'),
  ('advanced-analytics', 'Usage by model, agent and cost centre.'),
  ('sso', 'Signing in by the tenant''s own identity provider.'),
  ('custom-models', 'Models that the tenant brings along.'),
  ('dedicated-database', 'A database that no other tenant shares.'),
  ('priority-support', 'Questions are answered first.')
) as d (key, description)
where f.key = d.key;

-- A tenant keeps the version that it bought: nobody changes what was published but whoever owns the tables. That summaries have to follow is
-- no part of it.
create function published_stays() returns trigger
language plpgsql
as $$
declare
  v_old jsonb;
  v_new jsonb;
begin
  if pg_has_role(current_user, (select relowner from pg_class where oid = tg_relid), 'usage') then
    return coalesce(new, old);
  end if;
  if tg_op <> 'INSERT' then
    v_old := to_jsonb(old) - 'summaries_after';
  end if;
  if tg_op <> 'DELETE' then
    v_new := to_jsonb(new) - 'summaries_after';
  end if;
  if v_old is distinct from v_new and exists (
    select from plan_versions v
    where v.published_at is not null
      and v.id::text in (v_old->>'plan_version_id', v_new->>'plan_version_id', case when tg_table_name = 'plan_versions' then v_old->>'id' end))
  then
    raise exception 'a published plan version does not change' using errcode = 'insufficient_privilege';
  end if;
  return coalesce(new, old);
end
$$;

create trigger plan_versions_stay before update or delete on plan_versions for each row execute function published_stays();
create trigger plan_entitlements_stay before insert or update or delete on plan_entitlements for each row execute function published_stays();
create trigger plan_features_stay before insert or update or delete on plan_features for each row execute function published_stays();

-- Drafts are discarded, and with the first one the plan.
grant delete on plans, plan_versions, plan_entitlements, plan_features to tenantry_platform;

-- ---------------------------------------------------------------------------------------------------------------------
-- Who would be over which limit

-- Who used how much of a meter in a period, for all tenants: its columns never change, so that counting stays as cheap as it was.
create index usage_counters_by_period on usage_counters (meter, period_start, tenant_id);

-- How many tenants of some versions would be beyond a quota of another one, by meter; only meters of which it grants less than one of them.
-- What is used comes from what is added up already, one pass a meter, so that it stays cheap for a hundred thousand. Tenants with a quota of
-- their own are not touched by a plan's; grants come on top.
create function over_limits(p_from uuid[], p_to uuid) returns table (meter text, tenants bigint)
language plpgsql stable
as $$
declare
  v record;
begin
  for v in
    select m.key, bounded(e.quota) as quota, case m.period when 'day' then today() when 'month' then this_month() end as start,
      case
        when m.key = 'agents' then 'select tenant_id, agents as used from tenant_summaries'
        when m.key = 'storage' then 'select tenant_id, storage_bytes as used from tenant_summaries'
        when m.key = 'tokens' then 'select tenant_id, tokens as used from tenant_summaries where month = this_month()'
        when m.key = 'members' then
          'select tenant_id, count(*) as used
           from (
             select tenant_id from members
             union all
             select tenant_id from invites where accepted_at is null and revoked_at is null and expires_at > now()
           ) people
           group by tenant_id'
        when m.kind = 'metered' then 'select tenant_id, used from usage_counters where meter = $3 and period_start = $5'
        else 'select tenant_id, amount as used from usage_levels where meter = $3'
      end as used
    from plan_entitlements e
    join meters m on m.key = e.meter
    where e.plan_version_id = p_to
      and e.quota is not null
      and m.kind in ('allocated', 'metered')
      and exists (
        select from unnest(p_from) f (id)
        left join plan_entitlements o on o.plan_version_id = f.id and o.meter = m.key
        where o.quota is null or o.quota > e.quota)
    order by m.position, m.key
  loop
    meter := v.key;
    execute format(
      'with granted as (
         select g.tenant_id, coalesce(sum(g.amount - g.drawn) filter (where g.expires_at > now()), 0) + coalesce(max(c.drawn), 0) as amount
         from quota_grants g
         left join usage_counters c on c.tenant_id = g.tenant_id and c.meter = g.meter and c.period_start = $5
         where g.meter = $3
         group by g.tenant_id
       )
       select count(*)
       from (%s) u
       join tenants t on t.id = u.tenant_id
       left join granted g on g.tenant_id = u.tenant_id
       where u.used > $4
         and u.used > $4 + coalesce(g.amount, 0)
         and t.plan_version_id = any ($1)
         and t.status <> $2
         and not exists (
           select from entitlement_overrides o
           where o.tenant_id = u.tenant_id and o.meter = $3 and (o.expires_at is null or o.expires_at > now()))',
      v.used)
    into tenants
    using p_from, 'deleted'::text, v.key, v.quota, v.start;
    if tenants > 0 then
      return next;
    end if;
  end loop;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Moving all tenants of a version to another one, a tenant at a time

create table plan_moves (
  id uuid not null,
  plan_id uuid not null,
  from_versions uuid[] not null,
  to_version_id uuid not null,
  spare_over boolean not null,
  total bigint not null,
  moved bigint not null default 0,
  spared bigint not null default 0,
  reached uuid not null default '00000000-0000-0000-0000-000000000000',
  actor_kind text not null,
  actor_id uuid,
  actor text not null,
  origin text not null,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  constraint plan_moves_pkey primary key (id),
  constraint plan_moves_plan foreign key (plan_id) references plans (id),
  constraint plan_moves_to foreign key (to_version_id) references plan_versions (id),
  constraint plan_moves_counts check (moved >= 0 and spared >= 0)
);

create index plan_moves_by_plan on plan_moves (plan_id, created_at desc);

comment on column plan_moves.id is 'Given by the form: what is sent twice is one move.';
comment on column plan_moves.reached is 'Tenants up to this id are done: whoever takes the job over goes on behind it.';

create table plan_move_results (
  tenant_id uuid not null,
  move_id uuid not null,
  outcome text not null,
  over jsonb not null default '[]',
  at timestamptz not null default now(),
  constraint plan_move_results_pkey primary key (tenant_id, move_id),
  constraint plan_move_results_tenant foreign key (tenant_id) references tenants (id),
  constraint plan_move_results_move foreign key (move_id) references plan_moves (id),
  constraint plan_move_results_outcome check (outcome in ('moved', 'spared'))
);

create index plan_move_results_by_move on plan_move_results (move_id, tenant_id);

comment on column plan_move_results.over is 'Limits of the new version that the tenant is beyond.';

-- ---------------------------------------------------------------------------------------------------------------------
-- Templates: what a tenant begins with

create table templates (
  id uuid not null default uuid_v7(),
  key text not null,
  name text not null,
  description text not null default '',
  plan text,
  content jsonb not null,
  revision bigint not null default 1,
  changed_at timestamptz not null default now(),
  changed_by text not null,
  constraint templates_pkey primary key (id),
  constraint templates_key unique (key),
  constraint templates_key_format check (key ~ '^[a-z][a-z0-9-]{0,39}$'),
  constraint templates_name_length check (length(name) between 1 and 80),
  constraint templates_description_length check (length(description) <= 300)
);

create unique index templates_name on templates ((lower(name) collate "C"));

comment on column templates.plan is 'The key of a plan, whose sold version is bought; null leaves the choice to whoever creates the tenant.';
comment on column templates.content is 'Agents, look, models, sample data: see domain/template.rs.';

insert into templates (key, name, description, plan, content, changed_by) values
  ('customer-support', 'Customer support', 'Answers customers around the clock: front desk, technical help, billing.', 'starter',
   '{"agents": [
       {"name": "Front Desk", "model": "claude-haiku", "department": "Support", "cost_center": "support"},
       {"name": "Technical Help", "model": "claude-sonnet", "department": "Support", "cost_center": "support"},
       {"name": "Billing Questions", "model": "claude-haiku", "department": "Finance", "cost_center": "finance"}],
     "look": {"accent": "#0b7285", "sign_in_text": "Welcome to the support desk."},
     "sample": "customer-support"}', 'system'),
  ('internal-knowledge', 'Internal knowledge', 'Answers the team''s own questions from its documents.', 'starter',
   '{"agents": [
       {"name": "Handbook", "model": "claude-sonnet", "department": "People", "cost_center": "people"},
       {"name": "IT Helpdesk", "model": "claude-haiku", "department": "IT", "cost_center": "it"}],
     "look": {"accent": "#5f3dc4"},
     "sample": "internal-knowledge"}', 'system');

-- ---------------------------------------------------------------------------------------------------------------------
-- Tenants that come to be in steps. Until the last one they are `provisioning`: nobody is let in, nobody is invited, nothing is billed.

create table provisionings (
  tenant_id uuid not null,
  job_id uuid not null,
  source text not null,
  origin text not null,
  source_tenant_id uuid,
  with_data boolean not null,
  content jsonb not null,
  trial_days int not null,
  actor_kind text not null,
  actor_id uuid,
  actor text not null,
  actor_origin text not null,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  constraint provisionings_pkey primary key (tenant_id),
  constraint provisionings_tenant foreign key (tenant_id) references tenants (id),
  constraint provisionings_source check (source in ('template', 'clone')),
  constraint provisionings_clone check ((source = 'clone') = (source_tenant_id is not null)),
  constraint provisionings_trial check (trial_days between 0 and 365)
);

comment on column provisionings.origin is 'The template''s name, or the slug that was cloned: as people read it, also when it is gone.';
comment on column provisionings.source_tenant_id is 'No reference: the clone outlives what it was made from.';
comment on column provisionings.content is 'What the template held when the tenant was created.';

create table provisioning_steps (
  tenant_id uuid not null,
  position int not null,
  step text not null,
  total bigint not null default 0,
  done bigint not null default 0,
  reached uuid,
  started_at timestamptz,
  ended_at timestamptz,
  constraint provisioning_steps_pkey primary key (tenant_id, position),
  constraint provisioning_steps_tenant foreign key (tenant_id) references tenants (id),
  constraint provisioning_steps_counts check (done >= 0 and total >= 0)
);

comment on column provisioning_steps.reached is 'What of the source was done last: whoever takes the job over goes on behind it.';

-- The id that something of one tenant has in the clone of it: the same whenever it is asked, so that a step may run twice, of the same time,
-- so that the order stays, and of nobody else.
create function cloned_id(p_tenant uuid, p_id uuid) returns uuid
language sql immutable parallel safe
as $$
  -- Version 7 and its variant in what the hash says.
  select encode(set_byte(set_byte(h.id, 6, (get_byte(h.id, 6) & 15) | 112), 8, (get_byte(h.id, 8) & 63) | 128), 'hex')::uuid
  from (
    select overlay(
      substring(sha256(uuid_send(p_tenant) || uuid_send(p_id)) from 1 for 16)
      placing substring(uuid_send(p_id) from 1 for 6) from 1 for 6) as id
  ) h
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Policies, ownership, grants

select protect_tenant_rows(t::regclass) from unnest(array['plan_move_results', 'provisionings', 'provisioning_steps']) t;

grant select, insert, update, delete on templates to tenantry_platform;
grant select, insert, update on plan_moves to tenantry_platform;
grant select, insert on plan_move_results to tenantry_platform;
grant select, insert, update on provisionings, provisioning_steps to tenantry_platform;
-- What templates and clones bring along.
grant insert on threads, messages, documents, loose_files, brandings, branding_versions, brand_images to tenantry_platform;
grant select on brand_images to tenantry_platform;
grant update (allowed_models, default_model, require_second_factor) on tenants to tenantry_platform;

select settle_definer_functions();
