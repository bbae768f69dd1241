//! Requirements to begin with: proposals that bind nobody until an organization adopts one, which
//! is a reference event.

use crate::{Day, world::Requirement};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The requirements to begin with, and the courses that they lean on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Starters {
    /// What a course must cover, by the name that the requirements give it in place of a course.
    pub courses: BTreeMap<String, String>,
    /// The proposals.
    pub requirements: Vec<Starter>,
}

/// A proposal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Starter {
    /// What it asks for, in one sentence.
    pub sentence: String,
    /// Why it is as it is.
    pub rationale: String,
    /// The requirement, but for its first day, and with names out of [`Starters::courses`] in place
    /// of courses.
    pub requirement: Requirement,
}

/// A proposal cannot be adopted as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdoptError {
    /// No course was named for a place.
    #[error("no course is named for {0:?}")]
    NoCourse(String),
}

impl Starters {
    /// Reads the file of starter requirements.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The proposal of that id.
    pub fn requirement(&self, id: &str) -> Option<&Starter> {
        self.requirements.iter().find(|starter| starter.requirement.id.as_str() == id)
    }
}

impl Starter {
    /// The requirement with the organization's own courses in place of the names, from a day on:
    /// what a reference event asserts when the proposal is adopted.
    pub fn adopt(
        &self,
        courses: &BTreeMap<String, String>,
        effective_from: Day,
    ) -> Result<Requirement, AdoptError> {
        let mut requirement = self.requirement.clone();
        requirement.effective_from = Some(effective_from);
        for course in &mut requirement.courses {
            let own = courses.get(course).ok_or_else(|| AdoptError::NoCourse(course.clone()))?;
            own.clone_into(course);
        }
        Ok(requirement)
    }
}
