//! Runs the rows of a page. What kind of row it is, its columns say.

use super::content::{Answer, Content, Launch, Sco};
use super::sheet::{Row, Token, rows, tokens};
use crate::manifest::Edition;
use crate::runtime::table;
use crate::runtime::{Note, Strictness};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashSet};

const BOTH: [Strictness; 2] = [Strictness::Strict, Strictness::Lenient];

/// What the rows of one page have shown.
pub(super) struct Run {
    editions: &'static [Edition],
    rows: Vec<Row>,
    /// What a lenient session accepts and notes, by element, what stands there before, and value.
    pub(super) lenient: HashSet<(String, String, String)>,
    /// Answers that are not as the row says.
    pub(super) wrong: Vec<String>,
    pub(super) calls: usize,
    /// How often a row describes an element.
    pub(super) described: BTreeMap<String, usize>,
    pub(super) errors: BTreeSet<u16>,
    /// Values that an element accepted.
    pub(super) accepted: HashSet<(Edition, String, String)>,
    /// Elements whose longest text was tried.
    pub(super) longest: HashSet<String>,
    pub(super) groups: Vec<Value>,
}

/// A row that describes one element, with the element's name at the index 0.
pub(super) struct Subject<'r> {
    pub(super) row: &'r Row,
    pub(super) element: String,
    /// What is set first: element and value.
    pub(super) entry: Vec<(String, String)>,
}

impl<'r> Subject<'r> {
    pub(super) fn new(row: &'r Row, element: &str) -> Self {
        let element = at_zero(element);
        let outer = element.find(".0.").map_or(String::new(), |at| element[..at + 3].to_owned());
        let within = |(name, value)| (format!("{outer}{name}"), value);
        let entry = row.pairs("entry with").into_iter().map(within).collect();
        Self { row, element, entry }
    }

    /// Content that has set what the row wants set first.
    fn content(&self, sco: Sco) -> Content {
        let mut content = Content::running(sco);
        for (name, value) in &self.entry {
            let done = content.set(name, value);
            assert!(matches!(done, Answer::Value(..)), "{}: {name} {done}", self.row.at);
        }
        content
    }
}

/// The name of an element as content writes it for the first entry and the item `item.1`.
fn at_zero(element: &str) -> String {
    let zero = |segment| if segment == "n" { "0" } else { segment };
    let name = element.split('.').map(zero).collect::<Vec<_>>().join(".");
    name.replace("{target}", "{target=item.1}")
}

/// The same element in the entry after the next.
fn beyond(content: &Content, element: &str) -> String {
    let (before, after) = element.rsplit_once(".0.").expect("an entry of a collection");
    format!("{before}.{}.{after}", content.count(before) + 1)
}

/// The type of the interaction that a row speaks of, when it names one.
fn kind(row: &Row) -> String {
    let entry = row.pairs("entry with").into_iter();
    entry.filter(|(name, _)| name == "type").map(|(_, kind)| kind).collect()
}

pub(super) fn note(word: &str) -> Option<Note> {
    match word {
        "longer" => Some(Note::Longer),
        "form" => Some(Note::Form),
        _ => None,
    }
}

/// The answer that a cell expects: a text, perhaps with a note, or an error.
pub(super) fn expected(row: &Row, column: &str) -> Answer {
    match tokens(row.cell(column)).as_slice() {
        [Token::Text(text)] => Answer::plain(text),
        [Token::Text(text), Token::Word(word)] => Answer::Value(text.clone(), note(word)),
        [Token::Word(code)] => Answer::Error(code.parse().expect("an error code")),
        _ => panic!("{}: {column} is neither a text nor an error", row.at),
    }
}

