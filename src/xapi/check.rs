//! Readers of the building blocks that every object of xAPI is made of.

use crate::{
    error::{Checked, refuse},
    json::{Kind, Members, Value},
    text::{is_iri, is_language_tag},
};
use std::borrow::Cow;
use uuid::Uuid;

const NULL: &str = "XAPI-00001";
const KEY_CASE: &str = "XAPI-00008";
const UNKNOWN_KEY: &str = "XAPI-00010";
const IRI_SCHEME: &str = "XAPI-00011";

/// XAPI-00006: the wrong data type; XAPI-00001 if it is null.
fn wrong_type<T>(value: Value<'_>, what: &str, wanted: &str, rule: &'static str) -> Checked<T> {
    let found = value.kind();
    let rule = if found == Kind::Null { NULL } else { rule };
    refuse(value.offset(), rule, format!("{what} must be {wanted}, not {}", found.name()))
}

/// The members of an object that is not empty (XAPI-00001).
pub(crate) fn object<'a>(value: Value<'a>, what: &str, rule: &'static str) -> Checked<Members<'a>> {
    if value.kind() != Kind::Object {
        return wrong_type(value, what, "an object", rule);
    }
    if value.members().next().is_none() {
        return refuse(value.offset(), NULL, format!("{what} must not be an empty object"));
    }
    Ok(value.members())
}

pub(crate) fn array<'a>(
    value: Value<'a>,
    what: &str,
    rule: &'static str,
) -> Checked<crate::json::Elements<'a>> {
    match value.kind() {
        Kind::Array => Ok(value.elements()),
        _ => wrong_type(value, what, "an array", rule),
    }
}

pub(crate) fn string<'a>(
    value: Value<'a>,
    what: &str,
    rule: &'static str,
) -> Checked<Cow<'a, str>> {
    match value.as_str() {
        Some(text) => Ok(text),
        None => wrong_type(value, what, "a string", rule),
    }
}

pub(crate) fn boolean(value: Value<'_>, what: &str, rule: &'static str) -> Checked<bool> {
    match value.as_bool() {
        Some(truth) => Ok(truth),
        None => wrong_type(value, what, "a boolean", rule),
    }
}

pub(crate) fn number<'a>(
    value: Value<'a>,
    what: &str,
    rule: &'static str,
) -> Checked<crate::json::Decimal<'a>> {
    match value.as_decimal() {
        Some(number) => Ok(number),
        None => wrong_type(value, what, "a number", rule),
    }
}

/// An absolute IRI (XAPI-00007; without a scheme XAPI-00011).
pub(crate) fn iri<'a>(value: Value<'a>, what: &str, rule: &'static str) -> Checked<Cow<'a, str>> {
    let text = string(value, what, rule)?;
    if is_iri(&text) {
        return Ok(text);
    }
    let (rule, lack) = if text.contains(':') { (rule, "") } else { (IRI_SCHEME, " with a scheme") };
    refuse(value.offset(), rule, format!("{what} must be an absolute IRI{lack}, not {text:?}"))
}

/// A UUID in its standard string form (XAPI-00029, XAPI-00030).
pub(crate) fn uuid(value: Value<'_>, what: &str, rule: &'static str) -> Checked<Uuid> {
    let text = string(value, what, rule)?;
    match parse_uuid(&text) {
        Some(uuid) => Ok(uuid),
        None => refuse(value.offset(), rule, format!("{what} must be a UUID, not {text:?}")),
    }
}

/// Reads the hyphenated form alone.
pub(crate) fn parse_uuid(text: &str) -> Option<Uuid> {
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}

/// A language map with at least one entry (XAPI-00121, XAPI-00013; empty: XAPI-00001).
pub(crate) fn language_map(value: Value<'_>, what: &str, rule: &'static str) -> Checked<()> {
    for (key, text) in object(value, what, rule)? {
        let tag = key.text();
        if !is_language_tag(&tag) {
            let message = format!("{tag:?} in {what} is no language tag of RFC 5646");
            return refuse(key.offset(), "XAPI-00013", message);
        }
        string(text, "a text in a language map", rule)?;
    }
    Ok(())
}

/// An extensions object, possibly empty: keys are IRIs, values anything (XAPI-00118 to 00120).
pub(crate) fn extensions(value: Value<'_>, rule: &'static str) -> Checked<()> {
    if value.kind() != Kind::Object {
        return wrong_type(value, "extensions", "an object", rule);
    }
    for (key, _) in value.members() {
        let name = key.text();
        if !is_iri(&name) {
            let message = format!("an extension's key must be an absolute IRI, not {name:?}");
            return refuse(key.offset(), "XAPI-00118", message);
        }
    }
    Ok(())
}

/// Refuses a key that is not among `known` (XAPI-00010), or is but for its case (XAPI-00008).
pub(crate) fn unknown<T>(key: crate::json::Key<'_>, what: &str, known: &[&str]) -> Checked<T> {
    let name = key.text();
    if let Some(known) = known.iter().find(|known| known.eq_ignore_ascii_case(&name)) {
        let message = format!("the property {name:?} of {what} must be written {known:?}");
        return refuse(key.offset(), KEY_CASE, message);
    }
    refuse(key.offset(), UNKNOWN_KEY, format!("{what} has no property {name:?}"))
}

/// A property that must be there.
pub(crate) fn required<T>(
    found: Option<T>,
    owner: Value<'_>,
    what: &str,
    rule: &'static str,
) -> Checked<T> {
    match found {
        Some(value) => Ok(value),
        None => refuse(owner.offset(), rule, format!("{what} is missing")),
    }
}
