//! Notices of results: due when a registration moves on, taken once, settled as what came of them.

use super::super::Maker;
use crate::{Append, Notice, RegistrationRevision, Sent, Store, Write};
use domain::{RegistrationId, Timestamp};
use std::time::Duration;

const URL: &str = "https://lms.example/results";

/// The notices of this test alone: others share the store.
async fn due(store: &dyn Store, of: RegistrationId, now: Timestamp) -> Vec<Notice> {
    let mut due = store.due_notices(now, 10_000).await.unwrap();
    due.retain(|notice| notice.registration == of);
    due
}

pub(super) async fn a_notice_is_due_when_its_registration_moves_on(
    store: &dyn Store,
    make: &Maker,
) {
    let organization = make.organization(store).await;
    let (enrolment, mut unit) = make.enrolment(organization);
    let registration = enrolment.registration;
    unit.writes.push(Write::SendResults { registration, url: URL.to_owned() });
    store.append(unit).await.unwrap();
    let now = make.now.plus(Duration::from_hours(1));
    assert_eq!(due(store, registration, now).await, [], "nothing has happened yet");
    let mut revision = 0;
    let mut moves_on = async || {
        let mut unit = Append::new(organization);
        unit.expect = Some(RegistrationRevision { registration, revision });
        unit.statements = vec![make.runtime(registration, "completed", &enrolment.activity)];
        revision = store.append(unit).await.unwrap().revision.unwrap();
    };
    moves_on().await;
    let found = due(store, registration, now).await;
    assert_eq!((found.len(), found[0].url.as_str(), found[0].tries), (1, URL, 0));
    let until = now.plus(Duration::from_mins(1));
    assert!(store.take_notice(&found[0], until).await.unwrap());
    assert!(!store.take_notice(&found[0], until).await.unwrap(), "one gets it");
    assert_eq!(due(store, registration, now).await, []);

    // It fails, and is tried again later.
    let again = now.plus(Duration::from_mins(5));
    let failed = Sent::Failed { error: "gone".to_owned(), again_at: Some(again) };
    store.settle_notice(&found[0], until, &failed, now).await.unwrap();
    assert_eq!(due(store, registration, until).await, []);
    let found = due(store, registration, again).await;
    assert_eq!((found[0].tries, found[0].error.as_deref()), (1, Some("gone")));
    assert_eq!(found[0].failing_since, Some(now));

    // It is taken, and nothing is due until the registration moves on, even while it is sent.
    assert!(store.take_notice(&found[0], until).await.unwrap());
    moves_on().await;
    let taken = Sent::Taken { told: "passed".to_owned() };
    store.settle_notice(&found[0], until, &taken, again).await.unwrap();
    let found = due(store, registration, now).await;
    assert_eq!(found.len(), 1, "what changed while it was sent is due");
    assert_eq!((found[0].tries, found[0].told.as_deref()), (0, Some("passed")));
    assert!(store.take_notice(&found[0], until).await.unwrap());
    store.settle_notice(&found[0], until, &taken, again).await.unwrap();
    let notice = store.notice(organization, registration).await.unwrap().unwrap();
    assert_eq!((notice.due_at, notice.error, notice.told_at), (None, None, Some(again)));
    let other = make.organization(store).await;
    assert_eq!(store.notice(other, registration).await.unwrap(), None);
}
