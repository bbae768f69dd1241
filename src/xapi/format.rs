//! How statements are returned: `ids`, `exact`, `canonical` (Communication 2.1.3).

use crate::{
    Format, Languages, ValidationError,
    json::{Document, Kind, Limits, Value, write_string},
    shape::{Shape, elements_or_alone},
};
use std::{borrow::Cow, cell::RefCell, collections::BTreeSet};

/// Gives a stored statement in a format.
///
/// `exact` is the stored text (XAPI-00170). `ids` keeps identifiers alone of agents, groups, verbs
/// and activities (XAPI-00171). `canonical` puts for each activity the definition that `lookup`
/// gives for its IRI, as JSON, or else its own, and keeps one language of each map (XAPI-00169,
/// XAPI-00172). Whatever is not concerned keeps its exact text.
pub fn format_statement<'a>(
    statement: &'a str,
    format: Format,
    languages: &Languages,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<Cow<'a, str>, ValidationError> {
    if format == Format::Exact {
        return Ok(Cow::Borrowed(statement));
    }
    let document = Document::parse(statement.as_bytes(), Limits::default())?;
    let mut writer = Writer {
        out: String::with_capacity(statement.len()),
        ids: format == Format::Ids,
        languages,
        lookup,
    };
    writer.value(Some(Shape::Statement), document.root())?;
    Ok(Cow::Owned(writer.out))
}

/// The activities of a stored statement, by IRI: those whose definitions the canonical form shows.
pub fn activities_shown(statement: &str) -> Result<BTreeSet<String>, ValidationError> {
    let shown = RefCell::new(BTreeSet::new());
    let note = |id: &str| {
        shown.borrow_mut().insert(id.to_owned());
        None
    };
    format_statement(statement, Format::Canonical, &Languages::default(), &note)?;
    Ok(shown.into_inner())
}

/// An activity as the activities resource gives it (XAPI-00251): with its canonical definition, if
/// there is one.
pub fn activity_json(id: &str, definition: Option<&str>) -> String {
    let mut out = String::from("{\"objectType\":\"Activity\",\"id\":");
    write_string(&mut out, id);
    if let Some(definition) = definition {
        out.push_str(",\"definition\":");
        out.push_str(definition);
    }
    out.push('}');
    out
}

struct Writer<'a> {
    out: String,
    ids: bool,
    languages: &'a Languages,
    lookup: &'a dyn Fn(&str) -> Option<String>,
}

impl Writer<'_> {
    fn value(&mut self, shape: Option<Shape>, value: Value<'_>) -> Result<(), ValidationError> {
        match shape {
            Some(Shape::LanguageMap) => self.language_map(value),
            Some(Shape::Activity) if !self.ids => return self.canonical_activity(value),
            Some(list) if list.of_elements().is_some() => return self.list(list, value),
            Some(shape) if value.kind() == Kind::Object => return self.object(shape, value),
            _ => self.out.push_str(value.text()),
        }
        Ok(())
    }

    fn list(&mut self, shape: Shape, value: Value<'_>) -> Result<(), ValidationError> {
        self.out.push('[');
        for (place, element) in elements_or_alone(value).into_iter().enumerate() {
            if place > 0 {
                self.out.push(',');
            }
            self.value(shape.of_elements(), element)?;
        }
        self.out.push(']');
        Ok(())
    }

    fn object(&mut self, shape: Shape, value: Value<'_>) -> Result<(), ValidationError> {
        let anonymous = shape == Shape::Actor && !is_identified(value);
        self.out.push('{');
        let mut first = true;
        for (key, member) in value.members() {
            let name = key.text();
            if self.ids && !is_identifying(shape, anonymous, &name) {
                continue;
            }
            self.member(&mut first, &name);
            self.value(shape.of_member(&name, member), member)?;
        }
        self.out.push('}');
        Ok(())
    }

    fn member(&mut self, first: &mut bool, name: &str) {
        if !std::mem::take(first) {
            self.out.push(',');
        }
        write_string(&mut self.out, name);
        self.out.push(':');
    }

    fn language_map(&mut self, map: Value<'_>) {
        self.out.push('{');
        if let Some((tag, text)) = self.languages.choose(map) {
            self.member(&mut true, &tag);
            self.out.push_str(text.text());
        }
        self.out.push('}');
    }

    fn canonical_activity(&mut self, activity: Value<'_>) -> Result<(), ValidationError> {
        let id = activity.get("id").and_then(Value::as_str);
        let canonical = id.and_then(|id| (self.lookup)(&id));
        self.out.push('{');
        let mut first = true;
        for (key, member) in activity.members() {
            let name = key.text();
            if name != "definition" {
                self.member(&mut first, &name);
                self.out.push_str(member.text());
            }
        }
        if let Some(canonical) = canonical {
            let document = Document::parse(canonical.as_bytes(), Limits::default())?;
            self.member(&mut first, "definition");
            self.value(Some(Shape::Definition), document.root())?;
        } else if let Some(own) = activity.get("definition") {
            self.member(&mut first, "definition");
            self.value(Some(Shape::Definition), own)?;
        }
        self.out.push('}');
        Ok(())
    }
}

