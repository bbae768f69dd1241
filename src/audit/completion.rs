//! What a person's statements amount to for one requirement: completions, and the events that meet
//! it (audit rules, 1.4).

use crate::view::{CourseFact, View};
use crate::world::{Attestation, Attesting, Requirement, Retrain, Rule};
use crate::{Day, Span, Verb};
use domain::Timestamp;
use std::collections::HashSet;

/// A statement that completes a course as the requirement asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Completion<'w> {
    pub(crate) fact: &'w CourseFact<'w>,
    /// When it counts: the day of the statement, or of the later signature.
    pub(crate) day: Day,
    /// The signature that it needed.
    pub(crate) attestation: Option<&'w Attestation>,
}

impl Completion<'_> {
    pub(crate) fn is_waiver(&self) -> bool {
        self.fact.verb == Verb::Waived
    }
}

/// Why a pass does not count, if it lacks one thing only (1.10.18).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NearMiss {
    /// Nobody signed for it.
    AttestationMissing,
    /// The version is not accepted on that day.
    WrongVersion,
}

/// What a person did in one course of a requirement.
#[derive(Debug, Default)]
pub(crate) struct CourseLog<'w> {
    /// What counts, by day.
    pub(crate) completions: Vec<Completion<'w>>,
    /// What would count but is the same as one before it.
    pub(crate) duplicates: Vec<&'w CourseFact<'w>>,
    /// Passed and failed, without duplicates.
    pub(crate) attempts: Vec<&'w CourseFact<'w>>,
    /// Passed, but with less than the least score.
    pub(crate) below_minimum: Vec<&'w CourseFact<'w>>,
    /// Would count, were the evidence of a grade that is accepted.
    pub(crate) weak: Vec<&'w CourseFact<'w>>,
    /// Lacks one thing only.
    pub(crate) near_misses: Vec<(NearMiss, &'w CourseFact<'w>)>,
    /// Which pass each signature of the course belongs to.
    pub(crate) signed: Vec<(&'w Attestation, &'w CourseFact<'w>)>,
}

/// A day on which a requirement is met: every course has a completion since the event before.
#[derive(Debug, Clone)]
pub(crate) struct Event<'w> {
    pub(crate) day: Day,
    /// One for each course, in the requirement's order.
    pub(crate) evidence: Vec<Completion<'w>>,
}

impl Event<'_> {
    /// Whether any of its evidence is a waiver.
    pub(crate) fn is_waived(&self) -> bool {
        self.evidence.iter().any(Completion::is_waiver)
    }
}

/// A retraining that is in effect, by places instead of names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retraining<'w> {
    pub(crate) retrain: &'w Retrain,
    /// Place of its course in the requirement.
    pub(crate) course: usize,
    /// Place of the oldest version that will do.
    pub(crate) version: usize,
}

/// A person's training for one requirement.
#[derive(Debug)]
pub(crate) struct Training<'w> {
    pub(crate) requirement: &'w Requirement,
    /// In the requirement's order.
    pub(crate) courses: Vec<CourseLog<'w>>,
    /// By day, each day once.
    pub(crate) events: Vec<Event<'w>>,
    /// Those in effect, by the day from which they are.
    pub(crate) retrainings: Vec<Retraining<'w>>,
}

impl<'w> Training<'w> {
    /// What `person` did for `requirement`.
    pub(crate) fn of(view: &'w View<'w>, person: usize, requirement: &'w Requirement) -> Self {
        let courses = requirement.courses.iter().map(|id| match view.course_place(id) {
            Some(course) => CourseLog::of(view, person, course, requirement),
            None => CourseLog::default(),
        });
        let mut training = Self {
            requirement,
            courses: courses.collect(),
            events: Vec::new(),
            retrainings: retrainings(view, requirement),
        };
        training.events = training.find_events();
        training
    }

    /// Whether a completion of the course at `place` may be part of an event on `day`: from the day
    /// of a retraining on, old versions may not (1.10.11).
    pub(crate) fn is_new_enough(
        &self,
        place: usize,
        completion: &Completion<'_>,
        day: Day,
    ) -> bool {
        self.retrainings.iter().all(|retraining| {
            retraining.course != place
                || day < retraining.retrain.effective_on
                || completion.fact.version >= retraining.version
        })
    }

    /// How long after a completion it is valid.
    pub(crate) fn valid_until(&self, day: Day) -> Day {
        self.requirement.recurrence.map_or(Day::NEVER, |recurrence| day.plus(recurrence))
    }

