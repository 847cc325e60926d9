//! Changing what is sold: always in a draft, which nobody has, and which becomes the next version at once and for good.

use serde_json::json;
use uuid::Uuid;

use super::handle::PlatformTx;
use super::plan_versions::{DraftLine, PlanRecord, terms};
use super::{Result, StoreError};
use crate::domain::entitlement::Entitlement;
use crate::domain::money::Usd;
use crate::domain::plan_terms::{NewPlan, PlanFacts};

const STALE_PLAN: StoreError = StoreError::WrongState("Somebody changed this plan meanwhile. Look at it as it is now, then try again.");
const STALE_DRAFT: StoreError =
    StoreError::WrongState("Somebody changed the draft of this plan meanwhile. Look at it as it is now, then try again.");
const NO_DRAFT: StoreError = StoreError::WrongState(
    "There is no draft of this plan (any more): somebody has published or discarded it. Look at the plan, then begin one.",
);

fn facts(facts: &PlanFacts) -> serde_json::Value {
    json!({ "name": facts.name, "position": facts.position, "self_service": facts.self_service })
}

impl PlatformTx {
    /// The plan as it stands, held until the end of the transaction.
    async fn lock_plan(&mut self, key: &str) -> Result<PlanRecord> {
        let id = self.get_plan_record(key).await?.id;
        sqlx::query!("select id from plans where id = $1 for update", id).fetch_optional(self.read.tx.conn()).await?;
        self.get_plan_record(key).await
    }

    /// Makes a plan that is not sold yet: it has a draft, with the limits and features of another plan.
    ///
    /// # Errors
    /// `NotFound` when that other plan is not there; `Conflict(PlanKey)`, `Conflict(PlanName)`.
    pub async fn create_plan(&mut self, new: &NewPlan) -> Result<()> {
        let like = self.get_plan_record(&new.like).await?.newest().ok_or(StoreError::NotFound)?.id;
        let plan = sqlx::query_scalar!(
            "insert into plans (key, name, position, self_service) values ($1, $2, $3, $4) returning id",
            new.key.as_str(),
            new.facts.name.as_str(),
            new.facts.position,
            new.facts.self_service,
        )
        .fetch_one(self.read.tx.conn())
        .await?;
        self.copy_version(plan, 1, new.price, like).await?;
        let after = json!({ "name": new.facts.name, "position": new.facts.position, "self_service": new.facts.self_service, "price": new.price, "like": new.like });
        self.audit_platform("plan.created", new.key.as_str(), None, Some(after)).await
    }

    async fn copy_version(&mut self, plan: Uuid, number: i32, price: Usd, of: Uuid) -> Result<Uuid> {
        let made = sqlx::query_scalar!(
            r#"
            insert into plan_versions (plan_id, version, price_usd, published_at, changed_by)
            values ($1, $2, $3, null, $4)
            returning id
            "#,
            plan,
            number,
            price.0,
            self.actor.name,
        )
        .fetch_one(self.read.tx.conn())
        .await?;
        sqlx::query!(
            r#"
            insert into plan_entitlements (plan_version_id, meter, quota, at_limit, overage_price_usd, overage_per)
            select $1, meter, quota, at_limit, overage_price_usd, overage_per
            from plan_entitlements
            where plan_version_id = $2
            "#,
            made,
            of,
        )
        .execute(self.read.tx.conn())
        .await?;
        sqlx::query!(
            "insert into plan_features (plan_version_id, feature) select $1, feature from plan_features where plan_version_id = $2",
            made,
            of,
        )
        .execute(self.read.tx.conn())
        .await?;
        Ok(made)
    }

    /// Changes what holds for every version of a plan: how it is called, where it stands, who may choose it. `seen` is the revision that the
    /// form showed.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when it has changed since; `Conflict(PlanName)`.
    pub async fn change_plan_facts(&mut self, key: &str, seen: i64, wanted: &PlanFacts) -> Result<()> {
        let plan = self.lock_plan(key).await?;
        if (plan.name.as_str(), plan.position, plan.self_service) == (wanted.name.as_str(), wanted.position, wanted.self_service) {
            return Ok(());
        }
        if plan.revision != seen {
            return Err(STALE_PLAN);
        }
        sqlx::query!(
            "update plans set name = $2, position = $3, self_service = $4, revision = revision + 1 where id = $1",
            plan.id,
            wanted.name.as_str(),
            wanted.position,
            wanted.self_service,
        )
        .execute(self.read.tx.conn())
        .await?;
        if plan.position != wanted.position {
            // Lists are sorted by a copy of it.
            sqlx::query!(
                "update plan_versions set summaries_after = $2 where plan_id = $1 and published_at is not null",
                plan.id,
                Uuid::nil()
            )
            .execute(self.read.tx.conn())
            .await?;
        }
        let before = json!({ "name": plan.name, "position": plan.position, "self_service": plan.self_service });
        self.audit_platform("plan.facts_changed", key, Some(before), Some(facts(wanted))).await
    }

