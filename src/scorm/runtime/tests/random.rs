//! Random sessions: invariants here, and the same sessions for the browser's interpreter.

use super::text;
use crate::manifest::Edition;
use crate::runtime::table::{self, Element, fill};
use crate::runtime::{
    ApiSession, Delivery, ObjectiveState, RunTimeData, SharedDataState, Strictness, table_json,
};
use domain::{Entropy, SeededEntropy};
use serde_json::{Value, json};

const EDITIONS: [Edition; 4] =
    [Edition::Scorm12, Edition::Scorm2004Second, Edition::Scorm2004Third, Edition::Scorm2004Fourth];

/// Values that some element takes and others do not.
const VALUES: &[&str] = &[
    "",
    "a",
    "b",
    "a,b",
    "{a,b}",
    "a.1",
    "a[,]b",
    "a[,]a",
    "a[.]b",
    "a[.]b[,]c[.]d",
    "[.]x",
    "[,]",
    "1[:]5",
    "5[:]1",
    "[:]",
    "0",
    "1",
    "-1",
    "0.5",
    "1.5",
    "-1.5",
    "100",
    "101",
    "7.",
    ".5",
    "+1",
    "1e3",
    "NaN",
    "true",
    "false",
    "t",
    "True",
    "completed",
    "incomplete",
    "not attempted",
    "unknown",
    "passed",
    "failed",
    "browsed",
    "correct",
    "incorrect",
    "wrong",
    "neutral",
    "suspend",
    "time-out",
    "logout",
    "normal",
    "choice",
    "true-false",
    "fill-in",
    "long-fill-in",
    "matching",
    "performance",
    "sequencing",
    "likert",
    "numeric",
    "other",
    "continue",
    "exitAll",
    "_none_",
    "{target=i}choice",
    "{target=i}jump",
    "{target=}choice",
    "00:01:02",
    "0001:02:03.4",
    "9:00:00",
    "12:00:00.123",
    "PT1H",
    "P1Y2M3DT4H5M6.78S",
    "PT",
    "P1DT",
    "PT1.234S",
    "2004",
    "2004-02-30",
    "2004-04-01T09:45:58.2Z",
    "2004-04-01T09:45:58Z",
    "en",
    "en-US",
    "qq",
    "i-x",
    "x-",
    "K-x",
    "{lang=en}",
    "{lang=en}x",
    "{lang=qq}x",
    "{lang=}",
    "{lang=fr",
    "{lang=\u{212a}a}",
    "{case_matters=true}x",
    "{case_matters=no}x",
    "{order_matters=true}a[,]b",
    "{lang=en}{case_matters=true}x",
    "{lang=en}{case_matters=no}x",
    "{order_matters=true}{case_matters=false}{lang=de}x",
    "{case_matters=true}{case_matters=true}x",
    "urn:",
    "urn:a",
    "urn:a:b",
    "URN:a",
    "http:",
    ":",
    ":a",
    "a b",
    "a\u{a0}b",
    "a\u{85}b",
    "\u{feff}",
    "\u{2028}",
    " ",
    "\t",
    "grün",
    "😀",
    "a%zz",
    "{}{[]}",
    "\u{0}",
    "line\nbreak",
    "{a\nb}",
    "{}",
    "{",
    "o1",
    "o2",
    "o3",
];

/// Pieces of which values with a grammar are put together.
const RESPONSE: &[&str] = &[
    "a",
    "b",
    "c",
    "1",
    "-2",
    "true",
    "[,]",
    "[,]",
    "[.]",
    "[.]",
    "[:]",
    "{lang=",
    "en",
    "qq",
    "}",
    "{case_matters=",
    "{order_matters=",
    "true}",
    "false}",
    "{lang=en}",
    " ",
    ".",
    ",",
    "{",
];
const CLOCK: &[&str] = &[
    "P", "T", "PT", "1", "02", "3.4", "5.67", "8.901", "Y", "M", "D", "H", "S", "00:", "12:", "9:",
    "59", "60", ".5", "2004", "-04", "-31", "-30", "T09", ":30", ":15", ".25", "Z", "+02",
    "-03:30",
];
const NAME: &[&str] = &[
    "en",
    "i",
    "x",
    "qaa",
    "zh",
    "DE",
    "-",
    "us",
    "12345678",
    "123456789",
    "urn",
    "http",
    ":",
    "/",
    "a",
    "Z",
    "%",
    "#",
    "\u{212a}",
    "é",
    "{",
    "\"",
    " ",
];

