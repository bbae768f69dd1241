//! People, and the dated facts about them.

use super::{PersonId, row::rows};
use crate::{Day, Window};
use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// A natural person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// The name to show.
    pub name: String,
    /// How statements and other systems name the person.
    pub identities: Vec<Identity>,
    /// When the person was employed, and how.
    pub employment: Vec<Employment>,
    /// To what the person had access, and when.
    pub access: Vec<Access>,
    /// Which roles the person had, and when.
    pub roles: Vec<RoleSpan>,
    /// Who is told when the person is late.
    pub manager: Option<PersonId>,
    /// Where the person works.
    pub department: Option<String>,
    /// When the row was recorded.
    pub recorded_at: Option<Timestamp>,
    /// When it was taken back.
    pub retracted_at: Option<Timestamp>,
}

/// What kind of name an identity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// A mail address, with or without `mailto:`; found without regard to case.
    Mbox,
    /// An account, as `homePage|name`.
    Account,
    /// The subject of an identity provider. Statements never match it.
    IdpSubject,
    /// A number of the personnel department. Statements never match it.
    EmployeeNo,
    /// The pseudonym that the ledger's entries give an erased actor.
    Pseudonym,
}

/// A name of a person. One value may belong to different people at different times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// What kind of name.
    pub kind: IdentityKind,
    /// The name.
    pub value: String,
    /// The first day of which it is true.
    #[serde(default)]
    pub from: Option<Day>,
    /// The last day of which it is true.
    #[serde(default)]
    pub to: Option<Day>,
    /// When the row was recorded.
    #[serde(default)]
    pub recorded_at: Option<Timestamp>,
    /// When it was taken back.
    #[serde(default)]
    pub retracted_at: Option<Timestamp>,
}

impl Identity {
    /// The days of which it is true.
    pub fn days(&self) -> Window {
        Window::new(self.from, self.to)
    }
}

/// Gives a dated row its days.
macro_rules! dated {
    ($($name:ty),+) => {$(
        impl $name {
            /// The days of which it is true.
            pub fn days(&self) -> Window {
                Window::new(self.start, self.end)
            }
        }
    )+};
}

/// A time of employment; coming back is a new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Employment {
    /// `employee`, `contractor` and the like.
    #[serde(rename = "type")]
    pub kind: String,
    /// The first day.
    pub start: Option<Day>,
    /// The last day; open when there is none.
    #[serde(default)]
    pub end: Option<Day>,
    /// When the row was recorded.
    #[serde(default)]
    pub recorded_at: Option<Timestamp>,
    /// When it was taken back.
    #[serde(default)]
    pub retracted_at: Option<Timestamp>,
}

/// A time of access to a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Which system.
    pub scope: String,
    /// The first day.
    pub start: Option<Day>,
    /// The last day; open when there is none.
    #[serde(default)]
    pub end: Option<Day>,
    /// When the row was recorded.
    #[serde(default)]
    pub recorded_at: Option<Timestamp>,
    /// When it was taken back.
    #[serde(default)]
    pub retracted_at: Option<Timestamp>,
}

/// A time in a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleSpan {
    /// Which role.
    pub role: String,
    /// The first day.
    pub start: Option<Day>,
    /// The last day; open when there is none.
    #[serde(default)]
    pub end: Option<Day>,
    /// When the row was recorded.
    #[serde(default)]
    pub recorded_at: Option<Timestamp>,
    /// When it was taken back.
    #[serde(default)]
    pub retracted_at: Option<Timestamp>,
}

dated!(Employment, Access, RoleSpan);
rows!(Person, Identity, Employment, Access, RoleSpan);
