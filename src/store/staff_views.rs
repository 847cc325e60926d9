//! Views of the tenant list that staff have saved: each their own, shared ones for all to see.

use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::handle::{PlatformRead, PlatformTx};
use super::{Result, StoreError};
use crate::domain::FieldError;
use crate::domain::ids::{UserId, ViewId};
use crate::domain::label::Label;
use crate::domain::listing::TenantQuery;

/// Views of one person.
const MOST: i64 = 50;
/// More than a console shows.
const ALL: i64 = 1_000;

#[derive(Debug, Clone)]
pub struct StaffView {
    pub id: ViewId,
    /// Whose it is.
    pub user: UserId,
    pub by: String,
    pub name: String,
    /// Behind the list's address.
    pub query: String,
    pub shared: bool,
}

/// Everybody's, by their names.
pub(super) async fn list_views(conn: &mut PgConnection) -> Result<Vec<StaffView>> {
    Ok(sqlx::query_as!(
        StaffView,
        r#"
        select v.id, v.user_id as "user", u.name as "by", v.name, v.query, v.shared
        from staff_views v
        join users u on u.id = v.user_id
        order by lower(v.name), v.id
        limit $1
        "#,
        ALL,
    )
    .fetch_all(conn)
    .await?)
}

fn too_many() -> StoreError {
    StoreError::Invalid(FieldError::new("name", format!("You have {MOST} views. Delete one that you need no more.")))
}

fn taken(name: &Label) -> StoreError {
    StoreError::Invalid(FieldError::new("name", format!("You have a view “{}” already. Choose another name.", name.as_str())))
}

impl PlatformRead {
    /// This person's views, and those that others share.
    pub async fn list_staff_views(&mut self, user: UserId) -> Result<Vec<StaffView>> {
        let all = list_views(self.tx.conn()).await?;
        Ok(all.into_iter().filter(|view| view.shared || view.user == user).collect())
    }
}

impl PlatformTx {
    /// Whose views these are.
    ///
    /// # Errors
    /// `Forbidden` for keys and operators: a view is a person's.
    fn person(&self) -> Result<Uuid> {
        self.actor.id.filter(|_| self.actor.kind == "platform_admin").ok_or(StoreError::Forbidden)
    }

    async fn is_name_taken(&mut self, person: Uuid, name: &Label, but: Option<ViewId>) -> Result<bool> {
        let taken = sqlx::query_scalar!(
            r#"select exists (select from staff_views where user_id = $1 and lower(name) = lower($2) and id is distinct from $3) as "taken!""#,
            person,
            name.as_str(),
            but.map(|view| view.0),
        )
        .fetch_one(self.read.tx.conn())
        .await?;
        Ok(taken)
    }

    /// Keeps a view under a name of its own.
    ///
    /// # Errors
    /// `Invalid` for a name that this person has given already, or when they have enough.
    pub async fn save_view(&mut self, name: &Label, view: &TenantQuery, shared: bool) -> Result<ViewId> {
        let person = self.person()?;
        // One at a time: of two at once the second sees the first.
        sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1::text, 20))", person.to_string())
            .execute(self.read.tx.conn())
            .await?;
        if self.is_name_taken(person, name, None).await? {
            return Err(taken(name));
        }
        let query = view.to_query();
        let id = sqlx::query_scalar!(
            r#"
            insert into staff_views (user_id, name, query, shared)
            select $1, $2, $3, $4
            where (select count(*) from staff_views where user_id = $1) < $5
            returning id
            "#,
            person,
            name.as_str(),
            query,
            shared,
            MOST,
        )
        .fetch_optional(self.read.tx.conn())
        .await?
        .ok_or_else(too_many)?;
        let after = json!({ "name": name, "query": query, "shared": shared });
        self.audit_platform("view.saved", name.as_str(), None, Some(after)).await?;
        Ok(ViewId(id))
    }

    /// Gives a view of this person another name, and says who sees it.
    ///
    /// # Errors
    /// `NotFound` for a view of somebody else; `Invalid` for a name that is given already.
    pub async fn change_view(&mut self, view: ViewId, name: &Label, shared: bool) -> Result<()> {
        let person = self.person()?;
        sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1::text, 20))", person.to_string())
            .execute(self.read.tx.conn())
            .await?;
        let before = sqlx::query!("select name, shared from staff_views where id = $1 and user_id = $2", view.0, person)
            .fetch_optional(self.read.tx.conn())
            .await?
            .ok_or(StoreError::NotFound)?;
        if self.is_name_taken(person, name, Some(view)).await? {
            return Err(taken(name));
        }
        sqlx::query!("update staff_views set name = $3, shared = $4 where id = $1 and user_id = $2", view.0, person, name.as_str(), shared)
            .execute(self.read.tx.conn())
            .await?;
        let (was, is) = (json!({ "name": before.name, "shared": before.shared }), json!({ "name": name, "shared": shared }));
        if was == is {
            return Ok(());
        }
        self.audit_platform("view.changed", name.as_str(), Some(was), Some(is)).await
    }

    /// # Errors
    /// `NotFound` for a view of somebody else.
    pub async fn delete_view(&mut self, view: ViewId) -> Result<()> {
        let person = self.person()?;
        let gone = sqlx::query!("delete from staff_views where id = $1 and user_id = $2 returning name, query, shared", view.0, person)
            .fetch_optional(self.read.tx.conn())
            .await?
            .ok_or(StoreError::NotFound)?;
        let before = json!({ "name": gone.name, "query": gone.query, "shared": gone.shared });
        self.audit_platform("view.deleted", &gone.name, Some(before), None).await
    }
}
