//! How the platform is: the database, the queue, mail, who is busy, which statements are slow. Read only.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use sqlx::{PgConnection, Row as _};

use super::Result;
use super::guarded::Guarded;
use super::handle::{PlatformRead, Store};

/// The database, as the platform's login may know it.
#[derive(Debug, Clone)]
pub struct DatabaseHealth {
    pub version: String,
    pub size_bytes: i64,
    pub connections: i64,
    pub most_connections: i64,
    /// Seconds of the oldest transaction of this platform's logins; `None` when none is open.
    pub longest_transaction: Option<i64>,
    /// Per cent of the pages that were in memory already; `None` when nothing was read yet.
    pub cache_hit_percent: Option<Decimal>,
    pub deadlocks: i64,
    /// Servers that follow this one.
    pub replicas: i64,
}

/// The queue and the outbox.
#[derive(Debug, Clone)]
pub struct QueueHealth {
    /// Due and not begun.
    pub waiting: i64,
    pub running: i64,
    /// Seconds since the oldest of them was due.
    pub oldest: Option<i64>,
    /// Within a day, mails that were refused for good left out.
    pub failed: i64,
    pub mails_waiting: i64,
    /// Within a week.
    pub mails_bounced: i64,
}

/// A tenant with many calls today.
#[derive(Debug, Clone)]
pub struct BusyTenant {
    pub slug: String,
    pub name: String,
    pub calls: i64,
    pub tokens: i64,
}

/// A statement that took long in sum, without the values that it was sent with.
#[derive(Debug, Clone)]
pub struct SlowStatement {
    pub text: String,
    pub calls: i64,
    pub mean_ms: f64,
    pub total_ms: f64,
}

/// Slow statements, or why there are none to show.
#[derive(Debug, Clone)]
pub enum Statements {
    /// Slowest in sum first.
    Known(Vec<SlowStatement>),
    /// PostgreSQL does not keep them.
    NotKept,
}

const BUSY: i64 = 8;
const SLOW: i64 = 10;
/// Longest text of a statement that is shown, in characters.
const TEXT: i32 = 600;

/// Of the transactions that this login may see, the seconds of the oldest.
async fn longest(conn: &mut PgConnection) -> Result<Option<i64>> {
    let seconds = sqlx::query_scalar!(
        r#"
        select extract(epoch from now() - min(xact_start))::bigint
        from pg_stat_activity
        where datname = current_database()
          and usename = current_user
          and pid <> pg_backend_pid()
        "#,
    )
    .fetch_one(conn)
    .await?;
    Ok(seconds)
}

/// In which schema the extension stands, if it works here.
async fn statements_schema(conn: &mut PgConnection) -> Result<Option<String>> {
    let schema: Option<String> = sqlx::query_scalar(
        r#"
        select quote_ident(n.nspname)
        from pg_extension x
        join pg_namespace n on n.oid = x.extnamespace
        where x.extname = 'pg_stat_statements'
          and has_schema_privilege(n.oid, 'usage')
          -- There is no such setting where the library is not loaded.
          and current_setting('pg_stat_statements.max', true) is not null
        "#,
    )
    .fetch_optional(conn)
    .await?;
    Ok(schema)
}

