//! What a password must be: long and not guessable. No composition rules (NIST SP 800-63B-4, section 3.1.1.2).

pub const MIN_LENGTH: usize = 15;
pub const MAX_LENGTH: usize = 128;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("Use at least 15 characters.")]
    TooShort,
    #[error("Use at most 128 characters.")]
    TooLong,
    #[error("This password is easy to guess. Use words that have nothing to do with each other or with you.")]
    Guessable,
}

/// Checks a new password; `context` holds what an attacker knows of the person (name, e-mail, tenant).
pub fn check_new_password(password: &str, context: &[&str]) -> Result<(), PasswordError> {
    let length = password.chars().count();
    if length < MIN_LENGTH {
        return Err(PasswordError::TooShort);
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
        assert_eq!(check_new_password("short", &context), Err(PasswordError::TooShort));
        assert_eq!(check_new_password(&"x y".repeat(100), &context), Err(PasswordError::TooLong));
        for guessable in ["aaaaaaaaaaaaaaaa", "passwordpassword", "1234567890123456"] {
            assert_eq!(check_new_password(guessable, &context), Err(PasswordError::Guessable), "{guessable}");
        }
    }
}
