//! Audit answers from a store: what people owed, by the trail, and did, by their statements.

use crate::{
    packages::{sco, scorm12},
    world::{World, agent, asked},
};
use app::{
    AppError, AuditAnswer, AuditFormat, AuditQuestion, Caller, Origin, SignedFrom,
    play::wire::AttestRequest,
};
use audit::{Status, TableName};
use domain::{CourseId, Role, Sha256Digest, Timestamp, UserId};
use serde_json::{Value, json};
use store::{Append, EventFilter, EventOp, NewEvent};

/// The world's clock begins on 2025-10-09.
const SINCE: &str = "2025-10-01";

impl World {
    async fn say(&self, entity: &str, id: &str, from: Option<&str>, value: Value) {
        let mut append = Append::new(self.organization());
        append.events.push(NewEvent {
            actor: "user lead@learn.example".to_owned(),
            reason: "a test".to_owned(),
            entity: entity.to_owned(),
            entity_id: id.to_owned(),
            op: EventOp::Assert,
            valid_from: from.map(str::to_owned),
            valid_to: None,
            value: value.to_string(),
            source: "null".to_owned(),
            about: None,
        });
        self.store.append(append).await.unwrap();
    }

    /// Ada and Bob have access since October; who has passes the course within 30 days.
    async fn with_two_people(&self) -> CourseId {
        let course = self.course(&scorm12(&[sco("one")])).await;
        for (id, name) in [("p-ada", "ada"), ("p-bob", "bob")] {
            self.say("person", id, None, json!({ "name": name })).await;
            let account = &agent(name)["account"];
            let home = account["homePage"].as_str().unwrap();
            let value = format!("{home}|{}", account["name"].as_str().unwrap());
            let identity = json!({ "person": id, "kind": "account", "value": value });
            self.say("identity", &format!("{id}/1"), None, identity).await;
            let access = json!({ "person": id, "scope": "prod" });
            self.say("access", &format!("{id}/1"), Some(SINCE), access).await;
        }
        let requirement = json!({
            "id": "R-SAT", "title": "Security", "courses": [course.to_string()],
            "rule": "passed", "due_within": "P30D", "recurrence": "P1Y",
            "controls": ["SOC2:CC1.4"],
        });
        self.say("requirement", "R-SAT", None, requirement).await;
        course
    }

    async fn ada_passes(&self, course: CourseId) {
        let mut player = self.play_as(&asked(course)).await;
        player.open("one").await;
        player.does(&["init", "set cmi.core.lesson_status passed", "end"]).await;
        player.exit().await;
    }

    async fn audit(&self, question: &AuditQuestion) -> AuditAnswer {
        self.app.audit(&self.operator, question).await.unwrap()
    }
}

fn statuses(answer: &AuditAnswer) -> Vec<(&str, Status)> {
    let rows = answer.report.register.iter();
    rows.map(|row| (row.person.as_str(), row.status)).collect()
}

#[tokio::test]
async fn the_register_says_what_the_store_knows_and_rests_on_its_statements() {
    let world = World::new().await;
    let course = world.with_two_people().await;
    world.wait(60);
    let before = domain::Clock::now(&*world.clock);
    world.wait(60);
    world.ada_passes(course).await;
    world.wait(60);
    let answer = world.audit(&AuditQuestion::default()).await;
    assert_eq!(statuses(&answer), [("p-ada", Status::CompletedOnTime), ("p-bob", Status::Pending)]);
    let row = &answer.report.register[0];
    assert_eq!(row.grade, Some(domain::Grade::A), "our own run-time saw it");
    let statement = world.app.statement_detail(&world.operator, row.evidence[0]).await.unwrap();
    assert!(statement.is_some(), "the row's source record is there");
    assert!(row.explanation.contains(&row.evidence[0].to_string()), "{}", row.explanation);

    let as_of = Some(before.to_string().parse().unwrap());
    let earlier = world.audit(&AuditQuestion { as_of, ..AuditQuestion::default() }).await;
    assert_eq!(statuses(&earlier), [("p-ada", Status::Pending), ("p-bob", Status::Pending)]);
}

#[tokio::test]
async fn the_same_question_gives_the_same_bytes_whatever_came_later() {
    let world = World::new().await;
    let course = world.with_two_people().await;
    world.ada_passes(course).await;
    world.wait(60);
    let first = world.audit(&AuditQuestion::default()).await;
    let again = AuditQuestion {
        from: Some(first.question.period.start),
        to: Some(first.question.period.end),
        as_of: Some(first.parameters()["as_of"].as_str().unwrap().parse().unwrap()),
        timezone: first.question.timezone,
        ..AuditQuestion::default()
    };
    world.wait(3_600);
    world.say("person", "p-cyd", None, json!({ "name": "cyd" })).await;
    world.say("access", "p-cyd/1", Some(SINCE), json!({"person": "p-cyd", "scope": "prod"})).await;
    let second = world.another_node().audit(&world.operator, &again).await.unwrap();
    for (table, format) in [
        (None, AuditFormat::Json),
        (Some(TableName::Register), AuditFormat::Json),
        (Some(TableName::Completion), AuditFormat::Csv),
        (Some(TableName::Gaps), AuditFormat::Csv),
        (Some(TableName::Register), AuditFormat::Pdf),
    ] {
        let (one, other) = (first.printed(table, format), second.printed(table, format));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one, other, "{table:?} as {format:?}");
        assert_eq!(one.sha256, Sha256Digest::of(&one.body));
    }
    world.wait(60);
    let now = world.audit(&AuditQuestion::default()).await;
    assert_eq!(now.report.register.len(), 3, "who came later is known now");
}

