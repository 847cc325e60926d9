//! What a password must be: long and not guessable. No composition rules (NIST SP 800-63B-4, section 3.1.1.2).

/// Of a password that opens the account alone.
pub const MIN_LENGTH: usize = 15;
/// Of one that a second factor stands beside.
pub const MIN_LENGTH_BESIDE: usize = 8;
pub const MAX_LENGTH: usize = 128;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("Use at least {0} characters.")]
    TooShort(usize),
    #[error("Use at most 128 characters.")]
    TooLong,
    #[error("This password is easy to guess. Use words that have nothing to do with each other or with you.")]
    Guessable,
}

/// Checks a new password; `context` holds what an attacker knows of the person (name, e-mail, tenant).
pub fn check_new_password(password: &str, context: &[&str]) -> Result<(), PasswordError> {
    check(password, MIN_LENGTH, context)
}

/// The same for somebody with a second factor, whose password may be shorter.
pub fn check_password_beside_factor(password: &str, context: &[&str]) -> Result<(), PasswordError> {
    check(password, MIN_LENGTH_BESIDE, context)
}

/// Whether the account may stand on this password alone.
pub fn is_long_enough_alone(password: &str) -> bool {
    password.chars().count() >= MIN_LENGTH
}

fn check(password: &str, least: usize, context: &[&str]) -> Result<(), PasswordError> {
    let length = password.chars().count();
    if length < least {
        return Err(PasswordError::TooShort(least));
    }
    if length > MAX_LENGTH {
        return Err(PasswordError::TooLong);
    }
    if zxcvbn::zxcvbn(password, context).guesses_log10() < 8.0 {
        return Err(PasswordError::Guessable);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_and_not_guessable() {
        let context = ["olga@acme.example", "Olga Owner", "Acme"];
        assert_eq!(check_new_password("correct horse battery staple", &context), Ok(()));
        assert_eq!(check_new_password("short", &context), Err(PasswordError::TooShort(15)));
        assert_eq!(check_new_password(&"x y".repeat(100), &context), Err(PasswordError::TooLong));
        for guessable in ["aaaaaaaaaaaaaaaa", "passwordpassword", "1234567890123456"] {
            assert_eq!(check_new_password(guessable, &context), Err(PasswordError::Guessable), "{guessable}");
        }
    }

    #[test]
    fn beside_a_second_factor_it_may_be_shorter() {
        let short = "wq7-Zvu9";
        assert_eq!(check_password_beside_factor(short, &[]), Ok(()));
        assert_eq!(check_new_password(short, &[]), Err(PasswordError::TooShort(15)));
        assert_eq!(check_password_beside_factor("wq7-Zvu", &[]), Err(PasswordError::TooShort(8)));
        assert_eq!(check_password_beside_factor("password", &[]), Err(PasswordError::Guessable));
        assert!(!is_long_enough_alone(short) && is_long_enough_alone("fifteen letters"));
    }
}
