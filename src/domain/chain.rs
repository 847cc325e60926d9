//! The hash chain of a tenant's audit log, verified without a database: what `tenantry doctor` and `tenantry audit verify` compute.
//!
//! Each event's hash is SHA-256 over the hash before and the event's fields. Whoever changes, removes or moves an event would have to make
//! every later hash anew, up to the head; an end that is cut off shows only against a head that was noted elsewhere.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// The first line of a downloaded log: whose it is, and where its chain ended at that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// `1`, the version of this form.
    pub tenantry_audit: u32,
    pub tenant_id: Uuid,
    pub slug: String,
    /// Number of the last event, 0 for none.
    pub seq: i64,
    /// In hex; empty for none.
    pub hash: String,
}

/// One event as it was hashed: `at` to the microsecond, `before` and `after` as the very text that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub actor: String,
    pub action: String,
    pub target: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub origin: String,
    pub prev_hash: String,
    pub hash: String,
}

pub const VERSION: u32 = 1;

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `None` for what is no hex.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect::<Option<_>>()?;
    digits.len().is_multiple_of(2).then(|| digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

impl Link {
    /// SHA-256 over the hash before and the fields, each with its length in bytes: `5:hello`, `-:` for none. The same as `audit_text`.
    ///
    /// `None` when `prev_hash` is no hex.
    pub fn computed_hash(&self, tenant: Uuid) -> Option<String> {
        self.hash_within(&tenant.to_string())
    }

    fn hash_within(&self, scope: &str) -> Option<String> {
        let mut hash = Sha256::new();
        hash.update(unhex(&self.prev_hash)?);
        let seq = self.seq.to_string();
        let (at, actor_id) = (self.at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(), self.actor_id.map(|id| id.to_string()));
        let fields = [
            Some(scope),
            Some(&seq),
            Some(&at),
            Some(&self.actor_kind),
            actor_id.as_deref(),
            Some(&self.actor),
            Some(&self.action),
            Some(&self.target),
            self.before.as_deref(),
            self.after.as_deref(),
            Some(&self.origin),
        ];
        for field in fields {
            match field {
                Some(text) => hash.update(format!("{}:{text}", text.len())),
                None => hash.update("-:"),
            }
        }
        Some(hex(&hash.finalize()))
    }
}

/// The first place at which a chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Break {
    #[error("event {seq} is missing: {found} stands in its place")]
    Missing { seq: i64, found: i64 },
    #[error("event {seq} was changed: its hash is not that of its content")]
    Changed { seq: i64 },
    #[error("event {seq} does not follow the one before it, which was replaced")]
    Unlinked { seq: i64 },
    #[error("the end is missing from event {seq} on: the head says {head}")]
    CutOff { seq: i64, head: i64 },
    #[error("event {seq} is behind the head, which says {head}")]
    Beyond { seq: i64, head: i64 },
    #[error("event {seq}, the last, is not the one that the head was made of")]
    OtherEnd { seq: i64 },
}

impl Break {
    /// The first event that does not fit, or the first that is missing from the end.
    pub fn at(&self) -> i64 {
        match self {
            Break::Missing { found: seq, .. }
            | Break::Changed { seq }
            | Break::Unlinked { seq }
            | Break::CutOff { seq, .. }
            | Break::Beyond { seq, .. }
            | Break::OtherEnd { seq } => *seq,
        }
    }
}

/// A chain while it is read, event by event.
#[derive(Debug)]
pub struct Verifier {
    /// What each hash begins with: the tenant's id, or `platform`.
    scope: String,
    /// `None`: nothing says where the chain ends.
    head: Option<(i64, String)>,
    last: (i64, String),
}

impl Verifier {
    /// Of this tenant; `seq` and `hash`, in hex, are those of its head.
    pub fn new(tenant: Uuid, seq: i64, hash: String) -> Self {
        Self { scope: tenant.to_string(), head: Some((seq, hash)), last: (0, String::new()) }
    }

    /// Of the platform's own chain.
    pub fn of_platform() -> Self {
        Self { scope: "platform".to_owned(), head: None, last: (0, String::new()) }
    }

    /// Takes the next event.
    ///
    /// # Errors
    /// The break, when this event does not continue the chain; what follows it says nothing more.
    pub fn next(&mut self, link: &Link) -> Result<(), Break> {
        let seq = self.last.0 + 1;
        if link.seq != seq {
            return Err(Break::Missing { seq, found: link.seq });
        }
        if link.prev_hash != self.last.1 {
            return Err(Break::Unlinked { seq });
        }
        if link.hash_within(&self.scope).as_ref() != Some(&link.hash) {
            return Err(Break::Changed { seq });
        }
        if let Some((head, _)) = self.head
            && seq > head
        {
            return Err(Break::Beyond { seq, head });
        }
        self.last = (seq, link.hash.clone());
        Ok(())
    }

