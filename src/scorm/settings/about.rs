//! What each setting means, for pages, errors and the guide.

/// A setting as people read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// Its name in JSON.
    pub name: &'static str,
    /// What it decides, as a heading.
    pub title: &'static str,
    /// What it means, in a sentence or two.
    pub help: &'static str,
    /// What it takes.
    pub kind: Kind,
}

/// What a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One of these words, each with what it means.
    Words(&'static [(&'static str, &'static str)]),
    /// A whole number within bounds, or `none`.
    Number {
        /// The smallest.
        min: u32,
        /// The largest.
        max: u32,
        /// What is counted.
        unit: &'static str,
        /// What `none` means.
        none: &'static str,
    },
    /// A text with marks that are filled in, or `none`.
    Text {
        /// Most characters.
        max: u32,
        /// What `none` means.
        none: &'static str,
    },
    /// An instant (RFC 3339), or `none`.
    Instant {
        /// What `none` means.
        none: &'static str,
    },
}

impl Kind {
    /// What a value must be.
    pub fn expected(&self) -> String {
        match self {
            Self::Words(words) => {
                let quoted: Vec<String> =
                    words.iter().map(|(word, _)| format!("{word:?}")).collect();
                quoted.join(" or ")
            }
            Self::Number { min, max, .. } => {
                format!("a whole number from {min} to {max}, or \"none\"")
            }
            Self::Instant { .. } => "an RFC 3339 instant, or \"none\"".to_owned(),
            Self::Text { max, .. } => format!("a text of at most {max} characters, or \"none\""),
        }
    }

    /// What a value means, as words. A value that the setting does not take is given as it is.
    pub fn meaning(&self, value: &serde_json::Value) -> String {
        let text = value.as_str();
        match self {
            Self::Words(words) => {
                let known = words.iter().find(|(word, _)| Some(*word) == text);
                known.map_or_else(|| value.to_string(), |(_, meaning)| (*meaning).to_owned())
            }
            Self::Number { none, .. } | Self::Instant { none } | Self::Text { none, .. }
                if text == Some("none") =>
            {
                (*none).to_owned()
            }
            Self::Number { unit, .. } => format!("{value} {unit}"),
            Self::Instant { .. } | Self::Text { .. } => text.unwrap_or_default().to_owned(),
        }
    }
}

/// All settings, in the order in which pages show them.
pub const ABOUT: [About; 17] = [
    About {
        name: "strictness",
        title: "How values are judged",
        help: "Whether longer texts and slightly malformed values of content are accepted, with a \
               note in the API log, or refused as the specification has it.",
        kind: Kind::Words(&[
            ("lenient", "accepted where it does no harm"),
            ("strict", "to the letter of the specification"),
        ]),
    },
    About {
        name: "mastery_score",
        title: "Score that passes",
        help: "Instead of the package's own, for the parts that have one; where no part has one, \
               for all parts that report a score.",
        kind: Kind::Number { min: 0, max: 100, unit: "of 100", none: "as the package says" },
    },
    About {
        name: "verdict",
        title: "Who decides on success",
        help: "SCORM 1.2: whether the mastery score overrides what content itself says of success.",
        kind: Kind::Words(&[
            ("mastery_score", "the score against the mastery score"),
            ("content", "the content"),
        ]),
    },
    About {
        name: "rollup",
        title: "When the course is done",
        help: "SCORM 1.2: how the status of the course follows from its parts. In SCORM 2004 the \
               package says so.",
        kind: Kind::Words(&[
            ("every-sco-done", "when every part is done"),
            ("any-sco-done", "when one part is done"),
            ("last-sco-done", "when the last part is done"),
        ]),
    },
    About {
        name: "attempts_max",
        title: "Attempts on a part",
        help: "How often a part without a limit of its own may be begun in one registration. \
               Going on with a suspended attempt is no new one.",
        kind: Kind::Number { min: 1, max: 1_000, unit: "at most", none: "as many as wanted" },
    },
    About {
        name: "after_part",
        title: "After a part",
        help: "What follows when content has ended, asked for nothing, and another part comes next.",
        kind: Kind::Words(&[
            ("wait", "its last page stays; the learner decides"),
            ("continue", "the next part opens"),
            ("leave", "the course is left"),
        ]),
    },
    About {
        name: "after_last",
        title: "After the last part",
        help: "What follows when content has ended, asked for nothing, and nothing comes next.",
        kind: Kind::Words(&[
            ("wait", "its last page stays; the learner decides"),
            ("leave", "the course is left"),
        ]),
    },
    About {
        name: "after_suspend",
        title: "After content has suspended itself",
        help: "What follows when content has ended to be resumed later, and asked for nothing.",
        kind: Kind::Words(&[
            ("wait", "its last page stays; the learner decides"),
            ("leave", "the course is left"),
        ]),
    },
    About {
        name: "cut_off",
        title: "Content that is cut off",
        help: "What becomes of content that is gone without having ended: its window was closed, \
               or the learner went on to another part.",
        kind: Kind::Words(&[
            ("suspend", "it goes on from there next time"),
            ("end", "it counts as ended"),
        ]),
    },
    About {
        name: "contents",
        title: "Contents",
        help: "Whether the learner sees the contents of the course and can choose from them.",
        kind: Kind::Words(&[("shown", "as the course has them"), ("hidden", "hidden")]),
    },
    About {
        name: "window",
        title: "Where content plays",
        help: "A window of its own suits content that was made for one of a certain size. The \
               learner opens it with a click, so that no popup blocker interferes.",
        kind: Kind::Words(&[("frame", "in the player's page"), ("new", "in a window of its own")]),
    },
    About {
        name: "window_width",
        title: "Width of that window",
        help: "In pixels, as far as the screen allows.",
        kind: Kind::Number { min: 200, max: 10_000, unit: "pixels", none: "the browser's choice" },
    },
    About {
        name: "window_height",
        title: "Height of that window",
        help: "In pixels, as far as the screen allows.",
        kind: Kind::Number { min: 200, max: 10_000, unit: "pixels", none: "the browser's choice" },
    },
    About {
        name: "opens_at",
        title: "Open from",
        help: "Before this instant learners are told when the course opens. Authors and reviewers \
               get in.",
        kind: Kind::Instant { none: "any time" },
    },
    About {
        name: "closes_at",
        title: "Open until",
        help: "From this instant on the course cannot be opened. Who is in it can finish.",
        kind: Kind::Instant { none: "for ever" },
    },
    About {
        name: "attestation",
        title: "Attestation",
        help: "Whether learners are asked to sign with their name that they have completed the \
               course, when they leave it and whenever they open it until they have.",
        kind: Kind::Words(&[
            ("off", "not asked for"),
            ("after_pass", "once the course is passed, or completed where nothing is passed"),
        ]),
    },
    About {
        name: "attestation_text",
        title: "Text of the attestation",
        help: "What learners sign. {course}, {version} and {name} stand for the course's title, \
               its version and the name that the learner types.",
        kind: Kind::Text {
            max: super::TEMPLATE_CHARACTERS_MAX,
            none: "that the course is completed and understood, and its responsibilities accepted",
        },
    },
];
