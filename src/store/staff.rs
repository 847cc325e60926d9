//! The platform's own staff: who is on it, with which role, and what all of them owe. Every change is an event of the platform's chain.

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::access::stored;
use super::handle::{PlatformRead, PlatformTx};
use super::mail::post;
use super::tokens::hash_token;
use super::{Result, StoreError};
use crate::domain::email::Email;
use crate::domain::ids::UserId;
use crate::domain::mail::{Letter, Notice, OneTime};
use crate::domain::name::Name;
use crate::domain::staff::StaffRole;

/// One of the staff, as owners see them.
#[derive(Debug, Clone)]
pub struct StaffMember {
    pub user: UserId,
    pub email: String,
    pub name: String,
    pub role: StaffRole,
    pub since: DateTime<Utc>,
    pub last_active_at: Option<DateTime<Utc>>,
    pub second_factor_since: Option<DateTime<Utc>>,
    /// Whether they have chosen a password by the link of their appointment: before, they are nobody here.
    pub accepted: bool,
}

/// What holds for all staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaffRules {
    pub second_factor: bool,
    pub demo: bool,
    /// The database's clock.
    pub now: DateTime<Utc>,
}

/// How long the link of new staff works.
const LINK_DAYS: i32 = 7;

fn told(subject: &str, text: String) -> Letter {
    Letter::Notice(Notice { subject: subject.to_owned(), paragraphs: vec![text], page: None })
}

impl PlatformRead {
    /// Everybody, the most powerful first.
    pub async fn list_staff(&mut self) -> Result<Vec<StaffMember>> {
        let rows = sqlx::query!(
            r#"
            select user_id as "user_id!", email as "email!", name as "name!", role as "role!", since as "since!", last_active_at,
              second_factor_since, accepted as "accepted!"
            from staff_members()
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(StaffMember {
                    user: UserId(row.user_id),
                    email: row.email,
                    name: row.name,
                    role: stored(row.role.parse())?,
                    since: row.since,
                    last_active_at: row.last_active_at,
                    second_factor_since: row.second_factor_since,
                    accepted: row.accepted,
                })
            })
            .collect()
    }

    pub async fn get_staff_rules(&mut self) -> Result<StaffRules> {
        let row =
            sqlx::query!(r#"select staff_second_factor, demo, now() as "now!" from platform_settings"#).fetch_one(self.tx.conn()).await?;
        Ok(StaffRules { second_factor: row.staff_second_factor, demo: row.demo, now: row.now })
    }
}

impl PlatformTx {
    /// Whether an owner is left who can sign in, beside this person. Owners change one at a time: their rows are locked.
    pub(super) async fn has_other_owner(&mut self, beside: Option<UserId>) -> Result<bool> {
        sqlx::query!("select user_id from platform_admins where role = 'owner' order by user_id for update")
            .fetch_all(self.read.tx.conn())
            .await?;
        // A statement of its own: it sees what those committed for whom this one waited.
        Ok(sqlx::query_scalar!(
            r#"
            select exists (
              select from staff_members() where role = 'owner' and accepted and user_id is distinct from $1) as "other!"
            "#,
            beside.map(|user| user.0),
        )
        .fetch_one(self.read.tx.conn())
        .await?)
    }

    /// Appoints whoever has this address, and mails them a link: once they have chosen a password with it, they are on the staff. Also of
    /// who has an account already this is asked: somebody else may have made it for their address, and would have the power now.
    ///
    /// # Errors
    /// `Forbidden` for a role that may do more than whoever appoints; `WrongState` when they are on the staff already, or their account is
    /// disabled.
    pub async fn appoint_staff(&mut self, email: &Email, role: StaffRole) -> Result<()> {
        if !self.role.covers(role) {
            return Err(StoreError::Forbidden);
        }
        let found =
            sqlx::query!("select id, disabled_at from users where email = $1", email.as_str()).fetch_optional(self.read.tx.conn()).await?;
        let user = match found {
            Some(found) if found.disabled_at.is_some() => return Err(StoreError::WrongState("This account is disabled.")),
            Some(found) => found.id,
            None => self.insert_nameless(email).await?,
        };
        let made = sqlx::query!(
            r#"
            insert into platform_admins (user_id, role, accepted_at)
            values ($1, $2, null)
            on conflict on constraint platform_admins_pkey do nothing
            "#,
            user,
            role.as_str(),
        )
        .execute(self.read.tx.conn())
        .await?;
        if made.rows_affected() == 0 {
            return Err(StoreError::WrongState("They are on the staff already; change their role in the list."));
        }
        self.audit_platform("staff.appointed", email.as_str(), None, Some(json!({ "role": role }))).await?;
        self.post_appointment(user, email, role).await
    }

    async fn insert_nameless(&mut self, email: &Email) -> Result<Uuid> {
        // An address need not make a good name; then it is "Staff" until its person says better.
        let name = email.as_name().parse::<Name>().map_or_else(|_| "Staff".to_owned(), |name| name.as_str().to_owned());
        Ok(sqlx::query_scalar!("insert into users (email, name) values ($1, $2) returning id", email.as_str(), name)
            .fetch_one(self.read.tx.conn())
            .await?)
    }

