//! The world as it was known at an instant, seen in a time zone: what an evaluation works on.

use crate::flags::{Flag, FlagKind};
use crate::identities::Identities;
use crate::signature::Signature;
use crate::world::{
    Course, CourseVersion, Erasure, Exception, OrganizationPolicy, Person, Requirement, Row,
    visible,
};
use crate::{About, Day, Fact, Verb, World, Zone};
use domain::{Grade, StatementId, Timestamp};
use std::collections::{BTreeMap, HashMap, HashSet};

/// A person among those of the view, by place.
pub(crate) type PersonIndex = usize;

/// A statement about a version of a course that is known, not voided and not a repetition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CourseFact<'w> {
    pub(crate) fact: &'w Fact,
    pub(crate) verb: Verb,
    /// Whose; `None` when nobody or more than one person answers to the actor.
    pub(crate) person: Option<PersonIndex>,
    /// Place among the view's courses.
    pub(crate) course: usize,
    /// Place among that course's versions.
    pub(crate) version: usize,
    /// When it took effect (1.2.5).
    pub(crate) instant: Timestamp,
    /// The civil day of that.
    pub(crate) day: Day,
    /// How good it is as evidence, by the authorities trusted as of the evaluation.
    pub(crate) grade: Option<Grade>,
}

impl CourseFact<'_> {
    /// Passed or failed: a try (1.10.12).
    pub(crate) fn is_attempt(&self) -> bool {
        matches!(self.verb, Verb::Passed | Verb::Failed)
    }
}

/// A course with its visible versions.
#[derive(Debug)]
pub(crate) struct CourseView<'w> {
    pub(crate) course: &'w Course,
    pub(crate) versions: Vec<&'w CourseVersion>,
}

/// The world as it was known.
#[derive(Debug)]
pub(crate) struct View<'w> {
    pub(crate) world: &'w World,
    pub(crate) as_of: Timestamp,
    pub(crate) zone: Zone,
    /// The civil day of the as-of.
    pub(crate) today: Day,
    /// By id, each once.
    pub(crate) people: Vec<&'w Person>,
    pub(crate) courses: Vec<CourseView<'w>>,
    /// By id, each once.
    pub(crate) requirements: Vec<&'w Requirement>,
    /// In the order in which they took effect, then of storing, then of ids.
    pub(crate) facts: Vec<CourseFact<'w>>,
    /// The places among the facts that are each person's.
    pub(crate) facts_of: Vec<Vec<usize>>,
    /// By person, in the order in which they apply (1.10.13).
    exceptions: HashMap<&'w str, Vec<&'w Exception>>,
    /// Of each person.
    signatures: Vec<Vec<Signature<'w>>>,
    pub(crate) identities: Identities<'w>,
    erasures: HashMap<&'w str, &'w Erasure>,
    course_places: HashMap<&'w str, usize>,
    /// What was noticed while the statements were read.
    pub(crate) flags: Vec<Flag>,
}

/// The last visible row of each id, by id.
fn latest<'w, T: Row>(
    rows: &'w [T],
    as_of: Timestamp,
    id: impl Fn(&'w T) -> &'w str,
) -> Vec<&'w T> {
    let found: BTreeMap<&str, &T> = visible(rows, as_of).map(|row| (id(row), row)).collect();
    found.into_values().collect()
}

impl<'w> View<'w> {
    /// The world as it was known at `as_of`, with the days of `zone`.
    pub(crate) fn of(world: &'w World, as_of: Timestamp, zone: Zone) -> Self {
        let people = latest(&world.people, as_of, |person| person.id.as_str());
        let courses = latest(&world.courses, as_of, |course| course.id.as_str());
        let courses: Vec<_> = courses
            .into_iter()
            .map(|course| CourseView {
                course,
                versions: visible(&course.versions, as_of).collect(),
            })
            .collect();
        let places = courses.iter().enumerate().map(|(at, view)| (view.course.id.as_str(), at));
        let mut view = Self {
            world,
            as_of,
            zone,
            today: zone.day(as_of),
            identities: Identities::of(&people, as_of),
            facts: Vec::new(),
            facts_of: vec![Vec::new(); people.len()],
            signatures: vec![Vec::new(); people.len()],
            people,
            course_places: places.collect(),
            courses,
            requirements: latest(&world.requirements, as_of, |row| row.id.as_str()),
            exceptions: exceptions(world, as_of),
            erasures: visible(&world.erasures, as_of)
                .map(|row| (row.person.as_str(), row))
                .collect(),
            flags: Vec::new(),
        };
        view.read_facts();
        view.read_attestations();
        view
    }

