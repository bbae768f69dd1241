//! Organizations, and what the first start makes.

use crate::{App, AppError, Caller, Invitation, IssuedCredential, NewCredential};
use domain::{OrganizationId, Role, Scopes};
use store::{Organization, User};

/// Address of the administrator that the first start makes.
const FIRST_ADMIN: &str = "admin@localhost";

/// What the first start made, to be shown once.
#[derive(Debug)]
pub struct FirstStart {
    /// Its administrator, with a one-time sign-in link.
    pub sign_in: Invitation,
    /// Its first key pair; absent when the operator chose one.
    pub credential: Option<IssuedCredential>,
}

impl App {
    /// Makes an organization. All its activity ids begin with `activity_base`, for ever.
    pub async fn create_organization(
        &self,
        name: &str,
        activity_base: &str,
    ) -> Result<Organization, AppError> {
        let fits = (1..=64).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !fits {
            let problem = "must be 1 to 64 of lower-case letters, digits and hyphens";
            return Err(AppError::invalid("name", problem));
        }
        let base = activity_base.trim_end_matches('/');
        if !xapi::text::is_iri(base) {
            return Err(AppError::invalid("activity_base", "must be an absolute IRI"));
        }
        let now = self.clock.now();
        let organization = Organization {
            id: OrganizationId::generate(now, &*self.entropy),
            name: name.to_owned(),
            activity_base: base.to_owned(),
            created_at: now,
        };
        self.store.create_organization(&organization).await?;
        Ok(organization)
    }

    /// All organizations.
    pub async fn organizations(&self) -> Result<Vec<Organization>, AppError> {
        Ok(self.store.organizations().await?)
    }

    /// The organization of this name.
    pub async fn organization_named(&self, name: &str) -> Result<Option<Organization>, AppError> {
        Ok(self.store.organization_named(name).await?)
    }

    /// An organization; what is said of it never changes.
    pub(crate) async fn organization(&self, id: OrganizationId) -> Result<Organization, AppError> {
        if let Some(known) = self.organizations.get(&id) {
            return Ok(known);
        }
        let found = self.store.organization(id).await?;
        let found = found.ok_or(AppError::NotFound("organization"))?;
        self.organizations.put(id, found.clone());
        Ok(found)
    }

    /// Whether the first start went through to its end, which is the sample course; somebody who can
    /// get in has all they need, too.
    pub async fn is_furnished(&self, organization: &Organization) -> Result<bool, AppError> {
        let users = self.store.users(organization.id).await?;
        if users.iter().any(|user| user.password.is_some() || user.email != FIRST_ADMIN) {
            return Ok(true);
        }
        Ok(!self.store.courses(organization.id, None, 1).await?.items.is_empty())
    }

    /// Gives a new organization its first administrator, who has `password` if one is given, and
    /// its first key pair if `with_credential`. Can be done again when it was cut off; what it had
    /// made is then used, but for a key pair whose secret nobody has seen.
    pub async fn furnish_organization(
        &self,
        organization: &Organization,
        password: Option<&str>,
        with_credential: bool,
    ) -> Result<FirstStart, AppError> {
        let operator = Caller::operator(organization.id);
        let invited = self.invite_user(&operator, FIRST_ADMIN, "Administrator", Role::Admin).await;
        let invitation = match invited {
            Err(AppError::Taken(_)) => {
                let all = self.store.users(organization.id).await?;
                let made = all.into_iter().find(|user| user.email == FIRST_ADMIN);
                let made = made.ok_or(AppError::NotFound("user"))?;
                self.reset_password(&operator, made.id).await?
            }
            invited => invited?,
        };
        let mut admin: User = invitation.user;
        if let Some(password) = password {
            let set = self.set_password(invitation.token.expose(), password).await?;
            admin = set.ok_or(AppError::NotFound("user"))?;
        }
        let new = NewCredential { label: "first key".to_owned(), scopes: Scopes::all() };
        let credential =
            if with_credential { Some(self.issue_credential(&operator, new).await?) } else { None };
        Ok(FirstStart { sign_in: self.sign_in_link(admin).await?, credential })
    }
}
