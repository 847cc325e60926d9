//! The receipt of a purge: what was removed of a tenant, signed with Ed25519 so that it can be checked anywhere, without this platform.
//!
//! The signature is over the receipt as JSON without spaces, its fields in the order of the alphabet: what `jq -cS .receipt` prints, without
//! the line's end.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::chain::{hex, unhex};

/// Of this form.
pub const VERSION: u32 = 1;

/// Fields in the order of the alphabet: they are signed as they are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Accounts that were removed with it: of people who belonged nowhere else.
    pub accounts: i64,
    /// Accounts of its people that stay: they belong to other tenants, or to the platform.
    pub accounts_kept: i64,
    /// Who asked for it; `system` when the 30 days were over.
    pub by: String,
    /// `asked` or `due`
    pub cause: String,
    pub deleted_at: DateTime<Utc>,
    pub file_bytes: i64,
    pub files: i64,
    /// When the last file was gone.
    pub finished_at: DateTime<Utc>,
    pub id: Uuid,
    /// US dollars on all invoices together.
    pub invoiced_usd: String,
    pub invoices: i64,
    pub mails: i64,
    pub name: String,
    /// When its rows were gone.
    pub purged_at: DateTime<Utc>,
    /// By table.
    pub rows: BTreeMap<String, i64>,
    pub sessions: i64,
    pub slug: String,
    pub tenant_id: Uuid,
    /// [`VERSION`]
    pub tenantry_receipt: u32,
}

/// As it is downloaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedReceipt {
    /// In hex; whether it is the platform's is for whoever verifies to know.
    pub public_key: String,
    pub receipt: Receipt,
    /// In hex.
    pub signature: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadReceipt {
    #[error("it has a version that this program does not know")]
    Version,
    #[error("it was signed with another key")]
    OtherKey,
    #[error("the signature is not that of its content: something was changed")]
    Signature,
}

impl Receipt {
    fn text(&self) -> String {
        serde_json::to_string(self).expect("texts, numbers and times have a JSON form")
    }

    pub fn sign(self, key: &Ed25519KeyPair) -> SignedReceipt {
        let signature = hex(key.sign(self.text().as_bytes()).as_ref());
        SignedReceipt { public_key: hex(key.public_key().as_ref()), receipt: self, signature }
    }
}

impl SignedReceipt {
    /// Whether it is as it was signed; with `expected`, in hex, also by whom.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn verify(&self, expected: Option<&str>) -> Result<(), BadReceipt> {
        if self.receipt.tenantry_receipt != VERSION {
            return Err(BadReceipt::Version);
        }
        if expected.is_some_and(|key| !key.trim().eq_ignore_ascii_case(&self.public_key)) {
            return Err(BadReceipt::OtherKey);
        }
        let (Some(key), Some(signature)) = (unhex(&self.public_key), unhex(&self.signature)) else { return Err(BadReceipt::Signature) };
        UnparsedPublicKey::new(&ED25519, key).verify(self.receipt.text().as_bytes(), &signature).map_err(|_| BadReceipt::Signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt() -> Receipt {
        Receipt {
            accounts: 2,
            accounts_kept: 1,
            by: "system".to_owned(),
            cause: "due".to_owned(),
            deleted_at: DateTime::UNIX_EPOCH,
            file_bytes: 4711,
            files: 3,
            finished_at: DateTime::UNIX_EPOCH,
            id: Uuid::from_u128(1),
            invoiced_usd: "49.00".to_owned(),
            invoices: 1,
            mails: 4,
            name: "Acme".to_owned(),
            purged_at: DateTime::UNIX_EPOCH,
            rows: BTreeMap::from([("agents".to_owned(), 5), ("members".to_owned(), 3)]),
            sessions: 0,
            slug: "acme".to_owned(),
            tenant_id: Uuid::from_u128(2),
            tenantry_receipt: VERSION,
        }
    }

    #[test]
    fn a_receipt_holds_as_it_was_signed_and_by_whom() {
        let (one, other) = ([[1; 32], [2; 32]]).map(|seed| Ed25519KeyPair::from_seed_unchecked(&seed).expect("32 bytes")).into();
        let signed = receipt().sign(&one);
        let text = serde_json::to_string_pretty(&signed).expect("JSON");
        let read: SignedReceipt = serde_json::from_str(&text).expect("read again");
        assert_eq!((read.verify(None), read.verify(Some(&hex(one.public_key().as_ref()).to_uppercase()))), (Ok(()), Ok(())));
        assert_eq!(read.verify(Some(&hex(other.public_key().as_ref()))), Err(BadReceipt::OtherKey));
        for changed in [text.replace("\"agents\": 5", "\"agents\": 4"), text.replace("Acme", "Acne"), text.replace("\"due\"", "\"asked\"")]
        {
            assert_ne!(changed, text);
            let changed: SignedReceipt = serde_json::from_str(&changed).expect("well formed");
            assert_eq!(changed.verify(None), Err(BadReceipt::Signature));
        }
        let more = text.replacen("\"accounts\"", "\"added\": 1, \"accounts\"", 1);
        assert!(serde_json::from_str::<SignedReceipt>(&more).is_err(), "what is not signed is not taken");
    }

    #[test]
    fn fields_are_written_in_the_order_that_is_promised() {
        let text = receipt().text();
        let sorted: BTreeMap<String, serde_json::Value> = serde_json::from_str(&text).expect("JSON");
        assert_eq!(text, serde_json::to_string(&sorted).expect("JSON"));
    }
}
