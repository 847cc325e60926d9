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
           select from audit_events e where e.tenant_id = t.id and e.action = 'tenant.created') and t.owner_email not like '%@bulk.example'",
    ),
    (
        "nobody is left in a transaction",
        "select concat_ws(' ', usename, state, query) from pg_stat_activity
         where datname = current_database() and application_name like 'tenantry%' and state like 'idle in transaction%'",
    ),
    (
        "the calls of a minute are among those of its day",
        "select tenant_id::text from api_counters where minute_calls > day_calls and (minute at time zone 'utc')::date = day",
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
