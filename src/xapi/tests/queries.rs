//! Parameters of `GET /statements`, and which statements match.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use xapi::{Format, Selection, Statement, StatementFilter, StatementQuery, Version};

const AGENT: &str = r#"{"mbox":"mailto:a@example.com"}"#;
const ID: &str = "fd41c918-b88b-4b20-a0a5-a4c32391aaa0";

fn query(parameters: &[(&str, &str)]) -> Result<StatementQuery, xapi::ParameterError> {
    StatementQuery::parse(parameters.iter().copied(), Version::V1_0)
}

fn filter(parameters: &[(&str, &str)]) -> StatementFilter {
    match query(parameters).unwrap().selection {
        Selection::Matching(filter) => filter,
        other => panic!("{other:?}"),
    }
}

#[test]
fn xapi_00157_to_00181_parameters_are_read() {
    assert_eq!(filter(&[]), StatementFilter::default());
    assert_eq!(query(&[]).unwrap().format, Format::Exact);
    let one = query(&[("statementId", ID), ("format", "ids"), ("attachments", "true")]).unwrap();
    assert_eq!(one.selection, Selection::One(ID.parse().unwrap()));
    assert!(one.attachments && one.format == Format::Ids);
    let voided = query(&[("voidedStatementId", &ID.to_uppercase())]).unwrap();
    assert_eq!(voided.selection, Selection::Voided(ID.parse().unwrap()));
    let read = filter(&[("agent", AGENT), ("limit", "5"), ("since", "2026-01-01T00:00:00Z")]);
    assert_eq!(read.agent.unwrap().to_string(), "mbox:a@example.com");
    assert_eq!(
        (read.limit, read.since.unwrap().millis().as_str()),
        (5, "2026-01-01T00:00:00.000Z")
    );
}