impl Run {
    pub(super) fn page(page: &str, editions: &'static [Edition]) -> Self {
        let mut run = Self {
            editions,
            rows: rows(page),
            lenient: HashSet::new(),
            wrong: Vec::new(),
            calls: 0,
            described: BTreeMap::new(),
            errors: BTreeSet::new(),
            accepted: HashSet::new(),
            longest: HashSet::new(),
            groups: Vec::new(),
        };
        let rows = std::mem::take(&mut run.rows);
        for row in rows.iter().filter(|row| row.has("note")) {
            let kind = kind(row);
            for value in row.texts("value") {
                run.lenient.insert((row.cell("element").to_owned(), kind.clone(), value));
            }
        }
        for row in &rows {
            run.row(row);
        }
        run.rows = rows;
        run
    }

    pub(super) const fn rows(&self) -> usize {
        self.rows.len()
    }

    fn row(&mut self, row: &Row) {
        let element = row.cell("element");
        if row.has("call") {
            self.call(row);
        } else if row.has("keyword") {
            self.describe(row, row.cell("keyword"), Self::keyword);
        } else if row.has("given") {
            self.describe(row, element, Self::given);
        } else if row.has("then get") {
            self.describe(row, element, Self::settable);
        } else if row.has("type") {
            self.each(row, Self::response);
        } else if row.has("made of") {
            self.longest(row, element);
        } else if row.has("note") {
            self.each(row, Self::noted);
        } else if row.has("code") {
            self.error(row);
        } else {
            panic!("{}: a row of no known kind", row.at);
        }
    }

    /// Runs the row of an element in every edition that has it.
    fn describe(&mut self, row: &Row, element: &str, run: fn(&mut Self, &Subject, Sco)) {
        *self.described.entry(element.to_owned()).or_default() += 1;
        let subject = Subject::new(row, element);
        for &edition in self.editions {
            if table::of(edition).find(element).is_none() {
                continue;
            }
            for strictness in BOTH {
                let sco = Sco { edition, strictness, launch: Launch::First };
                self.states(&subject, sco);
                run(self, &subject, sco);
            }
        }
    }

    fn each(&mut self, row: &Row, run: fn(&mut Self, &Row, Sco)) {
        for &edition in self.editions {
            for strictness in BOTH {
                run(self, row, Sco { edition, strictness, launch: Launch::First });
            }
        }
    }

    pub(super) fn expect(
        &mut self,
        row: &Row,
        sco: Sco,
        what: &str,
        got: &Answer,
        wanted: &Answer,
    ) {
        if let Answer::Error(code) = got {
            self.errors.insert(*code);
        }
        if got != wanted {
            self.wrong.push(format!("{} ({sco}) {what}: {got}, the row says {wanted}", row.at));
        }
    }

    /// Keeps the calls of content that is done.
    pub(super) fn done(&mut self, row: &Row, content: Content) {
        let group = content.group(&row.at);
        self.calls += group["calls"].as_array().map_or(0, Vec::len);
        self.groups.push(group);
    }

    /// Outside of a session no element is read or written.
    fn states(&mut self, subject: &Subject, sco: Sco) {
        let codes = if sco.edition.is_2004() { [122, 132, 123, 133] } else { [301; 4] };
        let [get_before, set_before, get_after, set_after] = codes.map(Answer::Error);
        for (mut content, get, set) in [
            (Content::launched(sco), get_before, set_before),
            (Content::ended(sco), get_after, set_after),
        ] {
            let got = content.get(&subject.element);
            self.expect(subject.row, sco, "get outside of a session", &got, &get);
            let got = content.set(&subject.element, "x");
            self.expect(subject.row, sco, "set outside of a session", &got, &set);
            self.done(subject.row, content);
        }
    }

    /// Each value under *refused* gets its error and changes nothing.
    fn refusals(&mut self, subject: &Subject, sco: Sco, start: impl Fn() -> Content) {
        let Subject { row, element, .. } = subject;
        for (code, value) in row.refused("refused") {
            let known = (row.cell("element").to_owned(), kind(row), value.clone());
            let too_long = value.chars().count() > 250;
            let lenient = sco.strictness == Strictness::Lenient;
            if lenient && (too_long || self.lenient.contains(&known)) {
                continue;
            }
            let mut content = start();
            let before = content.get(element);
            let what = format!("set {value:.40?}");
            let got = content.set(element, &value);
            self.expect(row, sco, &what, &got, &Answer::Error(code));
            let got = content.get(element);
            self.expect(row, sco, &format!("get after {what}"), &got, &before);
            self.done(row, content);
        }
    }

