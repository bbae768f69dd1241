//! Small worlds in few words. There is Ana, who has access to `prod` and is employed from
//! 2025-01-01 on; the course `sec` in versions 1 and 2; and the requirement `R`: pass `sec` within
//! 30 days, and every year. A case says what is different.

use super::said::{Said, instant};
use audit::{Report, Scenario};
use serde_json::{Value, json};

/// A world to be asked.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    world: Value,
}

/// Sets the members of `value` to those of `with`.
fn merge(value: &mut Value, with: Value) {
    let (Value::Object(value), Value::Object(with)) = (value, with) else {
        panic!("members are merged into an object")
    };
    value.extend(with);
}

fn version(course: &str, version: &str) -> Value {
    json!({"version": version, "activity": format!("https://lms.acme.test/{course}/{version}")})
}

impl Case {
    pub(crate) fn new() -> Self {
        let since = json!([{"scope": "prod", "start": "2025-01-01"}]);
        let employed = json!([{"type": "employee", "start": "2025-01-01"}]);
        let mut case = Self {
            world: json!({
                "org": {"timezone": "UTC", "policy": {}},
                "people": [], "courses": [], "exceptions": [], "attestations": [],
                "statements": [],
                "requirements": [{
                    "id": "R", "title": "R", "courses": ["sec"], "effective_from": "2020-01-01",
                    "due_within": "P30D", "recurrence": "P1Y"
                }],
            }),
        };
        case = case.course("sec");
        case.person("ana", json!({"access": since, "employment": employed}))
    }

    fn push(mut self, list: &str, row: Value) -> Self {
        self.world[list].as_array_mut().expect("a list").push(row);
        self
    }

    /// A course with two versions.
    pub(crate) fn course(self, id: &str) -> Self {
        self.push("courses", json!({
            "id": id, "title": id.to_uppercase(), "versions": [version(id, "1"), version(id, "2")]
        }))
    }

    /// Somebody, with the address `NAME@acme.test`, or what is different about somebody.
    pub(crate) fn person(mut self, id: &str, members: Value) -> Self {
        let people = self.world["people"].as_array_mut().expect("a list");
        if let Some(person) = people.iter_mut().find(|person| person["id"] == id) {
            merge(person, members);
            return self;
        }
        let address = format!("mailto:{id}@acme.test");
        let mut person = json!({
            "id": id, "name": id, "identities": [{"kind": "mbox", "value": address}]
        });
        merge(&mut person, members);
        self.push("people", person)
    }

    /// Ana's access, as `START/END` or `START/`.
    pub(crate) fn access(self, windows: &[&str]) -> Self {
        let window = |window: &&str| {
            let (start, end) = window.split_once('/').expect("START/END");
            let end = (!end.is_empty()).then_some(end);
            json!({"scope": "prod", "start": start, "end": end})
        };
        let windows: Vec<Value> = windows.iter().map(window).collect();
        self.person("ana", json!({"access": windows}))
    }

    /// What is different about the requirement.
    pub(crate) fn rule(mut self, members: Value) -> Self {
        merge(&mut self.world["requirements"][0], members);
        self
    }

    /// One more requirement, like the first but for `members`.
    pub(crate) fn more(self, members: Value) -> Self {
        let mut requirement = self.world["requirements"][0].clone();
        merge(&mut requirement, members);
        self.push("requirements", requirement)
    }

    /// What is different about a version (1 or 2) of `sec`.
    pub(crate) fn version(mut self, number: usize, members: Value) -> Self {
        merge(&mut self.world["courses"][0]["versions"][number - 1], members);
        self
    }

    pub(crate) fn policy(mut self, members: Value) -> Self {
        merge(&mut self.world["org"]["policy"], members);
        self
    }

    /// What is different about the organization.
    pub(crate) fn org(mut self, members: Value) -> Self {
        merge(&mut self.world["org"], members);
        self
    }

    /// A row of a list of the world.
    pub(crate) fn with(mut self, list: &str, row: Value) -> Self {
        if self.world.get(list).is_none() {
            self.world[list] = json!([]);
        }
        self.push(list, row)
    }

