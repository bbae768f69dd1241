//! Whether a statement matches a filter: the reference that stores are tested against.

use crate::{Statement, StatementFilter};
use domain::{StatementId, Timestamp};

impl StatementFilter {
    /// Whether a statement with this `stored` matches (Communication 2.1.3).
    ///
    /// A statement whose object is a `StatementRef` also matches if its target does, however long
    /// the chain; times are always those of the statement itself. `lookup` finds targets, voided
    /// ones too.
    pub fn matches<'a>(
        &self,
        statement: &'a Statement,
        stored: Timestamp,
        lookup: impl Fn(StatementId) -> Option<&'a Statement>,
    ) -> bool {
        let in_time = self.since.is_none_or(|since| stored > since)
            && self.until.is_none_or(|until| stored <= until);
        if !in_time {
            return false;
        }
        let mut visited = Vec::new();
        let mut next = Some(statement);
        while let Some(statement) = next {
            if self.matches_itself(statement) {
                return true;
            }
            // Statements may refer to each other in a circle.
            next = statement.target().filter(|target| !visited.contains(target)).and_then(|id| {
                visited.push(id);
                lookup(id)
            });
        }
        false
    }

    /// Whether the statement itself meets all conditions but those of time.
    pub fn matches_itself(&self, statement: &Statement) -> bool {
        let verb = self.verb.as_ref().is_none_or(|verb| statement.verb() == verb);
        let registration =
            self.registration.is_none_or(|wanted| statement.registration() == Some(wanted));
        let agent = self.agent.as_ref().is_none_or(|wanted| {
            let mut mentions = statement.agents().iter();
            mentions.any(|mention| {
                mention.id == *wanted && (self.related_agents || mention.is_direct())
            })
        });
        let activity = self.activity.as_ref().is_none_or(|wanted| {
            let mut mentions = statement.activities().iter();
            mentions.any(|mention| {
                mention.id == *wanted && (self.related_activities || mention.is_direct())
            })
        });
        verb && registration && agent && activity
    }
}
