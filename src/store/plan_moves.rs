//! Moves of tenants to another version of their plan, as they are looked at: what one would mean, how far it has come, what became of each. They are
//! made in `plan_moving.rs`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::access::stored;
use super::handle::PlatformRead;
use super::plan_versions::{PlanRecord, VersionLine};
use super::{Result, StoreError};
use crate::domain::ids::TenantId;
use crate::domain::quantity::{Unit, short};
use crate::domain::slug::Slug;

/// A limit of the new version that a tenant is beyond.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beyond {
    pub label: String,
    pub bytes: bool,
    pub used: i64,
    pub limit: i64,
}

impl Beyond {
    /// `Agents: 87 of 50`
    pub fn text(&self) -> String {
        let unit = if self.bytes { Unit::Bytes } else { Unit::Count };
        format!("{}: {} of {}", self.label, short(self.used, unit), short(self.limit, unit))
    }
}

/// A tenant that may move.
#[derive(Debug, Clone)]
pub struct Movable {
    pub slug: Slug,
    pub name: String,
    /// The plan's key.
    pub plan: String,
    /// Its version's number.
    pub version: i32,
    /// The price is the contract's and stays.
    pub contract: bool,
    /// What it would be beyond.
    pub beyond: Vec<Beyond>,
}

/// What is to be moved, as somebody confirmed it.
#[derive(Debug, Clone)]
pub struct NewMove {
    /// Made for one showing of the form: what is sent twice with it is one move.
    pub id: Uuid,
    /// The plan's key.
    pub plan: String,
    /// A version's number; `None` is every other one.
    pub from: Option<i32>,
    pub to: i32,
    /// Leave tenants as they are that would be over a limit.
    pub spare_over: bool,
}

/// How far a move has come.
#[derive(Debug, Clone)]
pub struct Move {
    pub id: Uuid,
    /// The plan's key and name.
    pub plan: String,
    pub plan_name: String,
    pub from: Vec<i32>,
    pub to: i32,
    pub spare_over: bool,
    /// Tenants when it began.
    pub total: i64,
    pub moved: i64,
    pub spared: i64,
    pub by: String,
    pub created_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// The job was given up; it can be tried again.
    pub failed: bool,
}

/// What became of one tenant.
#[derive(Debug, Clone)]
pub struct MoveResult {
    id: Uuid,
    pub slug: Slug,
    pub name: String,
    pub moved: bool,
    pub beyond: Vec<Beyond>,
}

#[derive(Debug, Clone)]
pub struct MoveResults {
    pub rows: Vec<MoveResult>,
    /// Where the next page begins.
    pub next: Option<Uuid>,
}

/// Results on one page.
const PAGE: i64 = 100;

/// What a tenant would be beyond with a version.
pub(super) async fn beyond(conn: &mut PgConnection, tenant: TenantId, version: Uuid) -> Result<Vec<Beyond>> {
    Ok(sqlx::query_as!(
        Beyond,
        r#"
        select m.label, m.unit = 'bytes' as "bytes!", q.used as "used!", bounded(e.quota) + q.granted as "limit!"
        from quotas q
        join meters m on m.key = q.meter and m.kind in ('allocated', 'metered')
        join plan_entitlements e on e.plan_version_id = $2 and e.meter = q.meter
        where q.tenant_id = $1
          and not q.overridden
          and q.used > bounded(e.quota) + q.granted
        order by m.position, m.key
        "#,
        tenant.0,
        version,
    )
    .fetch_all(conn)
    .await?)
}

impl PlatformRead {
    /// A tenant, and what it would be beyond with a version.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn find_movable(&mut self, slug: &Slug, to: &VersionLine) -> Result<Movable> {
        let row = sqlx::query!(
            r#"
            select t.id, t.name, p.key, v.version, t.contract_price_usd is not null as "contract!"
            from tenants t
            join plan_versions v on v.id = t.plan_version_id
            join plans p on p.id = v.plan_id
            where t.slug = $1
              and t.status <> 'deleted'
            "#,
            slug.as_str(),
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        let beyond = beyond(self.tx.conn(), TenantId(row.id), to.id).await?;
        Ok(Movable { slug: slug.clone(), name: row.name, plan: row.key, version: row.version, contract: row.contract, beyond })
    }

    /// # Errors
    /// `NotFound`.
    pub async fn get_move(&mut self, id: Uuid) -> Result<Move> {
        let row = sqlx::query!(
            r#"
            select
              p.key, p.name, v.version, m.spare_over, m.total, m.moved, m.spared, m.actor, m.created_at, m.ended_at,
              array(select f.version from plan_versions f where f.id = any (m.from_versions) order by f.version) as "from!",
              exists (
                select from jobs j
                where j.kind = 'move_tenants' and j.payload = jsonb_build_object('move', m.id) and j.state in ('failed', 'cancelled')
              ) as "failed!"
            from plan_moves m
            join plans p on p.id = m.plan_id
            join plan_versions v on v.id = m.to_version_id
            where m.id = $1
            "#,
            id,
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        Ok(Move {
            id,
            plan: row.key,
            plan_name: row.name,
            from: row.from,
            to: row.version,
            spare_over: row.spare_over,
            total: row.total,
            moved: row.moved,
            spared: row.spared,
            by: row.actor,
            created_at: row.created_at,
            ended_at: row.ended_at,
            failed: row.failed,
        })
    }

    /// Moves of a plan, newest first: id, target, when, how many were moved, whether it has ended.
    pub async fn list_moves(&mut self, plan: &PlanRecord) -> Result<Vec<Move>> {
        let ids = sqlx::query_scalar!("select id from plan_moves where plan_id = $1 order by created_at desc limit 10", plan.id)
            .fetch_all(self.tx.conn())
            .await?;
        let mut moves = Vec::with_capacity(ids.len());
        for id in ids {
            moves.push(self.get_move(id).await?);
        }
        Ok(moves)
    }

    /// Results of a move in the order in which they came; `after` is the `next` of the page before.
    pub async fn list_move_results(&mut self, id: Uuid, after: Option<Uuid>) -> Result<MoveResults> {
        let found = sqlx::query!(
            r#"
            select r.tenant_id, t.slug, t.name, r.outcome = 'moved' as "moved!", r.over as "over: Json<Vec<Beyond>>"
            from plan_move_results r
            join tenants t on t.id = r.tenant_id
            where r.move_id = $1
              and ($2::uuid is null or r.tenant_id > $2)
            order by r.tenant_id
            limit $3
            "#,
            id,
            after,
            PAGE + 1,
        )
        .fetch_all(self.tx.conn())
        .await?;
        let mut rows = Vec::with_capacity(found.len());
        for row in found {
            rows.push(MoveResult {
                id: row.tenant_id,
                slug: stored(row.slug.parse())?,
                name: row.name,
                moved: row.moved,
                beyond: row.over.0,
            });
        }
        let most = usize::try_from(PAGE).unwrap_or(0);
        let more = rows.len() > most;
        rows.truncate(most);
        let next = rows.last().filter(|_| more).map(|row| row.id);
        Ok(MoveResults { rows, next })
    }
}
