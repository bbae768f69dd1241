//! Files with a world and questions about it (audit rules, section 4).

use crate::{Period, Question, Report, World, evaluate};
use serde::Serialize;

/// A world and questions about it. Members that are no input (`expected`, `proves`, …) are passed
/// over.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// The world.
    pub world: World,
    /// The questions.
    pub evaluations: Vec<Question>,
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// Which days it is about.
    pub period: Period,
    /// What was recorded by then, as the question has it.
    pub as_of: crate::world::WrittenInstant,
    /// The answer.
    pub report: Report,
}

/// A file is not a world with questions.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// It is no JSON.
    #[error("not JSON: {0}")]
    Json(#[source] serde_json::Error),
    /// A member is not what it should be.
    #[error("at {pointer}: {reason}")]
    Member {
        /// Where, as a JSON pointer (RFC 6901).
        pointer: String,
        /// What is wrong there.
        reason: String,
    },
}

impl Scenario {
    /// Reads a file.
    pub fn read(text: &[u8]) -> Result<Self, ScenarioError> {
        let value: serde_json::Value = serde_json::from_slice(text).map_err(ScenarioError::Json)?;
        let world =
            serde_path_to_error::deserialize(&value).map_err(|error| member_error("", &error))?;
        let questions = value.get("evaluations").cloned().unwrap_or_else(|| serde_json::json!([]));
        let evaluations = serde_path_to_error::deserialize::<_, Vec<Question>>(&questions);
        let evaluations = evaluations.map_err(|error| member_error("/evaluations", &error))?;
        let scenario = Self { world, evaluations };
        scenario.check()?;
        Ok(scenario)
    }

    /// What can be read, but not be meant.
    fn check(&self) -> Result<(), ScenarioError> {
        let wrong =
            |pointer: String, reason: String| Err(ScenarioError::Member { pointer, reason });
        for (place, question) in self.evaluations.iter().enumerate() {
            let Period { start, end } = question.period;
            if start > end {
                let pointer = format!("/evaluations/{place}/period");
                return wrong(pointer, format!("it ends on {end}, before it starts on {start}"));
            }
        }
        for (place, requirement) in self.world.requirements.iter().enumerate() {
            let pointer = format!("/requirements/{place}/courses");
            if requirement.courses.is_empty() {
                return wrong(pointer, "a requirement asks for one course at least".to_owned());
            }
            for (course, id) in requirement.courses.iter().enumerate() {
                if !self.world.courses.iter().any(|known| known.id == *id) {
                    return wrong(
                        format!("{pointer}/{course}"),
                        format!("no course is called {id:?}"),
                    );
                }
            }
        }
        Ok(())
    }

    /// Answers every question.
    pub fn answers(&self) -> impl Iterator<Item = Answer> {
        self.evaluations.iter().map(|question| Answer {
            period: question.period,
            as_of: question.as_of.clone(),
            report: evaluate(&self.world, question).with_exports(),
        })
    }
}

fn member_error(
    below: &str,
    error: &serde_path_to_error::Error<serde_json::Error>,
) -> ScenarioError {
    use serde_path_to_error::Segment;
    let pointer = error.path().iter().map(|segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { variant } => format!("/{variant}"),
        Segment::Unknown => "/?".to_owned(),
    });
    let pointer = below.to_owned() + &pointer.collect::<String>();
    ScenarioError::Member { pointer, reason: error.inner().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_where_it_is() {
        let error = |text: &str| Scenario::read(text.as_bytes()).unwrap_err().to_string();
        assert!(error("{").starts_with("not JSON: "));
        let text = r#"{"people":[{"id":"p","access":[{"scope":"prod","start":"2025-13-01"}]}]}"#;
        assert_eq!(
            error(text),
            "at /people/0/access/0/start: not a day such as 2025-03-10: \"2025-13-01\""
        );
        let text = r#"{"evaluations":[{"period":{"start":"2025-01-01"},"as_of":"x"}]}"#;
        assert!(
            error(text).starts_with("at /evaluations/0/period: missing field `end`"),
            "{}",
            error(text)
        );
    }
}
