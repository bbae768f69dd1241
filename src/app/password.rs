//! Passwords of console users: Argon2id (RFC 9106) with the crate's default cost.

use argon2::{
    Argon2, PasswordHasher, PasswordVerifier,
    password_hash::phc::{PasswordHash, Salt},
};
use domain::Entropy;

/// Shortest password taken, in characters (NIST SP 800-63B-4, 3.1.1.2).
pub const PASSWORD_CHARACTERS_MIN: usize = 12;
/// Longest password taken, in bytes: hashing must stay cheap to refuse.
pub const PASSWORD_BYTES_MAX: usize = 1_024;

/// A password cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short to withstand guessing.
    #[error("password has fewer than {PASSWORD_CHARACTERS_MIN} characters")]
    TooShort,
    /// Too long to be a password.
    #[error("password has more than {PASSWORD_BYTES_MAX} bytes")]
    TooLong,
}

/// The PHC string to keep for `password`. Takes tens of milliseconds: call it off the event loop.
pub fn hash_password(password: &str, entropy: &dyn Entropy) -> Result<String, PasswordError> {
    if password.chars().count() < PASSWORD_CHARACTERS_MIN {
        return Err(PasswordError::TooShort);
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(PasswordError::TooLong);
    }
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    let salt = Salt::new(&salt).expect("16 bytes are a salt");
    let hash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), salt.as_ref())
        .expect("default parameters and a bounded password hash");
    Ok(hash.to_string())
}

/// Whether `password` is the one that `phc` was made from; false for a string that is no hash.
pub fn password_matches(password: &str, phc: &str) -> bool {
    password.len() <= PASSWORD_BYTES_MAX
        && PasswordHash::new(phc)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::SeededEntropy;

    #[test]
    fn only_the_password_itself_matches() {
        let phc = hash_password("correct horse battery", &SeededEntropy::new(1)).unwrap();
        assert!(phc.starts_with("$argon2id$"));
        assert!(password_matches("correct horse battery", &phc));
        assert!(!password_matches("correct horse batterz", &phc));
        assert!(!password_matches("correct horse battery", "not a hash"));
    }

    #[test]
    fn short_and_huge_passwords_are_refused() {
        let entropy = SeededEntropy::new(1);
        assert_eq!(hash_password("elevenchars", &entropy), Err(PasswordError::TooShort));
        assert_eq!(hash_password(&"x".repeat(1_025), &entropy), Err(PasswordError::TooLong));
    }
}
