//! Windows that fall silent, wake up again, or are superseded.

use crate::{
    packages::{asset, sco, scorm12, scorm2004},
    world::{Player, World, given},
};
use app::{
    PlayError,
    play::{
        SESSION_SILENT_MAX,
        wire::{NavigateRequest, Wish},
    },
};
use scorm::sequencing::Request;
use std::time::Duration;
use store::SessionEnd;

impl World {
    /// Lets so much time go by that silent sessions are ended, and ends them.
    async fn fall_silent(&self) -> usize {
        self.clock.advance(SESSION_SILENT_MAX + Duration::from_secs(1));
        self.app.sweep().await.unwrap()
    }

    async fn end_of(&self, player: &Player<'_>) -> Option<SessionEnd> {
        let session = self.store.session(self.organization(), player.session).await.unwrap();
        session.unwrap().ended.map(|(_, end)| end)
    }
}

async fn playing(world: &World) -> Player<'_> {
    let course = world.course(&scorm12(&[sco("one")])).await;
    let mut player = world.play(course).await;
    player.open("one").await;
    player.does(&["init", "set cmi.core.session_time 00:05:00"]).await;
    player
}

#[tokio::test]
async fn a_silent_session_is_ended_as_if_its_window_had_been_closed() {
    let world = World::new().await;
    let player = playing(&world).await;
    world.wait(250);
    world.app.heartbeat(&player.token).await.unwrap();
    world.wait(250);
    assert_eq!(world.app.sweep().await.unwrap(), 0, "it was heard of");
    assert_eq!(world.fall_silent().await, 1);
    assert_eq!(world.end_of(&player).await, Some(SessionEnd::TimedOut));
    assert_eq!(player.story().await, ["initialized one", "suspended one"]);
    assert_eq!(player.record().await.total_time, Duration::from_mins(5));
    assert_eq!(world.fall_silent().await, 0);
}

#[tokio::test]
async fn a_window_that_wakes_up_goes_on_and_its_time_is_counted_once() {
    let world = World::new().await;
    let mut player = playing(&world).await;
    world.fall_silent().await;
    world.app.heartbeat(&player.token).await.unwrap();
    assert_eq!(world.end_of(&player).await, None);
    assert_eq!(player.story().await.len(), 2, "a heartbeat alone says nothing of the content");
    player.does(&["set cmi.core.session_time 00:08:00", "commit"]).await;
    world.fall_silent().await;
    player.does(&["set cmi.core.session_time 00:09:30", "set cmi.core.score.raw 50", "end"]).await;
    let story = [
        "initialized one",
        "suspended one",
        "resumed one",
        "suspended one",
        "resumed one",
        "completed one",
        "scored one",
        "terminated one",
        "completed course",
    ];
    assert_eq!(player.story().await, story);
    let record = player.record().await;
    assert_eq!((record.total_time, record.attempts.len()), (Duration::from_secs(570), 1));
    let state = world.app.registration(&world.operator, player.registration).await.unwrap();
    let data: serde_json::Value = serde_json::from_str(&state.attempts[0].data).unwrap();
    let total = &data["api"]["data"]["values"]["cmi.core.total_time"];
    assert_eq!(total, "0000:09:30", "the content's own total agrees");
}

#[tokio::test]
async fn a_window_that_wakes_up_is_led_on_from_the_part_that_it_shows() {
    let world = World::new().await;
    let flow =
        "<imsss:sequencing><imsss:controlMode choice=\"true\" flow=\"true\"/></imsss:sequencing>";
    for (element, package) in [
        ("cmi.core.lesson_location", scorm12(&[sco("one"), sco("two")])),
        ("cmi.location", scorm2004(&[sco("one"), sco("two")], flow)),
    ] {
        let course = world.course(&package).await;
        let mut player = world.play(course).await;
        player.open("one").await;
        player.does(&["init", &format!("set {element} here")]).await;
        // What the page knows: nothing of what the server does while it sleeps.
        let number = world.app.play_page(&player.token).await.unwrap().navigations + 1;
        world.fall_silent().await;
        let request = Wish::Request(Request::Continue);
        let request = NavigateRequest { number, request };
        let answer = world.app.navigate(&player.token, &request).await.unwrap();
        let delivered = answer.delivered.unwrap_or_else(|| panic!("{}", answer.sentence));
        assert_eq!((delivered.activity.as_str(), answer.number), ("two", number));
        let back = player.open("one").await;
        assert_eq!(given(&back, element), Some("here"), "it was suspended and is so still");
    }
}

#[tokio::test]
async fn requests_that_bring_nothing_new_do_not_take_an_attempt_up() {
    let world = World::new().await;
    let mut player = playing(&world).await;
    let calls = player.made(&["commit"]);
    player.send(calls.clone()).await.unwrap();
    world.fall_silent().await;
    let before = player.story().await;
    player.send(calls).await.unwrap();
    player.close().await;
    assert_eq!(player.story().await, before);
}

#[tokio::test]
async fn an_asset_that_wakes_up_is_not_completed_again() {
    let world = World::new().await;
    let course = world.course(&scorm12(&[asset("page")])).await;
    let mut player = world.play(course).await;
    player.open("page").await;
    for _ in 0..3 {
        world.fall_silent().await;
        world.app.heartbeat(&player.token).await.unwrap();
        player.close().await;
    }
    let story = ["initialized page", "completed page", "terminated page", "completed course"];
    assert_eq!(player.story().await, story);
    player.record().await;
}

#[tokio::test]
async fn a_window_that_was_overtaken_while_it_slept_is_superseded() {
    let world = World::new().await;
    let mut old = playing(&world).await;
    world.fall_silent().await;
    let course = world.kept(old.registration).await.fixed.course;
    let mut new = world.play(course).await;
    let refused = world.app.heartbeat(&old.token).await;
    assert!(matches!(refused, Err(PlayError::Superseded)), "{refused:?}");
    let delivered = new.open("one").await;
    assert_eq!(given(&delivered, "cmi.core.total_time"), Some("0000:05:00"));
    let late = old.made(&["set cmi.core.lesson_status completed", "end"]);
    let refused = old.send(late).await;
    assert!(matches!(refused, Err(PlayError::Superseded)), "{refused:?}");
    assert_eq!(new.story().await, ["initialized one", "suspended one"]);
}

#[tokio::test]
async fn a_superseded_windows_late_calls_go_to_the_log_and_not_to_the_attempt() {
    let world = World::new().await;
    let mut old = playing(&world).await;
    world.wait(1);
    let course = world.kept(old.registration).await.fixed.course;
    let mut new = world.play(course).await;
    assert_eq!(world.end_of(&old).await, Some(SessionEnd::Superseded));
    let late = old.made(&["set cmi.core.lesson_status passed", "end"]);
    for _ in 0..2 {
        let refused = old.send(late.clone()).await;
        assert!(matches!(refused, Err(PlayError::Superseded)), "{refused:?}");
    }
    let calls = world.calls(old.registration).await;
    let applied: Vec<bool> = calls.iter().map(|logged| logged.call.applied).collect();
    assert_eq!(applied, [true, true, false, false]);
    new.open("one").await;
    assert_eq!(new.story().await, ["initialized one", "suspended one"]);
    let suspended = world.statements(new.registration).await.pop().unwrap();
    let session = &suspended["context"]["extensions"]["https://w3id.org/attestry/xapi/session"];
    assert_eq!(*session, old.session.to_string(), "it was the old window's session");
    new.does(&["init", "end"]).await;
    assert_eq!(new.record().await.total_time, Duration::from_mins(5));
}
