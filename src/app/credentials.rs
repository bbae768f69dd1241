//! API key pairs.

use crate::{App, AppError, Caller, secret::Token};
use domain::{CredentialId, Entropy, Scope, Scopes};
use store::Credential;

/// What a new key pair is for.
#[derive(Debug, Clone)]
pub struct NewCredential {
    /// What people call it.
    pub label: String,
    /// What it may.
    pub scopes: Scopes,
}

/// A key pair as its holder sees it, once.
#[derive(Debug, Clone)]
pub struct IssuedCredential {
    /// The key.
    pub id: CredentialId,
    /// The secret, which the server does not keep.
    pub secret: Token,
}

impl App {
    /// Makes a key pair.
    pub async fn issue_credential(
        &self,
        caller: &Caller,
        new: NewCredential,
    ) -> Result<IssuedCredential, AppError> {
        caller.require(Scope::All, &[])?;
        let id = CredentialId::parse(&format!("ak_{}", short_name(&*self.entropy)))
            .expect("letters and digits are a credential id");
        let secret = Token::generate(&*self.entropy);
        self.keep_credential(caller, id.clone(), secret.expose(), new).await?;
        Ok(IssuedCredential { id, secret })
    }

    /// Makes the key pair that the operator has chosen; one with this key and secret may be there
    /// already.
    pub async fn seed_credential(
        &self,
        caller: &Caller,
        id: CredentialId,
        secret: &str,
    ) -> Result<(), AppError> {
        if self.authenticate(id.as_str(), secret).await?.is_some() {
            return Ok(());
        }
        let new = NewCredential { label: "seed".to_owned(), scopes: Scopes::all() };
        self.keep_credential(caller, id, secret, new).await
    }

    async fn keep_credential(
        &self,
        caller: &Caller,
        id: CredentialId,
        secret: &str,
        new: NewCredential,
    ) -> Result<(), AppError> {
        if [store::RUNTIME_AUTHORITY, store::REPLAY_AUTHORITY].contains(&id.as_str()) {
            return Err(AppError::Taken("credential id"));
        }
        let credential = Credential {
            id,
            organization: caller.organization,
            label: new.label,
            secret_hash: crate::secret::hash_of(secret),
            scopes: new.scopes,
            created_at: self.clock.now(),
            revoked_at: None,
        };
        Ok(self.store.create_credential(&credential).await?)
    }

    /// All key pairs of the organization, revoked ones too, without secrets.
    pub async fn credentials(&self, caller: &Caller) -> Result<Vec<Credential>, AppError> {
        caller.require(Scope::All, &[])?;
        Ok(self.store.credentials(caller.organization).await?)
    }

    /// Ends a key pair for good.
    pub async fn revoke_credential(
        &self,
        caller: &Caller,
        id: &CredentialId,
    ) -> Result<(), AppError> {
        caller.require(Scope::All, &[])?;
        let now = self.clock.now();
        let revoked = self.store.revoke_credential(caller.organization, id, now).await;
        // Whatever came of it, what is remembered is old.
        self.credentials.forget(id);
        if revoked? { Ok(()) } else { Err(AppError::NotFound("credential")) }
    }
}

/// 16 letters and digits: 80 random bits, enough that two keys never meet.
fn short_name(entropy: &dyn Entropy) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect()
}
