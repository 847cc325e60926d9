//! What a tenant is called and where it is found, as staff and owners change it. A slug that was given up stays with its tenant: it leads its
//! people to the new one, and nobody else gets it (see `keep_slug` in the migrations).

use chrono::{DateTime, Utc};
use serde_json::json;

use super::access::stored;
use super::handle::{PlatformRead, PlatformTx, TenantTx};
use super::usage_report::Looked;
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::capability::ManageSettings;
use crate::domain::email::Email;
use crate::domain::ids::TenantId;
use crate::domain::money::Usd;
use crate::domain::name::Name;
use crate::domain::slug::Slug;
use crate::domain::staff_facts::{Facts, Notes, Region, Tags};

/// Earlier slugs that a tenant's own people may make it keep; staff may make more.
pub const MOST_ALIASES: i32 = 10;

/// The facts of a tenant, and how often they were changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactSheet {
    pub facts: Facts,
    /// Of what the page shows: a form carries it back.
    pub version: i64,
    pub aliases: Vec<Alias>,
}

/// A slug that the tenant had until then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    pub slug: Slug,
    pub until: DateTime<Utc>,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    Saved(Slug),
    /// Nothing was changed: the facts are not those that the form showed.
    Stale,
}

/// A change of a tenant's facts: what is `None` stays as it is; a budget or region of `Some(None)` is taken away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TenantEdit {
    pub name: Option<Name>,
    pub slug: Option<Slug>,
    pub billing_email: Option<Email>,
    pub monthly_budget: Option<Option<Usd>>,
    pub region: Option<Option<Region>>,
    pub tags: Option<Tags>,
    pub notes: Option<Notes>,
}

impl PlatformRead {
    pub async fn fact_sheet(&mut self, tenant: &Looked) -> Result<FactSheet> {
        let row = sqlx::query!(
            r#"
            select
              t.name, t.slug, t.billing_email, t.region, t.facts_version, coalesce(s.tags, '{}') as "tags!", coalesce(s.notes, '') as "notes!",
              array(select a.slug from tenant_slug_aliases a where a.tenant_id = t.id order by a.until desc, a.slug) as "aliases!",
              array(select a.until from tenant_slug_aliases a where a.tenant_id = t.id order by a.until desc, a.slug) as "untils!"
            from tenants t
            left join staff_facts s on s.tenant_id = t.id
            where t.id = $1
            "#,
            tenant.id.0,
        )
        .fetch_one(self.tx.conn())
        .await?;
        let facts = Facts {
            name: stored(row.name.parse())?,
            slug: stored(row.slug.parse())?,
            billing_email: stored(row.billing_email.parse())?,
            region: row.region.map(|region| stored(region.parse())).transpose()?,
            tags: stored(Tags::of(row.tags))?,
            notes: stored(row.notes.parse())?,
        };
        let aliases = row.aliases.into_iter().zip(row.untils).map(|(slug, until)| Ok(Alias { slug: stored(slug.parse())?, until }));
        Ok(FactSheet { facts, version: row.facts_version, aliases: aliases.collect::<Result<_>>()? })
    }
}

impl PlatformTx {
    /// Keeps all facts as they were typed into a form that showed `version` of them.
    ///
    /// # Errors
    /// `NotFound`; `Conflict(TenantSlug)` for a slug that another tenant has, or keeps.
    pub async fn keep_facts(&mut self, slug: &Slug, version: i64, facts: &Facts) -> Result<Kept> {
        let (tenant, ..) = self.lock_tenant(slug).await?;
        let now = sqlx::query_scalar!("select facts_version from tenants where id = $1", tenant.0).fetch_one(self.read.tx.conn()).await?;
        if now != version {
            return Ok(Kept::Stale);
        }
        let edit = TenantEdit {
            name: Some(facts.name.clone()),
            slug: Some(facts.slug.clone()),
            billing_email: Some(facts.billing_email.clone()),
            monthly_budget: None,
            region: Some(facts.region),
            tags: Some(facts.tags.clone()),
            notes: Some(facts.notes.clone()),
        };
        self.update_tenant(slug, &edit).await?;
        Ok(Kept::Saved(facts.slug.clone()))
    }