/// Those of this login: others' texts are not for it to see. Only of these kinds the text is kept without its values.
async fn slow(conn: &mut PgConnection, schema: &str) -> Result<Vec<SlowStatement>> {
    let query = format!(
        "select left(s.query, {TEXT}) as text, sum(s.calls)::bigint as calls, (sum(s.total_exec_time) / sum(s.calls))::float8 as mean, sum(s.total_exec_time)::float8 as total
         from {schema}.pg_stat_statements s
         join pg_database d on d.oid = s.dbid and d.datname = current_database()
         where s.userid = current_user::regrole and s.calls > 0
           and s.query ~* '^\\s*(select|insert|update|delete|with|merge)\\M'
         group by 1
         order by total desc
         limit {SLOW}"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(query)).fetch_all(conn).await?;
    let statement = |row: &sqlx::postgres::PgRow| SlowStatement {
        text: row.get("text"),
        calls: row.get("calls"),
        mean_ms: row.get("mean"),
        total_ms: row.get("total"),
    };
    Ok(rows.iter().map(statement).collect())
}

impl Store {
    /// What the app's own login may know and nobody else: the seconds of its oldest transaction, and its slow statements.
    async fn of_app(&self) -> Result<(Option<i64>, Option<Vec<SlowStatement>>)> {
        let mut conn = Guarded::open(self.app_pool()).await?;
        let longest = longest(conn.conn()).await?;
        let slow = match statements_schema(conn.conn()).await? {
            Some(schema) => Some(slow(conn.conn(), &schema).await?),
            None => None,
        };
        conn.release();
        Ok((longest, slow))
    }

    /// The database, and its slow statements.
    pub async fn database_health(&self, read: &mut PlatformRead) -> Result<(DatabaseHealth, Statements)> {
        let (app_longest, app_slow) = self.of_app().await?;
        let conn = read.tx.conn();
        let row = sqlx::query!(
            r#"
            select
              current_setting('server_version') as "version!", pg_database_size(current_database()) as "size!",
              (select count(*) from pg_stat_activity where datname = current_database()) as "connections!",
              current_setting('max_connections')::bigint as "most!",
              s.blks_hit * 100.0 / nullif(s.blks_hit + s.blks_read, 0) as hit, s.deadlocks as "deadlocks!",
              (select count(*) from pg_stat_replication) as "replicas!"
            from pg_stat_database s
            where s.datname = current_database()
            "#,
        )
        .fetch_one(&mut *conn)
        .await?;
        let own_longest = longest(conn).await?;
        let own_slow = match statements_schema(conn).await? {
            Some(schema) => Some(slow(conn, &schema).await?),
            None => None,
        };
        let statements = match (app_slow, own_slow) {
            (None, None) => Statements::NotKept,
            (app, own) => {
                let mut all: Vec<SlowStatement> = app.into_iter().chain(own).flatten().collect();
                all.sort_by(|one, other| other.total_ms.total_cmp(&one.total_ms));
                all.truncate(SLOW.to_usize().unwrap_or(usize::MAX));
                Statements::Known(all)
            }
        };
        let health = DatabaseHealth {
            version: row.version,
            size_bytes: row.size,
            connections: row.connections,
            most_connections: row.most,
            longest_transaction: app_longest.max(own_longest),
            cache_hit_percent: row.hit.map(|hit| hit.round_dp(1)),
            deadlocks: row.deadlocks,
            replicas: row.replicas,
        };
        Ok((health, statements))
    }
}

impl PlatformRead {
    pub async fn queue_health(&mut self) -> Result<QueueHealth> {
        Ok(sqlx::query_as!(
            QueueHealth,
            r#"
            select
              (select count(*) from jobs where state = 'queued' and run_at <= now()) as "waiting!",
              (select count(*) from jobs where state = 'running') as "running!",
              (select extract(epoch from now() - min(run_at))::bigint from jobs where state = 'queued' and run_at <= now()) as oldest,
              (select count(*) from jobs j
               where j.state = 'failed' and j.ended_at > now() - interval '1 day'
                 and not exists (select from mails m where m.id = j.id and m.outcome = 'bounced')) as "failed!",
              (select count(*) from jobs where kind = 'mail' and state in ('queued', 'running')) as "mails_waiting!",
              (select count(*) from mails where outcome = 'bounced' and outcome_at > now() - interval '7 days') as "mails_bounced!"
            "#,
        )
        .fetch_one(self.tx.conn())
        .await?)
    }

    /// Those with the most calls of the machine API today.
    pub async fn list_busiest_tenants(&mut self) -> Result<Vec<BusyTenant>> {
        Ok(sqlx::query_as!(
            BusyTenant,
            r#"
            select
              t.slug, t.name, d.amount as calls,
              coalesce((select k.amount from usage_days k where k.tenant_id = d.tenant_id and k.meter = 'tokens' and k.day = d.day), 0) as "tokens!"
            from (
              select tenant_id, day, amount
              from usage_days
              where meter = 'api_calls'
                and day = today()
                and amount > 0
              order by amount desc, tenant_id
              limit $1
            ) d
            join tenants t on t.id = d.tenant_id
            order by d.amount desc, d.tenant_id
            "#,
            BUSY,
        )
        .fetch_all(self.tx.conn())
        .await?)
    }
}
