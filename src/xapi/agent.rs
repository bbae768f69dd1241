//! Agents and groups (Data 2.4.2).

use crate::{
    check::{array, iri, object, required, string, unknown},
    error::{Checked, ValidationError, refuse},
    json::{Document, Kind, Limits, Value, write_string},
    text::{is_sha1, mail_address},
};
use std::{fmt, str::FromStr};

/// An inverse functional identifier: what makes two agents, or two identified groups, the same
/// (Data 2.4.2.3).
///
/// Values are normalized in what does not tell two apart: the domain of a mail address and the
/// digits of a hash are in lower case. `Display` gives one canonical text each, which parses back:
/// `mbox:a@example.com`, `sha1:…`, `openid:http://…`, `account:http://home.page|name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AgentId {
    /// A mail address, without `mailto:`.
    Mbox(String),
    /// The SHA-1 of a `mailto:` IRI, in lower-case hexadecimal.
    MboxSha1(String),
    /// An `OpenID`.
    OpenId(String),
    /// An account on some system.
    Account {
        /// The system's home page; an IRI, so without `|`.
        home_page: String,
        /// The account's name there.
        name: String,
    },
}

/// A text is not the canonical form of an agent's identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an agent's identifier: {0:?}")]
pub struct ParseAgentIdError(pub String);

impl fmt::Display for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mbox(address) => write!(f, "mbox:{address}"),
            Self::MboxSha1(hash) => write!(f, "sha1:{hash}"),
            Self::OpenId(uri) => write!(f, "openid:{uri}"),
            Self::Account { home_page, name } => write!(f, "account:{home_page}|{name}"),
        }
    }
}

impl FromStr for AgentId {
    type Err = ParseAgentIdError;

    fn from_str(text: &str) -> Result<Self, ParseAgentIdError> {
        let id = match text.split_once(':') {
            Some(("mbox", address)) => Some(Self::Mbox(address.to_owned())),
            Some(("sha1", hash)) => Some(Self::MboxSha1(hash.to_owned())),
            Some(("openid", uri)) => Some(Self::OpenId(uri.to_owned())),
            Some(("account", account)) => account.split_once('|').map(|(home_page, name)| {
                Self::Account { home_page: home_page.to_owned(), name: name.to_owned() }
            }),
            _ => None,
        };
        id.ok_or_else(|| ParseAgentIdError(text.to_owned()))
    }
}

impl AgentId {
    /// The same mailbox under the hash of its address (Data 2.4.2.3), which some clients send.
    pub fn hashed(&self) -> Option<Self> {
        let Self::Mbox(address) = self else { return None };
        let hash = sha1_smol::Sha1::from(format!("mailto:{address}")).digest();
        Some(Self::MboxSha1(hash.to_string()))
    }

    /// The agent as JSON, for an authority or a request: `{"objectType":"Agent",…}`.
    pub fn to_json(&self) -> String {
        let mut out = String::from("{\"objectType\":\"Agent\",");
        match self {
            Self::Mbox(address) => {
                out.push_str("\"mbox\":");
                write_string(&mut out, &format!("mailto:{address}"));
            }
            Self::MboxSha1(hash) => {
                out.push_str("\"mbox_sha1sum\":");
                write_string(&mut out, hash);
            }
            Self::OpenId(uri) => {
                out.push_str("\"openid\":");
                write_string(&mut out, uri);
            }
            Self::Account { home_page, name } => {
                out.push_str("\"account\":{\"homePage\":");
                write_string(&mut out, home_page);
                out.push_str(",\"name\":");
                write_string(&mut out, name);
                out.push('}');
            }
        }
        out.push('}');
        out
    }
}

/// Whether an actor is one or many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// An individual or a system.
    Agent,
    /// A group, identified or anonymous.
    Group,
}

/// An agent or a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Agent or group.
    pub kind: ActorKind,
    /// What identifies it; `None` for an anonymous group only.
    pub id: Option<AgentId>,
    /// The `name` given.
    pub name: Option<String>,
    /// A group's members, in the order given.
    pub members: Vec<Actor>,
}

const ACTOR_KEYS: [&str; 7] =
    ["objectType", "name", "member", "mbox", "mbox_sha1sum", "openid", "account"];

impl Actor {
    /// Reads an agent or group from its JSON alone, such as an `agent` parameter.
    pub fn parse(json: &[u8]) -> Result<Self, ValidationError> {
        let document = Document::parse(json, Limits::default())?;
        Self::read(document.root(), "an agent").map_err(|fault| fault.locate(&document))
    }

