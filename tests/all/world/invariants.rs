//! What holds of any database at any time, whatever a test did.

use super::World;

/// A sentence that must be true, and a query for what contradicts it.
const NEVER: &[(&str, &str)] = &[
    (
        "a member has a person and a tenant",
        "select tenant_id::text from members m
         where not exists (select from users u where u.id = m.user_id) or not exists (select from tenants t where t.id = m.tenant_id)",
    ),
    (
        "each tenant has one summary",
        "select coalesce(t.slug, s.slug) from tenants t full join tenant_summaries s on s.tenant_id = t.id where t.id is null or s.tenant_id is null",
    ),
    (
        "the totals are the summaries, counted",
        "select concat_ws(' ', status, plan_id, tenants, agents, price_usd) from (
           (select status, plan_id, count(*) as tenants, sum(agents) as agents, sum(price_usd) as price_usd from tenant_summaries group by 1, 2
            except select status, plan_id, tenants, agents, price_usd from tenant_counts)
           union all
           (select status, plan_id, tenants, agents, price_usd from tenant_counts where tenants <> 0 or agents <> 0 or price_usd <> 0
            except select status, plan_id, count(*), sum(agents), sum(price_usd) from tenant_summaries group by 1, 2)) d",
    ),
    (
        "the head of an audit chain is its last event",
        "select h.tenant_id::text from audit_heads h
         left join lateral (select seq, hash from audit_events e where e.tenant_id = h.tenant_id order by seq desc limit 1) e on true
         where (h.seq, h.hash) is distinct from (coalesce(e.seq, 0), coalesce(e.hash, '\\x'))",
    ),
    (
        "every tenant's life is in its audit log",
        "select t.slug from tenants t where not exists (
           select from audit_events e where e.tenant_id = t.id and e.action in ('tenant.created', 'tenant.signed_up', 'tenant.imported')) and t.owner_email not like '%@bulk.example'",
    ),
    (
        "the documents' part of the storage level is the sum of the documents, and no more than the level",
        "select l.tenant_id::text from usage_levels l
         left join (select tenant_id, sum(size_bytes) as bytes from documents group by 1) d on d.tenant_id = l.tenant_id
         where (l.meter = 'storage' and l.documents <> coalesce(d.bytes, 0)) or l.documents > l.amount
         union all
         select d.tenant_id::text from documents d
         where not exists (select from usage_levels l where l.tenant_id = d.tenant_id and l.meter = 'storage')",
    ),
    (
        "a file is a document's or loose, never both",
        "select d.file::text from documents d join loose_files l on l.tenant_id = d.tenant_id and l.file = d.file",
    ),
    (
        "a thread's count is the number of its messages, and these have no gaps",
        "select t.id::text from threads t
         left join (select tenant_id, thread_id, count(*) as n, max(number) as last from messages group by 1, 2) m
           on m.tenant_id = t.tenant_id and m.thread_id = t.id
         where t.messages <> coalesce(m.n, 0) or coalesce(m.n, 0) <> coalesce(m.last, 0)",
    ),
    (
        "no message was sent without being counted",
        "select m.tenant_id::text from (select tenant_id, count(*) as n from messages group by 1) m
         where m.n > coalesce((select sum(amount) from usage_days d where d.tenant_id = m.tenant_id and d.meter = 'messages'), 0)",
    ),
    (
        "an invoice is the sum of its lines",
        "select i.series || ' ' || i.number from invoices i
         left join (select tenant_id, invoice_id, sum(amount_usd) as total from invoice_lines group by 1, 2) l
           on l.tenant_id = i.tenant_id and l.invoice_id = i.id
         where i.total_usd is distinct from l.total",
    ),
    (
        "invoices are numbered from 1 without gaps",
        "select h.tenant_id::text from billing_heads h
         left join (select tenant_id, count(*) as n, max(number) as last from invoices group by 1) i on i.tenant_id = h.tenant_id
         where coalesce(i.n, 0) <> coalesce(i.last, 0) or h.next_number <> coalesce(i.last, 0) + 1",
    ),
    (
        "the last day of billing says how the tenant stands",
        "select t.slug from tenants t
         left join lateral (select * from billing_days d where d.tenant_id = t.id order by day desc limit 1) d on true
         where (d.plan_version_id, d.pays) is distinct from (t.plan_version_id, t.status in ('active', 'past_due'))",
    ),
    (
        "no tenant has a draft of a plan, or a version that is not there",
        "select t.slug from tenants t left join plan_versions v on v.id = t.plan_version_id where v.published_at is null",
    ),
    (
        "of a move as many are told as were moved and spared",
        "select m.id::text from plan_moves m
         left join (select move_id, count(*) filter (where outcome = 'moved') as moved, count(*) filter (where outcome = 'spared') as spared
                    from plan_move_results group by 1) r on r.move_id = m.id
         where (m.moved, m.spared) <> (coalesce(r.moved, 0), coalesce(r.spared, 0)) and m.actor <> 'test'",
    ),
    (
        "nobody is in a tenant that is not set up yet, and what is set up has no step left",
        "select t.slug from tenants t join provisionings p on p.tenant_id = t.id
         where p.actor <> 'scene' and p.actor not like '%-%-%' and (
           (t.status = 'provisioning' and (
             exists (select from members m where m.tenant_id = t.id) or exists (select from invites i where i.tenant_id = t.id)))
           or (p.ended_at is not null) <> (not exists (select from provisioning_steps s where s.tenant_id = t.id and s.ended_at is null)))",
    ),
    (
        "nobody is left in a transaction",
        "select concat_ws(' ', usename, state, query) from pg_stat_activity
         where datname = current_database() and application_name like 'tenantry%' and state like 'idle in transaction%'",
    ),
    (
        "a counter holds what its reservations hold, and of calls what servers have taken besides",
        "select concat_ws(' ', c.tenant_id, c.meter, c.period_start, c.reserved, h.held) from usage_counters c
         cross join lateral (
           select coalesce(sum(r.amount), 0) as held from reservations r
           where r.tenant_id = c.tenant_id and r.meter = c.meter and r.period_start = c.period_start and r.state = 'held') h
         where c.reserved < h.held or (c.reserved > h.held and c.meter <> 'api_calls')",
    ),
    (
        "a counter is what its days show and what the fold has still to bring there",
        "select concat_ws(' ', c.tenant_id, c.meter, c.period_start, c.used, d.shown, p.waiting, c.unfolded) from usage_counters c
         join meters m on m.key = c.meter
         cross join lateral (
           select coalesce(sum(u.amount), 0) as shown from usage_days u
           where u.tenant_id = c.tenant_id and u.meter = c.meter and u.day >= c.period_start
             and u.day < case m.period when 'day' then c.period_start + 1 else (c.period_start + interval '1 month')::date end) d
         cross join lateral (
           select coalesce(sum(q.amount), 0) as waiting, coalesce(bool_or(q.day = c.day), false) as known from usage_pending q
           where q.tenant_id = c.tenant_id and q.meter = c.meter and q.period_start = c.period_start) p
         where c.used <> d.shown + p.waiting + c.unfolded or (c.unfolded > 0 and not p.known)",
    ),
    (
        // The view tells the time by the database's own clock.
        "a rule that a counter keeps is what holds",
        "select concat_ws(' ', c.tenant_id, c.meter, c.rule_quota, c.rule_granted, q.quota, q.granted, t.status) from usage_counters c
         join quotas q on q.tenant_id = c.tenant_id and q.meter = c.meter and q.period_start = c.period_start
         join tenants t on t.id = c.tenant_id
         where c.rule_until > metering_now() and metering_now() between now() - interval '1 second' and now() + interval '1 second'
           and ((c.rule_quota, c.rule_granted) is distinct from (q.quota - q.granted, q.granted - c.drawn)
             or t.status in ('suspended', 'deleted', 'provisioning'))",
    ),
    (
        "what counters drew is what grants gave",
        "select concat_ws(' ', tenant_id, meter) from (
           select tenant_id, meter, sum(drawn) as drawn from usage_counters group by 1, 2
           except select tenant_id, meter, sum(drawn) from quota_grants group by 1, 2) d where drawn <> 0",
    ),
    (
        "usage is the sum of its events, share by share",
        "select concat_ws(' ', tenant_id, day, meter, model, agent, cost_center, amount, cost_usd) from (
           (select tenant_id, (at at time zone 'utc')::date as day, meter, model, agent, cost_center, sum(amount) as amount, sum(cost_usd) as cost_usd
            from usage_events group by 1, 2, 3, 4, 5, 6
            except select tenant_id, day, meter, model, agent, cost_center, amount, cost_usd from usage_breakdowns)
           union all
           (select tenant_id, day, meter, model, agent, cost_center, amount, cost_usd from usage_breakdowns
            except select tenant_id, (at at time zone 'utc')::date, meter, model, agent, cost_center, sum(amount), sum(cost_usd)
            from usage_events group by 1, 2, 3, 4, 5, 6)) d",
    ),
    (
        "a day has at least what its events add up to",
        "select concat_ws(' ', b.tenant_id, b.meter, b.day)
         from (select tenant_id, meter, day, sum(amount) as amount, sum(cost_usd) as cost_usd from usage_breakdowns group by 1, 2, 3) b
         left join usage_days d on d.tenant_id = b.tenant_id and d.meter = b.meter and d.day = b.day
         where coalesce(d.amount, 0) < b.amount or coalesce(d.cost_usd, 0) < b.cost_usd",
    ),
    (
        "the calls of a key's minute are among those of its tenant",
        "select concat_ws(' ', tenant_id, k.key_id, k.calls, c.minute_calls) from api_key_counters k join api_counters c using (tenant_id)
         where k.minute = c.minute and k.calls > c.minute_calls",
    ),
    (
        "a slug that a tenant had is nobody's now",
        "select a.slug from tenant_slug_aliases a join tenants t on t.slug = a.slug",
    ),
    (
        "an invite is not both accepted and revoked",
        "select email from invites where accepted_at is not null and revoked_at is not null",
    ),
];