    /// Takes a plan off the list of what is sold, or puts it back. Tenants that have it keep it. Done twice, it is done once.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` for the last plan that is sold, or that people may choose themselves.
    pub async fn archive_plan(&mut self, key: &str, archived: bool) -> Result<()> {
        // Two admins do not take the last two plans away at once.
        sqlx::query!("select id from plans order by id for update").fetch_all(self.read.tx.conn()).await?;
        let plans = self.list_plan_records().await?;
        let plan = plans.iter().find(|plan| plan.key == key).ok_or(StoreError::NotFound)?;
        if plan.archived_at.is_some() == archived {
            return Ok(());
        }
        let others = || plans.iter().filter(|other| other.key != key && other.archived_at.is_none() && !other.versions.is_empty());
        if archived && others().next().is_none() {
            return Err(StoreError::WrongState("This is the only plan that is sold. Publish or bring back another one first."));
        }
        if archived && plan.self_service && !plan.versions.is_empty() && !others().any(|other| other.self_service) {
            return Err(StoreError::WrongState(
                "This is the only plan that people may choose themselves: nobody could sign up. Let them choose another one first.",
            ));
        }
        sqlx::query!(
            "update plans set archived_at = case when $2 then now() end, revision = revision + 1 where id = $1",
            plan.id,
            archived,
        )
        .execute(self.read.tx.conn())
        .await?;
        let action = if archived { "plan.archived" } else { "plan.brought_back" };
        self.audit_platform(action, key, None, Some(json!({ "tenants": plan.tenants() }))).await
    }

