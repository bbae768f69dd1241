//! Random operations on two handles, compared with the model.

use super::{Harness, Maker, Model, make::with_fact, model, start_time, two_handles};
use crate::{
    Append, AppendError, FactAbout, LookupKey, NewStatement, Position, StatementFilter, Store,
};
use domain::{OrganizationId, RegistrationId, StatementId};
use std::collections::BTreeSet;

const AGENTS: [&str; 3] = ["mbox:a@example.com", "mbox:b@example.com", "mbox:c@example.com"];
const VERBS: [&str; 2] = ["https://v.example/did", "http://adlnet.gov/expapi/verbs/passed"];
const ACTIVITIES: [&str; 3] = ["https://a.example/1", "https://a.example/2", "https://a.example/3"];

/// Does `rounds` random writes, each on one of two handles, and after each asks both a random
/// question whose answer the model knows.
pub async fn random_operations(harness: &dyn Harness, seed: u64, rounds: usize) {
    let stores = two_handles(harness, seed).await;
    let make = Maker::new(seed, start_time());
    let organization = make.organization(&*stores[0]).await;
    let registrations: Vec<_> =
        (0..2).map(|_| RegistrationId::new(make.statement_id().uuid())).collect();
    let mut model = Model::default();
    // Ids that are referred to before they are stored.
    let mut awaited: Vec<StatementId> = Vec::new();
    for round in 0..rounds {
        let new = statement(&make, &model, &mut awaited, &registrations);
        write(&*stores[make.below(2)], organization, &mut model, new).await;
        let filter = question(&make, &registrations);
        let page = stores[make.below(2)].statements(organization, &filter).await.unwrap();
        let found: Vec<_> = page.items.iter().map(|statement| statement.id).collect();
        assert_eq!(found, model.find(&filter), "seed {seed}, round {round}, {filter:?}");
        for statement in &page.items {
            let new = model.get(statement.id).unwrap();
            assert_eq!(statement.body, new.body(statement.stored), "seed {seed}, round {round}");
        }
        if make.once_in(20) || round + 1 == rounds {
            follow_facts(&*stores[make.below(2)], organization, &model, &make, round).await;
        }
    }
}

fn statement(
    make: &Maker,
    model: &Model,
    awaited: &mut Vec<StatementId>,
    registrations: &[RegistrationId],
) -> NewStatement {
    let who = AGENTS[make.below(AGENTS.len())];
    let ids = model.ids();
    let target = if make.once_in(4) {
        let id = make.statement_id();
        awaited.push(id);
        Some(id)
    } else if !ids.is_empty() && make.once_in(3) {
        Some(ids[make.below(ids.len())])
    } else {
        None
    };
    let mut new = match target {
        Some(target) => make.reference(who, target, make.once_in(3)),
        None => make.statement(
            who,
            VERBS[make.below(VERBS.len())],
            ACTIVITIES[make.below(ACTIVITIES.len())],
        ),
    };
    if !awaited.is_empty() && make.once_in(2) {
        new.id = awaited.swap_remove(make.below(awaited.len()));
        if new.facts.target == Some(new.id) {
            new.id = make.statement_id();
        }
        new.digest = domain::Sha256Digest::of(new.id.to_string().as_bytes());
    }
    if make.once_in(2) {
        let text = AGENTS[make.below(AGENTS.len())].to_owned();
        new.agents.push(LookupKey { text, direct: false });
        let text = ACTIVITIES[make.below(ACTIVITIES.len())].to_owned();
        new.activities.push(LookupKey { text, direct: false });
    }
    if make.once_in(3) {
        new.facts.registration = Some(registrations[make.below(registrations.len())]);
    }
    with_fact(new)
}

/// All facts, a few at a time, are those of the model in the order of the log.
async fn follow_facts(
    store: &dyn Store,
    organization: OrganizationId,
    model: &Model,
    make: &Maker,
    round: usize,
) {
    let (mut from, mut found) = (Position::FIRST, Vec::new());
    loop {
        let page = store.facts(organization, from, 1 + make.below(9)).await.unwrap().facts;
        let Some(last) = page.last() else { break };
        from = last.position.next();
        found.extend(page);
    }
    let numbers: BTreeSet<i64> = found
        .iter()
        .flat_map(|fact| {
            let activity = match fact.said.about {
                FactAbout::Activity(number) => Some(number),
                FactAbout::Statement(_) => None,
            };
            [fact.actor_term(), activity, Some(fact.authority)]
        })
        .flatten()
        .collect();
    let texts = store.fact_terms(organization, &numbers).await.unwrap();
    let said: Vec<_> = found.iter().map(|fact| model::SaidFact::of(fact, &texts)).collect();
    assert_eq!(said, model.facts(), "round {round}");
    let count = store.fact_count(organization).await.unwrap();
    assert_eq!(usize::try_from(count), Ok(said.len()), "round {round}");
}

/// Writes a statement, sometimes twice; the model says what must come of it.
async fn write(
    store: &dyn Store,
    organization: OrganizationId,
    model: &mut Model,
    new: NewStatement,
) {
    let mut unit = Append::new(organization);
    unit.statements = vec![new.clone()];
    let forbidden = new
        .facts
        .voids
        .and_then(|target| model.get(target))
        .is_some_and(|target| target.facts.voids.is_some());
    match store.append(unit.clone()).await {
        Ok(appended) => {
            assert!(!forbidden, "a voiding statement was voided");
            let first = appended.statements[0];
            assert!(first.new);
            let again = store.append(unit).await.unwrap().statements[0];
            assert_eq!((again.position, again.new), (first.position, false));
            assert_eq!(usize::try_from(first.position.index()), Ok(model.ids().len()));
            model.push(new, first.stored);
        }
        Err(AppendError::VoidsVoiding { .. }) => assert!(forbidden, "refused without reason"),
        Err(error) => panic!("{error}"),
    }
}

fn question(make: &Maker, registrations: &[RegistrationId]) -> StatementFilter {
    let pick = |from: &[&str]| from[make.below(from.len())].to_owned();
    StatementFilter {
        agent: make.once_in(2).then(|| pick(&AGENTS)),
        related_agents: make.once_in(2),
        verb: make.once_in(3).then(|| pick(&VERBS)),
        activity: make.once_in(2).then(|| pick(&ACTIVITIES)),
        related_activities: make.once_in(2),
        registration: make.once_in(4).then(|| registrations[make.below(registrations.len())]),
        ascending: make.once_in(2),
        ..StatementFilter::newest(1 + make.below(20))
    }
}
