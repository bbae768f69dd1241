//! Numbers of terms that a node has seen lately, so that a commit need not look them up.

use crate::{KnownTerm, Term, TermKind};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
};

/// Terms of one generation; two are kept.
const TERMS_MAX: usize = 32_768;
/// Longer texts are looked up every time.
const TEXT_BYTES_MAX: usize = 512;

/// Texts and their numbers. A number never changes, so nothing here grows stale. Agents are not
/// kept: their salts can be destroyed, by any node, and they name people.
#[derive(Debug, Default)]
pub struct TermNumbers(Mutex<Generations>);

/// What was used since the last change of generations, and what was used before and not since.
#[derive(Debug, Default)]
struct Generations {
    young: Generation,
    old: Generation,
}

#[derive(Debug, Default)]
struct Generation {
    numbers: HashMap<i64, HashMap<Term, i64>>,
    terms: usize,
}

impl Generation {
    fn get(&self, organization: i64, term: &Term) -> Option<i64> {
        self.numbers.get(&organization)?.get(term).copied()
    }
}

impl Generations {
    fn put(&mut self, organization: i64, term: &Term, number: i64) {
        if self.young.terms >= TERMS_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        let of_organization = self.young.numbers.entry(organization).or_default();
        if of_organization.insert(term.clone(), number).is_none() {
            self.young.terms += 1;
        }
    }
}

impl TermNumbers {
    /// Takes from `wanted` those terms of an organization whose numbers are known.
    pub fn take_known(
        &self,
        organization: i64,
        wanted: &mut BTreeSet<Term>,
    ) -> HashMap<Term, KnownTerm> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = HashMap::new();
        let mut unknown = BTreeSet::new();
        for term in std::mem::take(wanted) {
            let young = held.young.get(organization, &term);
            let number = young.or_else(|| {
                let number = held.old.get(organization, &term)?;
                held.put(organization, &term, number);
                Some(number)
            });
            match number {
                Some(number) => {
                    known.insert(term, KnownTerm { number, salt: None });
                }
                None => {
                    unknown.insert(term);
                }
            }
        }
        *wanted = unknown;
        known
    }

    /// Remembers terms that are stored. They must be read from what was committed before: a
    /// transaction that fails takes its new terms with it.
    pub fn learn(&self, organization: i64, stored: &HashMap<Term, KnownTerm>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (term, known) in stored {
            if term.kind != TermKind::Agent && term.text.len() <= TEXT_BYTES_MAX {
                held.put(organization, term, known.number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(kind: TermKind, texts: &[&str]) -> BTreeSet<Term> {
        texts.iter().map(|text| Term::new(kind, *text)).collect()
    }

    fn stored(kind: TermKind, text: &str, number: i64) -> HashMap<Term, KnownTerm> {
        HashMap::from([(Term::new(kind, text), KnownTerm { number, salt: None })])
    }

    #[test]
    fn what_was_learnt_is_known_in_its_organization_alone() {
        let numbers = TermNumbers::default();
        numbers.learn(1, &stored(TermKind::Verb, "did", 7));
        let mut wanted = terms(TermKind::Verb, &["did", "does"]);
        let known = numbers.take_known(1, &mut wanted);
        assert_eq!(known, stored(TermKind::Verb, "did", 7));
        assert_eq!(wanted, terms(TermKind::Verb, &["does"]));
        let mut elsewhere = terms(TermKind::Verb, &["did"]);
        assert!(numbers.take_known(2, &mut elsewhere).is_empty());
        assert_eq!(elsewhere.len(), 1);
    }

    #[test]
    fn agents_and_long_texts_are_not_kept() {
        let numbers = TermNumbers::default();
        let long = "x".repeat(TEXT_BYTES_MAX + 1);
        numbers.learn(1, &stored(TermKind::Agent, "mbox:a@example.com", 1));
        numbers.learn(1, &stored(TermKind::Activity, &long, 2));
        let mut wanted = terms(TermKind::Agent, &["mbox:a@example.com"]);
        wanted.extend(terms(TermKind::Activity, &[&long]));
        assert!(numbers.take_known(1, &mut wanted).is_empty());
        assert_eq!(wanted.len(), 2);
    }

    #[test]
    fn what_is_used_stays_and_memory_is_bounded() {
        let numbers = TermNumbers::default();
        let used = terms(TermKind::Verb, &["used"]);
        numbers.learn(1, &stored(TermKind::Verb, "used", 0));
        for number in 1..i64::try_from(TERMS_MAX * 4).unwrap() {
            numbers.learn(1, &stored(TermKind::Activity, &number.to_string(), number));
            if number % 1_000 == 0 {
                assert_eq!(numbers.take_known(1, &mut used.clone()).len(), 1, "{number}");
            }
        }
        let held = numbers.0.lock().unwrap();
        assert!(held.young.terms + held.old.terms <= 2 * TERMS_MAX);
        assert!(held.old.get(1, &Term::new(TermKind::Activity, "1")).is_none());
    }
}
