//! Who asks, and what they may.

use crate::{
    App, AppError,
    cache::{Cache, Change},
    secret,
};
use domain::{CredentialId, OrganizationId, Role, Scope, Scopes, Sha256Digest, Timestamp, UserId};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use store::Credential;

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
    /// An API key pair, or a token that stands for one.
    Credential {
        /// The key.
        id: CredentialId,
        /// What it may.
        scopes: Scopes,
        /// Whether the caller has a token instead of the pair itself.
        by_token: bool,
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

    /// The role of a user of the console.
    pub const fn role(&self) -> Option<Role> {
        match &self.origin {
            Origin::User { role, .. } => Some(*role),
            Origin::Credential { .. } | Origin::Operator => None,
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

/// For how long a node may go without looking at a credential again: a revocation at one node
/// takes effect there at once, and at every other within this time.
pub const CREDENTIAL_KNOWN_FOR: Duration = Duration::from_secs(5);
/// Credentials that a node remembers.
const CREDENTIALS_KNOWN_MAX: usize = 1_024;

/// Credentials that were read a moment ago, so that a busy client costs no read a request.
pub(crate) struct KnownCredentials {
    recent: Cache<CredentialId, (Credential, Timestamp)>,
    /// Counts revocations: what was read before one is not remembered after it.
    revocations: AtomicU64,
}

impl Default for KnownCredentials {
    fn default() -> Self {
        Self { recent: Cache::new(CREDENTIALS_KNOWN_MAX), revocations: AtomicU64::new(0) }
    }
}

impl KnownCredentials {
    fn get(&self, id: &CredentialId, now: Timestamp) -> Option<Credential> {
        let (credential, read_at) = self.recent.get(id)?;
        let fresh = read_at <= now && now.since(read_at) < CREDENTIAL_KNOWN_FOR;
        fresh.then_some(credential)
    }

    /// Forgets a credential that has just been revoked.
    pub(crate) fn forget(&self, id: &CredentialId) {
        self.recent.change(|| {
            self.revocations.fetch_add(1, Ordering::SeqCst);
            Change::Remove(id.clone())
        });
    }
}

impl App {
    /// The caller behind an API key pair; `None` for an unknown or revoked key and a wrong secret
    /// alike. Compares in constant time.
    pub async fn authenticate(&self, key: &str, secret: &str) -> Result<Option<Caller>, AppError> {
        let given = secret::hash_of(secret);
        let Ok(id) = CredentialId::parse(key) else { return Ok(None) };
        let Some(credential) = self.known_credential(&id).await? else {
            // The same work as for a known key.
            secret::digests_match(&given, &Sha256Digest::new([0; 32]));
            return Ok(None);
        };
        let matches = secret::digests_match(&given, &credential.secret_hash);
        if !matches || credential.revoked_at.is_some() {
            return Ok(None);
        }
        let origin = Origin::Credential { id, scopes: credential.scopes, by_token: false };
        Ok(Some(Caller { organization: credential.organization, origin }))
    }

    /// A credential as it was at most [`CREDENTIAL_KNOWN_FOR`] ago, and never older than a
    /// revocation at this node.
    pub(crate) async fn known_credential(
        &self,
        id: &CredentialId,
    ) -> Result<Option<Credential>, AppError> {
        let now = self.clock.now();
        if let Some(known) = self.credentials.get(id, now) {
            return Ok(Some(known));
        }
        let revocations = self.credentials.revocations.load(Ordering::SeqCst);
        let Some(credential) = self.store.credential(id).await? else { return Ok(None) };
        self.credentials.recent.change(|| {
            if self.credentials.revocations.load(Ordering::SeqCst) == revocations {
                Change::Put(id.clone(), (credential.clone(), now))
            } else {
                Change::Nothing
            }
        });
        Ok(Some(credential))
    }
}