    fn keyword(&mut self, subject: &Subject, sco: Sco) {
        let Subject { row, element, .. } = subject;
        let at_start = expected(row, "at start");
        let with_entry = match row.cell("with an entry") {
            "same" => at_start.clone(),
            _ => expected(row, "with an entry"),
        };
        for (entry, wanted) in [(false, at_start), (true, with_entry)] {
            let is_fixed = element.starts_with("adl.data") || element.contains("_from_lms");
            let launch = if entry && is_fixed { Launch::Given } else { Launch::First };
            let start = || {
                let mut content = Content::running(Sco { launch, ..sco });
                if entry && !is_fixed {
                    fill_collections(&mut content, sco.edition);
                }
                content
            };
            let mut content = start();
            let got = content.get(element);
            self.expect(row, sco, "get", &got, &wanted);
            self.done(row, content);
            self.refusals(subject, sco, start);
        }
    }

    fn given(&mut self, subject: &Subject, sco: Sco) {
        let Subject { row, element, .. } = subject;
        for (launch, column) in [(Launch::First, "first launch"), (Launch::Given, "given")] {
            let sco = Sco { launch, ..sco };
            let mut content = Content::running(sco);
            let got = content.get(element);
            self.expect(row, sco, "get", &got, &expected(row, column));
            self.done(row, content);
            self.refusals(subject, sco, || Content::running(sco));
        }
    }

    fn settable(&mut self, subject: &Subject, sco: Sco) {
        let Subject { row, element, .. } = subject;
        if row.has("no entry") {
            self.entry(subject, sco);
        }
        let mut content = subject.content(sco);
        let got = content.get(element);
        self.expect(row, sco, "get at start", &got, &expected(row, "at start"));
        self.done(row, content);
        let values = row.texts("set");
        for (at, value) in values.iter().enumerate() {
            let mut content = subject.content(sco);
            let what = format!("set {value:.40?}");
            let got = content.set(element, value);
            self.expect(row, sco, &what, &got, &Answer::plain("true"));
            let wanted = match (row.cell("then get"), row.texts("then get").get(at)) {
                ("same", _) => Answer::plain(value),
                (_, Some(text)) => Answer::plain(text),
                _ => expected(row, "then get"),
            };
            let got = content.get(element);
            self.expect(row, sco, &format!("get after {what}"), &got, &wanted);
            self.done(row, content);
            let name = row.cell("element").to_owned();
            self.accepted.insert((sco.edition, name, value.clone()));
        }
        self.refusals(subject, sco, || {
            let mut content = subject.content(sco);
            if let Some(good) = values.iter().find(|value| value.len() < 255) {
                content.set(element, good);
            }
            content
        });
    }

    /// The laws of an element in a collection: no entry, the first of a new entry, no gap.
    fn entry(&mut self, subject: &Subject, sco: Sco) {
        let Subject { row, element, entry } = subject;
        let mut content = Content::running(sco);
        let got = content.get(element);
        self.expect(row, sco, "get without entry", &got, &expected(row, "no entry"));
        self.done(row, content);
        let value = row.texts("set").first().cloned().expect("a value that is accepted");
        let first = match row.cell("first") {
            "yes" => Answer::plain("true"),
            _ => expected(row, "first"),
        };
        // as long as not all is set that must be
        for set in 0..entry.len().max(1) {
            let mut content = Content::running(sco);
            for (name, value) in &entry[..set] {
                content.set(name, value);
            }
            let got = content.set(element, &value);
            self.expect(row, sco, &format!("set after {set} others"), &got, &first);
            self.done(row, content);
        }
        let mut content = subject.content(sco);
        let got = content.set(&beyond(&content, element), &value);
        self.expect(row, sco, "set with a gap", &got, &expected(row, "gap"));
        self.done(row, content);
    }

