//! Credentials, users and organizations at the command line.

use super::{Tenant, say};
use crate::config::Config;
use crate::failure::{Failure, could_not};
use crate::wiring;
use app::NewCredential;
use clap::Subcommand;
use domain::{CredentialId, Role, Scopes};

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make a key pair; its secret is printed once
    Create {
        /// What it is for
        #[arg(long, default_value = "made at the command line")]
        label: String,
        /// What it may do, parted by spaces
        #[arg(long, default_value = "all")]
        scopes: Scopes,
        #[command(flatten)]
        tenant: Tenant,
    },
    /// List key pairs, revoked ones too
    List {
        #[command(flatten)]
        tenant: Tenant,
    },
    /// End a key pair for good
    Revoke {
        /// The key
        #[arg(value_parser = CredentialId::parse)]
        key: CredentialId,
        #[command(flatten)]
        tenant: Tenant,
    },
}

pub(super) async fn key(config: &Config, command: KeyCommand) -> Result<(), Failure> {
    let app = wiring::open_app(config).await?;
    match command {
        KeyCommand::Create { label, scopes, tenant } => {
            let (_, caller) = wiring::organization(&app, &tenant.organization).await?;
            let issued = app.issue_credential(&caller, NewCredential { label, scopes }).await;
            let issued = issued.map_err(could_not("make the key pair"))?;
            say(&format!("key    {}\nsecret {}", issued.id, issued.secret.expose()));
        }
        KeyCommand::List { tenant } => {
            let (_, caller) = wiring::organization(&app, &tenant.organization).await?;
            for key in app.credentials(&caller).await.map_err(could_not("list key pairs"))? {
                let state = if key.revoked_at.is_some() { "revoked " } else { "in force" };
                let made = key.created_at.millis();
                say(&format!("{}\t{state}\t{made}\t{}\t{}", key.id, key.scopes, key.label));
            }
        }
        KeyCommand::Revoke { key, tenant } => {
            let (_, caller) = wiring::organization(&app, &tenant.organization).await?;
            let revoked = app.revoke_credential(&caller, &key).await;
            revoked.map_err(could_not(format!("revoke {key}")))?;
        }
    }
    Ok(())
}

const ROLES: &str = "admin, author, compliance_lead, manager, auditor or learner";

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Make a user and print the link by which they set a password
    Invite {
        /// E-mail address
        email: String,
        /// What they are to the organization
        #[arg(long, default_value = "author", help = ROLES)]
        role: Role,
        /// Name
        #[arg(long, default_value = "")]
        name: String,
        #[command(flatten)]
        tenant: Tenant,
    },
    /// List users
    List {
        #[command(flatten)]
        tenant: Tenant,
    },
    /// Lock a user out at once
    Disable {
        /// E-mail address
        email: String,
        #[command(flatten)]
        tenant: Tenant,
    },
}

pub(super) async fn user(config: &Config, command: UserCommand) -> Result<(), Failure> {
    let app = wiring::open_app(config).await?;
    match command {
        UserCommand::Invite { email, role, name, tenant } => {
            let (_, caller) = wiring::organization(&app, &tenant.organization).await?;
            let invited = app.invite_user(&caller, &email, &name, role).await;
            let invited = invited.map_err(could_not(format!("invite {email}")))?;
            let origin = config.public_url.as_deref().unwrap_or("http://localhost:8080");
            let token = invited.token.expose();
            say(&format!(
                "{origin}/welcome/{token}\nworks once, until {}",
                invited.expires_at.millis()
            ));
        }
        UserCommand::List { tenant } => {
            let (_, caller) = wiring::organization(&app, &tenant.organization).await?;
            for user in app.users(&caller).await.map_err(could_not("list users"))? {
                let state = match (user.disabled_at, user.password) {
                    (Some(_), _) => "locked out",
                    (None, Some(_)) => "may sign in",
                    (None, None) => "has no password yet",
                };
                say(&format!("{}\t{}\t{state}\t{}", user.email, user.role, user.display_name));
            }
        }
        UserCommand::Disable { email, tenant } => {
            let (_, caller) = wiring::organization(&app, &tenant.organization).await?;
            let users = app.users(&caller).await.map_err(could_not("list users"))?;
            let user = users.into_iter().find(|user| user.email.eq_ignore_ascii_case(email.trim()));
            let user = user.ok_or_else(|| {
                Failure::usage(format!("lock out {email}"), "there is no user with this address")
            })?;
            let disabled = app.disable_user(&caller, user.id).await;
            disabled.map_err(could_not(format!("lock out {email}")))?;
        }
    }
    Ok(())
}

#[derive(Debug, Subcommand)]
pub(super) enum OrganizationCommand {
    /// Make an organization with an administrator and a key pair
    Create {
        /// Lower-case letters, digits and hyphens
        name: String,
        /// How all its activity ids begin, for ever
        #[arg(long, value_name = "IRI")]
        activity_base: Option<String>,
    },
    /// List organizations
    List,
}

pub(super) async fn organization(
    config: &Config,
    command: OrganizationCommand,
) -> Result<(), Failure> {
    let app = wiring::open_app(config).await?;
    match command {
        OrganizationCommand::Create { name, activity_base } => {
            let origin = config.public_url.as_deref().unwrap_or("http://localhost:8080");
            let base = activity_base.or_else(|| config.activity_base.clone());
            let base = base.unwrap_or_else(|| format!("{origin}/{name}"));
            let made = app.create_organization(&name, &base).await;
            let made = made.map_err(could_not(format!("create {name}")))?;
            let first = app.furnish_organization(&made, None, true).await;
            let first = first.map_err(could_not(format!("create {name}")))?;
            say(&super::serve::first_start(origin, &first));
        }
        OrganizationCommand::List => {
            let all = app.organizations().await.map_err(could_not("list organizations"))?;
            for one in all {
                say(&format!("{}\t{}\t{}", one.name, one.id, one.activity_base));
            }
        }
    }
    Ok(())
}
