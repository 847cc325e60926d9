//! Evidence: who is asking, proved by a session or a key. The only place that makes it.
//!
//! Evidence is a claim of the moment the session or key was read. Every transaction reads the facts again (`enter`), so that what was
//! revoked in between ends with the very next statement.

mod keys;
mod platform;
mod support;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};
use tower_sessions::Session;
use uuid::Uuid;

pub use keys::ApiKeyHolder;
pub(super) use keys::KeyCache;
pub use platform::PlatformAdmin;
pub(super) use platform::PlatformWho;
pub use support::{Looker, SupportAccess, SupportViewer, Watched};

use super::error::{Demand, Suspension};
use super::guarded::{First, Guarded, begin_in};
use super::pool::Pool;
use super::{Result, StoreError};
use crate::domain::branding::Look;
use crate::domain::capability::Capability;
use crate::domain::ids::{SessionId, TenantId, UserId};
use crate::domain::key::{KeyRefusal, Scope};
use crate::domain::lifecycle::{self, Verdict, Way};
use crate::domain::role::Role;
use crate::domain::slug::Slug;
use crate::domain::staff::{HelpTenants, StaffCapability as _, StaffRole};
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
    staff: Option<Staff>,
    memberships: Vec<Membership>,
    zone: Option<Zone>,
    second_factor: bool,
    fresh: bool,
    support: Option<SupportAccess>,
    origin: String,
}

/// What a member of the platform's staff is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    pub role: StaffRole,
    /// Whether they owe a second factor: until they have one, the console is closed to them.
    pub lacks_second_factor: bool,
    /// Whether this is a demo, whose staff need none.
    pub demo: bool,
}

/// One line of the tenant switcher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    tenant_id: TenantId,
    pub slug: Slug,
    pub name: String,
    pub role: Role,
    pub status: TenantStatus,
    /// Slugs that it had before.
    #[serde(default)]
    aliases: Vec<Slug>,
}

/// What the session store puts into a loaded record; never saved.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Snapshot {
    pub session: SessionId,
    pub user: UserId,
    pub email: String,
    pub name: String,
    pub staff: Option<Staff>,
    pub memberships: Vec<Membership>,
    pub time_zone: Option<String>,
    pub second_factor: bool,
    pub fresh: bool,
    pub support: Option<SupportAccess>,
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
        staff: s.staff,
        memberships: s.memberships,
        zone: s.time_zone.and_then(|zone| zone.parse().ok()),
        second_factor: s.second_factor,
        fresh: s.fresh,
        // Whoever may not have it any more is back in a session of their own.
        support: s.support.filter(|_| s.staff.is_some_and(|staff| !staff.lacks_second_factor && HelpTenants::allows(staff.role))),
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

    /// Whether password or code was given in this session within the last quarter of an hour.
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    pub fn is_platform_admin(&self) -> bool {
        self.staff.is_some()
    }

    /// What they are on the platform's staff, if they are on it.
    pub fn staff(&self) -> Option<Staff> {
        self.staff
    }

    /// The tenant that this session looks at as support. Meanwhile it changes nothing, anywhere, and is nobody's member.
    pub fn support(&self) -> Option<&SupportAccess> {
        self.support.as_ref()
    }

    /// Evidence to look at the tenant with this slug: as one of its members, or as support.
    pub fn looker(&self, slug: &Slug) -> Option<Looker> {
        match &self.support {
            Some(access) => (access.slug == *slug).then(|| {
                let actor = Actor { kind: "platform_admin", id: Some(self.user.0), name: self.email.clone(), origin: self.origin.clone() };
                Looker::Support(SupportViewer { access: access.clone(), session: self.session, actor })
            }),
            None => self.member(slug).map(Looker::Member),
        }
    }

    /// Evidence of belonging to the tenant that has this slug, or had it before; `None` looks the same for a tenant of others and for none at
    /// all.
    pub fn member(&self, slug: &Slug) -> Option<Member> {
        if self.support.is_some() {
            return None;
        }
        let membership = self.memberships.iter().find(|membership| membership.slug == *slug || membership.aliases.contains(slug))?;
        Some(Member { tenant: membership.tenant_id, user: self.user, email: self.email.clone(), origin: self.origin.clone() })
    }

    /// The slug that a tenant of theirs has now, if it had this one before.
    pub fn moved(&self, slug: &Slug) -> Option<&Slug> {
        self.memberships.iter().find(|membership| membership.aliases.contains(slug)).map(|membership| &membership.slug)
    }

    pub fn platform_admin(&self) -> Option<PlatformAdmin> {
        self.staff.map(|_| PlatformAdmin::of_staff(self.user, self.email.clone(), self.origin.clone()))
    }
}

