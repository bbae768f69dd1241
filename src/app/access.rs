//! Who asks, and what they may.

use crate::{App, AppError, secret};
use domain::{CredentialId, OrganizationId, Role, Scope, Scopes, Sha256Digest, UserId};

/// Somebody whose identity is proven, acting in one organization.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The organization; nothing outside it can be seen.
    pub organization: OrganizationId,
    /// Through what they came.
    pub origin: Origin,
}

/// Through what a caller came.
#[derive(Debug, Clone)]
pub enum Origin {
    /// An API key pair.
    Credential {
        /// The key.
        id: CredentialId,
        /// What it may.
        scopes: Scopes,
    },
    /// A user of the console.
    User {
        /// Who.
        id: UserId,
        /// Their e-mail address.
        email: String,
        /// What they are.
        role: Role,
    },
    /// The operator at the command line, or the program itself.
    Operator,
}

impl Caller {
    /// The operator, in `organization`.
    pub const fn operator(organization: OrganizationId) -> Self {
        Self { organization, origin: Origin::Operator }
    }

    /// How the trail names this caller: `key …`, `user …` or `operator`.
    pub fn name(&self) -> String {
        match &self.origin {
            Origin::Credential { id, .. } => format!("key {id}"),
            Origin::User { email, .. } => format!("user {email}"),
            Origin::Operator => "operator".to_owned(),
        }
    }

    /// Fails unless a credential has `scope`, or a user one of `roles` (administrators always).
    pub fn require(&self, scope: Scope, roles: &[Role]) -> Result<(), AppError> {
        match &self.origin {
            Origin::Operator => Ok(()),
            Origin::Credential { scopes, .. } if scopes.allow(scope) => Ok(()),
            Origin::Credential { .. } => Err(AppError::ScopeMissing(scope)),
            Origin::User { role, .. } if *role == Role::Admin || roles.contains(role) => Ok(()),
            Origin::User { role, .. } => Err(AppError::RoleForbids(*role)),
        }
    }

    /// As [`Caller::require`] for reading what `scope` also writes: `all/read` is enough.
    pub fn require_read(&self, scope: Scope, roles: &[Role]) -> Result<(), AppError> {
        match &self.origin {
            Origin::Credential { scopes, .. } if scopes.allow_read(scope) => Ok(()),
            _ => self.require(scope, roles),
        }
    }
}

impl App {
    /// The caller behind an API key pair; `None` for an unknown or revoked key and a wrong secret
    /// alike. Compares in constant time.
    pub async fn authenticate(&self, key: &str, secret: &str) -> Result<Option<Caller>, AppError> {
        let given = secret::hash_of(secret);
        let Ok(id) = CredentialId::parse(key) else { return Ok(None) };
        let Some(credential) = self.store.credential(&id).await? else {
            // The same work as for a known key.
            secret::digests_match(&given, &Sha256Digest::new([0; 32]));
            return Ok(None);
        };
        let matches = secret::digests_match(&given, &credential.secret_hash);
        if !matches || credential.revoked_at.is_some() {
            return Ok(None);
        }
        let origin = Origin::Credential { id, scopes: credential.scopes };
        Ok(Some(Caller { organization: credential.organization, origin }))
    }
}
