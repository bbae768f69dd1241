//! Parameters of the document resources (Communication 2.3, 2.6, 2.7; XAPI-00195 to 00221,
//! XAPI-00255 to 00307).

use super::{DocumentMethod, DocumentResource};
use crate::{
    AgentId, Version,
    query::{ParameterError, iri, one_agent, refuse, time, uuid},
};
use domain::Timestamp;
use uuid::Uuid;

/// What documents belong to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DocumentScope {
    /// State of an agent in an activity, in one registration or outside of any.
    State {
        /// The activity's IRI.
        activity: String,
        /// Whose state.
        agent: AgentId,
        /// In which registration.
        registration: Option<Uuid>,
    },
    /// An agent's profile.
    AgentProfile {
        /// Whose profile.
        agent: AgentId,
    },
    /// An activity's profile.
    ActivityProfile {
        /// The activity's IRI.
        activity: String,
    },
}

/// Which documents a request is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DocumentQuery {
    /// What they belong to.
    pub scope: DocumentScope,
    /// `stateId` or `profileId`: one document; without it all, for a list or a state's deletion.
    pub id: Option<String>,
    /// Only those stored after this; for lists.
    pub since: Option<Timestamp>,
}

impl DocumentQuery {
    /// Reads decoded parameters. Unknown and repeated ones, wrong values and missing ones are
    /// refused.
    pub fn parse<'a>(
        resource: DocumentResource,
        method: DocumentMethod,
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
        version: Version,
    ) -> Result<Self, ParameterError> {
        let (activity_known, agent_known, id_name) = match resource {
            DocumentResource::State => (true, true, "stateId"),
            DocumentResource::AgentProfile => (false, true, "profileId"),
            DocumentResource::ActivityProfile => (true, false, "profileId"),
        };
        let list_allowed = method == DocumentMethod::Get;
        let (mut activity, mut whose, mut registration) = (None, None, None);
        let (mut id, mut since) = (None, None);
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in parameters {
            if seen.contains(&name) {
                return refuse(name, SECTION, "it occurs twice");
            }
            seen.push(name);
            match name {
                "activityId" if activity_known => activity = Some(iri(name, value)?),
                "agent" if agent_known => whose = Some(one_agent(name, value)?),
                "registration" if resource == DocumentResource::State => {
                    registration = Some(uuid(name, value)?);
                }
                "since" if list_allowed => since = Some(time(name, value, version)?),
                name if name == id_name => id = Some(document_id(name, value)?),
                _ => return refuse(name, SECTION, "there is no such parameter here"),
            }
        }
        let deletes_all = resource == DocumentResource::State && method == DocumentMethod::Delete;
        if id.is_none() && !list_allowed && !deletes_all {
            return missing(id_name);
        }
        let scope = match (resource, activity, whose) {
            (DocumentResource::State, Some(activity), Some(agent)) => {
                DocumentScope::State { activity, agent, registration }
            }
            (DocumentResource::AgentProfile, _, Some(agent)) => {
                DocumentScope::AgentProfile { agent }
            }
            (DocumentResource::ActivityProfile, Some(activity), _) => {
                DocumentScope::ActivityProfile { activity }
            }
            (_, None, _) if activity_known => return missing("activityId"),
            _ => return missing("agent"),
        };
        Ok(Self { scope, id, since })
    }
}

const SECTION: &str = "Communication 2.2";

fn missing<T>(name: &str) -> Result<T, ParameterError> {
    refuse(name, SECTION, "it is missing")
}

/// Any text that a database can keep; the empty one names no document.
fn document_id(name: &str, value: &str) -> Result<String, ParameterError> {
    if value.is_empty() || value.contains('\0') {
        return refuse(name, SECTION, "it must be a text that is not empty and has no U+0000");
    }
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use DocumentMethod::{Delete, Get, Post, Put};
    use DocumentResource::{ActivityProfile, AgentProfile, State};

    const ACTIVITY: (&str, &str) = ("activityId", "http://a.example/");
    const AGENT: (&str, &str) = ("agent", r#"{"mbox":"mailto:a@b.c"}"#);
    const REGISTRATION: (&str, &str) = ("registration", "fd41c918-b88b-4b20-a0a5-a4c32391aaa0");
    const STATE: (&str, &str) = ("stateId", "resume");
    const PROFILE: (&str, &str) = ("profileId", "p");
    const SINCE: (&str, &str) = ("since", "2026-01-01T00:00:00Z");

    #[test]
    fn the_parameters_of_each_resource_are_taken() {
        for (resource, method, parameters) in [
            (State, Put, &[ACTIVITY, AGENT, REGISTRATION, STATE][..]),
            (State, Post, &[ACTIVITY, AGENT, STATE]),
            (State, Get, &[ACTIVITY, AGENT, SINCE]),
            (State, Delete, &[ACTIVITY, AGENT]),
            (AgentProfile, Get, &[AGENT]),
            (AgentProfile, Delete, &[AGENT, PROFILE]),
            (ActivityProfile, Put, &[ACTIVITY, PROFILE]),
            (ActivityProfile, Get, &[ACTIVITY, SINCE]),
        ] {
            let parameters = parameters.iter().copied();
            let query = DocumentQuery::parse(resource, method, parameters, Version::V1_0);
            assert!(query.is_ok(), "{resource:?} {method:?}: {query:?}");
        }
    }

    #[test]
    fn xapi_00206_to_00215_missing_and_wrong_parameters_are_refused() {
        for (resource, method, parameters) in [
            (State, Put, &[ACTIVITY, AGENT][..]),
            (State, Post, &[ACTIVITY, AGENT]),
            (State, Get, &[AGENT, STATE]),
            (State, Get, &[ACTIVITY, STATE]),
            (State, Delete, &[ACTIVITY, AGENT, SINCE]),
            (State, Get, &[ACTIVITY, AGENT, PROFILE]),
            (State, Get, &[ACTIVITY, AGENT, ("agent", r#"{"mbox":"mailto:a@b.c"}"#)]),
            (State, Get, &[("activityId", "a"), AGENT]),
            (State, Get, &[ACTIVITY, ("agent", "a")]),
            (State, Get, &[ACTIVITY, ("agent", "{}")]),
            (State, Get, &[ACTIVITY, AGENT, ("registration", "1")]),
            (State, Get, &[ACTIVITY, AGENT, ("since", "yesterday")]),
            (State, Put, &[ACTIVITY, AGENT, ("stateId", "")]),
            (AgentProfile, Delete, &[AGENT]),
            (AgentProfile, Get, &[PROFILE]),
            (AgentProfile, Get, &[AGENT, ACTIVITY]),
            (AgentProfile, Get, &[("agent", r#"{"objectType":"Group","mbox":"mailto:a@b.c"}"#)]),
            (ActivityProfile, Put, &[ACTIVITY]),
            (ActivityProfile, Get, &[ACTIVITY, AGENT]),
        ] {
            let given = parameters.iter().copied();
            let query = DocumentQuery::parse(resource, method, given, Version::V1_0);
            assert!(query.is_err(), "{resource:?} {method:?} {parameters:?}");
        }
    }
}
