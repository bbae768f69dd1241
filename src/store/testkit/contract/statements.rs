//! Statements and the log.

use crate::{
    Append, AppendError, LookupKey, NewStatement, Position, StatementFilter, Store, testkit::Maker,
};
use domain::{OrganizationId, StatementId};
use std::{collections::HashSet, sync::Arc};

async fn append(
    store: &dyn Store,
    organization: OrganizationId,
    statements: Vec<NewStatement>,
) -> Result<Vec<crate::AppendedStatement>, AppendError> {
    let mut unit = Append::new(organization);
    unit.statements = statements;
    store.append(unit).await.map(|appended| appended.statements)
}

async fn found(
    store: &dyn Store,
    organization: OrganizationId,
    filter: &StatementFilter,
) -> Vec<StatementId> {
    let page = store.statements(organization, filter).await.unwrap();
    page.items.into_iter().map(|statement| statement.id).collect()
}

pub(super) async fn equal_statements_are_stored_once(store: &dyn Store, make: &Maker) {
    let organization = make.organization(store).await;
    let one = make.statement("mbox:a@example.com", "https://v.example/did", "https://a.example/1");
    let first = append(store, organization, vec![one.clone()]).await.unwrap();
    let again = append(store, organization, vec![one.clone()]).await.unwrap();
    assert!(first[0].new && !again[0].new);
    assert_eq!((first[0].position, first[0].stored), (again[0].position, again[0].stored));
    let stored = store.statement(organization, one.id).await.unwrap().unwrap();
    assert_eq!(stored.body, one.body(stored.stored));
    assert_eq!((stored.position, stored.authority), (Position::FIRST, one.facts.authority.clone()));

    let other = NewStatement { digest: make.digest(), ..one.clone() };
    let error = append(store, organization, vec![other]).await.unwrap_err();
    assert!(matches!(error, AppendError::Conflict { id } if id == one.id), "{error}");
    let twice =
        make.statement("mbox:a@example.com", "https://v.example/did", "https://a.example/1");
    let error = append(store, organization, vec![twice.clone(), twice]).await.unwrap_err();
    assert!(matches!(error, AppendError::RepeatedId { .. }), "{error}");
}

pub(super) async fn a_unit_that_fails_writes_nothing(store: &dyn Store, make: &Maker) {
    let organization = make.organization(store).await;
    let one = make.statement("mbox:a@example.com", "https://v.example/did", "https://a.example/1");
    append(store, organization, vec![one.clone()]).await.unwrap();
    let good = make.statement("mbox:b@example.com", "https://v.example/did", "https://a.example/2");
    let conflict = NewStatement { digest: make.digest(), ..one };
    // Together in the queue: the bad unit must not take the good one with it.
    let (bad, fine) = tokio::join!(
        append(store, organization, vec![good.clone(), conflict]),
        append(
            store,
            organization,
            vec![make.statement(
                "mbox:c@example.com",
                "https://v.example/did",
                "https://a.example/3"
            )]
        ),
    );
    assert!(bad.is_err());
    assert_eq!(fine.unwrap()[0].position, Position::new(1));
    assert!(store.statement(organization, good.id).await.unwrap().is_none());
    assert_eq!(store.entries(organization, Position::FIRST, 10).await.unwrap().len(), 2);
    let nowhere = OrganizationId::new(make.statement_id().uuid());
    let error = append(store, nowhere, vec![good]).await.unwrap_err();
    assert!(matches!(error, AppendError::Missing { what: "organization" }), "{error}");
}

pub(super) async fn a_voiding_statement_voids_before_and_after(store: &dyn Store, make: &Maker) {
    let organization = make.organization(store).await;
    let what = "https://a.example/1";
    let [before, after] =
        [(); 2].map(|()| make.statement("mbox:a@example.com", "https://v.example/did", what));
    let voids_before = make.reference("mbox:b@example.com", before.id, true);
    let voids_after = make.reference("mbox:b@example.com", after.id, true);
    append(store, organization, vec![before.clone()]).await.unwrap();
    append(store, organization, vec![voids_after.clone(), voids_before.clone()]).await.unwrap();
    append(store, organization, vec![after.clone()]).await.unwrap();
    for id in [before.id, after.id] {
        assert!(store.statement(organization, id).await.unwrap().unwrap().voided);
    }
    // The voiding statements stay, and are found by what the voided ones say.
    let filter = StatementFilter { activity: Some(what.to_owned()), ..StatementFilter::newest(10) };
    assert_eq!(found(store, organization, &filter).await, [voids_before.id, voids_after.id]);
    let third = make.reference("mbox:b@example.com", voids_before.id, true);
    let error = append(store, organization, vec![third]).await.unwrap_err();
    assert!(matches!(error, AppendError::VoidsVoiding { .. }), "{error}");
}

