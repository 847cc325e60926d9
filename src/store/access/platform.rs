//! Evidence of the right to the console and all tenants: of staff, of a platform key, of the operator at the command line.
//!
//! Which role it carries is read again with each transaction; nothing here remembers it.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{Actor, keys, stored};
use crate::domain::ids::UserId;
use crate::domain::staff::StaffRole;
use crate::store::error::Demand;
use crate::store::guarded::First;
use crate::store::{Result, StoreError};

/// Evidence of a platform admin, of a platform key, or of an operator at the machine's own command line.
#[derive(Debug, Clone)]
pub struct PlatformAdmin {
    pub(super) who: PlatformWho,
    pub(super) actor: Actor,
}

/// What has to be still so in the database.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum PlatformWho {
    Operator,
    User(UserId),
    Key(Uuid),
}

impl PlatformAdmin {
    /// The operator of the command line: whoever can run the binary with the database's credentials.
    pub fn operator(name: &str) -> Self {
        let actor = Actor { kind: "operator", id: None, name: name.to_owned(), origin: "command line".to_owned() };
        Self { who: PlatformWho::Operator, actor }
    }

    /// Of a member of the platform's staff who is signed in.
    pub(super) fn of_staff(user: UserId, email: String, origin: String) -> Self {
        Self { who: PlatformWho::User(user), actor: Actor { kind: "platform_admin", id: Some(user.0), name: email, origin } }
    }

    /// Of whoever began something that a job goes on with, as it was kept: their right is read again with each step.
    pub(in crate::store) fn who_began(kind: &str, id: Option<Uuid>, name: String, origin: String) -> Option<Self> {
        let (who, kind) = match (kind, id) {
            ("platform_admin", Some(id)) => (PlatformWho::User(UserId(id)), "platform_admin"),
            ("platform_key", Some(id)) => (PlatformWho::Key(id), "platform_key"),
            ("operator", None) => (PlatformWho::Operator, "operator"),
            _ => return None,
        };
        Some(Self { who, actor: Actor { kind, id, name, origin } })
    }

    pub(in crate::store) fn actor(&self) -> Actor {
        self.actor.clone()
    }

    pub(in crate::store) fn who(&self) -> PlatformWho {
        self.who
    }

    /// The role of whoever this is, read again.
    ///
    /// # Errors
    /// `NotFound` for who is no platform admin any more, `SecondFactorNeeded` for who owes one; a key that works no more says why.
    pub(in crate::store) async fn recheck(&self, conn: &mut PgConnection) -> Result<StaffRole> {
        match self.who {
            PlatformWho::Operator => Ok(StaffRole::Owner),
            PlatformWho::User(user) => {
                let row = sqlx::query!(
                    r#"select role as "role!", lacks_second_factor as "lacks!" from active_platform_admins where user_id = $1"#,
                    user.0,
                )
                .fetch_optional(conn)
                .await?
                .ok_or(StoreError::NotFound)?;
                if row.lacks {
                    return Err(StoreError::SecondFactorNeeded(Box::new(Demand::Staff)));
                }
                stored(row.role.parse())
            }
            PlatformWho::Key(key) => keys::recheck_platform_key(key, conn).await,
        }
    }
}

impl First for PlatformAdmin {
    type Answer = StaffRole;

    async fn ask(&self, conn: &mut PgConnection) -> Result<StaffRole> {
        self.recheck(conn).await
    }
}
