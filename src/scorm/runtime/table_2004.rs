//! The data models of SCORM 2004 (RTE 4.2; SN 5.6 for `adl.nav`), by edition.

use super::format::Format;
use super::response::{Part, Responses, Role, Shape};
use super::table::{Access, Element, Keep, Threshold};
use crate::manifest::Edition;

const IDENTIFIER: Format = Format::Identifier { limit: 4_000 };
const SHORT_IDENTIFIER: Format = Format::Identifier { limit: 250 };
const REAL: Format = Format::Real { min: None, max: None, blank: false, beyond: false };
const SCALED: Format =
    Format::Real { min: Some(-1.0), max: Some(1.0), blank: false, beyond: false };
const MEASURE: Format =
    Format::Real { min: Some(0.0), max: Some(1.0), blank: false, beyond: false };
const POSITIVE: Format = Format::Real { min: Some(0.0), max: None, blank: false, beyond: false };
const DESCRIPTION: Format = Format::Localized { limit: 250 };
const COMPLETION: Format = words(&["completed", "incomplete", "not attempted", "unknown"]);
const SUCCESS: Format = words(&["passed", "failed", "unknown"]);
const VALIDITY: Format = words(&["true", "false", "unknown"]);

const fn words(words: &'static [&'static str]) -> Format {
    Format::Words { words, also: &[], or_real: false }
}

const fn text(limit: usize) -> Format {
    Format::Text { limit }
}

const fn row(kind: &'static str, learner: Shape, pattern: Shape) -> Responses {
    Responses { kind, learner, pattern, patterns_max: None, patterns_differ: false }
}

/// A type of which there is one correct response at most.
const fn single(kind: &'static str, learner: Shape, pattern: Shape) -> Responses {
    Responses { patterns_max: Some(1), ..row(kind, learner, pattern) }
}

/// A type whose correct responses all differ.
const fn differing(kind: &'static str, learner: Shape, pattern: Shape) -> Responses {
    Responses { patterns_differ: true, ..row(kind, learner, pattern) }
}

const CHOICE: Shape = Shape::one(SHORT_IDENTIFIER).many(36).differ().blank();
const SEQUENCE: Shape = Shape::one(SHORT_IDENTIFIER).many(36);
const MATCHES: Shape = Shape::one(SHORT_IDENTIFIER).many(36).of(Part::Pair {
    first: SHORT_IDENTIFIER,
    second: SHORT_IDENTIFIER,
    one_blank: false,
});
const STEPS: Shape = Shape::one(text(250)).many(125).of(Part::Pair {
    first: SHORT_IDENTIFIER,
    second: text(250),
    one_blank: true,
});
const FILL_IN: Shape = Shape::one(DESCRIPTION).many(10).blank();
const LONG_FILL_IN: Shape = Shape::one(Format::Localized { limit: 4_000 });
const TRUE_FALSE: Shape = Shape::one(words(&["true", "false"]));
const LIKERT: Shape = Shape::one(SHORT_IDENTIFIER);
const OTHER: Shape = Shape::one(text(4_000));
const CASE: &str = "{case_matters=";
const ORDER: &str = "{order_matters=";

/// The formats of responses (RTE 4.2.9.1 table 4.2.9.1a, 4.2.9.2 table 4.2.9.2a).
pub(super) const RESPONSES: &[Responses] = &[
    single("true-false", TRUE_FALSE, TRUE_FALSE),
    differing("choice", CHOICE, CHOICE),
    row("fill-in", FILL_IN, FILL_IN.prefixes(&[CASE, ORDER])),
    row("long-fill-in", LONG_FILL_IN, LONG_FILL_IN.prefixes(&[CASE])),
    row("matching", MATCHES, MATCHES),
    row("performance", STEPS.many(250), STEPS.prefixes(&[ORDER])),
    differing("sequencing", SEQUENCE, SEQUENCE),
    single("likert", LIKERT, LIKERT),
    single("numeric", Shape::one(REAL), Shape::one(REAL).of(Part::Range)),
    single("other", OTHER, OTHER),
];

