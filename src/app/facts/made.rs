//! Facts made from statements themselves: what the store keeps of them, without a store.

use super::kept::Follower;
use audit::Facts;
use domain::{StatementId, Timestamp};
use std::collections::HashMap;
use store::{CompletionFact, FactActor, FactClaim, FactPage, NewFact, Position};

/// Who a statement is by.
pub(crate) enum MadeActor<'a> {
    /// By the canonical identifier.
    Known(&'a str),
    /// By the pseudonym in the log's entry.
    Erased(&'a str),
}

/// A statement as a fact is made of it.
pub(crate) struct Made<'a> {
    /// Its place in the log.
    pub(crate) position: Position,
    /// Its id.
    pub(crate) id: StatementId,
    /// What it says.
    pub(crate) said: NewFact,
    /// Who it is by.
    pub(crate) actor: MadeActor<'a>,
    /// The credential that vouches for it.
    pub(crate) authority: &'a str,
    /// When it was stored here.
    pub(crate) recorded_at: Timestamp,
    /// Whether an erasure has removed its bytes.
    pub(crate) erased: bool,
    /// What another store said of it.
    pub(crate) claim: Option<FactClaim>,
}

/// Facts that are being made, in the order of the log.
pub(crate) struct MadeFacts {
    home_page: String,
    terms: HashMap<String, i64>,
    follower: Follower,
}

impl MadeFacts {
    /// None yet; `home_page` is that of the organization's accounts.
    pub(crate) fn new(home_page: &str) -> Self {
        let home_page = home_page.to_owned();
        Self { home_page, terms: HashMap::new(), follower: Follower::default() }
    }

    fn term(&mut self, text: &str, texts: &mut HashMap<i64, String>) -> i64 {
        let number = match self.terms.get(text) {
            Some(number) => return *number,
            None => i64::try_from(self.terms.len()).expect("memory ends before"),
        };
        self.terms.insert(text.to_owned(), number);
        texts.insert(number, text.to_owned());
        number
    }

    /// Adds the next one.
    pub(crate) fn add(&mut self, made: Made<'_>) {
        let mut texts = HashMap::new();
        // An actor, an activity and a credential of the same text are different terms.
        let actor = match made.actor {
            MadeActor::Known(key) => FactActor::Term(self.term(&format!("a {key}"), &mut texts)),
            MadeActor::Erased(pseudonym) => FactActor::Pseudonym(pseudonym.to_owned()),
        };
        let said = made.said.numbered(|iri| self.term(&format!("i {iri}"), &mut texts));
        let authority = self.term(&format!("c {}", made.authority), &mut texts);
        for text in texts.values_mut() {
            text.drain(..2);
        }
        let fact = CompletionFact {
            position: made.position,
            id: made.id,
            actor,
            said,
            recorded_at: made.recorded_at,
            authority,
            erased: made.erased,
        };
        let page = FactPage { facts: vec![fact], claims: made.claim.into_iter().collect() };
        self.follower.words.learn(&page.facts, &texts, &self.home_page);
        let added = self.follower.add(&page);
        debug_assert!(added.is_ok(), "its terms were learnt");
    }

    /// All of them.
    pub(crate) fn facts(&self) -> Facts {
        self.follower.facts()
    }
}
