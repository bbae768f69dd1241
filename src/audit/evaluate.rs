//! The one function: what everyone owed in a period, and what they did (audit rules, head).

use crate::attempts::{Attempt, Search, attempt_log, search};
use crate::cards::{self, PersonCard, RequirementCard};
use crate::completion::Training;
use crate::effectiveness::{Campaign, QuizQuarter, campaigns, quiz_trend};
use crate::escalation::Escalation;
use crate::figures::{ControlSummary, Coverage, Summary, by_control, by_role};
use crate::flags::{self, Completions, Flag, FlagKind};
use crate::gap::Gap;
use crate::obligation::{Obliger, audience_windows};
use crate::reconciliation::{Reconciliation, reconciliation};
use crate::register::{Judgement, RegisterRow};
use crate::review::{Review, reviews};
use crate::sample::{Sample, SampleRequest, draw};
use crate::signature::AttestationRow;
use crate::view::View;
use crate::world::{PersonId, Requirement, RequirementId, WrittenInstant};
use crate::{Day, TIME_ZONE_DATA_VERSION, Window, World, Zone, intersection, merged};
use domain::{StatementId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The version of the rules: it is raised when the same world would give another report.
pub const ENGINE_VERSION: &str = "1";

/// The days that a report is about, both included; one day is of Type I.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// The first day.
    pub start: Day,
    /// The last day.
    pub end: Day,
}

/// What is asked of a world.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Question {
    /// Which days.
    pub period: Period,
    /// What was recorded by then, and nothing later.
    pub as_of: WrittenInstant,
    /// The audit time zone; the organization's when it is absent.
    #[serde(default)]
    pub timezone: Option<Zone>,
    /// A sample to draw.
    #[serde(default)]
    pub sample: Option<SampleRequest>,
    /// Statements to look for.
    #[serde(default)]
    pub search: Vec<Search>,
}

/// What stands at the head of a report: by what it can be made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Head {
    /// The version of the rules.
    pub engine: &'static str,
    /// The version of the IANA time zone data.
    pub time_zone_data: &'static str,
    /// Which days.
    pub period: Period,
    /// What was recorded by then.
    pub as_of: Timestamp,
    /// The audit time zone.
    pub timezone: Zone,
    /// People that are known.
    pub people: usize,
    /// Statements about known course versions that were looked at.
    pub statements: usize,
    /// Rows that rest on an exception recorded after the original deadline (1.10.21).
    pub late_exceptions: usize,
}

/// Of a Type I date: how many of the people in scope are covered on it (1.10.21).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TypeOne {
    /// People in scope with valid training for all that they need.
    pub covered: usize,
    /// People in scope.
    pub in_scope: usize,
}

/// The answer to a question: every view of the one result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// By what it can be made again.
    pub head: Head,
    /// What was owed, by person, requirement, assigned day, deadline and kind.
    pub register: Vec<RegisterRow>,
    /// What was not met, or not in time, in the order of the register.
    pub gaps: Vec<Gap>,
    /// Days of access with and without valid training, by person and requirement.
    pub coverage: Vec<Coverage>,
    /// What the register comes to.
    pub summary: Summary,
    /// What each role's part of it comes to.
    pub by_role: BTreeMap<String, Summary>,
    /// What each control's part of it comes to.
    pub by_control: BTreeMap<String, ControlSummary>,
    /// The headline of a Type I date; `None` for longer periods.
    pub type_one: Option<TypeOne>,
    /// People in scope of nothing (1.10.16).
    pub nothing_assigned: Vec<PersonId>,
    /// What an auditor should look at.
    pub flags: Vec<Flag>,
    /// What should have been sent.
    pub escalations: Vec<Escalation>,
    /// Whether the reviews happened.
    pub reviews: Vec<Review>,
    /// What recipients of test mails did.
    pub effectiveness: Vec<Campaign>,
    /// How tests went.
    pub quiz_trend: Vec<QuizQuarter>,
    /// The roster against the identity provider.
    pub reconciliation: Option<Reconciliation>,
    /// The sample that was asked for.
    pub sample: Option<Sample>,
    /// The statements that were looked for, one list for each search.
    pub search: Vec<Vec<StatementId>>,
    /// Every attempt.
    pub attempt_log: Vec<Attempt>,
    /// Who signed what.
    pub attestation_register: Vec<AttestationRow>,
    /// Who the people of the report are.
    pub people: BTreeMap<PersonId, PersonCard>,
    /// What its courses are called, by id.
    pub courses: BTreeMap<String, String>,
    /// What its requirements are called.
    pub requirements: BTreeMap<RequirementId, RequirementCard>,
    /// CSV files, by name, where somebody asked for them ([`Report::with_exports`]).
    pub exports: BTreeMap<&'static str, String>,
}

