//! Registrations stay on the version they began on, or are moved by an explicit choice.

use crate::{
    packages::{sco, scorm12, scorm2004},
    world::{World, agent, asked, given, line},
};
use app::{
    AppError, Caller, LaunchRequest, MoveError, MoveMany, MoveTerms, MovedMany, Origin, PlayError,
    Unmoved,
    play::{SESSION_SILENT_MAX, wire::LaunchMode},
};
use domain::{CourseId, CourseVersion, RegistrationId, Role, UserId};
use serde_json::{Value, json, value::to_raw_value};
use store::{EventFilter, SessionEnd};

const ONE: CourseVersion = CourseVersion::FIRST;

fn two() -> CourseVersion {
    ONE.next()
}

fn terms(reason: &str) -> MoveTerms {
    MoveTerms { reason: reason.to_owned(), restart: false, dry_run: false }
}

fn first() -> Vec<u8> {
    scorm12(&[sco("one"), sco("two")])
}

/// Without `two`, with `three`.
fn second() -> Vec<u8> {
    scorm12(&[sco("one"), sco("three")])
}

fn by(who: &str, course: CourseId) -> LaunchRequest {
    LaunchRequest { actor: to_raw_value(&agent(who)).unwrap(), ..asked(course) }
}

impl World {
    async fn moves(
        &self,
        id: RegistrationId,
        to: CourseVersion,
        terms: &MoveTerms,
    ) -> Result<app::Moved, MoveError> {
        self.app.move_registration(&self.operator, id, to, terms).await
    }

    /// A learner who has suspended `item` with a bookmark, and left.
    async fn bookmarked(&self, request: &LaunchRequest, item: &str) -> RegistrationId {
        let mut player = self.play_as(request).await;
        player.open(item).await;
        let bookmark = "set cmi.suspend_data page 7";
        player.does(&["init", bookmark, "set cmi.core.exit suspend", "commit", "end"]).await;
        player.exit().await;
        player.registration
    }
}

