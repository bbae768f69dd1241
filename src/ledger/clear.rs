//! Which IRIs may stand in the log as they are. Foreign ones may hold an e-mail address, so they
//! are logged as salted hashes.

/// The verbs of ADL's vocabulary, the xAPI SCORM Profile, cmi5 and our own: whole IRIs, since a prefix
/// would let anything follow.
const VERBS: [(&str, &[&str]); 3] = [
    (
        "http://adlnet.gov/expapi/verbs/",
        &[
            "answered",
            "asked",
            "attempted",
            "attended",
            "commented",
            "completed",
            "exited",
            "experienced",
            "failed",
            "imported",
            "initialized",
            "interacted",
            "launched",
            "mastered",
            "passed",
            "preferred",
            "progressed",
            "registered",
            "responded",
            "resumed",
            "scored",
            "shared",
            "suspended",
            "terminated",
            "voided",
        ],
    ),
    (
        "https://w3id.org/xapi/adl/verbs/",
        &["abandoned", "logged-in", "logged-out", "satisfied", "waived"],
    ),
    ("https://w3id.org/attestry/xapi/verbs/", &["acknowledged", "attested"]),
];

/// Longer IRIs are logged as hashes, so that an entry stays far below the 64 KiB of an entry
/// bundle (C2SP tlog-tiles).
const IRI_BYTES_MAX: usize = 2_048;

/// What may stand in clear in one organization's log.
#[derive(Debug, Clone, Copy)]
pub struct ClearText<'a> {
    /// What the organization's own activity ids begin with.
    pub activity_base: &'a str,
}

impl ClearText<'_> {
    /// Whether a verb may.
    pub fn verb(&self, iri: &str) -> bool {
        VERBS
            .iter()
            .any(|(base, names)| iri.strip_prefix(base).is_some_and(|name| names.contains(&name)))
    }

    /// Whether an activity may.
    pub fn activity(&self, iri: &str) -> bool {
        !self.activity_base.is_empty()
            && iri.len() <= IRI_BYTES_MAX
            && iri.starts_with(self.activity_base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_verbs_and_own_activities_stand_in_clear() {
        let clear = ClearText { activity_base: "https://a.example/x/" };
        assert!(clear.verb("http://adlnet.gov/expapi/verbs/passed"));
        assert!(clear.verb("https://w3id.org/xapi/adl/verbs/waived"));
        assert!(clear.verb("https://w3id.org/attestry/xapi/verbs/attested"));
        assert!(!clear.verb("http://adlnet.gov/expapi/verbs/ann@example.com"));
        assert!(!clear.verb("https://w3id.org/xapi/adl/verbs/passed"));
        assert!(clear.activity("https://a.example/x/courses/1"));
        assert!(!clear.activity("https://a.example/y/courses/1"));
        assert!(!clear.activity(&format!("https://a.example/x/{}", "a".repeat(IRI_BYTES_MAX))));
        assert!(!ClearText { activity_base: "" }.activity("https://a.example/x/"));
    }
}
