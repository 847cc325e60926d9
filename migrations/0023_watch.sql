-- What staff watch: whether tenants are kept apart, alerts and what raises them, what each server did in the last minutes.

-- ---------------------------------------------------------------------------------------------------------------------
-- Results of `tenantry doctor`, whoever asked for them. While one is waited for, the job with its id says where it stands.

create table isolation_checks (
  id uuid not null default uuid_v7(),
  source text not null,
  asked_by text not null,
  asked_at timestamptz not null default now(),
  day date,
  done int not null default 0,
  finished_at timestamptz,
  healthy boolean,
  version text,
  duration_ms bigint,
  parts jsonb,
  constraint isolation_checks_pkey primary key (id),
  constraint isolation_checks_source check (source in ('console', 'command line', 'daily')),
  constraint isolation_checks_finished check (
    (finished_at is null) = (healthy is null) and (finished_at is null) = (version is null)
    and (finished_at is null) = (duration_ms is null) and (finished_at is null) = (parts is null)),
  constraint isolation_checks_daily check ((source = 'daily') = (day is not null))
);

-- However many servers look at the calendar.
create unique index isolation_checks_once_a_day on isolation_checks (day);

comment on column isolation_checks.done is 'How many of its parts are done: for who watches.';

grant select, insert on isolation_checks to tenantry_platform;
grant update (done, finished_at, healthy, version, duration_ms, parts) on isolation_checks to tenantry_platform;

-- ---------------------------------------------------------------------------------------------------------------------
-- Canaries: two tenants whose rows the check tries to reach as the app's own login, in one transaction that is taken back. Of the app's rights
-- alone most tables would stay empty, and nothing could be tried on them: so these two functions make rows, of these two tenants and of nobody
-- else, and the trigger sees to it that no transaction with one of them is ever committed.

create function canary_tenants() returns uuid[]
language sql immutable parallel safe
as $$ select array['ca7a27a0-0000-8000-8000-00000000000a', 'ca7a27a0-0000-8000-8000-00000000000b']::uuid[] $$;

create function refuse_canary() returns trigger
language plpgsql
as $$
begin
  raise exception 'a canary is never kept' using errcode = 'integrity_constraint_violation';
end
$$;

create constraint trigger tenants_canary after insert or update on tenants deferrable initially deferred for each row
  when (new.id = any (canary_tenants())) execute function refuse_canary();

-- Both, each with a person who belongs to it.
create function canary_begin() returns uuid[]
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_tenant uuid;
begin
  foreach v_tenant in array canary_tenants() loop
    -- While it is made, so that nobody who makes a tenant waits for the totals of its state.
    insert into tenants (id, slug, name, status, plan_version_id, billing_email, owner_email)
    select v_tenant, 'canary-' || replace(gen_random_uuid()::text, '-', ''), 'Canary', 'provisioning', v.id, 'canary@canary.invalid', 'canary@canary.invalid'
    from plan_versions v
    order by v.id
    limit 1;
    insert into users (id, email, name) values (v_tenant, gen_random_uuid() || '@canary.invalid', 'Canary');
    insert into members (tenant_id, user_id, role) values (v_tenant, v_tenant, 'viewer');
  end loop;
  return canary_tenants();
end
$$;

-- One row of one of them, unless it has that one already. What is given are values, no expressions.
create function canary_row(p_table text, p_row jsonb) returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  v_table regclass := to_regclass(format('public.%I', p_table));
  v_columns text;
begin
  if not coalesce((p_row ->> 'tenant_id')::uuid = any (canary_tenants()), false)
    or not exists (select from tenants where id = (p_row ->> 'tenant_id')::uuid) then
    raise exception 'no canary' using errcode = 'insufficient_privilege';
  end if;
  select string_agg(quote_ident(a.attname), ', ')
  into v_columns
  from pg_attribute a
  where a.attrelid = v_table
    and a.attnum > 0
    and not a.attisdropped
    and a.attgenerated = ''
    and p_row ? a.attname;
  execute format(
    'insert into %1$s (%2$s) select %2$s from jsonb_populate_record(null::%1$s, $1) on conflict do nothing', v_table, v_columns)
  using p_row;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Looking through all audit logs at once

-- By time over all tenants: alone, of one action, of one actor.
create index audit_events_by_action on audit_events (action, at, tenant_id, seq);
create index audit_events_by_actor on audit_events (actor, at, tenant_id, seq);
create index platform_events_recent on platform_events (at, seq);
create index platform_events_by_action on platform_events (action, at, seq);

