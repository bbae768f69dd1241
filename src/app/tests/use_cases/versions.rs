//! Versions of a course: what a new one has otherwise, and that its author says why.

use crate::{
    packages::{asset, sco, scorm12, scorm2004},
    world::World,
};
use app::{AppError, ImportError, ImportOptions};
use blob::BlobStore;
use domain::{CourseId, CourseVersion, Sha256Digest};
use package::Difference;

fn first() -> Vec<u8> {
    scorm12(&[sco("one"), sco("two")])
}

fn second() -> Vec<u8> {
    scorm12(&[sco("one"), asset("two"), sco("three")])
}

fn added(difference: &Difference) -> Vec<&str> {
    difference.structure.added.listed.iter().map(|part| part.id.as_str()).collect()
}

#[tokio::test]
async fn a_version_of_a_course_needs_a_change_note_and_the_same_bytes_need_none() {
    let world = World::new().await;
    let course = world.course(&first()).await;
    for note in ["", " \n", &"x".repeat(2_001)] {
        let change_note = note.to_owned();
        let options =
            ImportOptions { course: Some(course), change_note, ..ImportOptions::default() };
        let refused = world.upload(&second(), options).await;
        let Err(ImportError::App(AppError::Invalid { field, .. })) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(field, "/change_note");
    }
    let kept = world.blobs.exists(world.organization(), Sha256Digest::of(&second())).await;
    assert!(!kept.unwrap(), "nothing is kept of what is refused");
    let same = ImportOptions { course: Some(course), ..ImportOptions::default() };
    assert!(!world.upload(&first(), same).await.unwrap().is_new);
    let change_note = " clearer questions ".to_owned();
    let options = ImportOptions { course: Some(course), change_note, ..ImportOptions::default() };
    let next = world.upload(&second(), options).await.unwrap();
    assert_eq!(next.version.change_note, "clearer questions");
}

#[tokio::test]
async fn an_import_and_a_dry_run_tell_the_difference_and_a_dry_run_keeps_nothing() {
    let world = World::new().await;
    let course = world.course(&first()).await;
    let mut spool = world.app.spool(&world.operator).await.unwrap();
    spool.write(&second()).await.unwrap();
    let spooled = spool.finish().await.unwrap();
    let examined = world.app.examine(&world.operator, spooled, Some(course)).await.unwrap();
    let dry = examined.difference.unwrap();
    assert_eq!((dry.from.number(), dry.to), (1, None));
    assert_eq!(added(&dry.difference), ["three"]);
    assert!(examined.known.is_none() && examined.report.accepted);
    let kept = world.blobs.exists(world.organization(), Sha256Digest::of(&second())).await;
    assert!(!kept.unwrap());
    assert_eq!(world.app.course(&world.operator, course).await.unwrap().versions.len(), 1);

    let change_note = "a third part".to_owned();
    let options = ImportOptions { course: Some(course), change_note, ..ImportOptions::default() };
    let told = world.upload(&second(), options).await.unwrap().difference.unwrap();
    assert_eq!(told.difference, dry.difference);
    assert_eq!(told.to, Some(CourseVersion::FIRST.next()));
    let changed: Vec<_> =
        told.difference.files.changed.listed.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(changed, ["imsmanifest.xml"]);
}

#[tokio::test]
async fn any_two_versions_are_compared_whichever_is_older() {
    let world = World::new().await;
    let course = world.course(&first()).await;
    let two = world.next_version(course, &second()).await;
    let three = world.next_version(course, &scorm2004(&[sco("one"), sco("two")], "")).await;
    let one = CourseVersion::FIRST;
    let compared = |to, from| world.app.version_difference(&world.operator, course, to, from);
    let before = compared(two, None).await.unwrap();
    assert_eq!((before.from, added(&before.difference)), (one, vec!["three"]));
    let back = compared(one, Some(two)).await.unwrap().difference;
    assert_eq!(back.structure.removed.total, 1);
    let edition = compared(three, Some(one)).await.unwrap().difference.structure;
    let told: Vec<String> =
        edition.course.iter().map(scorm::difference::Change::sentence).collect();
    assert_eq!(told[0], "Was SCORM 1.2, is SCORM 2004 4th Edition.");
    assert!(compared(two, Some(two)).await.unwrap().difference.is_empty());
    let refused = compared(one, None).await;
    assert!(matches!(refused, Err(AppError::Invalid { .. })), "{refused:?}");
    let nowhere = CourseId::new(world.organization().uuid());
    let refused = world.app.version_difference(&world.operator, nowhere, two, None).await;
    assert!(matches!(refused, Err(AppError::NotFound("course version"))), "{refused:?}");
}