/// Names that are no element, or ask for trouble.
const NAMES: &[&str] = &[
    "",
    "cmi",
    "cmi.",
    ".",
    "cmi.location._children",
    "cmi.score._count",
    "cmi.core._count",
    "cmi.suspend_data._children",
    "cmi.interactions.n.id",
    "cmi.interactions.01.id",
    "__proto__",
    "cmi.interactions.99999999999999999999999.id",
    "cmi.objectives.0",
    "cmi.objectives.0._children",
    "constructor",
    "cmi.n._count",
    "adl.nav.request_valid.choice.{target=i.1}",
    "x.{target=",
    "adl.nav.request_valid.choice.{target=i}x",
    "adl.data.9.store",
    "cmi.undefined._count",
];

struct Dice(SeededEntropy);

impl Dice {
    fn roll(&self, sides: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        usize::try_from(u64::from_le_bytes(bytes) % sides as u64).expect("below sides")
    }

    fn pick<'t, T: ?Sized>(&self, from: &[&'t T]) -> &'t T {
        from[self.roll(from.len())]
    }

    fn name(&self, elements: &[Element]) -> String {
        if self.roll(20) == 0 {
            return self.pick(NAMES).to_owned();
        }
        // collections are deep: half of the calls go there, most of those to responses
        let within = |part: &str| -> Vec<&Element> {
            elements.iter().filter(|e| e.name.contains(part)).collect()
        };
        let element = match self.roll(6) {
            0 => self.pick(&within(".n.")),
            1 | 2 => self.pick(&[within("pattern"), within("_response"), within("id")].concat()),
            _ => &elements[self.roll(elements.len())],
        };
        let indices = [self.roll(3), self.roll(3)];
        fill(element.name, &indices).replace("{target}", "{target=i}")
    }

    /// A value of up to eight pieces.
    fn assembled(&self, pieces: &[&str]) -> Value {
        let count = self.roll(8);
        json!((0..count).map(|_| self.pick(pieces)).collect::<String>())
    }

    fn value(&self, element: &str) -> Value {
        let pieces = match element.rsplit('.').next() {
            Some("pattern" | "learner_response" | "student_response") => RESPONSE,
            Some("timestamp" | "latency" | "session_time" | "time") => CLOCK,
            Some("id" | "language" | "comment" | "description") => NAME,
            _ => VALUES,
        };
        if self.roll(3) > 0 && pieces.len() < VALUES.len() {
            return self.assembled(pieces);
        }
        let repeated = |text: &str, times: &[usize]| {
            let times = times[self.roll(times.len())];
            json!({ "repeat": [text, times] })
        };
        match self.roll(40) {
            0 => repeated("x", &[250, 251, 255, 256, 4000, 4096, 4097]),
            1 => repeated("😀", &[125, 126, 128, 2048, 2049]),
            2 => repeated("a[,]", &[9, 10, 35, 36, 37]),
            _ => json!(self.pick(VALUES)),
        }
    }

    fn call(&self, elements: &[Element], prefix: &str) -> Vec<Value> {
        let name = match self.roll(100) {
            0 => "Initialize",
            1 => {
                if prefix.is_empty() {
                    "Terminate"
                } else {
                    "Finish"
                }
            }
            2 => "Commit",
            3 => "GetLastError",
            4 => {
                return vec![
                    json!(format!("{prefix}GetErrorString")),
                    json!(["", "0", "351", "x"][self.roll(4)]),
                ];
            }
            5..=9 => {
                return vec![
                    json!(format!("{prefix}GetDiagnostic")),
                    json!(["", "201"][self.roll(2)]),
                ];
            }
            10..=39 => return vec![json!(format!("{prefix}GetValue")), json!(self.name(elements))],
            _ => {
                let name = self.name(elements);
                let value = self.value(&name);
                return vec![json!(format!("{prefix}SetValue")), json!(name), value];
            }
        };
        let mut call = vec![json!(format!("{prefix}{name}"))];
        if name != "GetLastError" {
            call.push(json!(if self.roll(4) == 0 { "x" } else { "" }));
        }
        call
    }

    fn delivery(&self, edition: Edition) -> Delivery {
        let some = |value: f64| (self.roll(2) == 0).then_some(value);
        let store = |id: &str, read, write| SharedDataState {
            id: id.to_owned(),
            store: Some("kept".to_owned()),
            read,
            write,
        };
        Delivery {
            learner_id: "learner".to_owned(),
            learner_name: "Name".to_owned(),
            completion_threshold: some(0.5),
            scaled_passing_score: some(0.25),
            mastery_score: some(50.0).map(|score| score.to_string()),
            objectives: vec![ObjectiveState { id: "o1".to_owned(), ..ObjectiveState::default() }],
            shared_data: vec![store("s0", true, true), store("s1", false, true)],
            launch_data: (edition == Edition::Scorm2004Second).then(|| "data".to_owned()),
            ..Delivery::default()
        }
    }
}

