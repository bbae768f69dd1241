//! Readiness and the orderly end.

use crate::{Append, AppendError, Store, StoreError, testkit::Maker};
use std::{sync::Arc, time::Duration};

/// What comes after the end is refused so that it can be sent again elsewhere.
pub(super) async fn a_closed_store_refuses(stores: &[Arc<dyn Store>; 2], make: &Maker) {
    let organization = make.organization(&*stores[0]).await;
    let unit = || {
        let mut unit = Append::new(organization);
        unit.events = vec![make.event("c-1")];
        unit
    };
    stores[0].ready().await.unwrap();
    stores[0].append(unit()).await.unwrap();
    for store in stores {
        store.close().await;
    }
    for store in stores {
        let error = store.append(unit()).await.unwrap_err();
        assert!(matches!(error, AppendError::Store(StoreError::Unavailable { .. })), "{error}");
        let error = store.ready().await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    }
}

/// Whoever comes second waits until the first has gone.
pub(super) async fn one_has_the_turn_to_begin(stores: &[Arc<dyn Store>; 2]) {
    let first = stores[0].turn_to_begin().await.unwrap();
    let second = stores[1].turn_to_begin();
    tokio::pin!(second);
    let waited = tokio::time::timeout(Duration::from_millis(200), &mut second).await;
    assert!(waited.is_err(), "two have the turn");
    drop(first);
    drop(second.await.unwrap());
    drop(stores[0].turn_to_begin().await.unwrap());
}
