//! Stored facts read as an audit has them, their texts shared.

use crate::{AppError, statements::account_key};
use audit::{About, ActorName, Fact, Origin, Text};
use domain::Timestamp;
use std::collections::{BTreeSet, HashMap, HashSet};
use store::{CompletionFact, FactAbout, FactActor, FactClaim, REPLAY_AUTHORITY, RUNTIME_AUTHORITY};

/// Why facts could not be read.
pub(super) enum NotRead {
    /// A term has no text: its person was erased since the facts were read, or it never was.
    NoText(i64),
    /// The store could not be asked.
    Failed(AppError),
}

impl From<AppError> for NotRead {
    fn from(error: AppError) -> Self {
        Self::Failed(error)
    }
}

/// Who vouches for what, by the number of a credential's term.
struct Voucher {
    origin: Origin,
    /// The canonical identifier of its account.
    key: Text,
}

/// The texts of terms and of claims, each once.
#[derive(Default)]
pub(super) struct Words {
    actors: HashMap<i64, ActorName>,
    activities: HashMap<i64, Text>,
    vouchers: HashMap<i64, Voucher>,
    /// Authorities that other stores claimed, and reasons.
    others: HashSet<Text>,
    bytes: usize,
}

impl Words {
    /// The terms of facts whose texts are not known yet.
    pub(super) fn unknown(&self, facts: &[CompletionFact]) -> BTreeSet<i64> {
        let mut unknown = BTreeSet::new();
        for fact in facts {
            unknown.extend(fact.actor_term().filter(|term| !self.actors.contains_key(term)));
            if let FactAbout::Activity(term) = fact.said.about
                && !self.activities.contains_key(&term)
            {
                unknown.insert(term);
            }
            if !self.vouchers.contains_key(&fact.authority) {
                unknown.insert(fact.authority);
            }
        }
        unknown
    }

    /// Learns what the terms of facts stand for; `home_page` is that of the organization's accounts.
    pub(super) fn learn(
        &mut self,
        facts: &[CompletionFact],
        texts: &HashMap<i64, String>,
        home_page: &str,
    ) {
        self.bytes += texts.values().map(|text| text.len() + TEXT_BYTES).sum::<usize>();
        for fact in facts {
            if let Some((term, text)) = found(fact.actor_term(), texts) {
                self.actors.entry(term).or_insert_with(|| actor_name(text));
            }
            let activity = match fact.said.about {
                FactAbout::Activity(term) => Some(term),
                FactAbout::Statement(_) => None,
            };
            if let Some((term, text)) = found(activity, texts) {
                self.activities.entry(term).or_insert_with(|| text.into());
            }
            if let Some((term, text)) = found(Some(fact.authority), texts) {
                self.vouchers.entry(term).or_insert_with(|| Voucher {
                    origin: match text {
                        RUNTIME_AUTHORITY => Origin::Runtime,
                        REPLAY_AUTHORITY => Origin::Replayed,
                        _ => Origin::Client,
                    },
                    key: account_key(home_page, text).into(),
                });
            }
        }
    }

    /// How many bytes they take, about.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The text, as the one that is there already.
    fn shared(&mut self, text: &str) -> Text {
        if let Some(known) = self.others.get(text) {
            return known.clone();
        }
        let text = Text::from(text);
        self.bytes += text.len() + TEXT_BYTES;
        self.others.insert(text.clone());
        text
    }

    /// A stored fact as an audit has it.
    pub(super) fn read(
        &mut self,
        fact: &CompletionFact,
        claim: Option<&FactClaim>,
    ) -> Result<Fact, NotRead> {
        let said = &fact.said;
        let actor = match &fact.actor {
            _ if said.is_group => ActorName::Other,
            FactActor::Pseudonym(pseudonym) => ActorName::Pseudonym(self.shared(pseudonym)),
            FactActor::Term(term) => self.actors.get(term).ok_or(NotRead::NoText(*term))?.clone(),
        };
        let about = match said.about {
            FactAbout::Statement(id) => About::Statement(id),
            FactAbout::Activity(term) => {
                About::Activity(self.activities.get(&term).ok_or(NotRead::NoText(term))?.clone())
            }
        };
        let unknown = NotRead::NoText(fact.authority);
        let voucher = self.vouchers.get(&fact.authority).ok_or(unknown)?;
        let (origin, ours) = (voucher.origin, voucher.key.clone());
        let (stored, authority_key) = if origin == Origin::Replayed {
            let key = claim.and_then(|claim| claim.authority_key.as_deref());
            (claimed_time(fact, claim), key.map(|key| self.shared(key)))
        } else {
            (fact.recorded_at, Some(ours))
        };
        Ok(Fact {
            id: fact.id,
            actor,
            verb: Some(said.verb),
            about,
            scaled: said.scaled,
            seconds: said.duration.as_deref().and_then(audit::seconds),
            waiver_reason: said.waiver_reason.as_deref().map(|reason| self.shared(reason)),
            registration: said.registration.map(domain::RegistrationId::uuid),
            timestamp: said.timestamp.unwrap_or(stored),
            stored,
            recorded_at: fact.recorded_at,
            authority_key,
            origin,
            grade: None,
            erased: fact.erased,
        })
    }
}

/// What a shared text takes besides its bytes: the text's and the map's own parts.
const TEXT_BYTES: usize = 96;

fn found(term: Option<i64>, texts: &HashMap<i64, String>) -> Option<(i64, &str)> {
    let term = term?;
    Some((term, texts.get(&term)?.as_str()))
}

/// When the other store says that it stored the statement, if that can be: not later than here.
fn claimed_time(fact: &CompletionFact, claim: Option<&FactClaim>) -> Timestamp {
    let claimed = claim.and_then(|claim| claim.stored.as_ref()?.parse::<Timestamp>().ok());
    claimed.map_or(fact.recorded_at, |claimed| claimed.min(fact.recorded_at))
}

/// Who a canonical identifier names.
fn actor_name(key: &str) -> ActorName {
    match key.split_once(':') {
        Some(("mbox", address)) => ActorName::Mbox(address.into()),
        Some(("sha1", hash)) => ActorName::MboxSha1(hash.to_ascii_lowercase().into()),
        Some(("account", account)) => ActorName::Account(account.into()),
        _ => ActorName::Other,
    }
}
