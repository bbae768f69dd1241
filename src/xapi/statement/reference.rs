//! Whom and what a statement mentions, for filters and lookup rows.

use crate::agent::AgentId;
use std::ops::Range;

/// As what an agent or group is mentioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AgentRole {
    /// `actor`
    Actor,
    /// `object`
    Object,
    /// `authority`
    Authority,
    /// `context.instructor`
    Instructor,
    /// `context.team`
    Team,
    /// `context.contextAgents` (2.0)
    ContextAgent,
    /// `context.contextGroups` (2.0)
    ContextGroup,
}

/// An identified agent or group that a statement mentions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgentReference {
    /// Who.
    pub id: AgentId,
    /// As what.
    pub role: AgentRole,
    /// Whether as a member of the group that has the role.
    pub is_member: bool,
    /// Whether the mention is inside the statement's `SubStatement`.
    pub in_sub_statement: bool,
}

impl AgentReference {
    /// Whether the `agent` filter matches by it without `related_agents`: actor and object, and the
    /// members of groups that are these (Communication 2.1.3).
    pub fn is_direct(&self) -> bool {
        !self.in_sub_statement && matches!(self.role, AgentRole::Actor | AgentRole::Object)
    }
}

/// As what an activity is mentioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActivityRole {
    /// `object`
    Object,
    /// `context.contextActivities.parent`
    Parent,
    /// `context.contextActivities.grouping`
    Grouping,
    /// `context.contextActivities.category`
    Category,
    /// `context.contextActivities.other`
    Other,
}

/// An activity that a statement mentions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ActivityReference {
    /// Its IRI.
    pub id: String,
    /// As what.
    pub role: ActivityRole,
    /// Whether the mention is inside the statement's `SubStatement`.
    pub in_sub_statement: bool,
    /// Where its definition is in the statement's text.
    pub(super) definition: Option<Range<usize>>,
}

impl ActivityReference {
    /// Whether the `activity` filter matches by it without `related_activities`: the object.
    pub fn is_direct(&self) -> bool {
        !self.in_sub_statement && self.role == ActivityRole::Object
    }
}
