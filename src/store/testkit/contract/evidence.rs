//! Where statements come from.

use crate::{Append, Claim, Position, Store, testkit::Maker};

pub(super) async fn a_claim_is_kept_with_its_statement(store: &dyn Store, make: &Maker) {
    let organization = make.organization(store).await;
    let statement =
        || make.statement("mbox:a@example.com", "https://v.example/did", "https://a.example/1");
    let claim = Claim {
        stored: Some("2019-05-01T10:00:00Z".to_owned()),
        authority: Some(r#"{"mbox":"mailto:lrs@example.com"}"#.to_owned()),
        authority_key: Some("mbox:lrs@example.com".to_owned()),
        source: make.digest(),
        line: 7,
    };
    let mut replayed = statement();
    replayed.claim = Some(claim.clone());
    let mut unit = Append::new(organization);
    unit.statements = vec![replayed.clone(), statement()];
    store.append(unit).await.unwrap();
    assert_eq!(store.claim(organization, Position::FIRST).await.unwrap(), Some(claim));
    assert_eq!(store.claim(organization, Position::new(1)).await.unwrap(), None);
    let entries = store.entries(organization, Position::FIRST, 2).await.unwrap();
    let texts = entries.iter().map(|one| String::from_utf8(one.entry.clone()).unwrap());
    let bound: Vec<_> = texts.map(|text| text.contains(r#""claim":"#)).collect();
    assert_eq!(bound, [true, false]);

    // Done again without its claim it is the same statement, and the claim stays.
    let mut unit = Append::new(organization);
    unit.statements = vec![crate::NewStatement { claim: None, ..replayed }];
    assert!(!store.append(unit).await.unwrap().statements[0].new);
    assert!(store.claim(organization, Position::FIRST).await.unwrap().is_some());
    let other = make.organization(store).await;
    assert_eq!(store.claim(other, Position::FIRST).await.unwrap(), None);
}
