//! Reads that a replica may serve.

use super::ledger::{checkpoint, key};
use crate::{Append, Position, RegistrationFilter, StatementFilter, Store, Write, testkit::Maker};
use std::sync::Arc;

/// Without a replica they find what was written last, through every handle, as the reads that are
/// never behind do, page by page.
pub(super) async fn without_a_replica_nothing_lags(stores: &[Arc<dyn Store>; 2], make: &Maker) {
    let (store, other) = (&*stores[0], &*stores[1]);
    let (organization, empty) = (make.organization(store).await, make.organization(store).await);
    let (enrolment, unit) = make.enrolment(organization);
    let (registration, session) = (enrolment.registration, make.session_id());
    store.append(unit).await.unwrap();
    let mut unit = Append::new(organization);
    unit.statements = (0..3).map(|_| make.runtime(registration, "experienced", "a")).collect();
    let calls = (1..=3).map(|number| make.call(registration, session, number));
    unit.writes = vec![Write::LogCalls(calls.collect())];
    let last = store.append(unit).await.unwrap().statements[2].stored;
    let through = other.lagging().consistent_through(organization).await.unwrap();
    store.create_signing_key(organization, &key(1, make)).await.unwrap();
    for size in 1..=2 {
        let signed = checkpoint(size, b"a root", "a note", make);
        store.keep_checkpoint(organization, &signed, 1).await.unwrap();
    }

    let lagging = other.lagging();
    let by_two = StatementFilter::newest(2);
    let page = lagging.statements(organization, &by_two).await.unwrap();
    assert_eq!((page.items.len(), page.items[0].stored), (2, last));
    assert_eq!(page, store.statements(organization, &by_two).await.unwrap());
    let rest = StatementFilter { after: page.next, ..by_two.clone() };
    assert_eq!(lagging.statements(organization, &rest).await.unwrap().items.len(), 1);
    let all = RegistrationFilter::default();
    let page = lagging.registrations(organization, &all, 5).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!(page, store.registrations(organization, &all, 5).await.unwrap());
    let page = lagging.calls(organization, registration, Some(session), None, 2).await.unwrap();
    assert_eq!(page.items.len(), 2);
    let again = store.calls(organization, registration, Some(session), None, 2).await.unwrap();
    assert_eq!(page, again);
    let page = lagging.calls(organization, registration, None, page.next, 2).await.unwrap();
    assert_eq!((page.items.len(), page.next), (1, None));
    let from = Position::new(1);
    let entries = lagging.entries(organization, from, 2).await.unwrap();
    assert_eq!(entries.iter().map(|one| one.position.index()).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(entries, store.entries(organization, from, 2).await.unwrap());
    let page = lagging.checkpoints(organization, Some(1), 5).await.unwrap();
    assert_eq!(page.items.iter().map(|one| one.size).collect::<Vec<_>>(), [2]);
    assert_eq!(page, store.checkpoints(organization, Some(1), 5).await.unwrap());

    let mut unit = Append::new(organization);
    unit.statements = vec![make.runtime(registration, "terminated", "a")];
    let next = store.append(unit).await.unwrap().statements[0].stored;
    assert!(next > through, "{next} was promised to be over ({through})");

    // Of another organization there is none of it.
    assert_eq!(lagging.statements(empty, &by_two).await.unwrap().items, []);
    assert_eq!(lagging.registrations(empty, &all, 5).await.unwrap().items, []);
    assert_eq!(lagging.calls(empty, registration, None, None, 5).await.unwrap().items, []);
    assert_eq!(lagging.entries(empty, Position::FIRST, 5).await.unwrap(), []);
    assert_eq!(lagging.checkpoints(empty, None, 5).await.unwrap().items, []);
}
