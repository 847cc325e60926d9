//! The trace of a refusal: why somebody was told no, kept for a week. What was refused is taken back; its trace is not, for it is written in a
//! transaction of its own. The functions that consume and reserve write theirs themselves.

use sqlx::PgConnection;
use uuid::Uuid;

use super::Result;

/// What stood against some calls of one tenant.
#[derive(Debug)]
pub(super) struct Refused<'a> {
    pub meter: &'a str,
    pub used: i64,
    pub limit: i64,
    /// The key that they were made with; `None` for people.
    pub key: Option<Uuid>,
    /// Whether it was the key's own limit.
    pub own: bool,
    /// How many calls.
    pub times: i64,
}

impl Refused<'_> {
    /// For the tenant of the transaction on this connection.
    pub(super) async fn write(&self, conn: &mut PgConnection) -> Result<()> {
        sqlx::query!("select refusal_note($1, $2, $3, $4, $5, $6)", self.meter, self.used, self.limit, self.key, self.own, self.times,)
            .execute(conn)
            .await?;
        Ok(())
    }
}
