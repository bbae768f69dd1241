//! What a person's statements amount to for one requirement: completions, and the events that meet
//! it (audit rules, 1.4).

use crate::signature::Signature;
use crate::view::{CourseFact, View};
use crate::world::{Attesting, Requirement, Retrain, Rule};
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
    pub(crate) signature: Option<&'w Signature<'w>>,
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
    /// Lacks one thing only, by the day on which it would have counted.
    pub(crate) near_misses: Vec<(NearMiss, Day)>,
    /// Which pass each signature of the course belongs to.
    pub(crate) signed: Vec<(&'w Signature<'w>, &'w CourseFact<'w>)>,
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

impl Retraining<'_> {
    /// Whether what was done in the course at `place` may count on `day`.
    fn allows(&self, place: usize, fact: &CourseFact<'_>, day: Day) -> bool {
        self.course != place || day < self.retrain.effective_on || fact.version >= self.version
    }
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
        let retrainings = retrainings(view, requirement);
        let log = |(place, id): (usize, &String)| {
            let Some(course) = view.course_place(id) else { return CourseLog::default() };
            let signatures = match requirement.attestation {
                Attesting::Required => Signatures::of(view, person, course),
                Attesting::None => Signatures::default(),
            };
            let retrainings = &retrainings;
            let sorter = Sorter { view, requirement, place, retrainings, signatures };
            let facts = view.facts_of[person].iter().map(|fact| &view.facts[*fact]);
            sorter.sort(facts.filter(|fact| fact.course == course))
        };
        let courses = requirement.courses.iter().enumerate().map(log).collect();
        let mut training = Self { requirement, courses, events: Vec::new(), retrainings };
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
        self.retrainings.iter().all(|retraining| retraining.allows(place, completion.fact, day))
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

/// What sorts a person's statements about one course of a requirement.
struct Sorter<'a, 'w> {
    view: &'w View<'w>,
    requirement: &'w Requirement,
    /// Place of the course in the requirement.
    place: usize,
    retrainings: &'a [Retraining<'w>],
    signatures: Signatures<'w>,
}

