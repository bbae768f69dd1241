//! Completion facts.

use crate::{
    Append, Claim, CompletionFact, Erasure, FactAbout, FactActor, FactClaim, LookupKey, Mentions,
    NewFact, NewStatement, Position, Store, testkit::Maker,
};
use domain::{EvidenceVerb, OrganizationId, RegistrationId, StatementId};
use std::collections::BTreeSet;

const COURSE: &str = "https://a.example/1";
const ANN: &str = "mbox:ann@example.com";

async fn all(store: &dyn Store, organization: OrganizationId) -> Vec<CompletionFact> {
    store.facts(organization, Position::FIRST, 100).await.unwrap().facts
}

async fn append(store: &dyn Store, organization: OrganizationId, statements: Vec<NewStatement>) {
    let mut unit = Append::new(organization);
    unit.statements = statements;
    store.append(unit).await.unwrap();
}

fn places(facts: &[CompletionFact]) -> Vec<u64> {
    facts.iter().map(|fact| fact.position.index()).collect()
}

/// Statements whose verbs an audit knows have facts, which say what they say.
pub(super) async fn facts_say_what_the_statements_say(store: &dyn Store, make: &Maker) {
    let organization = make.organization(store).await;
    let registration = RegistrationId::new(make.statement_id().uuid());
    let rest = format!(
        r#","result":{{"score":{{"scaled":0.75}},"duration":"PT12M","extensions":{{"https://w3id.org/xapi/cmi5/result/extensions/reason":"Tested Out"}}}},"context":{{"registration":"{registration}"}}"#
    );
    let waived = make.outcome("ann@example.com", EvidenceVerb::Waived, COURSE, &rest);
    let passed = make.outcome("bob@example.com", EvidenceVerb::Passed, COURSE, "");
    let other = make.statement(ANN, "https://v.example/did", COURSE);
    let comment = make.reference(ANN, passed.id, false);
    let voids = make.reference("mbox:admin@example.com", waived.id, true);
    let ids = [waived.id, passed.id, voids.id];
    append(store, organization, vec![waived, other, passed, comment, voids]).await;
    let found = all(store, organization).await;
    assert_eq!(places(&found), [0, 2, 4]);
    assert_eq!(found.iter().map(|fact| fact.id).collect::<Vec<_>>(), ids);
    assert_eq!(store.fact_count(organization).await.unwrap(), 3);

    let fact = &found[0];
    let FactAbout::Activity(activity) = fact.said.about else { panic!("{fact:?}") };
    let actor = fact.actor_term().unwrap();
    let numbers = BTreeSet::from([activity, actor, fact.authority, -1]);
    let texts = store.fact_terms(organization, &numbers).await.unwrap();
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert_eq!(
        [&texts[&activity], &texts[&actor], &texts[&fact.authority]],
        [COURSE, ANN, "ak_test"]
    );
    let said = &fact.said;
    assert_eq!((said.verb, said.scaled), (EvidenceVerb::Waived, Some(0.75)));
    assert_eq!(said.duration.as_deref(), Some("PT12M"));
    assert_eq!(said.waiver_reason.as_deref(), Some("Tested Out"));
    assert_eq!(said.registration, Some(registration));
    assert_eq!((said.timestamp, fact.erased), (None, false));
    let stored = store.statement(organization, ids[0]).await.unwrap().unwrap().stored;
    assert_eq!(fact.recorded_at, stored);
    assert_eq!(found[2].said.about, FactAbout::Statement(ids[0]));

    // Of one person, with what voids it, whoever does.
    let ann = BTreeSet::from([ANN.to_owned(), "mbox:nobody@example.com".to_owned()]);
    let of_ann = store.facts_of(organization, &ann, 10).await.unwrap();
    assert_eq!(of_ann.facts, [found[0].clone(), found[2].clone()]);
    let elsewhere = make.organization(store).await;
    assert_eq!(all(store, elsewhere).await, []);
    assert_eq!(store.facts_of(elsewhere, &ann, 10).await.unwrap().facts, []);
    assert!(store.fact_terms(elsewhere, &numbers).await.unwrap().is_empty());
    assert_eq!(store.fact_count(elsewhere).await.unwrap(), 0);
    assert_eq!(store.rebuild_facts(elsewhere, true).await.unwrap(), []);
}

