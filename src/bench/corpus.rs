//! Statements of about 1 kB, made from a seed: the same number gives the same statement.

use std::fmt::Write as _;

/// Courses; each has [`ITEMS`] items and belongs to one of [`PROGRAMMES`].
const COURSES: u64 = 400;
const ITEMS: u64 = 24;
const PROGRAMMES: u64 = 12;
/// Statements for each person, on average.
const STATEMENTS_PER_PERSON: u64 = 40;
const PEOPLE_MIN: u64 = 200;

const VERBS: [(&str, &str); 10] = [
    ("http://adlnet.gov/expapi/verbs/answered", "answered"),
    ("http://adlnet.gov/expapi/verbs/experienced", "experienced"),
    ("http://adlnet.gov/expapi/verbs/progressed", "progressed"),
    ("http://adlnet.gov/expapi/verbs/initialized", "initialized"),
    ("http://adlnet.gov/expapi/verbs/terminated", "terminated"),
    ("http://adlnet.gov/expapi/verbs/completed", "completed"),
    ("http://adlnet.gov/expapi/verbs/passed", "passed"),
    ("http://adlnet.gov/expapi/verbs/failed", "failed"),
    ("https://w3id.org/xapi/video/verbs/paused", "paused"),
    ("https://w3id.org/xapi/video/verbs/seeked", "seeked"),
];

const FAMILY: [&str; 8] =
    ["Lovelace", "Nguyễn", "Okafor", "Schröder", "García", "Ivanova", "Kim", "Åkesson"];

/// Numbers that look random, from a seed: splitmix64, after its authors' public description.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, all alike.
    pub(crate) const fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A number below `end`, small ones more often: a fifth of them all is drawn about half of the
    /// time, as a few people and courses make most of the traffic.
    pub(crate) fn skewed(&mut self, end: u64) -> u64 {
        let one = self.below(end);
        let other = self.below(end);
        let third = self.below(end);
        one.min(other).min(third)
    }
}

/// A collection of statements that exists only as its seed and size.
#[derive(Debug, Clone, Copy)]
pub struct Corpus {
    seed: u64,
    people: u64,
}

/// What a statement is about.
struct Choice {
    person: u64,
    course: u64,
    item: u64,
    verb: usize,
    random: Random,
}

impl Corpus {
    /// The corpus of `seed`, with people for about `statements` statements.
    pub const fn new(seed: u64, statements: u64) -> Self {
        let people = statements / STATEMENTS_PER_PERSON;
        let people = if people < PEOPLE_MIN { PEOPLE_MIN } else { people };
        Self { seed, people }
    }

    fn choose(&self, number: u64) -> Choice {
        let mut random = Random::new(self.seed ^ number.wrapping_mul(0xd134_2543_de82_ef95));
        let person = random.skewed(self.people);
        // Everybody takes a few courses only.
        let course = (person.wrapping_mul(7) + random.below(5) * 31) % COURSES;
        let item = random.below(ITEMS);
        let verb = usize::try_from(random.skewed(VERBS.len() as u64)).unwrap_or(0);
        Choice { person, course, item, verb, random }
    }

    /// The id of the statement with this number, a version 4 UUID.
    pub fn id(&self, number: u64) -> String {
        let mut random = Random::new(!self.seed ^ number.wrapping_mul(0xa076_1d64_78bd_642f));
        let (high, low) = (random.next(), random.next());
        let high = (high & !0xf000) | 0x4000;
        let low = (low & !(0b11 << 62)) | (0b10 << 62);
        let (a, b, c) = (high >> 32, (high >> 16) & 0xffff, high & 0xffff);
        format!("{a:08x}-{b:04x}-{c:04x}-{:04x}-{:012x}", low >> 48, low & 0xffff_ffff_ffff)
    }