/// Answers a question of a world. The same world and question give the same report, whatever was
/// recorded later than the as-of.
pub fn evaluate(world: &World, question: &Question) -> Report {
    let zone = question.timezone.unwrap_or(world.organization.timezone);
    let view = View::of(world, question.as_of.at(), zone);
    let mut evaluation = Evaluation::new(&view, question.period);
    for person in 0..view.people.len() {
        evaluation.add_person(person);
    }
    let mut report = evaluation.report();
    report.sample = question.sample.as_ref().map(|request| {
        let population = population(&view, &report, question.period);
        draw(&view, request, &population)
    });
    report.search = question.search.iter().map(|one| search(&view, one)).collect();
    report.people = cards::people(&view, &report);
    report
}

/// The people with a row, by place, with their last day in scope.
fn population(view: &View<'_>, report: &Report, period: Period) -> BTreeMap<usize, Day> {
    let mut found: BTreeMap<usize, Day> = BTreeMap::new();
    for row in &report.register {
        let Some(person) = view.person_place(row.person.as_str()) else { continue };
        let last = row.window_end.unwrap_or(Day::NEVER).min(period.end).min(view.today);
        let known = found.entry(person).or_insert(last);
        *known = last.max(*known);
    }
    found
}

/// What is being gathered, person by person.
struct Evaluation<'w> {
    view: &'w View<'w>,
    period: Window,
    register: Vec<RegisterRow>,
    gaps: Vec<Gap>,
    coverage: Vec<Coverage>,
    escalations: Vec<Escalation>,
    flags: Vec<Flag>,
    completions: Completions,
    signed: HashMap<String, StatementId>,
    nothing_assigned: Vec<PersonId>,
    in_scope: usize,
    uncovered: HashSet<usize>,
}

impl<'w> Evaluation<'w> {
    fn new(view: &'w View<'w>, period: Period) -> Self {
        Self {
            view,
            period: Window { start: period.start, end: period.end },
            register: Vec::new(),
            gaps: Vec::new(),
            coverage: Vec::new(),
            escalations: Vec::new(),
            flags: view.flags.clone(),
            completions: Completions::default(),
            signed: HashMap::new(),
            nothing_assigned: Vec::new(),
            in_scope: 0,
            uncovered: HashSet::new(),
        }
    }

    fn add_person(&mut self, person: usize) {
        flags::of_person(self.view, person, &mut self.flags);
        let before = self.register.len();
        for requirement in &self.view.requirements {
            self.add_requirement(person, requirement);
        }
        let row = self.view.people[person];
        if self.register.len() > before {
            self.in_scope += 1;
        } else if self.has_access(person) {
            self.nothing_assigned.push(row.id.clone());
        }
    }

    /// Whether the person is in scope of the period by access: as an audience window is (1.3,
    /// 1.10.14), with windows that touch taken for one.
    fn has_access(&self, person: usize) -> bool {
        let row = self.view.people[person];
        let access = crate::world::visible(&row.access, self.view.as_of);
        merged(access.map(crate::world::Access::days))
            .into_iter()
            .any(|days| days.start <= self.view.today && days.meet(self.period).is_some())
    }

    fn add_requirement(&mut self, person: usize, requirement: &'w Requirement) {
        let view = self.view;
        let windows = audience_windows(view, view.people[person], requirement);
        let training = Training::of(view, person, requirement);
        flags::of_training(&training, &mut self.flags);
        self.completions.add(view, person, &training);
        self.add_signatures(&training);
        let row = view.people[person];
        let judgement = Judgement { view, period: self.period, person: row, training: &training };
        let mut obliger = Obliger::new(view, row, &training);
        let mut rows = Vec::new();
        for window in &windows {
            let obligations = obliger.in_window(*window);
            for obligation in &obligations {
                let late = obligation.late_exceptions.iter();
                self.flags.extend(late.map(|exception| Flag::late_exception(exception)));
            }
            if window.meet(self.period).is_none() {
                continue;
            }
            let before = rows.len();
            for obligation in &obligations {
                judgement.escalations(obligation, &mut self.escalations);
                if judgement.is_in(obligation) {
                    let row = judgement.row(obligation);
                    let gap = judgement.gap(&row, Some(obligation));
                    rows.push((row, gap));
                }
            }
            if rows.len() == before {
                let covered = judgement.covered_row(*window, &obliger);
                rows.extend(covered.map(|row| {
                    let gap = judgement.gap(&row, None);
                    (row, gap)
                }));
            }
        }
        rows.sort_by(|(a, _), (b, _)| {
            (a.assigned_on, a.due_on, a.kind).cmp(&(b.assigned_on, b.due_on, b.kind))
        });
        for (row, gap) in rows {
            self.register.push(row);
            self.gaps.extend(gap);
        }
        self.add_coverage(person, &training, &obliger, &windows);
    }

