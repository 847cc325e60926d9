//! Tenants and their people, made the way the product makes them wherever it can already.

use std::collections::BTreeMap;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use argon2::password_hash::{PasswordHasher as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tenantry::domain::capability::Capability;
use tenantry::domain::ids::{TenantId, UserId};
use tenantry::domain::new_tenant::NewTenant;
use tenantry::domain::role::Role;
use tenantry::domain::slug::Slug;
use tenantry::domain::token::Token;
use tenantry::store::access::{self, Member, Origin, SignedIn};
use tenantry::store::invites::{Accepted, Accepting};
use tenantry::store::sessions::PgSessions;
use tenantry::store::tenants::CreatedTenant;
use tenantry::store::{Result, Store, TenantTx};
use tower_sessions::Session;

use super::World;

pub const PASSWORD: &str = "correct horse battery staple";
pub const HOST: &str = "127.0.0.1";

/// A real argon2id hash of [`PASSWORD`], with parameters that cost nothing: they stand in the hash, so checking it is cheap too.
pub fn password_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).expect("the least"));
        let salt = SaltString::from_b64("c2FsdCBmb3IgdGVzdHM").expect("base64");
        cheap.hash_password(PASSWORD.as_bytes(), &salt).expect("hashed").to_string()
    })
}

pub fn slug(text: &str) -> Slug {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A tenant to be; `.await` makes it.
#[must_use]
pub struct Plan {
    world: World,
    new: NewTenant,
    people: Vec<(String, Role)>,
    /// Whether the owner has accepted the invite.
    owned: bool,
}

impl World {
    /// An active tenant on the pro plan, owned by `owner@{slug}.example`.
    pub fn tenant(&self, name: &str) -> Plan {
        Plan {
            world: self.clone(),
            new: NewTenant {
                name: format!("{} {name}", name.to_uppercase()).parse().expect("a name"),
                slug: slug(name),
                plan: "pro".to_owned(),
                owner_email: format!("owner@{name}.example").parse().expect("an address"),
                billing_email: None,
                trial_days: 0,
                monthly_budget: None,
                quotas: Vec::new(),
            },
            people: Vec::new(),
            owned: true,
        }
    }

    /// Accepts an invite as somebody new.
    pub async fn accept(&self, store: &Store, token: &Token) -> Result<Accepted> {
        let name = "Nova New".parse().expect("a name");
        let mut tx = store.public().await?;
        let accepted = tx.accept_invite(token, Accepting::New { name: &name, password_hash: password_hash() }, "192.0.2.1").await?;
        tx.commit().await?;
        Ok(accepted)
    }

    /// An account with [`PASSWORD`].
    pub async fn account(&self, email: &str) -> UserId {
        let mut conn = self.take().await;
        let made: uuid::Uuid = sqlx::query_scalar("insert into users (email, name, password_hash) values ($1, $2, $3) returning id")
            .bind(email)
            .bind(format!("Person {email}"))
            .bind(password_hash())
            .fetch_one(&mut conn)
            .await
            .expect("an account");
        self.put_back(conn);
        UserId(made)
    }

    /// Whose address this is.
    pub async fn account_id(&self, email: &str) -> UserId {
        UserId(self.text(&format!("select id::text from users where email = '{email}'")).await.parse().expect("an id"))
    }

    pub async fn join(&self, user: UserId, tenant: TenantId, role: Role) {
        self.sql(&format!("insert into members (tenant_id, user_id, role) values ('{tenant}', '{user}', '{}')", role.as_str())).await;
    }

    /// A session of this person, as signing in makes it.
    pub async fn session(&self, user: UserId) -> Session {
        let session = Session::new(None, Arc::new(PgSessions(self.store.clone())), None);
        session.insert(access::USER, user).await.expect("kept");
        session.insert(access::HOST, HOST).await.expect("kept");
        session.save().await.expect("the session is saved");
        session
    }

    /// Who this session shows, read anew as by the next request.
    pub async fn read(&self, session: &Session) -> Option<SignedIn> {
        let next_request = Session::new(session.id(), Arc::new(PgSessions(self.store.clone())), None);
        let origin = Origin { host: HOST.to_owned(), address: "192.0.2.1".to_owned() };
        access::signed_in(&next_request, &origin).await.expect("the session store answers")
    }

    pub async fn sign_in(&self, user: UserId) -> SignedIn {
        self.read(&self.session(user).await).await.expect("a fresh session")
    }
}

impl Plan {
    /// `vi` becomes `vi@{slug}.example`.
    pub fn with(mut self, person: &str, role: Role) -> Self {
        self.people.push((person.to_owned(), role));
        self
    }

    pub fn trial(mut self, days: u16) -> Self {
        self.new.trial_days = days;
        self
    }

    pub fn on(mut self, plan: &str) -> Self {
        self.new.plan = plan.to_owned();
        self
    }

    pub fn called(mut self, name: &str) -> Self {
        self.new.name = name.parse().expect("a name");
        self
    }

    /// The owner's invite is for this address.
    pub fn owned_by(mut self, email: &str) -> Self {
        self.new.owner_email = email.parse().expect("an address");
        self
    }

    /// The owner's invite is still open.
    pub fn not_set_up(mut self) -> Self {
        self.owned = false;
        self
    }

    pub async fn create(&self) -> Result<CreatedTenant> {
        let mut console = self.world.console().await;
        let created = console.create_tenant(&self.new).await?;
        console.commit().await?;
        Ok(created)
    }

    async fn make(self) -> Tenant {
        let created = self.create().await.expect("the tenant is created");
        let mut people = BTreeMap::new();
        if self.owned {
            let owner = self.world.accept(&self.world.store, &created.setup_token).await.expect("the owner's invite is open");
            people.insert("owner".to_owned(), owner.user);
        }
        for (person, role) in &self.people {
            let user = self.world.account(&format!("{person}@{}.example", self.new.slug)).await;
            self.world.join(user, created.id, *role).await;
            people.insert(person.clone(), user);
        }
        Tenant { world: self.world, id: created.id, slug: created.slug, setup: created.setup_token, people }
    }
}

impl IntoFuture for Plan {
    type Output = Tenant;
    type IntoFuture = Pin<Box<dyn Future<Output = Tenant> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.make())
    }
}

