//! Attestations: who signs what when, what is refused, and what is left when a person is erased.

use crate::{
    packages::{sco, scorm12},
    world::{Player, World, agent, asked},
};
use app::{
    AppError, AttestError, AttestationQuery, AttestationRow, Caller, ErasureRequest, LaunchRequest,
    Origin, PlayError, SignedFrom,
    play::wire::{AttestAnswer, AttestRequest, AttestationView, LaunchMode},
    verify_record,
};
use domain::{CourseId, CourseVersion, Role, Scope, Sha256Digest, UserId};
use scorm::profile::{ATTESTED, SignableText};
use serde_json::{Map, Value, json};
use store::{EventFilter, Mentions};

const TEXT: &str = "I have completed A course v1, I understand it, and I accept my security \
     responsibilities.";
const PASSES: [&str; 3] = ["init", "set cmi.core.lesson_status passed", "end"];

fn from() -> SignedFrom {
    let user_agent = Some("Mozilla/5.0 (a test)".to_owned());
    SignedFrom { ip: Some("203.0.113.7".to_owned()), user_agent }
}

fn map(value: Value) -> Map<String, Value> {
    let Value::Object(map) = value else { panic!("{value} is an object") };
    map
}

/// A launch of a course that asks for an attestation.
fn asking(course: CourseId) -> LaunchRequest {
    LaunchRequest { settings: map(json!({ "attestation": "after_pass" })), ..asked(course) }
}

fn request(view: &AttestationView, name: &str) -> AttestRequest {
    let AttestationView { version, text_sha256, .. } = *view;
    AttestRequest { name: name.to_owned(), consent: true, version, text_sha256 }
}

impl World {
    async fn course_of_one(&self) -> CourseId {
        self.course(&scorm12(&[sco("one")])).await
    }

    /// Ada passes a course and leaves it; what she is asked to sign.
    async fn passed(&self, request: &LaunchRequest) -> (Player<'_>, Option<AttestationView>) {
        let mut player = self.play_as(request).await;
        player.open("one").await;
        player.does(&PASSES).await;
        let due = self.app.exit(&player.token).await.unwrap().attestation;
        (player, due)
    }

    async fn attest(
        &self,
        player: &Player<'_>,
        request: &AttestRequest,
    ) -> Result<AttestAnswer, PlayError> {
        self.app.attest(&player.token, request, &from()).await
    }

