//! What an auditor should look at. Flags never change a status (audit rules, 1.10.17).

use crate::completion::Training;
use crate::view::{CourseFact, View};
use crate::world::{Employment, Exception, PersonId, visible};
use crate::{Day, Verb};
use domain::{Grade, StatementId, Timestamp};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Which oddity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagKind {
    /// A person has access from before the first day of employment.
    AccessBeforeEmployment,
    /// A waiver whose reason is `Administrative`.
    AdministrativeWaiver,
    /// Many people have a completion at the same instant.
    BulkSameTimestamp,
    /// Most completions are in one band of four hours of a day of the week.
    BulkWeekdayBand,
    /// A completion before the first employment.
    CompletedBeforeStart,
    /// A completion outside employment, after it began.
    CompletedWhileNotEmployed,
    /// A completion that is the same as one before it.
    DuplicateCompletion,
    /// An exception that was recorded after the deadline that it bears on.
    ExceptionRecordedLate,
    /// A `timestamp` later than `stored`.
    FutureTimestamp,
    /// A completion whose evidence is weaker than a requirement accepts.
    GradeNotAccepted,
    /// Less time than the version can honestly be taken in.
    ImplausibleDuration,
    /// A statement stored so long after its `timestamp` that the latter is not believed.
    LateRecorded,
    /// A statement whose actor is nobody, or several.
    OrphanStatement,
    /// A pass below the least score.
    ScoreBelowMinimum,
    /// A statement about a course that was voided.
    VoidedEvidence,
}

impl FlagKind {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::AccessBeforeEmployment,
        Self::AdministrativeWaiver,
        Self::BulkSameTimestamp,
        Self::BulkWeekdayBand,
        Self::CompletedBeforeStart,
        Self::CompletedWhileNotEmployed,
        Self::DuplicateCompletion,
        Self::ExceptionRecordedLate,
        Self::FutureTimestamp,
        Self::GradeNotAccepted,
        Self::ImplausibleDuration,
        Self::LateRecorded,
        Self::OrphanStatement,
        Self::ScoreBelowMinimum,
        Self::VoidedEvidence,
    ];
}

/// Something odd. Of what is odd, only the members that say which are there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flag {
    /// Which oddity.
    #[serde(rename = "type")]
    pub kind: FlagKind,
    /// The statement that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<StatementId>,
    /// The person that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// The exception that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
    /// The grade that the evidence has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grade: Option<Grade>,
    /// The instant that many share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Who they are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<PersonId>,
    /// The band of the week that most are in.
    #[serde(flatten)]
    pub band: Option<WeekdayBand>,
}

/// Four hours of a day of the week, with how many of all completions are in them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WeekdayBand {
    /// The day of the week, as `Friday`.
    pub weekday: String,
    /// The first hour.
    pub from_hour: u32,
    /// The hour behind the last.
    pub to_hour: u32,
    /// Completions in it.
    pub count: usize,
    /// Completions in all.
    pub total: usize,
}

impl Flag {
    const fn new(kind: FlagKind) -> Self {
        Self {
            kind,
            statement: None,
            person: None,
            exception: None,
            grade: None,
            at: None,
            people: Vec::new(),
            band: None,
        }
    }

    pub(crate) fn of_statement(kind: FlagKind, statement: StatementId) -> Self {
        Self { statement: Some(statement), ..Self::new(kind) }
    }

    pub(crate) fn late_exception(exception: &Exception) -> Self {
        Self {
            exception: Some(exception.id.to_string()),
            person: Some(exception.person.clone()),
            ..Self::new(FlagKind::ExceptionRecordedLate)
        }
    }

    /// What flags are ordered by: their canonical form (1.10.22).
    fn canonical(&self) -> String {
        crate::canonical::text(self).unwrap_or_default()
    }
}

/// Each once, by canonical form.
pub(crate) fn ordered(flags: Vec<Flag>) -> Vec<Flag> {
    let found: BTreeMap<String, Flag> =
        flags.into_iter().map(|flag| (flag.canonical(), flag)).collect();
    found.into_values().collect()
}

