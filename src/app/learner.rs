//! Who a learner is to the content.

use crate::App;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::OrganizationId;
use xapi::{Actor, AgentId};

impl App {
    /// The learner's id in the run time: the account's name, else an opaque one that stays the
    /// same for this organization and cannot be traced back to an address. Short and plain enough
    /// for a SCORM 1.2 `CMIIdentifier`.
    pub(crate) fn learner_id(&self, organization: OrganizationId, agent: &AgentId) -> String {
        if let AgentId::Account { name, .. } = agent
            && is_identifier(name)
        {
            return name.clone();
        }
        let subject = format!("{organization} {agent}");
        let key = self.settings.master_key.derive("learner", subject.as_bytes());
        format!("l-{}", URL_SAFE_NO_PAD.encode(&key[..12]))
    }
}

/// The learner's name as the content is told it; empty when the launch gave none.
pub(crate) fn learner_name(actor: &Actor) -> String {
    actor.name.clone().unwrap_or_default()
}

/// `CMIIdentifier` (SCORM 1.2 RTE 3.4.2): up to 255 visible ASCII characters.
fn is_identifier(name: &str) -> bool {
    (1..=255).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic())
}
