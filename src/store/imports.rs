//! Files of people to be invited: kept from the upload until an admin has seen what is in them, for a day at most. What is wrong with a line
//! is found anew each time somebody looks: a team changes meanwhile.

use chrono::{DateTime, Utc};

use super::handle::TenantTx;
use super::invites::Cause;
use super::inviting::Imported;
use super::{Result, StoreError};
use crate::domain::capability::ManageTeam;
use crate::domain::document::FileName;
use crate::domain::ids::ImportId;
use crate::domain::invite::NewInvite;
use crate::domain::roster::Roster;

#[derive(Debug, Clone)]
pub struct Import {
    pub file_name: String,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub state: ImportState,
}

#[derive(Debug, Clone)]
pub enum ImportState {
    /// Its lines as they stand now.
    Waiting(Roster),
    Done {
        at: DateTime<Utc>,
        by: String,
        invited: i64,
        skipped: i64,
    },
}

impl TenantTx<ManageTeam> {
    /// Keeps a file; nobody is invited yet.
    pub async fn keep_import(&mut self, file_name: &FileName, content: &[u8]) -> Result<ImportId> {
        let id = sqlx::query_scalar!(
            "insert into imports (tenant_id, file_name, content, created_by) values ($1, $2, $3, $4) returning id",
            self.head.id.0,
            file_name.as_str(),
            content,
            self.actor.name,
        )
        .fetch_one(self.tx.conn())
        .await?;
        Ok(ImportId(id))
    }

    /// # Errors
    /// `NotFound`, also when it was kept long enough.
    pub async fn get_import(&mut self, import: ImportId) -> Result<Import> {
        let row = sqlx::query!(
            r#"
            select file_name, content, created_by, created_at, done_at, done_by, invited, skipped
            from imports
            where tenant_id = $1
              and id = $2
            "#,
            self.head.id.0,
            import.0,
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        let state = match (row.content, row.done_at, row.done_by) {
            (_, Some(at), Some(by)) => ImportState::Done {
                at,
                by,
                invited: row.invited.unwrap_or_default().into(),
                skipped: row.skipped.unwrap_or_default().into(),
            },
            (content, _, _) => {
                // Whatever could not be read was refused before it was kept.
                let mut roster = Roster::read(&content.unwrap_or_default()).unwrap_or_default();
                self.check_roster(&mut roster).await?;
                ImportState::Waiting(roster)
            }
        };
        Ok(Import { file_name: row.file_name, created_by: row.created_by, created_at: row.created_at, state })
    }

    /// Invites everybody in the file, or everybody but those of bad lines. Carried out once: a second time changes nothing.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when no line is good; `AtLimit`.
    pub async fn carry_out_import(&mut self, import: ImportId, skip_bad: bool) -> Result<Imported> {
        self.lock_room("members").await?;
        sqlx::query!("select id from imports where tenant_id = $1 and id = $2 for update", self.head.id.0, import.0)
            .fetch_optional(self.tx.conn())
            .await?
            .ok_or(StoreError::NotFound)?;
        let ImportState::Waiting(roster) = self.get_import(import).await?.state else { return Ok(Imported::Made(Vec::new())) };
        if !roster.bad.is_empty() && !skip_bad {
            return Ok(Imported::Refused);
        }
        if roster.good.is_empty() {
            return Err(StoreError::WrongState("There is nobody in this file who can be invited."));
        }
        self.check_room("members", i64::try_from(roster.good.len()).unwrap_or(i64::MAX)).await?;
        let new: Vec<NewInvite> = roster.good.into_iter().map(|line| line.invite).collect();
        let made = self.inviter().make(&new, Cause::default()).await?;
        sqlx::query!(
            "update imports set content = null, done_at = now(), done_by = $3, invited = $4, skipped = $5 where tenant_id = $1 and id = $2",
            self.head.id.0,
            import.0,
            self.actor.name,
            i32::try_from(made.len()).unwrap_or(i32::MAX),
            i32::try_from(roster.bad.len()).unwrap_or(i32::MAX),
        )
        .execute(self.tx.conn())
        .await?;
        Ok(Imported::Made(made))
    }
}
