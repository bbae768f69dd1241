use super::*;
use crate::World;
use crate::reference::{ERASED, Entity};
use crate::world::{Row, Visibility};
use proptest::prelude::*;

/// The rows that are visible at an instant, without the times in which they were known.
fn known<R: Row>(rows: &mut Vec<R>, as_of: Timestamp) {
    rows.retain(|row| row.visibility().at(as_of));
    for row in rows {
        row.set_visibility(Visibility::default());
    }
}

/// What an evaluation sees of a world at an instant.
fn seen(mut world: World, as_of: Timestamp) -> World {
    known(&mut world.people, as_of);
    for person in &mut world.people {
        known(&mut person.identities, as_of);
        known(&mut person.employment, as_of);
        known(&mut person.access, as_of);
        known(&mut person.roles, as_of);
    }
    known(&mut world.courses, as_of);
    for course in &mut world.courses {
        known(&mut course.versions, as_of);
    }
    known(&mut world.requirements, as_of);
    known(&mut world.exceptions, as_of);
    known(&mut world.idp_export, as_of);
    known(&mut world.phishing, as_of);
    known(&mut world.management_reviews, as_of);
    if let Some(authorities) = &mut world.organization.authorities {
        known(authorities, as_of);
    }
    world
}

fn line() -> impl Strategy<Value = Line> {
    let person = prop::sample::select(vec!["ada", "bob"]);
    let key = prop::sample::select(vec!["1", "2"]);
    let text = prop::sample::select(vec!["one", "two"]);
    let end = prop::sample::select(vec!["", "2025-06-30", "2025-12-31"]);
    let kind = 0..9;
    (kind, person, key, text, end, prop::bool::weighted(0.7)).prop_map(
        |(kind, person, key, text, end, is_assert)| {
            let part = format!("{person}/{key}");
            let version = format!("sat/{key}");
            let line = match kind {
                0 => assert("person", person, &format!(r#"{{"name":"{text}","department":null}}"#)),
                1 => {
                    let value =
                        format!(r#"{{"person":"{person}","kind":"mbox","value":"{text}@a.test"}}"#);
                    dated("identity", &part, &value, "2025-01-01", end)
                }
                2 => {
                    let value = format!(r#"{{"person":"{person}","scope":"{text}"}}"#);
                    dated("access", &part, &value, "2025-01-01", end)
                }
                3 => {
                    let value = format!(r#"{{"person":"{person}","type":"{text}"}}"#);
                    dated("employment", &part, &value, "2025-01-01", end)
                }
                4 => assert("course", "sat", &format!(r#"{{"title":"{text}"}}"#)),
                5 => {
                    let value = format!(r#"{{"version":{key},"activity":"https://a.test/{key}"}}"#);
                    assert("course_version", &version, &value)
                }
                6 => {
                    let value = r#"{"accepted_from":"2025-01-01","accepted_until":null}"#;
                    let other = r#"{"min_plausible_seconds":60}"#;
                    assert("accepted_version", &version, if text == "one" { value } else { other })
                }
                7 => assert("audit_policy", "organization", r#"{"timezone":"Europe/Berlin"}"#),
                _ => assert("requirement", text, r#"{"id":"?","courses":["sat"]}"#),
            };
            if is_assert { line } else { retract(line.entity, &line.id) }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn as_of_an_event_everything_is_as_when_only_the_events_up_to_it_had_been_there_1_2_4(
        lines in prop::collection::vec(line(), 1..24),
    ) {
        let whole = fold(&lines);
        for place in 0..lines.len() {
            let as_of = at(place);
            let prefix = fold(&lines[..=place]);
            for entity in Entity::ALL {
                let all: Vec<_> = whole.all_at(*entity, Some(as_of)).map(|row| (row.id, row.asserted)).collect();
                let then: Vec<_> = prefix.all_at(*entity, None).map(|row| (row.id, row.asserted)).collect();
                prop_assert_eq!(all, then, "{} at {}", entity, place);
            }
            let one = seen(whole.world(as_of).0, as_of);
            let other = seen(prefix.world(as_of).0, as_of);
            prop_assert_eq!(one, other, "at {}", place);
        }
    }

    #[test]
    fn a_person_and_a_course_are_there_once_at_any_time(
        lines in prop::collection::vec(line(), 1..24),
        place in 0..24_usize,
    ) {
        let world = seen(fold(&lines).world(at(place)).0, at(place));
        let mut people: Vec<_> = world.people.iter().map(|person| person.id.as_str()).collect();
        let count = people.len();
        people.dedup();
        prop_assert_eq!(count, people.len());
        for course in &world.courses {
            let mut versions: Vec<_> = course.versions.iter().map(|one| &one.version).collect();
            let count = versions.len();
            versions.dedup();
            prop_assert_eq!(count, versions.len());
        }
    }
}

const ADA: &str = r#"{"name":"Ada","department":"Ops","manager":null}"#;

#[test]
fn a_correction_retracts_and_asserts_and_both_rows_stay() {
    let access = r#"{"person":"ada","scope":"prod"}"#;
    let trail = fold(&[
        assert("person", "ada", ADA),
        dated("access", "ada/1", access, "2025-01-06", ""),
        retract("access", "ada/1"),
        dated("access", "ada/1", access, "2025-01-13", ""),
    ]);
    let (world, notes) = trail.world(at(3));
    assert!(notes.is_empty(), "{notes:?}");
    assert_eq!(world.people.len(), 1);
    let rows: Vec<_> = world.people[0]
        .access
        .iter()
        .map(|row| (row.start.map(|day| day.to_string()), row.recorded_at, row.retracted_at))
        .collect();
    assert_eq!(
        rows,
        [
            (Some("2025-01-06".to_owned()), Some(at(1)), Some(at(2))),
            (Some("2025-01-13".to_owned()), Some(at(3)), None),
        ]
    );
}

#[test]
fn when_a_version_counts_is_told_apart_from_that_it_is_there() {
    let trail = fold(&[
        assert("course", "sat", r#"{"title":"Security"}"#),
        assert("course_version", "sat/2", r#"{"version":2,"activity":"https://a.test/2"}"#),
        assert("course_version", "sat/10", r#"{"version":10,"activity":"https://a.test/10"}"#),
        assert("accepted_version", "sat/2", r#"{"accepted_until":"2025-03-31"}"#),
        retract("accepted_version", "sat/2"),
    ]);
    let (world, _) = trail.world(at(4));
    let versions: Vec<_> = world.courses[0]
        .versions
        .iter()
        .map(|row| {
            let until = row.accepted_until.map(|day| day.to_string()).unwrap_or_default();
            (row.version.as_str(), until, row.recorded_at, row.retracted_at)
        })
        .collect();
    let until = "2025-03-31".to_owned();
    assert_eq!(
        versions,
        [
            ("2", String::new(), Some(at(1)), Some(at(3))),
            ("2", until, Some(at(3)), Some(at(4))),
            ("2", String::new(), Some(at(4)), None),
            ("10", String::new(), Some(at(2)), None),
        ]
    );
}

#[test]
fn what_cannot_be_read_is_passed_over_with_a_note() {
    let trail = fold(&[
        assert("person", "ada", "{}"),
        assert("requirement", "R-1", r#"{"courses":"sat"}"#),
        retract("exception", "EX-1"),
        dated("access", "bob/1", "{}", "2025-01-01", "2024-01-01"),
        assert("registration", "1", "not looked at"),
        assert("person", "bob", r#"{"name":"Bob"}"#),
    ]);
    let (world, notes) = trail.world(at(9));
    let places: Vec<_> = notes.iter().map(|note| note.position).collect();
    assert_eq!(places, [2, 3, 0, 1]);
    assert_eq!(world.people.iter().map(|person| person.id.as_str()).collect::<Vec<_>>(), ["bob"]);
    assert_eq!(trail.last(), Some(5));
}

#[test]
fn an_erased_person_stays_with_access_and_without_a_name() {
    let trail = fold(&[
        assert("person", "ada", ERASED),
        dated("identity", "ada/1", ERASED, "2025-01-01", ""),
        dated("access", "ada/2", r#"{"person":"ada","scope":"prod"}"#, "2025-01-01", ""),
        assert("person", "ada", ERASED),
    ]);
    let (world, notes) = trail.world(at(3));
    assert!(notes.is_empty(), "{notes:?}");
    assert_eq!(world.erasures.len(), 1);
    assert!(world.erasures[0].visibility().at(at(0)), "the name is gone for the time before, too");
    let ada = &world.people[1];
    assert_eq!((ada.name.as_str(), ada.identities.len(), ada.access.len()), ("", 0, 1));
}

#[test]
fn hiding_a_shipped_control_says_something_though_nothing_was_asserted() {
    let trail = fold(&[
        retract("control", "SOC2:CC1.4"),
        assert("control", "SOC2:CC9.9", r#"{"title":"Ours"}"#),
    ]);
    assert!(trail.notes().is_empty());
    let edits = trail.catalogue_at(Some(at(0)));
    assert_eq!(edits.len(), 1);
    assert!(edits[0].1 == "SOC2:CC1.4" && edits[0].2.is_none());
    assert_eq!(trail.catalogue_at(None).len(), 2);
}

#[test]
fn the_defaults_are_those_in_force_as_of_the_evaluation() {
    let trail = fold(&[
        assert("audit_policy", "organization", r#"{"timezone":"Europe/Berlin"}"#),
        assert(
            "audit_policy",
            "organization",
            r#"{"timezone":"Asia/Tokyo","policy":{"max_backdate":"P1D"}}"#,
        ),
        assert(
            "trusted_authority",
            "account:https://a.test|x",
            r#"{"authority":"account:https://a.test|x"}"#,
        ),
    ]);
    let zone = |place| trail.world(at(place)).0.organization.timezone.to_string();
    assert_eq!((zone(0), zone(1)), ("Europe/Berlin".to_owned(), "Asia/Tokyo".to_owned()));
    let organization = trail.world(at(2)).0.organization;
    assert_eq!(organization.policy.max_backdate.to_string(), "P1D");
    assert_eq!(organization.authorities.map(|rows| rows.len()), Some(1));
}
