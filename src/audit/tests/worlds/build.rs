//! Makes the world and the question of a plan.

use super::plan::{Deed, Known, Plan, Range, Rules, Somebody};
use audit::world::{
    Access, Attestation, Audience, Course, CourseVersion, Employment, Exception, ExceptionId,
    Filter, Identity, IdentityKind, Notice, Organization, OrganizationPolicy, Person, PersonId,
    Recipient, Requirement, RequirementId, Retrain, RoleSpan, TrustedAuthority, WrittenInstant,
};
use audit::{About, ActorName, Day, Fact, Origin, Period, Question, Span, Verb, World};
use domain::{StatementId, Timestamp};
use std::time::Duration;
use uuid::Uuid;

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;
/// How far the ids of two statements are apart: between them is room for one that is sent anew.
const ID_STEP: u128 = 256;

fn zero() -> Timestamp {
    "2024-01-15T00:00:00Z".parse().expect("an instant")
}

fn at(minutes: u32) -> Timestamp {
    zero().plus(Duration::from_secs(u64::from(minutes) * MINUTE))
}

fn instant(day: u32) -> Timestamp {
    zero().plus(Duration::from_secs(u64::from(day) * DAY))
}

fn day(day: u32) -> Day {
    "2024-01-15".parse::<Day>().expect("a day").plus_days(i64::from(day))
}

fn days(count: u32) -> Span {
    format!("P{count}D").parse().expect("a span")
}

fn recorded(known: Known) -> Option<Timestamp> {
    known.recorded.map(instant)
}

fn retracted(known: Known) -> Option<Timestamp> {
    known.retracted.map(instant)
}

fn last(range: Range) -> Option<Day> {
    range.days.map(|days| day(range.start + days))
}

fn id(number: u128) -> StatementId {
    StatementId::new(Uuid::from_u128((0xA11D_u128 << 112) + number * ID_STEP))
}

fn version(number: usize) -> String {
    format!("{}.0", number + 1)
}

fn activity(course: usize, version: usize) -> String {
    format!("https://lms.acme.test/c{course}/{version}")
}

/// Builds what has numbers: statements in the order in which they are made.
#[derive(Default)]
struct Builder {
    statements: Vec<Fact>,
    made: u128,
}

impl Builder {
    fn next_id(&mut self) -> StatementId {
        self.made += 1;
        id(self.made)
    }

    fn add(&mut self, person: usize, deed: &Deed, versions: usize) {
        let timestamp = at(deed.minutes);
        let delay = Duration::from_secs(u64::from(deed.delay.unsigned_abs()) * MINUTE);
        let stored = if deed.delay < 0 { timestamp.minus(delay) } else { timestamp.plus(delay) };
        let later = |days: u32| stored.plus(Duration::from_secs(u64::from(days) * DAY));
        let fact = Fact {
            id: self.next_id(),
            actor: ActorName::Mbox(format!("p{person}@acme.test").into()),
            verb: Some(deed.verb),
            about: About::Activity(activity(deed.course, deed.version % versions).into()),
            scaled: deed.scaled.map(|percent| f64::from(percent) / 100.0),
            seconds: deed.seconds.map(f64::from),
            waiver_reason: (deed.verb == Verb::Waived).then(|| "Administrative".into()),
            registration: deed
                .registration
                .map(|one| Uuid::from_u128((1 << 100) + (person as u128 * 16) + one as u128)),
            timestamp,
            stored,
            recorded_at: deed.imported.map_or(stored, later),
            authority_key: Some(
                format!("account:https://lms.acme.test|a{}", deed.authority).into(),
            ),
            origin: if deed.authority == 0 { Origin::Runtime } else { Origin::Client },
            grade: None,
            erased: false,
        };
        let voiding = deed.voided.map(|days| Fact {
            id: self.next_id(),
            verb: Some(Verb::Voided),
            about: About::Statement(fact.id),
            timestamp: later(days),
            stored: later(days),
            recorded_at: later(days),
            ..fact.clone()
        });
        self.statements.extend(deed.again.then(|| fact.clone()));
        self.statements.push(fact);
        self.statements.extend(voiding);
    }
}

