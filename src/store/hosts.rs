//! Which tenant a host belongs to, before anybody is signed in.

use super::Result;
use super::access::stored;
use super::handle::PublicTx;
use crate::domain::slug::Slug;

/// What anybody may know of a tenant at its own host: enough for its sign-in page.
#[derive(Debug, Clone)]
pub struct HostTenant {
    pub slug: Slug,
    pub name: String,
    pub accent: String,
}

impl PublicTx {
    /// The tenant of the first label of `{slug}.<platform host>`.
    pub async fn find_tenant_of_host(&mut self, slug: &Slug) -> Result<Option<HostTenant>> {
        let row = sqlx::query!(r#"select slug as "slug!", name as "name!", accent as "accent!" from tenant_of_host($1)"#, slug.as_str(),)
            .fetch_optional(self.tx.conn())
            .await?;
        row.map(|row| Ok(HostTenant { slug: stored(row.slug.parse())?, name: row.name, accent: row.accent })).transpose()
    }
}
