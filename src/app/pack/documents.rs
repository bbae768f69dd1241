//! The files of a pack that follow from its report and its trail, so that a verifier makes them again
//! and compares.

use audit::catalogue::{Catalogue, Edit, policy};
use audit::reference::{Entity, Stated, Trail};
use audit::{Report, TableName, canonical};
use domain::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The folder of tables.
pub(super) const TABLES: &str = "tables/";

/// The name and bytes of each.
pub(super) fn documents(
    report: &Report,
    trail: &Trail,
    as_of: Timestamp,
) -> Result<Vec<(String, Vec<u8>)>, serde_json::Error> {
    let mut files = Vec::new();
    for name in TableName::ALL {
        let csv = report.table(name).to_csv().into_bytes();
        files.push((format!("{TABLES}{}.csv", name.as_str()), csv));
    }
    let mut add = |name: &str, value: &Value| -> Result<(), serde_json::Error> {
        files.push((name.to_owned(), canonical::text(value)?.into_bytes()));
        Ok(())
    };
    let rows = |entity: Entity| -> Value {
        trail.all_at(entity, Some(as_of)).map(|row| stated(&row)).collect()
    };
    add("requirements.json", &requirements(trail, as_of))?;
    add(
        "courses.json",
        &json!({
            "courses": rows(Entity::Course),
            "versions": rows(Entity::CourseVersion),
            "accepted_versions": rows(Entity::AcceptedVersion),
            "foreign_courses": rows(Entity::ForeignCourse),
        }),
    )?;
    add("exceptions.json", &rows(Entity::Exception))?;
    add("policies.json", &rows(Entity::Policy))?;
    add("reviews.json", &rows(Entity::ManagementReview))?;
    add("feeds.json", &rows(Entity::FeedRun))?;
    let program = policy::filled(policy::TEMPLATE, &BTreeMap::new());
    let program = program.map(|filled| filled.text).unwrap_or_default();
    files.push(("program.md".to_owned(), program.into_bytes()));
    Ok(files)
}

/// A row as it was known, with the event that says it.
fn stated(row: &Stated<'_>) -> Value {
    let value: Value = serde_json::from_str(&row.asserted.value).unwrap_or_default();
    json!({
        "id": row.id,
        "position": row.asserted.position,
        "recorded_at": row.visibility.recorded_at,
        "from": row.asserted.from,
        "to": row.asserted.to,
        "value": value,
    })
}

/// The catalogue as the organization had changed it.
fn catalogue(trail: &Trail, as_of: Timestamp) -> Catalogue {
    let edits = trail.catalogue_at(Some(as_of));
    let edits = edits.into_iter().filter_map(|(entity, id, asserted)| {
        let value: Option<Value> = match asserted {
            Some(asserted) => Some(asserted.read().ok()?),
            None => None,
        };
        Edit::parse(entity.as_str(), id, value.as_ref()).ok()
    });
    Catalogue::shipped().with(&edits.collect::<Vec<_>>())
}

/// Requirements, each with the titles of the controls that it answers.
fn requirements(trail: &Trail, as_of: Timestamp) -> Value {
    let catalogue = catalogue(trail, as_of);
    let one = |row: Stated<'_>| {
        let mut told = stated(&row);
        let mut titles = Map::new();
        for key in told["value"]["controls"].as_array().into_iter().flatten() {
            let Some(key) = key.as_str() else { continue };
            let title = catalogue.control(key).map(|control| json!(control.value.title));
            titles.insert(key.to_owned(), title.unwrap_or(Value::Null));
        }
        told["controls"] = Value::Object(titles);
        told
    };
    trail.all_at(Entity::Requirement, Some(as_of)).map(one).collect()
}
