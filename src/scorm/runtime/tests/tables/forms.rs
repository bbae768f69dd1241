//! Rows that speak of forms and lengths of values: responses by type, longest texts, what a
//! lenient session accepts.

use super::content::{Answer, Content, Sco};
use super::run::{Run, Subject, expected, note};
use super::sheet::Row;
use crate::runtime::{Note, Strictness};

impl Run {
    /// Learner's and correct responses of one interaction type.
    pub(super) fn response(&mut self, row: &Row, sco: Sco) {
        let learner = if sco.edition.is_2004() { "learner_response" } else { "student_response" };
        let begun = || {
            let mut content = Content::running(sco);
            content.set("cmi.interactions.0.id", "urn:q:1");
            content.set("cmi.interactions.0.type", row.cell("type"));
            content
        };
        for (part, good, bad) in [
            (learner, learner, "refused"),
            ("correct_responses.0.pattern", "pattern", "refused as pattern"),
        ] {
            let element = format!("cmi.interactions.0.{part}");
            let name = format!("cmi.interactions.n.{}", part.replace(".0.", ".n."));
            for value in row.texts(good) {
                let mut content = begun();
                let got = content.set(&element, &value);
                let what = format!("{part} {value:.40?}");
                self.expect(row, sco, &what, &got, &Answer::plain("true"));
                self.done(row, content);
            }
            for (code, value) in row.refused(bad) {
                let known = (name.clone(), row.cell("type").to_owned(), value.clone());
                let is_noted = self.lenient.contains(&known);
                let is_long = !value.contains("[,]") && value.len() > 250;
                if sco.strictness == Strictness::Lenient && (is_noted || is_long) {
                    continue;
                }
                let mut content = begun();
                let got = content.set(&element, &value);
                let what = format!("{part} {value:.40?}");
                self.expect(row, sco, &what, &got, &Answer::Error(code));
                self.done(row, content);
            }
        }
    }

    /// The longest text that an element takes, strictly by edition and leniently.
    pub(super) fn longest(&mut self, row: &Row, element: &str) {
        self.longest.insert(element.to_owned());
        let subject = Subject::new(row, element);
        let made_of = row.texts("made of");
        let (prefix, pattern) = match made_of.as_slice() {
            [pattern] => ("", pattern),
            [prefix, pattern] => (prefix.as_str(), pattern),
            _ => panic!("{}: made of what?", row.at),
        };
        let text = |length: usize| -> String {
            let repeated = pattern.repeat(length / pattern.len() + 1);
            [prefix, &repeated[..length]].concat()
        };
        let lenient = row.number("lenient").expect("the longest that is accepted at all");
        for column in ["strict", "2nd", "3rd", "4th"].into_iter().filter(|c| row.has(c)) {
            let Some(strict) = row.number(column) else { continue };
            // a page of one edition has the one column for strict sessions, and lenient ones beside
            let sessions = if column == "strict" { "answer" } else { column };
            for sco in self.scos(sessions) {
                let error = Answer::Error(if sco.edition.is_2004() { 351 } else { 405 });
                let yes = |note| Answer::Value("true".to_owned(), note);
                let wanted = match sco.strictness {
                    Strictness::Strict => vec![(strict, yes(None)), (strict + 1, error)],
                    // beyond the specification no edition differs
                    Strictness::Lenient if ["2nd", "3rd"].contains(&column) => {
                        vec![(strict, yes(None)), (strict + 1, yes(Some(Note::Longer)))]
                    }
                    Strictness::Lenient => vec![
                        (strict, yes(None)),
                        (strict + 1, yes(Some(Note::Longer))),
                        (lenient, yes(Some(Note::Longer))),
                        (lenient + 1, error),
                    ],
                };
                for (length, wanted) in wanted {
                    let mut content = begin(&subject, sco);
                    let got = content.set(&subject.element, &text(length));
                    self.expect(row, sco, &format!("{length} characters"), &got, &wanted);
                    self.calls += 1;
                }
            }
        }
    }

    /// What a strict session refuses and a lenient one accepts with a note.
    pub(super) fn noted(&mut self, row: &Row, sco: Sco) {
        let subject = Subject::new(row, row.cell("element"));
        for value in row.texts("value") {
            let mut content = begin(&subject, sco);
            let got = content.set(&subject.element, &value);
            let wanted = match sco.strictness {
                Strictness::Strict => expected(row, "strict"),
                Strictness::Lenient => Answer::Value("true".to_owned(), note(row.cell("note"))),
            };
            self.expect(row, sco, &format!("set {value:.40?}"), &got, &wanted);
            self.done(row, content);
        }
    }
}

/// Content that has begun the interaction or objective that the row speaks of.
fn begin(subject: &Subject, sco: Sco) -> Content {
    let mut content = Content::running(sco);
    let collection = ["cmi.interactions.0.", "cmi.objectives.0."]
        .into_iter()
        .find(|collection| subject.element.starts_with(collection));
    if let Some(id) = collection.map(|collection| format!("{collection}id"))
        && subject.element != id
    {
        content.set(&id, "urn:q:1");
    }
    for (name, value) in &subject.entry {
        let done = content.set(name, value);
        assert!(matches!(done, Answer::Value(..)), "{}: {name} {done}", subject.row.at);
    }
    content
}
