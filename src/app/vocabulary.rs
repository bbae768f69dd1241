//! What statements have said of activities and agents beside their ids.

use crate::{App, AppError, Caller};
use domain::{OrganizationId, Role, Scope};
use std::collections::{BTreeSet, HashMap};
use xapi::AgentId;

impl App {
    /// Every name that is known of an agent. They come from everybody's statements, so reading one's
    /// own is not enough.
    pub async fn agent_names(
        &self,
        caller: &Caller,
        agent: &AgentId,
    ) -> Result<BTreeSet<String>, AppError> {
        may_read(caller, &[Scope::StatementsRead, Scope::Profile])?;
        Ok(self.store.agent_names(caller.organization, &agent.to_string()).await?)
    }

    /// The definition of an activity, as JSON, gathered from the statements.
    pub async fn activity_definition(
        &self,
        caller: &Caller,
        activity: &str,
    ) -> Result<Option<String>, AppError> {
        may_read(caller, &DEFINITIONS)?;
        let wanted = BTreeSet::from([activity.to_owned()]);
        Ok(self.store.definitions(caller.organization, &wanted).await?.remove(activity))
    }

    /// The definitions, by IRI, of those of these activities that have one, to show statements that
    /// the caller was given with them.
    pub async fn activity_definitions(
        &self,
        caller: &Caller,
        activities: &BTreeSet<String>,
    ) -> Result<HashMap<String, String>, AppError> {
        if activities.is_empty() {
            return Ok(HashMap::new());
        }
        Ok(self.store.definitions(caller.organization, activities).await?)
    }

    /// Gathers definitions and names again from the statements; the IRIs and identifiers of which
    /// something else is stored. With `repair`, what is stored is corrected.
    pub async fn rebuild_vocabulary(
        &self,
        organization: OrganizationId,
        repair: bool,
    ) -> Result<Vec<String>, AppError> {
        Ok(self.store.rebuild_vocabulary(organization, repair).await?)
    }
}

/// Each of these scopes opens the definitions: they name nobody, and whoever writes about an
/// activity may learn what it is called.
const DEFINITIONS: [Scope; 5] =
    [Scope::StatementsRead, Scope::StatementsReadMine, Scope::Profile, Scope::State, Scope::Define];

/// Fails unless one of `scopes` is there (Communication 4.2 gives the agents and activities
/// resources no scope of their own).
fn may_read(caller: &Caller, scopes: &[Scope]) -> Result<(), AppError> {
    let roles = [Role::ComplianceLead, Role::Auditor, Role::Author];
    let tried = scopes.iter().map(|scope| caller.require_read(*scope, &roles));
    tried.reduce(Result::or).expect("each resource names a scope")
}
