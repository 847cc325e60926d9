//! Evidence: who is asking, proved by a session or a key. The only place that makes it.
//!
//! Evidence is a claim of the moment the session or key was read. Every transaction reads the facts again (`recheck`), so that what was
//! revoked in between ends with the very next statement.

mod keys;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use tower_sessions::Session;
use uuid::Uuid;

pub use keys::ApiKeyHolder;
pub(super) use keys::KeyCache;

use super::error::{Demand, Suspension};
use super::guarded::First;
use super::{Result, StoreError};
use crate::domain::branding::Look;
use crate::domain::capability::Capability;
use crate::domain::ids::{SessionId, TenantId, UserId};
use crate::domain::key::{KeyRefusal, Scope};
use crate::domain::role::Role;
use crate::domain::slug::Slug;
use crate::domain::status::TenantStatus;
use crate::domain::zone::Zone;

/// Who and from where, for the audit log.
#[derive(Debug, Clone)]
pub struct Actor {
    pub(super) kind: &'static str,
    pub(super) id: Option<Uuid>,
    pub(super) name: String,
    pub(super) origin: String,
}

/// A live session of a person. Holds what the session's own query read in this request.
#[derive(Debug, Clone)]
pub struct SignedIn {
    session: SessionId,
    user: UserId,
    email: String,
    name: String,
    platform_admin: bool,
    memberships: Vec<Membership>,
    zone: Option<Zone>,
    second_factor: bool,
    origin: String,
}

/// One line of the tenant switcher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    tenant_id: TenantId,
    pub slug: Slug,
    pub name: String,
    pub role: Role,
    pub status: TenantStatus,
}

/// What the session store puts into a loaded record; never saved.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Snapshot {
    pub session: SessionId,
    pub user: UserId,
    pub email: String,
    pub name: String,
    pub platform_admin: bool,
    pub memberships: Vec<Membership>,
    pub time_zone: Option<String>,
    pub second_factor: bool,
}

/// Where a request comes from: the host its session is bound to, and the address for the audit log.
#[derive(Debug, Clone)]
pub struct Origin {
    pub host: String,
    pub address: String,
}

pub(super) const SNAPSHOT: &str = "snapshot";
/// Keys of a session's data.
pub const USER: &str = "user";
pub const HOST: &str = "host";
pub const AGENT: &str = "agent";
pub const ADDRESS: &str = "address";
/// Set by the database where a role has changed: the session gets a new id with its next page.
pub const ROTATE: &str = "rotate";
/// Of a session that has no [`USER`] yet: who has given the password and not the code.
pub const HALF: &str = "half";

/// The person of this session, or `None` when nobody is signed in, or signed in at another host.
///
/// # Errors
/// `Unavailable` when the session store cannot be read.
pub async fn signed_in(session: &Session, origin: &Origin) -> Result<Option<SignedIn>> {
    let read = |error: tower_sessions::session::Error| StoreError::Unavailable(error.to_string());
    if session.get::<String>(HOST).await.map_err(read)?.as_deref() != Some(origin.host.as_str()) {
        return Ok(None);
    }
    let snapshot = session.get::<Snapshot>(SNAPSHOT).await.map_err(read)?;
    Ok(snapshot.map(|s| SignedIn {
        session: s.session,
        user: s.user,
        email: s.email,
        name: s.name,
        platform_admin: s.platform_admin,
        memberships: s.memberships,
        zone: s.time_zone.and_then(|zone| zone.parse().ok()),
        second_factor: s.second_factor,
        origin: origin.address.clone(),
    }))
}

impl SignedIn {
    pub fn session(&self) -> SessionId {
        self.session
    }

    pub fn user(&self) -> UserId {
        self.user
    }

    pub fn email(&self) -> &str {
        &self.email
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn memberships(&self) -> &[Membership] {
        &self.memberships
    }

    /// The zone that they chose to see times in.
    pub fn zone(&self) -> Option<Zone> {
        self.zone
    }

    pub fn has_second_factor(&self) -> bool {
        self.second_factor
    }

    pub fn is_platform_admin(&self) -> bool {
        self.platform_admin
    }

    /// Evidence of belonging to the tenant with this slug; `None` looks the same for a tenant of others and for none at all.
    pub fn member(&self, slug: &Slug) -> Option<Member> {
        let membership = self.memberships.iter().find(|membership| membership.slug == *slug)?;
        Some(Member { tenant: membership.tenant_id, user: self.user, email: self.email.clone(), origin: self.origin.clone() })
    }

    pub fn platform_admin(&self) -> Option<PlatformAdmin> {
        self.platform_admin.then(|| PlatformAdmin {
            who: PlatformWho::User(self.user),
            actor: Actor { kind: "platform_admin", id: Some(self.user.0), name: self.email.clone(), origin: self.origin.clone() },
        })
    }
}

/// Proof of belonging to one tenant: a [`Member`] or an [`ApiKeyHolder`]. Sealed: nothing else can be made one.
pub trait Evidence: proof::Proof {}

impl Evidence for Member {}
impl Evidence for ApiKeyHolder {}

pub(super) mod proof {
    use super::{Actor, PgConnection, Result, TenantHead, TenantId};

    pub trait Proof: Sync {
        fn tenant(&self) -> TenantId;

        fn actor(&self) -> Actor;

