//! Import: a package becomes a course version, or nothing at all.

use crate::{
    packages::{sco, scorm12, scorm2004},
    world::{BASE, World},
};
use app::{AppError, ImportError, ImportOptions};
use blob::BlobStore;
use domain::{CourseId, Sha256Digest};
use store::{EventFilter, EventOp};

fn one() -> Vec<u8> {
    scorm12(&[sco("one")])
}

fn two() -> Vec<u8> {
    scorm2004(&[sco("one"), sco("two")], "")
}

impl World {
    async fn keeps(&self, package: &[u8]) -> bool {
        let digest = Sha256Digest::of(package);
        self.blobs.exists(self.organization(), digest).await.unwrap()
    }

    async fn events(&self) -> Vec<store::Event> {
        let page = self.store.events(self.organization(), &EventFilter::default(), 100).await;
        page.unwrap().items
    }
}

fn version_of(course: CourseId) -> ImportOptions {
    let change_note = "clearer questions".to_owned();
    ImportOptions { course: Some(course), change_note, ..ImportOptions::default() }
}

#[tokio::test]
async fn a_package_becomes_a_course_with_its_activity_ids() {
    let world = World::new().await;
    let package = two();
    let imported = world.upload(&package, ImportOptions::default()).await.unwrap();
    let version = &imported.version;
    assert!(imported.is_new && version.title == "A course");
    assert_eq!((version.version.number(), version.edition.as_str()), (1, "SCORM 2004 4th Edition"));
    assert_eq!(version.package, Sha256Digest::of(&package));
    let course = format!("{BASE}/courses/{}/1", version.course);
    assert_eq!(version.activity, course);
    assert_eq!(imported.activities, [format!("{course}/sco/one"), format!("{course}/sco/two")]);
    let (_, bytes) =
        world.app.package(&world.operator, version.course, version.version).await.unwrap();
    let mut read = vec![0; package.len()];
    bytes.read_exact_at(&mut read, 0).unwrap();
    assert_eq!((read, bytes.size()), (package.clone(), package.len() as u64));
}

#[tokio::test]
async fn the_same_bytes_give_the_same_version() {
    let world = World::new().await;
    let first = world.upload(&one(), ImportOptions::default()).await.unwrap();
    let course = first.version.course;
    for options in [ImportOptions::default(), version_of(course)] {
        let again = world.upload(&one(), options).await.unwrap();
        assert!(!again.is_new);
        assert_eq!(again.version, first.version);
    }
    assert_eq!(world.events().await.len(), 2);
}

#[tokio::test]
async fn the_same_bytes_sent_twice_at_once_are_one_course() {
    let world = World::new().await;
    let package = one();
    let (one, two) = tokio::join!(
        world.upload(&package, ImportOptions::default()),
        world.upload(&package, ImportOptions::default()),
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.version, two.version);
    assert!(one.is_new != two.is_new);
}

#[tokio::test]
async fn other_bytes_become_the_next_version_of_the_course_they_are_meant_for() {
    let world = World::new().await;
    let course = world.course(&one()).await;
    let next = world.upload(&two(), version_of(course)).await.unwrap();
    assert_eq!((next.version.course, next.version.version.number()), (course, 2));
    let detail = world.app.course(&world.operator, course).await.unwrap();
    let numbers: Vec<u32> = detail.versions.iter().map(|one| one.version.number()).collect();
    assert_eq!(numbers, [2, 1], "the newest first");
}

#[tokio::test]
async fn several_new_versions_at_once_are_numbered_without_gaps() {
    let world = World::new().await;
    let course = world.course(&one()).await;
    let packages = ["a", "b", "c"].map(|item| scorm12(&[sco(item)]));
    let uploads = packages.each_ref().map(|package| world.upload(package, version_of(course)));
    let [a, b, c] = uploads;
    let (a, b, c) = tokio::join!(a, b, c);
    let mut numbers = [a, b, c].map(|one| one.unwrap().version.version.number());
    numbers.sort_unstable();
    assert_eq!(numbers, [2, 3, 4]);
}

#[tokio::test]
async fn nothing_is_kept_of_a_package_that_is_refused() {
    let world = World::new().await;
    let no_zip = b"this is no zip".to_vec();
    let no_manifest = package::zip_of([("index.html", "<p>")]);
    let nothing_to_launch = scorm12(&[]);
    for package in [no_zip, no_manifest, nothing_to_launch] {
        let refused = world.upload(&package, ImportOptions::default()).await;
        let Err(ImportError::Refused(report)) = refused else { panic!("{refused:?}") };
        assert!(!report.findings.is_empty());
        assert!(!world.keeps(&package).await);
    }
    let nowhere = version_of(CourseId::new(world.organization().uuid()));
    let refused = world.upload(&one(), nowhere).await;
    assert!(matches!(refused, Err(ImportError::App(AppError::NotFound("course")))));
    assert!(!world.keeps(&one()).await, "bytes for a course that is not there");
    assert_eq!(world.events().await, []);
    assert!(world.app.courses(&world.operator, None, 10).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_version_is_recorded_as_reference_events() {
    let world = World::new().await;
    let options = ImportOptions {
        title: Some("  Chosen title ".to_owned()),
        change_note: "first release".to_owned(),
        file_name: "course.zip".to_owned(),
        ..ImportOptions::default()
    };
    let imported = world.upload(&one(), options).await.unwrap();
    let events = world.events().await;
    let told: Vec<_> = events
        .iter()
        .map(|one| (one.event.entity.as_str(), one.event.entity_id.clone(), one.event.op))
        .collect();
    let course = imported.version.course.to_string();
    let expected = [
        ("course", course.clone(), EventOp::Assert),
        ("course_version", format!("{course}/1"), EventOp::Assert),
    ];
    assert_eq!(told, expected);
    for one in &events {
        assert_eq!((one.event.actor.as_str(), &*one.event.reason), ("operator", "first release"));
    }
    let value: serde_json::Value = serde_json::from_str(&events[1].event.value).unwrap();
    assert_eq!(value["title"], "Chosen title");
    assert_eq!(value["package_sha256"], Sha256Digest::of(&one()).to_string());
}
