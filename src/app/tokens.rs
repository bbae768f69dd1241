//! Bearer tokens: short-lived JSON Web Tokens (RFC 7519) that stand for a key pair.
//!
//! Only this service makes them and only this service reads them, so there is one algorithm,
//! HMAC-SHA-256 (RFC 7518 3.2) under a key derived from the master key, and one header: a token
//! whose first part is not that header, byte for byte, is refused before anything of it is parsed.
//! Nothing in a token chooses how it is checked.

use crate::{
    App, AppError, Caller, Origin,
    secret::{MasterKey, digests_match},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{CredentialId, OrganizationId, Scopes, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
const ISSUER: &str = "attestry";
const AUDIENCE: &str = "attestry-api";
/// Longer texts are no tokens of ours.
const TOKEN_BYTES_MAX: usize = 4_096;

/// A token cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The caller did not come with a key pair, or came with a token.
    #[error("a token is made for a key pair, given as HTTP Basic, and for nothing else")]
    NotAKeyPair,
    /// The key pair does not have what the token should have.
    #[error("the key pair does not have the scope {0}")]
    Scope(domain::Scope),
    /// No scope was asked for, or none is left.
    #[error("the token would have no scope")]
    NoScope,
    /// It should hold for longer than the limit, or not at all.
    #[error("a token holds for 1 to {token_seconds_max} seconds (setting token_seconds_max)")]
    Lifetime {
        /// The limit.
        token_seconds_max: u32,
    },
}

/// A token as its holder sees it.
#[derive(Debug, Clone)]
pub struct IssuedToken {
    /// The token; whoever has it may do what its scopes say.
    pub token: BearerToken,
    /// What it may.
    pub scopes: Scopes,
    /// For how long, from now.
    pub expires_in: Duration,
}

/// The text of a token; never printed by `Debug`.
#[derive(Clone)]
pub struct BearerToken(String);

impl BearerToken {
    /// The text that goes into the `Authorization` header.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BearerToken(…)")
    }
}

/// What a token says (RFC 7519 4.1; `scope` as in RFC 8693 4.2).
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    org: OrganizationId,
    scope: String,
    /// Seconds since 1970.
    iat: i64,
    exp: i64,
    jti: String,
}

impl App {
    /// Makes a token for the key pair that the caller came with: with `scopes`, which it must
    /// have, or all of its own, and for `seconds` or as long as may be.
    pub fn issue_token_for_key(
        &self,
        caller: &Caller,
        scopes: Option<Scopes>,
        seconds: Option<u32>,
    ) -> Result<IssuedToken, TokenError> {
        let Origin::Credential { id, scopes: held, by_token: false } = &caller.origin else {
            return Err(TokenError::NotAKeyPair);
        };
        let scopes = scopes.unwrap_or_else(|| held.clone());
        if let Some(missing) = scopes.iter().find(|scope| !held.allow(*scope)) {
            return Err(TokenError::Scope(missing));
        }
        if scopes.iter().next().is_none() {
            return Err(TokenError::NoScope);
        }
        let token_seconds_max = self.settings.token_seconds_max;
        let seconds = seconds.unwrap_or(token_seconds_max);
        if !(1..=token_seconds_max).contains(&seconds) {
            return Err(TokenError::Lifetime { token_seconds_max });
        }
        let now = seconds_of(self.clock.now());
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: id.to_string(),
            org: caller.organization,
            scope: scopes.to_string(),
            iat: now,
            exp: now.saturating_add(i64::from(seconds)),
            jti: self.entropy.uuid_v4().hyphenated().to_string(),
        };
        let claims = serde_json::to_vec(&claims).expect("claims are plain data");
        let token = BearerToken(sign(&self.settings.master_key, &claims));
        Ok(IssuedToken { token, scopes, expires_in: Duration::from_secs(seconds.into()) })
    }

    /// The caller behind a token; `None` for one that is not ours, has expired, or whose key pair
    /// has been revoked or has lost every scope the token names.
    pub async fn authenticate_token(&self, token: &str) -> Result<Option<Caller>, AppError> {
        let now = seconds_of(self.clock.now());
        let Some(claims) = read(&self.settings.master_key, token, now) else { return Ok(None) };
        let (Ok(id), Ok(scopes)) =
            (CredentialId::parse(&claims.sub), claims.scope.parse::<Scopes>())
        else {
            return Ok(None);
        };
        let Some(credential) = self.known_credential(&id).await? else { return Ok(None) };
        if credential.revoked_at.is_some() || credential.organization != claims.org {
            return Ok(None);
        }
        let scopes = Scopes::new(scopes.iter().filter(|scope| credential.scopes.allow(*scope)));
        if scopes.iter().next().is_none() {
            return Ok(None);
        }
        let origin = Origin::Credential { id, scopes, by_token: true };
        Ok(Some(Caller { organization: claims.org, origin }))
    }
}