    fn add_signatures(&mut self, training: &Training<'w>) {
        for (signature, pass) in training.courses.iter().flat_map(|log| &log.signed) {
            self.signed.insert(signature.id.clone(), pass.fact.id);
        }
    }

    fn add_coverage(
        &mut self,
        person: usize,
        training: &Training<'_>,
        obliger: &Obliger<'_, 'w>,
        windows: &[Window],
    ) {
        let requirement = training.requirement;
        let so_far = Window { start: self.period.start, end: self.period.end.min(self.view.today) };
        let Some(counted) = so_far.meet(requirement.in_force()) else { return };
        let access = intersection(&merged(windows.iter().copied()), &[counted]);
        if access.is_empty() {
            return;
        }
        let events = training.events.iter().filter(|event| !event.is_waived());
        let valid = merged(
            events.map(|event| Window { start: event.day, end: obliger.covers_until(event.day) }),
        );
        let row = self.view.people[person];
        let coverage = Coverage::of(&row.id, &requirement.id, &access, &valid);
        if coverage.uncovered_days > 0 {
            self.uncovered.insert(person);
        }
        self.coverage.push(coverage);
    }

    fn report(mut self) -> Report {
        let view = self.view;
        self.completions.flags(view, &mut self.flags);
        let duplicates: HashSet<StatementId> = self
            .flags
            .iter()
            .filter(|flag| flag.kind == FlagKind::DuplicateCompletion)
            .filter_map(|flag| flag.statement)
            .collect();
        self.escalations.sort();
        let late = self.register.iter().filter(|row| row.exception_recorded_late).count();
        let is_one_day = self.period.start == self.period.end;
        let controls = view.requirements.iter().map(|row| (&row.id, row.controls.as_slice()));
        let covered = self.in_scope.saturating_sub(self.uncovered.len());
        Report {
            head: Head {
                engine: ENGINE_VERSION,
                time_zone_data: TIME_ZONE_DATA_VERSION,
                period: Period { start: self.period.start, end: self.period.end },
                as_of: view.as_of,
                timezone: view.zone,
                people: view.people.len(),
                statements: view.facts.len(),
                late_exceptions: late,
            },
            summary: Summary::of(&self.register),
            by_role: by_role(&self.register),
            by_control: by_control(&self.register, controls),
            type_one: is_one_day.then_some(TypeOne { covered, in_scope: self.in_scope }),
            register: self.register,
            gaps: self.gaps,
            coverage: self.coverage,
            nothing_assigned: self.nothing_assigned,
            flags: flags::ordered(self.flags),
            escalations: self.escalations,
            reviews: reviews(view, self.period),
            effectiveness: campaigns(view, self.period),
            quiz_trend: quiz_trend(view, self.period, &duplicates),
            reconciliation: reconciliation(view, self.period),
            sample: None,
            search: Vec::new(),
            attempt_log: attempt_log(view, self.period, &duplicates),
            attestation_register: attestations(view, &self.signed),
            people: BTreeMap::new(),
            courses: cards::courses(view),
            requirements: cards::requirements(view),
            exports: BTreeMap::new(),
        }
    }
}

/// By person, then in the order in which they were made.
fn attestations(view: &View<'_>, signed: &HashMap<String, StatementId>) -> Vec<AttestationRow> {
    let of = |person: usize| {
        let signatures = view.signatures_of(person).iter();
        signatures
            .map(move |one| AttestationRow::of(view, person, one, signed.get(&one.id).copied()))
    };
    (0..view.people.len()).flat_map(of).collect()
}