fn person(number: usize, plan: &Plan, who: &Somebody) -> Person {
    let address = |name: usize| Identity {
        kind: IdentityKind::Mbox,
        value: format!("mailto:P{name}@acme.test"),
        from: None,
        to: None,
        recorded_at: None,
        retracted_at: None,
    };
    let mut identities = vec![address(number)];
    if plan.shared && number == 1 {
        identities.push(address(0));
    }
    let scopes = ["prod", "office"];
    let types = ["employee", "contractor"];
    let roles = ["engineer", "support"];
    let access = |range: &Range| Access {
        scope: scopes[range.which].to_owned(),
        start: Some(day(range.start)),
        end: last(*range),
        recorded_at: recorded(range.known),
        retracted_at: retracted(range.known),
    };
    let employment = |range: &Range| Employment {
        kind: types[range.which].to_owned(),
        start: Some(day(range.start)),
        end: last(*range),
        recorded_at: recorded(range.known),
        retracted_at: retracted(range.known),
    };
    let role = |range: &Range| RoleSpan {
        role: roles[range.which].to_owned(),
        start: Some(day(range.start)),
        end: last(*range),
        recorded_at: recorded(range.known),
        retracted_at: retracted(range.known),
    };
    Person {
        id: PersonId::new(format!("p{number}")),
        name: format!("Person {number}"),
        identities,
        access: who.access.iter().map(access).collect(),
        employment: who.employment.iter().map(employment).collect(),
        roles: who.roles.iter().map(role).collect(),
        ..Person::default()
    }
}

fn requirement(number: usize, plan: &Plan, rules: &Rules) -> Requirement {
    // 0 and 1 are one course, 2 is both.
    let courses: Vec<usize> = if rules.courses == 2 { vec![0, 1] } else { vec![rules.courses] };
    let retrain = rules.anew.iter().map(|anew| {
        let course = courses[anew.course % courses.len()];
        Retrain {
            course: format!("c{course}"),
            min_version: version(anew.version % plan.courses[course].len()),
            effective_on: day(anew.on),
            due_within: days(anew.within),
        }
    });
    let only = |narrow: bool, name: &str| {
        if narrow { Filter::Of(vec![name.to_owned()]) } else { Filter::Any }
    };
    Requirement {
        id: RequirementId::new(format!("R{number}")),
        title: format!("Requirement {number}"),
        courses: courses.iter().map(|course| format!("c{course}")).collect(),
        rule: rules.rule,
        min_score: rules.least.map(|percent| f64::from(percent) / 100.0),
        basis: rules.basis,
        audience: Audience {
            types: only(rules.narrow[0], "employee"),
            roles: only(rules.narrow[1], "engineer"),
            scopes: only(rules.narrow[2], "prod"),
        },
        effective_from: rules.from.map(day),
        effective_to: rules.to.map(day),
        due_within: days(rules.within),
        due_date: rules.date.map(day),
        recurrence: rules.recurrence.map(|span| span.parse().expect("a span")),
        anchor: rules.anchor,
        renewal_opens: rules.opens.map(days),
        credit: rules.credit,
        exit_rule: rules.exit,
        attestation: rules.attestation,
        retrain: retrain.collect(),
        controls: vec![format!("ACME:{}", number % 2)],
        ..Requirement::default()
    }
}

fn course(number: usize, plan: &Plan) -> Course {
    let releases = plan.courses[number].iter().enumerate();
    let versions = releases.map(|(place, release)| CourseVersion {
        version: version(place),
        activity: activity(number, place),
        accepted_from: release.from.map(day),
        accepted_until: release.until.map(day),
        min_plausible_seconds: (place == 0).then_some(30.0),
        recorded_at: recorded(release.known),
        retracted_at: retracted(release.known),
    });
    Course {
        id: format!("c{number}"),
        title: format!("Course {number}"),
        versions: versions.collect(),
        ..Course::default()
    }
}