fn unmoved(result: Result<app::Moved, MoveError>) -> &'static str {
    match result {
        Err(MoveError::Unmoved(why)) => why.as_str(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_new_version_throws_nobody_back_and_is_what_others_begin_with() {
    let world = World::new().await;
    let course = world.course(&first()).await;
    let begun = world.bookmarked(&asked(course), "one").await;
    world.next_version(course, &second()).await;
    let goes_on = world.try_launch(&asked(course)).await.unwrap();
    assert_eq!((goes_on.registration, goes_on.version), (begun, ONE));
    let new = world.try_launch(&by("bob", course)).await.unwrap();
    assert_eq!(new.version, two());
    let named = LaunchRequest { version: Some(2), ..asked(course) };
    let named = world.try_launch(&named).await.unwrap();
    assert!(named.registration != begun && named.version == two(), "a version can be named");

    let mut player = world.play_as(&by("eve", course)).await;
    for item in ["one", "three"] {
        player.open(item).await;
        player.does(&["init", "set cmi.core.lesson_status completed", "end"]).await;
    }
    player.exit().await;
    world.next_version(course, &first_again()).await;
    let renewal = world.try_launch(&by("eve", course)).await.unwrap();
    assert_eq!(renewal.version.number(), 3, "who is through begins with the newest");
    let review = LaunchRequest { mode: LaunchMode::Review, ..by("bob", course) };
    let review = world.try_launch(&review).await.unwrap();
    assert_eq!((review.registration, review.version), (new.registration, two()));
}

fn first_again() -> Vec<u8> {
    scorm12(&[sco("one"), sco("two"), sco("four")])
}

#[tokio::test]
async fn of_two_launches_at_once_one_makes_the_registration_whatever_is_published() {
    let world = World::new().await;
    let course = world.course(&first()).await;
    world.next_version(course, &second()).await;
    let request = asked(course);
    let (here, there) = tokio::join!(world.try_launch(&request), world.try_launch(&request));
    assert_eq!(here.unwrap().registration, there.unwrap().registration);
}

#[tokio::test]
async fn a_moved_learner_goes_on_where_they_were_and_statements_name_the_new_version() {
    let world = World::new().await;
    let course = world.course(&first()).await;
    let id = world.bookmarked(&asked(course), "one").await;
    world.next_version(course, &second()).await;
    let moved = world.moves(id, two(), &terms(" The quiz was wrong. ")).await.unwrap();
    assert_eq!((moved.from, moved.to, moved.dropped), (ONE, two(), Vec::new()));

    let mut player = world.play(course).await;
    assert_eq!(player.registration, id);
    let delivered = player.open("one").await;
    assert_eq!(given(&delivered, "cmi.suspend_data"), Some("page 7"));
    assert_eq!(given(&delivered, "cmi.core.entry"), Some("resume"));
    player.does(&["init", "set cmi.core.lesson_status completed", "end"]).await;
    player.open("three").await;
    player.does(&["init", "set cmi.core.lesson_status completed", "end"]).await;
    player.exit().await;
    let record = player.record().await;
    assert_eq!(record.completion, Some(true), "the record counts both versions");

    let ids: Vec<String> = world
        .statements(id)
        .await
        .iter()
        .map(|one| one["object"]["id"].as_str().unwrap().to_owned())
        .collect();
    let of = |version: &str| {
        ids.iter().filter(|id| id.contains(&format!("/courses/{course}/{version}"))).count()
    };
    assert!(of("1/sco/one") > 0 && of("2/sco/one") > 0 && of("2/sco/three") > 0, "{ids:?}");
    let story = player.story().await;
    assert_eq!(story.last().map(String::as_str), Some("completed course"), "{story:?}");

    let filter = EventFilter { entity: Some("registration".to_owned()), ..EventFilter::default() };
    let events = world.store.events(world.organization(), &filter, 10).await.unwrap().items;
    assert_eq!(events.len(), 1);
    let event = &events[0].event;
    assert_eq!((&*event.reason, &*event.actor), ("The quiz was wrong.", "operator"));
    assert_eq!(event.entity_id, id.to_string());
    let value: Value = serde_json::from_str(&event.value).unwrap();
    assert_eq!(
        (&value["from"], &value["to"], &value["restart"]),
        (&json!(1), &json!(2), &json!(false))
    );
    let detail = world.app.registration(&world.operator, id).await.unwrap();
    assert_eq!(detail.row.version, two());
    let told: Vec<_> = detail.moves.iter().map(|one| (one.from, one.to, &*one.reason)).collect();
    assert_eq!(told, [(1, 2, "The quiz was wrong.")]);
}

#[tokio::test]
async fn a_part_that_is_gone_is_dropped_and_its_rows_stay_as_history() {
    let world = World::new().await;
    let course = world.course(&first()).await;
    let id = world.bookmarked(&asked(course), "two").await;
    world.next_version(course, &second()).await;
    let dry = MoveTerms { reason: String::new(), restart: false, dry_run: true };
    let told = world.moves(id, two(), &dry).await.unwrap();
    assert_eq!(world.kept(id).await.fixed.version, ONE, "a dry run changes nothing");
    let moved = world.moves(id, two(), &terms("x")).await.unwrap();
    assert_eq!(told, moved);
    assert_eq!(moved.dropped.iter().map(ToString::to_string).collect::<Vec<_>>(), ["two"]);
    let detail = world.app.registration(&world.operator, id).await.unwrap();
    let items: Vec<_> = detail.attempts.iter().map(|one| one.item.to_string()).collect();
    assert_eq!(items, ["two"]);
    assert!(detail.activities.iter().all(|one| one.id.as_str() != "two"));
    let mut player = world.play(course).await;
    assert_eq!(player.registration, id);
    player.open("one").await;
    player.does(&["init", "set cmi.core.lesson_status completed", "end"]).await;
    player.exit().await;
    // Back again: the part that was gone begins with its second attempt.
    world.moves(id, ONE, &terms("the new one was worse")).await.unwrap();
    let mut player = world.play(course).await;
    player.open("two").await;
    player.does(&["init", "commit"]).await;
    player.exit().await;
    player.record().await;
    let detail = world.app.registration(&world.operator, id).await.unwrap();
    let rows: Vec<_> =
        detail.attempts.iter().map(|one| (one.item.to_string(), one.number)).collect();
    assert_eq!(rows, [("one".to_owned(), 1), ("two".to_owned(), 1), ("two".to_owned(), 2)]);
}

#[tokio::test]
async fn who_is_in_the_course_through_or_there_already_stays() {
    let world = World::new().await;
    let course = world.course(&first()).await;
    world.next_version(course, &second()).await;
    let old = |who: &str| LaunchRequest { version: Some(1), ..by(who, course) };
    let mut player = world.play_as(&old("ada")).await;
    player.open("one").await;
    let id = player.registration;
    let refused = world.moves(id, two(), &terms("x")).await;
    assert!(matches!(refused, Err(MoveError::Unmoved(Unmoved::InUse { .. }))), "{refused:?}");
    player.exit().await;
    assert_eq!(unmoved(world.moves(id, ONE, &terms("x")).await), "same_version");
    let nowhere = world.moves(id, two().next(), &terms("x")).await;
    assert!(matches!(nowhere, Err(MoveError::App(AppError::NotFound("course version")))));
    let unknown = RegistrationId::new(course.uuid());
    let refused = world.moves(unknown, two(), &terms("x")).await;
    assert!(matches!(refused, Err(MoveError::App(AppError::NotFound("registration")))));
    for reason in ["", "  ", &"x".repeat(2_001)] {
        let refused = world.moves(id, two(), &terms(reason)).await;
        let Err(MoveError::App(AppError::Invalid { field, .. })) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(field, "/reason");
    }
    let mut player = world.play_as(&old("bob")).await;
    for item in ["one", "two"] {
        player.open(item).await;
        player.does(&["init", "set cmi.core.lesson_status passed", "end"]).await;
    }
    player.exit().await;
    assert_eq!(unmoved(world.moves(player.registration, two(), &terms("x")).await), "over");
    let auditor = Caller {
        organization: world.organization(),
        origin: Origin::User {
            id: UserId::new(course.uuid()),
            email: "auditor@example.com".to_owned(),
            role: Role::Auditor,
        },
    };
    let refused = world.app.move_registration(&auditor, id, two(), &terms("x")).await;
    assert!(matches!(refused, Err(MoveError::App(AppError::RoleForbids(_)))), "{refused:?}");
}

#[tokio::test]
async fn who_failed_may_go_on_in_a_better_version_and_is_told_of_it() {
    let world = World::new().await;
    let course = world.course(&scorm12(&[sco("quiz")])).await;
    let mut player = world.play(course).await;
    player.open("quiz").await;
    player.does(&["init", "set cmi.core.lesson_status failed", "commit"]).await;
    player.does(&["set cmi.core.exit suspend", "end"]).await;
    player.exit().await;
    let id = player.registration;
    assert_eq!(player.record().await.success, Some(false));
    world.next_version(course, &scorm12(&[sco("quiz"), sco("notes").with("")])).await;
    world.moves(id, two(), &terms("question 3 was wrong")).await.unwrap();
    let mut player = world.play(course).await;
    assert_eq!(player.registration, id);
    for item in ["quiz", "notes"] {
        player.open(item).await;
        player.does(&["init", "set cmi.core.lesson_status passed", "end"]).await;
    }
    player.exit().await;
    let record = player.record().await;
    assert_eq!((record.completion, record.success), (Some(true), Some(true)));
    assert!(record.failed_at.is_some(), "that the learner had failed stays");
    let about: Vec<(String, bool)> = world
        .statements(id)
        .await
        .iter()
        .map(|one| (line(one), one["object"]["id"].as_str().unwrap().ends_with("/2")))
        .filter(|(line, _)| line.ends_with(" course"))
        .collect();
    let told = |verb: &str, is_new: bool| about.contains(&(format!("{verb} course"), is_new));
    assert!(told("failed", false) && told("passed", true) && told("completed", true), "{about:?}");
}

#[tokio::test]
async fn a_window_that_fell_silent_does_not_wake_up_in_the_new_version() {
    let world = World::new().await;
    let course = world.course(&first()).await;
    let mut player = world.play(course).await;
    player.open("one").await;
    player.does(&["init", "set cmi.core.lesson_location 3", "commit"]).await;
    world.wait(SESSION_SILENT_MAX.as_secs() + 1);
    assert_eq!(world.app.sweep().await.unwrap(), 1);
    world.next_version(course, &second()).await;
    world.moves(player.registration, two(), &terms("x")).await.unwrap();
    let calls = player.made(&["set cmi.core.lesson_location 4", "commit"]);
    let late = player.send(calls).await;
    assert!(matches!(late, Err(PlayError::Superseded)), "{late:?}");
    let session = world.store.session(world.organization(), player.session).await.unwrap();
    assert!(matches!(session.unwrap().ended, Some((_, SessionEnd::Superseded))));
    let log = world.calls(player.registration).await;
    assert!(log.iter().any(|logged| !logged.call.applied), "late calls are in the API log");
    let mut player = world.play(course).await;
    let delivered = player.open("one").await;
    assert_eq!(given(&delivered, "cmi.core.lesson_location"), Some("3"));
    player.record().await;
}

#[tokio::test]
async fn content_that_a_dead_window_left_open_is_told_of_the_version_it_was_of() {
    let world = World::new().await;
    let course = world.course(&first()).await;
    let mut player = world.play(course).await;
    player.open("one").await;
    player.does(&["init", "set cmi.core.lesson_location 3", "commit"]).await;
    // The next launch is taken up and never opens anything.
    world.wait(1);
    let again = world.try_launch(&asked(course)).await.unwrap();
    let token = world.app.exchange_launch(again.token.expose()).await.unwrap();
    let id = player.registration;
    world.next_version(course, &second()).await;
    assert_eq!(unmoved(world.moves(id, two(), &terms("x")).await), "in_use");
    world.app.exit(token.expose()).await.unwrap();
    world.moves(id, two(), &terms("x")).await.unwrap();
    world.record(id).await;
    let about: Vec<String> = world
        .statements(id)
        .await
        .iter()
        .map(|one| one["object"]["id"].as_str().unwrap().to_owned())
        .collect();
    assert!(about.iter().all(|id| id.contains(&format!("{course}/1"))), "{about:?}");
    let story = world.story(id).await;
    assert_eq!(story.last().map(String::as_str), Some("suspended one"), "{story:?}");
}

#[tokio::test]
async fn the_other_standard_is_entered_by_a_restart_alone() {
    let world = World::new().await;
    let course = world.course(&first()).await;
    let id = world.bookmarked(&asked(course), "one").await;
    world.next_version(course, &scorm2004(&[sco("one"), sco("two")], "")).await;
    assert_eq!(unmoved(world.moves(id, two(), &terms("x")).await), "other_standard");
    let restart = MoveTerms { restart: true, ..terms("moving to SCORM 2004") };
    let moved = world.moves(id, two(), &restart).await.unwrap();
    assert_eq!(moved.dropped.iter().map(ToString::to_string).collect::<Vec<_>>(), ["one"]);
    let mut player = world.play(course).await;
    assert_eq!(player.registration, id);
    let delivered = player.open("one").await;
    assert_eq!(given(&delivered, "cmi.entry"), Some("ab-initio"));
    assert_eq!(given(&delivered, "cmi.suspend_data"), None);
    player.does(&["init", "set cmi.completion_status completed", "end"]).await;
    player.exit().await;
    player.record().await;
    let detail = world.app.registration(&world.operator, id).await.unwrap();
    let rows: Vec<_> = detail.attempts.iter().map(|one| one.number).collect();
    assert_eq!(rows, [1, 2], "the first attempt is not written over");
}

#[tokio::test]
async fn many_are_moved_page_by_page_and_each_is_counted_once() {
    let world = World::new().await;
    let course = world.course(&first()).await;
    for who in ["a", "b", "c"] {
        world.wait(1);
        world.bookmarked(&by(who, course), "one").await;
    }
    let with_two = world.bookmarked(&by("d", course), "two").await;
    let mut done = world.play_as(&by("e", course)).await;
    for item in ["one", "two"] {
        done.open(item).await;
        done.does(&["init", "set cmi.core.lesson_status completed", "end"]).await;
    }
    done.exit().await;
    let live = world.play_as(&by("f", course)).await;
    world.next_version(course, &second()).await;
    let expected = MovedMany {
        moved: 4,
        with_dropped: 1,
        dropped: [(domain::ItemId::new("two"), 1)].into(),
        over: 1,
        in_use: 1,
        ..MovedMany::default()
    };
    let many = |request: MoveMany| {
        let app = &world.app;
        let operator = &world.operator;
        async move { app.move_registrations(operator, course, two(), &request).await }
    };
    let dry = MoveMany { dry_run: true, ..MoveMany::default() };
    assert_eq!(many(dry).await.unwrap(), expected);
    assert_eq!(world.kept(with_two).await.fixed.version, ONE);
    let mut sum = MovedMany::default();
    let mut cursor = None;
    loop {
        let reason = "the quiz was wrong".to_owned();
        let page = MoveMany { reason, cursor, limit: Some(2), ..MoveMany::default() };
        let page = many(page).await.unwrap();
        assert!(page.moved + page.over + page.in_use <= 2, "{page:?}");
        sum.moved += page.moved;
        sum.with_dropped += page.with_dropped;
        sum.over += page.over;
        sum.in_use += page.in_use;
        sum.dropped.extend(page.dropped);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(sum, expected);
    assert_eq!(world.kept(with_two).await.fixed.version, two());
    assert_eq!(world.kept(live.registration).await.fixed.version, ONE);
    for (field, request) in [
        ("/from", MoveMany { from: Some(vec![2]), ..dry_again() }),
        ("/from", MoveMany { from: Some(vec![9]), ..dry_again() }),
        ("/cursor", MoveMany { cursor: Some("x".to_owned()), ..dry_again() }),
        ("/reason", MoveMany::default()),
    ] {
        let refused = many(request).await;
        let Err(AppError::Invalid { field: named, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(named, field);
    }
}

fn dry_again() -> MoveMany {
    MoveMany { dry_run: true, ..MoveMany::default() }
}