pub struct Tenant {
    pub world: World,
    pub id: TenantId,
    pub slug: Slug,
    /// The owner's one-time link.
    pub setup: Token,
    people: BTreeMap<String, UserId>,
}

impl Tenant {
    pub fn person(&self, name: &str) -> UserId {
        *self.people.get(name).unwrap_or_else(|| panic!("{} has no {name}", self.slug))
    }

    pub fn owner(&self) -> UserId {
        self.person("owner")
    }

    /// Evidence that this person belongs here, from a session of theirs.
    pub async fn member(&self, name: &str) -> Member {
        self.world.sign_in(self.person(name)).await.member(&self.slug).expect("a membership")
    }

    pub async fn open<C: Capability>(&self, name: &str) -> Result<TenantTx<C>> {
        self.world.store.tenant::<C>(&self.member(name).await).await
    }

    pub async fn has_member(&self, user: UserId) -> bool {
        self.count(&format!("members where user_id = '{user}'")).await == 1
    }

    /// Rows of this tenant: `members`, `audit_events where action = '…'`.
    pub async fn count(&self, of: &str) -> i64 {
        let (table, condition) = of.split_once(" where ").unwrap_or((of, "true"));
        self.world.number(&format!("select count(*) from {table} where tenant_id = '{}' and ({condition})", self.id)).await
    }

    /// An invoice for last month, the only one.
    pub async fn invoice(&self) {
        self.world
            .sql(&format!(
                "with made as (
                   insert into invoices (tenant_id, number, series, period, due_on, payment, terms, bill_to, email, total_usd)
                   select id, 1, upper(slug), (this_month() - interval '1 month')::date, today() + 30, 'on_account', 'Payable within 30 days.', name, billing_email, 49
                   from tenants where id = '{id}'
                   on conflict do nothing
                   returning tenant_id, id),
                 lines as (
                   insert into invoice_lines (tenant_id, invoice_id, position, kind, description, amount_usd)
                   select tenant_id, id, 1, 'base', 'Pro', 49 from made)
                 update billing_heads set next_number = 2 where tenant_id = '{id}'",
                id = self.id
            ))
            .await;
    }

    pub async fn status(&self) -> String {
        self.world.text(&format!("select status from tenants where id = '{}'", self.id)).await
    }
}
