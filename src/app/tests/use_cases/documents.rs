//! Documents: written, merged and deleted under the preconditions of the request.

use crate::world::World;
use app::{AppError, Caller, DocumentChange, DocumentError, Origin};
use domain::{CredentialId, Scope, Scopes};
use xapi::{Content, DocumentMethod, DocumentQuery, DocumentResource, Preconditions, Version};

const AGENT: &str = r#"{"mbox":"mailto:ada@example.com"}"#;
const ACTIVITY: &str = "https://example.com/a";

fn query(resource: DocumentResource, id: Option<&str>) -> DocumentQuery {
    let mut parameters = Vec::new();
    if resource != DocumentResource::AgentProfile {
        parameters.push(("activityId", ACTIVITY));
    }
    if resource != DocumentResource::ActivityProfile {
        parameters.push(("agent", AGENT));
    }
    let name = if resource == DocumentResource::State { "stateId" } else { "profileId" };
    parameters.extend(id.map(|id| (name, id)));
    DocumentQuery::parse(resource, DocumentMethod::Get, parameters, Version::V1_0).unwrap()
}

fn state(id: &str) -> DocumentQuery {
    query(DocumentResource::State, Some(id))
}

/// A change to a state document, under `If-Match` and `If-None-Match`.
async fn change(
    world: &World,
    method: DocumentMethod,
    query: &DocumentQuery,
    text: &str,
    preconditions: (Option<&str>, Option<&str>),
) -> Result<(), DocumentError> {
    let change = DocumentChange {
        resource: DocumentResource::State,
        method,
        query,
        preconditions: &Preconditions::parse(preconditions.0, preconditions.1),
        content: Content { media_type: "application/json", bytes: text.as_bytes() },
        version: Version::V1_0,
    };
    world.app.change_document(&world.operator, &change).await
}

async fn text_of(world: &World, query: &DocumentQuery) -> Option<String> {
    let found = world.app.document(&world.operator, query).await.unwrap();
    found.map(|document| String::from_utf8(document.content).unwrap())
}

const NOTHING: (Option<&str>, Option<&str>) = (None, None);

#[tokio::test]
async fn posted_json_is_merged_member_by_member_and_put_replaces() {
    let world = World::new().await;
    let one = state("one");
    for (method, sent, kept) in [
        (DocumentMethod::Post, r#"{"a":1,"b":{"c":2}}"#, r#"{"a":1,"b":{"c":2}}"#),
        (DocumentMethod::Post, r#"{"b":3}"#, r#"{"a":1,"b":3}"#),
        (DocumentMethod::Put, r#"{"d":4}"#, r#"{"d":4}"#),
    ] {
        change(&world, method, &one, sent, NOTHING).await.unwrap();
        assert_eq!(text_of(&world, &one).await.as_deref(), Some(kept));
    }
    let refused = change(&world, DocumentMethod::Post, &one, "[1]", NOTHING).await;
    assert!(matches!(refused, Err(DocumentError::Merge(_))), "{refused:?}");
    assert_eq!(text_of(&world, &one).await.as_deref(), Some(r#"{"d":4}"#));
    change(&world, DocumentMethod::Delete, &one, "", NOTHING).await.unwrap();
    assert_eq!(text_of(&world, &one).await, None);
}

#[tokio::test]
async fn a_document_changes_only_in_the_state_that_the_request_demands() {
    let world = World::new().await;
    let one = state("one");
    let put = async |text, preconditions| {
        change(&world, DocumentMethod::Put, &one, text, preconditions).await
    };
    let failed = |result| matches!(result, Err(DocumentError::Precondition(_)));
    assert!(failed(put("{}", (Some("*"), None)).await), "it does not exist");
    put("{}", (None, Some("*"))).await.unwrap();
    assert!(failed(put("[]", (None, Some("*"))).await), "it exists");
    let document = world.app.document(&world.operator, &one).await.unwrap().unwrap();
    let tag = format!("\"{}\"", document.etag.trim_matches('"'));
    put(r#"{"a":1}"#, (Some(&tag), None)).await.unwrap();
    assert!(failed(put("[]", (Some(&tag), None)).await), "it has changed");
    assert_eq!(text_of(&world, &one).await.as_deref(), Some(r#"{"a":1}"#));
}

#[tokio::test]
async fn two_merges_at_once_keep_both() {
    let world = World::new().await;
    let one = state("one");
    let post = |text: &'static str| change(&world, DocumentMethod::Post, &one, text, NOTHING);
    let (a, b, c) = tokio::join!(post(r#"{"a":1}"#), post(r#"{"b":1}"#), post(r#"{"c":1}"#));
    for done in [a, b, c] {
        done.unwrap();
    }
    let kept = text_of(&world, &one).await.unwrap();
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept, serde_json::json!({ "a": 1, "b": 1, "c": 1 }));
}

#[tokio::test]
async fn a_states_documents_are_listed_and_deleted_together() {
    let world = World::new().await;
    for id in ["two", "one"] {
        change(&world, DocumentMethod::Put, &state(id), "{}", NOTHING).await.unwrap();
    }
    let all = query(DocumentResource::State, None);
    assert_eq!(world.app.document_ids(&world.operator, &all).await.unwrap(), ["one", "two"]);
    change(&world, DocumentMethod::Delete, &all, "", NOTHING).await.unwrap();
    assert!(world.app.document_ids(&world.operator, &all).await.unwrap().is_empty());
}

#[tokio::test]
async fn states_and_profiles_have_scopes_of_their_own() {
    let world = World::new().await;
    let with = |scope| Caller {
        organization: world.organization(),
        origin: Origin::Credential {
            id: CredentialId::parse("key").unwrap(),
            scopes: Scopes::new([scope]),
            by_token: false,
        },
    };
    let state = state("one");
    let profile = query(DocumentResource::AgentProfile, Some("one"));
    for (scope, query, may_read) in [
        (Scope::State, &state, true),
        (Scope::State, &profile, false),
        (Scope::Profile, &profile, true),
        (Scope::Profile, &state, false),
        (Scope::AllRead, &state, true),
        (Scope::AllRead, &profile, true),
        (Scope::StatementsRead, &state, false),
    ] {
        let read = world.app.document(&with(scope), query).await;
        assert_eq!(read.is_ok(), may_read, "{scope} {query:?}");
    }
    let preconditions = Preconditions::parse(None, None);
    let change = DocumentChange {
        resource: DocumentResource::State,
        method: DocumentMethod::Put,
        query: &state,
        preconditions: &preconditions,
        content: Content { media_type: "application/json", bytes: b"{}" },
        version: Version::V1_0,
    };
    let refused = world.app.change_document(&with(Scope::AllRead), &change).await;
    let missing = DocumentError::App(AppError::ScopeMissing(Scope::State));
    assert_eq!(refused.unwrap_err().to_string(), missing.to_string());
}