pub(super) async fn a_reference_is_found_by_what_its_target_says(store: &dyn Store, make: &Maker) {
    let organization = make.organization(store).await;
    let target =
        make.statement("mbox:a@example.com", "https://v.example/did", "https://a.example/1");
    let middle = make.reference("mbox:b@example.com", target.id, false);
    let outer = make.reference("mbox:c@example.com", middle.id, false);
    // The chain is there before what it ends at.
    append(store, organization, vec![outer.clone()]).await.unwrap();
    append(store, organization, vec![middle.clone()]).await.unwrap();
    append(store, organization, vec![target.clone()]).await.unwrap();
    let by_agent = |agent: &str| StatementFilter {
        agent: Some(agent.to_owned()),
        ascending: true,
        ..StatementFilter::newest(10)
    };
    let all = [outer.id, middle.id, target.id];
    assert_eq!(found(store, organization, &by_agent("mbox:a@example.com")).await, all);
    assert_eq!(found(store, organization, &by_agent("mbox:b@example.com")).await, all[..2]);
    assert_eq!(found(store, organization, &by_agent("mbox:c@example.com")).await, all[..1]);
    // Each condition may be met by another statement of the chain.
    let mixed = StatementFilter {
        activity: Some("https://a.example/1".to_owned()),
        ..by_agent("mbox:b@example.com")
    };
    assert_eq!(found(store, organization, &mixed).await, all[..2]);
}

pub(super) async fn a_page_holds_few_statements_when_they_are_long(
    store: &dyn Store,
    make: &Maker,
) {
    let organization = make.organization(store).await;
    let long = || {
        let mut new =
            make.statement("mbox:a@example.com", "https://v.example/did", "https://a.example/1");
        new.pieces.push(vec![b' '; crate::PAGE_BYTES_MAX / 3]);
        new
    };
    let all: Vec<_> = (0..7).map(|_| long()).collect();
    append(store, organization, all.clone()).await.unwrap();
    for ascending in [true, false] {
        let mut filter = StatementFilter { ascending, ..StatementFilter::newest(100) };
        let (mut seen, mut sizes) = (Vec::new(), Vec::new());
        loop {
            let page = store.statements(organization, &filter).await.unwrap();
            sizes.push(page.items.len());
            seen.extend(page.items.into_iter().map(|statement| statement.id));
            filter.after = page.next;
            if filter.after.is_none() {
                break;
            }
        }
        let mut expected: Vec<_> = all.iter().map(|new| new.id).collect();
        if !ascending {
            expected.reverse();
        }
        assert_eq!(seen, expected);
        assert_eq!(sizes, [2, 2, 2, 1]);
    }
}

pub(super) async fn what_is_related_is_found_only_when_asked_for(store: &dyn Store, make: &Maker) {
    let organization = make.organization(store).await;
    let mut one =
        make.statement("mbox:a@example.com", "https://v.example/did", "https://a.example/1");
    one.agents.push(LookupKey { text: "mbox:team@example.com".to_owned(), direct: false });
    one.activities.push(LookupKey { text: "https://a.example/parent".to_owned(), direct: false });
    append(store, organization, vec![one.clone()]).await.unwrap();
    let parent = StatementFilter {
        activity: Some("https://a.example/parent".to_owned()),
        ..StatementFilter::newest(10)
    };
    let related = StatementFilter { related_activities: true, ..parent.clone() };
    assert!(found(store, organization, &parent).await.is_empty());
    assert_eq!(found(store, organization, &related).await, [one.id]);
    let team = StatementFilter {
        agent: Some("mbox:team@example.com".to_owned()),
        ..StatementFilter::newest(10)
    };
    assert!(found(store, organization, &team).await.is_empty());
    let related = StatementFilter { related_agents: true, ..team };
    assert_eq!(found(store, organization, &related).await, [one.id]);
    let mine = |authority: &str| StatementFilter {
        authority: domain::CredentialId::parse(authority).ok(),
        ..StatementFilter::newest(10)
    };
    assert_eq!(found(store, organization, &mine("ak_test")).await, [one.id]);
    assert!(found(store, organization, &mine("ak_other")).await.is_empty());
}

