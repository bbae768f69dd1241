//! Acknowledgements: who signs which version of a policy, by a link of their own.

use crate::world::{World, agent};
use app::{
    AcknowledgeError, AcknowledgeRequest, AppError, AttestError, AttestationQuery, Caller,
    ErasureRequest, PolicyPage, SignedFrom, verify_record,
};
use domain::Scope;
use scorm::profile::ACKNOWLEDGED;
use serde_json::{Value, json, value::to_raw_value};
use store::{Append, EventOp, Mentions, NewEvent};

const POLICY: &str = "security@2.1";

fn event(op: EventOp, id: &str, value: &Value) -> NewEvent {
    NewEvent {
        actor: "key ak_1".to_owned(),
        reason: "a test".to_owned(),
        entity: "policy".to_owned(),
        entity_id: id.to_owned(),
        op,
        valid_from: None,
        valid_to: None,
        value: value.to_string(),
        source: "null".to_owned(),
        about: None,
    }
}

fn policy(text: &str) -> Value {
    json!({
        "title": "Security Policy",
        "version": "2.1",
        "text": text,
        "effective_on": "2025-01-01",
        "owner": "CISO",
        "consequence": "Access ends.",
    })
}

fn from() -> SignedFrom {
    SignedFrom { ip: Some("203.0.113.7".to_owned()), user_agent: None }
}

fn signing(page: &PolicyPage, name: &str) -> AcknowledgeRequest {
    AcknowledgeRequest {
        name: name.to_owned(),
        consent: true,
        version: page.version.clone(),
        text_sha256: page.text_sha256,
    }
}

impl World {
    async fn tell(&self, event: NewEvent) {
        let mut append = Append::new(self.organization());
        append.events.push(event);
        self.store.append(append).await.unwrap();
    }

    async fn link(&self, policy: &str, who: &str) -> Result<String, AppError> {
        let actor = to_raw_value(&agent(who)).unwrap();
        let link = self.app.create_acknowledgement_link(&self.operator, policy, &actor).await?;
        Ok(link.token)
    }
}

