//! Attachments' data.

use crate::{Append, NewAttachment, NewStatement, Store, testkit::Maker};
use domain::{OrganizationId, Sha256Digest};
use std::sync::Arc;

fn part(content: &[u8], media_type: &str) -> NewAttachment {
    NewAttachment {
        sha2: Sha256Digest::of(content).to_string(),
        media_type: media_type.to_owned(),
        content: content.to_vec().into(),
    }
}

fn with(make: &Maker, attachments: Vec<NewAttachment>) -> NewStatement {
    let (verb, what) = ("https://v.example/did", "https://a.example/1");
    NewStatement { attachments, ..make.statement("mbox:a@example.com", verb, what) }
}

async fn append(
    store: &dyn Store,
    organization: OrganizationId,
    statements: Vec<NewStatement>,
) -> bool {
    store.append(Append { statements, ..Append::new(organization) }).await.is_ok()
}

pub(super) async fn data_is_kept_once_and_found_by_its_statements(
    stores: &[Arc<dyn Store>; 2],
    make: &Maker,
) {
    let (store, other) = (&*stores[0], &*stores[1]);
    let organization = make.organization(store).await;
    let (text, bytes) = (part(b"text", "text/plain"), part(&[0, 255, 13, 10, 0], "a/b"));
    let large = part(&vec![7; 3_000_000], "application/octet-stream");
    let both = with(make, vec![text.clone(), bytes.clone()]);
    let again = with(make, vec![NewAttachment { media_type: "x/y".to_owned(), ..text.clone() }]);
    let none = with(make, Vec::new());
    let all = vec![both.clone(), none.clone(), again, with(make, vec![large.clone()])];
    assert!(append(store, organization, all.clone()).await);

    let mut positions = Vec::new();
    for statement in &all {
        let found = other.statement(organization, statement.id).await.unwrap();
        positions.push(found.unwrap().position);
    }
    let links = other.attachment_links(organization, &positions).await.unwrap();
    let mut expected: Vec<_> = [(0, &text), (0, &bytes), (2, &all[2].attachments[0]), (3, &large)]
        .map(|(at, one)| (positions[at], one.sha2.clone(), one.media_type.clone()))
        .into();
    expected.sort();
    let links: Vec<_> =
        links.into_iter().map(|link| (link.position, link.sha2, link.media_type)).collect();
    assert_eq!(links, expected);
    for one in [&text, &bytes, &large] {
        let kept = other.attachment(organization, &one.sha2).await.unwrap();
        assert_eq!(kept.as_deref(), Some(one.content.as_ref()));
    }

    // The same statement again brings nothing new, and a unit that fails leaves nothing.
    let late = part(b"late", "text/plain");
    let repeated = NewStatement { attachments: vec![late.clone()], ..none };
    assert!(append(store, organization, vec![repeated]).await);
    let conflict = NewStatement { digest: make.digest(), ..both };
    assert!(!append(store, organization, vec![with(make, vec![late.clone()]), conflict]).await);
    assert_eq!(other.attachment(organization, &late.sha2).await.unwrap(), None);
    assert!(other.attachment_links(organization, &[positions[1]]).await.unwrap().is_empty());

    let theirs = make.organization(store).await;
    assert_eq!(other.attachment(theirs, &text.sha2).await.unwrap(), None);
    assert!(other.attachment_links(theirs, &positions).await.unwrap().is_empty());
}
