//! Why a row stands as it does: a short chain of facts, as data and as a sentence.

use crate::completion::{Completion, Event};
use crate::obligation::{Kind, Obligation};
use crate::register::{Judgement, Status};
use crate::{Day, Span};
use domain::StatementId;
use serde::Serialize;
use std::fmt::Write;

/// Which fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The person entered the audience.
    AccessBegan,
    /// A campaign's date is the deadline.
    CampaignDate,
    /// The last completion, from which the deadline is counted.
    LastCompletion,
    /// The last deadline, from which it is counted.
    LastDeadline,
    /// A new version became required.
    NewVersion,
    /// An exemption ended.
    ExemptionEnded,
    /// The deadline that follows.
    Due,
    /// The deadline is the last day of access, since it would have been behind it.
    CappedAtExit,
    /// An exception moved the deadline.
    Extended,
    /// An exception waived it.
    Exempt,
    /// It was met.
    Met,
    /// It was met by training from before.
    Credited,
    /// It was waived by a statement.
    Waived,
    /// It is not met.
    NotMet,
    /// The person left before the deadline.
    LeftBefore,
    /// An earlier completion covers the person.
    Covered,
}

/// A fact that a status rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Because {
    /// Which.
    pub reason: Reason,
    /// When.
    pub on: Option<Day>,
    /// From which day it is counted.
    pub from: Option<Day>,
    /// How long after that.
    pub plus: Option<Span>,
    /// The statements that say so.
    pub statements: Vec<StatementId>,
    /// What else there is to say: a version, an exception and its reason, the status.
    pub text: Option<String>,
}

impl Because {
    const fn new(reason: Reason, on: Option<Day>) -> Self {
        Self { reason, on, from: None, plus: None, statements: Vec::new(), text: None }
    }

