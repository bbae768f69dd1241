//! Documents, credentials, users, reference events.

use crate::{
    Append, AppendError, ConsoleSession, Credential, Document, DocumentKey, DocumentKind,
    DocumentOwner, DocumentWrite, EventFilter, Expectation, OneTimeToken, Position, Store,
    StoreError, TokenPurpose, User, UserChange, testkit::Maker,
};
use domain::{CredentialId, OrganizationId, RegistrationId, Role, Scopes, UserId};
use std::{sync::Arc, time::Duration};

pub(super) async fn documents_are_written_as_expected(store: &dyn Store, make: &Maker) {
    let organization = make.organization(store).await;
    let owner = |registration| DocumentOwner {
        kind: DocumentKind::State,
        activity: "https://a.example/1".to_owned(),
        agent: "mbox:a@example.com".to_owned(),
        registration,
    };
    let registration = Some(RegistrationId::new(make.statement_id().uuid()));
    let key = DocumentKey { owner: owner(registration), id: "bookmark".to_owned() };
    let document = |etag: &str| Document {
        content_type: "text/plain".to_owned(),
        content: etag.as_bytes().to_vec(),
        etag: etag.to_owned(),
        updated_at: make.now,
    };
    let write = async |key: &DocumentKey, expect, document| {
        let mut unit = Append::new(organization);
        unit.documents = vec![DocumentWrite::Set { key: key.clone(), expect, document }];
        store.append(unit).await
    };
    write(&key, Expectation::Absent, Some(document("one"))).await.unwrap();
    for expect in [Expectation::Absent, Expectation::Etag("two".to_owned())] {
        let error = write(&key, expect, Some(document("three"))).await.unwrap_err();
        assert!(matches!(error, AppendError::Precondition { .. }), "{error}");
    }
    write(&key, Expectation::Etag("one".to_owned()), Some(document("two"))).await.unwrap();
    assert_eq!(store.document(organization, &key).await.unwrap(), Some(document("two")));
    let bare = DocumentKey { owner: owner(None), id: "other".to_owned() };
    write(&bare, Expectation::Any, Some(document("bare"))).await.unwrap();
    let ids = async |owner, since| store.document_ids(organization, &owner, since).await.unwrap();
    assert_eq!(ids(owner(None), None).await, ["bookmark", "other"]);
    assert_eq!(ids(owner(registration), None).await, ["bookmark"]);
    assert!(ids(owner(None), Some(make.now)).await.is_empty());
    write(&bare, Expectation::Present, None).await.unwrap();
    assert_eq!(store.document(organization, &bare).await.unwrap(), None);
    clear_documents(store, make, organization, owner).await;
}

/// Deletes many at once, in their order among other writes, and only those of the owner; ids may
/// be as long as they like.
async fn clear_documents(
    store: &dyn Store,
    make: &Maker,
    organization: OrganizationId,
    owner: impl Fn(Option<RegistrationId>) -> DocumentOwner,
) {
    let registration = Some(RegistrationId::new(make.statement_id().uuid()));
    let ids = async |owner| store.document_ids(organization, &owner, None).await.unwrap();
    let set = |owner, id: &str, expect| DocumentWrite::Set {
        key: DocumentKey { owner, id: id.to_owned() },
        expect,
        document: Some(Document {
            content_type: "text/plain".to_owned(),
            content: Vec::new(),
            etag: "tag".to_owned(),
            updated_at: make.now,
        }),
    };
    let append = async |documents| {
        let mut unit = Append::new(organization);
        unit.documents = documents;
        store.append(unit).await
    };
    let other = DocumentOwner { activity: "https://a.example/2".to_owned(), ..owner(None) };
    let long = "x".repeat(10_000);
    append(vec![
        set(owner(registration), &long, Expectation::Any),
        set(owner(None), "without", Expectation::Any),
        set(other.clone(), "stays", Expectation::Any),
    ])
    .await
    .unwrap();
    append(vec![DocumentWrite::Clear(owner(registration))]).await.unwrap();
    assert_eq!(ids(owner(None)).await, ["bookmark", "without"]);
    append(vec![
        set(owner(registration), "before", Expectation::Any),
        DocumentWrite::Clear(owner(None)),
        set(owner(None), "bookmark", Expectation::Absent),
    ])
    .await
    .unwrap();
    assert_eq!(ids(owner(None)).await, ["bookmark"]);
    assert_eq!(ids(other).await, ["stays"]);
}

pub(super) async fn credentials_end_when_revoked(store: &dyn Store, make: &Maker) {
    let (ours, theirs) = (make.organization(store).await, make.organization(store).await);
    let id = CredentialId::parse(&format!("ak_{}", make.statement_id())).unwrap();
    let credential = Credential {
        id: id.clone(),
        organization: ours,
        label: "tests".to_owned(),
        secret_hash: make.digest(),
        scopes: Scopes::all(),
        created_at: make.now,
        revoked_at: None,
    };
    store.create_credential(&credential).await.unwrap();
    let again = store.create_credential(&credential).await.unwrap_err();
    assert!(matches!(again, StoreError::Taken { .. }), "{again}");
    assert_eq!(store.credential(&id).await.unwrap(), Some(credential));
    assert!(!store.revoke_credential(theirs, &id, make.now).await.unwrap());
    assert!(store.revoke_credential(ours, &id, make.now).await.unwrap());
    assert!(!store.revoke_credential(ours, &id, make.now).await.unwrap());
    let listed = store.credentials(ours).await.unwrap();
    assert_eq!((listed.len(), listed[0].revoked_at), (1, Some(make.now)));
    assert!(store.credentials(theirs).await.unwrap().is_empty());
}

