//! Which person an actor is (audit rules, 1.4.2 and 1.10.19).

use crate::fact::without_scheme;
use crate::view::PersonIndex;
use crate::world::{IdentityKind, Person, visible};
use crate::{ActorName, Day, Window};
use domain::Timestamp;
use std::borrow::Cow;
use std::collections::HashMap;

/// Who answers to which name, and when.
#[derive(Debug, Default)]
pub(crate) struct Identities<'w> {
    mail: HashMap<String, Vec<(PersonIndex, Window)>>,
    sha1: HashMap<String, Vec<(PersonIndex, Window)>>,
    accounts: HashMap<&'w str, Vec<(PersonIndex, Window)>>,
    pseudonyms: HashMap<&'w str, Vec<(PersonIndex, Window)>>,
    /// The kinds that no statement matches: subjects and numbers.
    others: HashMap<&'w str, Vec<(PersonIndex, Window)>>,
}

impl<'w> Identities<'w> {
    /// The identities of `people` that were known at `as_of`.
    pub(crate) fn of(people: &[&'w Person], as_of: Timestamp) -> Self {
        let mut found = Self::default();
        for (person, row) in people.iter().enumerate() {
            for identity in visible(&row.identities, as_of) {
                let link = (person, identity.days());
                match identity.kind {
                    IdentityKind::Mbox => found.add_mail(without_scheme(&identity.value), link),
                    IdentityKind::Account => {
                        found.accounts.entry(&identity.value).or_default().push(link);
                    }
                    IdentityKind::Pseudonym => {
                        found.pseudonyms.entry(&identity.value).or_default().push(link);
                    }
                    IdentityKind::IdpSubject | IdentityKind::EmployeeNo => {
                        found.others.entry(&identity.value).or_default().push(link);
                    }
                }
            }
        }
        found
    }

    /// A sum is known of the address as it is stored, and of it in lower case.
    fn add_mail(&mut self, address: &str, link: (PersonIndex, Window)) {
        let lower = address.to_lowercase();
        let sum =
            |address: &str| sha1_smol::Sha1::from(format!("mailto:{address}")).digest().to_string();
        if lower != address {
            self.sha1.entry(sum(address)).or_default().push(link);
        }
        self.sha1.entry(sum(&lower)).or_default().push(link);
        self.mail.entry(lower).or_default().push(link);
    }

    /// The one person who answers to `actor` on `day`; `None` when nobody does, or several do.
    pub(crate) fn person_of(&self, actor: &ActorName, day: Day) -> Option<PersonIndex> {
        let links = match actor {
            ActorName::Mbox(address) => self.mail.get(lower(address).as_ref()),
            ActorName::MboxSha1(sum) => self.sha1.get(sum.as_str()),
            ActorName::Account(account) => self.accounts.get(account.as_str()),
            ActorName::Pseudonym(pseudonym) => self.pseudonyms.get(pseudonym.as_str()),
            ActorName::Other => None,
        };
        only(links?.iter().filter(|(_, days)| days.holds(day)).map(|(person, _)| *person))
    }

    /// The one person with this mail address on `day`.
    pub(crate) fn by_mail(&self, address: &str, day: Day) -> Option<PersonIndex> {
        self.person_of(&ActorName::Mbox(without_scheme(address).into()), day)
    }

    /// The people who have ever had this mail address.
    pub(crate) fn ever_with_mail(&self, address: &str) -> impl Iterator<Item = PersonIndex> {
        let address = without_scheme(address).to_lowercase();
        self.mail.get(&address).into_iter().flatten().map(|(person, _)| *person)
    }

    /// The one person whom another system knows by this text on `day`, whatever kind of name it is.
    pub(crate) fn by_any(&self, text: &str, day: Day) -> Option<PersonIndex> {
        let mail = self.mail.get(without_scheme(text).to_lowercase().as_str());
        let links = [mail, self.accounts.get(text), self.others.get(text)].into_iter().flatten();
        let live = links.flatten().filter(|(_, days)| days.holds(day));
        only(live.map(|(person, _)| *person))
    }
}

fn lower(address: &str) -> Cow<'_, str> {
    if address.chars().any(char::is_uppercase) {
        Cow::Owned(address.to_lowercase())
    } else {
        Cow::Borrowed(address)
    }
}

/// The one that they all are.
fn only(mut people: impl Iterator<Item = PersonIndex>) -> Option<PersonIndex> {
    let first = people.next()?;
    people.all(|person| person == first).then_some(first)
}
