//! The record handed over.

use crate::{
    packages::{sco, scorm12, scorm2004},
    world::{World, agent, asked},
};
use app::{ErasureRequest, LaunchRequest, RegistrationQuery};
use serde_json::value::to_raw_value;
use std::{collections::BTreeSet, time::Duration};
use store::SessionEnd;

async fn learners(world: &World, count: usize) -> domain::CourseId {
    let course = world.course(&scorm12(&[sco("one")])).await;
    for number in 0..count {
        let actor = to_raw_value(&agent(&format!("learner-{number}"))).unwrap();
        world.try_launch(&LaunchRequest { actor, ..asked(course) }).await.unwrap();
        world.wait(1);
    }
    course
}

#[tokio::test]
async fn an_export_gives_every_registration_once_however_many() {
    let world = World::new().await;
    learners(&world, 501).await;
    let mut export = world.app.export_registrations(RegistrationQuery::default());
    let (mut pages, mut ids) = (0, Vec::new());
    while let Some(rows) = world.app.next_registrations(&world.operator, &mut export).await.unwrap()
    {
        pages += 1;
        ids.extend(rows.iter().map(|row| row.id));
        if pages == 1 {
            // The first learner, who is at the end of the list, moves to its front.
            world.wait(120);
            let actor = to_raw_value(&agent("learner-0")).unwrap();
            let course = rows[0].course;
            let mut player = world.play_as(&LaunchRequest { actor, ..asked(course) }).await;
            player.open("one").await;
            player.does(&["init", "end"]).await;
        }
    }
    assert!(pages > 1 && ids.len() == 501, "{pages} pages, {} rows", ids.len());
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 501);
}

#[tokio::test]
async fn registrations_are_found_by_person_and_course() {
    let world = World::new().await;
    let course = learners(&world, 3).await;
    let other = world.course(&scorm12(&[sco("other")])).await;
    for (query, count) in [
        (RegistrationQuery { course: Some(course), ..RegistrationQuery::default() }, 3),
        (RegistrationQuery { course: Some(other), ..RegistrationQuery::default() }, 0),
        (
            RegistrationQuery {
                person: Some("LEARNER-1".to_owned()),
                ..RegistrationQuery::default()
            },
            1,
        ),
    ] {
        let page = world.app.registrations(&world.operator, &query, 10).await.unwrap();
        assert_eq!(page.items.len(), count, "{query:?}");
        assert!(page.items.iter().all(|row| row.status() == "not_started"));
    }
}

#[tokio::test]
async fn a_row_says_what_the_statements_say() {
    let world = World::new().await;
    let course = world.course(&scorm12(&[sco("one")])).await;
    let mut player = world.play(course).await;
    player.open("one").await;
    player.does(&["init"]).await;
    let status = async || {
        let detail = world.app.registration(&world.operator, player.registration).await.unwrap();
        detail.row.status()
    };
    assert_eq!(status().await, "incomplete");
    let rest = player.made(&["set cmi.core.lesson_status completed", "end"]);
    player.send(rest).await.unwrap();
    let detail = world.app.registration(&world.operator, player.registration).await.unwrap();
    assert_eq!(detail.row.status(), "completed");
    assert_eq!((detail.course.completion, detail.activities.len()), ("completed", 1));
    assert_eq!((detail.attempts.len(), detail.sessions.len()), (1, 1));
    assert_eq!(detail.row.record, player.record().await);
}

/// Questions of SCORM 2004, as content writes them.
const ASKED: [&str; 10] = [
    "init",
    "set cmi.objectives.0.id goal",
    "set cmi.objectives.0.success_status passed",
    "set cmi.objectives.0.score.raw 4",
    "set cmi.interactions.0.id sender",
    "set cmi.interactions.0.type choice",
    "set cmi.interactions.0.correct_responses.0.pattern a[,]b",
    "set cmi.interactions.0.learner_response b",
    "set cmi.interactions.0.result incorrect",
    "set cmi.interactions.0.latency PT1M2.5S",
];

#[tokio::test]
async fn a_registration_tells_of_questions_objectives_and_launches() {
    let world = World::new().await;
    let course = world.course(&scorm2004(&[sco("one"), sco("two")], "")).await;
    let mut player = world.play(course).await;
    player.open("one").await;
    player.does(&ASKED).await;
    player.does(&["end"]).await;
    world.wait(30);
    player.open("two").await;
    player.does(&["init", "end"]).await;
    world.wait(30);
    player.exit().await;
    let detail = world.app.registration(&world.operator, player.registration).await.unwrap();
    let [one, two] = detail.reports.as_slice() else { panic!("{:?}", detail.reports) };
    assert_eq!(
        (one.activity.as_str(), one.title.as_str(), one.attempt),
        ("one", "Title of one", 1)
    );
    let [asked] = one.interactions.as_slice() else { panic!("{one:?}") };
    assert_eq!((asked.id.as_str(), asked.kind.as_deref()), ("sender", Some("choice")));
    assert_eq!(asked.correct_responses, ["a[,]b"]);
    assert_eq!(asked.learner_response.as_deref(), Some("b"));
    assert_eq!(asked.result.as_deref(), Some("incorrect"));
    assert_eq!(asked.latency, Some(Duration::from_millis(62_500)));
    let [goal] = one.objectives.as_slice() else { panic!("{one:?}") };
    assert_eq!((goal.id.as_str(), goal.success), ("goal", "passed"));
    assert_eq!(goal.score.and_then(|score| score.raw), Some(4.0));
    assert!(two.interactions.is_empty() && two.objectives.is_empty());

    let [launch] = detail.sessions.as_slice() else { panic!("{:?}", detail.sessions) };
    let parts: Vec<&str> = launch.parts.iter().map(|(_, title)| title.as_str()).collect();
    assert_eq!(parts, ["Title of one", "Title of two"]);
    assert_eq!(launch.ended.map(|(_, how)| how), Some(SessionEnd::Exited));
    assert_eq!(launch.lasted(), Duration::from_mins(1));

    // Of a person who was erased it stays that there were attempts and launches, and nothing in them.
    let actors = vec![detail.row.actor.clone()];
    let erase = ErasureRequest { actors, reason: "a test".to_owned(), ..ErasureRequest::default() };
    world.app.erase(&world.operator, &erase).await.unwrap();
    let detail = world.app.registration(&world.operator, player.registration).await.unwrap();
    assert!(detail.reports.iter().all(|of| of.interactions.is_empty() && of.objectives.is_empty()));
    assert_eq!((detail.reports.len(), detail.sessions.len()), (2, 1));
    assert!(detail.sessions[0].parts.is_empty());
}