#[tokio::test]
async fn a_policy_is_read_signed_and_listed_apart_from_attestations() {
    let world = World::new().await;
    world.tell(event(EventOp::Assert, POLICY, &policy("Lock your screen."))).await;
    let token = world.link(POLICY, "ada").await.unwrap();
    let page = world.app.policy_page(&token).await.unwrap();
    assert_eq!((page.title.as_str(), page.body.as_str()), ("Security Policy", "Lock your screen."));
    assert_eq!((page.consequence.as_deref(), &page.signed), (Some("Access ends."), &None));
    let text = "I have read Security Policy, version 2.1. I understand it, and I will keep to it.";
    assert_eq!(page.text.concat(), text);
    world.wait(60);
    let signed = world.app.acknowledge(&token, &signing(&page, " Ada "), &from()).await.unwrap();
    assert_eq!((signed.name.as_str(), signed.already), ("Ada", false));

    let all = AttestationQuery::default();
    assert_eq!(world.app.attestations(&world.operator, &all, 10).await.unwrap().items, []);
    let rows = world.app.acknowledgements(&world.operator, &all, 10).await.unwrap().items;
    assert_eq!((rows[0].name.as_str(), rows[0].text.as_str()), ("Ada", text));
    assert_eq!(rows[0].title, "Security Policy, version 2.1");
    assert_eq!(rows[0].activity, "https://learn.example/xapi/policies/security/2.1");
    assert_eq!(rows[0].signed_from, Some(from()));
    let statement = world.store.statement(world.organization(), signed.statement).await.unwrap();
    let statement: Value = serde_json::from_slice(&statement.unwrap().body).unwrap();
    assert_eq!(statement["verb"]["id"], ACKNOWLEDGED);
    assert_eq!(statement["actor"], agent("ada"));
    let said = "https://w3id.org/attestry/xapi/acknowledgement";
    let digest = domain::Sha256Digest::of(b"Lock your screen.").to_string();
    assert_eq!(statement["result"]["extensions"][said]["document_sha256"], digest);

    let proof = world.app.record_proof(&world.operator, signed.statement).await.unwrap();
    let verified = verify_record(&serde_json::to_string(&proof).unwrap(), &[]).unwrap();
    let shown = verified.lines.iter().any(|line| line.contains(r#"signed that "Ada" signed"#));
    assert!(shown, "{:?}", verified.lines);

    // By the same link and by another one it is the first signature that counts.
    let again = world.link(POLICY, "ada").await.unwrap();
    let page = world.app.policy_page(&again).await.unwrap();
    assert_eq!(page.signed.as_ref().map(|one| one.statement), Some(signed.statement));
    for token in [&token, &again] {
        let repeated = world.app.acknowledge(token, &signing(&page, "Eve"), &from()).await.unwrap();
        assert_eq!((repeated.statement, repeated.already), (signed.statement, true));
    }
    let bob = world.link(POLICY, "bob").await.unwrap();
    assert_eq!(world.app.policy_page(&bob).await.unwrap().signed, None);
}

#[tokio::test]
async fn what_was_not_shown_is_not_signed() {
    let world = World::new().await;
    world.tell(event(EventOp::Assert, POLICY, &policy("Lock your screen."))).await;
    let token = world.link(POLICY, "ada").await.unwrap();
    let page = world.app.policy_page(&token).await.unwrap();
    for (wrong, fields) in [
        (AcknowledgeRequest { name: String::new(), ..signing(&page, "") }, 1),
        (AcknowledgeRequest { consent: false, ..signing(&page, "") }, 2),
    ] {
        let refused = world.app.acknowledge(&token, &wrong, &from()).await;
        let Err(AcknowledgeError::Form(AttestError::Fields(faults))) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(faults.len(), fields);
    }
    let other = AcknowledgeRequest { version: "2.0".to_owned(), ..signing(&page, "Ada") };
    let refused = world.app.acknowledge(&token, &other, &from()).await;
    assert!(matches!(refused, Err(AcknowledgeError::Form(AttestError::Changed))), "{refused:?}");
    // Corrected while the page was open: the new text has to be read.
    world.tell(event(EventOp::Assert, POLICY, &policy("Lock your door."))).await;
    let refused = world.app.acknowledge(&token, &signing(&page, "Ada"), &from()).await;
    assert!(matches!(refused, Err(AcknowledgeError::Form(AttestError::Changed))), "{refused:?}");
    let all = AttestationQuery::default();
    assert_eq!(world.app.acknowledgements(&world.operator, &all, 10).await.unwrap().items, []);
}

#[tokio::test]
async fn a_link_is_for_a_policy_with_a_text_and_opens_for_fifteen_minutes() {
    let world = World::new().await;
    assert!(matches!(world.link(POLICY, "ada").await, Err(AppError::NotFound("policy"))));
    world.tell(event(EventOp::Assert, POLICY, &policy(""))).await;
    assert!(matches!(world.link(POLICY, "ada").await, Err(AppError::Invalid { .. })));
    world.tell(event(EventOp::Assert, POLICY, &policy("Lock your screen."))).await;
    let token = world.link(POLICY, "ada").await.unwrap();
    let page = world.app.policy_page(&token).await.unwrap();
    let forged = token.replace('.', ".A");
    for wrong in ["", "x", "x.y", forged.as_str()] {
        let refused = world.app.policy_page(wrong).await;
        assert!(matches!(refused, Err(AcknowledgeError::Link)), "{wrong}: {refused:?}");
    }
    world.wait(15 * 60);
    assert!(matches!(world.app.policy_page(&token).await, Err(AcknowledgeError::Link)));
    // Who has it open has an hour more.
    world.wait(59 * 60);
    world.app.acknowledge(&token, &signing(&page, "Ada"), &from()).await.unwrap();
    world.wait(60);
    let late = world.app.acknowledge(&token, &signing(&page, "Ada"), &from()).await;
    assert!(matches!(late, Err(AcknowledgeError::Link)), "{late:?}");

    world.tell(event(EventOp::Retract, POLICY, &policy("Lock your screen."))).await;
    assert!(matches!(world.link(POLICY, "ada").await, Err(AppError::NotFound("policy"))));
    let group = to_raw_value(&json!({"objectType": "Group", "member": []})).unwrap();
    let refused = world.app.create_acknowledgement_link(&world.operator, POLICY, &group).await;
    assert!(matches!(refused, Err(AppError::Invalid { .. })), "{refused:?}");
    let client = world.client(&[Scope::RegistrationsRead]).await;
    let actor = to_raw_value(&agent("ada")).unwrap();
    let refused = world.app.create_acknowledgement_link(&client, POLICY, &actor).await;
    assert!(matches!(refused, Err(AppError::ScopeMissing(Scope::Launches))), "{refused:?}");
    let other = world.app.create_organization("other", "https://other.example").await.unwrap();
    let stranger = Caller::operator(other.id);
    let all = AttestationQuery::default();
    assert_eq!(world.app.acknowledgements(&stranger, &all, 10).await.unwrap().items, []);
}

#[tokio::test]
async fn an_erased_persons_acknowledgement_goes_with_from_where_it_came() {
    let world = World::new().await;
    world.tell(event(EventOp::Assert, POLICY, &policy("Lock your screen."))).await;
    let token = world.link(POLICY, "ada").await.unwrap();
    let page = world.app.policy_page(&token).await.unwrap();
    world.app.acknowledge(&token, &signing(&page, "Ada"), &from()).await.unwrap();
    let erasure = ErasureRequest {
        actors: vec![agent("ada").to_string()],
        mentions: Mentions::Erase,
        reason: "a request".to_owned(),
    };
    let counts = world.app.erase(&world.operator, &erasure).await.unwrap().counts;
    assert_eq!((counts.statements, counts.events), (1, 1));
    let all = AttestationQuery::default();
    assert_eq!(world.app.acknowledgements(&world.operator, &all, 10).await.unwrap().items, []);
    assert_eq!(world.app.check_ledger(world.organization(), false).await.unwrap(), []);
    // A link from before does not bring the person back under the id that is gone.
    let refused = world.app.acknowledge(&token, &signing(&page, "Ada"), &from()).await;
    assert!(refused.is_err(), "{refused:?}");
}
