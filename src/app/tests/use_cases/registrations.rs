//! The record handed over.

use crate::{
    packages::{sco, scorm12},
    world::{World, agent, asked},
};
use app::{LaunchRequest, RegistrationQuery};
use serde_json::value::to_raw_value;
use std::collections::BTreeSet;

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