    /// Reads an agent or group as part of something.
    pub(crate) fn read(value: Value<'_>, what: &str) -> Checked<Self> {
        let mut actor = Self { kind: ActorKind::Agent, id: None, name: None, members: Vec::new() };
        let mut member = None;
        for (key, value) in object(value, what, "XAPI-00034")? {
            let id = match &*key.text() {
                "objectType" => {
                    actor.kind = kind(value, what)?;
                    continue;
                }
                "name" => {
                    actor.name = Some(string(value, "name", "XAPI-00033")?.into_owned());
                    continue;
                }
                "member" => {
                    member = Some((key.offset(), value));
                    continue;
                }
                "mbox" => mbox(value)?,
                "mbox_sha1sum" => sha1(value)?,
                "openid" => AgentId::OpenId(iri(value, "openid", "XAPI-00040")?.into_owned()),
                "account" => account(value)?,
                _ => return unknown(key, what, &ACTOR_KEYS),
            };
            if actor.id.replace(id).is_some() {
                let rule = if member.is_some() { "XAPI-00037" } else { "XAPI-00034" };
                let message = format!("{what} must have one identifier alone");
                return refuse(key.offset(), rule, message);
            }
        }
        match (actor.kind, member) {
            (ActorKind::Agent, Some((offset, _))) => {
                return refuse(offset, "XAPI-00035", "only a group has members");
            }
            (ActorKind::Group, Some((_, value))) => {
                actor.members = members(value, actor.id.is_none())?;
            }
            (ActorKind::Agent, None) if actor.id.is_none() => {
                let message =
                    format!("{what} must have one of mbox, mbox_sha1sum, openid and account");
                return refuse(value.offset(), "XAPI-00034", message);
            }
            (ActorKind::Group, None) if actor.id.is_none() => {
                let message = format!("{what} must have an identifier or members");
                return refuse(value.offset(), "XAPI-00037", message);
            }
            _ => {}
        }
        Ok(actor)
    }

    /// Reads one that must be of `kind`.
    pub(crate) fn read_as(
        value: Value<'_>,
        wanted: ActorKind,
        what: &str,
        rule: &'static str,
    ) -> Checked<Self> {
        let actor = Self::read(value, what)?;
        if actor.kind == wanted {
            return Ok(actor);
        }
        let name = if wanted == ActorKind::Agent { "an Agent" } else { "a Group" };
        refuse(value.offset(), rule, format!("{what} must be {name}"))
    }
}

/// XAPI-00031, XAPI-00009: `Agent` or `Group`, in this case.
fn kind(value: Value<'_>, what: &str) -> Checked<ActorKind> {
    match &*string(value, "objectType", "XAPI-00032")? {
        "Agent" => Ok(ActorKind::Agent),
        "Group" => Ok(ActorKind::Group),
        other => {
            let message = format!("objectType of {what} must be Agent or Group, not {other:?}");
            refuse(value.offset(), "XAPI-00031", message)
        }
    }
}

fn mbox(value: Value<'_>) -> Checked<AgentId> {
    let text = string(value, "mbox", "XAPI-00038")?;
    if let Some(address) = mail_address(&text) {
        return Ok(AgentId::Mbox(address));
    }
    let message = format!("mbox must be mailto: and one mail address, not {text:?}");
    refuse(value.offset(), "XAPI-00038", message)
}

fn sha1(value: Value<'_>) -> Checked<AgentId> {
    let text = string(value, "mbox_sha1sum", "XAPI-00039")?;
    if is_sha1(&text) {
        return Ok(AgentId::MboxSha1(text.to_ascii_lowercase()));
    }
    let message = format!("mbox_sha1sum must be 40 hexadecimal digits, not {text:?}");
    refuse(value.offset(), "XAPI-00039", message)
}

fn account(value: Value<'_>) -> Checked<AgentId> {
    let mut home_page = None;
    let mut name = None;
    for (key, value) in object(value, "account", "XAPI-00041")? {
        match &*key.text() {
            "homePage" => home_page = Some(iri(value, "homePage", "XAPI-00042")?.into_owned()),
            "name" => {
                let text = string(value, "name of account", "XAPI-00043")?.into_owned();
                if text.contains('\0') {
                    // Databases keep identifiers as text, which cannot hold it.
                    let message = "name of account must not hold U+0000";
                    return refuse(value.offset(), "XAPI-00043", message);
                }
                name = Some(text);
            }
            _ => return unknown(key, "account", &["homePage", "name"]),
        }
    }
    Ok(AgentId::Account {
        home_page: required(home_page, value, "homePage of account", "XAPI-00042")?,
        name: required(name, value, "name of account", "XAPI-00043")?,
    })
}

/// XAPI-00036: members are agents; an anonymous group has at least one (XAPI-00037).
fn members(value: Value<'_>, anonymous: bool) -> Checked<Vec<Actor>> {
    let mut members = Vec::new();
    for member in array(value, "member", "XAPI-00036")? {
        if member.kind() != Kind::Object {
            return refuse(member.offset(), "XAPI-00036", "a member must be an Agent");
        }
        members.push(Actor::read_as(member, ActorKind::Agent, "a member", "XAPI-00036")?);
    }
    if anonymous && members.is_empty() {
        let message = "an anonymous group must have at least one member";
        return refuse(value.offset(), "XAPI-00037", message);
    }
    Ok(members)
}
