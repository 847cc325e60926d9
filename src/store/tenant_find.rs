//! A tenant by what somebody calls it.

use super::Result;
use super::access::stored;
use super::handle::PlatformRead;
use super::tenant_list::pattern;
use crate::domain::slug::Slug;
use crate::domain::status::TenantStatus;

/// A tenant that is called like that, or nearly.
#[derive(Debug, Clone)]
pub struct FoundTenant {
    pub slug: Slug,
    pub name: String,
    pub status: TenantStatus,
    /// Key and name of its plan.
    pub plan: (String, String),
    /// Whether slug or name are just what was asked for.
    pub exact: bool,
}

/// Fewer letters than this are looked for as a whole slug or name only: the index of parts knows no shorter ones.
const SHORTEST: usize = 3;
/// Tenants that are looked at before the best are chosen.
const LOOKED_AT: i64 = 200;

impl PlatformRead {
    /// Tenants whose slug or name is this, then those that contain it; `most` of them.
    pub async fn find_tenants(&mut self, called: &str, most: i64) -> Result<Vec<FoundTenant>> {
        // PostgreSQL's text holds no NUL.
        let called = called.replace('\0', "").trim().to_lowercase();
        if called.is_empty() {
            return Ok(Vec::new());
        }
        let part = (called.chars().count() >= SHORTEST).then(|| pattern(&called));
        let rows = sqlx::query!(
            r#"
            select s.slug, s.name, s.status, p.key, p.name as plan_name, (s.slug = $1 or s.name_sort = $1) as "exact!"
            from (
              select tenant_id from tenant_summaries where tenant_id = (select id from tenants where slug = $1)
              union
              (select tenant_id from tenant_summaries where name_sort = $1 limit $4)
              union
              (select tenant_id from tenant_summaries where search like $2 limit $3)
            ) found
            join tenant_summaries s on s.tenant_id = found.tenant_id
            join plans p on p.id = s.plan_id
            where s.status <> 'deleted'
            order by (s.slug = $1) desc, (s.name_sort = $1) desc, s.name_sort, s.tenant_id
            limit $4
            "#,
            called,
            part,
            LOOKED_AT,
            most,
        )
        .fetch_all(self.tx.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(FoundTenant {
                    slug: stored(row.slug.parse())?,
                    name: row.name,
                    status: stored(row.status.parse())?,
                    plan: (row.key, row.plan_name),
                    exact: row.exact,
                })
            })
            .collect()
    }
}