const TYPES: Format = words(&[
    "true-false",
    "choice",
    "fill-in",
    "long-fill-in",
    "matching",
    "performance",
    "sequencing",
    "likert",
    "numeric",
    "other",
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

/// The count of a collection to which content adds nothing.
const fn fixed_count(name: &'static str) -> Element {
    Element::given(name, Format::Count { grows: false }).default("0")
}

const fn read_only(name: &'static str, format: Format) -> Element {
    Element::given(name, format)
}

const fn write_only(name: &'static str, format: Format) -> Element {
    Element::new(name, format).access(Access::WriteOnly).keep(Keep::Session)
}

pub(super) fn elements(edition: Edition) -> Vec<Element> {
    let mut all = sco(edition);
    all.extend(comments());
    all.extend(interactions());
    all.extend(objectives());
    all.extend(adl(edition));
    all
}

fn sco(edition: Edition) -> Vec<Element> {
    let suspend_data = if edition == Edition::Scorm2004Second { 4_000 } else { 64_000 };
    vec![
        Element::keyword("cmi._version", Format::Version).default("1.0"),
        Element::new("cmi.completion_status", COMPLETION).default("unknown").decided_by(
            Threshold {
                at: "cmi.completion_threshold",
                measure: "cmi.progress_measure",
                met: "completed",
                unmet: "incomplete",
                unmeasured: "unknown",
            },
        ),
        read_only("cmi.completion_threshold", MEASURE),
        read_only("cmi.credit", words(&["credit", "no-credit"])).default("credit"),
        read_only("cmi.entry", words(&["ab-initio", "resume", ""])).default(""),
        write_only("cmi.exit", words(&["time-out", "suspend", "logout", "normal", ""])),
        read_only("cmi.launch_data", text(4_000)),
        read_only("cmi.learner_id", IDENTIFIER),
        read_only("cmi.learner_name", DESCRIPTION),
        children("cmi.learner_preference._children"),
        Element::new("cmi.learner_preference.audio_level", POSITIVE).default("1"),
        Element::new("cmi.learner_preference.language", Format::Language { limit: 250 })
            .default(""),
        Element::new("cmi.learner_preference.delivery_speed", POSITIVE).default("1"),
        Element::new("cmi.learner_preference.audio_captioning", words(&["-1", "0", "1"]))
            .default("0"),
        Element::new("cmi.location", text(1_000)),
        read_only("cmi.max_time_allowed", Format::Timeinterval),
        read_only("cmi.mode", words(&["browse", "normal", "review"])).default("normal"),
        Element::new("cmi.progress_measure", MEASURE),
        read_only("cmi.scaled_passing_score", SCALED),
        children("cmi.score._children"),
        Element::new("cmi.score.scaled", SCALED),
        Element::new("cmi.score.raw", REAL),
        Element::new("cmi.score.min", REAL),
        Element::new("cmi.score.max", REAL),
        write_only("cmi.session_time", Format::Timeinterval),
        Element::new("cmi.success_status", SUCCESS).default("unknown").decided_by(Threshold {
            at: "cmi.scaled_passing_score",
            measure: "cmi.score.scaled",
            met: "passed",
            unmet: "failed",
            unmeasured: "unknown",
        }),
        Element::new("cmi.suspend_data", text(suspend_data)),
        read_only("cmi.time_limit_action", TIME_LIMIT_ACTION).default("continue,no message"),
        read_only("cmi.total_time", Format::Timeinterval).default("PT0H0M0S").keep(Keep::Attempt),
    ]
}

const TIME_LIMIT_ACTION: Format =
    words(&["exit,message", "continue,message", "exit,no message", "continue,no message"]);

fn comments() -> Vec<Element> {
    let comment = Format::Localized { limit: 4_000 };
    vec![
        children("cmi.comments_from_learner._children"),
        count("cmi.comments_from_learner._count"),
        Element::new("cmi.comments_from_learner.n.comment", comment),
        Element::new("cmi.comments_from_learner.n.location", text(250)),
        Element::new("cmi.comments_from_learner.n.timestamp", Format::Time),
        children("cmi.comments_from_lms._children"),
        fixed_count("cmi.comments_from_lms._count"),
        read_only("cmi.comments_from_lms.n.comment", comment),
        read_only("cmi.comments_from_lms.n.location", text(250)),
        read_only("cmi.comments_from_lms.n.timestamp", Format::Time),
    ]
}

fn interactions() -> Vec<Element> {
    const ID: &[&str] = &["cmi.interactions.n.id"];
    const ID_AND_TYPE: &[&str] = &["cmi.interactions.n.id", "cmi.interactions.n.type"];
    let after_id = |name, format| Element::new(name, format).needs(ID);
    let result = Format::Words {
        words: &["correct", "incorrect", "unanticipated", "neutral"],
        also: &[],
        or_real: true,
    };
    vec![
        children("cmi.interactions._children"),
        count("cmi.interactions._count"),
        Element::new("cmi.interactions.n.id", IDENTIFIER),
        after_id("cmi.interactions.n.type", TYPES),
        count("cmi.interactions.n.objectives._count"),
        after_id("cmi.interactions.n.objectives.n.id", IDENTIFIER).unique(),
        after_id("cmi.interactions.n.timestamp", Format::Time),
        count("cmi.interactions.n.correct_responses._count"),
        Element::new("cmi.interactions.n.correct_responses.n.pattern", response(Role::Pattern))
            .needs(ID_AND_TYPE),
        after_id("cmi.interactions.n.weighting", REAL),
        Element::new("cmi.interactions.n.learner_response", response(Role::Learner))
            .needs(ID_AND_TYPE),
        after_id("cmi.interactions.n.result", result),
        after_id("cmi.interactions.n.latency", Format::Timeinterval),
        after_id("cmi.interactions.n.description", DESCRIPTION),
    ]
}

fn objectives() -> Vec<Element> {
    let after_id = |name, format| Element::new(name, format).needs(&["cmi.objectives.n.id"]);
    vec![
        children("cmi.objectives._children"),
        count("cmi.objectives._count"),
        Element::new("cmi.objectives.n.id", IDENTIFIER).unique().once(),
        children("cmi.objectives.n.score._children"),
        after_id("cmi.objectives.n.score.scaled", SCALED),
        after_id("cmi.objectives.n.score.raw", REAL),
        after_id("cmi.objectives.n.score.min", REAL),
        after_id("cmi.objectives.n.score.max", REAL),
        after_id("cmi.objectives.n.success_status", SUCCESS).default("unknown"),
        after_id("cmi.objectives.n.completion_status", COMPLETION).default("unknown"),
        after_id("cmi.objectives.n.progress_measure", MEASURE),
        after_id("cmi.objectives.n.description", DESCRIPTION),
    ]
}

fn adl(edition: Edition) -> Vec<Element> {
    const REQUESTS: &[&str] = &[
        "continue",
        "previous",
        "exit",
        "exitAll",
        "abandon",
        "abandonAll",
        "_none_",
        "suspendAll",
    ];
    let is_fourth = edition == Edition::Scorm2004Fourth;
    // the 2nd edition's content could not ask for `suspendAll` yet
    let known = REQUESTS.len() - usize::from(edition == Edition::Scorm2004Second);
    let (words, also) = REQUESTS.split_at(known);
    let targeted: &[&str] = if is_fourth { &["choice", "jump"] } else { &["choice"] };
    let valid = |name| read_only(name, VALIDITY).default("unknown");
    let mut all = vec![
        Element::new("adl.nav.request", Format::Navigation { words, also, targeted })
            .default("_none_")
            .keep(Keep::Session),
        valid("adl.nav.request_valid.continue"),
        valid("adl.nav.request_valid.previous"),
        valid("adl.nav.request_valid.choice.{target}"),
    ];
    if is_fourth {
        all.extend([
            valid("adl.nav.request_valid.jump.{target}"),
            children("adl.data._children"),
            fixed_count("adl.data._count"),
            read_only("adl.data.n.id", IDENTIFIER),
            Element::new("adl.data.n.store", text(64_000)).keep(Keep::Given).empty_is_unset(),
        ]);
    }
    all
}
