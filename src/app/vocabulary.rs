//! What statements have said of activities and agents beside their ids.

use crate::{App, AppError, Caller};
use domain::{OrganizationId, Role, Scope};
use std::collections::{BTreeSet, HashMap};
use xapi::AgentId;

impl App {
    /// Every name that is known of an agent.
    pub async fn agent_names(
        &self,
        caller: &Caller,
        agent: &AgentId,
    ) -> Result<BTreeSet<String>, AppError> {
        may_read(caller)?;
        Ok(self.store.agent_names(caller.organization, &agent.to_string()).await?)
    }

    /// The definition of an activity, as JSON, gathered from the statements.
    pub async fn activity_definition(
        &self,
        caller: &Caller,
        activity: &str,
    ) -> Result<Option<String>, AppError> {
        may_read(caller)?;
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

/// Who may read statements, even their own alone, or write documents about agents and activities
/// may learn what they are called (Communication 4.2 gives these resources no scope of their own).
fn may_read(caller: &Caller) -> Result<(), AppError> {
    let roles = [Role::ComplianceLead, Role::Auditor, Role::Author];
    [Scope::StatementsRead, Scope::StatementsReadMine, Scope::Profile, Scope::State, Scope::Define]
        .into_iter()
        .map(|scope| caller.require_read(scope, &roles))
        .reduce(Result::or)
        .unwrap_or(Ok(()))
}
