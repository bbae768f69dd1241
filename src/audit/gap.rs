//! Gaps: what was not met, not in time or not at all by intent (audit rules, 1.6).

use crate::Day;
use crate::completion::NearMiss;
use crate::explanation::waiver_reason;
use crate::obligation::{Kind, Obligation};
use crate::register::{Judgement, RegisterRow, Status};
use crate::world::{PersonId, RequirementId};
use serde::Serialize;

/// What kind of gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GapKind {
    /// Not met.
    Open,
    /// Met too late.
    Remediated,
    /// Not met, and there is a recorded reason.
    Explained,
}

/// Why there is a gap, where the rules have a word for it. A waiver's gap says `waived: ` and the
/// statement's reason (or `waived` alone), an exemption's the reason of the exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GapReason {
    /// A pass lacks only the signature.
    AttestationMissing,
    /// A pass lacks only a version that is accepted, or new enough.
    WrongVersion,
    /// There were attempts, and none counts.
    FailedOnly,
    /// Access ended before the deadline that there would have been.
    LeftUntrained,
    /// A renewal that nobody tried.
    Expired,
    /// Anything else that nobody tried.
    NotCompleted,
    /// Met after the deadline.
    Late,
    /// Left before the deadline, where that excuses.
    LeftBeforeDue,
}

impl GapReason {
    /// All of them: first those of an open gap, in the order in which they are tried.
    pub const ALL: [Self; 8] = [
        Self::AttestationMissing,
        Self::WrongVersion,
        Self::FailedOnly,
        Self::LeftUntrained,
        Self::Expired,
        Self::NotCompleted,
        Self::Late,
        Self::LeftBeforeDue,
    ];

    /// The word used in JSON and CSV.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AttestationMissing => "attestation_missing",
            Self::WrongVersion => "wrong_version",
            Self::FailedOnly => "failed_only",
            Self::LeftUntrained => "left_untrained",
            Self::Expired => "expired",
            Self::NotCompleted => "not_completed",
            Self::Late => "late",
            Self::LeftBeforeDue => "left_before_due",
        }
    }
}

/// A gap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// Whose.
    pub person: PersonId,
    /// In what.
    pub requirement: RequirementId,
    /// Why it was owed.
    pub kind: Kind,
    /// What kind of gap.
    pub gap: GapKind,
    /// Why there is one.
    pub reason: String,
    /// The deadline.
    pub due_on: Option<Day>,
    /// When it was met after all.
    pub satisfied_on: Option<Day>,
    /// Days from the deadline to the completion, or to today or the last day of access.
    pub days_late: Option<i64>,
}

impl Gap {
    /// What kind of gap a status is; `None` when it is none.
    pub const fn of(status: Status) -> Option<GapKind> {
        match status {
            Status::Overdue | Status::Expired => Some(GapKind::Open),
            Status::CompletedLate => Some(GapKind::Remediated),
            Status::Exempt | Status::Waived | Status::ExcusedExit => Some(GapKind::Explained),
            Status::CompletedOnTime | Status::Pending | Status::Covered => None,
        }
    }
}

impl Judgement<'_, '_> {
    /// The gap that a row of the register is, with the obligation behind it (a covered row has
    /// none).
    pub(crate) fn gap(&self, row: &RegisterRow, behind: Option<&Obligation<'_>>) -> Option<Gap> {
        let gap = Gap::of(row.status)?;
        let last = |behind: &Obligation<'_>| self.view.today.min(behind.window.end);
        let days_late = match (gap, behind) {
            (GapKind::Explained, _) | (_, None) => None,
            (GapKind::Remediated, Some(behind)) => {
                row.satisfied_on.map(|met| met.days_since(behind.due))
            }
            (GapKind::Open, Some(behind)) => Some(last(behind).days_since(behind.due)),
        };
        Some(Gap {
            person: row.person.clone(),
            requirement: row.requirement.clone(),
            kind: row.kind,
            gap,
            reason: self.reason(row, behind),
            due_on: row.due_on,
            satisfied_on: row.satisfied_on,
            days_late,
        })
    }

    fn reason(&self, row: &RegisterRow, behind: Option<&Obligation<'_>>) -> String {
        match row.status {
            Status::CompletedLate => GapReason::Late.as_str().to_owned(),
            Status::ExcusedExit => GapReason::LeftBeforeDue.as_str().to_owned(),
            Status::Exempt => behind
                .and_then(|behind| behind.exception)
                .map(|exception| exception.reason.clone())
                .unwrap_or_default(),
            Status::Waived => self.why_waived(row, behind),
            _ => behind.map(|behind| self.why_open(behind).as_str().to_owned()).unwrap_or_default(),
        }
    }

    fn why_waived(&self, row: &RegisterRow, behind: Option<&Obligation<'_>>) -> String {
        let of_row = behind.and_then(|behind| behind.satisfied.as_ref());
        let reason = if let Some(met) = of_row {
            waiver_reason(&met.evidence)
        } else {
            let mut events = self.training.events.iter();
            let event = events.find(|event| Some(event.day) == row.satisfied_on);
            event.and_then(|event| waiver_reason(&event.evidence))
        };
        reason.map_or_else(|| "waived".to_owned(), |reason| format!("waived: {reason}"))
    }

    /// The first reason that applies, over the courses still missing (1.10.18).
    fn why_open(&self, row: &Obligation<'_>) -> GapReason {
        let cycle = self.cycle(row);
        let missing = self.missing(row, cycle.end);
        let logs = || missing.iter().map(|place| &self.training.courses[*place]);
        let misses = |miss: NearMiss| {
            let mut all = logs().flat_map(|log| &log.near_misses);
            all.any(|(kind, day)| *kind == miss && cycle.holds(*day))
        };
        let tried = || {
            logs().any(|log| {
                let counts = |id| log.completions.iter().any(|one| one.fact.fact.id == id);
                let mut attempts = log.attempts.iter().filter(|fact| cycle.holds(fact.day));
                attempts.any(|fact| !counts(fact.fact.id))
            })
        };
        if misses(NearMiss::AttestationMissing) {
            GapReason::AttestationMissing
        } else if misses(NearMiss::WrongVersion) {
            GapReason::WrongVersion
        } else if tried() {
            GapReason::FailedOnly
        } else if row.capped {
            GapReason::LeftUntrained
        } else if row.kind == Kind::Renewal {
            GapReason::Expired
        } else {
            GapReason::NotCompleted
        }
    }

    /// The places of the courses without a completion that would count on `day`.
    fn missing(&self, row: &Obligation<'_>, day: Day) -> Vec<usize> {
        if let Some(retraining) = row.retraining {
            return vec![retraining.course];
        }
        let modules = self.training.modules_on(day).into_iter().enumerate();
        modules.filter(|(_, module)| module.is_none()).map(|(place, _)| place).collect()
    }
}