/// Of all people; numbered in the order in which they were recorded, as they apply.
fn exceptions(plan: &Plan) -> Vec<Exception> {
    let of_all = plan.people.iter().enumerate();
    let mut all: Vec<_> =
        of_all.flat_map(|(person, who)| who.excuses.iter().map(move |one| (person, one))).collect();
    all.sort_by_key(|(_, excuse)| excuse.range.known.recorded);
    let exception = |(number, (person, excuse)): (usize, &(usize, &super::plan::Excuse))| {
        let range = excuse.range;
        Exception {
            id: ExceptionId::new(format!("x{number:02}")),
            person: PersonId::new(format!("p{person}")),
            requirement: RequirementId::new(format!("R{}", excuse.requirement % plan.rules.len())),
            kind: excuse.kind,
            from: Some(day(range.start)),
            to: last(range),
            extended_due: Some(day(range.start + excuse.extended)),
            reason: format!("reason {number}"),
            approved_by: None,
            recorded_at: recorded(range.known),
            retracted_at: retracted(range.known),
        }
    };
    all.iter().enumerate().map(exception).collect()
}

fn attestations(person: usize, plan: &Plan, who: &Somebody) -> Vec<Attestation> {
    let signed = who.signings.iter().enumerate().map(|(number, signing)| {
        let signed_at = at(signing.minutes);
        let known = |days| signed_at.plus(Duration::from_secs(u64::from(days) * DAY));
        Attestation {
            id: format!("at-{person}-{number}"),
            person: PersonId::new(format!("p{person}")),
            signer_name: format!("Person {person}"),
            course: format!("c{}", signing.course),
            version: version(signing.version % plan.courses[signing.course].len()),
            signed_at: WrittenInstant::new(signed_at),
            statement_text: "I have.".to_owned(),
            ip: None,
            user_agent: None,
            recorded_at: signing.known.map(known),
            retracted_at: None,
        }
    });
    signed.collect()
}

fn organization(plan: &Plan) -> Organization {
    let trusted = |name: &str| TrustedAuthority {
        authority: format!("account:https://lms.acme.test|{name}"),
        recorded_at: None,
        retracted_at: None,
    };
    let notice = |offset_days, to| Notice { offset_days, action: "tell".to_owned(), to };
    Organization {
        timezone: plan.zone.parse().expect("a zone"),
        policy: OrganizationPolicy {
            trusted_import_authorities: vec!["https://lms.acme.test|a1".to_owned()],
            reminders: vec![notice(-3, Recipient::Person)],
            escalations: vec![notice(10, Recipient::Queue("desk".to_owned()))],
            ..OrganizationPolicy::default()
        },
        home_page: Some("https://lms.acme.test".to_owned()),
        authorities: plan.graded.then(|| vec![trusted("a1")]),
    }
}

impl Plan {
    /// The world.
    pub(crate) fn world(&self) -> World {
        let mut builder = Builder::default();
        let people = self.people.iter().enumerate();
        for (number, who) in people.clone() {
            for deed in &who.deeds {
                builder.add(number, deed, self.courses[deed.course].len());
            }
        }
        let rules = self.rules.iter().enumerate();
        World {
            organization: organization(self),
            people: people.clone().map(|(number, who)| person(number, self, who)).collect(),
            courses: (0..self.courses.len()).map(|number| course(number, self)).collect(),
            requirements: rules.map(|(number, rules)| requirement(number, self, rules)).collect(),
            exceptions: exceptions(self),
            attestations: people
                .flat_map(|(number, who)| attestations(number, self, who))
                .collect(),
            statements: builder.statements.into_iter().collect(),
            ..World::default()
        }
    }

    /// The question.
    pub(crate) fn question(&self) -> Question {
        let (start, length) = self.period;
        Question {
            period: Period { start: day(start), end: day(start + length) },
            as_of: WrittenInstant::new(instant(self.as_of)),
            timezone: None,
            sample: None,
            search: vec![audit::Search::default()],
        }
    }
}
