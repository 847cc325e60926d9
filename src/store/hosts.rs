//! Which tenant a host belongs to, before anybody is signed in.

use sqlx::types::Json;
use uuid::Uuid;

use super::Result;
use super::access::stored;
use super::handle::PublicTx;
use crate::domain::branding::Look;
use crate::domain::slug::Slug;

/// What anybody may know of a tenant at its own host: enough for its sign-in page.
#[derive(Debug, Clone)]
pub struct HostTenant {
    pub slug: Slug,
    pub name: String,
    pub accent: String,
    /// What it has published, where its plan has branding.
    pub look: Look,
}

impl PublicTx {
    /// The tenant of the first label of `{slug}.<platform host>`.
    pub async fn find_tenant_of_host(&mut self, slug: &Slug) -> Result<Option<HostTenant>> {
        let row = sqlx::query!(
            r#"select slug as "slug!", name as "name!", accent as "accent!", look as "look?: Json<Look>" from tenant_of_host($1)"#,
            slug.as_str(),
        )
        .fetch_optional(self.tx.conn())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let look = row.look.map(|look| look.0).unwrap_or_default();
        Ok(Some(HostTenant { slug: stored(row.slug.parse())?, name: row.name, accent: row.accent, look }))
    }

    /// An image of the look that the tenant has in use; of no other.
    pub async fn find_brand_image(&mut self, slug: &Slug, image: Uuid) -> Result<Option<Vec<u8>>> {
        Ok(sqlx::query_scalar!("select brand_image_of_host($1, $2)", slug.as_str(), image).fetch_one(self.tx.conn()).await?)
    }
}
