//! What the worker that sends needs: the letter of a job, and a place to say what became of it.

use chrono::{DateTime, Utc};

use super::OwnHost;
use crate::domain::email::Email;
use crate::domain::ids::JobId;
use crate::domain::mail::{Brand, Letter};
use crate::store::Result;
use crate::store::access::stored;
use crate::store::handle::Store;
use crate::store::jobs::{Claimed, fail, finish};

/// A mail to be sent.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Stays the same however often it is sent.
    pub id: JobId,
    pub recipient: Email,
    pub letter: Letter,
    pub brand: Brand,
    pub home: Option<OwnHost>,
    pub posted_at: DateTime<Utc>,
    /// The database's clock.
    pub now: DateTime<Utc>,
}

/// What became of a mail. Texts are what the mail server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    Sent(String),
    /// Not sent: no mail server is configured.
    Kept,
    /// Refused for good.
    Bounced(String),
}

impl Store {
    /// The letter of this job. Nothing is held afterwards.
    ///
    /// # Errors
    /// `NotFound` for a job without one.
    pub async fn outgoing_mail(&self, job: &Claimed) -> Result<Outgoing> {
        let mut tx = self.worker(None).await?;
        let row = sqlx::query!(
            r#"
            select m.recipient, m.letter, j.tenant_id, j.created_at, now() as "now!"
            from mails m
            join jobs j on j.id = m.id
            where m.id = $1
            "#,
            job.id.0,
        )
        .fetch_one(tx.conn())
        .await?;
        let brand = super::brand(tx.conn(), row.tenant_id).await?;
        let home = super::own_host(tx.conn(), row.tenant_id).await?;
        tx.commit().await?;
        Ok(Outgoing {
            id: job.id,
            recipient: stored::<Email, _>(row.recipient.parse())?,
            letter: super::letter(row.letter)?,
            brand,
            home,
            posted_at: row.created_at,
            now: row.now,
        })
    }

    /// Marks the mail, and ends its job with it: a mail that was refused for good is not tried again.
    ///
    /// # Errors
    /// `WrongState` when the lease is lost: somebody else sends it again.
    pub async fn settle_mail(&self, job: &Claimed, delivery: &Delivery) -> Result<()> {
        let (outcome, reply) = match delivery {
            Delivery::Sent(reply) => ("sent", Some(reply.replace('\0', ""))),
            Delivery::Kept => ("kept", None),
            Delivery::Bounced(reply) => ("bounced", Some(reply.replace('\0', ""))),
        };
        let mut tx = self.begin_leased(job, None).await?;
        sqlx::query!("update mails set outcome = $2, outcome_at = now(), reply = left($3, 500) where id = $1", job.id.0, outcome, reply,)
            .execute(tx.conn())
            .await?;
        match delivery {
            Delivery::Sent(_) | Delivery::Kept => finish(tx, job).await,
            Delivery::Bounced(reply) => {
                fail(&mut tx, job, reply, false).await?;
                tx.commit().await
            }
        }
    }
}