    /// The organization's settings.
    pub(crate) fn policy(&self) -> &'w OrganizationPolicy {
        &self.world.organization.policy
    }

    /// The place of a course by its id.
    pub(crate) fn course_place(&self, id: &str) -> Option<usize> {
        self.course_places.get(id).copied()
    }

    /// The place of a person by id.
    pub(crate) fn person_place(&self, id: &str) -> Option<PersonIndex> {
        self.people.binary_search_by(|person| person.id.as_str().cmp(id)).ok()
    }

    /// The version of a course that a fact is about.
    pub(crate) fn version_of(&self, fact: &CourseFact<'_>) -> &'w CourseVersion {
        self.courses[fact.course].versions[fact.version]
    }

    /// The statements of one person, in the order in which they took effect.
    pub(crate) fn facts_of(&self, person: PersonIndex) -> impl Iterator<Item = &CourseFact<'w>> {
        self.facts_of[person].iter().map(|place| &self.facts[*place])
    }

    /// The exceptions of a person from a requirement, in the order in which they apply.
    pub(crate) fn exceptions_of(
        &self,
        person: &Person,
        requirement: &Requirement,
    ) -> impl Iterator<Item = &'w Exception> {
        let all = self.exceptions.get(person.id.as_str()).map(Vec::as_slice).unwrap_or_default();
        let id = requirement.id.clone();
        all.iter().copied().filter(move |exception| exception.requirement == id)
    }

    /// The signatures of a person, in the order in which they were made.
    pub(crate) fn signatures_of(&self, person: PersonIndex) -> &[Signature<'w>] {
        &self.signatures[person]
    }

    /// Adds the signatures that are rows of their own to those of the statements.
    fn read_attestations(&mut self) {
        for row in visible(&self.world.attestations, self.as_of) {
            let Some(person) = self.person_place(row.person.as_str()) else { continue };
            if row.is_visible(self.as_of) {
                let signature = Signature::of_row(self, row);
                self.signatures[person].push(signature);
            }
        }
        for signatures in &mut self.signatures {
            signatures.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        }
    }

    /// The name to show: of an erased person, the pseudonym.
    pub(crate) fn name_of(&self, person: &Person) -> String {
        let Some(erasure) = self.erasures.get(person.id.as_str()) else {
            return person.name.clone();
        };
        erasure.pseudonym.clone().unwrap_or_else(|| format!("erased person {}", person.id))
    }

    /// Whether the person's name and addresses are gone.
    pub(crate) fn is_erased(&self, person: &Person) -> bool {
        self.erasures.contains_key(person.id.as_str())
    }

    /// Reads the statements: each once, without those voided, about known versions alone (1.4.1),
    /// with the person (1.4.2).
    fn read_facts(&mut self) {
        let mut known: Vec<&Fact> =
            self.world.statements.iter().filter(|fact| fact.recorded_at <= self.as_of).collect();
        // Of one that was sent again, the first counts.
        known.sort_by_key(|fact| (fact.recorded_at, fact.stored));
        let voided = voided(&known);
        let activities = self.activities();
        let mut seen = HashSet::with_capacity(known.len());
        let mut facts = Vec::new();
        for fact in known {
            let (Some(verb), About::Activity(activity)) = (fact.verb, &fact.about) else {
                continue;
            };
            let Some(&(course, version)) = activities.get(activity.as_str()) else { continue };
            if verb == Verb::Voided || !seen.insert(fact.id) {
                continue;
            }
            if voided.contains(&fact.id) {
                self.flags.push(Flag::of_statement(FlagKind::VoidedEvidence, fact.id));
                continue;
            }
            facts.push(self.course_fact(fact, verb, course, version));
        }
        facts.sort_by_key(|found| (found.instant, found.fact.stored, found.fact.id));
        for (place, fact) in facts.iter().enumerate() {
            let Some(person) = fact.person else { continue };
            if fact.verb == Verb::Attested {
                self.signatures[person].push(Signature::of_fact(fact));
            } else {
                self.facts_of[person].push(place);
            }
        }
        self.facts = facts;
    }

    fn activities(&self) -> HashMap<&'w str, (usize, usize)> {
        let mut found = HashMap::new();
        for (course, view) in self.courses.iter().enumerate() {
            for (version, row) in view.versions.iter().enumerate() {
                found.entry(row.activity.as_str()).or_insert((course, version));
            }
        }
        found
    }

    fn course_fact(
        &mut self,
        fact: &'w Fact,
        verb: Verb,
        course: usize,
        version: usize,
    ) -> CourseFact<'w> {
        let (instant, odd) = self.effective(fact);
        let day = self.zone.day(instant);
        let person = self.identities.person_of(&fact.actor, day);
        let implausible = self.courses[course].versions[version]
            .min_plausible_seconds
            .zip(fact.seconds)
            .is_some_and(|(least, seconds)| seconds < least);
        let orphan = person.is_none().then_some(FlagKind::OrphanStatement);
        let implausible = implausible.then_some(FlagKind::ImplausibleDuration);
        let flags = [odd, orphan, implausible].into_iter().flatten();
        self.flags.extend(flags.map(|kind| Flag::of_statement(kind, fact.id)));
        let grade = self.grade(fact);
        CourseFact { fact, verb, person, course, version, instant, day, grade }
    }

    /// When a statement took effect, and what is odd about that (1.2.5).
    fn effective(&self, fact: &Fact) -> (Timestamp, Option<FlagKind>) {
        let policy = self.policy();
        if fact.timestamp > fact.stored {
            let ahead = fact.timestamp.since(fact.stored);
            let odd = ahead > policy.future_tolerance.duration();
            return (fact.stored, odd.then_some(FlagKind::FutureTimestamp));
        }
        let behind = fact.stored.since(fact.timestamp);
        if behind > policy.max_backdate.duration() && !self.believes(fact) {
            return (fact.stored, Some(FlagKind::LateRecorded));
        }
        (fact.timestamp, None)
    }

    /// As [`View::effective`], of an instant that a signature claims.
    pub(crate) fn effective_of(&self, said: Timestamp, stored: Timestamp) -> Timestamp {
        let backdated = stored.since(said) > self.policy().max_backdate.duration();
        if said > stored || backdated { stored } else { said }
    }

    /// Whether the authority's `timestamp` is believed however late (1.10.7).
    fn believes(&self, fact: &Fact) -> bool {
        let Some(authority) = fact.authority() else { return false };
        let (home_page, name) = authority.split_once('|').unwrap_or(("", authority));
        self.policy().trusted_import_authorities.iter().any(|trusted| {
            trusted == authority || (trusted == name && self.is_own_home_page(home_page))
        })
    }

    /// Whether accounts under this home page are the organization's own: the one that it names, or
    /// else one that activities of its courses stand under.
    fn is_own_home_page(&self, home_page: &str) -> bool {
        if let Some(own) = &self.world.organization.home_page {
            return own == home_page;
        }
        let versions = self.courses.iter().flat_map(|view| &view.versions);
        versions.into_iter().any(|version| version.activity.starts_with(home_page))
    }

    fn grade(&self, fact: &Fact) -> Option<Grade> {
        let authorities = self.world.organization.authorities.as_ref()?;
        let trusts = |key: &str| visible(authorities, self.as_of).any(|row| row.authority == key);
        Some(fact.graded(trusts))
    }
}

fn exceptions(world: &World, as_of: Timestamp) -> HashMap<&str, Vec<&Exception>> {
    let mut found: HashMap<&str, Vec<&Exception>> = HashMap::new();
    for exception in visible(&world.exceptions, as_of) {
        found.entry(exception.person.as_str()).or_default().push(exception);
    }
    for exceptions in found.values_mut() {
        exceptions.sort_by(|a, b| (a.recorded_at, &a.id).cmp(&(b.recorded_at, &b.id)));
    }
    found
}

/// The statements that visible voiding statements name; these cannot be voided themselves, and may
/// come first.
fn voided(facts: &[&Fact]) -> HashSet<StatementId> {
    facts
        .iter()
        .filter(|fact| fact.verb == Some(Verb::Voided))
        .filter_map(|fact| match fact.about {
            About::Statement(target) => Some(target),
            About::Activity(_) | About::Other => None,
        })
        .collect()
}
