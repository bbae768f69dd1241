//! Console users: invitation, role, disabling, passwords by link.

use crate::{
    App, AppError, Caller,
    password::hash_password,
    secret::{Token, hash_of},
};
use domain::{Role, Scope, Timestamp, UserId};
use std::time::Duration;
use store::{OneTimeToken, TokenPurpose, User, UserChange};

/// How long an invitation waits.
const INVITATION_LASTS: Duration = Duration::from_hours(7 * 24);
/// How long a link for a new password waits.
const RESET_LASTS: Duration = Duration::from_hours(1);
/// How long the sign-in link of the command line waits.
const SIGN_IN_LASTS: Duration = Duration::from_hours(24);

/// A link's secret for a user, to be handed to them.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Whom it is for.
    pub user: User,
    /// The secret in the link.
    pub token: Token,
    /// Until when it works.
    pub expires_at: Timestamp,
}

impl App {
    /// Makes a user without a password and the link by which they set one.
    pub async fn invite_user(
        &self,
        caller: &Caller,
        email: &str,
        display_name: &str,
        role: Role,
    ) -> Result<Invitation, AppError> {
        caller.require(Scope::All, &[])?;
        let email = parse_email(email)?;
        let user = User {
            id: UserId::generate(self.clock.now(), &*self.entropy),
            organization: caller.organization,
            display_name: trimmed_or(display_name, &email),
            email,
            role,
            password: None,
            created_at: self.clock.now(),
            disabled_at: None,
        };
        self.store.create_user(&user).await?;
        self.issue_token(user, TokenPurpose::Invitation, INVITATION_LASTS).await
    }

    /// A new link for a user who has not come yet or has forgotten the password.
    pub async fn reset_password(
        &self,
        caller: &Caller,
        id: UserId,
    ) -> Result<Invitation, AppError> {
        caller.require(Scope::All, &[])?;
        let user = self.user(caller, id).await?;
        self.issue_token(user, TokenPurpose::PasswordReset, RESET_LASTS).await
    }

    /// A link that signs a user in once, for the operator at the command line.
    pub async fn sign_in_link(&self, user: User) -> Result<Invitation, AppError> {
        self.issue_token(user, TokenPurpose::SignIn, SIGN_IN_LASTS).await
    }

    async fn issue_token(
        &self,
        user: User,
        purpose: TokenPurpose,
        lasts: Duration,
    ) -> Result<Invitation, AppError> {
        let token = Token::generate(&*self.entropy);
        let expires_at = self.clock.now().plus(lasts);
        let kept = OneTimeToken {
            hash: token.hash(),
            organization: user.organization,
            user: user.id,
            purpose,
            expires_at,
        };
        self.store.create_token(&kept).await?;
        Ok(Invitation { user, token, expires_at })
    }

    /// Whom an invitation or reset link is for, while it can still be used.
    pub async fn invited_user(&self, token: &str) -> Result<Option<User>, AppError> {
        let now = self.clock.now();
        for purpose in [TokenPurpose::Invitation, TokenPurpose::PasswordReset] {
            if let Some(found) = self.store.token(&hash_of(token), purpose, now).await? {
                let user = self.store.user(found.organization, found.user).await?;
                return Ok(user.filter(|user| user.disabled_at.is_none()));
            }
        }
        Ok(None)
    }

    /// Sets the password that an invitation or reset link allows, once, and ends the user's other
    /// sessions; `None` when the link is used or expired.
    pub async fn set_password(
        &self,
        token: &str,
        password: &str,
    ) -> Result<Option<User>, AppError> {
        // Hashed first: a refused password must not use up the link.
        let (password, entropy) = (password.to_owned(), self.entropy.clone());
        let turn = self.turn_to_hash().await;
        let hash = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            hash_password(&password, &*entropy)
        });
        let hash = hash.await?;
        let hash = hash.map_err(|error| AppError::invalid("password", error.to_string()))?;
        let (token, now) = (hash_of(token), self.clock.now());
        for purpose in [TokenPurpose::Invitation, TokenPurpose::PasswordReset] {
            let Some(link) = self.store.consume_token(&token, purpose, now).await? else {
                continue;
            };
            let found = self.store.user(link.organization, link.user).await?;
            let Some(mut user) = found.filter(|user| user.disabled_at.is_none()) else {
                return Ok(None);
            };
            self.change_user(&user, UserChange::Password(&hash)).await?;
            user.password = Some(hash);
            self.store.delete_console_sessions(user.organization, user.id).await?;
            return Ok(Some(user));
        }
        Ok(None)
    }

    /// All users of the organization.
    pub async fn users(&self, caller: &Caller) -> Result<Vec<User>, AppError> {
        caller.require(Scope::All, &[])?;
        Ok(self.store.users(caller.organization).await?)
    }

    /// Gives a user another role. Nobody changes their own.
    pub async fn change_role(
        &self,
        caller: &Caller,
        id: UserId,
        role: Role,
    ) -> Result<(), AppError> {
        let user = self.other_user(caller, id).await?;
        self.change_user(&user, UserChange::Role(role)).await
    }

    /// Locks a user out, at once. Nobody locks themselves out.
    pub async fn disable_user(&self, caller: &Caller, id: UserId) -> Result<(), AppError> {
        let user = self.other_user(caller, id).await?;
        self.change_user(&user, UserChange::Disable(self.clock.now())).await?;
        Ok(self.store.delete_console_sessions(user.organization, id).await?)
    }

    /// Lets a disabled user in again.
    pub async fn enable_user(&self, caller: &Caller, id: UserId) -> Result<(), AppError> {
        let user = self.other_user(caller, id).await?;
        self.change_user(&user, UserChange::Enable).await
    }

    async fn change_user(&self, user: &User, change: UserChange<'_>) -> Result<(), AppError> {
        let changed = self.store.change_user(user.organization, user.id, change).await?;
        if changed { Ok(()) } else { Err(AppError::NotFound("user")) }
    }

    async fn user(&self, caller: &Caller, id: UserId) -> Result<User, AppError> {
        let found = self.store.user(caller.organization, id).await?;
        found.ok_or(AppError::NotFound("user"))
    }

    async fn other_user(&self, caller: &Caller, id: UserId) -> Result<User, AppError> {
        caller.require(Scope::All, &[])?;
        if matches!(caller.origin, crate::Origin::User { id: own, .. } if own == id) {
            return Err(AppError::invalid("user", "nobody changes their own role or access"));
        }
        self.user(caller, id).await
    }
}

/// An address that a person can have: something, an @, a domain; lower case.
pub(crate) fn parse_email(text: &str) -> Result<String, AppError> {
    let email = text.trim().to_lowercase();
    let fits = email.len() <= 254
        && email.chars().all(|c| !c.is_whitespace() && !c.is_control())
        && email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        });
    if fits { Ok(email) } else { Err(AppError::invalid("email", "is not an e-mail address")) }
}

fn trimmed_or(text: &str, fallback: &str) -> String {
    let text = text.trim();
    if text.is_empty() { fallback.to_owned() } else { text.to_owned() }
}
