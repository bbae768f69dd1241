//! Filters that look deeper: related agents and activities, references, pages of all sizes.

use super::{VERSION, agent, get, ids, post, request, sent, servers, statement};
use harness::Server;
use harness::reqwest::Method;
use harness::serde_json::{Value, json};

fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|name| agent(name)).collect();
    json!({"objectType": "Group", "mbox": format!("mailto:{name}@people.example"), "member": members})
}

fn activity(name: &str) -> Value {
    json!({"id": format!("https://example.com/{name}")})
}

/// Whom and what a statement mentions deep inside, and a statement that does so.
fn deep() -> Vec<(Option<&'static str>, Option<&'static str>, Value)> {
    let with = |pointer: &str, value: Value| {
        let mut one = statement("somebody", "something");
        let mut place = &mut one;
        for key in pointer.split('/') {
            place = &mut place[key];
        }
        *place = value;
        one
    };
    let inner = |mut inner: Value| {
        inner["objectType"] = json!("SubStatement");
        with("object", inner)
    };
    let team = inner(with("context/team", group("crew", &["deckhand"])));
    vec![
        (Some("teacher"), None, with("context/instructor", agent("teacher"))),
        (Some("team"), None, with("context/team", group("team", &["mate"]))),
        (Some("mate"), None, with("context/team", group("team", &["mate"]))),
        (Some("inner"), Some("core"), inner(statement("inner", "core"))),
        (Some("crew"), None, team.clone()),
        (Some("deckhand"), None, team),
        (None, Some("parent"), with("context/contextActivities/parent", activity("parent"))),
        (
            None,
            Some("group"),
            with("context/contextActivities/grouping", json!([activity("group")])),
        ),
        (None, Some("kind"), with("context/contextActivities/category", json!([activity("kind")]))),
        (None, Some("else"), with("context/contextActivities/other", json!([activity("else")]))),
        (None, Some("deeper"), inner(with("context/contextActivities/parent", activity("deeper")))),
    ]
}

async fn found(server: &Server, parameters: &[(&str, &str)]) -> Vec<String> {
    ids(&get(server, "statements", parameters).await)
}

/// XAPI-00176, XAPI-00177: what stands deep inside is found when that is asked for, and only then.
#[tokio::test]
async fn whom_and_what_a_statement_mentions_anywhere_is_found_by_the_related_filters() {
    for server in servers().await {
        for (who, what, one) in deep() {
            let id = ids(&post(&server, &one).await).remove(0);
            let who = who.map(|who| agent(who).to_string());
            let what = what.map(|what| format!("https://example.com/{what}"));
            let filters =
                [("agent", "related_agents", who), ("activity", "related_activities", what)];
            for (name, related, value) in filters {
                let Some(value) = value else { continue };
                let plain = [(name, value.as_str())];
                assert!(found(&server, &plain).await.is_empty(), "{value} is not the plain one");
                let related = [plain[0], (related, "true")];
                assert!(found(&server, &related).await.contains(&id), "{value}: {one}");
            }
        }
        // Members of the group that acts, and who vouches.
        let mut one = statement("ada", "a");
        one["actor"] = group("actors", &["member"]);
        let id = ids(&post(&server, &one).await).remove(0);
        let member = agent("member").to_string();
        assert_eq!(found(&server, &[("agent", &member)]).await, [id.as_str()], "members act too");
        let stored = get(&server, "statements", &[("statementId", &id)]).await.json();
        let authority = stored["authority"].to_string();
        assert!(found(&server, &[("agent", &authority)]).await.is_empty());
        let all = found(&server, &[("agent", &authority), ("related_agents", "true")]).await;
        assert_eq!(all.len(), deep().len() + 1);
    }
}

/// 2.0.0 (IEEE 9274.1.1): agents and groups of the context are related agents too.
#[tokio::test]
async fn context_agents_and_groups_are_related_agents() {
    for server in servers().await {
        let mut one = statement("ada", "a");
        one["context"] = json!({
            "contextAgents": [{"objectType": "contextAgent", "agent": agent("mentor"),
                "relevantTypes": ["https://example.com/types/mentor"]}],
            "contextGroups": [{"objectType": "contextGroup", "group": group("class", &["pupil"]),
                "relevantTypes": ["https://example.com/types/class"]}],
        });
        let send = server.post("/xapi/statements").header(VERSION, "2.0.0").json(&one);
        let id = ids(&sent(send).await).remove(0);
        for name in ["mentor", "class", "pupil"] {
            let value = agent(name).to_string();
            assert!(found(&server, &[("agent", &value)]).await.is_empty(), "{name}");
            let related = [("agent", value.as_str()), ("related_agents", "true")];
            assert_eq!(found(&server, &related).await, [id.as_str()], "{name}");
        }
    }
}

fn about(target: &str, verb: &str) -> Value {
    let verb = format!("http://adlnet.gov/expapi/verbs/{verb}");
    json!({"actor": agent("critic"), "verb": {"id": verb},
        "object": {"objectType": "StatementRef", "id": target}})
}

/// Communication 2.1.3, XAPI-00162: who refers to a statement is found by what that one says, also when it is
/// voided or comes later.
#[tokio::test]
async fn a_reference_is_found_by_what_its_target_says() {
    for server in servers().await {
        let ada = agent("ada").to_string();
        let by_ada = [("agent", ada.as_str()), ("ascending", "true")];
        let target = ids(&post(&server, &statement("ada", "a")).await).remove(0);
        let comment = ids(&post(&server, &about(&target, "commented")).await).remove(0);
        let chained = ids(&post(&server, &about(&comment, "responded")).await).remove(0);
        let all = [target.as_str(), &comment, &chained];
        assert_eq!(found(&server, &by_ada).await, all);
        let what = [("activity", "https://example.com/a"), ("ascending", "true")];
        assert_eq!(found(&server, &what).await, all);

        let later = "fd41c918-b88b-4b20-a0a5-a4c32391aaa0";
        let early = ids(&post(&server, &about(later, "commented")).await).remove(0);
        let mut late = statement("ada", "late");
        late["id"] = json!(later);
        assert_eq!(post(&server, &late).await.status, 200);
        let what = [("activity", "https://example.com/late"), ("ascending", "true")];
        assert_eq!(found(&server, &what).await, [early.as_str(), later]);

        let voiding = ids(&post(&server, &about(&target, "voided")).await).remove(0);
        let left = [comment.as_str(), &chained, &early, later, &voiding];
        assert_eq!(found(&server, &by_ada).await, left, "the voided one alone is gone");
    }
}

/// XAPI-00173: 0, like no limit, is the most that the server allows; `more` gives the
/// rest (XAPI-00108, XAPI-00109), with the same query, to HEAD as well.
#[tokio::test]
async fn the_limit_of_zero_is_the_servers_own() {
    for server in servers().await {
        let batch: Vec<Value> = (0..501).map(|n| statement("ada", &format!("n{n}"))).collect();
        let stored = ids(&post(&server, &json!(batch)).await);
        for parameters in [&[("limit", "0"), ("ascending", "true")][..], &[("ascending", "true")]] {
            let page = get(&server, "statements", parameters).await;
            assert_eq!(ids(&page), stored[..500]);
            let more = page.json()["more"].as_str().unwrap_or_default().to_owned();
            let more = more.strip_prefix("/xapi/").expect("there is more");
            let last = get(&server, more, &[]).await;
            assert_eq!(ids(&last), stored[500..]);
            assert_eq!(last.json()["more"], "");
            let head = sent(request(&server, Method::HEAD, more, &[])).await;
            assert_eq!((head.status, head.body.len()), (200, 0));
        }
    }
}
