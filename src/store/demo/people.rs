//! The demo's people: accounts and memberships; only the demo accounts get a password.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::draw::DemoTenant;
use crate::domain::email::Email;
use crate::domain::name::Name;
use crate::domain::staff::StaffRole;
use crate::store::{PlatformTx, Result, StoreError};

/// The platform admin of the demo.
pub const PLATFORM_ADMIN: (&str, &str) = ("admin@tenantry.example", "Ada Admin");

impl PlatformTx {
    pub(super) async fn insert_people(&mut self, tenants: &[DemoTenant], ids: &[Uuid]) -> Result<()> {
        let mut tenant: Vec<Uuid> = Vec::new();
        let (mut email, mut name, mut role): (Vec<&str>, Vec<&str>, Vec<&str>) = Default::default();
        let mut joined: Vec<DateTime<Utc>> = Vec::new();
        let mut seen: Vec<Option<DateTime<Utc>>> = Vec::new();
        for (drawn, id) in tenants.iter().zip(ids) {
            for member in &drawn.members {
                tenant.push(*id);
                email.push(&member.person.email);
                name.push(&member.person.name);
                role.push(member.person.role.as_str());
                joined.push(member.joined_at);
                seen.push(member.last_active_at);
            }
        }
        sqlx::query!(
            r#"
            insert into users (email, name)
            select email, name
            from unnest($1::text[], $2::text[]) as p (email, name)
            on conflict on constraint users_email do nothing
            "#,
            &email as &[&str],
            &name as &[&str],
        )
        .execute(self.read.tx.conn())
        .await?;
        sqlx::query!(
            r#"
            insert into members (tenant_id, user_id, role, joined_at, last_active_at)
            select p.tenant_id, u.id, p.role, p.joined_at, p.last_active_at
            from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])
              as p (tenant_id, email, role, joined_at, last_active_at)
            join users u on u.email = p.email
            "#,
            &tenant,
            &email as &[&str],
            &role as &[&str],
            &joined,
            &seen as &[Option<DateTime<Utc>>],
        )
        .execute(self.read.tx.conn())
        .await?;
        Ok(())
    }

    /// Gives the people who sign in the demo password, unless they have one of their own already.
    pub(super) async fn set_demo_passwords(&mut self, tenants: &[DemoTenant], password_hash: &str) -> Result<()> {
        let emails: Vec<&str> =
            tenants.iter().flat_map(|t| &t.members).filter(|m| m.person.signs_in).map(|m| m.person.email.as_str()).collect();
        sqlx::query!("select count(set_first_password(id, $1)) from users where email = any ($2)", password_hash, &emails as &[&str],)
            .fetch_one(self.read.tx.conn())
            .await?;
        Ok(())
    }

    /// Makes the demo's platform admin; one that is there stays as it is.
    pub(super) async fn ensure_demo_admin(&mut self, password_hash: &str) -> Result<()> {
        let (email, name) = PLATFORM_ADMIN;
        let (Ok(email), Ok(name)) = (email.parse::<Email>(), name.parse::<Name>()) else { return Ok(()) };
        let alone = !self.has_other_owner(None).await?;
        match self.create_platform_admin(&email, &name, password_hash, StaffRole::Owner).await {
            // Who has staff of their own has no demo, whatever else was filled in: there the second factor stays required.
            Ok(_) if alone => self.mark_as_demo().await,
            Ok(_) | Err(StoreError::WrongState(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
