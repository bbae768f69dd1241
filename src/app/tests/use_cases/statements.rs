//! Statements of clients: stored once, voided, found page by page by those who may.

use crate::world::{BASE, World, agent};
use app::{
    AppError, Caller, Freshness, IssuedCredential, NewCredential, SentStatements, StatementError,
    StatementsFound,
};
use domain::{Scope, Scopes, StatementId};
use serde_json::{Value, json};
use xapi::Version;

impl World {
    /// A client with these scopes.
    pub(crate) async fn client(&self, scopes: &[Scope]) -> Caller {
        let issued = self.issue(scopes).await;
        self.app.authenticate(issued.id.as_str(), issued.secret.expose()).await.unwrap().unwrap()
    }

    pub(crate) async fn issue(&self, scopes: &[Scope]) -> IssuedCredential {
        let scopes = Scopes::new(scopes.iter().copied());
        let new = NewCredential { label: "test".to_owned(), scopes };
        self.app.issue_credential(&self.operator, new).await.unwrap()
    }

    async fn post(
        &self,
        client: &Caller,
        statements: &Value,
    ) -> Result<Vec<StatementId>, StatementError> {
        self.app.post_statements(client, &sent(statements), Version::V1_0).await
    }
}

fn sent(statements: &Value) -> SentStatements {
    let content_type = "application/json".to_owned();
    SentStatements { content_type, body: statements.to_string().into() }
}

const READ_WRITE: [Scope; 2] = [Scope::StatementsWrite, Scope::StatementsRead];

fn statement(object: &str) -> Value {
    json!({
        "actor": agent("ada"),
        "verb": { "id": "http://adlnet.gov/expapi/verbs/experienced" },
        "object": { "id": format!("https://example.com/{object}") },
    })
}

fn voiding(target: StatementId) -> Value {
    json!({
        "actor": agent("ada"),
        "verb": { "id": "http://adlnet.gov/expapi/verbs/voided" },
        "object": { "objectType": "StatementRef", "id": target },
    })
}

fn pairs(parameters: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    parameters.iter().map(own).collect()
}

#[tokio::test]
async fn the_same_statement_again_changes_nothing_and_another_one_is_a_conflict() {
    let world = World::new().await;
    let client = world.client(&READ_WRITE).await;
    let id = StatementId::new("fd41c918-b88b-4b20-a0a5-a4c32391aaa0".parse().unwrap());
    let put = async |statement: &Value, id| {
        world.app.put_statement(&client, id, &sent(statement), Version::V1_0).await
    };
    let mut sent = statement("a");
    put(&sent, id).await.unwrap();
    let first = world.app.statement(&client, id).await.unwrap().unwrap();
    world.wait(5);
    put(&sent, id).await.unwrap();
    sent["id"] = json!(id);
    put(&sent, id).await.unwrap();
    let both = json!([sent, statement("b")]);
    assert_eq!(world.post(&client, &both).await.unwrap()[0], id);
    assert_eq!(world.app.statement(&client, id).await.unwrap().unwrap(), first);
    assert_eq!(world.find(&[]).await.statements.len(), 2);

    let refused = put(&statement("other"), id).await;
    assert!(matches!(refused, Err(StatementError::Conflict(conflict)) if conflict == id));
    let mut other = statement("other");
    other["id"] = json!(id);
    let refused = world.post(&client, &json!([statement("c"), other])).await;
    assert!(matches!(refused, Err(StatementError::Conflict(_))), "{refused:?}");
    assert_eq!(world.find(&[]).await.statements.len(), 2, "all or none");

    let differing = StatementId::new(world.organization().uuid());
    let refused = put(&sent, differing).await;
    assert!(matches!(refused, Err(StatementError::IdsDiffer { .. })), "{refused:?}");
    let twice = json!([sent, sent]);
    let refused = world.post(&client, &twice).await;
    assert!(matches!(refused, Err(StatementError::Invalid(_))), "{refused:?}");
}

#[tokio::test]
async fn the_client_vouches_for_what_it_stores() {
    let world = World::new().await;
    let client = world.client(&READ_WRITE).await;
    let mut sent = statement("a");
    sent["authority"] = json!({ "mbox": "mailto:somebody@else.example" });
    let id = world.post(&client, &sent).await.unwrap()[0];
    let stored = world.app.statement(&client, id).await.unwrap().unwrap();
    let stored: Value = serde_json::from_slice(&stored.body).unwrap();
    let account = &stored["authority"]["account"];
    assert_eq!(account["homePage"], BASE);
    assert!(account["name"].as_str().unwrap().starts_with("ak_"), "{account}");
}