    /// Of each course, the completion that an event on `day` would rest on: the latest one behind
    /// the `previous` event, unless it is too old (1.4.5, 1.10.10).
    fn evidence_on(&self, day: Day, previous: Day) -> Vec<Option<Completion<'w>>> {
        let of_course = |(place, log): (usize, &CourseLog<'w>)| {
            let usable = log.completions.iter().filter(|completion| {
                completion.day > previous
                    && completion.day <= day
                    && day <= self.valid_until(completion.day)
                    && self.is_new_enough(place, completion, day)
            });
            // On one day a pass beats a waiver.
            usable
                .max_by_key(|completion| {
                    (completion.day, !completion.is_waiver(), completion.fact.instant)
                })
                .copied()
        };
        self.courses.iter().enumerate().map(of_course).collect()
    }

    fn find_events(&self) -> Vec<Event<'w>> {
        let completions = self.courses.iter().flat_map(|log| &log.completions);
        let mut days: Vec<Day> = completions.map(|completion| completion.day).collect();
        days.sort_unstable();
        days.dedup();
        let mut events = Vec::new();
        let mut previous = Day::EVER;
        for day in days {
            let evidence: Option<Vec<_>> = self.evidence_on(day, previous).into_iter().collect();
            if let Some(evidence) = evidence.filter(|evidence| !evidence.is_empty()) {
                events.push(Event { day, evidence });
                previous = day;
            }
        }
        events
    }

    /// Of each course, what it would bring to an event on `day` (1.10.10): `None` is what is still
    /// missing.
    pub(crate) fn modules_on(&self, day: Day) -> Vec<Option<Completion<'w>>> {
        let earlier = self.events.iter().rev().find(|event| event.day < day);
        self.evidence_on(day, earlier.map_or(Day::EVER, |event| event.day))
    }

    /// The last event before `day`.
    pub(crate) fn last_before(&self, day: Day) -> Option<&Event<'w>> {
        self.events.iter().rev().find(|event| event.day < day)
    }

    /// The first event from `from` to `to`.
    pub(crate) fn first_in(&self, from: Day, to: Day) -> Option<&Event<'w>> {
        self.events.iter().find(|event| from <= event.day && event.day <= to)
    }
}

/// The retrainings that exist: in effect by now, and while the requirement is in force (1.10.11).
fn retrainings<'w>(view: &'w View<'w>, requirement: &'w Requirement) -> Vec<Retraining<'w>> {
    let last = view.today.min(requirement.in_force().end);
    let mut found: Vec<_> = requirement
        .retrain
        .iter()
        .filter(|retrain| retrain.effective_on <= last)
        .filter_map(|retrain| {
            let course = requirement.courses.iter().position(|id| *id == retrain.course)?;
            let versions = &view.courses[view.course_place(&retrain.course)?].versions;
            let version = versions.iter().position(|row| row.version == retrain.min_version)?;
            Some(Retraining { retrain, course, version })
        })
        .collect();
    found.sort_by_key(|retraining| retraining.retrain.effective_on);
    found
}

impl<'w> CourseLog<'w> {
    fn of(view: &'w View<'w>, person: usize, course: usize, requirement: &'w Requirement) -> Self {
        let mut log = Self::default();
        let mut accepted = Accepted::default();
        let signatures = match requirement.attestation {
            Attesting::Required => Signatures::of(view, person, course),
            Attesting::None => Signatures::default(),
        };
        let of_course = view.facts_of[person].iter().map(|place| &view.facts[*place]);
        let mut passes = Vec::new();
        for fact in of_course.filter(|fact| fact.course == course) {
            let is_duplicate =
                log.sort_in(view, requirement, fact, &mut accepted, &mut passes, &signatures);
            if fact.is_attempt() && !is_duplicate {
                log.attempts.push(fact);
            }
        }
        log.settle(requirement, passes, &signatures, view);
        log.completions.sort_by_key(|completion| {
            (
                completion.day,
                completion.fact.instant,
                completion.fact.fact.stored,
                completion.fact.fact.id,
            )
        });
        log
    }

    /// Puts a statement where it belongs; whether it is a duplicate.
    fn sort_in(
        &mut self,
        view: &View<'_>,
        requirement: &Requirement,
        fact: &'w CourseFact<'w>,
        accepted: &mut Accepted,
        passes: &mut Vec<&'w CourseFact<'w>>,
        signatures: &Signatures<'_>,
    ) -> bool {
        let is_accepted = view.version_of(fact).accepted().holds(fact.day);
        if fact.verb == Verb::Waived {
            if is_accepted {
                self.completions.push(Completion { fact, day: fact.day, attestation: None });
            }
            return false;
        }
        if !meets_rule(requirement.rule, fact.verb) {
            return false;
        }
        let too_low = |least: f64| fact.fact.scaled.is_some_and(|scaled| scaled < least);
        if requirement.min_score.is_some_and(too_low) {
            if fact.verb == Verb::Passed {
                self.below_minimum.push(fact);
            }
            return false;
        }
        if fact.grade.is_some_and(|grade| !requirement.grades.contains(&grade)) {
            self.weak.push(fact);
            return false;
        }
        if !is_accepted {
            let is_signed = requirement.attestation == Attesting::None || signatures.follow(fact);
            if is_signed {
                self.near_misses.push((NearMiss::WrongVersion, fact));
            }
            return false;
        }
        if accepted.repeats(fact, view.policy().dedupe_window.duration()) {
            self.duplicates.push(fact);
            return true;
        }
        accepted.add(fact);
        passes.push(fact);
        false
    }

