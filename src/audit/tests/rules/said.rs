//! Statements in few words.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A statement as it is said: `VERB WHEN NAME=VALUE …`.
pub(crate) struct Said<'a> {
    verb: &'a str,
    timestamp: String,
    options: BTreeMap<&'a str, &'a str>,
}

/// An instant: of a day alone, ten o'clock.
pub(crate) fn instant(text: &str) -> String {
    if text.contains('T') { text.to_owned() } else { format!("{text}T10:00:00Z") }
}

fn verb(name: &str) -> String {
    match name {
        "passed" | "failed" | "completed" | "voided" => {
            format!("http://adlnet.gov/expapi/verbs/{name}")
        }
        _ => format!("https://w3id.org/xapi/adl/verbs/{name}"),
    }
}

/// The statement that has this number in a case.
pub(crate) fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn actor(who: &str) -> Value {
    if who == "group" {
        let member = json!({"mbox": "mailto:ana@acme.test"});
        return json!({
            "objectType": "Group", "mbox": "mailto:ana@acme.test", "member": [member]
        });
    }
    match who.split_once('|') {
        Some((home, name)) => json!({"account": {"homePage": home, "name": name}}),
        None if who.len() == 40 => json!({"mbox_sha1sum": who}),
        None => json!({"mbox": format!("mailto:{who}")}),
    }
}

fn a_second_after(instant: &str) -> String {
    let at: domain::Timestamp = instant.parse().expect("an instant");
    at.plus(std::time::Duration::from_secs(1)).to_string()
}

impl<'a> Said<'a> {
    pub(crate) fn read(line: &'a str) -> Self {
        let mut words = line.split(' ');
        let (verb, at) = (words.next().expect("a verb"), words.next().expect("an instant"));
        let options = words.map(|word| word.split_once('=').expect("NAME=VALUE")).collect();
        Self { verb, timestamp: instant(at), options }
    }

    fn option(&self, name: &str) -> Option<&'a str> {
        self.options.get(name).copied()
    }

    fn number(&self, name: &str) -> Option<usize> {
        self.option(name).map(|number| number.parse().expect("a number"))
    }

    fn object(&self) -> Value {
        if let Some(target) = self.number("voids") {
            return json!({"objectType": "StatementRef", "id": id(target)});
        }
        let (course, version) = (self.option("course"), self.option("v"));
        let part = self.option("part").map(|part| format!("/{part}")).unwrap_or_default();
        let (course, version) = (course.unwrap_or("sec"), version.unwrap_or("1"));
        json!({"id": format!("https://lms.acme.test/{course}/{version}{part}")})
    }

    fn result(&self) -> Map<String, Value> {
        let mut result = Map::new();
        if let Some(score) = self.option("score") {
            let scaled: f64 = score.parse().expect("a number");
            result.insert("score".to_owned(), json!({"scaled": scaled}));
        }
        if let Some(duration) = self.option("duration") {
            result.insert("duration".to_owned(), duration.into());
        }
        if let Some(reason) = self.option("reason") {
            let reason = reason.replace('_', " ");
            result.insert("extensions".to_owned(), json!({domain::WAIVER_REASON: reason}));
        }
        result
    }

    /// The statement, with this number unless it says another.
    pub(crate) fn statement(&self, number: usize) -> Value {
        let stored = self.option("stored").map_or_else(|| a_second_after(&self.timestamp), instant);
        json!({
            "id": id(self.number("id").unwrap_or(number)),
            "actor": actor(self.option("who").unwrap_or("ana@acme.test")),
            "verb": {"id": verb(self.verb)},
            "object": self.object(),
            "result": self.result(),
            "context": {"registration": self.number("reg").map(|number| id(900 + number))},
            "timestamp": self.timestamp,
            "stored": stored,
            "authority": actor(self.option("by").unwrap_or("https://lms.acme.test|runtime")),
            "recorded_at": self.option("recorded").map(instant),
            "grade": self.option("grade"),
        })
    }
}
