//! Whether two statements are the same (Data 2.3.1, Statement Comparison Requirements).

use crate::{
    Actor, Statement,
    json::Value,
    shape::{Shape, elements_or_alone},
    text::{duration_in_hundredths, mail_address, parse_time},
};
use domain::Timestamp;

impl Statement {
    /// Whether `other`, with the same id, may be taken for this one again.
    ///
    /// What the LRS sets is ignored (id, authority, stored, version, and a timestamp that it gave),
    /// and attachments, display of verbs, activity definitions, the order of members, the case of
    /// mail domains, hashes and UUIDs, how times are written, and durations below 0.01 s. Numbers
    /// are compared by value. All else must be equal.
    pub fn same_as(&self, other: &Self) -> bool {
        let times_agree = match (self.sent_timestamp(), other.sent_timestamp()) {
            (Some(one), Some(two)) => same_millisecond(one, two),
            _ => true,
        };
        times_agree && same(Shape::Statement, self.root(), other.root())
    }

    /// The timestamp, unless it can be one that an LRS gave: the same as `stored`.
    fn sent_timestamp(&self) -> Option<Timestamp> {
        self.timestamp().filter(|time| Some(*time) != self.stored())
    }
}

/// An LRS may cut times to milliseconds (Data 4.5).
fn same_millisecond(one: Timestamp, two: Timestamp) -> bool {
    one.micros().div_euclid(1000) == two.micros().div_euclid(1000)
}

fn same(shape: Shape, one: Value<'_>, two: Value<'_>) -> bool {
    if let Some(element) = shape.of_elements() {
        let (ours, theirs) = (elements_or_alone(one), elements_or_alone(two));
        return match shape {
            Shape::Members => same_members(ours, theirs),
            _ => {
                ours.len() == theirs.len()
                    && ours.into_iter().zip(theirs).all(|(one, two)| same(element, one, two))
            }
        };
    }
    let counted = |value: Value<'_>| {
        value.members().filter(|(key, _)| !is_ignored(shape, &key.text())).count()
    };
    counted(one) == counted(two)
        && one.members().all(|(key, value)| {
            let name = key.text();
            is_ignored(shape, &name)
                || two.get(&name).is_some_and(|theirs| same_member(shape, &name, value, theirs))
        })
}

fn is_ignored(shape: Shape, name: &str) -> bool {
    match shape {
        Shape::Statement => {
            matches!(name, "id" | "authority" | "stored" | "version" | "timestamp" | "attachments")
        }
        Shape::SubStatement => name == "attachments",
        Shape::Verb => name == "display",
        Shape::Activity => name == "definition",
        _ => false,
    }
}

fn same_member(shape: Shape, name: &str, one: Value<'_>, two: Value<'_>) -> bool {
    let texts = |equal: fn(&str, &str) -> bool| match (one.as_str(), two.as_str()) {
        (Some(one), Some(two)) => equal(&one, &two),
        _ => false,
    };
    if let Some(child) = shape.of_member(name, one) {
        return same(child, one, two);
    }
    match (shape, name) {
        (Shape::SubStatement, "timestamp") => texts(same_time),
        (Shape::Actor, "mbox") => texts(|one, two| mail_address(one) == mail_address(two)),
        (Shape::Actor, "mbox_sha1sum")
        | (Shape::StatementRef, "id")
        | (Shape::Context, "registration" | "language") => texts(str::eq_ignore_ascii_case),
        (Shape::Result, "duration") => {
            texts(|one, two| duration_in_hundredths(one) == duration_in_hundredths(two))
        }
        _ => one.same(two),
    }
}

/// Times of a `SubStatement`, which no LRS sets; both were read by one of the two versions.
fn same_time(one: &str, two: &str) -> bool {
    let read = |text| crate::Version::ALL.into_iter().find_map(|version| parse_time(text, version));
    match (read(one), read(two)) {
        (Some(one), Some(two)) => same_millisecond(one, two),
        _ => one == two,
    }
}

