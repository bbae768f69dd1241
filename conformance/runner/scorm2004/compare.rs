//! Whether an answer is the expected one, by the comparison that a call names.

use crate::case::Call;
use crate::play::Answer;
use scorm::runtime::Timespan;
use std::collections::BTreeSet;

/// Why a reply is not what the call expects; `None` when it is.
pub(crate) fn wrong(call: &Call, wanted: Option<&str>, reply: &Answer) -> Option<String> {
    let expected = call.expect.as_ref()?;
    let compare = call.compare.as_deref().unwrap_or("string");
    let error = &reply.error;
    let is_error_right = match expected.error.as_deref().filter(|_| expected.error_checked) {
        // The suite does not mind whether the LMS has comments.
        _ if compare == "comments_from_lms" => {
            ["0", "301", "403", "401", "122"].contains(&error.as_str())
        }
        Some(expected) => expected == error.as_str(),
        None => true,
    };
    let is_result_right = match (wanted, expected.max_length) {
        (Some(wanted), _) => {
            agrees(compare, call.interaction_type.as_deref(), wanted, &reply.result)
        }
        (None, Some(max)) => reply.result.chars().count() <= max,
        (None, None) => true,
    };
    if is_error_right && is_result_right {
        return None;
    }
    let wanted: String = wanted.unwrap_or("anything").chars().take(80).collect();
    let got: String = reply.result.chars().take(80).collect();
    let expected = expected.error.as_deref().unwrap_or("any");
    Some(format!("answered {got:?} error {error}, expected {wanted:?} error {expected}"))
}

fn agrees(compare: &str, kind: Option<&str>, wanted: &str, got: &str) -> bool {
    match compare {
        "real" => same_number(wanted, got),
        "duration" => Timespan::parse_scorm2004(got) == Timespan::parse_scorm2004(wanted),
        "datetime" => first(got, 19) == first(wanted, 19),
        "langstring" => without_default_language(got) == without_default_language(wanted),
        "children_set" => words(got) == words(wanted),
        "language" => got.eq_ignore_ascii_case(wanted),
        "interaction" => {
            let is_number = kind == Some("numeric");
            spelled(got) == spelled(wanted) || (is_number && same_number(wanted, got))
        }
        "result" => got == wanted || same_number(wanted, got),
        "comments_from_lms" | "not_compared" => true,
        _ => got == wanted,
    }
}

/// Equal to six decimals.
fn same_number(one: &str, other: &str) -> bool {
    match (one.trim().parse::<f64>(), other.trim().parse::<f64>()) {
        (Ok(one), Ok(other)) => (one - other).abs() < 1e-6,
        _ => false,
    }
}

fn first(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

fn without_default_language(text: &str) -> &str {
    text.strip_prefix("{lang=en}").unwrap_or(text)
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(',').map(str::trim).collect()
}

/// A response with its leading delimiters in one order, without those that say the default.
fn spelled(response: &str) -> (BTreeSet<&str>, &str) {
    const DEFAULTS: [&str; 3] = ["{lang=en}", "{case_matters=false}", "{order_matters=true}"];
    let (mut delimiters, mut rest) = (BTreeSet::new(), response);
    while let Some(inner) = ["{lang=", "{case_matters=", "{order_matters="]
        .iter()
        .find_map(|open| rest.strip_prefix(open)?.split_once('}').map(|(_, rest)| rest))
    {
        let delimiter = rest.strip_suffix(inner).unwrap_or(rest);
        if !DEFAULTS.contains(&delimiter) {
            delimiters.insert(delimiter);
        }
        rest = inner;
    }
    (delimiters, rest)
}
