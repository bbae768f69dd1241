//! Reference data: people, requirements, exceptions and the rest, as the trail's events say. The
//! rules are in `audit::reference`; here they meet the store.

mod feeds;
mod history;
mod people;
mod things;
mod trail;

pub(crate) use feeds::Tried;
pub use feeds::{
    ERRORS_KEPT_MAX, EVENTS_IN_ONE_COMMIT_MAX, FEED_BYTES_MAX, FeedFile, FeedRun, FeedRunValue,
};
pub use history::{HistoryFilter, HistoryPage};
pub use people::{PersonQuery, PersonRow};
pub use things::{Made, Thing, Version};
pub(crate) use trail::{Trails, reference_event};

use audit::reference::{Change, Entity, Fault, IdentityValue, Named, Op, Trail};
use audit::world::IdentityKind;
use domain::Role;
use std::collections::BTreeSet;
use store::{EventOp, NewEvent};

/// Who may look at reference data.
const READERS: [Role; 2] = [Role::ComplianceLead, Role::Auditor];
/// Who may change it.
const WRITERS: [Role; 1] = [Role::ComplianceLead];

/// Faults in a line.
pub(crate) fn told(faults: &[Fault]) -> String {
    let each: Vec<String> = faults.iter().map(ToString::to_string).collect();
    each.join("; ")
}

/// The event that records a change.
fn event_of(change: &Change, actor: &str, reason: &str, source: &str) -> NewEvent {
    NewEvent {
        actor: actor.to_owned(),
        reason: reason.to_owned(),
        entity: change.entity.as_str().to_owned(),
        entity_id: change.id.clone(),
        op: match change.op {
            Op::Assert => EventOp::Assert,
            Op::Retract => EventOp::Retract,
        },
        valid_from: change.from.map(|day| day.to_string()),
        valid_to: change.to.map(|day| day.to_string()),
        value: change.value.to_string(),
        source: source.to_owned(),
        // A retraction says nothing of anybody, and stays.
        about: match (&change.named, change.op) {
            (Some(named), Op::Assert) => NewEvent::person(&name_of(named)),
            _ => None,
        },
    }
}

/// What an erasure calls somebody whom reference data tells of.
fn name_of(named: &Named) -> String {
    match named {
        Named::Person(id) => format!("person:{id}"),
        Named::Mail(address) => format!("mail:{address}"),
    }
}

/// What reference data calls the person with these identifiers of the LRS: the owner of the mail
/// addresses, and everyone who ever had one of the names.
pub(crate) fn names_of(trail: &Trail, identifiers: &[String]) -> Vec<String> {
    let mut names = BTreeSet::new();
    let mail: BTreeSet<String> = identifiers
        .iter()
        .filter_map(|one| Some(one.strip_prefix("mbox:")?.to_lowercase()))
        .collect();
    let accounts: BTreeSet<&str> =
        identifiers.iter().filter_map(|one| one.strip_prefix("account:")).collect();
    names.extend(mail.iter().map(|address| name_of(&Named::Mail(address.clone()))));
    for stated in trail.history(Entity::Identity) {
        let Ok(said) = stated.asserted.read::<IdentityValue>() else { continue };
        let is_it = match said.kind {
            IdentityKind::Mbox => {
                let address = said.value.strip_prefix("mailto:").unwrap_or(&said.value);
                mail.contains(&address.to_lowercase())
            }
            IdentityKind::Account => accounts.contains(said.value.as_str()),
            _ => false,
        };
        if is_it {
            names.insert(name_of(&Named::Person(said.person)));
        }
    }
    names.into_iter().collect()
}
