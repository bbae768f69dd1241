//! Activities, their definitions, and interactions (Data 2.4.4.1).

use crate::{
    check::{array, extensions, iri, language_map, object, required, string, unknown},
    error::{Checked, refuse},
    json::{Kind, Value},
};
use std::{borrow::Cow, collections::BTreeSet};

/// The ten interaction types (XAPI-00049).
const INTERACTION_TYPES: [&str; 10] = [
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

const DEFINITION_KEYS: [&str; 12] = [
    "name",
    "description",
    "type",
    "moreInfo",
    "extensions",
    "interactionType",
    "correctResponsesPattern",
    "choices",
    "scale",
    "source",
    "target",
    "steps",
];

/// An activity as a statement gives it.
pub(crate) struct ActivityParts<'a> {
    pub(crate) id: Cow<'a, str>,
    pub(crate) definition: Option<Value<'a>>,
}

/// Reads an activity; its `objectType` may be left out (XAPI-00046).
pub(crate) fn read_activity(value: Value<'_>) -> Checked<ActivityParts<'_>> {
    let mut id = None;
    let mut definition = None;
    for (key, value) in object(value, "an activity", "XAPI-00094")? {
        match &*key.text() {
            "objectType" => {
                let kind = string(value, "objectType", "XAPI-00046")?;
                if kind != "Activity" {
                    let message = format!("objectType must be Activity here, not {kind:?}");
                    return refuse(value.offset(), "XAPI-00046", message);
                }
            }
            "id" => id = Some(iri(value, "id of an activity", "XAPI-00047")?),
            "definition" => {
                check_definition(value)?;
                definition = Some(value);
            }
            _ => return unknown(key, "an activity", &["objectType", "id", "definition"]),
        }
    }
    Ok(ActivityParts { id: required(id, value, "id of an activity", "XAPI-00047")?, definition })
}

/// Checks an activity definition (XAPI-00048 to 00064). One that says nothing is let through: Data
/// 2.2 only advises against empty objects, and no member of a definition is required.
pub(crate) fn check_definition(value: Value<'_>) -> Checked<()> {
    if value.kind() == Kind::Object && value.members().next().is_none() {
        return Ok(());
    }
    let mut interaction = false;
    let mut needs_interaction = None;
    for (key, value) in object(value, "definition", "XAPI-00048")? {
        let name = key.text();
        match &*name {
            "name" => language_map(value, "name", "XAPI-00056")?,
            "description" => language_map(value, "description", "XAPI-00059")?,
            "type" => drop(iri(value, "type", "XAPI-00060")?),
            "moreInfo" => drop(iri(value, "moreInfo", "XAPI-00061")?),
            "extensions" => extensions(value, "XAPI-00057")?,
            "interactionType" => {
                let kind = string(value, "interactionType", "XAPI-00049")?;
                if !INTERACTION_TYPES.contains(&&*kind) {
                    let message = format!("{kind:?} is no interaction type");
                    return refuse(value.offset(), "XAPI-00049", message);
                }
                interaction = true;
            }
            "correctResponsesPattern" => {
                for pattern in array(value, &name, "XAPI-00050")? {
                    string(pattern, "a response pattern", "XAPI-00050")?;
                }
                needs_interaction = Some(key);
            }
            list => {
                let rule = match list {
                    "choices" => "XAPI-00055",
                    "scale" => "XAPI-00054",
                    "source" => "XAPI-00053",
                    "target" => "XAPI-00052",
                    "steps" => "XAPI-00051",
                    _ => return unknown(key, "definition", &DEFINITION_KEYS),
                };
                check_components(value, list, rule)?;
                needs_interaction = Some(key);
            }
        }
    }
    match needs_interaction {
        Some(key) if !interaction => {
            let message = format!("{} needs an interactionType", key.text());
            refuse(key.offset(), "XAPI-00064", message)
        }
        _ => Ok(()),
    }
}

/// XAPI-00058, XAPI-00062, XAPI-00063: components with distinct ids.
fn check_components(value: Value<'_>, list: &str, rule: &'static str) -> Checked<()> {
    let mut ids = BTreeSet::new();
    for component in array(value, list, rule)? {
        let mut id = None;
        for (key, value) in object(component, "an interaction component", "XAPI-00063")? {
            match &*key.text() {
                "id" => id = Some((value, string(value, "id of a component", "XAPI-00058")?)),
                "description" => language_map(value, "description", "XAPI-00062")?,
                _ => return unknown(key, "an interaction component", &["id", "description"]),
            }
        }
        let (value, id) = required(id, component, "id of a component", "XAPI-00058")?;
        if ids.contains(&id) {
            let message = format!("the id {id:?} occurs twice in {list}");
            return refuse(value.offset(), "XAPI-00058", message);
        }
        ids.insert(id);
    }
    Ok(())
}
