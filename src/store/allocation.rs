//! Room under a limit, for what is counted by what exists or by what was done this period.

use sqlx::PgConnection;

use super::Result;
use super::access::stored;
use super::error::StoreError;
use super::handle::{PlatformTx, TenantTx};
use super::refusals::Refused;
use crate::domain::capability::Capability;
use crate::domain::ids::TenantId;
use crate::domain::limit::AtLimit;

/// How full a meter is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    pub used: i64,
    pub quota: Option<i64>,
    /// What stands against as much more as was asked about.
    pub against: Option<AtLimit>,
    /// Of members: how many of them there are; the rest of what is used are open invites.
    pub people: Option<i64>,
}

/// What is used of a meter's quota.
struct Room {
    state: AtLimit,
    quota: Option<i64>,
    /// By reservations: not used, and not free.
    held: i64,
    /// Past the quota is allowed and billed.
    overage: bool,
    people: Option<i64>,
}

impl Room {
    /// `None`: whatever is asked for. Of a quota that is used up and more it is negative.
    fn left(&self) -> Option<i64> {
        let quota = self.quota.filter(|_| !self.overage)?;
        Some(quota.saturating_sub(self.state.used).saturating_sub(self.held))
    }

    /// What stands against `more`.
    fn against(self, more: i64) -> Option<AtLimit> {
        let left = self.left()?;
        self.quota.filter(|_| more > left).map(|limit| AtLimit { limit, ..self.state })
    }
}

/// What is used of a meter, and what may be.
async fn room(conn: &mut PgConnection, tenant: TenantId, meter: &str) -> Result<Room> {
    let row = sqlx::query_file!("src/store/room.sql", tenant.0, meter,).fetch_one(conn).await?;
    let unit = stored(row.unit.parse())?;
    let state = AtLimit { meter: meter.to_owned(), label: row.label, unit, period: row.period, used: row.used, limit: 0 };
    Ok(Room { state, quota: row.quota, held: row.held, overage: row.at_limit == "overage", people: row.people })
}

impl<C: Capability> TenantTx<C> {
    /// Makes sure of room for so much more until the transaction ends: one at a time of this tenant takes from a meter. Lock this before any
    /// row.
    ///
    /// # Errors
    /// `AtLimit`. Then the transaction is taken back, a trace of the refusal is kept, and nothing can be written any more.
    pub(super) async fn take_room(&mut self, meter: &str, more: i64) -> Result<()> {
        self.lock_room(meter).await?;
        self.check_room(meter, more).await.map(drop)
    }

    /// From here on nobody else of this tenant takes from the meter. A statement of its own: the next one sees what the transaction before
    /// us committed.
    pub(super) async fn lock_room(&mut self, meter: &str) -> Result<()> {
        sqlx::query!("select room_lock($1)", meter).fetch_one(self.tx.conn()).await?;
        Ok(())
    }

    /// Looks for room at this moment, without a promise; returns how much there is, `None` when nothing stands against any amount.
    ///
    /// # Errors
    /// As `take_room`.
    pub(super) async fn check_room(&mut self, meter: &str, more: i64) -> Result<Option<i64>> {
        let room = room(self.tx.conn(), self.head.id, meter).await?;
        let left = room.left();
        let Some(limit) = room.against(more) else { return Ok(left) };
        Err(self.refuse(meter, limit).await)
    }

    /// Makes sure that one agent more may be active. As long as no more exist than are allowed, all may; after a change to a smaller plan as
    /// many as it allows.
    ///
    /// # Errors
    /// As `take_room`.
    pub(super) async fn take_active_room(&mut self) -> Result<()> {
        self.lock_room("agents").await?;
        let room = room(self.tx.conn(), self.head.id, "agents").await?;
        let (Some(limit), true) = (room.quota, room.left().is_some_and(|left| left < 0)) else { return Ok(()) };
        let active = sqlx::query_scalar!(r#"select count(*) as "active!" from agents where active"#).fetch_one(self.tx.conn()).await?;
        if active < limit {
            return Ok(());
        }
        Err(self.refuse("agents", AtLimit { limit, ..room.state }).await)
    }

    /// Takes the transaction back and leaves a trace.
    async fn refuse(&mut self, meter: &str, limit: AtLimit) -> StoreError {
        let key = self.actor.id.filter(|_| self.actor.kind == "api_key");
        let refused = Refused { meter, used: limit.used, limit: limit.limit, key, own: false, times: 1 };
        if let Err(error) = self.tx.rollback_keeping(self.head.id, &refused).await {
            tracing::warn!(%error, meter, "a refusal left no trace");
        }
        // Nothing is written any more, not even that somebody was here.
        self.head.unseen = false;
        StoreError::AtLimit(Box::new(limit))
    }

    /// Used and quota of a meter, and what stands against so much more at this moment, if anything: to show, never to guard.
    pub async fn get_space(&mut self, meter: &str, more: i64) -> Result<Space> {
        let room = room(self.tx.conn(), self.head.id, meter).await?;
        Ok(Space { used: room.state.used, quota: room.quota, people: room.people, against: room.against(more) })
    }

    /// What stands against so much more at this moment, if anything: to show, never to guard.
    pub async fn find_limit(&mut self, meter: &str, more: i64) -> Result<Option<AtLimit>> {
        Ok(self.get_space(meter, more).await?.against)
    }
}

impl PlatformTx {
    /// Makes sure of a place for so many more people in the tenant, whose seats are locked: staff are held to the same limit, and can raise it.
    ///
    /// # Errors
    /// `AtLimit`.
    pub(super) async fn check_seats(&mut self, tenant: TenantId, more: i64) -> Result<()> {
        match room(self.read.tx.conn(), tenant, "members").await?.against(more) {
            Some(limit) => Err(StoreError::AtLimit(Box::new(limit))),
            None => Ok(()),
        }
    }
}
