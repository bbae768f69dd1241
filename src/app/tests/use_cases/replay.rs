//! Calls that a browser kept while it could not send them.

use crate::{
    packages::{sco, scorm12},
    world::{Player, World},
};
use app::play::wire::{BrowserCall, ReplayOutcome};
use domain::{CourseId, SessionId};
use std::time::Duration;

/// A learner whose last calls never arrived: the calls, and what was done before them.
async fn cut_off(world: &World, course: CourseId) -> (Player<'_>, Vec<BrowserCall>) {
    let mut player = world.play(course).await;
    player.open("one").await;
    player.does(&["init", "set cmi.core.session_time 00:01:00"]).await;
    let lost = player.made(&[
        "set cmi.core.lesson_status passed",
        "set cmi.core.session_time 00:02:00",
        "end",
    ]);
    world.wait(60);
    (player, lost)
}

async fn course(world: &World) -> CourseId {
    world.course(&scorm12(&[sco("one"), sco("two")])).await
}

#[tokio::test]
async fn lost_calls_are_applied_exactly_once() {
    let world = World::new().await;
    let course = course(&world).await;
    let (old, lost) = cut_off(&world, course).await;
    let new = world.play(course).await;
    for _ in 0..3 {
        let answer = new.replay(old.session, 1, lost.clone()).await;
        assert_eq!((answer.outcome, answer.applied), (ReplayOutcome::Applied, 5));
    }
    let story = ["initialized one", "completed one", "passed one", "terminated one"];
    assert_eq!(new.story().await, story);
    assert_eq!(new.record().await.total_time, Duration::from_mins(2));
    let calls = world.calls(new.registration).await;
    assert!(calls.len() == 5 && calls.iter().all(|logged| logged.call.session == old.session));
}

#[tokio::test]
async fn lost_calls_of_a_session_that_timed_out_go_on_where_it_was() {
    let world = World::new().await;
    let course = course(&world).await;
    let (old, lost) = cut_off(&world, course).await;
    world.wait(600);
    assert_eq!(world.app.sweep().await.unwrap(), 1);
    let new = world.play(course).await;
    let answer = new.replay(old.session, 1, lost).await;
    assert_eq!(answer.outcome, ReplayOutcome::Applied);
    let story = [
        "initialized one",
        "suspended one",
        "resumed one",
        "completed one",
        "passed one",
        "terminated one",
    ];
    assert_eq!(new.story().await, story);
    assert_eq!(new.record().await.total_time, Duration::from_mins(2));
}

#[tokio::test]
async fn a_reload_replays_its_own_session_and_suspends_what_never_ended() {
    let world = World::new().await;
    let course = course(&world).await;
    let (player, mut lost) = cut_off(&world, course).await;
    lost.pop();
    let answer = player.replay(player.session, 1, lost).await;
    assert_eq!((answer.outcome, answer.applied), (ReplayOutcome::Applied, 4));
    let story = player.story().await;
    assert_eq!(story.last().unwrap(), "suspended one");
    assert_eq!(player.record().await.total_time, Duration::from_mins(2));
}

#[tokio::test]
async fn lost_calls_are_only_logged_when_there_is_newer_work() {
    let world = World::new().await;
    let course = course(&world).await;
    for other in ["one", "two"] {
        let (old, lost) = cut_off(&world, course).await;
        let mut new = world.play(course).await;
        new.open(other).await;
        new.does(&["init", "commit"]).await;
        let before = new.story().await;
        for _ in 0..2 {
            let answer = new.replay(old.session, 1, lost.clone()).await;
            assert_eq!((answer.outcome, answer.applied), (ReplayOutcome::Logged, 5), "{other}");
        }
        assert_eq!(new.story().await, before);
        new.record().await;
        let calls = world.calls(new.registration).await;
        let late = calls
            .iter()
            .filter(|logged| logged.call.session == old.session && !logged.call.applied);
        assert_eq!(late.count(), 3);
        world.wait(60);
    }
}

#[tokio::test]
async fn calls_of_foreign_sessions_are_unknown() {
    let world = World::new().await;
    let course = course(&world).await;
    let (old, lost) = cut_off(&world, course).await;
    let request = app::LaunchRequest { new_registration: true, ..crate::world::asked(course) };
    let new = world.play_as(&request).await;
    assert_ne!(new.registration, old.registration);
    let nobodys = SessionId::new(new.registration.uuid());
    for session in [old.session, nobodys] {
        let answer = new.replay(session, 1, lost.clone()).await;
        assert_eq!((answer.outcome, answer.applied), (ReplayOutcome::Unknown, 0));
    }
    assert_eq!(new.story().await, [""; 0]);
    assert_eq!(world.calls(new.registration).await, []);
}
