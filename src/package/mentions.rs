//! What the pages and scripts of a package speak of: which calls and elements of the SCORM API
//! their text names. Nothing of it is run, so only what is named nowhere says anything.

use memchr::memmem::Finder;
use std::io::{self, Write};

/// Something that content may speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    /// `Initialize`, `LMSInitialize`.
    Begin,
    /// `Terminate`, `LMSFinish`.
    End,
    /// Any element of the score.
    Score,
    /// `completion_status`, `lesson_status`.
    Completion,
    /// `cmi.exit`, `cmi.core.exit`.
    Exit,
    /// What a learner comes back to: suspend data and locations.
    Bookmark,
    /// A script or frame from elsewhere.
    Elsewhere,
}

/// The texts that stand for a topic: rather too many than too few, since silence is what counts.
const NEEDLES: &[(Topic, &str)] = &[
    (Topic::Begin, "Initialize"),
    (Topic::End, "LMSFinish"),
    (Topic::End, "Terminate"),
    (Topic::End, "\"Finish\""),
    (Topic::End, "'Finish'"),
    (Topic::Score, "score."),
    (Topic::Score, "score\""),
    (Topic::Score, "score'"),
    (Topic::Score, "Score("),
    (Topic::Completion, "completion_status"),
    (Topic::Completion, "lesson_status"),
    (Topic::Exit, "core.exit"),
    (Topic::Exit, "cmi.exit"),
    (Topic::Exit, "exit\""),
    (Topic::Exit, "exit'"),
    (Topic::Bookmark, "suspend_data"),
    (Topic::Bookmark, "lesson_location"),
    (Topic::Bookmark, "cmi.location"),
    (Topic::Elsewhere, "src=\"http"),
    (Topic::Elsewhere, "src='http"),
    (Topic::Elsewhere, "src=\"//"),
    (Topic::Elsewhere, "src='//"),
    (Topic::Elsewhere, "importScripts"),
    (Topic::Elsewhere, "import(\"http"),
];
/// Bytes of the longest text, less one: what is kept of one run for the next.
const KEPT_BYTES: usize = 32;

/// Endings of texts that are searched.
const TEXTS: &[&str] = &["html", "htm", "xhtml", "shtml", "js", "mjs", "cjs", "svg", "json"];
/// Endings of programs that cannot be searched and can speak to the API, or hold what does.
const OPAQUE: &[&str] = &[
    "swf", "class", "jar", "xap", "dcr", "wasm", "gz", "br", "unityweb", "zip", "php", "asp",
    "aspx", "jsp",
];

/// Takes in the bytes of a package, file after file.
pub(crate) struct Mentions {
    finders: Vec<(Topic, Finder<'static>, bool)>,
    is_text: bool,
    is_begin: bool,
    has_opaque: bool,
    /// The end of the last run.
    kept: Vec<u8>,
}

impl Mentions {
    pub(crate) fn new() -> Self {
        let finder = |(topic, text): &(Topic, &'static str)| (*topic, Finder::new(*text), false);
        Self {
            finders: NEEDLES.iter().map(finder).collect(),
            is_text: false,
            is_begin: true,
            has_opaque: false,
            kept: Vec::new(),
        }
    }

    /// The file whose bytes come next.
    pub(crate) fn open(&mut self, path: &str) {
        let ending = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        self.is_text = TEXTS.contains(&ending.as_str());
        self.has_opaque |= OPAQUE.contains(&ending.as_str());
        self.is_begin = true;
        self.kept.clear();
    }

    /// Whether the package is known to be silent about a topic: no text speaks of it, and there is
    /// nothing that cannot be searched or comes from elsewhere.
    pub(crate) fn is_silent_on(&self, topic: Topic) -> bool {
        !self.has_opaque && !self.names(topic) && !self.names(Topic::Elsewhere)
    }

    /// Whether a text speaks of a topic.
    pub(crate) fn names(&self, topic: Topic) -> bool {
        self.finders.iter().any(|(known, _, found)| *known == topic && *found)
    }

    fn search(&mut self, bytes: &[u8]) {
        for (_, finder, found) in &mut self.finders {
            *found = *found || finder.find(bytes).is_some();
        }
    }
}

impl Write for Mentions {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_text && !bytes.is_empty() {
            // UTF-16 is not searched.
            let is_wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
            self.has_opaque |= self.is_begin && is_wide;
            self.is_begin = false;
            let mut seam = std::mem::take(&mut self.kept);
            seam.extend(bytes.iter().take(KEPT_BYTES));
            self.search(&seam);
            self.search(bytes);
            seam.extend(bytes.iter().skip(KEPT_BYTES));
            let end = seam.len().saturating_sub(KEPT_BYTES);
            self.kept = seam.split_off(end);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, &str)], run: usize) -> Mentions {
        let mut mentions = Mentions::new();
        for (path, text) in files {
            mentions.open(path);
            text.as_bytes().chunks(run).for_each(|run| mentions.write_all(run).unwrap());
        }
        mentions
    }

    #[test]
    fn texts_are_found_wherever_runs_of_bytes_are_cut() {
        let text = "x".repeat(100) + "API.LMSInitialize('');" + &"y".repeat(100);
        for run in 1..text.len() {
            let mentions = of(&[("a.js", &text)], run);
            assert!(mentions.names(Topic::Begin), "{run}");
            assert!(mentions.is_silent_on(Topic::End), "{run}");
        }
        assert!(NEEDLES.iter().all(|(_, text)| text.len() <= KEPT_BYTES));
        assert!(!of(&[("a.html", "Init"), ("b.html", "ialize")], 100).names(Topic::Begin));
    }

    #[test]
    fn only_texts_are_searched_and_what_cannot_be_searched_is_no_silence() {
        let silent = |files: &[(&str, &str)]| of(files, 100).is_silent_on(Topic::Begin);
        assert!(silent(&[("a.html", "<p>Hello"), ("b.png", "Initialize")]));
        assert!(!silent(&[("A.HTML", "Initialize")]));
        assert!(!silent(&[("a.html", ""), ("b.swf", "")]));
        assert!(!silent(&[("a.html", "<script src=\"https://a.example/x.js\">")]));
        let mut wide = Mentions::new();
        wide.open("a.html");
        wide.write_all(&[0xff, 0xfe, b'a', 0]).unwrap();
        assert!(!wide.is_silent_on(Topic::Begin));
    }
}