-- Events of the platform's own log (`platform`), of tenants' (`tenants`), newest first, before the key that is given; of tenant `0` are the
-- platform's. Part of a name is no key of an index: of what the other conditions leave, at most `p_looked` events are looked through, and where
-- that was not all, a last row without an event (`action` is null) says how far it went. Put together for what is asked, so that each
-- question gets the plan that suits it.
create function audit_search(
  p_log text, p_tenant uuid, p_action text, p_actor text, p_actor_part text, p_target_part text, p_from timestamptz, p_to timestamptz,
  p_at timestamptz, p_of uuid, p_seq bigint, p_looked int, p_most int)
returns table (
  tenant_id uuid, seq bigint, at timestamptz, actor_kind text, actor_id uuid, actor text, action text, target text, before text, after text, origin text)
-- The planner takes the policy, which lets staff see all, to leave next to nothing, and would sort the whole table rather than walk an index to
-- the end of the limit.
language plpgsql stable set enable_seqscan = off set enable_bitmapscan = off
as $$
declare
  v_platform boolean := p_log = 'platform';
  v_events text := case when v_platform then '(select ''00000000-0000-0000-0000-000000000000''::uuid as tenant_id, p.* from platform_events p)' else 'audit_events' end;
  v_keys text := 'true';
  v_parts text := 'true';
begin
  if p_tenant is not null then
    v_keys := v_keys || ' and e.tenant_id = $1';
  end if;
  if p_action is not null then
    v_keys := v_keys || ' and e.action = $2';
  end if;
  if p_actor is not null then
    v_keys := v_keys || ' and e.actor = $3';
  end if;
  if p_from is not null then
    v_keys := v_keys || ' and e.at >= $6';
  end if;
  if p_to is not null then
    v_keys := v_keys || ' and e.at < $7';
  end if;
  if p_at is not null then
    v_keys := v_keys || ' and e.at <= $8 and (e.at, e.tenant_id, e.seq) < ($8, $9, $10)';
  end if;
  if p_actor_part is not null then
    v_parts := v_parts || ' and (strpos(lower(l.actor), $4) > 0 or exists (select from users u where u.id = l.actor_id and strpos(lower(u.name), $4) > 0))';
  end if;
  if p_target_part is not null then
    v_parts := v_parts || ' and strpos(lower(l.target), $5) > 0';
  end if;
  return query execute format(
    $q$
      with looked as materialized (
        select e.tenant_id, e.seq, e.at, e.actor, e.actor_id, e.target
        from %1$s e
        where %2$s
        order by e.at desc, e.tenant_id desc, e.seq desc
        limit $11
      ),
      hits as (
        select l.tenant_id, l.seq
        from looked l
        where %3$s
        order by l.at desc, l.tenant_id desc, l.seq desc
        limit $12
      ),
      far as (
        select l.tenant_id, l.seq, l.at
        from looked l
        where (select count(*) from looked) = $11
        order by l.at, l.tenant_id, l.seq
        limit 1
      )
      select *
      from (
        select e.tenant_id, e.seq, e.at, e.actor_kind, e.actor_id, e.actor, e.action, e.target, e.before, e.after, e.origin
        from hits h
        join %1$s e on e.tenant_id = h.tenant_id and e.seq = h.seq
        order by e.at desc, e.tenant_id desc, e.seq desc
      ) found
      union all
      select f.tenant_id, f.seq, f.at, null, null, null, null, null, null, null, null
      from far f
    $q$, v_events, v_keys, v_parts)
  using p_tenant, p_action, p_actor, p_actor_part, p_target_part, p_from, p_to, p_at, p_of, p_seq, p_looked, p_most;
end
$$;

revoke all on function audit_search(
  text, uuid, text, text, text, text, timestamptz, timestamptz, timestamptz, uuid, bigint, int, int) from public;

-- ---------------------------------------------------------------------------------------------------------------------
-- What each server did: a row a minute, kept for an hour. Rules look at the last five minutes of all of them.

create table server_minutes (
  server uuid not null,
  at timestamptz not null default now(),
  requests bigint not null,
  errors bigint not null,
  latency bigint[] not null,
  disk_free int,
  constraint server_minutes_pkey primary key (server, at),
  constraint server_minutes_disk_free check (disk_free between 0 and 100)
);

create index server_minutes_recent on server_minutes (at);

comment on column server_minutes.latency is 'Requests by bucket, see domain/traffic.rs; the last one is of those that took longer than any.';
comment on column server_minutes.disk_free is 'Per cent, of the fullest file system that it writes to.';

-- ---------------------------------------------------------------------------------------------------------------------
-- Alerts, and the rules that staff make themselves