#[test]
fn xapi_00012_xapi_00150_xapi_00151_wrong_parameters_are_refused_by_name() {
    for (name, parameters) in [
        ("statementId", &[("statementId", ID), ("voidedStatementId", ID)][..]),
        ("statementId", &[("statementId", ID), ("limit", "1")]),
        ("statementId", &[("statementId", ID), ("related_agents", "false")]),
        ("voidedStatementId", &[("voidedStatementId", ID), ("agent", AGENT)]),
        ("statementId", &[("statementId", "1")]),
        ("statementID", &[("statementID", ID)]),
        ("foo", &[("foo", "1")]),
        ("verb", &[("verb", "http://v.example/"), ("verb", "http://v.example/")]),
        ("verb", &[("verb", "voided")]),
        ("activity", &[("activity", "")]),
        ("agent", &[("agent", "a@example.com")]),
        ("agent", &[("agent", "{}")]),
        ("agent", &[("agent", r#"{"mbox":"mailto:a@b.c","foo":1}"#)]),
        ("agent", &[("agent", r#"{"objectType":"Group","member":[{"mbox":"mailto:a@b.c"}]}"#)]),
        ("registration", &[("registration", "x")]),
        ("related_agents", &[("related_agents", "1")]),
        ("related_activities", &[("related_activities", "True")]),
        ("since", &[("since", "yesterday")]),
        ("until", &[("until", "2026-13-01T00:00:00Z")]),
        ("limit", &[("limit", "-1")]),
        ("limit", &[("limit", "1.5")]),
        ("limit", &[("limit", "")]),
        ("format", &[("format", "Exact")]),
        ("attachments", &[("attachments", "yes")]),
        ("ascending", &[("ascending", "")]),
    ] {
        assert_eq!(query(parameters).expect_err(name).name, name, "{parameters:?}");
    }
}

/// Everyone and everything that a statement can mention, each with its own letter.
fn wide() -> Statement {
    let agent = |name: &str| format!(r#"{{"mbox":"mailto:{name}@example.com"}}"#);
    let group = |name: &str, member: &str| {
        format!(
            r#"{{"objectType":"Group","mbox":"mailto:{name}@example.com","member":[{}]}}"#,
            agent(member)
        )
    };
    let context = |prefix: &str| {
        let activity = |name: &str| format!(r#"[{{"id":"http://{prefix}{name}.example/"}}]"#);
        format!(
            r#"{{"instructor":{},"team":{},"contextActivities":{{"parent":{},"grouping":{},"category":{},"other":{}}},"registration":"{ID}"}}"#,
            agent(&format!("{prefix}instructor")),
            group(&format!("{prefix}team"), &format!("{prefix}teammate")),
            activity("parent"),
            activity("grouping"),
            activity("category"),
            activity("other"),
        )
    };
    let text = format!(
        r#"{{"actor":{},"verb":{{"id":"http://v.example/"}},"context":{},"authority":{},
            "object":{{"objectType":"SubStatement","actor":{},"verb":{{"id":"http://sub.example/"}},
                "object":{{"id":"http://subobject.example/"}},"context":{}}}}}"#,
        group("actor", "member"),
        context(""),
        agent("authority"),
        agent("subactor"),
        context("sub"),
    );
    Statement::parse(text.as_bytes(), Version::V1_0).unwrap()
}

#[test]
fn xapi_00176_xapi_00177_related_looks_everywhere_and_else_only_at_actor_and_object() {
    let statement = wide();
    let direct = ["actor", "member"];
    let related = [
        "authority",
        "instructor",
        "team",
        "teammate",
        "subactor",
        "subinstructor",
        "subteam",
        "subteammate",
    ];
    for (name, at_once) in direct.map(|n| (n, true)).into_iter().chain(related.map(|n| (n, false)))
    {
        let agent = format!(r#"{{"mbox":"mailto:{name}@Example.com"}}"#);
        let narrow = filter(&[("agent", &agent)]);
        let broad = filter(&[("agent", &agent), ("related_agents", "true")]);
        assert_eq!(narrow.matches_itself(&statement), at_once, "{name}");
        assert!(broad.matches_itself(&statement), "{name}");
    }
    for name in ["parent", "grouping", "category", "other", "subobject", "subparent", "subother"] {
        let activity = format!("http://{name}.example/");
        let narrow = filter(&[("activity", &activity)]);
        let broad = filter(&[("activity", &activity), ("related_activities", "true")]);
        assert!(!narrow.matches_itself(&statement), "{name}");
        assert!(broad.matches_itself(&statement), "{name}");
    }
    assert!(
        filter(&[("verb", "http://v.example/"), ("registration", ID)]).matches_itself(&statement)
    );
    assert!(!filter(&[("verb", "http://sub.example/")]).matches_itself(&statement));
    let stranger =
        filter(&[("agent", r#"{"openid":"http://x.example/"}"#), ("related_agents", "true")]);
    assert!(!stranger.matches_itself(&statement));
}

#[test]
fn communication_2_1_3_a_statement_matches_by_its_target_but_in_its_own_time() {
    let reference = |id: u8, target: u8| {
        let uuid = |n: u8| format!("00000000-0000-4000-8000-0000000000{n:02}");
        let text = format!(
            r#"{{"id":"{}","actor":{{"mbox":"mailto:b@example.com"}},"verb":{{"id":"http://v.example/confirmed"}},
                "object":{{"objectType":"StatementRef","id":"{}"}}}}"#,
            uuid(id),
            uuid(target)
        );
        Statement::parse(text.as_bytes(), Version::V1_0).unwrap()
    };
    let passed = format!(
        r#"{{"id":"00000000-0000-4000-8000-000000000001","actor":{AGENT},"verb":{{"id":"http://v.example/passed"}},"object":{{"id":"http://o.example/"}}}}"#
    );
    let passed = Statement::parse(passed.as_bytes(), Version::V1_0).unwrap();
    // 3 → 2 → 1; 4 and 5 refer to each other; 6 to nothing known.
    let all = [
        passed,
        reference(2, 1),
        reference(3, 2),
        reference(4, 5),
        reference(5, 4),
        reference(6, 9),
    ];
    let by_id: BTreeMap<_, _> = all.iter().map(|s| (s.id().unwrap(), s)).collect();
    let stored = "2026-01-02T00:00:00Z".parse().unwrap();
    let found = |parameters: &[(&str, &str)]| -> Vec<usize> {
        let filter = filter(parameters);
        let matching = all.iter().enumerate().filter(|(_, statement)| {
            filter.matches(statement, stored, |id| by_id.get(&id).copied())
        });
        matching.map(|(place, _)| place + 1).collect()
    };
    assert_eq!(found(&[("agent", AGENT)]), [1, 2, 3]);
    assert_eq!(found(&[("agent", AGENT), ("verb", "http://v.example/passed")]), [1, 2, 3]);
    assert_eq!(found(&[("verb", "http://v.example/confirmed")]), [2, 3, 4, 5, 6]);
    assert_eq!(found(&[("agent", AGENT), ("verb", "http://v.example/confirmed")]), []);
    assert_eq!(found(&[("since", "2026-01-02T00:00:00Z")]), []);
    assert_eq!(found(&[("until", "2026-01-02T00:00:00Z")]).len(), 6);
}