/// What is odd about one person's training for one requirement.
pub(crate) fn of_training(training: &Training<'_>, found: &mut Vec<Flag>) {
    use FlagKind::{DuplicateCompletion, ScoreBelowMinimum};
    for log in &training.courses {
        let statement = |kind, fact: &&CourseFact<'_>| Flag::of_statement(kind, fact.fact.id);
        found.extend(log.duplicates.iter().map(|fact| statement(DuplicateCompletion, fact)));
        found.extend(log.below_minimum.iter().map(|fact| statement(ScoreBelowMinimum, fact)));
        found.extend(log.weak.iter().map(|fact| Flag {
            grade: fact.grade,
            ..Flag::of_statement(FlagKind::GradeNotAccepted, fact.fact.id)
        }));
    }
}

/// What is odd about one person, whatever is required.
pub(crate) fn of_person(view: &View<'_>, person: usize, found: &mut Vec<Flag>) {
    let row = view.people[person];
    let employment: Vec<_> = visible(&row.employment, view.as_of).map(Employment::days).collect();
    let first_access = visible(&row.access, view.as_of).map(|access| access.days().start).min();
    let hired = employment.iter().map(|days| days.start).min();
    if let (Some(access), Some(hired)) = (first_access, hired)
        && access < hired
    {
        let kind = FlagKind::AccessBeforeEmployment;
        found.push(Flag { person: Some(row.id.clone()), ..Flag::new(kind) });
    }
    for fact in view.facts_of(person) {
        found.extend(of_fact(fact, hired, |day| employment.iter().any(|days| days.holds(day))));
    }
}

fn of_fact(
    fact: &CourseFact<'_>,
    hired: Option<Day>,
    is_employed: impl Fn(Day) -> bool,
) -> Option<Flag> {
    let kind = match fact.verb {
        Verb::Waived if fact.fact.waiver_reason.as_deref() == Some("Administrative") => {
            FlagKind::AdministrativeWaiver
        }
        Verb::Passed | Verb::Completed if hired.is_some_and(|hired| fact.day < hired) => {
            FlagKind::CompletedBeforeStart
        }
        Verb::Passed | Verb::Completed if hired.is_some() && !is_employed(fact.day) => {
            FlagKind::CompletedWhileNotEmployed
        }
        _ => return None,
    };
    Some(Flag::of_statement(kind, fact.fact.id))
}

/// The completions that count for something, each once: what the bulk flags look at.
#[derive(Debug, Default)]
pub(crate) struct Completions {
    seen: HashSet<StatementId>,
    instants: BTreeMap<Timestamp, BTreeSet<usize>>,
    bands: BTreeMap<(u32, u32), usize>,
    total: usize,
}

/// The hours of a band.
const BAND_HOURS: u32 = 4;
const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl Completions {
    /// Takes in the completions of one person's training for one requirement.
    pub(crate) fn add(&mut self, view: &View<'_>, person: usize, training: &Training<'_>) {
        let all = training.courses.iter().flat_map(|log| &log.completions);
        for completion in all.filter(|completion| !completion.is_waiver()) {
            let fact = completion.fact;
            if !self.seen.insert(fact.fact.id) {
                continue;
            }
            self.total += 1;
            self.instants.entry(fact.instant).or_default().insert(person);
            let (weekday, hour) = view.zone.weekday_and_hour(fact.instant);
            let band = (weekday.num_days_from_monday(), hour / BAND_HOURS);
            *self.bands.entry(band).or_default() += 1;
        }
    }

    /// What looks as if it had been logged in bulk.
    pub(crate) fn flags(&self, view: &View<'_>, found: &mut Vec<Flag>) {
        let limits = view.policy().bulk_logging;
        for (at, people) in self.instants.iter().filter(|(_, who)| who.len() >= limits.people) {
            let people = people.iter().map(|person| view.people[*person].id.clone()).collect();
            let kind = FlagKind::BulkSameTimestamp;
            found.push(Flag { at: Some(*at), people, ..Flag::new(kind) });
        }
        if self.total < limits.completions {
            return;
        }
        for ((weekday, band), count) in &self.bands {
            #[expect(clippy::cast_precision_loss, reason = "a share of far fewer than 2^52")]
            let share = *count as f64 / self.total as f64;
            if share >= limits.share {
                let band = WeekdayBand {
                    weekday: WEEKDAYS[*weekday as usize].to_owned(),
                    from_hour: band * BAND_HOURS,
                    to_hour: (band + 1) * BAND_HOURS,
                    count: *count,
                    total: self.total,
                };
                found.push(Flag { band: Some(band), ..Flag::new(FlagKind::BulkWeekdayBand) });
            }
        }
    }
}