/// One random session as a group of the case tables, with the answers given here.
fn group(seed: u64, calls: usize) -> Value {
    let dice = Dice(SeededEntropy::new(seed));
    let edition = EDITIONS[dice.roll(4)];
    let strictness = if dice.roll(2) == 0 { Strictness::Strict } else { Strictness::Lenient };
    let data = RunTimeData::start(edition, &dice.delivery(edition));
    let prefix = if edition.is_2004() { "" } else { "LMS" };
    let access: Value = data.access_overrides().map(|(e, a)| (e.to_owned(), json!(a))).collect();
    let values: Value = data.values().map(|(e, v)| (e.to_owned(), json!(v))).collect();
    let mut session = ApiSession::new(data, strictness);
    let elements = &table::of(edition).elements;
    let mut made = vec![];
    let set = |element: String, value: &str| {
        vec![json!(format!("{prefix}SetValue")), json!(element), json!(value)]
    };
    let kinds: Vec<&str> = table::of(edition).responses.iter().map(|row| row.kind).collect();
    for at in 0..calls {
        let mut call = match at {
            0 => vec![json!(format!("{prefix}Initialize")), json!("")],
            1..=3 => set(format!("cmi.interactions.{}.id", at - 1), "urn:i:1"),
            4..=6 => set(format!("cmi.interactions.{}.type", at - 4), dice.pick(&kinds)),
            _ => dice.call(elements, prefix),
        };
        let args: Vec<String> = call[1..].iter().map(text).collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let reply = session.call(call[0].as_str().expect("name"), &args);
        if at % 16 == 0 {
            let stored = serde_json::to_vec(&session).expect("serialises");
            session = serde_json::from_slice(&stored).expect("reads back");
            assert_eq!(serde_json::to_vec(&session).expect("serialises"), stored, "seed {seed}");
        }
        call.extend([json!(reply.result), json!(reply.error)]);
        call.extend(reply.note.map(|note| json!(note)));
        made.push(json!(call));
        if session.state() == crate::runtime::State::Terminated && dice.roll(8) == 0 {
            break;
        }
    }
    json!({ "rule": format!("seed {seed}"), "edition": edition, "strictness": strictness,
        "data": values, "access": access, "calls": made })
}

#[test]
fn random_sessions_never_panic_and_always_read_back() {
    for seed in 0..200 {
        group(seed, 120);
    }
}

#[test]
fn the_same_calls_give_the_same_answers() {
    for seed in 0..20 {
        assert_eq!(group(seed, 200), group(seed, 200), "seed {seed}");
    }
}

/// Writes the tables, random sessions and the calls of the guide's tables for `tests/cases/run.mjs` into `$ATTESTRY_CASES`.
#[test]
#[ignore = "writes files; run it to compare the browser's interpreter"]
fn export_tables_and_random_cases() {
    #[expect(clippy::disallowed_methods, reason = "a tool that is told where to write")]
    let directory = std::path::PathBuf::from(std::env::var("ATTESTRY_CASES").expect("directory"));
    let tables: Value = EDITIONS
        .iter()
        .map(|edition| {
            let name = json!(edition).as_str().expect("a word").to_owned();
            (name, table_json(*edition))
        })
        .collect();
    let pages = json!({ "edition": "scorm12", "groups": super::tables::groups() });
    std::fs::write(directory.join("pages.json"), pages.to_string()).expect("pages");
    let groups: Vec<Value> = (0..2_000).map(|seed| group(seed, 150)).collect();
    let cases = json!({ "edition": "scorm12", "groups": groups });
    std::fs::write(directory.join("tables.json"), tables.to_string()).expect("tables");
    std::fs::write(directory.join("random.json"), cases.to_string()).expect("cases");
}
