//! What a year's report costs, for growing numbers of people: six requirements, three years.

use audit::world::{Access, Course, CourseVersion, Employment, Identity, IdentityKind, Person};
use audit::world::{PersonId, Requirement, RequirementId, RoleSpan, WrittenInstant};
use audit::{Fact, Facts, Period, Question, World, evaluate};
use criterion::{Criterion, Throughput};
use domain::Timestamp;
use serde_json::json;
use std::hint::black_box;

const REQUIREMENTS: usize = 6;
const YEARS: i64 = 3;
const YEAR_MICROS: i64 = 365 * 86_400 * 1_000_000;
const BEGIN: i64 = 1_672_531_200_000_000; // 2023-01-01

fn activity(course: usize) -> String {
    format!("https://lms.example/xapi/activities/course-{course}")
}

fn course(number: usize) -> Course {
    let version = CourseVersion {
        version: "1".to_owned(),
        activity: activity(number),
        ..CourseVersion::default()
    };
    Course { id: format!("course-{number}"), versions: vec![version], ..Course::default() }
}

fn requirement(number: usize) -> Requirement {
    Requirement {
        id: RequirementId::new(format!("R{number}")),
        courses: vec![format!("course-{number}")],
        due_within: "P30D".parse().expect("a span"),
        recurrence: Some("P1Y".parse().expect("a span")),
        ..Requirement::default()
    }
}

fn person(number: usize) -> Person {
    let day = |text: &str| Some(text.parse().expect("a day"));
    let (start, end, recorded_at, retracted_at) = (day("2023-01-01"), None, None, None);
    let identity = Identity {
        kind: IdentityKind::Account,
        value: format!("https://idp.example|{number}"),
        from: None,
        to: None,
        recorded_at,
        retracted_at,
    };
    Person {
        id: PersonId::new(format!("p-{number:06}")),
        name: format!("Person {number}"),
        identities: vec![identity],
        employment: vec![Employment {
            kind: "employee".to_owned(),
            start,
            end,
            recorded_at,
            retracted_at,
        }],
        access: vec![Access { scope: "prod".to_owned(), start, end, recorded_at, retracted_at }],
        roles: vec![RoleSpan { role: "staff".to_owned(), start, end, recorded_at, retracted_at }],
        ..Person::default()
    }
}

/// A failed and a passed statement for each person, requirement and year.
fn facts(people: usize) -> Facts {
    let mut facts = Vec::new();
    let mut number: u64 = 0;
    for year in 0..YEARS {
        for person in 0..people {
            for course in 0..REQUIREMENTS {
                for verb in ["failed", "passed"] {
                    number += 1;
                    let spread = i64::try_from((person * 7 + course * 13) % 300).unwrap_or(0);
                    let at = BEGIN + year * YEAR_MICROS + spread * 86_400_000_000;
                    let at = Timestamp::from_micros(at + i64::try_from(number).unwrap_or(0));
                    let text = json!({
                        "id": uuid(number), "stored": at.to_string(),
                        "actor": {"account": {"homePage": "https://idp.example", "name": person.to_string()}},
                        "verb": {"id": format!("http://adlnet.gov/expapi/verbs/{verb}")},
                        "object": {"id": activity(course)},
                    });
                    facts.push(Fact::read(text.to_string().as_bytes()).expect("a statement"));
                }
            }
        }
    }
    facts.into_iter().collect()
}

fn uuid(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}

fn world(people: usize) -> World {
    World {
        people: (0..people).map(person).collect(),
        courses: (0..REQUIREMENTS).map(course).collect(),
        requirements: (0..REQUIREMENTS).map(requirement).collect(),
        statements: facts(people),
        ..World::default()
    }
}

fn main() {
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let day = |text: &str| text.parse().expect("a day");
    let question = Question {
        period: Period { start: day("2025-01-01"), end: day("2025-12-31") },
        as_of: "2026-01-15T00:00:00Z".parse::<WrittenInstant>().expect("an instant"),
        timezone: None,
        sample: None,
        search: Vec::new(),
    };
    let mut group = criterion.benchmark_group("audit: a year's report");
    for people in [1_000_usize, 10_000, 100_000] {
        let world = world(people);
        group.throughput(Throughput::Elements(people as u64));
        group.bench_function(format!("{people} people"), |bench| {
            bench.iter(|| black_box(evaluate(&world, &question)));
        });
    }
    group.finish();
    criterion.final_summary();
}
