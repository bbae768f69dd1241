//! How long many facts take to read: printed, for whoever measures.

use super::{Harness, Maker, start_time, two_handles};
use crate::{Append, FACTS_PAGE_MAX, LookupKey, Position};
use domain::RegistrationId;
use std::{collections::BTreeSet, time::Instant};

/// Statements of one commit.
const BATCH: usize = 1_000;

/// Stores `count` passes of `people` people in six courses, reads all their facts, and those of one
/// person, and prints how long each took.
pub async fn measure_facts(harness: &dyn Harness, people: usize, count: usize) {
    let store = &*two_handles(harness, 1).await[0];
    let make = Maker::new(1, start_time());
    let organization = make.organization(store).await;
    let start = Instant::now();
    for _ in 0..count / BATCH {
        let mut unit = Append::new(organization);
        for _ in 0..BATCH {
            let who = format!("mbox:somebody.{}@people.example", make.below(people));
            let what = format!("https://own.example/x/courses/{}/1", make.below(6));
            let registration = RegistrationId::new(make.statement_id().uuid());
            let mut new = make.runtime(registration, "passed", &what);
            new.agents = vec![LookupKey { text: who.clone(), direct: true }];
            new.actor = who;
            unit.statements.push(new);
        }
        store.append(unit).await.unwrap();
    }
    println!("{count} statements stored in {:?}", start.elapsed());
    for _ in 0..3 {
        let (start, mut from, mut read) = (Instant::now(), Position::FIRST, 0);
        loop {
            let page = store.facts(organization, from, FACTS_PAGE_MAX).await.unwrap().facts;
            let Some(last) = page.last() else { break };
            from = last.position.next();
            read += page.len();
        }
        println!("{read} facts read in {:?}", start.elapsed());
        assert_eq!(read, count / BATCH * BATCH);
    }
    let one = BTreeSet::from(["mbox:somebody.7@people.example".to_owned()]);
    let start = Instant::now();
    let found = store.facts_of(organization, &one, FACTS_PAGE_MAX).await.unwrap().facts.len();
    println!("{found} facts of one person read in {:?}", start.elapsed());
}