    /// Begins a draft, as a copy of what was published last. There is one a plan: if it is there already, that is it.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn begin_draft(&mut self, key: &str) -> Result<()> {
        self.lock_plan(key).await?;
        self.draft(key, None).await.map(drop)
    }

    /// The draft of a locked plan; one that is missing is begun if `begin`, the number of the version that it begins with, is the newest.
    async fn draft(&mut self, key: &str, from: Option<i32>) -> Result<DraftLine> {
        let plan = self.get_plan_record(key).await?;
        if let Some(draft) = plan.draft {
            return Ok(draft);
        }
        let newest = plan.newest().ok_or(StoreError::NotFound)?;
        if from.is_some_and(|from| from != newest.number) {
            return Err(STALE_DRAFT);
        }
        self.copy_version(plan.id, newest.number + 1, newest.price, newest.id).await?;
        self.audit_platform("plan.draft_begun", key, None, Some(json!({ "version": newest.number + 1 }))).await?;
        self.get_plan_record(key).await?.draft.ok_or(StoreError::NotFound)
    }

    async fn touch_draft(&mut self, draft: Uuid) -> Result<()> {
        sqlx::query!(
            "update plan_versions set revision = revision + 1, changed_at = now(), changed_by = $2 where id = $1",
            draft,
            self.actor.name,
        )
        .execute(self.read.tx.conn())
        .await?;
        Ok(())
    }

    /// Changes what the draft grants of a meter, beginning it if there is none. `seen` is what the form showed: the revision of the draft, or,
    /// without one, the number of the newest version, negative.
    ///
    /// # Errors
    /// `NotFound` for an unknown plan or meter; `WrongState` when it has changed since.
    pub async fn change_entitlement(&mut self, plan: &str, meter: &str, seen: i64, granted: &Entitlement) -> Result<()> {
        let record = self.lock_plan(plan).await?;
        let version = match &record.draft {
            Some(draft) => draft.id,
            None => record.newest().ok_or(StoreError::NotFound)?.id,
        };
        let before = terms(self.read.tx.conn(), version).await?;
        let before = *before.entitlement(meter).ok_or(StoreError::NotFound)?;
        if before == *granted {
            return Ok(());
        }
        if record.draft.as_ref().is_some_and(|draft| draft.revision != seen) {
            return Err(STALE_DRAFT);
        }
        let from = i32::try_from(seen.unsigned_abs()).ok().filter(|_| seen < 0);
        if record.draft.is_none() && from.is_none() {
            return Err(NO_DRAFT);
        }
        let draft = self.draft(plan, from).await?;
        sqlx::query!(
            r#"
            insert into plan_entitlements (plan_version_id, meter, quota, at_limit, overage_price_usd, overage_per)
            values ($1, $2, $3, $4, $5, $6)
            on conflict on constraint plan_entitlements_pkey do update
            set quota = excluded.quota, at_limit = excluded.at_limit,
                overage_price_usd = excluded.overage_price_usd, overage_per = excluded.overage_per
            "#,
            draft.id,
            meter,
            granted.quota,
            granted.rule.as_str(),
            granted.overage.map(|price| price.usd),
            granted.overage.map(|price| price.per),
        )
        .execute(self.read.tx.conn())
        .await?;
        self.touch_draft(draft.id).await?;
        self.audit_platform("plan.draft_changed", &format!("{plan} {meter}"), Some(json!(before)), Some(json!(granted))).await
    }

    /// Changes the draft's price and which features it has.
    ///
    /// # Errors
    /// `NotFound` for an unknown plan; `WrongState` when there is no draft, or it has changed since `seen`; `Invalid` beside `features` for
    /// one that there is not.
    pub async fn change_draft(&mut self, plan: &str, seen: i64, price: Usd, features: &[String]) -> Result<()> {
        let draft = self.lock_plan(plan).await?.draft.ok_or(NO_DRAFT)?;
        let before = terms(self.read.tx.conn(), draft.id).await?;
        let known = self.list_catalogue_features().await?;
        if let Some(unknown) = features.iter().find(|key| !known.iter().any(|feature| feature.key == **key)) {
            let shown: String = unknown.chars().take(40).collect();
            return Err(StoreError::Invalid(crate::domain::FieldError::new("features", format!("There is no feature “{shown}”."))));
        }
        let wanted: Vec<String> = known.into_iter().map(|feature| feature.key).filter(|key| features.contains(key)).collect();
        if (before.price, &before.features) == (price, &wanted) {
            return Ok(());
        }
        if draft.revision != seen {
            return Err(STALE_DRAFT);
        }
        sqlx::query!("update plan_versions set price_usd = $2 where id = $1", draft.id, price.0).execute(self.read.tx.conn()).await?;
        sqlx::query!("delete from plan_features where plan_version_id = $1", draft.id).execute(self.read.tx.conn()).await?;
        sqlx::query!("insert into plan_features (plan_version_id, feature) select $1, unnest($2::text[])", draft.id, &wanted)
            .execute(self.read.tx.conn())
            .await?;
        self.touch_draft(draft.id).await?;
        let (before, after) =
            (json!({ "price": before.price, "features": before.features }), json!({ "price": price, "features": wanted }));
        self.audit_platform("plan.draft_changed", plan, Some(before), Some(after)).await
    }

    /// The draft becomes the newest version: whoever buys the plan from now on buys it. Published twice it is published once. Returns its number.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when it has changed since `seen`, was discarded, or differs in nothing from the version before.
    pub async fn publish_draft(&mut self, plan: &str, draft: Uuid, seen: i64) -> Result<i32> {
        let record = self.lock_plan(plan).await?;
        if let Some(published) = record.versions.iter().find(|version| version.id == draft) {
            return Ok(published.number);
        }
        let draft = record.draft.as_ref().filter(|now| now.id == draft).ok_or(NO_DRAFT)?;
        if draft.revision != seen {
            return Err(STALE_DRAFT);
        }
        let after = terms(self.read.tx.conn(), draft.id).await?;
        let before = match record.newest() {
            Some(newest) => Some(terms(self.read.tx.conn(), newest.id).await?),
            None => None,
        };
        if before.as_ref() == Some(&after) {
            return Err(StoreError::WrongState("Nothing in the draft differs from what is sold. Change something, or discard it."));
        }
        sqlx::query!("update plan_versions set published_at = now(), published_by = $2 where id = $1", draft.id, self.actor.name)
            .execute(self.read.tx.conn())
            .await?;
        let target = format!("{plan} version {}", draft.number);
        self.audit_platform("plan.published", &target, before.map(|terms| json!(terms)), Some(json!(after))).await?;
        Ok(draft.number)
    }

    /// The draft is gone. Of a plan that was never published everything is. Discarded twice it is discarded once; returns whether the plan is
    /// still there.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when it has changed since `seen`, or was published.
    pub async fn discard_draft(&mut self, plan: &str, draft: Uuid, seen: i64) -> Result<bool> {
        let record = self.lock_plan(plan).await?;
        if record.versions.iter().any(|version| version.id == draft) {
            return Err(StoreError::WrongState("Somebody has published this draft meanwhile: it is a version now."));
        }
        let Some(found) = record.draft.as_ref().filter(|now| now.id == draft) else { return Ok(true) };
        if found.revision != seen {
            return Err(STALE_DRAFT);
        }
        let before = terms(self.read.tx.conn(), draft).await?;
        sqlx::query!("delete from plan_entitlements where plan_version_id = $1", draft).execute(self.read.tx.conn()).await?;
        sqlx::query!("delete from plan_features where plan_version_id = $1", draft).execute(self.read.tx.conn()).await?;
        sqlx::query!("delete from plan_versions where id = $1", draft).execute(self.read.tx.conn()).await?;
        let stays = !record.versions.is_empty();
        if !stays {
            sqlx::query!("delete from plans where id = $1", record.id).execute(self.read.tx.conn()).await?;
        }
        let target = format!("{plan} version {}", found.number);
        self.audit_platform("plan.draft_discarded", &target, Some(json!(before)), None).await?;
        Ok(stays)
    }
}
