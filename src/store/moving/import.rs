//! An archive as a new tenant: in one transaction, with other ids, or not at all.
//!
//! | what | becomes |
//! |---|---|
//! | members | accounts with these e-mails become members; who has none gets one without a password, for which a link can be mailed |
//! | plan | the one with this key and version, or the one that is asked for |
//! | domains | are to be proved again |
//! | open invites | stay open, with other links |
//! | API keys, sessions, second factors, passwords | do not come: they do not leave |
//! | audit log | stays in the archive, where `tenantry audit verify` checks it; the new log begins with whose it was and where it ended. Events that anybody could write into an archive would prove nothing |
//! | invoices | come, and numbers go on; what was used until now is billed where it was used |

mod batch;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use self::batch::{Batch, Coming};
use super::ids::Ids;
use super::rows::{Mapping, Wrong};
use super::tables::{EXPORTED, Table};
use super::unpack::{BadArchive, Checked, Piece, stream};
use crate::domain::activity::Action;
use crate::domain::archive::TenantFacts;
use crate::domain::email::Email;
use crate::domain::ids::TenantId;
use crate::domain::name::Name;
use crate::domain::slug::Slug;
use crate::domain::staff::MoveTenants;
use crate::domain::status::TenantStatus;
use crate::store::access::{PlatformAdmin, stored};
use crate::store::handle::{PlatformTx, Store};
use crate::store::{Constraint, StoreError};

/// Why a tenant is suspended that comes without a reason of staff's: it was for something else, such as a bill.
const SUSPENDED: &str = "It was suspended where it came from.";

/// What became of an archive.
#[derive(Debug, Clone)]
pub struct Imported {
    pub slug: Slug,
    pub name: String,
    pub status: TenantStatus,
    /// Of those that have any.
    pub rows: BTreeMap<String, u64>,
    pub documents: u64,
    /// People whose account this made; they have no password yet.
    pub made: Vec<Email>,
    /// People who had an account here, and are members now.
    pub joined: Vec<Email>,
    /// What did not come.
    pub left: Vec<LeftOut>,
}

/// Something of an archive that did not come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LeftOut {
    pub count: u64,
    /// What it is, and why it stays.
    pub what: String,
}

