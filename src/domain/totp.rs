//! One-time codes by time (RFC 6238), as every authenticator app makes them: six digits, new ones every 30 seconds, HMAC-SHA-1.

use totp_rs::{Algorithm, Builder, Totp};

/// Who the account is with, as the app shows it.
const ISSUER: &str = "Tenantry";
const DIGITS: u8 = 6;
const STEP_SECONDS: i64 = 30;
/// Bytes of a secret: as long as the hash, RFC 4226, section 4.
pub const SECRET_BYTES: usize = 20;

/// What app and server share. Shown once, while it is set up.
#[derive(Clone)]
pub struct TotpSecret(Vec<u8>);

impl TotpSecret {
    /// `None` for what is not as long as a secret.
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() == SECRET_BYTES).then_some(Self(bytes))
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn totp(&self, account: &str) -> Totp {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(DIGITS)
            .with_step_duration(STEP_SECONDS.unsigned_abs())
            .with_secret(self.0.clone())
            .with_issuer(Some(ISSUER))
            // A colon would end the issuer's part of the label.
            .with_account_name(account.replace(':', " "))
            .build()
            .expect("6 digits, 20 bytes, and names that are not empty and have no colon are within the rules")
    }

    /// The secret to be typed into an app: base32 in groups of four.
    pub fn text(&self) -> String {
        let text = self.totp(ISSUER).secret().to_base32();
        text.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group)).collect::<Vec<_>>().join(" ")
    }

    /// What the QR code says: `otpauth://totp/…`.
    pub fn uri(&self, account: &str) -> String {
        self.totp(account).to_url().expect("an issuer and an account without a colon have an address")
    }

    /// The code of the step that `at`, in seconds since 1970, lies in.
    pub fn code(&self, at: i64) -> u32 {
        self.totp(ISSUER).generate(at.unsigned_abs()).to_string().parse().expect("a code is six digits")
    }

    /// The step whose code this is: that of `now` or one beside it, and later than `last`, so that no code works twice.
    pub fn matching_step(&self, code: u32, now: i64, last: i64) -> Option<i64> {
        let step = now / STEP_SECONDS;
        (step - 1..=step + 1).filter(|step| *step > last).find(|step| self.code(step * STEP_SECONDS) == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, SHA-1, the last six of eight digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = TotpSecret::new(b"12345678901234567890".to_vec()).expect("20 bytes");
        for (at, code) in
            [(59, 287_082), (1_111_111_109, 81_804), (1_111_111_111, 50_471), (1_234_567_890, 5_924), (2_000_000_000, 279_037)]
        {
            assert_eq!(secret.code(at), code, "{at}");
        }
        assert_eq!(secret.text(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        let uri = secret.uri("ada@b.example");
        assert!(uri.starts_with("otpauth://totp/Tenantry:ada%40b.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{uri}");
        assert!(TotpSecret::new(vec![1; 10]).is_none());
    }

    #[test]
    fn a_code_works_one_step_early_or_late_and_never_twice() {
        let secret = TotpSecret::new(b"12345678901234567890".to_vec()).expect("20 bytes");
        let now = 1_111_111_111;
        let step = now / STEP_SECONDS;
        for (away, works) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let code = secret.code(now + away * STEP_SECONDS);
            assert_eq!(secret.matching_step(code, now, 0), works.then_some(step + away), "{away}");
        }
        let code = secret.code(now);
        assert_eq!(secret.matching_step(code, now, step - 1), Some(step));
        assert_eq!(secret.matching_step(code, now, step), None, "used already");
        assert_eq!(secret.matching_step(secret.code(now - STEP_SECONDS), now, step), None, "older than the one used");
    }
}
