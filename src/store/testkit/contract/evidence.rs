//! Where statements come from.

use crate::{
    Append, Claim, ERASED_VALUE, Erasure, ErasureCounts, EventFilter, Mentions, NewEvent,
    NewStatement, Position, StatementFilter, Store, testkit::Maker,
};
use domain::OrganizationId;

pub(super) async fn a_claim_is_kept_with_its_statement(store: &dyn Store, make: &Maker) {
    let organization = make.organization(store).await;
    let statement =
        || make.statement("mbox:a@example.com", "https://v.example/did", "https://a.example/1");
    let claim = Claim {
        stored: Some("2019-05-01T10:00:00Z".to_owned()),
        authority: Some(r#"{"mbox":"mailto:lrs@example.com"}"#.to_owned()),
        authority_key: Some("mbox:lrs@example.com".to_owned()),
        source: make.digest(),
        line: 7,
    };
    let mut replayed = statement();
    replayed.claim = Some(claim.clone());
    let mut unit = Append::new(organization);
    unit.statements = vec![replayed.clone(), statement()];
    store.append(unit).await.unwrap();
    assert_eq!(store.claim(organization, Position::FIRST).await.unwrap(), Some(claim));
    assert_eq!(store.claim(organization, Position::new(1)).await.unwrap(), None);
    let entries = store.entries(organization, Position::FIRST, 2).await.unwrap();
    let texts = entries.iter().map(|one| String::from_utf8(one.entry.clone()).unwrap());
    let bound: Vec<_> = texts.map(|text| text.contains(r#""claim":"#)).collect();
    assert_eq!(bound, [true, false]);

    // Done again without its claim it is the same statement, and the claim stays.
    let mut unit = Append::new(organization);
    unit.statements = vec![NewStatement { claim: None, ..replayed }];
    assert!(!store.append(unit).await.unwrap().statements[0].new);
    assert!(store.claim(organization, Position::FIRST).await.unwrap().is_some());
    let other = make.organization(store).await;
    assert_eq!(store.claim(other, Position::FIRST).await.unwrap(), None);
}

pub(super) async fn an_erased_person_leaves_entries_alone(store: &dyn Store, make: &Maker) {
    let organization = make.organization(store).await;
    let by = |who: &str| make.statement(who, "https://v.example/did", "https://a.example/1");
    let (ann, bob) = ("mbox:ann@example.com", "mbox:bob@example.com");
    let gone = [by(ann), by(ann)];
    let refers = make.reference(bob, gone[0].id, false);
    let mut mention = by(bob);
    mention.agents.push(crate::LookupKey { text: ann.to_owned(), direct: false });
    let mut unit = Append::new(organization);
    unit.statements = vec![gone[0].clone(), by(bob), gone[1].clone(), refers.clone(), mention];
    store.append(unit).await.unwrap();
    let before = store.entries(organization, Position::FIRST, 10).await.unwrap();
    let erasure = Erasure {
        identities: vec![ann.to_owned()],
        emails: Vec::new(),
        mentions: Mentions::Erase,
        ordered_by: "key ak_1".to_owned(),
        reason: "a request".to_owned(),
    };
    let counts = store.erasure_counts(organization, &erasure).await.unwrap();
    assert_eq!((counts.statements, counts.mentions), (2, 1));
    let mut unit = Append::new(organization);
    unit.erase = Some(erasure.clone());
    // Together in the queue with what the person does meanwhile: that is found or stays whole.
    let mut meanwhile = Append::new(organization);
    meanwhile.statements = vec![by(bob)];
    let (erased, stored) = tokio::join!(store.append(unit), store.append(meanwhile));
    let erased = erased.unwrap().erased.unwrap();
    assert!(stored.unwrap().statements[0].new);
    assert_eq!(erased.counts, counts);

    for one in &gone {
        assert!(store.statement(organization, one.id).await.unwrap().is_none());
        let told = store.erased_statement(organization, one.id).await.unwrap().unwrap();
        assert_eq!((told.erased_by, told.erased_at), (erased.entries[0], erased.at));
    }
    assert!(store.erased_statement(organization, refers.id).await.unwrap().is_none());
    let found = store.statements(organization, &StatementFilter::newest(10)).await.unwrap();
    assert_eq!(found.items.len(), 3);
    let filter = StatementFilter {
        agent: Some(ann.to_owned()),
        related_agents: true,
        ..StatementFilter::newest(10)
    };
    assert_eq!(store.statements(organization, &filter).await.unwrap().items, []);
    let after = store.entries(organization, Position::FIRST, 10).await.unwrap();
    for (index, (before, after)) in before.iter().zip(&after).enumerate() {
        assert_eq!(before.entry, after.entry);
        assert_eq!(after.salt.is_none(), [0, 2, 4].contains(&index), "{index}");
    }
    let entry = after.iter().find(|one| one.position == erased.entries[0]).unwrap();
    let text = String::from_utf8(entry.entry.clone()).unwrap();
    assert!(text.contains(r#""positions":[[0,0],[2,2],[4,4]]"#), "{text}");
    assert!(!text.contains("ak_1") && !text.contains("request"), "{text}");
    assert_eq!(
        store.erasure_counts(organization, &erasure).await.unwrap(),
        ErasureCounts::default()
    );
    assert_eq!(store.rebuild_vocabulary(organization, false).await.unwrap(), Vec::<String>::new());

    let first = before[0].entry.clone();
    who_comes_again_is_new(store, make, organization, &gone[0], &first).await;
    store.compact().await.unwrap();
}

/// The id of an erased statement does not come back, and the person is somebody new.
async fn who_comes_again_is_new(
    store: &dyn Store,
    make: &Maker,
    organization: OrganizationId,
    gone: &NewStatement,
    entry: &[u8],
) {
    let mut unit = Append::new(organization);
    unit.statements = vec![gone.clone()];
    assert!(store.append(unit).await.is_err());
    let mut unit = Append::new(organization);
    unit.statements =
        vec![make.statement(&gone.actor, "https://v.example/did", "https://a.example/1")];
    let again = store.append(unit).await.unwrap().statements[0].position;
    let entries = store.entries(organization, again, 1).await.unwrap();
    assert_ne!(entries[0].entry[..64], entry[..64]);
}

pub(super) async fn an_erased_person_empties_the_events_about_them(
    store: &dyn Store,
    make: &Maker,
) {
    let (ann, bob) = ("mbox:ann@example.com", "person:bob");
    let about = |who: &str| NewEvent {
        value: r#"{"ip":"192.0.2.7"}"#.to_owned(),
        source: r#"{"row":"5f"}"#.to_owned(),
        about: NewEvent::person(who),
        ..make.event("one")
    };
    let organization = make.organization(store).await;
    let elsewhere = make.organization(store).await;
    for organization in [organization, elsewhere] {
        let mut unit = Append::new(organization);
        unit.statements = vec![make.statement(ann, "https://v.example/did", "https://a.example/1")];
        unit.events = vec![about(ann), about(bob), make.event("two"), about(ann)];
        store.append(unit).await.unwrap();
    }
    let all = EventFilter::default();
    let before = store.events(organization, &all, 10).await.unwrap().items;
    assert_eq!(before[0].event, about(ann), "what was written is read");
    let erasure = Erasure {
        // Two names of one person find an event once.
        identities: vec![ann.to_owned(), ann.to_owned()],
        emails: Vec::new(),
        mentions: Mentions::Keep,
        ordered_by: "key ak_1".to_owned(),
        reason: "a request".to_owned(),
    };
    let counts = store.erasure_counts(organization, &erasure).await.unwrap();
    assert_eq!((counts.statements, counts.events), (1, 2));
    let entries = store.entries(organization, Position::FIRST, 10).await.unwrap();
    let mut unit = Append::new(organization);
    unit.erase = Some(erasure.clone());
    let erased = store.append(unit).await.unwrap().erased.unwrap();
    assert_eq!(erased.counts, counts);

    let after = store.events(organization, &all, 10).await.unwrap().items;
    let emptied = NewEvent {
        value: ERASED_VALUE.to_owned(),
        source: "null".to_owned(),
        about: None,
        ..about(ann)
    };
    let expected = [emptied.clone(), about(bob), make.event("two"), emptied];
    for (found, expected) in after.iter().zip(&expected) {
        assert_eq!(found.event, *expected);
    }
    let left = store.entries(organization, Position::FIRST, 10).await.unwrap();
    for (index, (before, after)) in entries.iter().zip(&left).enumerate() {
        assert_eq!(before.entry, after.entry);
        assert_eq!(after.salt.is_none(), [0, 1, 4].contains(&index), "{index}");
    }
    let entry = left.iter().find(|one| one.position == erased.entries[0]).unwrap();
    let text = String::from_utf8(entry.entry.clone()).unwrap();
    assert!(text.contains(r#""positions":[[0,1],[4,4]]"#), "{text}");
    assert_eq!(
        store.erasure_counts(organization, &erasure).await.unwrap(),
        ErasureCounts::default()
    );
    let others = store.events(elsewhere, &all, 10).await.unwrap().items;
    assert_eq!(others[0].event, about(ann), "another organization's stay");
}
