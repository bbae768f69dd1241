//! Many facts, in the order of the log.

use crate::{Fact, StatementText};
use serde::{Deserialize, Deserializer};
use std::sync::Arc;

/// Facts in the order in which they were recorded, in parts that several worlds share: a copy
/// copies none of them.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    parts: Vec<Arc<[Fact]>>,
}

impl Facts {
    /// Adds facts that were recorded after those that are there.
    pub fn push(&mut self, part: Arc<[Fact]>) {
        if !part.is_empty() {
            self.parts.push(part);
        }
    }

    /// One after the other.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Fact> + Clone {
        self.parts.iter().flat_map(|part| part.iter())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| part.len()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

impl PartialEq for Facts {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl FromIterator<Fact> for Facts {
    fn from_iter<I: IntoIterator<Item = Fact>>(facts: I) -> Self {
        let mut all = Self::default();
        all.push(facts.into_iter().collect());
        all
    }
}

impl<'de> Deserialize<'de> for Facts {
    /// Reads a list of statements.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let statements = Vec::<StatementText>::deserialize(deserializer)?;
        Ok(statements.into_iter().map(Fact::from).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_read_as_one_list_and_are_shared() {
        let read = |id: u32| {
            let text = format!(
                r#"{{"id":"00000000-0000-4000-8000-{id:012}","actor":{{"mbox":"mailto:a@b.test"}},
                "verb":{{"id":"http://adlnet.gov/expapi/verbs/passed"}},
                "object":{{"id":"https://b.test/1"}},"stored":"2025-03-15T10:00:01Z"}}"#
            );
            Fact::read(text.as_bytes()).expect("a statement")
        };
        let mut parts = Facts::default();
        assert!(parts.is_empty());
        parts.push(Arc::new([]));
        assert!(parts.is_empty());
        parts.push(Arc::new([read(1), read(2)]));
        let before = parts.clone();
        parts.push(Arc::new([read(3)]));
        assert_eq!((before.len(), parts.len()), (2, 3));
        assert_eq!(parts, (1..=3).map(read).collect());
        assert_ne!(parts, before);
        let ids: Vec<_> = parts.iter().rev().map(|fact| fact.id).collect();
        assert_eq!(ids, [3, 2, 1].map(|id| read(id).id));
    }
}
