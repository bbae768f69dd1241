//! The first audit page: the period's answer, its figures, and what is new.

use super::{
    Foot, asked::Asked, asked::Head, foot, frame, name_of, register, status_view, title_of,
};
use crate::{
    console::{Frame, render, session::Visitor},
    parameters::Parameters,
    problem::Problem,
};
use actix_web::{HttpResponse, web::Data};
use app::{App, AuditAnswer, Caller};
use askama::Template;
use audit::world::{PersonId, RequirementId, WrittenInstant};
use audit::{Flag, FlagKind, GapKind, RegisterRow, TableName};
use domain::StatementId;
use std::collections::BTreeMap;
use std::time::Duration;

const ADDRESS: &str = "/audit";
/// Changes and flags that are listed; their numbers are always whole.
const SHOWN: usize = 20;
const A_DAY: Duration = Duration::from_hours(24);

#[derive(Template)]
#[template(path = "audit_home.html")]
struct HomePage {
    frame: Frame,
    heading: String,
    head: Head,
    foot: Foot,
    figures: Vec<Figure>,
    type_one: Option<String>,
    changes: Vec<Change>,
    changed: usize,
    flags: Vec<FlagGroup>,
    roles: Vec<Part>,
    nothing_assigned: usize,
    nothing_assigned_csv: String,
    exports: Vec<(&'static str, String)>,
}

/// A number with the way to its rows.
struct Figure {
    number: String,
    words: &'static str,
    /// What the number is of, on hover.
    meaning: &'static str,
    mark: &'static str,
    address: String,
}

type StatusView = (&'static str, &'static str, &'static str);

/// A row whose status is another than a day ago.
struct Change {
    person: String,
    address: String,
    requirement: String,
    before: Option<StatusView>,
    now: Option<StatusView>,
}

/// Flags of one kind.
struct FlagGroup {
    words: &'static str,
    code: String,
    count: usize,
    shown: Vec<FlagView>,
    more: usize,
}

struct FlagView {
    person: Option<String>,
    statement: Option<StatementId>,
    text: String,
}

/// A role's part.
struct Part {
    role: String,
    address: String,
    people: usize,
    completed: String,
    on_time: String,
    open: usize,
}

/// The page.
pub(super) async fn page(
    visitor: Visitor,
    parameters: Parameters,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let asked = Asked::of(&parameters)?;
    let (answer, choices) = asked.answer(&app, &visitor.caller).await?;
    let foot = foot(&app, &visitor.caller, &answer, TableName::Summary).await?;
    let changes = changes(&asked, &app, &visitor.caller, &answer).await?;
    let report = &answer.report;
    let file = |table: &str, format: &str| {
        asked.to(&format!("/audit/export/{table}"), &[("format", format)])
    };
    let page = HomePage {
        frame: frame(&visitor),
        heading: answer.sentence(),
        figures: figures(&asked, &answer),
        type_one: report.type_one.map(|one| {
            format!("On this day {} of {} people in scope were covered.", one.covered, one.in_scope)
        }),
        changed: changes.len(),
        changes: changes.into_iter().take(SHOWN).collect(),
        flags: flags(&answer),
        roles: roles(&asked, &answer),
        nothing_assigned: report.nothing_assigned.len(),
        nothing_assigned_csv: file("nothing-assigned", "csv"),
        exports: vec![
            ("Completion register, PDF", file("completion", "pdf")),
            ("Completion register, CSV", file("completion", "csv")),
            ("Gaps, PDF", file("gaps", "pdf")),
            ("Coverage of access by training, CSV", file("coverage", "csv")),
            ("Summary by role, CSV", file("by-role", "csv")),
            ("Summary by control, CSV", file("by-control", "csv")),
            ("Attestations, CSV", file("attestations", "csv")),
            ("Flags, CSV", file("flags", "csv")),
        ],
        head: Head::of(&asked, ADDRESS, &answer, choices),
        foot,
    };
    Ok(render(&page))
}

fn figures(asked: &Asked, answer: &AuditAnswer) -> Vec<Figure> {
    let report = &answer.report;
    let summary = &report.summary;
    let open = report.gaps.iter().filter(|gap| gap.gap == GapKind::Open).count();
    let uncovered: i64 = report.coverage.iter().map(|row| row.uncovered_days).sum();
    let rows = |name: &str, value: &str| asked.to(register::ADDRESS, &[(name, value)]);
    let figure = |number: String, words, meaning, mark, address| Figure {
        number,
        words,
        meaning,
        mark,
        address,
    };
    vec![
        figure(
            summary.population.to_string(),
            "people in scope",
            "People with at least one row in the register of this period",
            "",
            asked.to(register::ADDRESS, &[]),
        ),
        figure(
            summary.completed_on_time.to_string(),
            "completed on time",
            "Obligations met on or before their deadline; the due day itself is on time",
            "good",
            rows("status", "completed_on_time"),
        ),
        figure(
            summary.completed_late.to_string(),
            "completed late",
            "Obligations met after their deadline",
            "late",
            rows("status", "completed_late"),
        ),
        figure(
            open.to_string(),
            "open gaps",
            "Obligations whose deadline is over and that are not met",
            "bad",
            asked.to("/audit/gaps", &[("gap", "open")]),
        ),
        figure(
            uncovered.to_string(),
            "days of access without valid training",
            "Days on which a person had access and no valid completion, over all requirements",
            if uncovered == 0 { "good" } else { "bad" },
            rows("uncovered", "yes"),
        ),
    ]
}

/// What says which obligation a row is.
type Key = (PersonId, RequirementId, audit::Kind, Option<audit::Day>);

/// The rows whose status was another one a day before.
async fn changes(
    asked: &Asked,
    app: &App,
    caller: &Caller,
    answer: &AuditAnswer,
) -> Result<Vec<Change>, Problem> {
    let head = &answer.report.head;
    let mut question = asked.question();
    question.from = Some(head.period.start);
    question.to = Some(head.period.end);
    question.as_of = Some(WrittenInstant::new(head.as_of.minus(A_DAY)));
    let (before, _) = asked.answer_of(app, caller, question).await?;
    let key = |row: &RegisterRow| {
        (row.person.clone(), row.requirement.clone(), row.kind, row.assigned_on)
    };
    let mut pairs: BTreeMap<_, (Option<&RegisterRow>, Option<&RegisterRow>)> = BTreeMap::new();
    for row in &before.report.register {
        pairs.entry(key(row)).or_default().0 = Some(row);
    }
    for row in &answer.report.register {
        pairs.entry(key(row)).or_default().1 = Some(row);
    }
    let status = |row: Option<&RegisterRow>| row.map(|row| row.status);
    let changed = pairs.into_iter().filter(|(_, (then, now))| status(*then) != status(*now));
    let of = |((person, requirement, ..), (then, now)): (Key, (Option<_>, Option<_>))| Change {
        address: asked.to(register::ADDRESS, &[("person", person.as_str())]),
        person: name_of(answer, &person),
        requirement: title_of(answer, &requirement),
        before: status(then).map(status_view),
        now: status(now).map(status_view),
    };
    Ok(changed.map(of).collect())
}

fn flags(answer: &AuditAnswer) -> Vec<FlagGroup> {
    let mut found: BTreeMap<FlagKind, Vec<&Flag>> = BTreeMap::new();
    for flag in &answer.report.flags {
        found.entry(flag.kind).or_default().push(flag);
    }
    let of = |(kind, all): (FlagKind, Vec<&Flag>)| FlagGroup {
        words: flag_words(kind),
        code: serde_json::to_value(kind)
            .ok()
            .and_then(|name| name.as_str().map(str::to_owned))
            .unwrap_or_default(),
        count: all.len(),
        shown: all.iter().take(SHOWN).map(|flag| FlagView::of(answer, flag)).collect(),
        more: all.len().saturating_sub(SHOWN),
    };
    found.into_iter().map(of).collect()
}

/// What is odd, in plain words.
const fn flag_words(kind: FlagKind) -> &'static str {
    match kind {
        FlagKind::AccessBeforeEmployment => "Access from before the first day of employment",
        FlagKind::AdministrativeWaiver => "Waived for an administrative reason",
        FlagKind::BulkSameTimestamp => "Many completions at the same instant",
        FlagKind::BulkWeekdayBand => "Most completions within the same hours of one weekday",
        FlagKind::CompletedBeforeStart => "Completed before the first employment",
        FlagKind::CompletedWhileNotEmployed => "Completed while not employed",
        FlagKind::DuplicateCompletion => "The same completion again",
        FlagKind::ExceptionRecordedLate => "Exception recorded after the deadline",
        FlagKind::FutureTimestamp => "Dated later than it was stored",
        FlagKind::GradeNotAccepted => "Evidence weaker than the requirement accepts",
        FlagKind::ImplausibleDuration => "Faster than the course can be taken in",
        FlagKind::LateRecorded => "Recorded long after the date that it gives",
        FlagKind::OrphanStatement => "A completion of nobody known, or of several people",
        FlagKind::ScoreBelowMinimum => "Passed below the least score",
        FlagKind::VoidedEvidence => "Evidence that was voided",
    }
}

impl FlagView {
    fn of(answer: &AuditAnswer, flag: &Flag) -> Self {
        let people = flag.people.iter().map(|person| name_of(answer, person));
        let mut text: Vec<String> = people.collect();
        text.extend(flag.exception.clone());
        text.extend(flag.grade.map(|grade| format!("grade {grade}")));
        text.extend(flag.band.as_ref().map(|band| {
            format!(
                "{} of {} on {} from {}:00 to {}:00",
                band.count, band.total, band.weekday, band.from_hour, band.to_hour
            )
        }));
        Self {
            person: flag.person.as_ref().map(|person| name_of(answer, person)),
            statement: flag.statement,
            text: text.join(", "),
        }
    }
}

fn roles(asked: &Asked, answer: &AuditAnswer) -> Vec<Part> {
    let of = |(role, part): (&String, &audit::Summary)| {
        let rate = |(some, all): (usize, usize)| format!("{some} of {all}");
        let is_known = role != audit::NO_ROLE;
        Part {
            address: if is_known {
                asked.to(register::ADDRESS, &[("role", role)])
            } else {
                String::new()
            },
            role: if is_known { role.clone() } else { "without a role".to_owned() },
            people: part.population,
            completed: rate(part.completion_rate),
            on_time: rate(part.on_time_rate),
            open: part.overdue + part.expired,
        }
    };
    answer.report.by_role.iter().map(of).collect()
}
