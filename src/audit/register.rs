//! The register: what was owed in a period, and what became of it (audit rules, 1.6 and 1.7).

use crate::completion::{Completion, Training};
use crate::explanation::{Because, covered_by, explain};
use crate::obligation::{Kind, Obligation, Obliger};
use crate::view::View;
use crate::world::{ExceptionId, ExitRule, Person, PersonId, RequirementId, visible};
use crate::{Day, Verb, Window};
use domain::{Grade, StatementId, Timestamp};
use serde::Serialize;

/// What became of an obligation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Met on or before the deadline, or by credit.
    CompletedOnTime,
    /// Met after it.
    CompletedLate,
    /// Not met, and the deadline is over.
    Overdue,
    /// A renewal that is not met, and the deadline is over.
    Expired,
    /// Not met, and there is time.
    Pending,
    /// Waived by an exception.
    Exempt,
    /// Met by a waiver.
    Waived,
    /// The person left before the deadline, and the requirement excuses that.
    ExcusedExit,
    /// Nothing fell due in the period; an earlier completion is valid.
    Covered,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::CompletedOnTime,
        Self::CompletedLate,
        Self::Overdue,
        Self::Expired,
        Self::Pending,
        Self::Exempt,
        Self::Waived,
        Self::ExcusedExit,
        Self::Covered,
    ];

    /// The name used in JSON and CSV.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CompletedOnTime => "completed_on_time",
            Self::CompletedLate => "completed_late",
            Self::Overdue => "overdue",
            Self::Expired => "expired",
            Self::Pending => "pending",
            Self::Exempt => "exempt",
            Self::Waived => "waived",
            Self::ExcusedExit => "excused_exit",
            Self::Covered => "covered",
        }
    }
}

/// What was done in one course of a requirement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Module {
    /// The course.
    pub course: String,
    /// The version that was completed; `None` when none was.
    pub version: Option<String>,
    /// The statement that says so.
    pub statement: Option<StatementId>,
    /// What it says.
    pub result: Option<Verb>,
    /// When it took effect.
    pub completed_at: Option<Timestamp>,
    /// The score that it gives.
    pub score: Option<f64>,
    /// When it was signed for.
    pub attested_at: Option<Timestamp>,
}

/// A row of the register: one obligation, or what covers a person to whom nothing fell due.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RegisterRow {
    /// Who.
    pub person: PersonId,
    /// What.
    pub requirement: RequirementId,
    /// Why it is owed.
    pub kind: Kind,
    /// The first day of the audience window.
    pub window_start: Option<Day>,
    /// Its last day; `None` while it is open.
    pub window_end: Option<Day>,
    /// Since when it is owed.
    pub assigned_on: Option<Day>,
    /// The deadline; of a covered row, the next one.
    pub due_on: Option<Day>,
    /// The deadline before an exception moved it.
    pub original_due_on: Option<Day>,
    /// What became of it.
    pub status: Status,
    /// When it was met.
    pub satisfied_on: Option<Day>,
    /// Whether it was met by training from before the window.
    pub credited: bool,
    /// The statements that met it, in the order of the requirement's courses.
    pub evidence: Vec<StatementId>,
    /// The versions that they are about, likewise.
    pub versions: Vec<String>,
    /// The score, when there is one statement.
    pub score: Option<f64>,
    /// The weakest grade of the evidence; `None` where grades are unknown.
    pub grade: Option<Grade>,
    /// How many of the courses were passed, and how many there are.
    pub modules_passed: (usize, usize),
    /// What was done in each of the courses, in the requirement's order.
    pub modules: Vec<Module>,
    /// Passed and failed results in this cycle.
    pub attempts: usize,
    /// Failed ones.
    pub failed_attempts: usize,
    /// The roles that the person had (1.10.2).
    pub roles: Vec<String>,
    /// The exception that changed the outcome.
    pub exception: Option<ExceptionId>,
    /// Whether that was recorded after the original deadline.
    pub exception_recorded_late: bool,
    /// Whether the deadline is behind the period: the status is that of the as-of (1.10.21).
    pub due_after_period: bool,
    /// Why it stands as it does, as facts.
    pub because: Vec<Because>,
    /// The same in words.
    pub explanation: String,
}

/// What an evaluation of one person and one requirement comes to, in one period.
pub(crate) struct Judgement<'a, 'w> {
    pub(crate) view: &'w View<'w>,
    pub(crate) period: Window,
    pub(crate) person: &'w Person,
    pub(crate) training: &'a Training<'w>,
}

