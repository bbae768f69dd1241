//! The data model of SCORM 1.2 (RTE 3.4.4), every optional element included.

use super::format::Format;
use super::response::{Part, Responses, Role, Shape};
use super::table::{Access, Element, Keep};

const STRING_255: Format = Format::Text { limit: 255 };
const STRING_4096: Format = Format::Text { limit: 4_096 };
const IDENTIFIER: Format = Format::CmiIdentifier { limit: 255 };
const DECIMAL: Format = Format::Real { min: None, max: None, blank: false, beyond: false };
/// `CMIDecimal` normalised to 0…100, or `CMIBlank`.
const SCORE: Format = Format::Real { min: Some(0.0), max: Some(100.0), blank: true, beyond: true };
const LESSON_STATUS: Format = Format::Words {
    words: &["passed", "completed", "failed", "incomplete", "browsed"],
    also: &["not attempted"],
    or_real: false,
};
const OBJECTIVE_STATUS: Format =
    words(&["passed", "completed", "failed", "incomplete", "browsed", "not attempted"]);

const fn words(words: &'static [&'static str]) -> Format {
    Format::Words { words, also: &[], or_real: false }
}

const fn text(format: Format) -> Shape {
    Shape::one(format).blank()
}

const fn letters(paired: bool) -> Shape {
    Shape::one(STRING_255).of(Part::Letters { paired }).blank()
}

const fn same(kind: &'static str, shape: Shape) -> Responses {
    Responses { kind, learner: shape, pattern: shape, patterns_max: None, patterns_differ: false }
}

const TRUE_FALSE: Format = Format::Words {
    words: &["0", "1", "t", "f"],
    also: &["true", "false", "True", "False", "T", "F"],
    or_real: false,
};

/// `CMIFeedback` by interaction type.
pub(super) const RESPONSES: &[Responses] = &[
    same("true-false", Shape::one(TRUE_FALSE)),
    same("choice", letters(false)),
    same("fill-in", text(STRING_255)),
    same("matching", letters(true)),
    same("performance", text(STRING_255)),
    same("sequencing", letters(false)),
    same("likert", letters(false)),
    same("numeric", Shape::one(DECIMAL)),
];

const TYPES: Format = words(&[
    "true-false",
    "choice",
    "fill-in",
    "matching",
    "performance",
    "likert",
    "sequencing",
    "numeric",
]);

const fn response(role: Role) -> Format {
    Format::Response { role, kind: "cmi.interactions.n.type" }
}

const fn children(name: &'static str) -> Element {
    Element::keyword(name, Format::Children)
}

const fn count(name: &'static str) -> Element {
    Element::keyword(name, Format::Count { grows: true }).default("0")
}

/// An element that is an empty text until it is given.
const fn given(name: &'static str, format: Format) -> Element {
    Element::given(name, format).default("")
}

/// An element that is an empty text until it is set.
const fn open(name: &'static str, format: Format) -> Element {
    Element::new(name, format).default("")
}

const fn write_only(name: &'static str, format: Format) -> Element {
    Element::new(name, format).access(Access::WriteOnly)
}

pub(super) fn elements() -> Vec<Element> {
    let mut all = core();
    all.extend(objectives_and_student());
    all.extend(interactions());
    all
}

fn core() -> Vec<Element> {
    vec![
        Element::keyword("cmi._version", Format::Version).default("3.4"),
        children("cmi.core._children"),
        given("cmi.core.student_id", IDENTIFIER),
        given("cmi.core.student_name", STRING_255),
        open("cmi.core.lesson_location", STRING_255),
        given("cmi.core.credit", words(&["credit", "no-credit"])).default("credit"),
        Element::new("cmi.core.lesson_status", LESSON_STATUS).default("not attempted"),
        given("cmi.core.entry", words(&["ab-initio", "resume", ""])),
        children("cmi.core.score._children"),
        open("cmi.core.score.raw", SCORE),
        open("cmi.core.score.min", SCORE),
        open("cmi.core.score.max", SCORE),
        given("cmi.core.total_time", Format::CmiTimespan).default("0000:00:00").keep(Keep::Attempt),
        given("cmi.core.lesson_mode", words(&["normal", "review", "browse"])).default("normal"),
        write_only("cmi.core.exit", words(&["time-out", "suspend", "logout", ""]))
            .keep(Keep::Session),
        write_only("cmi.core.session_time", Format::CmiTimespan).keep(Keep::Session),
        open("cmi.suspend_data", STRING_4096),
        given("cmi.launch_data", STRING_4096),
        // Content sends one comment after the other and expects to find them all.
        open("cmi.comments", STRING_4096).appends(),
        given("cmi.comments_from_lms", STRING_4096),
    ]
}

fn objectives_and_student() -> Vec<Element> {
    vec![
        children("cmi.objectives._children"),
        count("cmi.objectives._count"),
        open("cmi.objectives.n.id", IDENTIFIER),
        children("cmi.objectives.n.score._children"),
        open("cmi.objectives.n.score.raw", SCORE),
        open("cmi.objectives.n.score.min", SCORE),
        open("cmi.objectives.n.score.max", SCORE),
        Element::new("cmi.objectives.n.status", OBJECTIVE_STATUS).default("not attempted"),
        children("cmi.student_data._children"),
        given("cmi.student_data.mastery_score", DECIMAL),
        given("cmi.student_data.max_time_allowed", Format::CmiTimespan),
        given("cmi.student_data.time_limit_action", TIME_LIMIT_ACTION),
        children("cmi.student_preference._children"),
        open("cmi.student_preference.audio", Format::Integer { min: -1, max: 100 }).default("0"),
        open("cmi.student_preference.language", STRING_255),
        open("cmi.student_preference.speed", Format::Integer { min: -100, max: 100 }).default("0"),
        open("cmi.student_preference.text", Format::Integer { min: -1, max: 1 }).default("0"),
    ]
}

const TIME_LIMIT_ACTION: Format =
    words(&["exit,message", "exit,no message", "continue,message", "continue,no message"]);

fn interactions() -> Vec<Element> {
    let result = Format::Words {
        words: &["correct", "wrong", "unanticipated", "neutral"],
        also: &["incorrect"],
        or_real: true,
    };
    vec![
        children("cmi.interactions._children"),
        count("cmi.interactions._count"),
        write_only("cmi.interactions.n.id", IDENTIFIER),
        count("cmi.interactions.n.objectives._count"),
        write_only("cmi.interactions.n.objectives.n.id", IDENTIFIER),
        write_only("cmi.interactions.n.time", Format::CmiTime),
        write_only("cmi.interactions.n.type", TYPES),
        count("cmi.interactions.n.correct_responses._count"),
        write_only("cmi.interactions.n.correct_responses.n.pattern", response(Role::Pattern)),
        write_only("cmi.interactions.n.weighting", DECIMAL),
        write_only("cmi.interactions.n.student_response", response(Role::Learner)),
        write_only("cmi.interactions.n.result", result),
        write_only("cmi.interactions.n.latency", Format::CmiTimespan),
    ]
}
