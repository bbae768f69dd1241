//! Console users, their one-time tokens and their sessions.

use crate::StoreError;
use async_trait::async_trait;
use domain::{OrganizationId, Role, Sha256Digest, Timestamp, UserId};

/// A person who signs in to the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The organization it belongs to.
    pub organization: OrganizationId,
    /// In lower case; unique in the organization.
    pub email: String,
    /// What the console calls them.
    pub display_name: String,
    /// What they may see and do.
    pub role: Role,
    /// argon2 in PHC string format; `None` until one was set.
    pub password: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Since when it may not sign in.
    pub disabled_at: Option<Timestamp>,
}

/// A change of one thing about a user: two that are made at once both hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserChange<'a> {
    /// Another role.
    Role(Role),
    /// A new password: argon2 in PHC string format.
    Password(&'a str),
    /// May not sign in from this instant on, or from an earlier one that was set before.
    Disable(Timestamp),
    /// May sign in again.
    Enable,
}

/// What a one-time token lets its holder do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenPurpose {
    /// Accept an invitation and set the first password.
    Invitation,
    /// Set a new password.
    PasswordReset,
    /// Sign in without a password, as the first start's link does.
    SignIn,
}

impl TokenPurpose {
    /// All purposes.
    pub const ALL: [Self; 3] = [Self::Invitation, Self::PasswordReset, Self::SignIn];

    /// The name used in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::PasswordReset => "password_reset",
            Self::SignIn => "sign_in",
        }
    }
}

/// A secret that works once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTimeToken {
    /// SHA-256 of the token.
    pub hash: Sha256Digest,
    /// The organization of its user.
    pub organization: OrganizationId,
    /// For whom.
    pub user: UserId,
    /// For what.
    pub purpose: TokenPurpose,
    /// Until when, this instant excluded.
    pub expires_at: Timestamp,
}

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleSession {
    /// SHA-256 of the cookie's token.
    pub hash: Sha256Digest,
    /// The organization of its user.
    pub organization: OrganizationId,
    /// Who signed in.
    pub user: UserId,
    /// When.
    pub created_at: Timestamp,
    /// When it was last used, as far as was noted.
    pub seen_at: Timestamp,
    /// Until when it may be used, this instant excluded.
    pub expires_at: Timestamp,
}

/// Console users.
#[async_trait]
pub trait Users {
    /// Adds one; [`StoreError::Taken`] when the e-mail address is.
    async fn create_user(&self, user: &User) -> Result<(), StoreError>;

    /// Changes one thing and leaves all others as they are then; false when there is none such.
    async fn change_user(
        &self,
        organization: OrganizationId,
        id: UserId,
        change: UserChange<'_>,
    ) -> Result<bool, StoreError>;

    /// One by id.
    async fn user(
        &self,
        organization: OrganizationId,
        id: UserId,
    ) -> Result<Option<User>, StoreError>;

    /// Those with this e-mail address (in lower case), of whichever organization, the oldest first:
    /// at the sign-in page the organization is not known.
    async fn users_by_email(&self, email: &str) -> Result<Vec<User>, StoreError>;

    /// An organization's, by e-mail address.
    async fn users(&self, organization: OrganizationId) -> Result<Vec<User>, StoreError>;

    /// Adds a one-time token.
    async fn create_token(&self, token: &OneTimeToken) -> Result<(), StoreError>;

    /// The token, when it is for `purpose`, unused and in force; it stays usable.
    async fn token(
        &self,
        hash: &Sha256Digest,
        purpose: TokenPurpose,
        now: Timestamp,
    ) -> Result<Option<OneTimeToken>, StoreError>;

    /// As [`Users::token`], and the token is used up: of two who ask at once one gets it.
    async fn consume_token(
        &self,
        hash: &Sha256Digest,
        purpose: TokenPurpose,
        now: Timestamp,
    ) -> Result<Option<OneTimeToken>, StoreError>;

    /// Adds a session.
    async fn create_console_session(&self, session: &ConsoleSession) -> Result<(), StoreError>;

    /// The session, when it is in force at `now` and its user not disabled.
    async fn console_session(
        &self,
        hash: &Sha256Digest,
        now: Timestamp,
    ) -> Result<Option<ConsoleSession>, StoreError>;

    /// Notes that a session was used.
    async fn touch_console_session(
        &self,
        hash: &Sha256Digest,
        seen_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Signs out.
    async fn delete_console_session(&self, hash: &Sha256Digest) -> Result<(), StoreError>;

    /// Signs a user out everywhere, as a new password or disabling does.
    async fn delete_console_sessions(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<(), StoreError>;

    /// Drops tokens and sessions that are over; says how many.
    async fn delete_expired(&self, now: Timestamp) -> Result<u64, StoreError>;
}
