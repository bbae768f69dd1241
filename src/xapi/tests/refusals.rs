//! What each requirement refuses, by rule and place.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fixture;

use fixture::{full, full_2_0, with_sub_statement};
use serde_json::{Value, json};
use xapi::{Statement, Version};

fn parse(statement: &Value, version: Version) -> Result<Statement, xapi::ValidationError> {
    Statement::parse(statement.to_string().as_bytes(), version)
}

/// Puts `value` at `pointer`, whose parent must be there.
fn put(statement: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/").replace("~0", "~");
    match statement.pointer_mut(parent).unwrap() {
        Value::Array(elements) => elements[name.parse::<usize>().unwrap()] = value,
        object => object[name] = value,
    }
}

/// JSON pointers of every value in `value`, itself left out.
fn pointers(value: &Value) -> Vec<String> {
    let steps: Vec<(String, &Value)> = match value {
        Value::Object(members) => {
            let escape = |key: &str| key.replace('~', "~0").replace('/', "~1");
            members.iter().map(|(key, value)| (escape(key), value)).collect()
        }
        Value::Array(elements) => {
            elements.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    let mut all = Vec::new();
    for (step, value) in steps {
        all.push(format!("/{step}"));
        all.extend(pointers(value).iter().map(|below| format!("/{step}{below}")));
    }
    all
}

#[test]
fn full_statements_of_both_versions_are_taken() {
    for version in Version::ALL {
        parse(&full(), version).unwrap();
        parse(&with_sub_statement(), version).unwrap();
    }
    parse(&full_2_0(), Version::V2_0).unwrap();
}

/// Each rule refuses the value put at the place, and says so there.
fn refuses(cases: &[(&str, &str, Value)]) {
    for (rule, pointer, value) in cases {
        for version in Version::ALL {
            let mut statement = full();
            put(&mut statement, pointer, value.clone());
            let error = parse(&statement, version).expect_err(pointer);
            assert_eq!(error.rule, *rule, "{pointer} = {value}: {error}");
            assert!(error.pointer.starts_with(pointer) || pointer.starts_with(&error.pointer));
        }
    }
}

/// XAPI-00007, XAPI-00009, XAPI-00024, XAPI-00028 to 00030, XAPI-00040, XAPI-00100.
#[test]
fn wrong_values_of_a_statement_its_actors_and_verb_are_refused() {
    refuses(&[
        ("XAPI-00022", "/timestamp", json!(1)),
        ("XAPI-00123", "/timestamp", json!("yesterday")),
        ("XAPI-00123", "/stored", json!("2026-03-10T08:22:46-00:00")),
        ("XAPI-00098", "/authority/member", json!([{"mbox": "mailto:u@example.com"}])),
        (
            "XAPI-00024",
            "/authority",
            json!({"objectType": "Group", "openid": "http://g.example/",
            "member": [{"mbox": "mailto:a@b.c"}, {"mbox": "mailto:b@b.c"}]}),
        ),
        ("XAPI-00025", "/attachments", json!({})),
        ("XAPI-00027", "/id", json!(5)),
        ("XAPI-00027", "/id", json!("fd41c918-b88b-4b20-a0a5-a4c32391aaa")),
        ("XAPI-00027", "/id", json!("{fd41c918-b88b-4b20-a0a5-a4c32391aa}")),
        ("XAPI-00027", "/id", json!("fd41c918b88b4b20a0a5a4c32391aaa0")),
        ("XAPI-00031", "/actor/objectType", json!("group")),
        ("XAPI-00032", "/actor/objectType", json!(true)),
        ("XAPI-00033", "/actor/name", json!(1)),
        ("XAPI-00034", "/actor", json!({"name": "A"})),
        ("XAPI-00035", "/actor", json!({"mbox": "mailto:a@b.c", "member": []})),
        ("XAPI-00036", "/actor/member", json!({})),
        ("XAPI-00036", "/actor/member/0", json!({"objectType": "Group", "mbox": "mailto:a@b.c"})),
        ("XAPI-00037", "/actor", json!({"objectType": "Group"})),
        ("XAPI-00037", "/context/team/member", json!([])),
        ("XAPI-00038", "/actor/member/0/mbox", json!("a@example.com")),
        ("XAPI-00039", "/context/instructor/mbox_sha1sum", json!("xyz")),
        ("XAPI-00011", "/actor/member/1/openid", json!("openid.example")),
        ("XAPI-00041", "/actor/account", json!("team")),
        ("XAPI-00042", "/actor/account", json!({"name": "a"})),
        ("XAPI-00043", "/actor/account", json!({"homePage": "http://h.example/"})),
        ("XAPI-00043", "/actor/account/name", json!(7)),
        ("XAPI-00043", "/actor/account/name", json!("a\u{0}")),
        ("XAPI-00044", "/verb", json!({"display": {"en": "x"}})),
        ("XAPI-00044", "/verb/id", json!("http://v.example/a b")),
        ("XAPI-00011", "/verb/id", json!("voided")),
        ("XAPI-00045", "/verb/display", json!("answered")),
    ]);
}

/// XAPI-00009, XAPI-00060, XAPI-00120.
#[test]
fn wrong_values_of_an_object_are_refused() {
    refuses(&[
        ("XAPI-00046", "/object/objectType", json!("activity")),
        ("XAPI-00047", "/object", json!({"objectType": "Activity"})),
        ("XAPI-00065", "/object", json!({"mbox": "mailto:a@b.c"})),
        ("XAPI-00073", "/object", json!({"actor": {}, "verb": {}, "object": {}})),
        ("XAPI-00048", "/object/definition", json!([])),
        ("XAPI-00049", "/object/definition/interactionType", json!("Choice")),
        ("XAPI-00050", "/object/definition/correctResponsesPattern", json!("a")),
        ("XAPI-00050", "/object/definition/correctResponsesPattern/0", json!(1)),
        ("XAPI-00051", "/object/definition/steps", json!({})),
        ("XAPI-00052", "/object/definition/target", json!("a")),
        ("XAPI-00053", "/object/definition/source", json!(1)),
        ("XAPI-00054", "/object/definition/scale", json!(true)),
        ("XAPI-00055", "/object/definition/choices", json!({"id": "a"})),
        ("XAPI-00056", "/object/definition/name", json!("Quiz")),
        ("XAPI-00057", "/object/definition/extensions", json!([])),
        ("XAPI-00058", "/object/definition/choices/0", json!({"description": {"en": "x"}})),
        ("XAPI-00058", "/object/definition/choices/1/id", json!("a")),
        ("XAPI-00058", "/object/definition/choices/1/id", json!(1)),
        ("XAPI-00059", "/object/definition/description", json!(1)),
        ("XAPI-00011", "/object/definition/type", json!("quiz")),
        ("XAPI-00061", "/object/definition/moreInfo", json!("http://m.example/\\")),
        ("XAPI-00062", "/object/definition/choices/0/description", json!("x")),
        ("XAPI-00063", "/object/definition/choices/0", json!("a")),
    ]);
}

/// XAPI-00007, XAPI-00095, XAPI-00104, XAPI-00120.
#[test]
fn wrong_values_of_result_context_and_attachments_are_refused() {
    refuses(&[
        ("XAPI-00074", "/result/success", json!("true")),
        ("XAPI-00075", "/result/completion", json!(1)),
        ("XAPI-00076", "/result/response", json!(1)),
        ("XAPI-00077", "/result/duration", json!(90)),
        ("XAPI-00124", "/result/duration", json!("P4W1D")),
        ("XAPI-00078", "/result/extensions", json!("x")),
        ("XAPI-00079", "/result/score", json!(5)),
        ("XAPI-00080", "/result/score/max", json!("10")),
        ("XAPI-00080", "/result/score/max", json!(0)),
        ("XAPI-00081", "/result/score/min", json!("0")),
        ("XAPI-00082", "/result/score/raw", json!(11)),
        ("XAPI-00082", "/result/score/raw", json!(-1)),
        ("XAPI-00082", "/result/score/raw", json!("5")),
        ("XAPI-00083", "/result/score/scaled", json!(1.0001)),
        ("XAPI-00083", "/result/score/scaled", json!(-1.01)),
        ("XAPI-00083", "/result/score/scaled", json!("0.5")),
        ("XAPI-00086", "/context/contextActivities", json!([])),
        ("XAPI-00087", "/context/registration", json!("1")),
        ("XAPI-00034", "/context/instructor", json!({"objectType": "Agent"})),
        ("XAPI-00088", "/context/team", json!({"mbox": "mailto:a@b.c"})),
        ("XAPI-00089", "/context/revision", json!(1)),
        ("XAPI-00090", "/context/platform", json!(1)),
        ("XAPI-00091", "/context/language", json!("english!")),
        ("XAPI-00073", "/context/statement", json!({"id": "fd41c918-b88b-4b20-a0a5-a4c32391aaa0"})),
        ("XAPI-00092", "/context/statement", json!("fd41c918-b88b-4b20-a0a5-a4c32391aaa0")),
        ("XAPI-00072", "/context/statement/id", json!("1")),
        ("XAPI-00094", "/context/contextActivities/parent", json!("http://p.example/")),
        ("XAPI-00046", "/context/contextActivities/parent/0/objectType", json!("Agent")),
        ("XAPI-00001", "/context/contextActivities", json!({})),
        ("XAPI-00101", "/version", json!("1.1.0")),
        ("XAPI-00101", "/version", json!(1)),
        ("XAPI-00102", "/attachments/0/length", json!("27")),
        ("XAPI-00102", "/attachments/0/length", json!(27.5)),
        ("XAPI-00102", "/attachments/0/length", json!(-1)),
        ("XAPI-00103", "/attachments/0/sha2", json!("abc")),
        ("XAPI-00011", "/attachments/0/fileUrl", json!("f.example")),
        ("XAPI-00105", "/attachments/0/contentType", json!("text")),
        ("XAPI-00106", "/attachments/0/display", json!("d")),
        ("XAPI-00121", "/attachments/0/description", json!(["d"])),
        ("XAPI-00107", "/attachments/0/usageType", json!(1)),
        ("XAPI-00001", "/result", json!({})),
        ("XAPI-00001", "/verb/display", json!({})),
    ]);
}

#[test]
fn a_missing_property_is_refused_by_its_requirement() {
    for (rule, pointer) in [
        ("XAPI-00003", "/actor"),
        ("XAPI-00004", "/verb"),
        ("XAPI-00005", "/object"),
        ("XAPI-00044", "/verb/id"),
        ("XAPI-00047", "/object/id"),
        ("XAPI-00064", "/object/definition/interactionType"),
        ("XAPI-00042", "/actor/account/homePage"),
        ("XAPI-00102", "/attachments/0/length"),
        ("XAPI-00103", "/attachments/0/sha2"),
        ("XAPI-00105", "/attachments/0/contentType"),
        ("XAPI-00106", "/attachments/0/display"),
        ("XAPI-00107", "/attachments/0/usageType"),
    ] {
        let mut statement = full();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        statement.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
        let error = parse(&statement, Version::V1_0).expect_err(pointer);
        assert_eq!(error.rule, rule, "{pointer}: {error}");
    }
}

#[test]
fn an_added_property_is_refused_by_its_requirement() {
    for (rule, pointer, value) in [
        ("XAPI-00010", "/foo", json!(1)),
        ("XAPI-00008", "/Actor", json!({"mbox": "mailto:a@b.c"})),
        ("XAPI-00010", "/actor/foo", json!(1)),
        ("XAPI-00010", "/actor/account/foo", json!(1)),
        ("XAPI-00034", "/actor/member/0/openid", json!("http://o.example/")),
        ("XAPI-00008", "/verb/Display", json!({"en": "x"})),
        ("XAPI-00010", "/object/definition/extension", json!({})),
        ("XAPI-00010", "/object/definition/choices/0/foo", json!(1)),
        ("XAPI-00010", "/result/foo", json!(1)),
        ("XAPI-00010", "/result/score/foo", json!(1)),
        ("XAPI-00010", "/context/foo", json!(1)),
        ("XAPI-00093", "/context/contextActivities/foo", json!([])),
        ("XAPI-00010", "/context/statement/foo", json!(1)),
        ("XAPI-00010", "/attachments/0/foo", json!(1)),
        ("XAPI-00118", "/result/extensions/foo", json!(1)),
        ("XAPI-00013", "/verb/display/en_US", json!("x")),
        ("XAPI-00010", "/context/contextAgents", json!([])),
        ("XAPI-00010", "/context/contextGroups", json!([])),
    ] {
        let mut statement = full();
        put(&mut statement, pointer, value);
        let error = parse(&statement, Version::V1_0).expect_err(pointer);
        assert_eq!((error.rule, error.pointer.as_str()), (rule, pointer), "{error}");
    }
}

#[test]
fn xapi_00066_to_00071_a_sub_statement_keeps_the_rules_of_statements_and_its_own() {
    for (rule, pointer, value) in [
        ("XAPI-00070", "/object/id", json!("fd41c918-b88b-4b20-a0a5-a4c32391aaa0")),
        ("XAPI-00069", "/object/stored", json!("2026-03-10T08:22:46Z")),
        ("XAPI-00068", "/object/version", json!("1.0.0")),
        ("XAPI-00067", "/object/authority", json!({"mbox": "mailto:a@b.c"})),
        ("XAPI-00071", "/object/object", with_sub_statement()["object"].clone()),
        ("XAPI-00044", "/object/verb", json!({"display": {"en": "x"}})),
        ("XAPI-00083", "/object/result/score/scaled", json!(2)),
        ("XAPI-00123", "/object/timestamp", json!("x")),
        ("XAPI-00085", "/context/platform", json!("p")),
        ("XAPI-00084", "/context/revision", json!("1")),
    ] {
        let mut statement = with_sub_statement();
        put(&mut statement, pointer, value);
        let error = parse(&statement, Version::V2_0).expect_err(pointer);
        assert_eq!((error.rule, error.pointer.as_str()), (rule, pointer), "{error}");
    }
}

/// XAPI-00019, XAPI-00020.
#[test]
fn xapi_00017_a_voiding_statement_refers_to_a_statement() {
    let mut statement = full();
    statement["verb"]["id"] = json!(xapi::VOIDED_VERB);
    assert_eq!(parse(&statement, Version::V1_0).expect_err("activity").rule, "XAPI-00017");
    let target = "e05aa883-acaf-40ad-bf54-02c8ce485fb0";
    statement["object"] = json!({"objectType": "StatementRef", "id": target});
    let error = parse(&statement, Version::V1_0).expect_err("platform is for activities");
    assert_eq!(error.rule, "XAPI-00084");
    statement["context"] = json!({"language": "en"});
    let voiding = parse(&statement, Version::V1_0).unwrap();
    assert_eq!(voiding.voids(), Some(target.parse().unwrap()));
}

#[test]
fn ieee_9274_1_1_context_agents_and_groups_are_checked() {
    for (pointer, value) in [
        ("/context/contextAgents", json!({})),
        ("/context/contextAgents/0/objectType", json!("contextGroup")),
        ("/context/contextAgents/0/agent", json!({"key": "x"})),
        ("/context/contextAgents/0/agent", json!({"objectType": "Group", "mbox": "mailto:g@b.c"})),
        ("/context/contextAgents/0/relevantTypes", json!([])),
        ("/context/contextAgents/0/relevantTypes", json!(["abc"])),
        ("/context/contextGroups/0/group", json!({"mbox": "mailto:g@b.c"})),
        ("/context/contextGroups/0/objectType", json!("Group")),
        ("/context/contextGroups/0/member", json!([])),
        ("/context/contextGroups/0/relevantTypes", json!([])),
        ("/context/contextGroups/0", json!({"objectType": "contextGroup"})),
        (
            "/context/contextGroups/0",
            json!({"group": {"objectType": "Group", "mbox": "mailto:g@b.c"}}),
        ),
    ] {
        let mut statement = full_2_0();
        put(&mut statement, pointer, value);
        assert!(parse(&statement, Version::V2_0).is_err(), "{pointer}");
    }
}

/// XAPI-00119.
#[test]
fn xapi_00001_null_is_refused_everywhere_but_in_extensions() {
    for statement in [full_2_0(), with_sub_statement()] {
        for pointer in pointers(&statement) {
            let mut spoiled = statement.clone();
            put(&mut spoiled, &pointer, Value::Null);
            let result = parse(&spoiled, Version::V2_0);
            if pointer.contains("/extensions/") {
                assert!(result.is_ok(), "{pointer}");
            } else {
                let error = result.expect_err(&pointer);
                assert_eq!(error.pointer, pointer, "{error}");
                assert!(["XAPI-00001", "XAPI-00036"].contains(&error.rule), "{pointer}: {error}");
            }
        }
    }
}

#[test]
fn xapi_00006_no_value_may_be_of_another_type() {
    for statement in [full_2_0(), with_sub_statement()] {
        for pointer in pointers(&statement).into_iter().filter(|p| !p.contains("/extensions/")) {
            let was = statement.pointer(&pointer).unwrap();
            for other in [json!(true), json!(1), json!(""), json!([[]]), json!({"": 1})] {
                if std::mem::discriminant(was) == std::mem::discriminant(&other) {
                    continue;
                }
                let mut spoiled = statement.clone();
                put(&mut spoiled, &pointer, other.clone());
                assert!(parse(&spoiled, Version::V2_0).is_err(), "{pointer} = {other}");
            }
        }
    }
}

#[test]
fn xapi_00014_xapi_00015_xapi_00021_text_that_is_not_strict_json_is_refused_with_its_place() {
    for (rule, text, pointer, line, column) in [
        ("XAPI-00014", &b""[..], "", 1, 1),
        ("XAPI-00014", b"{\n  \"actor\": }", "/actor", 2, 12),
        ("XAPI-00014", b"{\"a\":1,}", "", 1, 8),
        ("XAPI-00014", b"{\"a\":[1,2", "/a", 1, 10),
        ("XAPI-00014", b"{\"a\":01}", "/a", 1, 6),
        ("XAPI-00014", b"{'a':1}", "", 1, 2),
        ("XAPI-00014", b"{} x", "", 1, 4),
        ("XAPI-00014", b"\xef\xbb\xbf{}", "", 1, 1),
        ("XAPI-00014", b"{\"a\":\"\\x\"}", "", 1, 7),
        ("XAPI-00014", b"{\"a\":\"\\ud800\"}", "", 1, 7),
        ("XAPI-00014", b"{\"a\":NaN}", "", 1, 6),
        ("XAPI-00015", b"{\"a\":\"\xff\"}", "", 1, 7),
        ("XAPI-00021", b"{\"a\":1,\n\"\\u0061\":2}", "/a", 2, 1),
        ("XAPI-00021", b"{\"x\":{\"~/\":1,\"~/\":2}}", "/x/~0~1", 1, 14),
        ("XAPI-00014", b"[1]", "", 1, 1),
    ] {
        let error = Statement::parse(text, Version::V1_0).expect_err("refused");
        let place = (error.rule, error.line, error.column);
        assert_eq!(place, (rule, line, column), "{:?}: {error}", String::from_utf8_lossy(text));
        assert!(
            pointer.starts_with(&error.pointer),
            "{:?}: {error}",
            String::from_utf8_lossy(text)
        );
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let error = Statement::parse(deep.as_bytes(), Version::V1_0).expect_err("too deep");
    assert!(error.message.contains("depth_max = 64"), "{error}");
    let many: Vec<_> = (0..500).map(|n| format!("\"k{}\":1", n % 499)).collect();
    let error = Statement::parse(format!("{{{}}}", many.join(",")).as_bytes(), Version::V1_0);
    assert_eq!(error.expect_err("twice").rule, "XAPI-00021");
}

#[test]
fn a_batch_is_all_or_nothing_and_tells_which_statement_is_wrong() {
    let limits = xapi::BatchLimits::default();
    let mut other = full();
    other["id"] = json!("0f8d4b0a-1111-4222-8333-444455556666");
    let good = format!(" [ {} ,\n{}\n] ", full(), other);
    let read = xapi::parse_batch(good.as_bytes(), Version::V1_0, limits).unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!(read[1].text(), other.to_string(), "exact bytes");
    let bad = format!("[{},\n{{\"actor\":1}}]", full());
    let error = xapi::parse_batch(bad.as_bytes(), Version::V1_0, limits).expect_err("bad");
    assert_eq!((error.pointer.as_str(), error.line), ("/1/actor", 2));
    let twice = format!("[{},{}]", full(), full());
    assert!(xapi::parse_batch(twice.as_bytes(), Version::V1_0, limits).is_err());
    let few = xapi::BatchLimits { statements_max: 1, ..limits };
    let error = xapi::parse_batch(good.as_bytes(), Version::V1_0, few).expect_err("too many");
    assert!(error.message.contains("statements_max = 1"), "{error}");
    assert_eq!(xapi::parse_batch(b"[]", Version::V1_0, limits).map(|none| none.len()), Ok(0));
}

/// XAPI-00001
#[test]
fn an_empty_definition_is_the_one_empty_object_that_is_stored() {
    for version in Version::ALL {
        let mut statement = full();
        put(&mut statement, "/object/definition", json!({}));
        assert!(parse(&statement, version).is_ok());
        for pointer in ["/actor", "/verb", "/verb/display", "/object", "/result", "/context"] {
            let mut statement = full();
            put(&mut statement, pointer, json!({}));
            let error = parse(&statement, version).expect_err(pointer);
            assert_eq!((error.rule, error.pointer.as_str()), ("XAPI-00001", pointer));
        }
    }
}