/// Proof of belonging to one tenant: a [`Member`] or an [`ApiKeyHolder`]. Sealed: nothing else can be made one.
pub trait Evidence: proof::Proof {}

impl Evidence for Member {}
impl Evidence for ApiKeyHolder {}

pub(super) mod proof {
    use super::{Actor, Guarded, Pool, Result, TenantHead};

    pub trait Proof: Sync {
        fn actor(&self) -> Actor;

        /// Begins a transaction inside the tenant and reads the facts again in it. The transaction is open also when they do not hold.
        fn enter(&self, pool: &Pool) -> impl Future<Output = Result<(Guarded, Result<TenantHead>)>> + Send;
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
    /// A support access to the tenant that runs now.
    pub watched: Option<Watched>,
    /// The database's clock at the start of the transaction.
    pub now: DateTime<Utc>,
    /// A member of whom nothing was noted in the last hour.
    pub(super) unseen: bool,
    status_since: DateTime<Utc>,
    status_reason: Option<String>,
}

impl proof::Proof for Member {
    fn actor(&self) -> Actor {
        Actor { kind: "member", id: Some(self.user.0), name: self.email.clone(), origin: self.origin.clone() }
    }

    async fn enter(&self, pool: &Pool) -> Result<(Guarded, Result<TenantHead>)> {
        // A UUID prints as hex digits and hyphens: nothing to escape. Messages of several statements take no parameters.
        let begin = begin_in(self.tenant, "begin");
        let statements = Entering(format!("{begin}; select * from member_head('{}')", self.user));
        let (tx, row) = Guarded::connect(pool, &statements).await?;
        Ok((tx, row.ok_or(StoreError::NotFound).and_then(|row| self.head(&row))))
    }
}

/// `begin`, the tenant, and the member's place in it, in one round trip.
struct Entering(String);

impl First for Entering {
    type Answer = Option<PgRow>;
    const BEGINS: bool = true;

    async fn ask(&self, conn: &mut PgConnection) -> Result<Option<PgRow>> {
        Ok(sqlx::raw_sql(AssertSqlSafe(self.0.as_str())).fetch_optional(conn).await?)
    }
}

impl Member {
    fn head(&self, row: &PgRow) -> Result<TenantHead> {
        let look = row.try_get::<Option<Json<Look>>, _>("look")?.map(|look| look.0).unwrap_or_default();
        Ok(TenantHead {
            id: self.tenant,
            slug: stored(row.try_get::<&str, _>("slug")?.parse())?,
            name: row.try_get("name")?,
            accent: look.accent.clone().map_or_else(|| row.try_get("accent"), Ok)?,
            look,
            css_version: row.try_get("css_version")?,
            status: stored(row.try_get::<&str, _>("status")?.parse())?,
            role: stored(row.try_get::<&str, _>("role")?.parse())?,
            scopes: None,
            lacks_second_factor: row.try_get("lacks_second_factor")?,
            watched: row.try_get::<Option<Json<Watched>>, _>("watched")?.map(|watched| watched.0),
            now: row.try_get("now")?,
            unseen: row.try_get("unseen")?,
            status_since: row.try_get("status_since")?,
            status_reason: row.try_get("status_reason")?,
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

    /// Lets through whom the tenant's state and their own rights let through.
    pub(super) fn permit<C: Capability>(self) -> Result<Self> {
        // People come by pages and functions, for which every state has the same verdict.
        let way = if self.scopes.is_some() { Way::ApiKey } else { Way::Page };
        match lifecycle::verdict(self.status, way) {
            Verdict::Allow => {}
            Verdict::ReadOnly | Verdict::Refuse => return Err(self.closed()),
        }
        match (self.lacks_second_factor, self.allows::<C>(), self.scopes.is_some()) {
            (true, _, _) => Err(StoreError::SecondFactorNeeded(Box::new(Demand::Tenant { slug: self.slug, name: self.name }))),
            (false, true, _) => Ok(self),
            (false, false, true) => Err(StoreError::Key(KeyRefusal::WrongScope(C::SCOPE))),
            (false, false, false) => Err(StoreError::Forbidden),
        }
    }

    /// What is said where the state lets nobody through: of a suspension why, of all else nothing.
    fn closed(self) -> StoreError {
        if self.status == TenantStatus::Suspended {
            return StoreError::Suspended(Box::new(Suspension {
                tenant_name: self.name,
                accent: self.accent,
                reason: self.status_reason.unwrap_or_default(),
                since: self.status_since,
            }));
        }
        if self.scopes.is_some() { StoreError::Key(KeyRefusal::Unknown) } else { StoreError::NotFound }
    }
}