    /// An exception of Ana's from `R`, in the days `FROM/TO`.
    pub(crate) fn exception(self, id: &str, kind: &str, days: &str, members: Value) -> Self {
        let (from, to) = days.split_once('/').expect("FROM/TO");
        let to = (!to.is_empty()).then_some(to);
        let mut row = json!({
            "id": id, "person": "ana", "requirement": "R", "kind": kind, "from": from, "to": to,
            "reason": format!("reason of {id}")
        });
        merge(&mut row, members);
        self.push("exceptions", row)
    }

    /// Ana signs for a version of `sec`.
    pub(crate) fn signed(self, id: &str, version: &str, at: &str, members: Value) -> Self {
        let mut row = json!({
            "id": id, "person": "ana", "course": "sec", "version": version,
            "signed_at": instant(at)
        });
        merge(&mut row, members);
        self.push("attestations", row)
    }

    /// A statement as `VERB WHEN NAME=VALUE …`, Ana's about version 1 of `sec` unless it says
    /// otherwise, and stored a second later. Statements are numbered from 1 on.
    pub(crate) fn say(self, line: &str) -> Self {
        let said = self.world["statements"].as_array().map_or(0, Vec::len);
        let statement = Said::read(line).statement(said + 1);
        self.push("statements", statement)
    }

    /// The report of a period, `START/END`, as of the last millisecond of a day or of an instant.
    pub(crate) fn ask(&self, period: &str, as_of: &str) -> Report {
        self.asked(period, as_of, json!({}))
    }

    /// The same with more to the question.
    pub(crate) fn asked(&self, period: &str, as_of: &str, more: Value) -> Report {
        let (start, end) = period.split_once('/').expect("START/END");
        let as_of =
            if as_of.contains('T') { as_of.to_owned() } else { format!("{as_of}T23:59:59.999Z") };
        let mut question = json!({"period": {"start": start, "end": end}, "as_of": as_of});
        merge(&mut question, more);
        let mut world = self.world.clone();
        world["evaluations"] = json!([question]);
        let text = serde_json::to_vec(&world).expect("JSON");
        let scenario = Scenario::read(&text).unwrap_or_else(|error| panic!("{error}"));
        scenario.answers().next().expect("an answer").report
    }
}

fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

fn name(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).expect("JSON");
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The register as `PERSON KIND ASSIGNED DUE STATUS SATISFIED`.
pub(crate) fn rows(report: &Report) -> Vec<String> {
    let line = |row: &audit::RegisterRow| {
        let (assigned, due) = (or_dash(row.assigned_on), or_dash(row.due_on));
        let (kind, status) = (name(&row.kind), row.status.as_str());
        format!("{} {kind} {assigned} {due} {status} {}", row.person, or_dash(row.satisfied_on))
    };
    report.register.iter().map(line).collect()
}

/// The gaps as `PERSON GAP DAYS REASON`.
pub(crate) fn gaps(report: &Report) -> Vec<String> {
    let line = |gap: &audit::Gap| {
        format!("{} {} {} {}", gap.person, name(&gap.gap), or_dash(gap.days_late), gap.reason)
    };
    report.gaps.iter().map(line).collect()
}

/// The flags as `TYPE` and what they are about: a statement by its number, or an id.
pub(crate) fn flags(report: &Report) -> Vec<String> {
    let line = |flag: &audit::Flag| {
        let number =
            |id: domain::StatementId| id.to_string()[24..].trim_start_matches('0').to_owned();
        let statement = flag.statement.map(number);
        let parts =
            [statement, flag.exception.clone(), flag.person.as_ref().map(ToString::to_string)];
        let about: Vec<String> = parts.into_iter().flatten().collect();
        format!("{} {}", name(&flag.kind), about.join(" ")).trim_end().to_owned()
    };
    report.flags.iter().map(line).collect()
}

/// The coverage as `PERSON ACCESS COVERED` and the windows without.
pub(crate) fn coverage(report: &Report) -> Vec<String> {
    let line = |row: &audit::Coverage| {
        let windows = row.uncovered.iter().map(|(start, end)| format!(" {start}/{end}"));
        let windows: String = windows.collect();
        format!("{} {} {}{windows}", row.person, row.access_days, row.covered_days)
    };
    report.coverage.iter().map(line).collect()
}
