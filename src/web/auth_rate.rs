//! How often one address may try to sign in, and one tenant ask DNS. Sign-ins are counted before the account is looked up, so that it says
//! nothing about accounts.

use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::domain::ids::TenantId;

/// Attempts a minute per e-mail, and ten times as many per network address; bursts up to a minute's worth.
pub struct SignInRate {
    by_email: DefaultKeyedRateLimiter<String>,
    by_address: DefaultKeyedRateLimiter<String>,
}

impl SignInRate {
    pub fn new(per_minute: u32) -> Self {
        let per_minute = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
        let ten = NonZeroU32::new(10).unwrap_or(NonZeroU32::MIN);
        Self {
            by_email: RateLimiter::keyed(Quota::per_minute(per_minute)),
            by_address: RateLimiter::keyed(Quota::per_minute(per_minute.saturating_mul(ten))),
        }
    }

    /// Counts one attempt; `false` when there were too many.
    pub fn allow(&self, email: &str, address: &str) -> bool {
        self.allow_address(address) && self.by_email.check_key(&email.to_owned()).is_ok()
    }

    /// Counts one attempt of a network address, whatever it is about.
    pub fn allow_address(&self, address: &str) -> bool {
        self.by_address.check_key(&address.to_owned()).is_ok()
    }

    /// Forgets who has been quiet for a minute; called by the server's clock.
    pub fn forget_quiet(&self) {
        self.by_email.retain_recent();
        self.by_address.retain_recent();
    }
}

/// How often one tenant may ask for a check of its domains: six at once, then one every ten seconds.
pub struct CheckRate(DefaultKeyedRateLimiter<TenantId>);

impl Default for CheckRate {
    fn default() -> Self {
        Self(RateLimiter::keyed(Quota::per_minute(NonZeroU32::new(6).unwrap_or(NonZeroU32::MIN))))
    }
}

impl CheckRate {
    /// Counts one check; `false` when there were too many.
    pub fn allow(&self, tenant: TenantId) -> bool {
        self.0.check_key(&tenant).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_is_tried_so_often_and_no_more() {
        let rate = SignInRate::new(3);
        assert_eq!((0..5).map(|_| rate.allow("a@b.example", "1")).collect::<Vec<_>>(), [true, true, true, false, false]);
        assert!(rate.allow("other@b.example", "1"));
    }
}