/// Members of a group have no order (Data 2.3.1): they are compared in the order of who they are.
fn same_members(ours: Vec<Value<'_>>, theirs: Vec<Value<'_>>) -> bool {
    fn sorted(mut members: Vec<Value<'_>>) -> Vec<Value<'_>> {
        members.sort_by_cached_key(|member| {
            let id = Actor::read(*member, "a member").ok().and_then(|actor| actor.id);
            (id, member.text().to_owned())
        });
        members
    }
    let (ours, theirs) = (sorted(ours), sorted(theirs));
    ours.len() == theirs.len()
        && ours.into_iter().zip(theirs).all(|(one, two)| same(Shape::Actor, one, two))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Version;

    fn statement(json: &str) -> Statement {
        Statement::parse(json.as_bytes(), Version::V2_0).unwrap()
    }

    /// A statement whose parts the tests replace.
    const BASE: &str = r#"{
        "actor":{"objectType":"Group","mbox":"mailto:team@example.com","member":[{"mbox":"mailto:a@b.c"},{"mbox_sha1sum":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}]},
        "verb":{"id":"http://v.example/","display":{"en":"did"}},
        "object":{"id":"http://o.example/","definition":{"name":{"en":"O"}}},
        "result":{"duration":"PT1.23S","score":{"raw":1.0}},
        "context":{"registration":"fd41c918-b88b-4b20-a0a5-a4c32391aaa0","contextActivities":{"parent":[{"id":"http://p.example/"}]}},
        "timestamp":"2015-11-18T12:17:00Z"}"#;

    #[test]
    fn differences_that_an_exception_can_cause_are_ignored() {
        for (part, with) in [
            ("team@example.com", "team@EXAMPLE.com"),
            (
                r#"{"mbox":"mailto:a@b.c"},{"mbox_sha1sum":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#,
                r#"{"mbox_sha1sum":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},{"mbox":"mailto:a@b.c"}"#,
            ),
            (r#","display":{"en":"did"}"#, ""),
            (r#""name":{"en":"O"}"#, r#""name":{"en":"P"}"#),
            ("PT1.23S", "PT1.2399S"),
            ("1.0}", "1}"),
            ("fd41c918", "FD41C918"),
            (r#"[{"id":"http://p.example/"}]"#, r#"{"id":"http://p.example/"}"#),
            ("2015-11-18T12:17:00Z", "2015-11-18T13:17:00.0001+01:00"),
            (
                r#","timestamp":"#,
                r#","stored":"2026-01-01T00:00:00Z","version":"1.0.0","timestamp":"#,
            ),
            (r#","timestamp":"2015-11-18T12:17:00Z""#, ""),
            (
                r#"2015-11-18T12:17:00Z""#,
                r#"2026-01-01T00:00:00Z","stored":"2026-01-01T00:00:00Z""#,
            ),
            (r#","timestamp":"#, r#","attachments":[],"timestamp":"#),
        ] {
            let changed =
                BASE.replace(",\n        \"timestamp\"", ",\"timestamp\"").replace(part, with);
            assert_ne!(
                changed,
                BASE.replace(",\n        \"timestamp\"", ",\"timestamp\""),
                "{part}"
            );
            assert!(statement(BASE).same_as(&statement(&changed)), "{part} -> {with}");
            assert!(statement(&changed).same_as(&statement(BASE)), "{with} -> {part}");
        }
    }

    #[test]
    fn all_other_differences_count() {
        for (part, with) in [
            ("team@example.com", "Team@example.com"),
            (r#"{"mbox":"mailto:a@b.c"},"#, ""),
            ("http://v.example/", "http://w.example/"),
            ("http://o.example/", "http://O.example/"),
            ("PT1.23S", "PT1.24S"),
            ("1.0}", "1.00000000000000000001}"),
            ("fd41c918", "fd41c919"),
            ("http://p.example/", "http://q.example/"),
            ("2015-11-18T12:17:00Z", "2015-11-18T12:17:01Z"),
            (r#""score":{"raw":1.0}"#, r#""completion":true"#),
        ] {
            let changed = BASE.replace(part, with);
            assert_ne!(changed, BASE, "{part}");
            assert!(!statement(BASE).same_as(&statement(&changed)), "{part} -> {with}");
            assert!(!statement(&changed).same_as(&statement(BASE)), "{with} -> {part}");
        }
    }
}
