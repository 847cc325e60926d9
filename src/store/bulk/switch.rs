//! Switching a feature for one of many tenants: what is so already is left alone, and its audit log says nothing.

use super::super::handle::PlatformTx;
use super::super::{Result, StoreError};
use crate::domain::bulk::{FeatureNow, Verdict};
use crate::domain::feature_switch::Switch;
use crate::domain::slug::Slug;

impl PlatformTx {
    /// Returns from what to what, in a few words.
    ///
    /// # Errors
    /// As `switch_feature`; `WrongState` when it is so already, or the last day is over.
    pub(super) async fn switch_where_otherwise(&mut self, slug: &Slug, feature: &str, switch: &Switch) -> Result<String> {
        let (tenant, ..) = self.lock_tenant(slug).await?;
        let held = sqlx::query!(
            r#"
            select h.in_plan as "in_plan!", o.enabled as "switched?", o.expires_at as "until?", now() as "now!"
            from tenant_features h
            left join feature_overrides o
              on o.tenant_id = h.tenant_id and o.feature = h.feature and (o.expires_at is null or o.expires_at > now())
            where h.tenant_id = $1
              and h.feature = $2
            "#,
            tenant.0,
            feature,
        )
        .fetch_optional(self.read.tx.conn())
        .await?;
        let what = match held {
            Some(held) => {
                let feature = FeatureNow { in_plan: held.in_plan, switched: held.switched.map(|enabled| (enabled, held.until)) };
                match feature.switch(switch.enabled, switch.until, held.now) {
                    Verdict::Does(what) => what,
                    Verdict::Refused(why) => return Err(StoreError::WrongState(why)),
                }
            }
            // The catalogue does not know it, and what follows says so.
            None => String::new(),
        };
        self.switch_feature(slug, feature, switch.enabled, &switch.reason, switch.until).await?;
        Ok(what)
    }
}