    /// Makes completions of the passes: at once, or on the day of the signature that each needs
    /// (1.4.3).
    fn settle(
        &mut self,
        requirement: &Requirement,
        passes: Vec<&'w CourseFact<'w>>,
        signatures: &Signatures<'w>,
        view: &View<'_>,
    ) {
        if requirement.attestation == Attesting::None {
            let at_once =
                |fact: &'w CourseFact<'w>| Completion { fact, day: fact.day, attestation: None };
            self.completions.extend(passes.into_iter().map(at_once));
            return;
        }
        self.signed = signatures.belong_to(&passes, requirement.recurrence, view);
        for fact in passes {
            let first = self.signed.iter().find(|(_, pass)| std::ptr::eq(*pass, fact));
            match first {
                Some((attestation, _)) => {
                    let day = view.zone.day(attestation.effective_at(view)).max(fact.day);
                    self.completions.push(Completion { fact, day, attestation: Some(attestation) });
                }
                None => self.near_misses.push((NearMiss::AttestationMissing, fact)),
            }
        }
    }
}

fn meets_rule(rule: Rule, verb: Verb) -> bool {
    match rule {
        Rule::Passed => verb == Verb::Passed,
        Rule::Completed => matches!(verb, Verb::Passed | Verb::Completed),
    }
}

/// What has counted already, to know repetitions by (1.10.5).
#[derive(Debug, Default)]
struct Accepted {
    days: HashSet<(usize, Day)>,
    last: Option<(Option<uuid::Uuid>, Timestamp)>,
}

impl Accepted {
    /// Whether it is of the same version on the same day as one that counted, or of the same
    /// registration within `window` of the last one that did.
    fn repeats(&self, fact: &CourseFact<'_>, window: std::time::Duration) -> bool {
        let same_attempt = self.last.is_some_and(|(registration, at)| {
            registration.is_some()
                && registration == fact.fact.registration
                && fact.instant.since(at) <= window
        });
        same_attempt || self.days.contains(&(fact.version, fact.day))
    }

    fn add(&mut self, fact: &CourseFact<'_>) {
        self.days.insert((fact.version, fact.day));
        self.last = Some((fact.fact.registration, fact.instant));
    }
}

impl Attestation {
    /// When it was signed, by the rules for statements (1.2.5).
    pub(crate) fn effective_at(&self, view: &View<'_>) -> Timestamp {
        view.effective_of(self.signed_at.at(), self.recorded_at.unwrap_or(self.signed_at.at()))
    }

    /// Whether it was known: a bare row from when it was signed (1.10.8).
    pub(crate) fn is_visible(&self, as_of: Timestamp) -> bool {
        self.recorded_at.is_some() || self.signed_at.at() <= as_of
    }
}

/// The signatures of a person for the versions of a course, with the place of the version, in the
/// order in which they were made.
#[derive(Debug, Default)]
struct Signatures<'w> {
    found: Vec<(Timestamp, usize, &'w Attestation)>,
}

impl<'w> Signatures<'w> {
    fn of(view: &View<'w>, person: usize, course: usize) -> Self {
        let versions = &view.courses[course].versions;
        let place = |version: &str| versions.iter().position(|row| row.version == version);
        let course = &view.courses[course].course.id;
        let mut found: Vec<_> = view
            .attestations_of(view.people[person])
            .iter()
            .filter(|row| row.course == *course)
            .filter_map(|row| Some((row.effective_at(view), place(&row.version)?, *row)))
            .collect();
        found.sort_by_key(|(at, _, row)| (*at, row.id.as_str()));
        Self { found }
    }

    /// Whether one for the same version was made at or after a pass.
    fn follow(&self, fact: &CourseFact<'_>) -> bool {
        self.found.iter().any(|(at, version, _)| *version == fact.version && *at >= fact.instant)
    }

    /// Which pass each belongs to: the latest of its version at or before it, made within the
    /// recurrence (1.10.8).
    fn belong_to(
        &self,
        passes: &[&'w CourseFact<'w>],
        recurrence: Option<Span>,
        view: &View<'_>,
    ) -> Vec<(&'w Attestation, &'w CourseFact<'w>)> {
        let of = |(at, version, row): &(Timestamp, usize, &'w Attestation)| {
            let before = |pass: &&&CourseFact<'_>| pass.version == *version && pass.instant <= *at;
            let pass = passes.iter().filter(before).max_by_key(|pass| pass.instant)?;
            let day = view.zone.day(*at);
            let is_fresh = recurrence.is_none_or(|recurrence| day <= pass.day.plus(recurrence));
            is_fresh.then_some((*row, *pass))
        };
        self.found.iter().filter_map(of).collect()
    }
}