create table alerts (
  id uuid not null default uuid_v7(),
  kind text not null,
  tenant_id uuid,
  subject text not null,
  detail text not null,
  raised_at timestamptz not null default now(),
  resolved_at timestamptz,
  acknowledged_by text,
  acknowledged_at timestamptz,
  assigned_to uuid,
  constraint alerts_pkey primary key (id),
  constraint alerts_tenant foreign key (tenant_id) references tenants (id) on delete cascade,
  constraint alerts_assigned foreign key (assigned_to) references users (id) on delete set null,
  constraint alerts_kind check (kind in ('near_limit', 'unusual_usage', 'quiet', 'failed_jobs', 'failing_domain', 'rule')),
  constraint alerts_acknowledged check ((acknowledged_by is null) = (acknowledged_at is null))
);

-- However many servers look: of one thing one alert stands.
create unique index alerts_standing on alerts (kind, coalesce(tenant_id, '00000000-0000-0000-0000-000000000000'), subject) where resolved_at is null;
create index alerts_newest on alerts (id) where resolved_at is null;
create index alerts_over on alerts (id) where resolved_at is not null;
create index alerts_by_tenant on alerts (tenant_id) where tenant_id is not null;
create index alerts_by_end on alerts (resolved_at) where resolved_at is not null;

comment on column alerts.subject is 'What of: a meter and its day, a domain, a kind of jobs, a rule. With kind and tenant it says which alert this is.';

create table alert_rules (
  id uuid not null default uuid_v7(),
  name text not null,
  metric text not null,
  threshold numeric(12, 2) not null,
  minutes int not null,
  recipients text[] not null,
  holds_since timestamptz,
  value numeric(20, 2),
  constraint alert_rules_pkey primary key (id),
  constraint alert_rules_metric check (
    metric in ('error_rate', 'p95_latency', 'queue_age', 'failed_jobs', 'disk_free', 'database_connections', 'tenants_near_limit')),
  constraint alert_rules_threshold check (threshold >= 0),
  constraint alert_rules_minutes check (minutes between 1 and 1440),
  constraint alert_rules_recipients check (cardinality(recipients) between 1 and 10)
);

-- When something was looked at last that is not looked at every minute.
create table watch_turns (
  name text not null,
  at timestamptz not null,
  constraint watch_turns_pkey primary key (name)
);

create index domains_missing on domains (tenant_id, name) where missing_since is not null;

