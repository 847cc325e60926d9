//! Other ids for everything that comes in.
//!
//! A new id is made from the old one under a key of this import alone: so references find what they mean without a list of all ids, and
//! nobody who knows the old ones can guess the new. Of version 7 the time stays, by which lists are sorted.

use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use uuid::{Builder, Uuid};

pub(super) struct Ids(Hmac<Sha256>);

impl Ids {
    pub fn new() -> Self {
        Self(Hmac::<Sha256>::new_from_slice(&rand::random::<[u8; 32]>()).expect("HMAC takes a key of any length"))
    }

    pub fn of(&self, old: Uuid) -> Uuid {
        let mut mac = self.0.clone();
        mac.update(old.as_bytes());
        let made: [u8; 32] = mac.finalize().into_bytes().into();
        let mut bytes: [u8; 16] = std::array::from_fn(|n| made[n]);
        if old.get_version_num() == 7 {
            // 48 bits of milliseconds and 12 that follow them.
            bytes[..8].copy_from_slice(&old.as_bytes()[..8]);
            return Builder::from_bytes(bytes).with_version(uuid::Version::SortRand).with_variant(uuid::Variant::RFC4122).into_uuid();
        }
        Builder::from_random_bytes(bytes).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_other_in_each_import_and_keeps_its_time() {
        let (one, other) = (Ids::new(), Ids::new());
        let old: Uuid = "0193817f-1234-7abc-8def-0123456789ab".parse().expect("an id");
        let new = one.of(old);
        assert_eq!((new, new.get_version_num()), (one.of(old), 7));
        assert_eq!(new.as_bytes()[..8], old.as_bytes()[..8]);
        assert!(new != old && new != other.of(old) && new != one.of(Uuid::from_u128(old.as_u128() + 1)));
        assert_eq!(one.of(Uuid::from_u128(7)).get_version_num(), 4);
    }
}