    async fn post_appointment(&mut self, user: Uuid, email: &Email, role: StaffRole) -> Result<()> {
        let row = sqlx::query!(
            r#"select name, uuid_v7() as "link!", now() + make_interval(days => $2) as "expires_at!" from users where id = $1"#,
            user,
            LINK_DAYS,
        )
        .fetch_one(self.read.tx.conn())
        .await?;
        let token = self.read.secret.link_token(OneTime::PasswordReset(row.link));
        sqlx::query!(
            "insert into account_links (id, user_id, kind, email, token_hash, expires_at) values ($1, $2, 'password', $3, $4, $5)",
            row.link,
            user,
            email.as_str(),
            hash_token(&token),
            row.expires_at,
        )
        .execute(self.read.tx.conn())
        .await?;
        let by = self.actor.name.clone();
        let letter = Letter::StaffAppointed { link: row.link, name: row.name, role, by, expires_at: row.expires_at };
        post(self.read.tx.conn(), None, email, &letter).await?;
        Ok(())
    }

    /// This person's address and role, locked.
    async fn lock_staff(&mut self, user: UserId) -> Result<(Email, StaffRole)> {
        let row = sqlx::query!(
            r#"
            select u.email, a.role
            from platform_admins a
            join users u on u.id = a.user_id
            where a.user_id = $1
            for update of a
            "#,
            user.0,
        )
        .fetch_optional(self.read.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        Ok((stored(row.email.parse())?, stored(row.role.parse())?))
    }

    /// Gives somebody another role, from their next click on.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when the role is not the one that was shown any more; `LastOwner`; `Forbidden` for more power than one's own.
    pub async fn change_staff_role(&mut self, user: UserId, was: StaffRole, role: StaffRole) -> Result<()> {
        // All owners first, then the one: whoever changes staff locks in this order.
        let other_owner = self.has_other_owner(Some(user)).await?;
        let (email, before) = self.lock_staff(user).await?;
        if before != was {
            return Err(StoreError::WrongState("Somebody else changed this role meanwhile. Look at the list, then choose again."));
        }
        if !self.role.covers(role) || !self.role.covers(before) {
            return Err(StoreError::Forbidden);
        }
        if before == role {
            return Ok(());
        }
        if before == StaffRole::Owner && !other_owner {
            return Err(StoreError::LastOwner);
        }
        sqlx::query!("update platform_admins set role = $2 where user_id = $1", user.0, role.as_str()).execute(self.read.tx.conn()).await?;
        sqlx::query_scalar!("select staff_rotate($1)", user.0).fetch_one(self.read.tx.conn()).await?;
        self.audit_platform("staff.role_changed", email.as_str(), Some(json!({ "role": before })), Some(json!({ "role": role }))).await?;
        let text = format!("{} made you {}. {}", self.actor.name, role.label().to_lowercase(), role.about());
        post(self.read.tx.conn(), None, &email, &told("Your role on the platform's staff changed", text)).await?;
        Ok(())
    }

    /// Takes somebody off the staff, from their next click on. Their account stays, and what they belong to as members.
    ///
    /// # Errors
    /// `NotFound`; `LastOwner`; `Forbidden` for who has more power than oneself.
    pub async fn end_staff(&mut self, user: UserId) -> Result<()> {
        let other_owner = self.has_other_owner(Some(user)).await?;
        let (email, role) = self.lock_staff(user).await?;
        if !self.role.covers(role) {
            return Err(StoreError::Forbidden);
        }
        if role == StaffRole::Owner && !other_owner {
            return Err(StoreError::LastOwner);
        }
        // Before the row goes: it says whose sessions these are.
        sqlx::query_scalar!("select staff_rotate($1)", user.0).fetch_one(self.read.tx.conn()).await?;
        sqlx::query!("delete from platform_admins where user_id = $1", user.0).execute(self.read.tx.conn()).await?;
        self.audit_platform("staff.ended", email.as_str(), Some(json!({ "role": role })), None).await?;
        let text = format!("{} took you off the platform's staff. The console is closed to you; your account stays.", self.actor.name);
        post(self.read.tx.conn(), None, &email, &told("You are off the platform's staff", text)).await?;
        Ok(())
    }

    /// Says whether all staff need a second factor.
    ///
    /// # Errors
    /// `WrongState` when whoever asks for it has none: they would shut themselves out.
    pub async fn set_staff_second_factor(&mut self, required: bool) -> Result<()> {
        let asker = match self.actor.id {
            Some(id) if required && self.actor.kind == "platform_admin" => Some(id),
            _ => None,
        };
        let lacks = sqlx::query_scalar!(r#"select $1::uuid is not null and second_factor_since($1) is null as "lacks!""#, asker)
            .fetch_one(self.read.tx.conn())
            .await?;
        if lacks {
            return Err(StoreError::WrongState("Set up a second factor of your own first, on the page of your account."));
        }
        let before =
            sqlx::query_scalar!("select staff_second_factor from platform_settings for update").fetch_one(self.read.tx.conn()).await?;
        if before == required {
            return Ok(());
        }
        sqlx::query!("update platform_settings set staff_second_factor = $1", required).execute(self.read.tx.conn()).await?;
        let fact = |required: bool| Some(json!({ "second_factor_required": required }));
        self.audit_platform("staff.second_factor", "staff", fact(before), fact(required)).await
    }

    /// The demo's admin signs in with a password alone.
    pub(super) async fn mark_as_demo(&mut self) -> Result<()> {
        sqlx::query!("update platform_settings set demo = true, staff_second_factor = false").execute(self.read.tx.conn()).await?;
        let (before, after) = (json!({ "second_factor_required": true }), json!({ "second_factor_required": false, "demo": true }));
        self.audit_platform("staff.second_factor", "staff", Some(before), Some(after)).await
    }
}