    /// After the last event: how many there were.
    ///
    /// # Errors
    /// The break, when the head says that more should have come, or other ones.
    pub fn end(&self) -> Result<i64, Break> {
        let (seq, hash) = &self.last;
        if let Some((head, head_hash)) = &self.head {
            if seq < head {
                return Err(Break::CutOff { seq: seq + 1, head: *head });
            }
            if hash != head_hash {
                return Err(Break::OtherEnd { seq: *seq });
            }
        }
        Ok(*seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: Uuid = Uuid::from_u128(7);

    /// Five events and their head.
    fn chain() -> (Head, Vec<Link>) {
        let mut links: Vec<Link> = Vec::new();
        for seq in 1..=5 {
            let prev_hash = links.last().map(|link| link.hash.clone()).unwrap_or_default();
            let mut link = Link {
                seq,
                at: DateTime::UNIX_EPOCH,
                actor_kind: "member".to_owned(),
                actor_id: Some(Uuid::from_u128(9)),
                actor: "ada@b.example".to_owned(),
                action: "agent.created".to_owned(),
                target: format!("Agent {seq}"),
                before: None,
                after: Some("{\"model\":\"large\"}".to_owned()),
                origin: "192.0.2.1".to_owned(),
                prev_hash,
                hash: String::new(),
            };
            link.hash = link.computed_hash(TENANT).expect("hex");
            links.push(link);
        }
        let hash = links[4].hash.clone();
        (Head { tenantry_audit: VERSION, tenant_id: TENANT, slug: "acme".to_owned(), seq: 5, hash }, links)
    }

    fn verify(head: &Head, links: &[Link]) -> Result<i64, Break> {
        let mut verifier = Verifier::new(head.tenant_id, head.seq, head.hash.clone());
        links.iter().try_for_each(|link| verifier.next(link))?;
        verifier.end()
    }

    #[test]
    fn a_whole_chain_holds() {
        let (head, links) = chain();
        assert_eq!(verify(&head, &links), Ok(5));
        let none = Head { seq: 0, hash: String::new(), ..head };
        assert_eq!(verify(&none, &[]), Ok(0));
    }

    #[test]
    fn every_changed_field_is_located() {
        let (head, links) = chain();
        let changes: [fn(&mut Link); 12] = [
            |link| link.at += chrono::TimeDelta::microseconds(1),
            |link| link.actor_kind = "system".to_owned(),
            |link| link.actor_id = None,
            |link| link.actor.push('x'),
            |link| link.action.push('x'),
            |link| link.target.clear(),
            |link| link.before = Some(String::new()),
            |link| link.after = None,
            |link| link.origin.push('x'),
            |link| link.hash = "00".repeat(32),
            |link| link.hash = "not hex".to_owned(),
            // What moves from one field to the next reads the same without the lengths.
            |link| {
                link.target.insert(0, 'x');
                link.action.clear();
            },
        ];
        for (n, change) in changes.into_iter().enumerate() {
            let mut links = links.clone();
            change(&mut links[2]);
            assert_eq!(verify(&head, &links), Err(Break::Changed { seq: 3 }), "change {n}");
        }
    }

    #[test]
    fn an_event_that_was_replaced_with_its_hash_is_located_at_the_next() {
        let (head, mut links) = chain();
        links[2].actor = "nobody".to_owned();
        links[2].hash = links[2].computed_hash(TENANT).expect("hex");
        assert_eq!(verify(&head, &links), Err(Break::Unlinked { seq: 4 }));
        let (head, mut links) = chain();
        links[4].actor = "nobody".to_owned();
        links[4].hash = links[4].computed_hash(TENANT).expect("hex");
        assert_eq!(verify(&head, &links), Err(Break::OtherEnd { seq: 5 }));
    }

    #[test]
    fn what_is_deleted_moved_or_cut_off_is_located() {
        let (head, links) = chain();
        let without = |n: usize| links.iter().enumerate().filter(|(i, _)| *i != n).map(|(_, link)| link.clone()).collect::<Vec<_>>();
        assert_eq!(verify(&head, &without(1)), Err(Break::Missing { seq: 2, found: 3 }));
        assert_eq!(verify(&head, &without(0)), Err(Break::Missing { seq: 1, found: 2 }));
        let mut moved = links.clone();
        moved.swap(1, 3);
        assert_eq!(verify(&head, &moved), Err(Break::Missing { seq: 2, found: 4 }));
        assert_eq!(verify(&head, &links[..3]), Err(Break::CutOff { seq: 4, head: 5 }));
        assert_eq!(verify(&head, &[]), Err(Break::CutOff { seq: 1, head: 5 }));
        let mut twice = links.clone();
        twice.insert(2, links[1].clone());
        assert_eq!(verify(&head, &twice), Err(Break::Missing { seq: 3, found: 2 }));
        let shorter = Head { seq: 4, hash: links[3].hash.clone(), ..head.clone() };
        assert_eq!(verify(&shorter, &links), Err(Break::Beyond { seq: 5, head: 4 }));
        let other = Head { tenant_id: Uuid::from_u128(8), ..head };
        assert_eq!(verify(&other, &links), Err(Break::Changed { seq: 1 }));
    }
}
