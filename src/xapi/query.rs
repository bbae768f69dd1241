//! Parameters of `GET /statements` (Communication 2.1.3).

use crate::{
    Actor, ActorKind, AgentId, Version,
    check::parse_uuid,
    text::{is_iri, parse_time},
};
use domain::{StatementId, Timestamp};
use uuid::Uuid;

/// How statements are to look (Communication 2.1.3, `format`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Format {
    /// Agents, activities and verbs by their identifiers alone.
    Ids,
    /// As stored.
    #[default]
    Exact,
    /// The LRS's own definitions, in one language.
    Canonical,
}

impl Format {
    /// The value of the parameter.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ids => "ids",
            Self::Exact => "exact",
            Self::Canonical => "canonical",
        }
    }
}

/// Which statements are asked for, when not one by its id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatementFilter {
    /// Agent or identified group.
    pub agent: Option<AgentId>,
    /// Verb, by IRI.
    pub verb: Option<String>,
    /// Activity, by IRI.
    pub activity: Option<String>,
    /// Registration.
    pub registration: Option<Uuid>,
    /// Look for the activity wherever it may be mentioned.
    pub related_activities: bool,
    /// Look for the agent wherever it may be mentioned.
    pub related_agents: bool,
    /// Only statements stored after this.
    pub since: Option<Timestamp>,
    /// Only statements stored at this or before.
    pub until: Option<Timestamp>,
    /// Most statements to return; 0 is the server's maximum.
    pub limit: u32,
    /// Oldest first.
    pub ascending: bool,
}

/// What a GET of the statements resource asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementQuery {
    /// Which statements.
    pub selection: Selection,
    /// How they are to look.
    pub format: Format,
    /// Whether attachments' data is wanted too.
    pub attachments: bool,
}

/// Which statements a query asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// One, that is not voided (`statementId`).
    One(StatementId),
    /// One, that is voided (`voidedStatementId`).
    Voided(StatementId),
    /// All that match.
    Matching(StatementFilter),
}

/// A parameter is refused; 400 Bad Request (XAPI-00012).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("parameter {name:?}: {reason} ({rule})")]
pub struct ParameterError {
    /// The parameter.
    pub name: String,
    /// What is wrong with it.
    pub reason: String,
    /// By which rule.
    pub rule: &'static str,
}

const SECTION: &str = "Communication 2.1.3";
const VALUES: &str = "XAPI-00012";

pub(crate) fn refuse<T>(
    name: &str,
    rule: &'static str,
    reason: impl Into<String>,
) -> Result<T, ParameterError> {
    Err(ParameterError { name: name.to_owned(), reason: reason.into(), rule })
}

impl StatementQuery {
    /// Reads decoded parameters. Unknown ones, repeated ones and wrong values are refused; names
    /// are case sensitive.
    pub fn parse<'a>(
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
        version: Version,
    ) -> Result<Self, ParameterError> {
        let mut filter = StatementFilter::default();
        let (mut one, mut voided) = (None, None);
        let (mut format, mut attachments) = (Format::Exact, false);
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in parameters {
            if seen.contains(&name) {
                return refuse(name, SECTION, "it occurs twice");
            }
            seen.push(name);
            match name {
                "statementId" => one = Some(statement_id(name, value)?),
                "voidedStatementId" => voided = Some(statement_id(name, value)?),
                "agent" => filter.agent = Some(agent(name, value)?.0),
                "verb" => filter.verb = Some(iri(name, value)?),
                "activity" => filter.activity = Some(iri(name, value)?),
                "registration" => filter.registration = Some(uuid(name, value)?),
                "related_activities" => filter.related_activities = boolean(name, value)?,
                "related_agents" => filter.related_agents = boolean(name, value)?,
                "since" => filter.since = Some(time(name, value, version)?),
                "until" => filter.until = Some(time(name, value, version)?),
                "limit" => filter.limit = limit(name, value)?,
                "format" => format = read_format(name, value)?,
                "attachments" => attachments = boolean(name, value)?,
                "ascending" => filter.ascending = boolean(name, value)?,
                _ => return refuse(name, SECTION, "there is no such parameter"),
            }
        }
        let alone = seen.iter().all(|name| {
            matches!(*name, "statementId" | "voidedStatementId" | "format" | "attachments")
        });
        let selection = match (one, voided) {
            (Some(_), Some(_)) => {
                return refuse("statementId", SECTION, "it excludes voidedStatementId");
            }
            (Some(_), None) | (None, Some(_)) if !alone => {
                let name = if one.is_some() { "statementId" } else { "voidedStatementId" };
                return refuse(name, SECTION, "only format and attachments may come with it");
            }
            (Some(id), None) => Selection::One(id),
            (None, Some(id)) => Selection::Voided(id),
            (None, None) => Selection::Matching(filter),
        };
        Ok(Self { selection, format, attachments })
    }
}

