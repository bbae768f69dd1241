//! Parameters of every resource are read or refused. Lines are `name=value`.

use xapi::{
    DocumentMethod, DocumentQuery, DocumentResource, Languages, StatementQuery, Version,
    activity_parameter, agent_parameter,
};

pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let parameters = || text.lines().filter_map(|line| line.split_once('='));
    let _ = (agent_parameter(parameters()), activity_parameter(parameters()));
    let _ = (Languages::parse(text), Version::negotiate(text));
    for version in Version::ALL {
        let _ = StatementQuery::parse(parameters(), version);
        for resource in [
            DocumentResource::State,
            DocumentResource::AgentProfile,
            DocumentResource::ActivityProfile,
        ] {
            for method in [
                DocumentMethod::Get,
                DocumentMethod::Put,
                DocumentMethod::Post,
                DocumentMethod::Delete,
            ] {
                let _ = DocumentQuery::parse(resource, method, parameters(), version);
            }
        }
    }
}
