//! Gaps: what was not met, or not in time, by reason; and what will be due next.

use super::{
    Foot, Pages,
    asked::Asked,
    asked::Head,
    foot, frame, gap_view, name_of,
    register::{self, kind_words},
    title_of,
};
use crate::{
    console::{Frame, render, session::Visitor},
    parameters::Parameters,
    problem::Problem,
};
use actix_web::{HttpResponse, web::Data};
use app::{App, AuditAnswer, Caller};
use askama::Template;
use audit::{Day, Gap, GapKind, Status, TableName};
use std::collections::BTreeMap;

const ADDRESS: &str = "/audit/gaps";

#[derive(Template)]
#[template(path = "audit_gaps.html")]
struct GapsPage {
    frame: Frame,
    heading: String,
    head: Head,
    foot: Foot,
    groups: Vec<Group>,
    /// Whether one kind or reason alone is listed.
    is_part: bool,
    whole: String,
    rows: Vec<Row>,
    pages: Pages,
    forecast: Vec<Forecast>,
    steps: [i64; 3],
    csv: String,
    pdf: String,
    json: String,
}

/// Gaps of one kind and reason.
struct Group {
    gap: (&'static str, &'static str, &'static str),
    reason: String,
    code: String,
    people: usize,
    rows: usize,
    address: String,
}

struct Row {
    person: String,
    of_person: String,
    requirement: String,
    gap: (&'static str, &'static str, &'static str),
    reason: String,
    code: String,
    kind: &'static str,
    due: String,
    met: String,
    days_late: String,
}

/// What falls due in the days to come, of one requirement.
struct Forecast {
    requirement: String,
    /// Due within each of the steps.
    counts: [usize; 3],
    address: String,
}

/// The days that are looked ahead.
const STEPS: [i64; 3] = [30, 60, 90];

/// A reason in plain words; what an administrator wrote is left as it is.
fn reason_words(code: &str) -> String {
    let words = match code {
        "not_completed" => "never completed",
        "expired" => "ran out and was not renewed",
        "left_untrained" => "left without training",
        "failed_only" => "tried, but not passed",
        "wrong_version" => "completed in a version that does not count",
        "attestation_missing" => "completed, but not signed",
        "late" => "completed after the deadline",
        "left_before_due" => "left before the deadline",
        "" => "no reason given",
        written => written,
    };
    words.to_owned()
}

/// The page.
pub(super) async fn page(
    visitor: Visitor,
    parameters: Parameters,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let asked = Asked::of(&parameters)?;
    let (answer, choices) = asked.answer(&app, &visitor.caller).await?;
    let foot = foot(&app, &visitor.caller, &answer, TableName::Gaps).await?;
    let (kind, reason) = (asked.get("gap"), asked.get("reason"));
    let mut gaps: Vec<&Gap> = answer.report.gaps.iter().collect();
    gaps.retain(|gap| {
        kind.is_none_or(|kind| gap_view(gap.gap).2 == kind)
            && reason.is_none_or(|reason| gap.reason == reason)
    });
    gaps.sort_by_key(|gap| (gap.gap, gap.reason.clone(), gap.due_on));
    let (range, pages) = Pages::of(&asked, ADDRESS, gaps.len());
    let page = GapsPage {
        frame: frame(&visitor),
        heading: heading(&answer),
        groups: groups(&asked, &answer),
        is_part: kind.is_some() || reason.is_some(),
        whole: asked.to(ADDRESS, &[]),
        rows: gaps[range].iter().map(|gap| Row::of(&asked, &answer, gap)).collect(),
        pages,
        forecast: forecast(&asked, &app, &visitor.caller, &answer).await?,
        steps: STEPS,
        csv: asked.to("/audit/export/gaps", &[("format", "csv")]),
        pdf: asked.to("/audit/export/gaps", &[("format", "pdf")]),
        json: asked.to("/audit/export/gaps", &[("format", "json")]),
        head: Head::of(&asked, ADDRESS, &answer, choices),
        foot,
    };
    Ok(render(&page))
}

/// How many are open, and of how many people.
fn heading(answer: &AuditAnswer) -> String {
    let open = answer.report.gaps.iter().filter(|gap| gap.gap == GapKind::Open);
    let mut people: Vec<_> = open.map(|gap| &gap.person).collect();
    let rows = people.len();
    people.dedup();
    let of = answer.report.summary.population;
    match (rows, people.len()) {
        (0, _) => format!("No gap is open among {of} people"),
        (1, _) => format!("One gap is open among {of} people"),
        (rows, 1) => format!("{rows} gaps are open, all of one person of {of}"),
        (rows, some) => format!("{rows} gaps are open, of {some} of {of} people"),
    }
}

fn groups(asked: &Asked, answer: &AuditAnswer) -> Vec<Group> {
    let mut found: BTreeMap<(GapKind, &str), Vec<&Gap>> = BTreeMap::new();
    for gap in &answer.report.gaps {
        found.entry((gap.gap, gap.reason.as_str())).or_default().push(gap);
    }
    let of = |((kind, reason), rows): ((GapKind, &str), Vec<&Gap>)| {
        let gap = gap_view(kind);
        let mut people: Vec<_> = rows.iter().map(|gap| &gap.person).collect();
        people.dedup();
        Group {
            gap,
            reason: reason_words(reason),
            code: reason.to_owned(),
            people: people.len(),
            rows: rows.len(),
            address: asked.to(ADDRESS, &[("gap", gap.2), ("reason", reason)]),
        }
    };
    found.into_iter().map(of).collect()
}

/// What falls due from the as-of day on, by requirement.
async fn forecast(
    asked: &Asked,
    app: &App,
    caller: &Caller,
    answer: &AuditAnswer,
) -> Result<Vec<Forecast>, Problem> {
    let head = &answer.report.head;
    let today: Day = head.timezone.day(head.as_of);
    let last = today.plus_days(STEPS[2]);
    let mut question = asked.question();
    question.from = Some(today);
    question.to = Some(last);
    question.as_of = Some(answer.question.as_of.clone());
    let (ahead, _) = asked.answer_of(app, caller, question).await?;
    let mut found: BTreeMap<_, [usize; 3]> = BTreeMap::new();
    for row in ahead.report.register.iter().filter(|row| row.status == Status::Pending) {
        let Some(due) = row.due_on else { continue };
        let days = due.days_since(today);
        let counts = found.entry(&row.requirement).or_default();
        for (count, step) in counts.iter_mut().zip(STEPS) {
            *count += usize::from(days <= step);
        }
    }
    let (from, to) = (today.to_string(), last.to_string());
    let of = |(requirement, counts): (&audit::world::RequirementId, [usize; 3])| Forecast {
        requirement: title_of(&ahead, requirement),
        counts,
        address: asked.to(
            register::ADDRESS,
            &[
                ("from", &from),
                ("to", &to),
                ("requirement", requirement.as_str()),
                ("status", "pending"),
                ("sort", "due"),
            ],
        ),
    };
    Ok(found.into_iter().filter(|(_, counts)| counts[2] > 0).map(of).collect())
}

impl Row {
    fn of(asked: &Asked, answer: &AuditAnswer, gap: &Gap) -> Self {
        let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
        let person = [("person", gap.person.as_str()), ("requirement", gap.requirement.as_str())];
        Self {
            person: name_of(answer, &gap.person),
            of_person: asked.to(register::ADDRESS, &person),
            requirement: title_of(answer, &gap.requirement),
            gap: gap_view(gap.gap),
            reason: reason_words(&gap.reason),
            code: gap.reason.clone(),
            kind: kind_words(gap.kind),
            due: day(gap.due_on),
            met: day(gap.satisfied_on),
            days_late: gap.days_late.map(|days| days.to_string()).unwrap_or_default(),
        }
    }
}