fn seconds_of(instant: Timestamp) -> i64 {
    instant.micros().div_euclid(1_000_000)
}

fn mac(key: &MasterKey, signed: &str) -> Sha256Digest {
    let key = MasterKey::new(key.derive("bearer token", b"HS256"));
    Sha256Digest::new(key.mac(signed.as_bytes()))
}

/// The token with these claims: header, claims and signature (RFC 7515 7.1).
fn sign(key: &MasterKey, claims: &[u8]) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(mac(key, &signed).as_bytes());
    format!("{signed}.{signature}")
}

/// The claims of a token that we made and that still holds.
fn read(key: &MasterKey, token: &str, now: i64) -> Option<Claims> {
    if token.len() > TOKEN_BYTES_MAX {
        return None;
    }
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    if header != URL_SAFE_NO_PAD.encode(HEADER) {
        return None;
    }
    let given: [u8; 32] = URL_SAFE_NO_PAD.decode(signature).ok()?.try_into().ok()?;
    if !digests_match(&Sha256Digest::new(given), &mac(key, signed)) {
        return None;
    }
    // From here on the text is our own.
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    (claims.iss == ISSUER && claims.aud == AUDIENCE && now < claims.exp).then_some(claims)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::SeededEntropy;

    const KEY: MasterKey = MasterKey::new([7; 32]);

    fn claims() -> Claims {
        Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: "ak_1".to_owned(),
            org: OrganizationId::generate(Timestamp::UNIX_EPOCH, &SeededEntropy::new(1)),
            scope: "all".to_owned(),
            iat: 1_000,
            exp: 2_000,
            jti: "1".to_owned(),
        }
    }

    fn signed(claims: &Claims) -> String {
        sign(&KEY, &serde_json::to_vec(claims).unwrap())
    }

    #[test]
    fn the_signature_is_the_one_of_rfc_7515() {
        // Appendix A.1: its key, its signing input, its signature.
        let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let key = URL_SAFE_NO_PAD.decode(key).unwrap();
        let signed = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
            eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let mac = crate::secret::hmac(&key, &[signed.as_bytes()]);
        assert_eq!(URL_SAFE_NO_PAD.encode(mac), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    }

    #[test]
    fn a_token_holds_until_it_expires_and_no_longer() {
        let token = signed(&claims());
        assert!(read(&KEY, &token, 1_999).is_some());
        assert!(read(&KEY, &token, 2_000).is_none());
    }

    #[test]
    fn a_token_for_or_by_somebody_else_is_refused() {
        let from_elsewhere = Claims { iss: "other".to_owned(), ..claims() };
        let for_something_else = Claims { aud: "other".to_owned(), ..claims() };
        for other in [from_elsewhere, for_something_else] {
            assert!(read(&KEY, &signed(&other), 1_000).is_none());
        }
        assert!(read(&MasterKey::new([8; 32]), &signed(&claims()), 1_000).is_none());
    }

    #[test]
    fn no_token_chooses_how_it_is_checked() {
        let token = signed(&claims());
        let parts: Vec<&str> = token.split('.').collect();
        for header in [
            r#"{"alg":"none"}"#,
            r#"{"alg":"none","typ":"JWT"}"#,
            r#"{"alg":"None","typ":"JWT"}"#,
            r#"{"alg":"HS512","typ":"JWT"}"#,
            r#"{"alg":"RS256","typ":"JWT"}"#,
            r#"{"typ":"JWT","alg":"HS256"}"#,
            r#"{"alg":"HS256","typ":"JWT","jku":"https://evil.example/keys"}"#,
            r#"{"alg":"HS256","typ":"JWT","kid":"../../dev/null"}"#,
        ] {
            let header = URL_SAFE_NO_PAD.encode(header);
            let input = format!("{header}.{}", parts[1]);
            // Even with a signature that only we could have made.
            let ours = URL_SAFE_NO_PAD.encode(mac(&KEY, &input).as_bytes());
            for signature in ["", parts[2], ours.as_str()] {
                let forged = format!("{input}.{signature}");
                assert!(read(&KEY, &forged, 1_000).is_none(), "{forged}");
            }
        }
    }

    #[test]
    fn no_byte_of_a_token_may_change() {
        let token = signed(&claims());
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(read(&KEY, &changed, 1_000).is_none(), "byte {at}");
        }
        for text in ["", ".", "..", "a.b.c", &token[1..], &token[..token.len() - 1]] {
            assert!(read(&KEY, text, 1_000).is_none(), "{text}");
        }
        assert!(read(&KEY, &format!("{token}.{token}"), 1_000).is_none());
        assert!(read(&KEY, &"a".repeat(TOKEN_BYTES_MAX + 1), 1_000).is_none());
    }
}
