//! Quotas hold exactly: whatever races, repeats, expires or is killed.

mod api_calls;
mod calls;
mod crash;
mod database_away;
mod grants;
mod last_unit;
mod ledger;
mod periods;
mod replays;
mod restart;
mod rooms;
mod rules;

use sha2::{Digest as _, Sha256};
use tenantry::domain::metering::{Amount, Standing};
use tenantry::store::Store;
use tenantry::store::metering::{Consume, Consumed, Idempotency};

use crate::world::Tenant;

/// A key of one tenant, with all scopes.
#[derive(Clone)]
pub struct Key {
    pub text: String,
    pub hash: [u8; 32],
}

impl Tenant {
    pub async fn key(&self, name: &str) -> Key {
        let text = format!("tk_{:-<43}", format!("{}-{name}", self.slug));
        self.world
            .sql(&format!(
                "insert into api_keys (tenant_id, name, prefix, key_hash, scopes, created_by)
                 values ('{}', '{name}', left('{text}', 11), sha256('{text}'), '{{read,usage,resources}}', 'a test')",
                self.id
            ))
            .await;
        let hash = Sha256::digest(text.as_bytes()).into();
        Key { text, hash }
    }

    /// From now on this is the quota.
    pub async fn limit(&self, meter: &str, quota: i64) {
        self.world
            .sql(&format!(
                "insert into entitlement_overrides (tenant_id, meter, quota, reason, created_by) values ('{}', '{meter}', {quota}, 'a test', 'a test')
                 on conflict on constraint entitlement_overrides_pkey do update set quota = excluded.quota",
                self.id
            ))
            .await;
    }

    /// A column of this tenant's counters of one meter, added up.
    pub async fn counted(&self, column: &str, meter: &str) -> i64 {
        self.world
            .number(&format!(
                "select coalesce(sum({column}), 0)::bigint from usage_counters where tenant_id = '{}' and meter = '{meter}'",
                self.id
            ))
            .await
    }

    /// What pages show of one meter, added up.
    pub async fn shown(&self, meter: &str) -> i64 {
        self.world
            .number(&format!(
                "select coalesce(sum(amount), 0)::bigint from usage_days where tenant_id = '{}' and meter = '{meter}'",
                self.id
            ))
            .await
    }
}

impl Key {
    pub fn ask(&self, meter: &str, amount: i64) -> Consume {
        Consume { key_hash: self.hash, meter: meter.to_owned(), amount: amount.try_into().expect("an amount"), idempotency: None }
    }

    pub fn named(&self, name: &str, meter: &str, amount: i64) -> Consume {
        let idempotency = Some(Idempotency::new(name, &[meter.as_bytes(), &amount.to_le_bytes()]));
        Consume { idempotency, ..self.ask(meter, amount) }
    }
}

pub fn amount(n: i64) -> Amount {
    n.try_into().expect("an amount")
}

pub async fn consume(store: &Store, consume: Consume) -> Consumed {
    store.consume(consume).await.expect("the database is there")
}

/// The counter that the answer shows, if it was allowed.
pub fn allowed(answer: &Consumed) -> Option<Standing> {
    match answer {
        Consumed::Allowed(standing) => Some(*standing),
        _ => None,
    }
}