#[tokio::test]
async fn a_voided_statement_is_found_as_voided_alone_and_a_voiding_one_stays() {
    let world = World::new().await;
    let client = world.client(&READ_WRITE).await;
    let id = world.post(&client, &statement("a")).await.unwrap()[0];
    let voider = world.post(&client, &voiding(id)).await.unwrap()[0];
    let one = async |name: &str, id: StatementId| {
        let parameters = pairs(&[(name, &id.to_string())]);
        match world
            .app
            .find_statements(&client, &parameters, Version::V1_0, Freshness::Fresh)
            .await
            .unwrap()
        {
            StatementsFound::One(found) => found.map(|one| one.statement.id),
            StatementsFound::Page(_) => panic!("an id was asked for"),
        }
    };
    assert_eq!(one("statementId", id).await, None);
    assert_eq!(one("voidedStatementId", id).await, Some(id));
    assert_eq!(one("statementId", voider).await, Some(voider));
    let found: Vec<_> = world.find(&[]).await.statements.iter().map(|one| one.id).collect();
    assert_eq!(found, [voider]);
    let refused = world.post(&client, &voiding(voider)).await;
    assert!(matches!(refused, Err(StatementError::VoidsVoiding { target }) if target == voider));
}

#[tokio::test]
async fn a_list_goes_on_by_its_token_and_by_no_other() {
    let world = World::new().await;
    let client = world.client(&READ_WRITE).await;
    let all: Vec<Value> = (0..5).map(|n| statement(&n.to_string())).collect();
    let ids = world.post(&client, &json!(all)).await.unwrap();
    let parameters = pairs(&[("limit", "2"), ("ascending", "true")]);
    let first = world
        .app
        .find_statements(&client, &parameters, Version::V1_0, Freshness::Fresh)
        .await
        .unwrap();
    let StatementsFound::Page(mut page) = first else { panic!("no id was asked for") };
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        found.extend(page.statements.iter().map(|one| one.id));
        let Some(more) = page.more else { break };
        token.clone_from(&more);
        page = world.app.more_statements(&client, &more, Freshness::Fresh).await.unwrap();
    }
    assert_eq!(found, ids);

    let (body, mac) = token.split_once('.').unwrap();
    let flipped = if body.ends_with('A') { "B" } else { "A" };
    let tampered = format!("{}{flipped}.{mac}", &body[..body.len() - 1]);
    for wrong in [tampered.as_str(), "", ".", body, "%%.%%", &format!("{token}A")] {
        let refused = world.app.more_statements(&client, wrong, Freshness::Fresh).await;
        assert!(matches!(refused, Err(StatementError::BadMore)), "{wrong}: {refused:?}");
    }
    let other = world.app.create_organization("other", "https://other.example").await.unwrap();
    let refused =
        world.app.more_statements(&Caller::operator(other.id), &token, Freshness::Fresh).await;
    assert!(matches!(refused, Err(StatementError::BadMore)), "{refused:?}");
}

#[tokio::test]
async fn who_may_read_their_own_statements_sees_no_others() {
    let world = World::new().await;
    let mine = world.client(&[Scope::StatementsWrite, Scope::StatementsReadMine]).await;
    let other = world.client(&READ_WRITE).await;
    let own = world.post(&mine, &statement("mine")).await.unwrap()[0];
    let foreign = world.post(&other, &statement("foreign")).await.unwrap()[0];
    let found =
        world.app.find_statements(&mine, &[], Version::V1_0, Freshness::Fresh).await.unwrap();
    let StatementsFound::Page(page) = found else { panic!("no id was asked for") };
    assert_eq!(page.statements.iter().map(|one| one.id).collect::<Vec<_>>(), [own]);
    assert!(world.app.statement(&mine, own).await.unwrap().is_some());
    assert!(world.app.statement(&mine, foreign).await.unwrap().is_none());
}

#[tokio::test]
async fn statements_are_refused_without_the_scope() {
    let world = World::new().await;
    let reader = world.client(&[Scope::AllRead]).await;
    let refused = world.post(&reader, &statement("a")).await;
    let missing = AppError::ScopeMissing(Scope::StatementsWrite);
    assert_eq!(refused.unwrap_err().to_string(), missing.to_string());
    let writer = world.client(&[Scope::StatementsWrite]).await;
    world.post(&writer, &statement("a")).await.unwrap();
    let refused = world.app.find_statements(&writer, &[], Version::V1_0, Freshness::Fresh).await;
    let missing = AppError::ScopeMissing(Scope::StatementsRead);
    assert_eq!(refused.unwrap_err().to_string(), missing.to_string());
    let refused = world.post(&world.operator, &statement("a")).await;
    assert!(refused.is_err(), "nobody vouches for what the operator would write");
}

#[tokio::test]
async fn an_attachment_without_data_and_without_a_file_url_is_refused() {
    let world = World::new().await;
    let client = world.client(&READ_WRITE).await;
    let mut sent = statement("attached");
    sent["attachments"] = json!([{
        "usageType": "https://example.com/certificate",
        "display": { "en": "Certificate" },
        "contentType": "text/plain",
        "length": 1,
        "sha2": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
    }]);
    let refused = world.post(&client, &sent).await;
    assert!(matches!(refused, Err(StatementError::Attachment(_))), "{refused:?}");
    sent["attachments"][0]["fileUrl"] = json!("https://example.com/certificate.txt");
    assert!(world.post(&client, &sent).await.is_ok());
}
