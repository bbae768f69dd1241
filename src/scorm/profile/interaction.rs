//! `cmi.interactions` as xAPI interaction activities (xAPI 1.0.3 Data 2.4.4.1, Appendix C).

use super::iri::extension;
use super::score::number;
use super::statement::{Draft, Subject, activity};
use super::text::localized_map;
use crate::runtime::Interaction;
use serde_json::{Value, json};

/// The types that both standards and xAPI share; xAPI took its formats from those of SCORM 2004.
const TYPES: [&str; 10] = [
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
];

/// Whether the learner has answered: an interaction without response and result says nothing yet.
pub(super) fn is_answered(interaction: &Interaction<'_>) -> bool {
    interaction.learner_response.is_some() || interaction.result.is_some()
}

/// The learner responded to an interaction.
pub(super) fn responded(subject: &Subject<'_>, interaction: &Interaction<'_>) -> Value {
    let mut draft = Draft::new("responded", object(subject, interaction));
    let kind = known_type(interaction);
    let is_2004 = subject.edition.is_2004();
    draft.result(
        "response",
        interaction.learner_response.map(|text| xapi_pattern(text, kind, is_2004)),
    );
    draft.result("duration", interaction.latency.map(|latency| latency.to_string()));
    match interaction.result {
        Some("correct") => draft.result("success", Some(true)),
        Some("incorrect" | "wrong") => draft.result("success", Some(false)),
        Some(other) => {
            let points = other.parse().ok().and_then(number);
            draft.result("score", points.map(|points| json!({ "raw": points })));
            draft.noting("result", Some(other));
        }
        None => {}
    }
    draft.noting("weighting", interaction.weighting.and_then(number));
    draft.noting("content-time", interaction.timestamp);
    draft.parent = Some(subject.sco());
    let objectives = interaction.objectives.iter().enumerate();
    draft.other = objectives
        .filter(|(_, id)| !id.is_empty())
        .map(|(index, id)| {
            let iri = subject.iris.objective(subject.item, id, index);
            activity(&iri, "objective", None)
        })
        .collect();
    subject.sco_statement(draft)
}

fn known_type(interaction: &Interaction<'_>) -> Option<&'static str> {
    let kind = interaction.kind?;
    TYPES.into_iter().find(|known| *known == kind)
}

fn object(subject: &Subject<'_>, interaction: &Interaction<'_>) -> Value {
    let iri = subject.iris.interaction(subject.item, interaction.id, interaction.index);
    let mut object = activity(&iri, "interaction", None);
    let Some(definition) = object.get_mut("definition").and_then(Value::as_object_mut) else {
        return object;
    };
    if let Some(text) = interaction.description.filter(|text| !text.is_empty()) {
        definition.insert("description".to_owned(), localized_map(text));
    }
    if let Some(kind) = known_type(interaction) {
        definition.insert("interactionType".to_owned(), Value::from(kind));
        let is_2004 = subject.edition.is_2004();
        let patterns: Vec<String> = interaction
            .correct_responses
            .iter()
            .map(|pattern| xapi_pattern(pattern, Some(kind), is_2004))
            .collect();
        if !patterns.is_empty() {
            definition.insert("correctResponsesPattern".to_owned(), Value::from(patterns));
        }
    }
    if !interaction.id.is_empty() {
        let id = json!({ extension("content-id"): interaction.id });
        definition.insert("extensions".to_owned(), id);
    }
    object
}

/// A response or a pattern in the format of xAPI.
///
/// SCORM 2004 writes it already. SCORM 1.2 parts the items of a list with commas, within braces
/// or without, and the halves of a pair with a dot (RTE 1.2, 3.4.7); what uses the delimiters of
/// xAPI there already is left alone.
pub(super) fn xapi_pattern(text: &str, kind: Option<&str>, is_2004: bool) -> String {
    let has_delimiters = ["[,]", "[.]", "[:]"].iter().any(|delimiter| text.contains(delimiter));
    if is_2004 || has_delimiters {
        return text.to_owned();
    }
    let inner = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    let items = inner.split(',').map(str::trim);
    match kind {
        Some("true-false") => match text {
            "t" | "T" | "1" | "true" => "true".to_owned(),
            "f" | "F" | "0" | "false" => "false".to_owned(),
            _ => text.to_owned(),
        },
        Some("choice" | "sequencing") => items.collect::<Vec<_>>().join("[,]"),
        Some("matching") => {
            let pairs = items.map(|pair| {
                pair.split_once('.')
                    .map_or_else(|| pair.to_owned(), |(from, to)| format!("{from}[.]{to}"))
            });
            pairs.collect::<Vec<_>>().join("[,]")
        }
        // A step without a name and what was done.
        Some("performance") => format!("[.]{text}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::xapi_pattern;

    #[test]
    fn a_scorm_12_response_takes_the_delimiters_of_xapi() {
        for (kind, text, expected) in [
            ("true-false", "t", "true"),
            ("true-false", "0", "false"),
            ("true-false", "false", "false"),
            ("choice", "a", "a"),
            ("choice", "{a,b}", "a[,]b"),
            ("choice", "a,b", "a[,]b"),
            ("choice", "a[,]b", "a[,]b"),
            ("choice", "{a", "{a"),
            ("sequencing", "b,a,c", "b[,]a[,]c"),
            ("matching", "{1.c,2.b}", "1[.]c[,]2[.]b"),
            ("matching", "1", "1"),
            ("performance", "pressed start", "[.]pressed start"),
            ("fill-in", "Paris, France", "Paris, France"),
            ("numeric", "3.5", "3.5"),
            ("likert", "4", "4"),
        ] {
            assert_eq!(xapi_pattern(text, Some(kind), false), expected, "{kind} {text}");
        }
        assert_eq!(xapi_pattern("{lang=en}a,b", Some("fill-in"), true), "{lang=en}a,b");
        assert_eq!(xapi_pattern("a,b", None, false), "a,b");
    }
}
