//! Definitions of activities and names of agents.

use crate::{
    Append, Defined, Erasure, Gathered, Mentions, StatementFilter, Store, Term, TermKind,
    testkit::Maker,
};
use domain::OrganizationId;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

const ACTIVITY: &str = "https://a.example/1";
const AGENT: &str = "mbox:a@example.com";

/// What the store tells of the activity and the agent.
async fn told(store: &dyn Store, organization: OrganizationId) -> Gathered {
    let wanted = BTreeSet::from([ACTIVITY.to_owned(), "https://a.example/none".to_owned()]);
    let mut found: HashMap<_, _> = store.definitions(organization, &wanted).await.unwrap();
    let definition = found.remove(ACTIVITY);
    assert!(found.is_empty(), "{found:?}");
    Gathered { definition, names: store.agent_names(organization, AGENT).await.unwrap() }
}

/// Writers on both handles define the same things at once: what is known in the end is what the
/// log says, read in its order, with what those said left out who may not define.
pub(super) async fn what_is_defined_is_gathered_in_the_order_of_the_log(
    stores: &[Arc<dyn Store>; 2],
    make: &Maker,
) {
    const WRITERS: usize = 4;
    const EACH: usize = 10;
    let organization = make.organization(&*stores[0]).await;
    let mut writers = Vec::new();
    let mut silent = BTreeSet::new();
    for writer in 0..WRITERS {
        let store = Arc::clone(&stores[writer % 2]);
        let mut units = Vec::new();
        for number in 0..EACH {
            let definition = format!(
                r#"{{"name":{{"en":"{writer} {number}","x-{writer}":"n"}},"type":"https://t.example/{writer}"}}"#
            );
            let name = format!("name {}", make.below(6));
            let mut new = make.defining("a@example.com", &name, ACTIVITY, &definition);
            if make.once_in(4) {
                silent.insert(new.id);
                new.defined = None;
            }
            units.push(new);
        }
        writers.push(tokio::spawn(async move {
            for pair in units.chunks(2) {
                let mut unit = Append::new(organization);
                unit.statements = pair.to_vec();
                store.append(unit.clone()).await.unwrap();
                // A repetition defines nothing again.
                store.append(unit).await.unwrap();
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let filter = StatementFilter { ascending: true, ..StatementFilter::newest(100) };
    let log = stores[1].statements(organization, &filter).await.unwrap().items;
    assert_eq!(log.len(), WRITERS * EACH);
    let mut expected = Gathered::default();
    for statement in log.iter().filter(|statement| !silent.contains(&statement.id)) {
        let defined = Defined::read(&statement.body).unwrap();
        expected.add(&Term::new(TermKind::Activity, ACTIVITY), &defined);
        expected.add(&Term::new(TermKind::Agent, AGENT), &defined);
    }
    for store in stores {
        assert_eq!(told(&**store, organization).await, expected);
    }
    let differing = stores[0].rebuild_vocabulary(organization, false).await.unwrap();
    assert!(differing.is_empty(), "{differing:?}");
    // Correcting what is right changes nothing.
    assert!(stores[1].rebuild_vocabulary(organization, true).await.unwrap().is_empty());
    assert_eq!(told(&*stores[0], organization).await, expected);
    let other = make.organization(&*stores[0]).await;
    assert_eq!(told(&*stores[0], other).await, Gathered::default());
}

pub(super) async fn a_unit_that_fails_defines_nothing(store: &dyn Store, make: &Maker) {
    let organization = make.organization(store).await;
    let first = make.defining("a@example.com", "A", ACTIVITY, r#"{"name":{"en":"one"}}"#);
    let mut unit = Append::new(organization);
    unit.statements = vec![first.clone()];
    store.append(unit.clone()).await.unwrap();
    let before = told(store, organization).await;
    assert_eq!(before.definition.as_deref(), Some(r#"{"name":{"en":"one"}}"#));
    assert_eq!(Vec::from_iter(before.names.clone()), ["A"]);
    let second = make.defining("a@example.com", "B", ACTIVITY, r#"{"name":{"en":"two"}}"#);
    let conflict = crate::NewStatement { digest: make.digest(), ..first };
    unit.statements = vec![second, conflict];
    store.append(unit).await.unwrap_err();
    assert_eq!(told(store, organization).await, before);
}

/// What others have said as well stays, and what they have said instead is in force again.
pub(super) async fn what_an_erased_person_alone_had_said_is_unsaid(
    store: &dyn Store,
    make: &Maker,
) {
    let organization = make.organization(store).await;
    let bobs = r#"{"name":{"en":"One"},"type":"https://t.example/1"}"#;
    let anns = r#"{"name":{"en":"Uno","it":"Ann's"},"moreInfo":"https://ann.example/"}"#;
    let mut unit = Append::new(organization);
    unit.statements = vec![
        make.defining("b@example.com", "Bob", ACTIVITY, bobs),
        make.defining("ann@example.com", "Ann", ACTIVITY, anns),
        // It names the activity and says nothing of it.
        make.statement("mbox:ann@example.com", "https://v.example/did", ACTIVITY),
        make.defining("a@example.com", "A", "https://a.example/2", r#"{"name":{"en":"Two"}}"#),
    ];
    store.append(unit).await.unwrap();
    let known = told(store, organization).await;
    assert!(known.definition.as_deref().is_some_and(|text| text.contains("Ann's")), "{known:?}");
    let mut unit = Append::new(organization);
    unit.erase = Some(Erasure {
        identities: vec!["mbox:ann@example.com".to_owned()],
        emails: Vec::new(),
        mentions: Mentions::Erase,
        ordered_by: "key ak_1".to_owned(),
        reason: "a request".to_owned(),
    });
    store.append(unit).await.unwrap();
    let known = told(store, organization).await;
    assert_eq!(known.definition.as_deref(), Some(bobs));
    assert_eq!(known.names, BTreeSet::from(["A".to_owned()]), "nobody else is forgotten");
    assert!(store.agent_names(organization, "mbox:ann@example.com").await.unwrap().is_empty());
    assert_eq!(store.rebuild_vocabulary(organization, false).await.unwrap(), Vec::<String>::new());
}
