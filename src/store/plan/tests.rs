//! The rules without a database; the adapters' contract shows them with one.

use super::plan;
use crate::{
    Append, AppendError, Facts, Head, LookupKey, NewStatement, ObjectFact, Plan, Position,
    RegistrationRecord, RegistrationRevision, World, unpack_keys,
};
use domain::{
    CredentialId, OrganizationId, RegistrationId, SeededEntropy, Sha256Digest, StatementId,
    Timestamp,
};
use std::time::Duration;
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_micros(1_000_000);

fn organization() -> OrganizationId {
    OrganizationId::new(Uuid::from_u128(1))
}

fn world(head: Head) -> World {
    World::new(organization(), "https://own.example/".to_owned(), head)
}

fn statement(number: u128, target: Option<u128>, voids: bool) -> NewStatement {
    let id = StatementId::new(Uuid::from_u128(number));
    let target = target.map(|number| StatementId::new(Uuid::from_u128(number)));
    NewStatement {
        id,
        pieces: vec![b"<".to_vec(), b"|".to_vec(), b">".to_vec()],
        digest: Sha256Digest::of(&number.to_le_bytes()),
        actor: "mbox:a@example.com".to_owned(),
        facts: Facts {
            verb: "https://v.example/did".to_owned(),
            object: target.map_or(ObjectFact::Agent, ObjectFact::Statement),
            registration: None,
            timestamp: None,
            success: None,
            completion: None,
            score: None,
            duration: None,
            voids: target.filter(|_| voids),
            target,
            authority: CredentialId::parse("ak_1").unwrap(),
            attempt: None,
            attachments: Vec::new(),
        },
        agents: vec![LookupKey { text: format!("mbox:{number}@example.com"), direct: true }],
        activities: Vec::new(),
        defined: None,
        fact: None,
        claim: None,
        attachments: Vec::new(),
    }
}

fn decide(world: World, units: Vec<Vec<NewStatement>>) -> Plan {
    let units: Vec<_> = units
        .into_iter()
        .map(|statements| Append { statements, ..Append::new(organization()) })
        .collect();
    plan(world, &units, NOW, &SeededEntropy::new(1))
}

#[test]
fn stored_rises_with_every_entry_even_when_the_clock_goes_back() {
    let ahead = NOW.plus(Duration::from_secs(5));
    let seven = (0..7_u8).map(|n| ledger::leaf_hash(&[n]));
    let frontier: ledger::Frontier = seven.collect();
    let head =
        Head { stored: ahead, next: Position::new(7), frontier: frontier.clone(), ..Head::EMPTY };
    let plan =
        decide(world(head), vec![vec![statement(1, None, false), statement(2, None, false)]]);
    let places: Vec<_> =
        plan.entries.iter().map(|entry| (entry.position.index(), entry.stored)).collect();
    let micro = Duration::from_micros(1);
    assert_eq!(places, [(7, ahead.plus(micro)), (8, ahead.plus(micro).plus(micro))]);
    assert_eq!(plan.head.next, Position::new(9));
    let mut expected = frontier;
    expected.extend(plan.entries.iter().map(|row| ledger::leaf_hash(&row.entry)));
    assert_eq!((expected.size(), &expected), (9, &plan.head.frontier));
    let text = format!("<{0}|{0}>", plan.entries[0].stored);
    assert_eq!(plan.statements[0].body, text.into_bytes());
}

#[test]
fn a_failing_unit_takes_no_position_and_hurts_no_other() {
    let conflict = NewStatement { digest: Sha256Digest::of(b""), ..statement(1, None, false) };
    let plan = decide(
        world(Head::EMPTY),
        vec![
            vec![statement(1, None, false)],
            vec![statement(2, None, false), conflict],
            vec![statement(3, None, false)],
        ],
    );
    assert!(matches!(plan.outcomes[1], Err(AppendError::Conflict { .. })));
    let positions: Vec<_> = plan.statements.iter().map(|row| row.position.index()).collect();
    assert_eq!(positions, [0, 1]);
    assert!(!plan.terms.iter().any(|row| row.term.text.contains("mbox:2@")));
}

#[test]
fn references_that_go_in_a_circle_end() {
    let units = vec![
        vec![statement(1, Some(2), false)],
        vec![statement(2, Some(3), false)],
        vec![statement(3, Some(1), false)],
    ];
    let plan = decide(world(Head::EMPTY), units);
    for position in 0..3 {
        let agents =
            plan.keys.iter().filter(|key| key.position.index() == position).filter(|key| {
                plan.terms
                    .iter()
                    .any(|row| row.number == key.term && row.term.text.starts_with("mbox:"))
            });
        assert_eq!(agents.count(), 3, "the statement at {position} lacks an agent of the circle");
    }
    assert!(plan.statements.iter().all(|row| unpack_keys(&row.keys).is_some()));
}

#[test]
fn a_voiding_statement_in_the_same_unit_may_not_be_voided() {
    let plan = decide(
        world(Head::EMPTY),
        vec![vec![statement(1, Some(9), true), statement(2, Some(1), true)]],
    );
    assert!(matches!(plan.outcomes[0], Err(AppendError::VoidsVoiding { .. })));
    assert!(plan.is_empty());
}

#[test]
fn an_unknown_registration_is_missing() {
    let registration = RegistrationId::new(Uuid::from_u128(5));
    let mut unit = Append::new(organization());
    unit.expect = Some(RegistrationRevision { registration, revision: 0 });
    let plan = plan(world(Head::EMPTY), &[unit], NOW, &SeededEntropy::new(1));
    assert!(matches!(plan.outcomes[0], Err(AppendError::Missing { what: "registration" })));
}

#[test]
fn a_record_reads_back_to_the_same_bytes() {
    let mut record = RegistrationRecord::default();
    let mut one = statement(1, None, false);
    one.facts.authority = CredentialId::parse(crate::RUNTIME_AUTHORITY).unwrap();
    record.fold(&["https://own.example/course".to_owned()], one.id, NOW, &one.facts);
    let text = serde_json::to_string(&record).unwrap();
    let again: RegistrationRecord = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), text);
    assert_eq!(record.first_at, Some(NOW));
}