    /// Appends the statement with this number as JSON text.
    pub fn statement(&self, number: u64, out: &mut String) {
        let mut choice = self.choose(number);
        let Choice { person, course, item, verb, .. } = choice;
        let (verb_id, verb_name) = VERBS[verb];
        let id = self.id(number);
        let actor = actor(person);
        let random = &mut choice.random;
        let registration = self.id(u64::MAX - (person * COURSES + course));
        let (raw, minutes, seconds) = (random.below(101), random.below(60), random.below(60));
        let scaled = format!("{}.{:02}", raw / 100, raw % 100);
        let (passed, completed) = (raw >= 60, verb == 5 || verb == 6);
        let (month, day, hour) = (1 + random.below(12), 1 + random.below(28), random.below(24));
        let milli = random.below(1_000);
        let instructor = actor_of_staff(random.below(20));
        let answer = random.next();
        let programme = course % PROGRAMMES;
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            r#"{{"id":"{id}","actor":{actor},"verb":{{"id":"{verb_id}","display":{{"en":"{verb_name}"}}}},"object":{{"objectType":"Activity","id":"{}","definition":{{"type":"http://adlnet.gov/expapi/activities/lesson","name":{{"en":"Lesson {item} of course {course}"}},"description":{{"en":"What everybody has to know about topic {item}, with an exercise at its end"}}}}}},"result":{{"score":{{"scaled":{scaled},"raw":{raw},"min":0,"max":100}},"success":{passed},"completion":{completed},"response":"{answer:016x}","duration":"PT{minutes}M{seconds}S"}},"context":{{"registration":"{registration}","instructor":{instructor},"platform":"Example LMS","language":"en","contextActivities":{{"parent":[{{"id":"{}"}}],"grouping":[{{"id":"https://learn.example.com/programmes/{programme}"}}],"category":[{{"id":"https://w3id.org/xapi/cmi5/context/categories/cmi5"}}]}},"extensions":{{"https://learn.example.com/extensions/session":"{answer:x}"}}}},"timestamp":"2026-{month:02}-{day:02}T{hour:02}:{minutes:02}:{seconds:02}.{milli:03}Z"}}"#,
            item_iri(course, item),
            course_iri(course),
        );
    }

    /// An actor, as the `agent` parameter of a query has it.
    pub(crate) fn agent(&self, random: &mut Random) -> String {
        agent_id(random.skewed(self.people))
    }

    /// A verb's IRI.
    pub(crate) fn verb(random: &mut Random) -> &'static str {
        VERBS[usize::try_from(random.skewed(VERBS.len() as u64)).unwrap_or(0)].0
    }

    /// An activity that statements name only as a parent.
    pub(crate) fn course(&self, random: &mut Random) -> String {
        let person = random.skewed(self.people);
        course_iri((person.wrapping_mul(7) + random.below(5) * 31) % COURSES)
    }
}

fn course_iri(course: u64) -> String {
    format!("https://learn.example.com/courses/{course}")
}

fn item_iri(course: u64, item: u64) -> String {
    format!("https://learn.example.com/courses/{course}/lessons/{item}")
}

/// One person in four is known by an address, the others by an account.
fn agent_id(person: u64) -> String {
    if person.is_multiple_of(4) {
        format!(r#"{{"mbox":"mailto:person{person}@example.com"}}"#)
    } else {
        format!(r#"{{"account":{{"homePage":"https://hr.example.com","name":"u-{person}"}}}}"#)
    }
}

fn actor(person: u64) -> String {
    let family = FAMILY[usize::try_from(person % 8).unwrap_or(0)];
    let id = agent_id(person);
    let id = id.trim_start_matches('{');
    format!(r#"{{"objectType":"Agent","name":"Person {person} {family}",{id}"#)
}

fn actor_of_staff(number: u64) -> String {
    format!(
        r#"{{"account":{{"homePage":"https://hr.example.com","name":"staff-{number}"}},"name":"Instructor {number}"}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_number_gives_the_same_statement_every_time_and_others_give_others() {
        let (corpus, same) = (Corpus::new(7, 1_000), Corpus::new(7, 1_000));
        let text = |corpus: Corpus, number| {
            let mut out = String::new();
            corpus.statement(number, &mut out);
            out
        };
        assert_eq!(text(corpus, 12), text(same, 12));
        assert_ne!(text(corpus, 12), text(Corpus::new(8, 1_000), 12));
        let ids: HashSet<String> = (0..10_000).map(|number| corpus.id(number)).collect();
        assert_eq!(ids.len(), 10_000);
    }

    #[test]
    fn statements_are_json_of_about_a_kilobyte() {
        let corpus = Corpus::new(1, 100_000);
        let mut bytes = 0;
        for number in 0..500 {
            let mut out = String::new();
            corpus.statement(number, &mut out);
            let value: serde_json::Value = serde_json::from_str(&out).expect("JSON");
            assert_eq!(value["id"], corpus.id(number));
            bytes += out.len();
        }
        assert!((1_000..1_400).contains(&(bytes / 500)), "{} bytes on average", bytes / 500);
    }
}