        /// Reads the facts again, inside the transaction.
        fn recheck(&self, conn: &mut PgConnection) -> impl Future<Output = Result<TenantHead>> + Send;
    }
}

/// Evidence that a user is a member of one tenant.
#[derive(Debug, Clone)]
pub struct Member {
    tenant: TenantId,
    user: UserId,
    email: String,
    origin: String,
}

/// The tenant as its members and keys may know it, read inside the transaction.
#[derive(Debug, Clone)]
pub struct TenantHead {
    pub id: TenantId,
    pub slug: Slug,
    pub name: String,
    pub accent: String,
    /// What it has published, where its plan has branding; of a key nothing.
    pub look: Look,
    /// The published version that has CSS of its own.
    pub css_version: Option<i32>,
    pub status: TenantStatus,
    /// Of a key the least.
    pub role: Role,
    /// Of a key what it may be used for; `None` for people.
    scopes: Option<Vec<Scope>>,
    /// Whether the tenant asks everybody for a second factor and this person has none.
    lacks_second_factor: bool,
    /// The database's clock at the start of the transaction.
    pub now: DateTime<Utc>,
    /// A member of whom nothing was noted in the last hour.
    pub(super) unseen: bool,
    status_since: DateTime<Utc>,
    status_reason: Option<String>,
}

impl proof::Proof for Member {
    fn tenant(&self) -> TenantId {
        self.tenant
    }

    fn actor(&self) -> Actor {
        Actor { kind: "member", id: Some(self.user.0), name: self.email.clone(), origin: self.origin.clone() }
    }

    async fn recheck(&self, conn: &mut PgConnection) -> Result<TenantHead> {
        let row = sqlx::query!(
            r#"
            select t.slug, t.name, t.accent, t.status, t.status_since, t.status_reason, m.role, now() as "now!",
              coalesce(m.last_active_at < now() - interval '1 hour', true) as "unseen!",
              t.require_second_factor and second_factor_since(m.user_id) is null as "lacks_second_factor!",
              b.look as "look?: Json<Look>", case when b.css is not null then b.version end as css_version
            from members m
            join tenants t on t.id = m.tenant_id
            left join shown_brandings b on b.tenant_id = t.id
            where m.user_id = $1
            "#,
            self.user.0,
        )
        .fetch_optional(conn)
        .await?
        .ok_or(StoreError::NotFound)?;
        let look = row.look.map(|look| look.0).unwrap_or_default();
        Ok(TenantHead {
            id: self.tenant,
            slug: stored(row.slug.parse())?,
            name: row.name,
            accent: look.accent.clone().unwrap_or(row.accent),
            look,
            css_version: row.css_version,
            status: stored(row.status.parse())?,
            role: stored(row.role.parse())?,
            scopes: None,
            lacks_second_factor: row.lacks_second_factor,
            now: row.now,
            unseen: row.unseen,
            status_since: row.status_since,
            status_reason: row.status_reason,
        })
    }
}

/// A stored text that a check constraint vouches for; anything else is a fault of the database, not of the user.
pub(super) fn stored<T, E: std::error::Error + Send + Sync + 'static>(parsed: std::result::Result<T, E>) -> Result<T> {
    parsed.map_err(|error| StoreError::Db(sqlx::Error::Decode(Box::new(error))))
}

impl TenantHead {
    /// Whether who opened the transaction has this capability too.
    pub(super) fn allows<C: Capability>(&self) -> bool {
        match &self.scopes {
            Some(scopes) => C::SCOPE.is_some_and(|scope| scopes.contains(&scope)),
            None => C::allows(self.role),
        }
    }

    pub(super) fn permit<C: Capability>(self) -> Result<Self> {
        match self.status {
            TenantStatus::Deleted | TenantStatus::Provisioning if self.scopes.is_some() => Err(StoreError::Key(KeyRefusal::Unknown)),
            TenantStatus::Deleted | TenantStatus::Provisioning => Err(StoreError::NotFound),
            TenantStatus::Suspended => Err(StoreError::Suspended(Box::new(Suspension {
                tenant_name: self.name,
                accent: self.accent,
                reason: self.status_reason.unwrap_or_default(),
                since: self.status_since,
            }))),
            TenantStatus::Trial | TenantStatus::Active | TenantStatus::PastDue if self.lacks_second_factor => {
                Err(StoreError::SecondFactorNeeded(Box::new(Demand { slug: self.slug, tenant_name: self.name })))
            }
            TenantStatus::Trial | TenantStatus::Active | TenantStatus::PastDue if self.allows::<C>() => Ok(self),
            TenantStatus::Trial | TenantStatus::Active | TenantStatus::PastDue if self.scopes.is_some() => {
                Err(StoreError::Key(KeyRefusal::WrongScope(C::SCOPE)))
            }
            TenantStatus::Trial | TenantStatus::Active | TenantStatus::PastDue => Err(StoreError::Forbidden),
        }
    }
}

/// Evidence of a platform admin, of a platform key, or of an operator at the machine's own command line.
#[derive(Debug, Clone)]
pub struct PlatformAdmin {
    who: PlatformWho,
    actor: Actor,
}

/// What has to be still so in the database.
#[derive(Debug, Clone, Copy)]
pub(super) enum PlatformWho {
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

    pub(super) fn actor(&self) -> Actor {
        self.actor.clone()
    }

    pub(super) fn who(&self) -> PlatformWho {
        self.who
    }

    pub(super) async fn recheck(&self, conn: &mut PgConnection) -> Result<()> {
        let still = match self.who {
            PlatformWho::Operator => true,
            PlatformWho::User(user) => {
                sqlx::query_scalar!(r#"select exists (select from active_platform_admins where user_id = $1) as "still!""#, user.0)
                    .fetch_one(conn)
                    .await?
            }
            PlatformWho::Key(key) => return keys::recheck_platform_key(key, conn).await,
        };
        if still { Ok(()) } else { Err(StoreError::NotFound) }
    }
}

impl First for PlatformAdmin {
    type Answer = ();

    async fn ask(&self, conn: &mut PgConnection) -> Result<()> {
        self.recheck(conn).await
    }
}