#[tokio::test]
async fn what_is_not_over_cannot_be_asked_for() {
    let world = World::new().await;
    world.with_two_people().await;
    let later = Timestamp::from_micros(domain::Clock::now(&*world.clock).micros() + 3_600_000_000);
    let as_of = Some(later.to_string().parse().unwrap());
    let question = AuditQuestion { as_of, ..AuditQuestion::default() };
    let refused = world.app.audit(&world.operator, &question).await.unwrap_err();
    assert!(matches!(refused, AppError::Invalid { ref field, .. } if field == "as_of"));
    let (from, to) = (Some("2025-02-01".parse().unwrap()), Some("2025-01-01".parse().unwrap()));
    let question = AuditQuestion { from, to, ..AuditQuestion::default() };
    let refused = world.app.audit(&world.operator, &question).await.unwrap_err();
    assert!(matches!(refused, AppError::Invalid { ref field, .. } if field == "from"));
}

#[tokio::test]
async fn what_an_auditor_reads_stands_in_the_trail() {
    let world = World::new().await;
    world.with_two_people().await;
    world.wait(60);
    let id = UserId::new(uuid::Uuid::from_u128(7));
    let email = "auditor@audit.example".to_owned();
    let origin = Origin::User { id, email, role: Role::Auditor };
    let auditor = Caller { organization: world.organization(), origin };
    let answer = world.app.audit(&auditor, &AuditQuestion::default()).await.unwrap();
    let printed = answer.printed(Some(TableName::Gaps), AuditFormat::Json).unwrap();
    world.app.note_reading(&auditor, AuditFormat::Json, &printed).await.unwrap();
    let filter = EventFilter { entity: Some("evidence_read".into()), ..EventFilter::default() };
    let read = world.store.events(world.organization(), &filter, 10).await.unwrap().items;
    assert_eq!(read.len(), 1);
    assert_eq!(read[0].event.actor, "user auditor@audit.example");
    assert!(read[0].event.value.contains(&printed.sha256.to_string()));

    let origin = Origin::User { id, email: "learner".to_owned(), role: Role::Learner };
    let learner = Caller { organization: world.organization(), origin };
    let refused = world.app.audit(&learner, &AuditQuestion::default()).await;
    assert!(matches!(refused, Err(AppError::RoleForbids(Role::Learner))));
}

#[tokio::test]
async fn a_requirement_asks_for_a_signature_and_counts_from_it() {
    let world = World::new().await;
    let course = world.with_two_people().await;
    let requirement = json!({
        "id": "R-POL", "title": "Policy", "courses": [course.to_string()],
        "due_within": "P30D", "attestation": "required",
    });
    world.say("requirement", "R-POL", None, requirement).await;
    world.wait(60);
    let mut player = world.play_as(&asked(course)).await;
    player.open("one").await;
    player.does(&["init", "set cmi.core.lesson_status passed", "end"]).await;
    let due = world.app.exit(&player.token).await.unwrap().attestation.unwrap();
    let ada = |answer: &AuditAnswer| {
        let rows = answer.report.register.iter();
        let mut of_ada = rows.filter(|row| row.person.as_str() == "p-ada");
        of_ada.find(|row| row.requirement.as_str() == "R-POL").map(|row| row.status)
    };
    world.wait(60);
    assert_eq!(ada(&world.audit(&AuditQuestion::default()).await), Some(Status::Pending));
    let signing = AttestRequest {
        name: "Ada Ng".to_owned(),
        consent: true,
        version: due.version,
        text_sha256: due.text_sha256,
    };
    world.app.attest(&player.token, &signing, &SignedFrom::default()).await.unwrap();
    world.wait(60);
    let question = AuditQuestion { signed_texts: true, ..AuditQuestion::default() };
    let answer = world.audit(&question).await;
    assert_eq!(ada(&answer), Some(Status::CompletedOnTime));
    let signed = &answer.report.attestation_register[0];
    assert_eq!(signed.signer_name, "Ada Ng");
    let row = answer.report.register.iter().find(|row| row.requirement.as_str() == "R-POL");
    assert_eq!(signed.counts_for, row.map(|row| row.evidence[0]));
}
