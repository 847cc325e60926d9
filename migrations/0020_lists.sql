-- The console's tenant list: an order by every column, views that staff save, and actions on many tenants at once.

-- ---------------------------------------------------------------------------------------------------------------------
-- An index for each order, and none twice: by plan and by state the names follow, so that the same two serve the filters. What is above a
-- percentage is found by the fullest limit.

drop index tenant_summaries_plan;
drop index tenant_summaries_plan_name;
drop index tenant_summaries_status;
create index tenant_summaries_plan_name on tenant_summaries (plan_position, name_sort, tenant_id);
create index tenant_summaries_tokens on tenant_summaries (tokens, tenant_id);
create index tenant_summaries_storage on tenant_summaries (storage_bytes, tenant_id);
create index tenant_summaries_owner on tenant_summaries (owner_email, tenant_id);

-- ---------------------------------------------------------------------------------------------------------------------
-- Views that somebody of the staff keeps, for themselves or for all of them

create table staff_views (
  id uuid not null default uuid_v7(),
  user_id uuid not null,
  name text not null,
  query text not null,
  shared boolean not null,
  created_at timestamptz not null default now(),
  constraint staff_views_pkey primary key (id),
  constraint staff_views_user foreign key (user_id) references users (id) on delete cascade,
  constraint staff_views_name_length check (length(name) between 1 and 80),
  constraint staff_views_query_length check (length(query) <= 4000)
);

create unique index staff_views_name on staff_views (user_id, (lower(name)));

comment on column staff_views.query is 'What stands behind the list''s address, without the page.';

-- ---------------------------------------------------------------------------------------------------------------------
-- What somebody of the staff does to many tenants: chosen, looked at, then done one tenant after the other by a job

create table bulk_runs (
  id uuid not null default uuid_v7(),
  action text not null,
  details jsonb,
  state text not null default 'draft',
  query text,
  actor_kind text not null,
  actor_id uuid,
  actor text not null,
  origin text not null,
  tenants int not null,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  constraint bulk_runs_pkey primary key (id),
  constraint bulk_runs_action check (action in ('suspend', 'resume', 'change_plan', 'switch_feature', 'message')),
  constraint bulk_runs_state check (state in ('draft', 'running', 'done')),
  constraint bulk_runs_started check ((state = 'draft') = (started_at is null)),
  constraint bulk_runs_ended check ((state = 'done') = (ended_at is not null))
);

create index bulk_runs_drafts on bulk_runs (created_at) where state = 'draft';

comment on column bulk_runs.query is 'The view that the tenants were chosen by, where all of it was.';
comment on column bulk_runs.details is 'Reason, plan, feature, letter: what the action needs besides tenants. Null until it is filled in.';
comment on column bulk_runs.actor_id is 'Who does it: asked for their right again with each tenant.';

create table bulk_items (
  run_id uuid not null,
  position int not null,
  tenant_id uuid not null,
  outcome text,
  note text,
  constraint bulk_items_pkey primary key (run_id, position),
  constraint bulk_items_once unique (run_id, tenant_id),
  constraint bulk_items_run foreign key (run_id) references bulk_runs (id) on delete cascade,
  constraint bulk_items_tenant foreign key (tenant_id) references tenants (id) on delete cascade,
  constraint bulk_items_outcome check (outcome in ('done', 'refused'))
);

create index bulk_items_open on bulk_items (run_id, position) where outcome is null;
create index bulk_items_tenant on bulk_items (tenant_id);

comment on column bulk_items.outcome is 'Written in the transaction of its effect.';

-- ---------------------------------------------------------------------------------------------------------------------
-- Grants

grant select, insert, update (name, shared), delete on staff_views to tenantry_platform;
grant select, insert, update (details, state, actor_kind, actor_id, actor, origin, started_at, ended_at), delete on bulk_runs to tenantry_platform;
grant select, insert, update (outcome, note) on bulk_items to tenantry_platform;
