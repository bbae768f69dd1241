//! A report as tables: what is printed as CSV and PDF, and shown on pages (audit rules, section 3).

mod completion;
mod standing;
mod trends;

use crate::{Day, Report};
use domain::csv::push_row;
use serde::Serialize;

/// Rows of texts under names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// The names, as a CSV file has them.
    pub columns: Vec<&'static str>,
    /// The rows, each as long as the names are many.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    fn new(columns: &[&'static str]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    fn push<const N: usize>(&mut self, row: [String; N]) {
        debug_assert_eq!(N, self.columns.len(), "a cell for each column");
        self.rows.push(row.into());
    }

    /// As CSV (RFC 4180).
    pub fn to_csv(&self) -> String {
        let mut csv = String::new();
        push_row(&mut csv, self.columns.iter().copied());
        for row in &self.rows {
            push_row(&mut csv, row.iter().map(String::as_str));
        }
        csv
    }
}

/// Every table that a report can be printed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableName {
    /// One line per person and course: the completion register (1.10.23).
    Completion,
    /// One line per person and requirement, courses joined: the compliance file.
    Compliance,
    /// One line per completion of a course: user, role, exercise, time, result.
    Events,
    /// One line per person: when and how much was completed.
    Short,
    /// One line per completion: name, date, version.
    Minimum,
    /// One line per obligation, with everything that the register has.
    Register,
    /// One line per gap.
    Gaps,
    /// One line per person and requirement: days with and without valid training.
    Coverage,
    /// The figures of the whole.
    Summary,
    /// The figures by role.
    ByRole,
    /// The figures by control.
    ByControl,
    /// One line per attempt.
    Attempts,
    /// One line per person drawn.
    Sample,
    /// One line per difference to the identity provider's users.
    Reconciliation,
    /// One line per reminder or escalation that should have been sent.
    Escalations,
    /// One line per oddity.
    Flags,
    /// One line per attestation.
    Attestations,
    /// One line per quarter's review.
    Reviews,
    /// One line per campaign of test mails.
    Effectiveness,
    /// One line per quarter of tests.
    QuizTrend,
    /// One line per person in scope of nothing.
    NothingAssigned,
    /// One line per obligation that began with access in the period.
    Onboarding,
    /// One line per obligation that is still open, soonest first.
    Schedule,
}

impl TableName {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::Completion,
        Self::Compliance,
        Self::Events,
        Self::Short,
        Self::Minimum,
        Self::Register,
        Self::Gaps,
        Self::Coverage,
        Self::Summary,
        Self::ByRole,
        Self::ByControl,
        Self::Attempts,
        Self::Sample,
        Self::Reconciliation,
        Self::Escalations,
        Self::Flags,
        Self::Attestations,
        Self::Reviews,
        Self::Effectiveness,
        Self::QuizTrend,
        Self::NothingAssigned,
        Self::Onboarding,
        Self::Schedule,
    ];

    /// The name used in addresses and of files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completion => "completion",
            Self::Compliance => "compliance",
            Self::Events => "events",
            Self::Short => "short",
            Self::Minimum => "minimum",
            Self::Register => "register",
            Self::Gaps => "gaps",
            Self::Coverage => "coverage",
            Self::Summary => "summary",
            Self::ByRole => "by-role",
            Self::ByControl => "by-control",
            Self::Attempts => "attempts",
            Self::Sample => "sample",
            Self::Reconciliation => "reconciliation",
            Self::Escalations => "escalations",
            Self::Flags => "flags",
            Self::Attestations => "attestations",
            Self::Reviews => "reviews",
            Self::Effectiveness => "effectiveness",
            Self::QuizTrend => "quiz-trend",
            Self::NothingAssigned => "nothing-assigned",
            Self::Onboarding => "onboarding",
            Self::Schedule => "schedule",
        }
    }

    /// The table with this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.as_str() == name)
    }
}

impl Report {
    /// The report as this table.
    pub fn table(&self, name: TableName) -> Table {
        match name {
            TableName::Completion => completion::completion(self),
            TableName::Compliance => completion::compliance(self),
            TableName::Events => completion::events(self),
            TableName::Short => completion::short(self),
            TableName::Minimum => completion::minimum(self),
            TableName::Attestations => completion::attestations(self),
            TableName::Register => standing::register(self),
            TableName::Gaps => standing::gaps(self),
            TableName::Coverage => standing::coverage(self),
            TableName::Summary => standing::summary(self),
            TableName::ByRole => standing::by_role(self),
            TableName::ByControl => standing::by_control(self),
            TableName::Escalations => standing::escalations(self),
            TableName::Flags => standing::flags(self),
            TableName::NothingAssigned => standing::nothing_assigned(self),
            TableName::Onboarding => standing::onboarding(self),
            TableName::Schedule => standing::schedule(self),
            TableName::Attempts => trends::attempts(self),
            TableName::Sample => trends::sample(self),
            TableName::Reconciliation => trends::reconciliation(self),
            TableName::Reviews => trends::reviews(self),
            TableName::Effectiveness => trends::effectiveness(self),
            TableName::QuizTrend => trends::quiz_trend(self),
        }
    }

    /// The same with the files that auditors ask for most.
    #[must_use]
    pub fn with_exports(mut self) -> Self {
        let files = [
            ("register.csv", TableName::Completion),
            ("compliance.csv", TableName::Compliance),
            ("attestations.csv", TableName::Attestations),
        ];
        self.exports = files.map(|(name, table)| (name, self.table(table).to_csv())).into();
        self
    }

    fn name(&self, person: &crate::world::PersonId) -> String {
        self.people.get(person).map_or_else(|| person.to_string(), |card| card.name.clone())
    }

    fn title(&self, course: &str) -> String {
        self.courses.get(course).cloned().unwrap_or_else(|| course.to_owned())
    }
}

/// What is there as a text, and what is not as an empty one.
fn text<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// The last day on which a row's person is in scope of the period.
fn last_day(report: &Report, row: &crate::RegisterRow) -> Day {
    row.window_end.unwrap_or(Day::NEVER).min(report.head.period.end)
}
