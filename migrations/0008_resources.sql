-- A tenant's agents, knowledge documents and conversations.

-- ---------------------------------------------------------------------------------------------------------------------
-- Agents. Names are unique within a tenant, whatever their case: a form that was sent twice makes one agent.

alter table agents
  add column updated_at timestamptz not null default now(),
  add constraint agents_model_length check (length(model) between 1 and 80),
  add constraint agents_department_length check (length(department) between 1 and 80),
  add constraint agents_cost_center_length check (length(cost_center) between 1 and 80);

create unique index agents_by_name on agents (tenant_id, (lower(name) collate "C"));

comment on column agents.active is 'A deactivated agent still takes its place: what exists counts, so that it can always be activated again.';

-- ---------------------------------------------------------------------------------------------------------------------
-- Knowledge documents: rows here, bytes in the file store under tenants/{tenant id}/knowledge/{file}.

create table documents (
  tenant_id uuid not null,
  id uuid not null default uuid_v7(),
  file uuid not null,
  name text not null,
  content_type text not null,
  size_bytes bigint not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  constraint documents_pkey primary key (tenant_id, id),
  constraint documents_tenant foreign key (tenant_id) references tenants (id),
  constraint documents_file unique (tenant_id, file),
  constraint documents_name_length check (length(name) between 1 and 120),
  constraint documents_content_type_length check (length(content_type) between 1 and 100),
  constraint documents_size check (size_bytes >= 0)
);

-- Files without a row above: an upload that is not finished, a document that was deleted. Written before the file is made and before
-- it is removed, so that whatever crashes, each file is known to one of the two tables.
create table loose_files (
  tenant_id uuid not null,
  file uuid not null,
  remove_after timestamptz not null,
  constraint loose_files_pkey primary key (tenant_id, file),
  constraint loose_files_tenant foreign key (tenant_id) references tenants (id)
);

create index loose_files_due on loose_files (remove_after);

alter table usage_levels
  add column documents bigint not null default 0,
  add constraint usage_levels_documents check (documents between 0 and amount);

comment on column usage_levels.documents is 'The part of the amount that is knowledge documents; the rest was reported from elsewhere.';

-- The bytes are counted by whatever statement makes or removes the row: no path leads around it, and the app cannot write the level.
create function count_documents() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  insert into usage_levels as l (tenant_id, meter, amount, documents)
  select tenant_id, 'storage', 0, 0 from changed group by tenant_id order by tenant_id
  on conflict on constraint usage_levels_pkey do nothing;
  update usage_levels l
  set amount = l.amount + c.bytes, documents = l.documents + c.bytes
  from (
    select tenant_id, case tg_op when 'INSERT' then sum(size_bytes) else -sum(size_bytes) end::bigint as bytes
    from changed
    group by tenant_id
  ) c
  where l.tenant_id = c.tenant_id
    and l.meter = 'storage';
  return null;
end
$$;

create trigger documents_count_insert after insert on documents
  referencing new table as changed for each statement execute function count_documents();
create trigger documents_count_delete after delete on documents
  referencing old table as changed for each statement execute function count_documents();

-- ---------------------------------------------------------------------------------------------------------------------
-- Conversations: threads, and their messages in the order in which they came.

create table threads (
  tenant_id uuid not null,
  id uuid not null default uuid_v7(),
  title text not null,
  agent_id uuid,
  messages bigint not null default 0,
  created_at timestamptz not null default now(),
  constraint threads_pkey primary key (tenant_id, id),
  constraint threads_tenant foreign key (tenant_id) references tenants (id),
  -- A conversation outlives its agent.
  constraint threads_agent foreign key (tenant_id, agent_id) references agents (tenant_id, id) on delete set null (agent_id),
  constraint threads_title_length check (length(title) between 1 and 120),
  constraint threads_messages check (messages >= 0)
);

create index threads_by_agent on threads (tenant_id, agent_id) where agent_id is not null;

create table messages (
  tenant_id uuid not null,
  thread_id uuid not null,
  number bigint not null,
  role text not null,
  content text not null,
  created_at timestamptz not null default now(),
  constraint messages_pkey primary key (tenant_id, thread_id, number),
  constraint messages_tenant foreign key (tenant_id) references tenants (id),
  constraint messages_thread foreign key (tenant_id, thread_id) references threads (tenant_id, id),
  constraint messages_role check (role in ('user', 'assistant', 'system', 'tool')),
  constraint messages_content_length check (length(content) between 1 and 100000),
  constraint messages_number check (number > 0)
);

-- Each message is counted on its meter by the statement that makes it, on the day on which it was sent: those of a tenant that is brought along
-- from elsewhere count where they did before.
create function count_messages() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  perform usage_counted(array_agg(tenant_id), array_agg('messages'::text), array_agg(day), array_agg(n))
  from (select tenant_id, (created_at at time zone 'utc')::date as day, count(*) as n from changed group by 1, 2) c;
  insert into usage_days as d (tenant_id, meter, day, amount)
  select tenant_id, 'messages', (created_at at time zone 'utc')::date, count(*) from changed group by 1, 3 order by 1, 3
  on conflict on constraint usage_days_pkey do update
  set amount = d.amount + excluded.amount;
  return null;
end
$$;

create trigger messages_count after insert on messages
  referencing new table as changed for each statement execute function count_messages();

-- ---------------------------------------------------------------------------------------------------------------------
-- Limits are checked by one transaction of a tenant and meter at a time: what is counted under this lock stays true until the commit. Of a
-- metered meter it is the counter's own lock, which all others take that count on it; what was held too long is free again.

create function room_lock(p_meter text) returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_tenant constant uuid := app_tenant();
  v_period constant date := (
    select case m.period when 'day' then today() else this_month() end from meters m where m.key = p_meter and m.kind = 'metered');
begin
  if v_tenant is null then
    raise exception 'room without a tenant' using errcode = 'insufficient_privilege';
  end if;
  if v_period is null then
    perform pg_advisory_xact_lock(hashtextextended('allocate ' || p_meter || ' ' || v_tenant, 0));
    return;
  end if;
  if (counter_lock(v_tenant, p_meter, v_period, today())).reserved > 0 then
    update usage_counters c
    set reserved = c.reserved - reservations_expire(v_tenant, p_meter, v_period, now())
    where c.tenant_id = v_tenant and c.meter = p_meter and c.period_start = v_period;
  end if;
  perform grants_lock(v_tenant, p_meter, now());
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Policies and grants

select protect_tenant_rows(t::regclass) from unnest(array['documents', 'loose_files', 'messages', 'threads']) t;

grant select, insert, delete on documents, loose_files to tenantry_app;
grant select, insert on threads, messages to tenantry_app;
grant update (messages) on threads to tenantry_app;
grant select on documents, threads, messages to tenantry_platform;
grant select, delete on loose_files to tenantry_platform;
-- Locking a row asks for the right to update some column.
grant update (remove_after) on loose_files to tenantry_platform;
-- `tenantry tenant update` changes quotas that were set before.
grant update (quota, reason, created_by, created_at, expires_at), delete on entitlement_overrides to tenantry_platform;

grant insert, update on usage_levels, usage_days to tenantry_definer;
select settle_definer_functions();
grant execute on function room_lock(text) to tenantry_app;
