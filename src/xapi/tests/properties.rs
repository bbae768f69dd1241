//! What holds for every statement and every text.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fixture;

use domain::{SeededEntropy, StatementId, Timestamp};
use fixture::{full, full_2_0, with_sub_statement};
use proptest::{prelude::*, sample::select};
use serde_json::{Map, Value, json};
use xapi::{
    AgentId, AgentRole, Authority, Format, Languages, Selection, Statement, StatementQuery,
    Version, format_statement, json::Decimal, parse_batch,
};

fn agent() -> impl Strategy<Value = Value> {
    let ifi = prop_oneof![
        "[a-z]{1,8}".prop_map(|name| json!({"mbox": format!("mailto:{name}@Example.com")})),
        "[0-9a-fA-F]{40}".prop_map(|hash| json!({"mbox_sha1sum": hash})),
        "[a-z]{1,8}".prop_map(|name| json!({"openid": format!("https://{name}.example/")})),
        "\\PC{0,8}".prop_map(
            |name| json!({"account": {"homePage": "http://h.example/?a=1", "name": name}})
        ),
    ];
    (ifi, prop::option::of("\\PC{0,8}"), any::<bool>()).prop_map(|(mut agent, name, typed)| {
        if let Some(name) = name {
            agent["name"] = json!(name);
        }
        if typed {
            agent["objectType"] = json!("Agent");
        }
        agent
    })
}

fn group() -> impl Strategy<Value = Value> {
    prop::collection::vec(agent(), 1..4)
        .prop_map(|members| json!({"objectType": "Group", "member": members}))
}

fn activity() -> impl Strategy<Value = Value> {
    ("[a-zà-ü0-9]{1,8}", prop::option::of("\\PC{0,8}")).prop_map(|(name, title)| {
        let mut activity = json!({"id": format!("http://{name}.example/é?q=1#f")});
        if let Some(title) = title {
            activity["definition"] = json!({"name": {"en-US": title, "de": "x"}});
        }
        activity
    })
}

