//! Signing in to the console.

use crate::{
    App, AppError, Caller, Origin,
    password::password_matches,
    secret::{Token, hash_of},
};
use domain::Timestamp;
use std::{sync::Arc, time::Duration};
use store::{ConsoleSession, TokenPurpose, User};
use tokio::sync::OwnedSemaphorePermit;

/// A session unused for this long ends.
const SESSION_IDLE: Duration = Duration::from_hours(12);
/// A session's end is moved on at most this often, so that reading pages writes little.
const TOUCH_EVERY: Duration = Duration::from_mins(5);
/// Passwords that are hashed at once: each takes 19 MiB while it is.
pub(crate) const PASSWORDS_AT_ONCE: usize = 4;
/// Matched when there is no user, so that guessing addresses takes as long as guessing passwords.
const NOBODYS_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
                            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Somebody cannot be signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Wrong address, wrong password or disabled: which one is nobody's business.
    #[error("address or password is wrong")]
    Refused,
    /// A one-time link was used before, has expired or never was.
    #[error("link cannot be used any more")]
    LinkUsed,
    /// It could not be tried.
    #[error(transparent)]
    App(#[from] AppError),
}

/// A user who is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// The secret of their cookie.
    pub token: Token,
    /// Until when, unless they go on using it.
    pub expires_at: Timestamp,
}

impl SignedIn {
    /// The user as a caller of use cases.
    pub fn caller(&self) -> Caller {
        caller_of(&self.user)
    }
}

fn caller_of(user: &User) -> Caller {
    let origin = Origin::User { id: user.id, email: user.email.clone(), role: user.role };
    Caller { organization: user.organization, origin }
}

impl App {
    /// Signs in by address and password.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<SignedIn, SignInError> {
        let users = self.store.users_by_email(&email.trim().to_lowercase()).await;
        let users = users.map_err(AppError::from)?;
        let password = password.to_owned();
        let turn = self.turn_to_hash().await;
        // One address may belong to users of several organizations: the password tells which.
        let matching = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            if users.is_empty() {
                password_matches(&password, NOBODYS_HASH);
            }
            users.into_iter().find(|user| {
                let matches =
                    password_matches(&password, user.password.as_deref().unwrap_or(NOBODYS_HASH));
                matches && user.password.is_some() && user.disabled_at.is_none()
            })
        });
        let user = matching.await.map_err(AppError::from)?.ok_or(SignInError::Refused)?;
        Ok(self.begin_session(user).await?)
    }

    /// Waits for a turn to hash a password. It goes into the task that does: who is not waited for
    /// any more still takes memory.
    pub(crate) async fn turn_to_hash(&self) -> OwnedSemaphorePermit {
        let hashing = Arc::clone(&self.hashing);
        hashing.acquire_owned().await.expect("the semaphore is never closed")
    }

    /// Signs in by a one-time link.
    pub async fn sign_in_by_link(&self, token: &str) -> Result<SignedIn, SignInError> {
        let link = self
            .store
            .consume_token(&hash_of(token), TokenPurpose::SignIn, self.clock.now())
            .await
            .map_err(AppError::from)?
            .ok_or(SignInError::LinkUsed)?;
        let user = self.store.user(link.organization, link.user).await.map_err(AppError::from)?;
        let user = user.filter(|user| user.disabled_at.is_none()).ok_or(SignInError::LinkUsed)?;
        Ok(self.begin_session(user).await?)
    }

    /// Signs in a user who has just proven themselves otherwise, by setting a password.
    pub async fn begin_session(&self, user: User) -> Result<SignedIn, AppError> {
        let token = Token::generate(&*self.entropy);
        let now = self.clock.now();
        let expires_at = now.plus(SESSION_IDLE);
        let session = ConsoleSession {
            hash: token.hash(),
            organization: user.organization,
            user: user.id,
            created_at: now,
            seen_at: now,
            expires_at,
        };
        self.store.create_console_session(&session).await?;
        Ok(SignedIn { user, token, expires_at })
    }

    /// The user behind a session cookie, if it still holds.
    pub async fn signed_in(&self, token: &str) -> Result<Option<(User, Caller)>, AppError> {
        let (hash, now) = (hash_of(token), self.clock.now());
        let Some(session) = self.store.console_session(&hash, now).await? else {
            return Ok(None);
        };
        let user = self.store.user(session.organization, session.user).await?;
        let Some(user) = user.filter(|user| user.disabled_at.is_none()) else { return Ok(None) };
        if now.since(session.seen_at) > TOUCH_EVERY {
            self.store.touch_console_session(&hash, now, now.plus(SESSION_IDLE)).await?;
        }
        let caller = caller_of(&user);
        Ok(Some((user, caller)))
    }

    /// Ends a session.
    pub async fn sign_out(&self, token: &str) -> Result<(), AppError> {
        Ok(self.store.delete_console_session(&hash_of(token)).await?)
    }

    /// The token that forms of this session carry: only a page of ours could have learnt it.
    pub fn csrf_token(&self, session_token: &str) -> String {
        let key = self.settings.master_key.derive("csrf", session_token.as_bytes());
        domain::Sha256Digest::new(key).to_string()
    }
}