pub(super) async fn pages_join_to_the_whole(store: &dyn Store, make: &Maker) {
    let organization = make.organization(store).await;
    let statements: Vec<_> = (0..25)
        .map(|_| {
            make.statement("mbox:a@example.com", "https://v.example/did", "https://a.example/1")
        })
        .collect();
    let stored = append(store, organization, statements).await.unwrap();
    let ids: Vec<_> = stored.iter().map(|statement| statement.id).collect();
    for agent in [None, Some("mbox:a@example.com".to_owned())] {
        for ascending in [true, false] {
            let mut filter =
                StatementFilter { agent: agent.clone(), ascending, ..StatementFilter::newest(7) };
            let mut joined = Vec::new();
            loop {
                let page = store.statements(organization, &filter).await.unwrap();
                joined.extend(page.items.iter().map(|statement| statement.id));
                filter.after = page.next;
                if filter.after.is_none() {
                    break;
                }
            }
            if !ascending {
                joined.reverse();
            }
            assert_eq!(joined, ids);
        }
        // Later than the tenth, up to the twentieth and with it.
        let between = StatementFilter {
            agent,
            since: Some(stored[9].stored),
            until: Some(stored[19].stored),
            ascending: true,
            ..StatementFilter::newest(100)
        };
        assert_eq!(found(store, organization, &between).await, ids[10..20]);
        let never = StatementFilter { since: Some(stored[24].stored), ..between.clone() };
        assert!(found(store, organization, &never).await.is_empty());
    }
}

/// Writers on both handles, and a follower on each: positions are gap-free, in the order of
/// commits and of `stored`, and who reads on from a position misses nothing.
pub(super) async fn a_follower_misses_nothing(stores: &[Arc<dyn Store>; 2], make: &Maker) {
    const WRITERS: usize = 8;
    const EACH: usize = 25;
    let organization = make.organization(&*stores[0]).await;
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let store = Arc::clone(&stores[writer % 2]);
        let statements: Vec<_> = (0..EACH)
            .map(|_| {
                make.statement("mbox:a@example.com", "https://v.example/did", "https://a.example/1")
            })
            .collect();
        writers.push(tokio::spawn(async move {
            for new in statements {
                append(&*store, organization, vec![new]).await.unwrap();
            }
        }));
    }
    let mut followers = Vec::new();
    for store in stores.iter().map(Arc::clone) {
        followers.push(tokio::spawn(async move {
            let (mut next, mut last, mut seen) = (Position::FIRST, None, 0);
            while seen < WRITERS * EACH {
                for entry in store.entries(organization, next, 16).await.unwrap() {
                    assert_eq!(entry.position, next, "an entry appeared behind the follower");
                    assert!(last < Some(entry.stored), "stored does not order as positions do");
                    (next, last, seen) = (next.next(), Some(entry.stored), seen + 1);
                }
                tokio::task::yield_now().await;
            }
        }));
    }
    for task in writers.into_iter().chain(followers) {
        task.await.unwrap();
    }
    let all = StatementFilter::newest(1_000);
    let distinct: HashSet<_> = found(&*stores[1], organization, &all).await.into_iter().collect();
    assert_eq!(distinct.len(), WRITERS * EACH);
}

pub(super) async fn consistency_is_promised_only_for_the_past(store: &dyn Store, make: &Maker) {
    let organization = make.organization(store).await;
    for _ in 0..3 {
        let through = store.consistent_through(organization).await.unwrap();
        let one =
            make.statement("mbox:a@example.com", "https://v.example/did", "https://a.example/1");
        let stored = append(store, organization, vec![one]).await.unwrap()[0].stored;
        assert!(stored > through, "{stored} was promised to be over ({through})");
    }
}

pub(super) async fn organizations_do_not_see_each_other(
    stores: &[Arc<dyn Store>; 2],
    make: &Maker,
) {
    let (store, other) = (&*stores[0], &*stores[1]);
    let (ours, theirs) = (make.organization(store).await, make.organization(store).await);
    let one = make.statement("mbox:a@example.com", "https://v.example/did", "https://a.example/1");
    append(store, ours, vec![one.clone()]).await.unwrap();
    let (enrolment, unit) = make.enrolment(ours);
    store.append(unit).await.unwrap();
    assert!(other.statement(theirs, one.id).await.unwrap().is_none());
    assert!(found(other, theirs, &StatementFilter::newest(10)).await.is_empty());
    assert!(other.entries(theirs, Position::FIRST, 10).await.unwrap().is_empty());
    assert!(other.course(theirs, enrolment.course).await.unwrap().is_none());
    assert!(other.registration(theirs, enrolment.registration).await.unwrap().is_none());
    assert!(other.courses(theirs, None, 10).await.unwrap().items.is_empty());
    // The same id may be stored by both, each at the start of its own log.
    let appended =
        append(other, theirs, vec![NewStatement { digest: make.digest(), ..one.clone() }]);
    assert_eq!(appended.await.unwrap()[0].position, Position::FIRST);
    let mut unit = Append::new(theirs);
    unit.writes = vec![crate::Write::UpdateRegistration {
        registration: enrolment.registration,
        state: "stolen".to_owned(),
    }];
    let error = store.append(unit).await.unwrap_err();
    assert!(matches!(error, AppendError::Missing { what: "registration" }), "{error}");
}
