//! The report of a pack computed again from its own statements and events.

use super::documents::documents;
use super::verify::{Archive, Faults, read};
use super::{Predicate, REGISTER, REPORT, anonymous};
use audit::reference::Trail;
use audit::{ENGINE_VERSION, Facts, TIME_ZONE_DATA_VERSION, canonical};
use domain::{Sha256Digest, StatementId};
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

/// The longest file that is read to say where it differs.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// A pack whose log, statements and events are verified.
pub(super) struct Pack<'a> {
    pub(super) archive: &'a mut Archive,
    pub(super) predicate: &'a Predicate,
    /// What was signed.
    pub(super) files: &'a BTreeMap<&'a str, Sha256Digest>,
}

impl Pack<'_> {
    /// Computes the report and all that follows from it again; what has been shown.
    pub(super) fn recompute(
        mut self,
        trail: &Trail,
        facts: Facts,
        faults: &mut Faults,
    ) -> Vec<String> {
        let before = faults.0.len();
        let question = &self.predicate.question;
        let (mut world, _) = trail.world(question.as_of.at());
        world.statements = facts;
        let report = audit::evaluate(&world, question);
        let made = canonical::text(&report)
            .and_then(|text| Ok((text, documents(&report, trail, question.as_of.at())?)));
        let (text, documents) = match made {
            Ok(made) => made,
            Err(error) => {
                faults.add(REPORT, None, format!("cannot be computed again: {error}"));
                return Vec::new();
            }
        };
        self.compare(REPORT, text.as_bytes(), faults);
        for (name, bytes) in &documents {
            self.compare(name, bytes, faults);
        }
        if faults.0.len() > before {
            return self.other_rules();
        }
        let rows = report.register.len();
        let mut lines = vec![format!(
            "the report and {} files computed again from these statements and events are the same, \
             byte for byte: {rows} rows of the register",
            documents.len()
        )];
        lines.push(
            "index.html and report.pdf are as they were signed; they are not evidence".to_owned(),
        );
        lines
    }

    /// Why a report could differ without anybody having changed it.
    fn other_rules(&self) -> Vec<String> {
        let Predicate { engine, time_zone_data, software, .. } = self.predicate;
        if engine == ENGINE_VERSION && time_zone_data == TIME_ZONE_DATA_VERSION {
            return Vec::new();
        }
        vec![format!(
            "the pack was made by engine {engine} with time zones {time_zone_data}, this program has \
             engine {ENGINE_VERSION} with {TIME_ZONE_DATA_VERSION}: verify it with {software}"
        )]
    }

    /// Both what was signed and what is there must be what was computed.
    fn compare(&mut self, name: &str, made: &[u8], faults: &mut Faults) {
        let signed = self.files.get(name);
        match read(self.archive, name, FILE_BYTES_MAX) {
            Ok(found) if found == made => {
                if signed != Some(&Sha256Digest::of(made)) {
                    faults.add(name, None, "something else was signed");
                }
            }
            Ok(found) if name == REPORT => {
                faults.add(name, None, first_row(made, &found));
            }
            Ok(found) => {
                let (line, made, found) = first_line(made, &found);
                let problem = format!("it says {found:?}, computed again it is {made:?}");
                faults.add(name, Some(line), problem);
            }
            Err(problem) => faults.add(name, None, problem),
        }
    }
}

/// The first line that differs.
fn first_line(made: &[u8], found: &[u8]) -> (u64, String, String) {
    let mut ours = made.split(|byte| *byte == b'\n');
    let mut theirs = found.split(|byte| *byte == b'\n');
    for number in 1.. {
        let (one, other) = (ours.next(), theirs.next());
        if one != other || one.is_none() {
            let text = |line: Option<&[u8]>| {
                let text = String::from_utf8_lossy(line.unwrap_or_default());
                text.trim_end().chars().take(200).collect()
            };
            return (number, text(one), text(other));
        }
    }
    unreachable!("one of them ends")
}

/// The first part of a report that differs: a row of a list, or a member.
fn first_row(made: &[u8], found: &[u8]) -> String {
    let read = |bytes| serde_json::from_slice::<Value>(bytes).ok();
    let (Some(Value::Object(made)), Some(Value::Object(found))) = (read(made), read(found)) else {
        return "it is no report".to_owned();
    };
    let names: std::collections::BTreeSet<&String> = made.keys().chain(found.keys()).collect();
    let Some(name) = names.into_iter().find(|name| made.get(*name) != found.get(*name)) else {
        return "it says the same in other bytes".to_owned();
    };
    let none = Value::Null;
    let (one, other) = (made.get(name).unwrap_or(&none), found.get(name).unwrap_or(&none));
    if let (Value::Array(ours), Value::Array(theirs)) = (one, other) {
        let place =
            (0..ours.len()).find(|at| ours.get(*at) != theirs.get(*at)).unwrap_or(ours.len());
        let (one, other) = (ours.get(place), theirs.get(place));
        let (one, other) = (one.unwrap_or(&none), other.unwrap_or(&none));
        return format!(
            "{name} row {}: it has {}, computed again it is {}",
            place + 1,
            short(other),
            short(one)
        );
    }
    format!("{name}: it has {}, computed again it is {}", short(other), short(one))
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(400).collect()
}

/// Of the anonymised variant: the statements that its register names are in the log, and the rows
/// are as many as was signed.
pub(super) fn anonymised(
    archive: &mut Archive,
    predicate: &Predicate,
    ids: &HashSet<StatementId>,
    faults: &mut Faults,
) -> Vec<String> {
    let before = faults.0.len();
    let text = read(archive, REGISTER, FILE_BYTES_MAX)
        .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "it is not text".to_owned()));
    let text = match text {
        Ok(text) => text,
        Err(problem) => {
            faults.add(REGISTER, None, problem);
            return Vec::new();
        }
    };
    let (mut rows, mut named) = (0, 0_usize);
    for (line, number) in text.lines().skip(1).zip(2..) {
        rows += 1;
        // The last column is ids and blanks, without quotes.
        let evidence = line.rsplit(',').next().unwrap_or_default();
        for id in evidence.split_whitespace() {
            named += 1;
            if !id.parse().is_ok_and(|id: StatementId| ids.contains(&id)) {
                let problem = format!("the log has no statement {id} that is evidence");
                faults.add(REGISTER, Some(number), problem);
            }
        }
    }
    debug_assert_eq!(anonymous::EVIDENCE, 7, "the last column");
    let said = predicate.report.get("register").copied().unwrap_or_default();
    if rows != said {
        faults.add(REGISTER, None, format!("it has {rows} rows, {said} were signed"));
    }
    if faults.0.len() > before {
        return Vec::new();
    }
    vec![
        format!(
            "the register has {rows} rows, and all {named} statements that it names are in the log"
        ),
        "this variant names nobody: entries and counts are proven, the register was not computed \
         again"
            .to_owned(),
    ]
}
