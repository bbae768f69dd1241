//! Completion facts as an audit reads them: complete, up to date, and without names when those are
//! gone.

use crate::{
    packages::{sco, scorm12},
    world::{BASE, World, agent},
};
use app::{Caller, ErasureRequest, ReplayOptions, SentStatements};
use audit::{About, ActorName, Fact, Facts, Origin, Verb};
use domain::{Grade, Scope, StatementId, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use xapi::Version;

const COURSE: &str = "https://example.com/course";

impl World {
    async fn facts(&self) -> Vec<Fact> {
        list(&self.app.facts(self.organization()).await.unwrap())
    }

    async fn store(&self, client: &Caller, statement: &Value) -> StatementId {
        let content_type = "application/json".to_owned();
        let sent = SentStatements { content_type, body: statement.to_string().into() };
        self.app.post_statements(client, &sent, Version::V1_0).await.unwrap()[0]
    }

    async fn forget(&self, who: &str) {
        let actors = vec![agent(who).to_string()];
        let reason = "a request".to_owned();
        let request = ErasureRequest { actors, reason, ..ErasureRequest::default() };
        self.app.erase(&self.operator, &request).await.unwrap();
    }

    /// Replays one statement of another store.
    async fn replay(&self, statement: &Value) {
        let mut spool = self.app.spool(&self.operator).await.unwrap();
        spool.write(statement.to_string().as_bytes()).await.unwrap();
        let file = spool.finish().await.unwrap();
        let (reader, digest) = (file.reader(), file.digest());
        let options = ReplayOptions { reason: "move".to_owned(), ..ReplayOptions::default() };
        let replayed =
            self.app.replay_statements(&self.operator, reader, digest, &options, &|_, _| ()).await;
        assert_eq!(replayed.unwrap().stored, 1);
    }
}

fn list(facts: &Facts) -> Vec<Fact> {
    facts.iter().cloned().collect()
}

fn passed(who: &str) -> Value {
    json!({
        "actor": agent(who),
        "verb": { "id": "http://adlnet.gov/expapi/verbs/passed" },
        "object": { "id": COURSE },
        "result": { "score": { "scaled": 0.8 }, "duration": "PT12M" },
        "timestamp": "2025-10-09T08:00:00.5Z",
    })
}

fn voiding(target: StatementId) -> Value {
    json!({
        "actor": agent("admin"),
        "verb": { "id": "http://adlnet.gov/expapi/verbs/voided" },
        "object": { "objectType": "StatementRef", "id": target },
    })
}

fn account(name: &str) -> ActorName {
    ActorName::Account(format!("https://people.example|{name}").into())
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn facts_are_what_the_statements_say_as_they_come() {
    let world = World::new().await;
    assert_eq!(world.facts().await, []);
    let client = world.client(&[Scope::StatementsWrite]).await;
    let first = world.store(&client, &passed("ada")).await;
    let before = world.app.facts(world.organization()).await.unwrap();
    let [fact] = list(&before).try_into().unwrap();
    assert_eq!((fact.id, &fact.actor, fact.verb), (first, &account("ada"), Some(Verb::Passed)));
    assert_eq!(fact.about, About::Activity(COURSE.into()));
    assert_eq!((fact.scaled, fact.seconds), (Some(0.8), Some(720.0)));
    assert_eq!(fact.timestamp, time("2025-10-09T08:00:00.5Z"));
    assert_eq!((fact.stored, fact.origin), (fact.recorded_at, Origin::Client));
    // The fact is what its bytes say, so that a verifier who has these alone finds the same.
    let body = world.store.statement(world.organization(), first).await.unwrap().unwrap().body;
    assert_eq!(fact, Fact::read(&body).unwrap());
    let key = fact.authority_key.clone().unwrap();
    assert!(key.starts_with(&format!("account:{BASE}|ak_")), "{key}");
    assert_eq!(fact.graded(|trusted| trusted == key.as_str()), Grade::B);

    world.wait(60);
    let group = json!({ "objectType": "Group", "mbox": "mailto:team@example.com" });
    let mut of_group = passed("bob");
    of_group["actor"] = group;
    world.store(&client, &of_group).await;
    world.store(&client, &voiding(first)).await;
    let facts = world.facts().await;
    assert_eq!(facts.len(), 3);
    assert_eq!(facts[1].actor, ActorName::Other, "a group is nobody");
    assert_eq!((facts[2].verb, &facts[2].about), (Some(Verb::Voided), &About::Statement(first)));
    assert_eq!(before.len(), 1, "what was handed out stays as it was");

    let ada = BTreeSet::from(["account:https://people.example|ada".to_owned()]);
    let hers = world.app.facts_of(world.organization(), &ada).await.unwrap();
    assert_eq!(list(&hers), [facts[0].clone(), facts[2].clone()]);
    let elsewhere = world.another_node();
    assert_eq!(list(&elsewhere.facts(world.organization()).await.unwrap()), facts);
}

#[tokio::test]
async fn what_the_run_time_saw_is_told_from_what_was_said() {
    let world = World::new().await;
    let course = world.course(&scorm12(&[sco("one")])).await;
    let mut player = world.play(course).await;
    player.open("one").await;
    player.does(&["init", "set cmi.core.lesson_status passed", "end"]).await;
    let facts = world.facts().await;
    assert!(facts.iter().any(|fact| fact.verb == Some(Verb::Passed)), "{facts:?}");
    for fact in facts {
        assert_eq!(fact.graded(|_| false), Grade::A);
        assert_eq!(fact.registration, Some(player.registration.uuid()));
    }
}

#[tokio::test]
async fn a_replayed_fact_keeps_the_claim_and_is_known_since_it_came() {
    let world = World::new().await;
    let mut foreign = passed("ada");
    foreign["id"] = json!("fd41c918-b88b-4b20-a0a5-a4c32391aaa0");
    foreign["stored"] = json!("2019-05-01T10:00:00Z");
    foreign["timestamp"] = json!("2019-05-01T09:00:00Z");
    foreign["authority"] = json!({ "mbox": "mailto:lrs@example.com" });
    world.replay(&foreign).await;
    // One without `timestamp`, and with a time of storing that cannot be.
    foreign["id"] = json!("fd41c918-b88b-4b20-a0a5-a4c32391aaa1");
    foreign.as_object_mut().unwrap().remove("timestamp");
    world.replay(&foreign).await;
    foreign["id"] = json!("fd41c918-b88b-4b20-a0a5-a4c32391aaa2");
    foreign["stored"] = json!("2999-01-01T00:00:00Z");
    world.replay(&foreign).await;
    let facts = world.facts().await;
    let claimed = time("2019-05-01T10:00:00Z");
    assert_eq!((facts[0].stored, facts[0].timestamp), (claimed, time("2019-05-01T09:00:00Z")));
    assert!(facts[0].recorded_at > claimed);
    assert_eq!((facts[1].stored, facts[1].timestamp), (claimed, claimed));
    assert_eq!((facts[2].stored, facts[2].timestamp), (facts[2].recorded_at, facts[2].recorded_at));
    for fact in &facts {
        assert_eq!(
            (fact.origin, fact.authority()),
            (Origin::Replayed, Some("mbox:lrs@example.com"))
        );
        assert_eq!(fact.graded(|key| key == "mbox:lrs@example.com"), Grade::B);
        assert_eq!(fact.graded(|_| false), Grade::C);
    }
}

#[tokio::test]
async fn facts_that_were_read_lose_the_name_that_is_erased() {
    let world = World::new().await;
    let client = world.client(&[Scope::StatementsWrite]).await;
    world.store(&client, &passed("ada")).await;
    world.store(&client, &passed("bob")).await;
    let before = world.facts().await;
    assert_eq!(before[0].actor, account("ada"));
    world.forget("ada").await;
    world.store(&client, &passed("ada")).await;
    let after = world.facts().await;
    let ActorName::Pseudonym(pseudonym) = &after[0].actor else { panic!("{after:?}") };
    let entry =
        &world.store.entries(world.organization(), store::Position::FIRST, 1).await.unwrap()[0];
    assert!(String::from_utf8_lossy(&entry.entry).contains(pseudonym.as_str()));
    let nameless = Fact { actor: after[0].actor.clone(), erased: true, ..before[0].clone() };
    assert_eq!(after[0], nameless, "all but the name stays");
    assert_eq!(after[1], before[1]);
    assert_eq!((&after[2].actor, after[2].erased), (&account("ada"), false), "somebody new");
    world.forget("bob").await;
    assert!(matches!(world.facts().await[1].actor, ActorName::Pseudonym(_)));
}