/// The summaries as they would be made from nothing; rolled back with the connection.
const RECOMPUTED: &str = "
begin;
create temporary table kept on commit drop as select * from tenant_summaries;
select summarize(array(select id from tenants));";
const DIFFERENT: &str = "
select slug from (
  (select to_jsonb(s) as row, slug from tenant_summaries s except select to_jsonb(k), slug from kept k)
  union
  (select to_jsonb(k), slug from kept k except select to_jsonb(s), slug from tenant_summaries s)) d";

impl World {
    pub async fn broken_invariants(&self) -> Vec<String> {
        let mut broken = Vec::new();
        let mut console = self.console().await;
        for (tenant, seq) in console.verify_chains().await.expect("the chains can be read") {
            broken.push(format!("the audit chain of {tenant} breaks at {seq}"));
        }
        console.commit().await.expect("nothing to refuse");
        // Waits until every connection is back, those too that a dropped transaction left to be healed.
        self.store.close().await;
        for (sentence, contradiction) in NEVER {
            broken.extend(self.texts(contradiction).await.into_iter().map(|found| format!("{sentence}: {found}")));
        }
        let mut conn = self.superuser().await;
        sqlx::raw_sql(RECOMPUTED).execute(&mut conn).await.expect("summaries can be recomputed");
        let different: Vec<String> = sqlx::query_scalar(DIFFERENT).fetch_all(&mut conn).await.expect("and compared");
        broken.extend(different.into_iter().map(|slug| format!("the summary of {slug} is not what its rows add up to")));
        broken
    }
}
