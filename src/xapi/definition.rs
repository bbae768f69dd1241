//! The canonical definition of an activity, gathered from the statements that define it
//! (Data 2.4.4.1, LRS Requirements; XAPI-00254).

use crate::{
    ValidationError,
    json::{Document, Kind, Limits, Value, write_string},
};

/// Merges the definition that a statement brings into the one known.
///
/// Language maps and extensions keep the entries they have and take new ones, which win over old
/// ones of the same key; every other property is the new one's where it has it. Gives `None` when
/// nothing changes, so that nothing need be written. The result follows from the two texts alone.
pub fn merge_definition(known: Option<&str>, new: &str) -> Result<Option<String>, ValidationError> {
    let Some(known) = known else { return Ok(Some(new.to_owned())) };
    let old = Document::parse(known.as_bytes(), Limits::default())?;
    let new = Document::parse(new.as_bytes(), Limits::default())?;
    let mut merged = String::with_capacity(known.len() + new.text().len());
    merge(&mut merged, old.root(), new.root(), true);
    let after = Document::parse(merged.as_bytes(), Limits::default())?;
    Ok((!after.root().same(old.root())).then_some(merged))
}

/// Writes the members of both; where both have one, the new one's, or both maps' entries.
fn merge(out: &mut String, old: Value<'_>, new: Value<'_>, maps_too: bool) {
    let (known, newer) = (old.to_map(), new.to_map());
    out.push('{');
    let mut first = true;
    let mut write = |out: &mut String, name: &str| {
        if !std::mem::take(&mut first) {
            out.push(',');
        }
        write_string(out, name);
        out.push(':');
    };
    for (key, value) in old.members() {
        let name = key.text();
        write(out, &name);
        match newer.get(&name) {
            Some(&newer) if maps_too && is_map(&name, value) && is_map(&name, newer) => {
                merge(out, value, newer, false);
            }
            Some(newer) => out.push_str(newer.text()),
            None => out.push_str(value.text()),
        }
    }
    for (key, value) in new.members() {
        let name = key.text();
        if !known.contains_key(&name) {
            write(out, &name);
            out.push_str(value.text());
        }
    }
    out.push('}');
}

fn is_map(name: &str, value: Value<'_>) -> bool {
    matches!(name, "name" | "description" | "extensions") && value.kind() == Kind::Object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xapi_00254_languages_of_all_statements_are_kept() {
        let known = r#"{"name":{"en":"A"},"type":"http://t.example/1","extensions":{"http://x.example/":1}}"#;
        for (new, merged) in [
            (
                r#"{"name":{"de":"B"},"moreInfo":"http://m.example/"}"#,
                Some(
                    r#"{"name":{"en":"A","de":"B"},"type":"http://t.example/1","extensions":{"http://x.example/":1},"moreInfo":"http://m.example/"}"#,
                ),
            ),
            (
                r#"{"name":{"en":"C"},"type":"http://t.example/2","extensions":{"http://y.example/":2}}"#,
                Some(
                    r#"{"name":{"en":"C"},"type":"http://t.example/2","extensions":{"http://x.example/":1,"http://y.example/":2}}"#,
                ),
            ),
            (r#"{"name":{"en":"A"}}"#, None),
            (known, None),
        ] {
            assert_eq!(merge_definition(Some(known), new).unwrap().as_deref(), merged);
        }
        assert_eq!(merge_definition(None, known).unwrap().as_deref(), Some(known));
    }
}
