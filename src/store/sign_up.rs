//! Signing up: a form that waits for the link in a mail, and the tenant that the link makes, in one transaction.
//!
//! All of it happens outside of any tenant, through narrow functions; the last one ends inside the tenant that it made.

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::access::{Actor, SignedIn, stored};
use super::audit::append;
use super::handle::PublicTx;
use super::mail::post;
use super::tokens::hash_token;
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::email::Email;
use crate::domain::ids::{TenantId, UserId};
use crate::domain::mail::{Letter, OneTime};
use crate::domain::money::Usd;
use crate::domain::quantity::Unit;
use crate::domain::sign_up::{SignUp, TRIAL_DAYS};
use crate::domain::slug::Slug;
use crate::domain::token::Token;

/// A plan as it is shown to who chooses one: price, main limits, features.
#[derive(Debug, Clone)]
pub struct SoldPlan {
    pub key: String,
    pub name: String,
    pub price: Usd,
    /// Else people talk to somebody about it.
    pub self_service: bool,
    pub limits: Vec<Limit>,
    pub features: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Limit {
    pub label: String,
    pub unit: Unit,
    /// `None` is unlimited.
    pub quota: Option<i64>,
}

/// The limits that people compare first.
const MAIN: [&str; 5] = ["agents", "members", "tokens", "storage", "messages"];

/// What became of asking for a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A mail is on its way.
    Mailed,
    /// One went to this address a moment ago; the next may go in so many seconds.
    Wait(i32),
    /// The tenant is there already.
    Used,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUpState {
    Open,
    Used,
    Expired,
}

fn state(text: &str) -> SignUpState {
    match text {
        "open" => SignUpState::Open,
        "used" => SignUpState::Used,
        _ => SignUpState::Expired,
    }
}

/// How it stands, for the browser that filled in the form.
#[derive(Debug, Clone, Copy)]
pub struct Waiting {
    pub state: SignUpState,
    /// Until the next mail may go to the address.
    pub wait_seconds: i32,
}

/// What the holder of the link may know.
#[derive(Debug, Clone)]
pub struct LinkedSignUp {
    pub company: String,
    pub slug: String,
    pub plan: String,
    pub plan_name: String,
    /// `None` when the plan is not sold (any more).
    pub price: Option<Usd>,
    pub person: String,
    pub email: Email,
    pub state: SignUpState,
    /// Of the tenant that the link made.
    pub tenant_slug: Option<String>,
    pub slug_free: bool,
    /// Whether the e-mail has an account with a password already: then its owner signs in instead of choosing one.
    pub has_account: bool,
}

/// Who completes a sign-up: somebody new, or the account of that e-mail.
pub enum Completing<'a> {
    New { password_hash: &'a str },
    Account(&'a SignedIn),
}

/// The tenant that a sign-up made.
#[derive(Debug, Clone)]
pub struct SignedUp {
    pub user: UserId,
    pub email: String,
}

/// Why no tenant was made.
#[derive(Debug)]
pub enum NotMade {
    /// The plan is not sold (any more).
    PlanGone,
    Store(StoreError),
}

impl From<StoreError> for NotMade {
    fn from(error: StoreError) -> Self {
        NotMade::Store(error)
    }
}

impl PublicTx {
    /// Plans that are sold, cheapest first.
    pub async fn list_sold_plans(&mut self) -> Result<Vec<SoldPlan>> {
        let rows = sqlx::query!(
            r#"
            select
              p.key, p.name, p.self_service, v.id as version, v.price_usd,
              array(
                select f.label
                from plan_features g
                join features f on f.key = g.feature
                where g.plan_version_id = v.id
                order by f.position
              ) as "features!"
            from plans p
            join lateral (
              select x.id, x.price_usd
              from plan_versions x
              where x.plan_id = p.id
                and x.published_at <= now()
              order by x.version desc
              limit 1
            ) v on true
            where p.archived_at is null
            order by v.price_usd, p.position, p.key
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?;
        let versions: Vec<Uuid> = rows.iter().map(|row| row.version).collect();
        let limits = sqlx::query!(
            r#"
            select v.id as "version!", m.label, m.unit, e.quota as "quota?"
            from unnest($1::uuid[]) as v (id)
            cross join meters m
            left join plan_entitlements e on e.plan_version_id = v.id and e.meter = m.key
            where m.key = any ($2)
            order by m.position, m.key
            "#,
            &versions,
            &MAIN as &[&str],
        )
        .fetch_all(self.tx.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                let own = limits.iter().filter(|limit| limit.version == row.version);
                let own = own.map(|limit| Ok(Limit { label: limit.label.clone(), unit: stored(limit.unit.parse())?, quota: limit.quota }));
                Ok(SoldPlan {
                    key: row.key,
                    name: row.name,
                    price: Usd(row.price_usd),
                    self_service: row.self_service,
                    limits: own.collect::<Result<_>>()?,
                    features: row.features,
                })
            })
            .collect()
    }

    /// Whether no tenant has this slug.
    pub async fn is_slug_free(&mut self, slug: &Slug) -> Result<bool> {
        Ok(sqlx::query_scalar!(r#"select slug_free($1) as "free!""#, slug.as_str()).fetch_one(self.tx.conn()).await?)
    }

    /// Keeps a form that is filled in, and mails a link to its address. The same form asked again is the same row.
    pub async fn ask_sign_up(&mut self, new: &SignUp) -> Result<Asked> {
        let fresh = sqlx::query_scalar!(r#"select uuid_v7() as "id!""#).fetch_one(self.tx.conn()).await?;
        let token = self.secret.link_token(OneTime::SignUp(fresh));
        let row = sqlx::query!(
            r#"
            select outcome as "outcome!", link, expires_at, wait_seconds as "wait_seconds!"
            from sign_up_ask($1, $2, $3, $4, $5, $6, $7, $8)
            "#,
            new.id,
            new.company.as_str(),
            new.slug.as_str(),
            new.plan,
            new.person.as_str(),
            new.email.as_str(),
            fresh,
            hash_token(&token),
        )
        .fetch_one(self.tx.conn())
        .await?;
        match (row.outcome.as_str(), row.link, row.expires_at) {
            ("mail", Some(link), Some(expires_at)) => {
                let letter = Letter::SignUp { link, company: new.company.to_string(), name: new.person.to_string(), expires_at };
                post(self.tx.conn(), None, &new.email, &letter).await?;
                Ok(Asked::Mailed)
            }
            ("wait", ..) => Ok(Asked::Wait(row.wait_seconds)),
            _ => Ok(Asked::Used),
        }
    }

    /// What became of the form with this id, and of its link to this address.
    pub async fn find_waiting(&mut self, form: Uuid, email: &str) -> Result<Option<Waiting>> {
        let row = sqlx::query!(r#"select state as "state!", wait_seconds as "wait_seconds!" from sign_up_state($1, $2)"#, form, email)
            .fetch_optional(self.tx.conn())
            .await?;
        Ok(row.map(|row| Waiting { state: state(&row.state), wait_seconds: row.wait_seconds }))
    }

    pub async fn find_sign_up(&mut self, token: &Token) -> Result<Option<LinkedSignUp>> {
        let row = sqlx::query!(
            r#"
            select
              company as "company!", slug as "slug!", plan as "plan!", plan_name as "plan_name?", price_usd as "price_usd?", person as "person!",
              email as "email!", state as "state!", tenant_slug as "tenant_slug?", slug_free as "slug_free!", has_account as "has_account!"
            from sign_up_find($1)
            "#,
            hash_token(token),
        )
        .fetch_optional(self.tx.conn())
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(LinkedSignUp {
            plan_name: row.plan_name.unwrap_or_else(|| row.plan.clone()),
            company: row.company,
            slug: row.slug,
            plan: row.plan,
            price: row.price_usd.map(Usd),
            person: row.person,
            email: stored(row.email.parse())?,
            state: state(&row.state),
            tenant_slug: row.tenant_slug,
            slug_free: row.slug_free,
            has_account: row.has_account,
        }))
    }

    /// Makes the tenant, its owner, the job that ends its trial, its first audit events and the welcome mail, once. `slug` and `plan` are
    /// those of the form, or what was chosen instead.
    ///
    /// # Errors
    /// `PlanGone`; `NotFound` when the link is not open (any more), `Forbidden` when the e-mail has an account that is not the one signed in,
    /// `Conflict(TenantSlug)` when somebody else has the slug meanwhile, `Conflict(UserEmail)` when the e-mail got an account this moment.
    pub async fn complete_sign_up(
        &mut self,
        token: &Token,
        who: Completing<'_>,
        slug: &Slug,
        plan: &str,
        origin: &str,
    ) -> std::result::Result<SignedUp, NotMade> {
        let (user, password_hash) = match who {
            Completing::New { password_hash } => (None, Some(password_hash)),
            Completing::Account(me) => (Some(me.user().0), None),
        };
        let made = sqlx::query!(
            r#"
            select
              tenant_id as "tenant_id!", company as "company!", plan as "plan!", user_id as "user_id!", person as "person!", email as "email!",
              trial_ends_at as "trial_ends_at?"
            from sign_up_complete($1, $2, $3, $4, $5, $6)
            "#,
            hash_token(token),
            user,
            password_hash,
            slug.as_str(),
            plan,
            i32::from(TRIAL_DAYS),
        )
        .fetch_optional(self.tx.conn())
        .await;
        let made = match made {
            Ok(Some(made)) => made,
            Ok(None) => return Err(StoreError::NotFound.into()),
            // Raised by sign_up_complete: see migrations.
            Err(sqlx::Error::Database(db)) if db.code().as_deref() == Some("TN001") => return Err(StoreError::Forbidden.into()),
            Err(sqlx::Error::Database(db)) if db.code().as_deref() == Some("TN004") => return Err(NotMade::PlanGone),
            Err(error) => return Err(StoreError::from(error).into()),
        };
        let owner = Owner {
            tenant: TenantId(made.tenant_id),
            actor: Actor { kind: "member", id: Some(made.user_id), name: made.email.clone(), origin: origin.to_owned() },
        };
        self.record_sign_up(&owner, &made.company, slug, &made.plan, made.trial_ends_at).await?;
        let letter =
            Letter::SignedUp { tenant: made.company, slug: slug.to_string(), name: made.person, trial_ends_at: made.trial_ends_at };
        post(self.tx.conn(), Some(owner.tenant), &stored::<Email, _>(made.email.parse())?, &letter).await?;
        Ok(SignedUp { user: UserId(made.user_id), email: made.email })
    }

    /// An event of the tenant's chain, and one of the platform's.
    async fn record_sign_up(
        &mut self,
        owner: &Owner,
        company: &str,
        slug: &Slug,
        plan: &str,
        trial_ends_at: Option<DateTime<Utc>>,
    ) -> Result<()> {
        let email = &owner.actor.name;
        let after = json!({
            "name": company, "slug": slug, "plan": plan, "status": if trial_ends_at.is_some() { "trial" } else { "active" },
            "owner_email": email, "billing_email": email, "trial_ends_at": trial_ends_at,
        });
        append(self.tx.conn(), owner.tenant, &owner.actor, Action::TenantSignedUp, slug.as_str(), None, Some(after.clone())).await?;
        sqlx::query_scalar!(
            "select platform_audit_append('user', $1, $2, $3, $4, null, $5, $6)",
            owner.actor.id,
            email,
            Action::TenantSignedUp.as_str(),
            slug.as_str(),
            after.to_string(),
            owner.actor.origin,
        )
        .fetch_one(self.tx.conn())
        .await?;
        Ok(())
    }
}

/// Who signed up, as the audit log names them, and what.
struct Owner {
    tenant: TenantId,
    actor: Actor,
}

impl Waiting {
    /// Whether its tenant is there.
    pub fn is_used(&self) -> bool {
        self.state == SignUpState::Used
    }
}