/// A page says what was claimed of the statements on it that were replayed.
pub(super) async fn facts_come_with_their_claims(store: &dyn Store, make: &Maker) {
    let organization = make.organization(store).await;
    let outcome = || make.outcome("ann@example.com", EvidenceVerb::Passed, COURSE, "");
    let claim = Claim {
        stored: Some("2019-05-01T10:00:00Z".to_owned()),
        authority: Some(r#"{"mbox":"mailto:lrs@example.com"}"#.to_owned()),
        authority_key: Some("mbox:lrs@example.com".to_owned()),
        source: make.digest(),
        line: 1,
    };
    let replayed = || NewStatement { claim: Some(claim.clone()), ..outcome() };
    append(store, organization, vec![outcome(), replayed(), outcome(), replayed()]).await;
    let claimed = |index| FactClaim {
        position: Position::new(index),
        stored: claim.stored.clone(),
        authority_key: claim.authority_key.clone(),
    };
    let page = store.facts(organization, Position::FIRST, 3).await.unwrap();
    assert_eq!((places(&page.facts), page.claims), (vec![0, 1, 2], vec![claimed(1)]));
    let page = store.facts(organization, Position::new(3), 3).await.unwrap();
    assert_eq!((places(&page.facts), page.claims), (vec![3], vec![claimed(3)]));
    let page = store.facts(organization, Position::new(4), 3).await.unwrap();
    assert_eq!((page.facts, page.claims), (Vec::new(), Vec::new()));
    let ann = BTreeSet::from([ANN.to_owned()]);
    let page = store.facts_of(organization, &ann, 10).await.unwrap();
    assert_eq!((page.facts.len(), page.claims), (4, vec![claimed(1), claimed(3)]));
}

/// Facts of an erased person stay, by the pseudonym that the log has. A statement of somebody else
/// that goes with them keeps who it is by, and loses its words.
pub(super) async fn facts_of_an_erased_person_name_nobody(store: &dyn Store, make: &Maker) {
    let reason = |reason: &str| {
        format!(
            r#","result":{{"extensions":{{"https://w3id.org/xapi/cmi5/result/extensions/reason":"{reason}"}}}}"#
        )
    };
    let waived = |who: &str, why: &str| {
        make.outcome(&format!("{who}@example.com"), EvidenceVerb::Waived, COURSE, &reason(why))
    };
    for mentions in [Mentions::Erase, Mentions::Keep] {
        let organization = make.organization(store).await;
        let mut mention = waived("bob", "Ann said so");
        mention.agents.push(LookupKey { text: ANN.to_owned(), direct: false });
        let statements = vec![
            waived("ann", "Ann is ill"),
            waived("bob", "for Bob"),
            mention,
            waived("ann", "Administrative"),
        ];
        append(store, organization, statements).await;
        let before = all(store, organization).await;
        let mut unit = Append::new(organization);
        unit.erase = Some(Erasure {
            identities: vec![ANN.to_owned()],
            emails: Vec::new(),
            mentions,
            ordered_by: "key ak_1".to_owned(),
            reason: "a request".to_owned(),
        });
        store.append(unit).await.unwrap();

        let after = all(store, organization).await;
        let whole = |index: usize| before[index].clone();
        assert_eq!(after[1], whole(1));
        let expected = match mentions {
            Mentions::Keep => whole(2),
            Mentions::Erase => {
                let mut fact = whole(2);
                (fact.erased, fact.said.waiver_reason) = (true, None);
                fact
            }
        };
        assert_eq!(after[2], expected);
        let entries = store.entries(organization, Position::FIRST, 4).await.unwrap();
        for (index, reason) in [(0, None), (3, Some("Administrative"))] {
            let fact = &after[index];
            let FactActor::Pseudonym(pseudonym) = &fact.actor else { panic!("{fact:?}") };
            let begin = format!(r#"{{"actor":"{pseudonym}""#);
            assert!(entries[index].entry.starts_with(begin.as_bytes()));
            assert_eq!((fact.erased, fact.said.waiver_reason.as_deref()), (true, reason));
        }
        let ann = BTreeSet::from([ANN.to_owned()]);
        assert_eq!(store.facts_of(organization, &ann, 10).await.unwrap().facts, []);
        assert_eq!(store.rebuild_facts(organization, true).await.unwrap(), []);
        assert_eq!(all(store, organization).await, after, "what cannot be made again stays");
    }
}

/// What the statements do not say is found, and corrected when that is asked for.
pub(super) async fn facts_are_made_again_from_the_statements(store: &dyn Store, make: &Maker) {
    let organization = make.organization(store).await;
    let rest = r#","result":{"score":{"scaled":0.5},"duration":"PT1M"}"#;
    let outcome = || make.outcome("ann@example.com", EvidenceVerb::Passed, COURSE, rest);
    let did = make.defining("ann@example.com", "Ann", COURSE, "{}");
    let claims = |new: NewStatement, fact: Option<NewFact>| NewStatement { fact, ..new };
    let better = outcome().fact.map(|fact| NewFact { scaled: Some(1.0), ..fact });
    let mut right = Vec::new();
    // More than one page of the check, the wrong ones on its edges.
    for index in 0..450 {
        let one = match index {
            0 | 199 => claims(outcome(), None),
            200 => claims(outcome(), better.clone()),
            449 => claims(did.clone(), outcome().fact),
            _ => outcome(),
        };
        right.push(one);
    }
    let ids: Vec<StatementId> = right.iter().map(|new| new.id).collect();
    append(store, organization, right).await;
    let wrong: Vec<Position> = [0, 199, 200, 449].map(Position::new).to_vec();
    let before = store.facts(organization, Position::FIRST, 1_000).await.unwrap();
    assert_eq!(store.rebuild_facts(organization, false).await.unwrap(), wrong);
    let checked = store.facts(organization, Position::FIRST, 1_000).await.unwrap();
    assert_eq!(checked, before, "a check changes nothing");
    assert_eq!(store.rebuild_facts(organization, true).await.unwrap(), wrong);
    assert_eq!(store.rebuild_facts(organization, false).await.unwrap(), []);
    let after = store.facts(organization, Position::FIRST, 1_000).await.unwrap().facts;
    assert_eq!(after.iter().map(|fact| fact.id).collect::<Vec<_>>(), ids[..449]);
    assert!(after.iter().all(|fact| fact.said == after[1].said));
}