    fn by(mut self, evidence: &[Completion<'_>]) -> Self {
        self.statements = evidence.iter().map(|completion| completion.fact.fact.id).collect();
        self
    }

    fn saying(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    fn counted(mut self, from: Day, plus: Option<Span>) -> Self {
        self.from = (from != Day::EVER).then_some(from);
        self.plus = plus;
        self
    }
}

/// Why an obligation stands as it does.
pub(crate) fn explain(
    judgement: &Judgement<'_, '_>,
    row: &Obligation<'_>,
    status: Status,
) -> Vec<Because> {
    let requirement = judgement.training.requirement;
    let mut chain = vec![began(row)];
    let before_exception = row.original_due.unwrap_or(row.due);
    let plus = match row.kind {
        Kind::Renewal => requirement.recurrence,
        Kind::Retrain => row.retraining.map(|retraining| retraining.retrain.due_within),
        Kind::Initial | Kind::Reinstated | Kind::Covered => Some(requirement.due_within),
    };
    let is_campaign = row.kind == Kind::Initial && requirement.due_date == Some(before_exception);
    let due = Because::new(Reason::Due, Some(before_exception));
    if is_campaign {
        chain.push(Because::new(Reason::CampaignDate, Some(before_exception)));
    } else if row.capped && row.original_due.is_none() {
        let capped = Because::new(Reason::CappedAtExit, Some(row.due));
        chain.push(capped.counted(row.counted_from, plus));
    } else {
        chain.push(due.counted(row.counted_from, plus));
    }
    if let Some(exception) = row.exception {
        let moved = Because::new(Reason::Extended, Some(row.due)).counted(before_exception, None);
        let fact = if row.exempt { Because::new(Reason::Exempt, None) } else { moved };
        chain.push(fact.saying(format!("{} ({})", exception.id, exception.reason)));
    }
    chain.push(outcome(judgement, row, status));
    chain
}

fn began(row: &Obligation<'_>) -> Because {
    match row.kind {
        Kind::Initial | Kind::Covered => Because::new(Reason::AccessBegan, Some(row.assigned)),
        Kind::Reinstated => Because::new(Reason::ExemptionEnded, Some(row.assigned.previous())),
        Kind::Retrain => {
            let version = row.retraining.map(|retraining| &retraining.retrain.min_version);
            let fact = Because::new(Reason::NewVersion, Some(row.assigned));
            fact.saying(version.cloned().unwrap_or_default())
        }
        Kind::Renewal => {
            let last = row.follows.iter().map(|completion| completion.day).max();
            let is_anchored = last.is_some_and(|last| last != row.counted_from);
            let reason = if is_anchored { Reason::LastDeadline } else { Reason::LastCompletion };
            Because::new(reason, Some(row.counted_from)).by(&row.follows)
        }
    }
}

fn outcome(judgement: &Judgement<'_, '_>, row: &Obligation<'_>, status: Status) -> Because {
    let Some(met) = &row.satisfied else {
        let day = judgement.view.today.min(row.window.end);
        return match status {
            Status::ExcusedExit => Because::new(Reason::LeftBefore, row.window.last_day()),
            _ => Because::new(Reason::NotMet, Some(day)).saying(status_words(status)),
        };
    };
    let reason = match status {
        Status::Waived => Reason::Waived,
        _ if met.credited => Reason::Credited,
        _ => Reason::Met,
    };
    let fact = Because::new(reason, Some(met.day)).by(&met.evidence);
    match status {
        Status::Waived => fact.saying(waiver_reason(&met.evidence).unwrap_or_default()),
        Status::CompletedLate => {
            let late = met.day.days_since(row.due);
            fact.saying(format!("{late} {} late", if late == 1 { "day" } else { "days" }))
        }
        _ => fact.saying(status_words(status)),
    }
}

/// Why the first waiver of the evidence was given.
pub(crate) fn waiver_reason(evidence: &[Completion<'_>]) -> Option<String> {
    let waiver = evidence.iter().find(|completion| completion.is_waiver())?;
    waiver.fact.fact.waiver_reason.as_ref().map(ToString::to_string)
}

/// Why a covered row stands.
pub(crate) fn covered_by(event: &Event<'_>, next: Option<Day>, status: Status) -> Vec<Because> {
    let reason = if status == Status::Waived { Reason::Waived } else { Reason::Covered };
    let mut fact = Because::new(reason, Some(event.day)).by(&event.evidence);
    if status == Status::Waived {
        fact = fact.saying(waiver_reason(&event.evidence).unwrap_or_default());
    }
    let next = next.map(|next| Because::new(Reason::Due, Some(next)).saying("next"));
    std::iter::once(fact).chain(next).collect()
}

/// A status in plain words.
pub const fn status_words(status: Status) -> &'static str {
    match status {
        Status::CompletedOnTime => "on time",
        Status::CompletedLate => "late",
        Status::Overdue => "overdue",
        Status::Expired => "expired",
        Status::Pending => "still open",
        Status::Exempt => "exempt",
        Status::Waived => "waived",
        Status::ExcusedExit => "left before the deadline",
        Status::Covered => "covered by earlier training",
    }
}

/// A chain of facts as sentences.
pub fn in_words(chain: &[Because]) -> String {
    let mut words = String::new();
    for fact in chain {
        if !words.is_empty() {
            words.push(' ');
        }
        sentence(fact, &mut words);
    }
    words
}

fn sentence(fact: &Because, words: &mut String) {
    let on = fact.on.map(|day| day.to_string()).unwrap_or_default();
    let text = fact.text.as_deref().unwrap_or_default();
    let statements = statement_words(&fact.statements);
    let counted = match (fact.from, fact.plus) {
        (Some(from), Some(plus)) => format!(": {from} plus {}", span_words(plus)),
        _ => String::new(),
    };
    let from = fact.from.map(|day| day.to_string()).unwrap_or_default();
    // Writing to a `String` does not fail.
    let _ = match fact.reason {
        Reason::AccessBegan => write!(words, "In scope since {on}."),
        Reason::CampaignDate => write!(words, "Due {on}, the date set for all."),
        Reason::LastCompletion => write!(words, "Last completed {on}{statements}."),
        Reason::LastDeadline => write!(words, "Last due {on}, and met then{statements}."),
        Reason::NewVersion => write!(words, "Version {text} is required since {on}."),
        Reason::ExemptionEnded => write!(words, "The exemption ended {on}."),
        Reason::Due if text == "next" => write!(words, "Next due {on}."),
        Reason::Due => write!(words, "Due {on}{counted}."),
        Reason::CappedAtExit => {
            write!(
                words,
                "Due {on}, the last day of access, which comes before {}.",
                &counted.get(2..).unwrap_or("the deadline")
            )
        }
        Reason::Extended => write!(words, "Moved from {from} to {on} by exception {text}."),
        Reason::Exempt => write!(words, "Waived by exception {text}."),
        Reason::Met => write!(words, "Completed {on}{statements}, {text}."),
        Reason::Credited => {
            write!(words, "Met by training of {on}{statements}, which was still valid, {text}.")
        }
        Reason::Waived if text.is_empty() => write!(words, "Waived {on}{statements}."),
        Reason::Waived => write!(words, "Waived {on}{statements}: {text}."),
        Reason::NotMet => write!(words, "Not completed by {on}: {text}."),
        Reason::LeftBefore => write!(words, "Left {on}, before the deadline: excused."),
        Reason::Covered => write!(words, "Nothing fell due. Last completed {on}{statements}."),
    };
}

fn statement_words(statements: &[StatementId]) -> String {
    let ids: Vec<String> = statements.iter().map(ToString::to_string).collect();
    match ids.as_slice() {
        [] => String::new(),
        [one] => format!(" (statement {one})"),
        many => format!(" (statements {})", many.join(", ")),
    }
}

/// `P1Y6M` as `1 year and 6 months`.
pub fn span_words(span: Span) -> String {
    let part = |count: u32, unit: &str| {
        (count > 0).then(|| format!("{count} {unit}{}", if count == 1 { "" } else { "s" }))
    };
    let parts = [
        part(span.months() / 12, "year"),
        part(span.months() % 12, "month"),
        part(span.days(), "day"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "0 days".to_owned() } else { parts.join(" and ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_in_words() {
        for (span, words) in [
            ("P1Y", "1 year"),
            ("P30D", "30 days"),
            ("P1Y6M", "1 year and 6 months"),
            ("P0D", "0 days"),
        ] {
            assert_eq!(span_words(span.parse().expect("a span")), words);
        }
    }
}
