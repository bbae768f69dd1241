//! Readiness and the orderly end.

use crate::{Append, AppendError, Store, StoreError, testkit::Maker};
use std::sync::Arc;

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