fn extension() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("\\PC{0,4}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

prop_compose! {
    fn statement()(
        actor in prop_oneof![agent(), group()],
        object in prop_oneof![
            activity(),
            group(),
            Just(json!({"objectType": "StatementRef", "id": "8f87ccde-bb56-4c2e-ab83-44982ef22df0"})),
        ],
        result in prop::option::of((any::<bool>(), -1.0..=1.0f64, extension())),
        instructor in prop::option::of(agent()),
        parents in prop::collection::vec(activity(), 0..3),
        alone in prop::option::of(activity()),
        timestamp in prop::option::of(select(&["2026-03-10T08:22:45Z", "2026-03-10T08:22:45.123456789+05:30"][..])),
        id in prop::option::of(any::<u64>()),
        keys_last_first in any::<bool>(),
    ) -> Value {
        let mut statement = json!({"actor": actor, "verb": {"id": "http://v.example/did"}, "object": object});
        if let Some((success, scaled, value)) = result {
            statement["result"] = json!({"success": success, "score": {"scaled": scaled},
                "extensions": {"http://x.example/e": value}});
        }
        let mut context = json!({"language": "en", "contextActivities": {"parent": parents}});
        if let Some(instructor) = instructor {
            context["instructor"] = instructor;
        }
        if let Some(alone) = alone {
            context["contextActivities"]["other"] = alone;
        }
        statement["context"] = context;
        if let Some(timestamp) = timestamp {
            statement["timestamp"] = json!(timestamp);
        }
        if let Some(id) = id {
            let id = StatementId::generate(Timestamp::UNIX_EPOCH, &SeededEntropy::new(id));
            statement["id"] = json!(id.to_string());
        }
        if keys_last_first {
            let members = statement.as_object().unwrap().clone().into_iter().rev();
            statement = Value::Object(members.collect());
        }
        statement
    }
}

fn new_id() -> StatementId {
    "fd41c918-b88b-4b20-a0a5-a4c32391aaa0".parse().unwrap()
}

fn authority() -> Authority {
    Authority::new(AgentId::Account { home_page: "http://l.example/".into(), name: "k".into() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*", bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = Statement::parse(text.as_bytes(), Version::V1_0);
        let _ = Statement::parse(&bytes, Version::V2_0);
        let _ = xapi::Actor::parse(text.as_bytes());
    }

    #[test]
    fn any_damage_is_read_or_refused(
        which in 0..3usize, at in any::<prop::sample::Index>(), length in 0..4usize, with in "[\\[\\]{}\",:\\\\a1u.\n\u{e9}-]{0,3}",
    ) {
        let text = [full(), full_2_0(), with_sub_statement()][which].to_string();
        let mut bytes = text.into_bytes();
        let from = at.index(bytes.len());
        let to = (from + length).min(bytes.len());
        bytes.splice(from..to, with.into_bytes());
        match Statement::parse(&bytes, Version::V2_0) {
            Ok(statement) => prop_assert_eq!(statement.text().as_bytes(), &bytes[..]),
            Err(error) => prop_assert!(error.line >= 1 && error.column >= 1 && !error.rule.is_empty()),
        }
        let _ = parse_batch(&bytes, Version::V1_0, xapi::BatchLimits::default());
    }

    #[test]
    fn a_valid_statement_is_taken_stamped_and_read_back_the_same(value in statement(), micros in 0..4_000_000_000_000_000i64) {
        for version in Version::ALL {
            let sent = Statement::parse(value.to_string().as_bytes(), version).unwrap();
            let stored = Timestamp::from_micros(micros);
            let stamped = sent.clone().stamp(new_id(), &authority());
            let bytes = stamped.finish(stored);
            let read = Statement::parse(&bytes, version).unwrap();
            prop_assert_eq!(read.id(), Some(stamped.id()));
            prop_assert_eq!(read.id(), Some(sent.id().unwrap_or(new_id())));
            prop_assert_eq!(read.stored(), Some(stored));
            prop_assert_eq!(read.timestamp(), Some(sent.timestamp().unwrap_or(stored)));
            prop_assert!(read.version().is_some());
            let mut mentions = (read.agents().to_vec(), stamped.statement().agents().to_vec());
            mentions.0.sort();
            mentions.1.sort();
            prop_assert_eq!(mentions.0, mentions.1, "what is said before is what is read after");
            prop_assert_eq!(read.activities().len(), sent.activities().len());
            prop_assert!(sent.same_as(&read) && read.same_as(&sent));
            // Stamping again changes nothing but the time of storing.
            let again = read.clone().stamp(new_id(), &authority()).finish(stored);
            prop_assert_eq!(&again, &bytes);
            for format in [Format::Ids, Format::Canonical] {
                let text = str::from_utf8(&bytes).unwrap();
                let shown = format_statement(text, format, &Languages::parse("de"), &|_| None).unwrap();
                prop_assert!(Statement::parse(shown.as_bytes(), version).is_ok(), "{}", shown);
            }
        }
    }

    /// XAPI-00002.
    #[test]
    fn numbers_keep_their_texts(whole in "(0|[1-9][0-9]{0,40})", fraction in "(\\.[0-9]{1,30})?", exponent in "([eE][+-]?[0-9]{1,3})?") {
        let number = format!("{whole}{fraction}{exponent}");
        let text = format!(
            r#"{{"actor":{{"mbox":"mailto:a@b.c"}},"verb":{{"id":"http://v.example/"}},"object":{{"id":"http://o.example/"}},"result":{{"score":{{"raw":{number}}},"extensions":{{"http://x.example/":{number}}}}}}}"#
        );
        let statement = Statement::parse(text.as_bytes(), Version::V1_0).unwrap();
        let stored = String::from_utf8(statement.stamp(new_id(), &authority()).finish(Timestamp::UNIX_EPOCH)).unwrap();
        let kept = stored.starts_with(text.strip_suffix('}').unwrap());
        prop_assert!(kept, "{}", stored);
        prop_assert!(Decimal::whole(&whole).is_some());
    }

    #[test]
    fn every_mention_is_found_by_its_filter(value in statement()) {
        let statement = Statement::parse(value.to_string().as_bytes(), Version::V1_0).unwrap();
        for mention in statement.agents() {
            let agent = mention.id.to_json();
            let related = StatementQuery::parse([("agent", agent.as_str()), ("related_agents", "true")], Version::V1_0);
            let Selection::Matching(filter) = related.unwrap().selection else { panic!("a list") };
            prop_assert!(filter.matches_itself(&statement));
            prop_assert_eq!(&mention.id.to_string().parse::<AgentId>().unwrap(), &mention.id);
            let direct = xapi::StatementFilter { related_agents: false, ..filter };
            let expected = statement.agents().iter().any(|other| {
                other.id == mention.id && matches!(other.role, AgentRole::Actor | AgentRole::Object)
            });
            prop_assert_eq!(direct.matches_itself(&statement), expected);
        }
    }
}