/// Why nothing came in.
#[derive(Debug, thiserror::Error)]
pub enum NotImported {
    #[error(transparent)]
    Archive(#[from] BadArchive),
    #[error("{file}, line {line}: {why}")]
    Row { file: String, line: u64, why: Wrong },
    #[error("There is no plan `{plan}` in version {version} here: choose another.")]
    NoSuchVersion { plan: String, version: i32 },
    #[error("There is no plan `{0}` here.")]
    NoSuchPlan(String),
    #[error("Of the tenant itself, {field} cannot be: {why}")]
    Facts { field: &'static str, why: String },
    #[error("The slug {0} is taken: choose another.")]
    SlugTaken(Slug),
    #[error("A document has no file, or a file no document: {0}.")]
    Files(Uuid),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for NotImported {
    fn from(error: sqlx::Error) -> Self {
        NotImported::Store(error.into())
    }
}

impl Store {
    /// Makes a tenant of an archive that was checked, under its own slug or another one.
    ///
    /// # Errors
    /// Says what was wrong; nothing was made then.
    pub async fn import(
        &self,
        admin: &PlatformAdmin,
        checked: &Checked,
        slug: Option<Slug>,
        plan: Option<&str>,
    ) -> Result<Imported, NotImported> {
        let facts = &checked.manifest.tenant;
        let slug = match slug {
            Some(slug) => slug,
            None => facts.slug.parse().map_err(|error: crate::domain::slug::SlugError| bad_fact("slug", error))?,
        };
        let tenant = TenantId(self.new_id().await?);
        // Files are written before the commit: should there never be one, they are taken away again.
        self.note_files_of(tenant).await?;
        let done = self.import_into(admin, tenant, checked, &slug, plan).await;
        if done.is_err()
            && let Err(error) = self.remove_tenant_files(tenant).await
        {
            tracing::warn!(%error, %tenant, "files of an import that failed could not be removed; a job does it tomorrow");
        }
        done
    }

    async fn import_into(
        &self,
        admin: &PlatformAdmin,
        tenant: TenantId,
        checked: &Checked,
        slug: &Slug,
        plan: Option<&str>,
    ) -> Result<Imported, NotImported> {
        let facts = &checked.manifest.tenant;
        let mut tx = self.platform::<MoveTenants>(admin).await?;
        let version = tx.version_for(facts, plan).await?;
        begin(&mut tx, tenant, facts, slug, version).await?;
        let secret = self.secret.clone();
        let mut coming =
            Coming { mapping: mapping(&mut tx, &secret).await?, made: Vec::new(), joined: Vec::new(), rows: BTreeMap::new(), skipped: 0 };
        let documents = self.pour(&mut tx, tenant, checked, &mut coming).await?;
        let reason = facts.status_reason.as_deref().unwrap_or(SUSPENDED);
        let status =
            sqlx::query_scalar!(r#"select import_end($1, $2) as "status!""#, facts.status, reason).fetch_one(tx.read.tx.conn()).await?;
        let left = left(checked, coming.skipped);
        let source = &checked.manifest;
        let after = json!({
            "archive_sha256": checked.sha256, "made_at": source.made_at, "from": { "id": facts.id, "slug": facts.slug, "audit": source.audit },
            "plan": plan, "members": { "made": coming.made, "joined": coming.joined }, "rows": coming.rows, "documents": documents,
            "left_out": left,
        });
        tx.audit(tenant, Action::TenantImported, &facts.slug, None, Some(after)).await?;
        let short = json!({ "archive_sha256": checked.sha256, "from": facts.id, "slug": slug });
        tx.audit_platform(Action::TenantImported.as_str(), slug.as_str(), None, Some(short)).await?;
        let Coming { made, joined, rows, .. } = coming;
        tx.commit().await?;
        Ok(Imported { slug: slug.clone(), name: facts.name.clone(), status: stored(status.parse())?, rows, documents, made, joined, left })
    }

    /// Everything of the archive, in its order; returns how many files came.
    async fn pour(&self, tx: &mut PlatformTx, tenant: TenantId, checked: &Checked, coming: &mut Coming<'_>) -> Result<u64, NotImported> {
        let mut pieces = stream(checked);
        let mut batch = Batch::default();
        let (mut files, mut writing) = (0, None);
        let mut counted = true;
        while let Some(piece) = pieces.recv().await {
            match piece? {
                Piece::Row(name, line) => {
                    let Some(table) = EXPORTED.iter().find(|table| table.name == name) else { continue };
                    if batch.table.is_none_or(|other| other.name != name) {
                        batch.write(tx, coming).await?;
                        if counted {
                            counted = !forget_counts(tx, name).await?;
                        }
                        batch = Batch::of(table);
                    }
                    batch.line += 1;
                    batch.take(tx, coming, &line).await?;
                }
                Piece::File(document) => {
                    batch.write(tx, coming).await?;
                    let (file, size) = coming.mapping.documents.remove(&document).ok_or(NotImported::Files(document))?;
                    if checked.manifest.files.get(&crate::domain::archive::document_file(document)).map(|facts| facts.bytes) != Some(size) {
                        return Err(NotImported::Files(document));
                    }
                    writing = Some(self.files.write(tenant, file).await?);
                }
                Piece::Bytes(bytes) => {
                    if let Some(writing) = &mut writing {
                        writing.write(&bytes).await?;
                    }
                }
                Piece::FileEnd => {
                    if let Some(writing) = writing.take() {
                        writing.finish().await?;
                        files += 1;
                    }
                }
            }
        }
        batch.write(tx, coming).await?;
        if counted {
            forget_counts(tx, "").await?;
        }
        match coming.mapping.documents.keys().next() {
            Some(document) => Err(NotImported::Files(*document)),
            None => Ok(files),
        }
    }
}

/// Messages were counted when they came, as if they were new: what the archive says of usage takes the place of that. Done before the first table
/// that comes after them; returns whether this is one.
async fn forget_counts(tx: &mut PlatformTx, next: &str) -> Result<bool, NotImported> {
    let place = |name: &str| EXPORTED.iter().position(|table| table.name == name);
    if place(next).is_some_and(|next| Some(next) <= place("messages")) {
        return Ok(false);
    }
    for table in ["usage_counters", "usage_pending", "usage_days"] {
        sqlx::query_scalar!("select import_rows($1, '{}', '[]', true)", table).fetch_one(tx.read.tx.conn()).await?;
    }
    Ok(true)
}

/// What did not come, for people to know.
fn left(checked: &Checked, skipped: u64) -> Vec<LeftOut> {
    let rows =
        |table: &Table| checked.manifest.files.get(&crate::domain::archive::table_file(table.name)).and_then(|file| file.rows).unwrap_or(0);
    let stays =
        EXPORTED.iter().filter_map(|table| table.stays.map(|why| LeftOut { count: rows(table), what: format!("{}: {why}", table.name) }));
    let events = LeftOut {
        count: u64::try_from(checked.manifest.audit.seq).unwrap_or(0),
        what: "audit events: they stay in the archive, where `tenantry audit verify` checks them".to_owned(),
    };
    let changes = LeftOut { count: skipped, what: "changes of plan that wait, or are of plans that are not here".to_owned() };
    stays.chain([events, changes]).filter(|left| left.count > 0).collect()
}

fn bad_fact(field: &'static str, why: impl ToString) -> NotImported {
    NotImported::Facts { field, why: why.to_string() }
}

async fn mapping<'a>(tx: &mut PlatformTx, secret: &'a crate::store::tokens::SecretKey) -> Result<Mapping<'a>, NotImported> {
    let conn = tx.read.tx.conn();
    let versions =
        sqlx::query!("select p.key, v.version, v.id from plan_versions v join plans p on p.id = v.plan_id").fetch_all(&mut *conn).await?;
    let meters = sqlx::query_scalar!("select key from meters").fetch_all(&mut *conn).await?;
    let now =
        sqlx::query!(r#"select this_month()::text as "month!", (now() + interval '1 minute')::text as "soon!""#).fetch_one(conn).await?;
    Ok(Mapping {
        ids: Ids::new(),
        secret,
        people: HashMap::new(),
        versions: versions.into_iter().map(|row| ((row.key, i64::from(row.version)), row.id)).collect(),
        meters: BTreeSet::from_iter(meters),
        month: now.month,
        soon: now.soon,
        documents: HashMap::new(),
    })
}

/// The tenant's own row, not open yet. What a form would refuse is refused.
async fn begin(tx: &mut PlatformTx, tenant: TenantId, facts: &TenantFacts, slug: &Slug, version: Uuid) -> Result<(), NotImported> {
    let name: Name = facts.name.parse().map_err(|error: crate::domain::name::NameError| bad_fact("the name", error))?;
    for (field, email) in [("the billing e-mail", &facts.billing_email), ("the owner's e-mail", &facts.owner_email)] {
        email.parse::<Email>().map_err(|error| bad_fact(field, error))?;
    }
    if !matches!(facts.status.as_str(), "trial" | "active" | "past_due" | "suspended") {
        return Err(bad_fact("the state", format!("`{}` is none that a tenant comes in with", facts.status)));
    }
    let row = json!({
        "slug": slug, "name": name, "contract_price_usd": facts.contract_price_usd, "monthly_budget_usd": facts.monthly_budget_usd,
        "billing_email": facts.billing_email, "owner_email": facts.owner_email, "accent": facts.accent, "trial_ends_at": facts.trial_ends_at,
        "require_second_factor": facts.require_second_factor, "allowed_models": facts.allowed_models, "default_model": facts.default_model,
    });
    match sqlx::query!("select import_begin($1, $2, $3)", tenant.0, row, version).fetch_one(tx.read.tx.conn()).await {
        Ok(_) => Ok(()),
        Err(sqlx::Error::Database(refused)) if refused.constraint() == Some("tenants_slug") => Err(NotImported::SlugTaken(slug.clone())),
        Err(sqlx::Error::Database(refused)) if refused.code().is_some_and(|code| code.starts_with("22") || code.starts_with("23")) => {
            Err(bad_fact("a value", refused.message()))
        }
        Err(error) => match StoreError::from(error) {
            StoreError::Conflict(Constraint::TenantSlug) => Err(NotImported::SlugTaken(slug.clone())),
            error => Err(error.into()),
        },
    }
}

impl PlatformTx {
    /// The plan version that the tenant gets.
    async fn version_for(&mut self, facts: &TenantFacts, plan: Option<&str>) -> Result<Uuid, NotImported> {
        if let Some(plan) = plan {
            let sold = self.list_plans().await?.into_iter().find(|sold| sold.key == plan);
            return sold.map(|sold| sold.version).ok_or_else(|| NotImported::NoSuchPlan(plan.to_owned()));
        }
        let found = sqlx::query_scalar!(
            "select v.id from plan_versions v join plans p on p.id = v.plan_id where p.key = $1 and v.version = $2",
            facts.plan,
            facts.plan_version,
        )
        .fetch_optional(self.read.tx.conn())
        .await?;
        found.ok_or_else(|| NotImported::NoSuchVersion { plan: facts.plan.clone(), version: facts.plan_version })
    }
}