/// Reads the parameters of `GET /agents`: an agent and nothing else (Communication 2.4).
pub fn agent_parameter<'a>(
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<AgentId, ParameterError> {
    one_agent("agent", only("agent", "Communication 2.4", parameters)?)
}

/// Reads the parameters of `GET /activities`: an IRI and nothing else (Communication 2.5).
pub fn activity_parameter<'a>(
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<String, ParameterError> {
    iri("activityId", only("activityId", "Communication 2.5", parameters)?)
}

/// The value of the one parameter that there is.
fn only<'a>(
    wanted: &str,
    section: &'static str,
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<&'a str, ParameterError> {
    let mut found = None;
    for (name, value) in parameters {
        if name != wanted {
            return refuse(name, section, "there is no such parameter here");
        }
        if found.replace(value).is_some() {
            return refuse(name, section, "it occurs twice");
        }
    }
    match found {
        Some(value) => Ok(value),
        None => refuse(wanted, section, "it is missing"),
    }
}

/// An agent, not a group (XAPI-00255 to 00258).
pub(crate) fn one_agent(name: &str, value: &str) -> Result<AgentId, ParameterError> {
    match agent(name, value)? {
        (id, ActorKind::Agent) => Ok(id),
        (_, ActorKind::Group) => refuse(name, "XAPI-00258", "it must be an Agent, not a Group"),
    }
}

pub(crate) fn uuid(name: &str, value: &str) -> Result<Uuid, ParameterError> {
    match parse_uuid(value) {
        Some(uuid) => Ok(uuid),
        None => refuse(name, VALUES, format!("it must be a UUID, not {value:?}")),
    }
}

fn statement_id(name: &str, value: &str) -> Result<StatementId, ParameterError> {
    uuid(name, value).map(StatementId::new)
}

pub(crate) fn iri(name: &str, value: &str) -> Result<String, ParameterError> {
    if is_iri(value) {
        return Ok(value.to_owned());
    }
    refuse(name, VALUES, format!("it must be an absolute IRI, not {value:?}"))
}

/// An identified agent or group as JSON.
pub(crate) fn agent(name: &str, value: &str) -> Result<(AgentId, ActorKind), ParameterError> {
    match Actor::parse(value.as_bytes()) {
        Ok(Actor { id: Some(id), kind, .. }) => Ok((id, kind)),
        Ok(Actor { id: None, .. }) => {
            refuse(name, VALUES, "an anonymous group cannot be looked for")
        }
        Err(error) => refuse(name, error.rule, error.to_string()),
    }
}

fn boolean(name: &str, value: &str) -> Result<bool, ParameterError> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => refuse(name, VALUES, format!("it must be true or false, not {value:?}")),
    }
}

pub(crate) fn time(name: &str, value: &str, version: Version) -> Result<Timestamp, ParameterError> {
    match parse_time(value, version) {
        Some(time) => Ok(time),
        None => refuse(name, VALUES, format!("it must be a date and time, not {value:?}")),
    }
}

fn limit(name: &str, value: &str) -> Result<u32, ParameterError> {
    let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    if digits {
        // More than any server returns is the same as its maximum.
        return Ok(value.parse().unwrap_or(u32::MAX));
    }
    refuse(name, VALUES, format!("it must be a whole number from 0 on, not {value:?}"))
}

fn read_format(name: &str, value: &str) -> Result<Format, ParameterError> {
    match value {
        "ids" => Ok(Format::Ids),
        "exact" => Ok(Format::Exact),
        "canonical" => Ok(Format::Canonical),
        _ => refuse(name, VALUES, format!("it must be ids, exact or canonical, not {value:?}")),
    }
}