    fn call(&mut self, row: &Row) {
        let mut parts = tokens(row.cell("call")).into_iter();
        let Some(Token::Word(name)) = parts.next() else { panic!("{}: no function", row.at) };
        let name = name.split('(').next().unwrap_or("").trim_start_matches("LMS").to_owned();
        let args: Vec<String> = parts
            .filter_map(|part| match part {
                Token::Text(text) => Some(text),
                Token::Word(_) => None,
            })
            .collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let answers: Vec<&str> = row
            .columns()
            .map(|(name, _)| name)
            .filter(|c| !["call", "after"].contains(c))
            .collect();
        for column in answers {
            for sco in self.scos(column) {
                let mut content = match column.split(' ').next() {
                    Some("before") => Content::launched(sco),
                    Some("after") => Content::ended(sco),
                    _ => Content::running(sco),
                };
                for (element, value) in row.pairs("after") {
                    let done = content.set(&element, &value);
                    let is_done = matches!(done, Answer::Value(..));
                    assert!(is_done, "{} ({sco}): {element} {value:.20} {done}", row.at);
                }
                let got = content.call(&name, &args);
                self.expect(row, sco, column, &got, &expected(row, column));
                if let (Answer::Value(..), [element, value]) = (&got, args.as_slice()) {
                    let known = (sco.edition, (*element).to_owned(), (*value).to_owned());
                    self.accepted.insert(known);
                }
                self.done(row, content);
            }
        }
    }

    /// The sessions that a column of a call speaks of.
    pub(super) fn scos(&self, column: &str) -> Vec<Sco> {
        let editions: &[Edition] = match column.split(' ').next() {
            Some("2nd") => &[Edition::Scorm2004Second],
            Some("3rd") => &[Edition::Scorm2004Third],
            Some("4th") => &[Edition::Scorm2004Fourth],
            _ => self.editions,
        };
        let judged: &[Strictness] = match column.split_once(' ') {
            Some((_, "strict")) => &[Strictness::Strict],
            Some((_, "lenient")) => &[Strictness::Lenient],
            _ if column == "strict" => &[Strictness::Strict],
            _ if column == "lenient" => &[Strictness::Lenient],
            _ => &BOTH,
        };
        let each = editions.iter().flat_map(|&edition| {
            judged.iter().map(move |&strictness| Sco { edition, strictness, launch: Launch::First })
        });
        each.collect()
    }

    fn error(&mut self, row: &Row) {
        for sco in self.scos("answer") {
            let mut content = Content::launched(sco);
            for function in ["GetErrorString", "GetDiagnostic"] {
                let got = content.call(function, &[row.cell("code")]);
                self.expect(row, sco, function, &got, &expected(row, "text"));
            }
            self.done(row, content);
        }
    }

    /// The error codes that the page lists, and whether it says that a call is answered with it.
    pub(super) fn listed_errors(&self) -> BTreeMap<u16, bool> {
        let rows = self.rows.iter().filter(|row| row.has("code"));
        rows.map(|row| {
            let code = row.cell("code").parse().expect("an error code");
            (code, !row.cell("").starts_with("never"))
        })
        .collect()
    }
}

/// Puts one entry into every collection that content fills.
fn fill_collections(content: &mut Content, edition: Edition) {
    let both = [
        ("cmi.objectives.0.id", "urn:o:1"),
        ("cmi.interactions.0.id", "urn:q:1"),
        ("cmi.interactions.0.type", "fill-in"),
        ("cmi.interactions.0.objectives.0.id", "urn:o:1"),
        ("cmi.interactions.0.correct_responses.0.pattern", "Paris"),
    ];
    for (element, value) in both {
        assert_eq!(content.set(element, value), Answer::plain("true"), "{element}");
    }
    if edition.is_2004() {
        let comment = content.set("cmi.comments_from_learner.0.comment", "fine");
        assert_eq!(comment, Answer::plain("true"));
    }
}
