//! Launches: who may begin what, and that a link works once.

use crate::{
    packages::{sco, scorm12},
    world::{World, agent, asked},
};
use app::{AppError, LaunchError, LaunchRequest, play::wire::LaunchMode};
use domain::{CourseId, RegistrationId};
use serde_json::{Value, json, value::to_raw_value};

async fn course(world: &World) -> CourseId {
    world.course(&scorm12(&[sco("one")])).await
}

/// A launch of an actor's.
fn by(actor: &Value, course: CourseId) -> LaunchRequest {
    LaunchRequest { actor: to_raw_value(actor).unwrap(), ..asked(course) }
}

/// Where a refusal says that the request is wrong.
fn wrong_at(refused: Result<app::CreatedLaunch, LaunchError>) -> String {
    match refused {
        Err(LaunchError::App(AppError::Invalid { field, .. })) => field,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_link_works_once() {
    let world = World::new().await;
    let launch = world.try_launch(&asked(course(&world).await)).await.unwrap();
    let token = launch.token.expose();
    let (one, two) =
        tokio::join!(world.app.exchange_launch(token), world.app.exchange_launch(token));
    assert!(one.is_ok() != two.is_ok(), "one of two at once gets it");
    let refused = world.app.exchange_launch(token).await;
    assert!(matches!(refused, Err(LaunchError::Used)), "{refused:?}");
}

#[tokio::test]
async fn a_link_that_was_not_used_in_time_is_refused() {
    let world = World::new().await;
    let launch = world.try_launch(&asked(course(&world).await)).await.unwrap();
    world.clock.advance(launch.expires_at.since(domain::Clock::now(&*world.clock)));
    let refused = world.app.exchange_launch(launch.token.expose()).await;
    assert!(matches!(refused, Err(LaunchError::Used)), "{refused:?}");
}

#[tokio::test]
async fn an_open_registration_goes_on_and_a_new_one_can_be_asked_for() {
    let world = World::new().await;
    let course = course(&world).await;
    let first = world.try_launch(&asked(course)).await.unwrap().registration;
    assert_eq!(world.try_launch(&asked(course)).await.unwrap().registration, first);
    world.wait(1);
    let forced = LaunchRequest { new_registration: true, ..asked(course) };
    let second = world.try_launch(&forced).await.unwrap().registration;
    assert_ne!(first, second);
    assert_eq!(world.try_launch(&asked(course)).await.unwrap().registration, second);
    let bob = world.try_launch(&by(&agent("bob"), course)).await.unwrap().registration;
    assert!(bob != first && bob != second);
}

#[tokio::test]
async fn after_a_course_is_completed_and_left_a_launch_is_a_renewal_of_its_own() {
    let world = World::new().await;
    let course = course(&world).await;
    let mut player = world.play(course).await;
    player.open("one").await;
    player.does(&["init", "set cmi.core.lesson_status completed", "end"]).await;
    let still = world.try_launch(&asked(course)).await.unwrap();
    assert_eq!(still.registration, player.registration, "it was not left yet");
    player.exit().await;
    let review = LaunchRequest { mode: LaunchMode::Review, ..asked(course) };
    let back = world.try_launch(&review).await.unwrap();
    assert_eq!(back.registration, player.registration, "a look back is at what was done");
    let named =
        LaunchRequest { registration: Some(player.registration.to_string()), ..asked(course) };
    let named = world.try_launch(&named).await.unwrap();
    assert_eq!(named.registration, player.registration, "who names it gets it");
    let renewal = world.try_launch(&asked(course)).await.unwrap();
    assert_ne!(renewal.registration, player.registration);
}

#[tokio::test]
async fn a_registration_may_be_named_before_there_is_one() {
    let world = World::new().await;
    let course = course(&world).await;
    let id: RegistrationId = "fd41c918-b88b-4b20-a0a5-a4c32391aaa0".parse().unwrap();
    let named = LaunchRequest { registration: Some(id.to_string()), ..asked(course) };
    for _ in 0..2 {
        assert_eq!(world.try_launch(&named).await.unwrap().registration, id);
    }
    let other = "fd41c918-b88b-4b20-a0a5-a4c32391aaa1";
    let named = LaunchRequest { registration: Some(other.to_owned()), ..asked(course) };
    let (one, two) = tokio::join!(world.try_launch(&named), world.try_launch(&named));
    assert_eq!(one.unwrap().registration, two.unwrap().registration);
}

#[tokio::test]
async fn a_registration_of_another_learner_course_or_version_is_refused() {
    let world = World::new().await;
    let first = course(&world).await;
    let other = world.course(&scorm12(&[sco("other")])).await;
    world.next_version(first, &scorm12(&[sco("two")])).await;
    let id = world.try_launch(&asked(first)).await.unwrap().registration.to_string();
    let registration = || Some(id.clone());
    for request in [
        LaunchRequest { registration: registration(), ..by(&agent("bob"), first) },
        LaunchRequest { registration: registration(), ..asked(other) },
        LaunchRequest { registration: registration(), version: Some(1), ..asked(first) },
    ] {
        assert_eq!(wrong_at(world.try_launch(&request).await), "/registration");
    }
    let right = LaunchRequest { registration: registration(), version: Some(2), ..asked(first) };
    assert_eq!(world.try_launch(&right).await.unwrap().version.number(), 2);
}

#[tokio::test]
async fn an_older_version_is_launched_by_its_number() {
    let world = World::new().await;
    let course = course(&world).await;
    world.next_version(course, &scorm12(&[sco("two")])).await;
    let newest = world.try_launch(&asked(course)).await.unwrap();
    let old = LaunchRequest { version: Some(1), ..asked(course) };
    let old = world.try_launch(&old).await.unwrap();
    assert_eq!((newest.version.number(), old.version.number()), (2, 1));
    assert_ne!(newest.registration, old.registration);
    for version in [0, 3] {
        let request = LaunchRequest { version: Some(version), ..asked(course) };
        let refused = world.try_launch(&request).await;
        assert!(refused.is_err(), "version {version}");
    }
}

#[tokio::test]
async fn a_learner_is_an_identified_agent() {
    let world = World::new().await;
    let course = course(&world).await;
    let group = json!({ "objectType": "Group", "mbox": "mailto:all@example.com" });
    assert_eq!(wrong_at(world.try_launch(&by(&group, course)).await), "/actor");
    for actor in [
        json!({ "name": "nobody" }),
        json!({ "mbox": "ada@example.com" }),
        json!({ "mbox": "mailto:ada@example.com", "openid": "https://ada.example/" }),
        json!("ada"),
    ] {
        let refused = world.try_launch(&by(&actor, course)).await;
        assert!(matches!(refused, Err(LaunchError::Actor(_))), "{actor}: {refused:?}");
    }
}

#[tokio::test]
async fn values_of_a_launch_are_checked() {
    let world = World::new().await;
    let course = course(&world).await;
    let cases = [
        ("/course", LaunchRequest { course: "x".to_owned(), ..asked(course) }),
        ("/registration", LaunchRequest { registration: Some("x".to_owned()), ..asked(course) }),
        (
            "/return_url",
            LaunchRequest { return_url: Some("javascript:alert(1)".to_owned()), ..asked(course) },
        ),
        ("/language", LaunchRequest { language: Some("not a tag".to_owned()), ..asked(course) }),
    ];
    for (field, request) in cases {
        assert_eq!(wrong_at(world.try_launch(&request).await), field);
    }
    let nowhere = CourseId::new(world.organization().uuid());
    let refused = world.try_launch(&asked(nowhere)).await;
    assert!(matches!(refused, Err(LaunchError::App(AppError::NotFound(_)))), "{refused:?}");
}

#[tokio::test]
async fn content_knows_a_learner_by_the_account_or_by_an_opaque_id_that_stays() {
    let world = World::new().await;
    let course = course(&world).await;
    let player = world.play(course).await;
    let fixed = world.kept(player.registration).await.fixed;
    assert_eq!((&*fixed.learner_id, &*fixed.learner_name), ("ada", "Name of ada"));
    let mut ids = Vec::new();
    for _ in 0..2 {
        let actor = json!({ "mbox": "mailto:ada@example.com" });
        let request = LaunchRequest { new_registration: true, ..by(&actor, course) };
        let launch = world.try_launch(&request).await.unwrap();
        ids.push(world.kept(launch.registration).await.fixed.learner_id);
    }
    assert!(ids[0] == ids[1] && !ids[0].contains("ada") && ids[0].starts_with("l-"), "{ids:?}");
}