    async fn refused(&self, player: &Player<'_>, request: &AttestRequest) -> AttestError {
        match self.attest(player, request).await {
            Err(PlayError::Attest(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    async fn due_on_page(&self, player: &Player<'_>) -> Option<AttestationView> {
        self.app.play_page(&player.token).await.unwrap().attestation
    }

    async fn listed(&self, query: &AttestationQuery) -> Vec<AttestationRow> {
        self.app.attestations(&self.operator, query, 100).await.unwrap().items
    }
}

#[tokio::test]
async fn who_has_passed_signs_with_name_text_and_the_servers_time() {
    let world = World::new().await;
    let course = world.course_of_one().await;
    let (player, due) = world.passed(&asking(course)).await;
    let due = due.unwrap();
    assert_eq!((due.version, due.text.concat().as_str()), (1, TEXT));
    world.wait(60);
    let now = domain::Clock::now(&*world.clock);
    let signed = world.attest(&player, &request(&due, "  Ada \t Ng ")).await.unwrap();
    assert_eq!((signed.name.as_str(), signed.text.as_str()), ("Ada Ng", TEXT));
    assert_eq!((signed.signed_at, signed.already), (now, false));

    let statements = world.statements(player.registration).await;
    let statement = statements.last().unwrap();
    assert_eq!(statement["id"], signed.statement.to_string());
    assert_eq!(statement["verb"]["id"], ATTESTED);
    assert_eq!(statement["actor"], agent("ada"));
    assert_eq!(statement["authority"]["account"]["name"], "attestry-runtime");
    assert_eq!(statement["timestamp"], now.to_string());
    let passed = statements.iter().find(|one| {
        one["verb"]["id"] == scorm::profile::verb("passed")
            && one["object"]["id"] == statement["object"]["id"]
    });
    let passed = passed.unwrap();
    assert_eq!(statement["context"]["statement"]["id"], passed["id"], "it names the pass");
    let said = &statement["result"]["extensions"]["https://w3id.org/attestry/xapi/attestation"];
    assert_eq!(said["name"], "Ada Ng");
    assert_eq!(said["consent"], true);
    assert_eq!(said["text"], TEXT);
    assert_eq!(said["text_sha256"], Sha256Digest::of(TEXT.as_bytes()).to_string());
    assert_eq!(said["basis"]["result"], "passed");
    // The record counts it and says as before.
    let record = player.record().await;
    assert_eq!((record.success, record.last_at), (Some(true), Some(now)));
}

#[tokio::test]
async fn from_where_it_was_signed_stands_in_the_trail_and_not_in_the_statement() {
    let world = World::new().await;
    let course = world.course_of_one().await;
    let (player, due) = world.passed(&asking(course)).await;
    let signed = world.attest(&player, &request(&due.unwrap(), "Ada")).await.unwrap();
    let statement = world.statements(player.registration).await.pop().unwrap().to_string();
    assert!(!statement.contains("203.0.113.7") && !statement.contains("Mozilla"), "{statement}");
    let filter =
        EventFilter { entity: Some("attestation_origin".to_owned()), ..EventFilter::default() };
    let events = world.store.events(world.organization(), &filter, 10).await.unwrap().items;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event.entity_id, signed.statement.to_string());
    let value: Value = serde_json::from_str(&events[0].event.value).unwrap();
    assert_eq!(value, json!({ "ip": "203.0.113.7", "user_agent": "Mozilla/5.0 (a test)" }));
    // A long name of a browser is cut.
    let (player, due) =
        world.passed(&LaunchRequest { new_registration: true, ..asking(course) }).await;
    let long = SignedFrom { ip: None, user_agent: Some("é".repeat(5_000)) };
    world.app.attest(&player.token, &request(&due.unwrap(), "Ada"), &long).await.unwrap();
    let rows = world.listed(&AttestationQuery::default()).await;
    let kept = rows[0].signed_from.as_ref().unwrap().user_agent.as_ref().unwrap();
    assert_eq!(kept.chars().count(), 1_000);
}

#[tokio::test]
async fn a_proof_shows_what_was_signed_and_nothing_else() {
    let world = World::new().await;
    let course = world.course_of_one().await;
    let (player, due) = world.passed(&asking(course)).await;
    let signed = world.attest(&player, &request(&due.unwrap(), "Ada")).await.unwrap();
    let proof = world.app.record_proof(&world.operator, signed.statement).await.unwrap();
    let keys: Vec<ledger::VerifierKey> = world
        .app
        .ledger_keys(&world.operator)
        .await
        .unwrap()
        .into_iter()
        .map(|key| key.verifier)
        .collect();
    let text = serde_json::to_string(&proof).unwrap();
    let verified = verify_record(&text, &keys).unwrap();
    let line =
        format!("the server has signed that \"Ada\" signed this text on {}", signed.signed_at);
    assert!(verified.lines.contains(&line), "{:?}", verified.lines);
    let text = text.replace(r#"\"name\":\"Ada\""#, r#"\"name\":\"Bob\""#);
    let refused = verify_record(&text, &keys).unwrap_err().to_string();
    assert!(refused.contains("body"), "the entry commits to the bytes: {refused}");

    // The signature holds with keys that follow, as long as the verifier has the old one.
    world.app.rotate_ledger_key(&world.operator, "yearly").await.unwrap();
    let proof = world.app.record_proof(&world.operator, signed.statement).await.unwrap();
    let text = serde_json::to_string(&proof).unwrap();
    let verified = verify_record(&text, &[]).unwrap();
    assert!(verified.lines.contains(&line));
}

#[tokio::test]
async fn what_cannot_be_signed_is_refused_with_a_reason() {
    let world = World::new().await;
    let course = world.course_of_one().await;
    let mut player = world.play_as(&asking(course)).await;
    let digest = SignableText::fill(TEXT, &[]).digest();
    let asked_for =
        AttestationView { version: 1, text: vec![TEXT.to_owned()], text_sha256: digest };
    let good = request(&asked_for, "Ada");
    assert_eq!(world.refused(&player, &good).await, AttestError::NotCompleted);
    player.open("one").await;
    player.does(&["init", "set cmi.core.lesson_status failed", "end"]).await;
    assert_eq!(world.refused(&player, &good).await, AttestError::NotCompleted);
    assert_eq!(world.due_on_page(&player).await, None);
    player.open("one").await;
    player.does(&PASSES).await;
    assert!(world.due_on_page(&player).await.is_some());

    for (name, consent, fields) in [
        ("", true, &["/name"][..]),
        (" \n ", false, &["/name", "/consent"]),
        ("Ada", false, &["/consent"]),
        ("---", true, &["/name"]),
        ("Ada\u{7}", true, &["/name"]),
        (&"é".repeat(201), true, &["/name"]),
    ] {
        let sent = AttestRequest { name: name.to_owned(), consent, ..good.clone() };
        let AttestError::Fields(faults) = world.refused(&player, &sent).await else { panic!() };
        assert_eq!(faults.iter().map(|(field, _)| *field).collect::<Vec<_>>(), fields, "{name:?}");
    }
    for sent in [
        AttestRequest { version: 2, ..good.clone() },
        AttestRequest { text_sha256: Sha256Digest::of(b"another text"), ..good.clone() },
    ] {
        assert_eq!(world.refused(&player, &sent).await, AttestError::Changed);
    }
    assert_eq!(world.listed(&AttestationQuery::default()).await, []);
    world.attest(&player, &AttestRequest { name: "é".repeat(200), ..good }).await.unwrap();
}

#[tokio::test]
async fn a_course_that_does_not_ask_and_a_session_that_is_not_recorded_sign_nothing() {
    let world = World::new().await;
    let course = world.course_of_one().await;
    let (player, due) = world.passed(&asked(course)).await;
    assert_eq!(due, None);
    let digest = SignableText::fill(TEXT, &[]).digest();
    let view = AttestationView { version: 1, text: Vec::new(), text_sha256: digest };
    let good = request(&view, "Ada");
    assert_eq!(world.refused(&player, &good).await, AttestError::NotAsked);
    for asked in [
        LaunchRequest { test: true, new_registration: true, ..asking(course) },
        LaunchRequest { mode: LaunchMode::Browse, ..asking(course) },
        LaunchRequest { mode: LaunchMode::Review, ..asking(course) },
    ] {
        let player = world.play_as(&asked).await;
        assert_eq!(world.due_on_page(&player).await, None);
        assert_eq!(world.refused(&player, &good).await, AttestError::Unrecorded);
    }
    assert_eq!(world.listed(&AttestationQuery::default()).await, []);
}

#[tokio::test]
async fn a_second_signature_gives_the_first() {
    let world = World::new().await;
    let course = world.course_of_one().await;
    let (player, due) = world.passed(&asking(course)).await;
    let due = due.unwrap();
    let (ada, eve) = (request(&due, "Ada"), request(&due, "Eve"));
    // Two tabs at once: one of them signs.
    let (one, two) = tokio::join!(world.attest(&player, &ada), world.attest(&player, &eve));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!((one.statement, one.already, two.already), (two.statement, false, true));
    assert_eq!((two.name, two.text), ("Ada".to_owned(), one.text));
    world.wait(60);
    let again = world.attest(&player, &eve).await.unwrap();
    assert_eq!((again.statement, again.signed_at), (one.statement, one.signed_at));
    assert_eq!(world.listed(&AttestationQuery::default()).await.len(), 1);
}

#[tokio::test]
async fn who_left_without_signing_is_asked_again_and_signs_for_that_result() {
    let world = World::new().await;
    let course = world.course_of_one().await;
    let (first, due) = world.passed(&asking(course)).await;
    // The page that was left is good for an hour; then the course is to be opened again.
    world.wait(3_600);
    let refused = world.attest(&first, &request(&due.unwrap(), "Ada")).await;
    assert!(matches!(refused, Err(PlayError::Ended)), "{refused:?}");
    let again = world.play_as(&asking(course)).await;
    assert_ne!(again.registration, first.registration, "a launch after the end begins anew");
    let due = world.due_on_page(&again).await.unwrap();
    let signed = world.attest(&again, &request(&due, "Ada")).await.unwrap();
    let rows = world.listed(&AttestationQuery::default()).await;
    assert_eq!(
        (rows[0].statement, rows[0].registration),
        (signed.statement, Some(first.registration))
    );
    assert_eq!(world.due_on_page(&again).await, None);

    // Another completion has an attestation of its own; one of a later version, too.
    let mut again = again;
    again.open("one").await;
    again.does(&PASSES).await;
    assert!(world.app.exit(&again.token).await.unwrap().attestation.is_some());
    world.next_version(course, &scorm12(&[sco("one"), sco("two")])).await;
    let newer = LaunchRequest { version: Some(2), ..asking(course) };
    let player = world.play_as(&newer).await;
    assert_eq!(world.due_on_page(&player).await, None, "the new version is not completed");
    assert_eq!(
        world.refused(&player, &request(&due, "Ada")).await,
        AttestError::Changed,
        "the text of the old version is not signed for the new one"
    );
}

#[tokio::test]
async fn a_repetition_within_a_week_is_the_completion_that_was_signed() {
    let world = World::new().await;
    let course = world.course_of_one().await;
    let mut player = world.play_as(&asking(course)).await;
    player.open("one").await;
    player.does(&["init", "set cmi.core.lesson_status completed", "end"]).await;
    let due = world.due_on_page(&player).await.unwrap();
    world.attest(&player, &request(&due, "Ada")).await.unwrap();
    assert_eq!(world.due_on_page(&player).await, None);
    // Passing says more than completing, so it is signed for itself.
    let week = 7 * 24 * 3_600;
    for (after, asked) in [(60, true), (week - 10, false), (20, true)] {
        world.wait(after);
        player.open("one").await;
        player.does(&["init", "set cmi.core.lesson_status failed", "end"]).await;
        player.open("one").await;
        player.does(&PASSES).await;
        let due = world.due_on_page(&player).await;
        assert_eq!(due.is_some(), asked, "after {after} s");
        if let Some(due) = due.filter(|_| after == 60) {
            world.attest(&player, &request(&due, "Ada")).await.unwrap();
        }
    }
}

#[tokio::test]
async fn an_own_text_names_course_version_and_signer() {
    let world = World::new().await;
    let course = world.course_of_one().await;
    let text = "I, {name}, have read {course} (version {version}).\n{name}";
    let settings = map(json!({ "attestation": "after_pass", "attestation_text": text }));
    let (player, due) = world.passed(&LaunchRequest { settings, ..asked(course) }).await;
    let due = due.unwrap();
    assert_eq!(due.text, ["I, ", ", have read A course (version 1).\n", ""]);
    let signed = world.attest(&player, &request(&due, "Ada")).await.unwrap();
    assert_eq!(signed.text, "I, Ada, have read A course (version 1).\nAda");
}

#[tokio::test]
async fn attestations_are_listed_by_person_version_and_time() {
    let world = World::new().await;
    let course = world.course_of_one().await;
    let (player, due) = world.passed(&asking(course)).await;
    let signed = world.attest(&player, &request(&due.unwrap(), "Ada")).await.unwrap();
    let at = signed.signed_at;
    let minute = std::time::Duration::from_mins(1);
    let person = |person: &str| AttestationQuery {
        person: Some(person.to_owned()),
        ..AttestationQuery::default()
    };
    let version = |number| AttestationQuery {
        course: Some((course, CourseVersion::new(number).unwrap())),
        ..AttestationQuery::default()
    };
    let from = |from| AttestationQuery { from: Some(from), ..AttestationQuery::default() };
    let to = |to| AttestationQuery { to: Some(to), ..AttestationQuery::default() };
    for (query, found) in [
        (AttestationQuery::default(), 1),
        (person("account:https://people.example|ada"), 1),
        (person("bob@example.com"), 0),
        (version(1), 1),
        (version(2), 0),
        (from(at), 1),
        (from(at.plus(minute)), 0),
        (to(at), 0),
        (to(at.plus(minute)), 1),
        (
            AttestationQuery {
                registration: Some(player.registration),
                ..AttestationQuery::default()
            },
            1,
        ),
    ] {
        let rows = world.listed(&query).await;
        assert_eq!(rows.len(), found, "{query:?}");
        for row in rows {
            assert_eq!((row.name.as_str(), row.title.as_str()), ("Ada", "A course"));
            assert_eq!(
                (row.course, row.text.as_str()),
                (Some((course, CourseVersion::FIRST)), TEXT)
            );
            assert_eq!(row.signed_from, Some(crate::attestations::from()));
        }
    }
}

#[tokio::test]
async fn from_where_it_was_signed_is_told_to_those_who_may_know() {
    let world = World::new().await;
    let course = world.course_of_one().await;
    let (player, due) = world.passed(&asking(course)).await;
    let at = world.attest(&player, &request(&due.unwrap(), "Ada")).await.unwrap().signed_at;
    let user = |role| {
        let id = UserId::generate(at, &domain::SeededEntropy::new(9));
        let origin = Origin::User { id, email: "x@example.com".to_owned(), role };
        Caller { organization: world.organization(), origin }
    };
    let all = AttestationQuery::default();
    for (role, may_list, may_know) in [
        (Role::Admin, true, true),
        (Role::ComplianceLead, true, true),
        (Role::Auditor, true, true),
        (Role::Author, true, false),
        (Role::Manager, false, false),
        (Role::Learner, false, false),
    ] {
        match world.app.attestations(&user(role), &all, 10).await {
            Ok(page) => {
                assert_eq!((true, page.items[0].signed_from.is_some()), (may_list, may_know));
            }
            Err(error) => assert!(!may_list && matches!(error, AppError::RoleForbids(_)), "{role}"),
        }
    }
    let client = world.client(&[Scope::RegistrationsRead]).await;
    let rows = world.app.attestations(&client, &all, 10).await.unwrap().items;
    assert_eq!(rows[0].signed_from, None);
    let other = world.app.create_organization("other", "https://other.example").await.unwrap();
    let stranger = Caller::operator(other.id);
    assert_eq!(world.app.attestations(&stranger, &all, 10).await.unwrap().items, []);
}

#[tokio::test]
async fn an_erased_persons_attestation_leaves_its_entries_alone() {
    let world = World::new().await;
    let course = world.course_of_one().await;
    let (player, due) = world.passed(&asking(course)).await;
    world.attest(&player, &request(&due.unwrap(), "Ada Lovelace")).await.unwrap();
    let erasure = ErasureRequest {
        actors: vec![agent("ada").to_string()],
        mentions: Mentions::Erase,
        reason: "a request".to_owned(),
    };
    let erased = world.app.erase(&world.operator, &erasure).await.unwrap();
    assert_eq!(erased.counts.events, 1);
    assert_eq!(world.listed(&AttestationQuery::default()).await, []);
    let filter =
        EventFilter { entity: Some("attestation_origin".to_owned()), ..EventFilter::default() };
    let events = world.store.events(world.organization(), &filter, 10).await.unwrap().items;
    assert_eq!(events[0].event.value, r#"{"erased":true}"#);
    assert_eq!(world.app.check_ledger(world.organization(), false).await.unwrap(), []);
    let refused = world
        .attest(
            &player,
            &AttestRequest {
                name: "Ada".to_owned(),
                consent: true,
                version: 1,
                text_sha256: Sha256Digest::of(b""),
            },
        )
        .await;
    assert!(refused.is_err());
}