const IDENTIFIERS: [&str; 4] = ["mbox", "mbox_sha1sum", "openid", "account"];

fn is_identified(actor: Value<'_>) -> bool {
    actor.members().any(|(key, _)| IDENTIFIERS.contains(&&*key.text()))
}

/// Whether a member stays in format `ids`. Members of a group stay where nothing else identifies
/// it.
fn is_identifying(shape: Shape, anonymous: bool, name: &str) -> bool {
    match shape {
        Shape::Actor => {
            name == "objectType" || IDENTIFIERS.contains(&name) || (anonymous && name == "member")
        }
        // What names no type is an activity (Data 2.4.4).
        Shape::Verb | Shape::Activity => name == "id",
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATEMENT: &str = r#"{"id":"fd41c918-b88b-4b20-a0a5-a4c32391aaa0","actor":{"objectType":"Group","name":"G","member":[{"name":"A","mbox":"mailto:a@b.c"}]},"verb":{"id":"http://v.example/","display":{"en":"did","de":"tat"}},"object":{"id":"http://o.example/","definition":{"name":{"de":"O"},"type":"http://t.example/"}},"context":{"team":{"objectType":"Group","openid":"http://g.example/","member":[{"mbox":"mailto:a@b.c"}]},"contextActivities":{"parent":[{"objectType":"Activity","id":"http://p.example/","definition":{"name":{"en":"P","de":"Q"},"choices":[{"id":"a","description":{"en":"x","fr":"y"}}],"interactionType":"choice"}}]}},"result":{"score":{"raw":1.50}}}"#;

    fn format(format: Format, header: &str) -> String {
        let lookup = |id: &str| {
            (id == "http://o.example/")
                .then(|| r#"{"name":{"en":"Canon","de":"Kanon"}}"#.to_owned())
        };
        format_statement(STATEMENT, format, &Languages::parse(header), &lookup)
            .unwrap()
            .into_owned()
    }

    #[test]
    fn the_activities_shown_are_all_of_them() {
        let shown = activities_shown(STATEMENT).unwrap();
        assert_eq!(Vec::from_iter(shown), ["http://o.example/", "http://p.example/"]);
    }

    #[test]
    fn xapi_00170_exact_is_the_stored_text() {
        assert_eq!(format(Format::Exact, "de"), STATEMENT);
    }

    #[test]
    fn xapi_00171_ids_keeps_what_identifies() {
        let expected = r#"{"id":"fd41c918-b88b-4b20-a0a5-a4c32391aaa0","actor":{"objectType":"Group","member":[{"mbox":"mailto:a@b.c"}]},"verb":{"id":"http://v.example/"},"object":{"id":"http://o.example/"},"context":{"team":{"objectType":"Group","openid":"http://g.example/"},"contextActivities":{"parent":[{"id":"http://p.example/"}]}},"result":{"score":{"raw":1.50}}}"#;
        assert_eq!(format(Format::Ids, ""), expected);
    }

    #[test]
    fn xapi_00169_canonical_has_the_known_definition_in_one_language() {
        let expected = r#"{"id":"fd41c918-b88b-4b20-a0a5-a4c32391aaa0","actor":{"objectType":"Group","name":"G","member":[{"name":"A","mbox":"mailto:a@b.c"}]},"verb":{"id":"http://v.example/","display":{"de":"tat"}},"object":{"id":"http://o.example/","definition":{"name":{"de":"Kanon"}}},"context":{"team":{"objectType":"Group","openid":"http://g.example/","member":[{"mbox":"mailto:a@b.c"}]},"contextActivities":{"parent":[{"objectType":"Activity","id":"http://p.example/","definition":{"name":{"de":"Q"},"choices":[{"id":"a","description":{"en":"x"}}],"interactionType":"choice"}}]}},"result":{"score":{"raw":1.50}}}"#;
        assert_eq!(format(Format::Canonical, "de"), expected);
    }
}