/// What a row shows, whether something fell due or not.
struct Shown<'a, 'w> {
    kind: Kind,
    window: Window,
    status: Status,
    met: Option<(Day, &'a [Completion<'w>])>,
    modules: Vec<Option<Completion<'w>>>,
    /// The days whose attempts are counted.
    cycle: Window,
    /// The course whose attempts are counted, of a retraining.
    course: Option<usize>,
    /// The day whose roles are shown.
    seen_on: Day,
}

impl<'w> Judgement<'_, 'w> {
    /// Whether an obligation is in the period's register (1.7).
    pub(crate) fn is_in(&self, row: &Obligation<'_>) -> bool {
        let Window { start, end } = self.period;
        let met = row.satisfied.as_ref();
        let falls_on = match met {
            Some(met) if met.credited => row.assigned,
            Some(met) => row.due.min(met.day),
            None => row.due,
        };
        if self.period.holds(falls_on) {
            return true;
        }
        let carried_in = falls_on < start && met.is_none_or(|met| met.day >= start);
        let is_open_at_end = row.kind != Kind::Renewal
            && row.assigned <= end
            && row.due > end
            && met.is_none_or(|met| met.day > end);
        if row.exempt && carried_in {
            // Only while the exception is in force (1.10.13).
            return row.exception.is_some_and(|one| one.days().meet(self.period).is_some());
        }
        carried_in || is_open_at_end
    }

    /// What became of an obligation (1.6).
    pub(crate) fn status(&self, row: &Obligation<'_>) -> Status {
        let today = self.view.today;
        match &row.satisfied {
            Some(met) if met.is_waived() => Status::Waived,
            Some(met) if met.credited || met.day <= row.due => Status::CompletedOnTime,
            _ if row.exempt => Status::Exempt,
            Some(_) => Status::CompletedLate,
            None if self.is_excused(row) => Status::ExcusedExit,
            None if today <= row.due => Status::Pending,
            None if row.kind == Kind::Renewal => Status::Expired,
            None => Status::Overdue,
        }
    }

    fn is_excused(&self, row: &Obligation<'_>) -> bool {
        self.training.requirement.exit_rule == ExitRule::Excuse
            && row.window.end < row.due
            && row.window.end < self.view.today
    }

    /// The last day of an obligation's cycle (1.10.12): that on which it was met, or today or the
    /// last day of access.
    pub(crate) fn cycle_end(&self, row: &Obligation<'_>) -> Day {
        let open = self.view.today.min(row.window.end);
        row.satisfied.as_ref().map_or(open, |met| met.day)
    }

    /// The days whose attempts belong to an obligation.
    pub(crate) fn cycle(&self, row: &Obligation<'_>) -> Window {
        match &row.satisfied {
            Some(met) if met.credited => Window { start: met.day, end: met.day },
            _ => Window { start: row.cycle_start, end: self.cycle_end(row) },
        }
    }

    /// The row of an obligation.
    pub(crate) fn row(&self, obligation: &Obligation<'w>) -> RegisterRow {
        let status = self.status(obligation);
        let met = obligation.satisfied.as_ref();
        let seen_on = match met {
            Some(met) if met.credited => obligation.assigned,
            Some(met) => met.day,
            None => self.last_day(obligation.window),
        };
        let because = explain(self, obligation, status);
        RegisterRow {
            assigned_on: Some(obligation.assigned),
            due_on: Some(obligation.due),
            original_due_on: obligation.original_due,
            credited: met.is_some_and(|met| met.credited),
            exception: obligation.exception.map(|exception| exception.id.clone()),
            exception_recorded_late: !obligation.late_exceptions.is_empty(),
            due_after_period: obligation.due > self.period.end,
            explanation: crate::explanation::in_words(&because),
            because,
            ..self.shown(&Shown {
                kind: obligation.kind,
                window: obligation.window,
                status,
                met: met.map(|met| (met.day, met.evidence.as_slice())),
                modules: self.modules(obligation),
                cycle: self.cycle(obligation),
                course: obligation.retraining.map(|retraining| retraining.course),
                seen_on,
            })
        }
    }

    /// The row of a window to which nothing fell due in the period: the last event up to its end,
    /// and the next deadline (1.7).
    pub(crate) fn covered_row(
        &self,
        window: Window,
        obliger: &Obliger<'_, 'w>,
    ) -> Option<RegisterRow> {
        let in_force = self.training.requirement.in_force();
        let in_period = window.meet(self.period)?;
        in_period.meet(in_force)?;
        let event = self.training.last_before(in_period.end.next())?;
        let next = obliger.renewal_after(in_period.end);
        let last = window.end.min(in_force.end);
        let status = if event.is_waived() { Status::Waived } else { Status::Covered };
        let because = covered_by(event, next, status);
        Some(RegisterRow {
            due_on: next.filter(|next| *next <= last),
            explanation: crate::explanation::in_words(&because),
            because,
            ..self.shown(&Shown {
                kind: Kind::Covered,
                window,
                status,
                met: Some((event.day, event.evidence.as_slice())),
                modules: event.evidence.iter().copied().map(Some).collect(),
                cycle: Window { start: event.day, end: event.day },
                course: None,
                seen_on: self.last_day(window),
            })
        })
    }

    /// What every row has, whether something fell due or not.
    fn shown(&self, shown: &Shown<'_, 'w>) -> RegisterRow {
        let Shown { kind, window, status, met, .. } = *shown;
        let evidence = met.map(|(_, evidence)| evidence).unwrap_or_default();
        let facts = || evidence.iter().map(|completion| completion.fact);
        let (attempts, failed_attempts) = self.attempts(shown.cycle, shown.course);
        RegisterRow {
            person: self.person.id.clone(),
            requirement: self.training.requirement.id.clone(),
            kind,
            window_start: (window.start != Day::EVER).then_some(window.start),
            window_end: window.last_day(),
            assigned_on: None,
            due_on: None,
            original_due_on: None,
            status,
            satisfied_on: met.map(|(day, _)| day),
            credited: false,
            evidence: facts().map(|fact| fact.fact.id).collect(),
            versions: facts().map(|fact| self.view.version_of(fact).version.clone()).collect(),
            score: if let [one] = evidence { one.fact.fact.scaled } else { None },
            grade: facts().filter_map(|fact| fact.grade).max(),
            modules_passed: (shown.modules.iter().flatten().count(), shown.modules.len()),
            modules: self.modules_of(&shown.modules),
            attempts,
            failed_attempts,
            roles: roles_on(self.view, self.person, shown.seen_on),
            exception: None,
            exception_recorded_late: false,
            due_after_period: false,
            because: Vec::new(),
            explanation: String::new(),
        }
    }

    /// The earliest of the window's end, the period's and today.
    fn last_day(&self, window: Window) -> Day {
        window.end.min(self.period.end).min(self.view.today)
    }

    /// What each course has brought by the end of an obligation's cycle (1.10.10).
    fn modules(&self, row: &Obligation<'w>) -> Vec<Option<Completion<'w>>> {
        match &row.satisfied {
            Some(met) if met.evidence.len() == self.training.courses.len() => {
                met.evidence.iter().copied().map(Some).collect()
            }
            _ => self.training.modules_on(self.cycle_end(row)),
        }
    }

    fn modules_of(&self, modules: &[Option<Completion<'w>>]) -> Vec<Module> {
        let courses = self.training.requirement.courses.iter();
        let of = |(course, completion): (&String, &Option<Completion<'w>>)| {
            let fact = completion.as_ref().map(|completion| completion.fact);
            let signed = completion.and_then(|completion| completion.signature);
            Module {
                course: course.clone(),
                version: fact.map(|fact| self.view.version_of(fact).version.clone()),
                statement: fact.map(|fact| fact.fact.id),
                result: fact.map(|fact| fact.verb),
                completed_at: fact.map(|fact| fact.instant),
                score: fact.and_then(|fact| fact.fact.scaled),
                attested_at: signed.map(|signature| signature.at),
            }
        };
        courses.zip(modules).map(of).collect()
    }

    /// Attempts in a cycle, and those that failed; in one course alone, or in all.
    fn attempts(&self, cycle: Window, course: Option<usize>) -> (usize, usize) {
        let of = |place: usize| course.is_none_or(|course| course == place);
        let logs = self.training.courses.iter().enumerate().filter(|(place, _)| of(*place));
        let all = logs.flat_map(|(_, log)| &log.attempts);
        let in_cycle = all.filter(|fact| cycle.holds(fact.day));
        in_cycle.fold((0, 0), |(count, failed), fact| {
            (count + 1, failed + usize::from(fact.verb == Verb::Failed))
        })
    }
}

/// The roles that a person had on a day, in order.
pub(crate) fn roles_on(view: &View<'_>, person: &Person, day: Day) -> Vec<String> {
    let held = visible(&person.roles, view.as_of).filter(|span| span.days().holds(day));
    let mut roles: Vec<String> = held.map(|span| span.role.clone()).collect();
    roles.sort();
    roles.dedup();
    roles
}