impl<'w> Sorter<'_, 'w> {
    /// Puts every statement where it belongs. Duplicates are judged among those that qualify in all
    /// else (1.10.5).
    fn sort(&self, facts: impl Iterator<Item = &'w CourseFact<'w>>) -> CourseLog<'w> {
        let mut log = CourseLog::default();
        let mut passes = Vec::new();
        for fact in facts {
            if fact.is_attempt() {
                log.attempts.push(fact);
            }
            if self.sort_in(fact, &mut log) {
                passes.push(fact);
            }
        }
        let mut accepted = Accepted::default();
        for completion in self.completions(&passes, &mut log) {
            if accepted.repeats(&completion, self.view.policy().dedupe_window.duration()) {
                log.duplicates.push(completion.fact);
            } else {
                accepted.add(&completion);
                log.completions.push(completion);
            }
        }
        let duplicates = &log.duplicates;
        log.attempts.retain(|fact| !duplicates.iter().any(|one| std::ptr::eq(*one, *fact)));
        log.completions.sort_by_key(|completion| {
            let fact = completion.fact;
            (completion.day, fact.instant, fact.fact.stored, fact.fact.id)
        });
        log
    }

    /// Whether a statement is a pass of an accepted version that wants at most a signature; if not,
    /// it is put where it belongs.
    fn sort_in(&self, fact: &'w CourseFact<'w>, log: &mut CourseLog<'w>) -> bool {
        let is_accepted = self.view.version_of(fact).accepted().holds(fact.day);
        if fact.verb == Verb::Waived {
            if is_accepted && self.is_new_enough(fact, fact.day) {
                log.completions.push(Completion { fact, day: fact.day, signature: None });
            }
            return false;
        }
        if !meets_rule(self.requirement.rule, fact.verb) {
            return false;
        }
        let too_low = |least: f64| fact.fact.scaled.is_some_and(|scaled| scaled < least);
        // Only where a pass is asked for (1.4.3).
        let asks = self.requirement.rule == Rule::Passed;
        if asks && self.requirement.min_score.is_some_and(too_low) {
            log.below_minimum.push(fact);
            return false;
        }
        if fact.grade.is_some_and(|grade| !self.requirement.grades.contains(&grade)) {
            log.weak.push(fact);
            return false;
        }
        if !is_accepted {
            self.miss_version(fact, log);
        }
        is_accepted
    }

    /// Notes a pass that fails by its version alone.
    fn miss_version(&self, fact: &CourseFact<'_>, log: &mut CourseLog<'_>) {
        if self.requirement.attestation == Attesting::None || self.signatures.follow(fact) {
            log.near_misses.push((NearMiss::WrongVersion, fact.day));
        }
    }

    fn is_new_enough(&self, fact: &CourseFact<'_>, day: Day) -> bool {
        self.retrainings.iter().all(|retraining| retraining.allows(self.place, fact, day))
    }

    /// The completions that passes are: at once, or on the day of the signature that each needs
    /// (1.4.3), while the version is new enough (1.10.11).
    fn completions(
        &self,
        passes: &[&'w CourseFact<'w>],
        log: &mut CourseLog<'w>,
    ) -> Vec<Completion<'w>> {
        let is_signed = self.requirement.attestation == Attesting::Required;
        if is_signed {
            log.signed = self.signatures.belong_to(passes, self.requirement.recurrence, self.view);
        }
        let mut found = Vec::new();
        for fact in passes {
            let first = log.signed.iter().find(|(_, pass)| std::ptr::eq(*pass, *fact));
            let signature = first.map(|(signature, _)| *signature);
            let day = signature.map_or(fact.day, |one| self.view.zone.day(one.at).max(fact.day));
            match (is_signed && signature.is_none(), self.is_new_enough(fact, day)) {
                (true, true) => log.near_misses.push((NearMiss::AttestationMissing, fact.day)),
                (true, false) => {}
                (false, false) => log.near_misses.push((NearMiss::WrongVersion, day)),
                (false, true) => found.push(Completion { fact, day, signature }),
            }
        }
        found
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
    fn repeats(&self, completion: &Completion<'_>, window: std::time::Duration) -> bool {
        let fact = completion.fact;
        let same_attempt = self.last.is_some_and(|(registration, at)| {
            registration.is_some()
                && registration == fact.fact.registration
                && fact.instant.since(at) <= window
        });
        same_attempt || self.days.contains(&(fact.version, completion.day))
    }

    fn add(&mut self, completion: &Completion<'_>) {
        let fact = completion.fact;
        self.days.insert((fact.version, completion.day));
        self.last = Some((fact.fact.registration, fact.instant));
    }
}

/// The signatures of a person for the versions of a course, in the order in which they were made.
#[derive(Debug, Default)]
struct Signatures<'w> {
    found: Vec<&'w Signature<'w>>,
}

impl<'w> Signatures<'w> {
    fn of(view: &'w View<'w>, person: usize, course: usize) -> Self {
        let all = view.signatures_of(person).iter();
        Self { found: all.filter(|one| one.course == Some(course)).collect() }
    }

    /// Whether one for the same version was made at or after a pass.
    fn follow(&self, fact: &CourseFact<'_>) -> bool {
        self.found.iter().any(|one| one.version == Some(fact.version) && one.at >= fact.instant)
    }

    /// Which pass each belongs to: the latest of its version at or before it, made within the
    /// recurrence (1.10.8).
    fn belong_to(
        &self,
        passes: &[&'w CourseFact<'w>],
        recurrence: Option<Span>,
        view: &View<'_>,
    ) -> Vec<(&'w Signature<'w>, &'w CourseFact<'w>)> {
        let of = |one: &&'w Signature<'w>| {
            let before = |pass: &&&CourseFact<'_>| {
                one.version == Some(pass.version) && pass.instant <= one.at
            };
            let pass = passes.iter().filter(before).max_by_key(|pass| pass.instant)?;
            let day = view.zone.day(one.at);
            let is_fresh = recurrence.is_none_or(|recurrence| day <= pass.day.plus(recurrence));
            is_fresh.then_some((*one, *pass))
        };
        self.found.iter().filter_map(of).collect()
    }
}