-- Raises what is new and ends what is over; returns whether it did. One server at a time: what others would find is the same.
create function watch_tenants() returns boolean
language plpgsql
as $$
begin
  if not pg_try_advisory_xact_lock(hashtext('tenantry.alerts')) then
    return false;
  end if;

  insert into alerts (kind, tenant_id, subject, detail)
  select
    'near_limit', s.tenant_id, 'limit',
    case s.peak_percent
      when percent_of(s.agents, s.agents_quota) then 'Agents'
      when percent_of(s.tokens, s.tokens_quota) then 'Tokens'
      when percent_of(s.storage_bytes, s.storage_quota) then 'Storage'
      else 'Budget'
    end || ' at ' || s.peak_percent || ' %'
  from tenant_summaries s
  where s.peak_percent >= 90
    and s.status in ('trial', 'active', 'past_due')
    and not exists (
      select from alerts a where a.kind = 'near_limit' and a.tenant_id = s.tenant_id and a.subject = 'limit' and a.resolved_at is null)
  on conflict do nothing;
  -- Below by a little is not over yet: it would come and go.
  update alerts a
  set resolved_at = now()
  where a.kind = 'near_limit'
    and a.resolved_at is null
    and not exists (
      select from tenant_summaries s
      where s.tenant_id = a.tenant_id and s.peak_percent >= 85 and s.status in ('trial', 'active', 'past_due'));

  insert into alerts (kind, tenant_id, subject, detail)
  select
    'unusual_usage', u.tenant_id, u.meter || ' ' || u.day,
    coalesce(m.label, u.meter) || ' on ' || u.day || ': ' || u.amount || ', where ' || round(u.mean) || ' a day are usual'
  from unusual_days u
  join tenants t on t.id = u.tenant_id and t.status in ('trial', 'active', 'past_due')
  left join meters m on m.key = u.meter
  where u.day >= today() - 1
    and not exists (
      select from alerts a
      where a.kind = 'unusual_usage' and a.tenant_id = u.tenant_id and a.subject = u.meter || ' ' || u.day and a.resolved_at is null)
  on conflict do nothing;
  update alerts a
  set resolved_at = now()
  where a.kind = 'unusual_usage'
    and a.resolved_at is null
    and not exists (
      select from unusual_days u
      join tenants t on t.id = u.tenant_id and t.status in ('trial', 'active', 'past_due')
      where u.tenant_id = a.tenant_id and a.subject = u.meter || ' ' || u.day and u.day >= today() - 1);

  insert into alerts (kind, subject, detail)
  select 'failed_jobs', j.kind, count(*) || ' within a day'
  from jobs j
  where j.state = 'failed'
    and j.ended_at > now() - interval '1 day'
    -- A mail that was refused for good says nothing of the platform.
    and not exists (select from mails m where m.id = j.id and m.outcome = 'bounced')
  group by j.kind
  on conflict do nothing;
  update alerts a
  set resolved_at = now()
  where a.kind = 'failed_jobs'
    and a.resolved_at is null
    and not exists (
      select from jobs j
      where j.state = 'failed' and j.kind = a.subject and j.ended_at > now() - interval '1 day'
        and not exists (select from mails m where m.id = j.id and m.outcome = 'bounced'));

  insert into alerts (kind, tenant_id, subject, detail)
  select
    'failing_domain', d.tenant_id, d.name,
    d.name || case d.state when 'lost' then ' is not answered any more: its DNS record is missing' else ': its DNS record is missing' end
  from domains d
  join tenants t on t.id = d.tenant_id and t.status in ('trial', 'active', 'past_due')
  where d.missing_since is not null
    and d.state in ('verified', 'lost')
    and not exists (
      select from alerts a where a.kind = 'failing_domain' and a.tenant_id = d.tenant_id and a.subject = d.name and a.resolved_at is null)
  on conflict do nothing;
  update alerts a
  set resolved_at = now()
  where a.kind = 'failing_domain'
    and a.resolved_at is null
    and not exists (
      select from domains d
      join tenants t on t.id = d.tenant_id and t.status in ('trial', 'active', 'past_due')
      where d.tenant_id = a.tenant_id and d.name = a.subject and d.missing_since is not null and d.state in ('verified', 'lost'));

  delete from alerts where resolved_at < now() - interval '90 days';

  -- Looks at every tenant: once an hour will do.
  insert into watch_turns as w (name, at)
  values ('quiet', now())
  on conflict on constraint watch_turns_pkey do update
  set at = now()
  where w.at <= now() - interval '1 hour';
  if found then
    perform watch_quiet();
  end if;
  return true;
end
$$;

-- Tenants in which nobody was and which used nothing for 30 days.
create function watch_quiet() returns void
language plpgsql
as $$
declare
  v_meters text[] := array(select key from meters where kind = 'metered');
  v_quiet uuid[];
begin
  v_quiet := array(
    select t.id
    from tenants t
    where t.status in ('trial', 'active', 'past_due')
      and t.created_at <= now() - interval '30 days'
      and not exists (select from members m where m.tenant_id = t.id and m.last_active_at > now() - interval '30 days')
      and not exists (
        select from usage_days d where d.tenant_id = t.id and d.meter = any (v_meters) and d.day > today() - 30 and d.amount > 0));
  insert into alerts (kind, tenant_id, subject, detail)
  select 'quiet', q.id, 'tenant', 'Nobody was there, and nothing was used, for 30 days'
  from unnest(v_quiet) q (id)
  where not exists (select from alerts a where a.kind = 'quiet' and a.tenant_id = q.id and a.resolved_at is null)
  on conflict do nothing;
  update alerts a
  set resolved_at = now()
  where a.kind = 'quiet'
    and a.resolved_at is null
    and a.tenant_id <> all (v_quiet);
end
$$;

revoke all on function watch_tenants(), watch_quiet() from public;

grant select, insert, delete on server_minutes to tenantry_platform;
grant select, insert, delete on alerts to tenantry_platform;
grant update (resolved_at, acknowledged_by, acknowledged_at, assigned_to) on alerts to tenantry_platform;
grant select, insert, update, delete on alert_rules to tenantry_platform;
grant select, insert, update on watch_turns to tenantry_platform;

-- ---------------------------------------------------------------------------------------------------------------------
-- Ownership and grants

select settle_definer_functions();

grant execute on function audit_search(
  text, uuid, text, text, text, text, timestamptz, timestamptz, timestamptz, uuid, bigint, int, int) to tenantry_platform;
grant execute on function watch_tenants(), watch_quiet() to tenantry_platform;
grant execute on function canary_begin(), canary_row(text, jsonb) to tenantry_app;
