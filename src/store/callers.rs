//! Whose calls they were: tenants of keys and names of tenants, for figures that staff read.

use std::collections::HashMap;

use super::Result;
use super::handle::PlatformRead;
use crate::domain::ids::TenantId;

impl PlatformRead {
    /// The tenants of keys with these hashes; what is nobody's is left out.
    pub async fn list_key_tenants(&mut self, hashes: &[Vec<u8>]) -> Result<HashMap<[u8; 32], TenantId>> {
        let rows =
            sqlx::query!("select key_hash, tenant_id from api_keys where key_hash = any ($1)", hashes).fetch_all(self.tx.conn()).await?;
        Ok(rows.into_iter().filter_map(|row| Some((row.key_hash.try_into().ok()?, TenantId(row.tenant_id)))).collect())
    }

    pub async fn list_slugs(&mut self, tenants: &[TenantId]) -> Result<HashMap<TenantId, String>> {
        let ids: Vec<uuid::Uuid> = tenants.iter().map(|tenant| tenant.0).collect();
        let rows = sqlx::query!("select id, slug from tenants where id = any ($1)", &ids).fetch_all(self.tx.conn()).await?;
        Ok(rows.into_iter().map(|row| (TenantId(row.id), row.slug)).collect())
    }
}