    /// Changes what is given. What the tenant's people may know stands in their audit log; tags and notes stand in the platform's.
    ///
    /// # Errors
    /// `NotFound`; `Conflict(TenantSlug)` for a slug that another tenant has, or keeps.
    pub async fn update_tenant(&mut self, slug: &Slug, edit: &TenantEdit) -> Result<()> {
        let (tenant, ..) = self.lock_tenant(slug).await?;
        let before = sqlx::query!("select name, slug, billing_email, monthly_budget_usd, region from tenants where id = $1", tenant.0)
            .fetch_one(self.read.tx.conn())
            .await?;
        let after = sqlx::query!(
            r#"
            update tenants
            set name = coalesce($2, name),
                billing_email = coalesce($3, billing_email),
                monthly_budget_usd = case when $4 then $5 else monthly_budget_usd end,
                region = case when $6 then $7 else region end
            where id = $1
            returning name, billing_email, monthly_budget_usd, region
            "#,
            tenant.0,
            edit.name.as_ref().map(Name::as_str),
            edit.billing_email.as_ref().map(Email::as_str),
            edit.monthly_budget.is_some(),
            edit.monthly_budget.flatten().map(|usd| usd.0),
            edit.region.is_some(),
            edit.region.flatten().map(Region::as_str),
        )
        .fetch_one(self.read.tx.conn())
        .await?;
        let old = json!({
            "name": before.name, "billing_email": before.billing_email, "monthly_budget_usd": before.monthly_budget_usd, "region": before.region,
        });
        let new = json!({
            "name": after.name, "billing_email": after.billing_email, "monthly_budget_usd": after.monthly_budget_usd, "region": after.region,
        });
        if old != new {
            self.audit(tenant, Action::TenantUpdated, &before.slug, Some(old), Some(new)).await?;
        }
        if let Some(new) = edit.slug.as_ref().filter(|new| new.as_str() != before.slug) {
            sqlx::query!("update tenants set slug = $2 where id = $1", tenant.0, new.as_str()).execute(self.read.tx.conn()).await?;
            let (old, after) = (json!({ "slug": before.slug }), json!({ "slug": new }));
            self.audit(tenant, Action::TenantSlugChanged, new.as_str(), Some(old), Some(after)).await?;
        }
        let name = edit.slug.as_ref().map_or(before.slug.as_str(), Slug::as_str).to_owned();
        self.note_for_staff(tenant, &name, edit.tags.as_ref(), edit.notes.as_ref()).await
    }

    async fn note_for_staff(&mut self, tenant: TenantId, slug: &str, tags: Option<&Tags>, notes: Option<&Notes>) -> Result<()> {
        let before = sqlx::query!("select tags, notes from staff_facts where tenant_id = $1", tenant.0)
            .fetch_optional(self.read.tx.conn())
            .await?
            .map_or_else(|| (Vec::new(), String::new()), |row| (row.tags, row.notes));
        let after =
            (tags.map_or_else(|| before.0.clone(), |tags| tags.as_slice().to_vec()), notes.map_or(&*before.1, Notes::as_str).to_owned());
        if before == after {
            return Ok(());
        }
        sqlx::query!(
            r#"
            with counted as (update tenants set facts_version = facts_version + 1 where id = $1)
            insert into staff_facts (tenant_id, tags, notes)
            values ($1, $2, $3)
            on conflict on constraint staff_facts_pkey do update
            set tags = excluded.tags, notes = excluded.notes
            "#,
            tenant.0,
            &after.0,
            after.1,
        )
        .execute(self.read.tx.conn())
        .await?;
        let (before, after) = (json!({ "tags": before.0, "notes": before.1 }), json!({ "tags": after.0, "notes": after.1 }));
        self.audit_platform("tenant.noted", slug, Some(before), Some(after)).await
    }
}

impl TenantTx<ManageSettings> {
    /// Earlier slugs, the latest first.
    pub async fn list_aliases(&mut self) -> Result<Vec<Alias>> {
        let rows = sqlx::query_file!("src/store/tenant_aliases.sql", self.head.id.0).fetch_all(self.tx.conn()).await?;
        rows.into_iter().map(|row| Ok(Alias { slug: stored(row.slug.parse())?, until: row.until })).collect()
    }

    /// Gives one's own tenant another slug; the old one is kept for it.
    ///
    /// # Errors
    /// `Conflict(TenantSlug)` for a slug that another tenant has, or keeps; `WrongState` when it keeps [`MOST_ALIASES`] already.
    pub async fn change_slug(&mut self, new: &Slug) -> Result<()> {
        if *new == self.head.slug {
            return Ok(());
        }
        let before = sqlx::query_scalar!("select tenant_slug_change($1, $2)", new.as_str(), MOST_ALIASES)
            .fetch_one(self.tx.conn())
            .await?
            .ok_or(StoreError::WrongState(
                "This tenant keeps ten earlier slugs already. Take one of those, or write to the platform's support.",
            ))?;
        self.audit(Action::TenantSlugChanged, new.as_str(), Some(json!({ "slug": before })), Some(json!({ "slug": new }))).await
    }
}