fn new_user(organization: OrganizationId, make: &Maker) -> User {
    User {
        id: UserId::new(make.statement_id().uuid()),
        organization,
        email: format!("{}@example.com", make.statement_id()),
        display_name: "Ann".to_owned(),
        role: Role::Admin,
        password: None,
        created_at: make.now,
        disabled_at: None,
    }
}

pub(super) async fn tokens_work_once(stores: &[Arc<dyn Store>; 2], make: &Maker) {
    let store = &*stores[0];
    let organization = make.organization(store).await;
    let user = new_user(organization, make);
    store.create_user(&user).await.unwrap();
    let twin = User { id: UserId::new(make.statement_id().uuid()), ..user.clone() };
    assert!(matches!(store.create_user(&twin).await, Err(StoreError::Taken { .. })));
    assert_eq!(store.users_by_email(&user.email).await.unwrap(), std::slice::from_ref(&user));
    let later = make.now.plus(Duration::from_mins(1));
    let token = OneTimeToken {
        hash: make.digest(),
        organization,
        user: user.id,
        purpose: TokenPurpose::SignIn,
        expires_at: later,
    };
    store.create_token(&token).await.unwrap();
    let (hash, purpose) = (&token.hash, TokenPurpose::SignIn);
    assert_eq!(store.consume_token(hash, TokenPurpose::Invitation, make.now).await.unwrap(), None);
    assert_eq!(store.consume_token(hash, purpose, later).await.unwrap(), None);
    assert_eq!(store.token(hash, purpose, make.now).await.unwrap(), Some(token.clone()));
    let (one, two) = tokio::join!(
        stores[0].consume_token(hash, purpose, make.now),
        stores[1].consume_token(hash, purpose, make.now),
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert!(one.is_some() != two.is_some(), "a token was used twice or never");
    assert_eq!(one.or(two), Some(token));

    let session = ConsoleSession {
        hash: make.digest(),
        organization,
        user: user.id,
        created_at: make.now,
        seen_at: make.now,
        expires_at: later,
    };
    store.create_console_session(&session).await.unwrap();
    let read = || store.console_session(&session.hash, make.now);
    assert_eq!(read().await.unwrap(), Some(session.clone()));
    assert_eq!(store.console_session(&session.hash, later).await.unwrap(), None);
    let change = |change| store.change_user(organization, user.id, change);
    assert!(change(UserChange::Disable(make.now)).await.unwrap());
    assert_eq!(read().await.unwrap(), None);
    assert!(change(UserChange::Enable).await.unwrap());
    assert_eq!(read().await.unwrap(), Some(session.clone()));
    store.delete_console_session(&session.hash).await.unwrap();
    assert_eq!(read().await.unwrap(), None);
    assert_eq!(store.user(organization, user.id).await.unwrap(), Some(user));
}

pub(super) async fn changes_of_a_user_made_at_once_all_hold(
    stores: &[Arc<dyn Store>; 2],
    make: &Maker,
) {
    let store = &*stores[0];
    let organization = make.organization(store).await;
    let user = new_user(organization, make);
    let id = user.id;
    store.create_user(&user).await.unwrap();
    let change = |at: usize, change| stores[at].change_user(organization, id, change);
    let done = tokio::join!(
        change(0, UserChange::Role(Role::Auditor)),
        change(1, UserChange::Password("hash")),
        change(0, UserChange::Disable(make.now)),
    );
    assert!(done.0.unwrap() && done.1.unwrap() && done.2.unwrap());
    let later = make.now.plus(Duration::from_mins(1));
    assert!(change(1, UserChange::Disable(later)).await.unwrap());
    let password = Some("hash".to_owned());
    let expected = User { role: Role::Auditor, password, disabled_at: Some(make.now), ..user };
    assert_eq!(store.user(organization, id).await.unwrap(), Some(expected));
    let nobody = UserId::new(make.statement_id().uuid());
    assert!(!store.change_user(organization, nobody, UserChange::Enable).await.unwrap());
    let other = make.organization(store).await;
    assert!(!store.change_user(other, id, UserChange::Enable).await.unwrap());
}

pub(super) async fn reference_events_share_the_log(store: &dyn Store, make: &Maker) {
    let organization = make.organization(store).await;
    let mut unit = Append::new(organization);
    unit.statements =
        vec![make.statement("mbox:a@example.com", "https://v.example/did", "https://a.example/1")];
    unit.events = vec![make.event("one"), make.event("two")];
    let appended = store.append(unit).await.unwrap();
    assert_eq!(appended.events, [Position::new(1), Position::new(2)]);
    let filter = EventFilter { entity_id: Some("two".to_owned()), ..EventFilter::default() };
    let found = store.events(organization, &filter, 10).await.unwrap().items;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].position, &found[0].event), (Position::new(2), &make.event("two")));
    let page = store.events(organization, &EventFilter::default(), 1).await.unwrap();
    assert_eq!(page.next, Some(Position::new(1)));
    let entity = make.event("two").entity;
    let mut unit = Append::new(organization);
    unit.events = vec![make.event("two"), make.event("three")];
    store.append(unit).await.unwrap();
    let latest = store.latest_event(organization, &entity, "two").await.unwrap();
    assert_eq!(latest.map(|event| event.position), Some(Position::new(3)));
    let other = make.organization(store).await;
    for (organization, entity, id) in [
        (other, &*entity, "two"),
        (organization, "nothing", "two"),
        (organization, &entity, "four"),
    ] {
        assert_eq!(store.latest_event(organization, entity, id).await.unwrap(), None);
    }
    let entries = store.entries(organization, Position::new(1), 10).await.unwrap();
    let entry = String::from_utf8(entries[0].entry.clone()).unwrap();
    assert!(entry.contains(r#""type":"reference""#) && !entry.contains("ann"), "{entry}");
}
