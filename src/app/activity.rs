//! What the service has done and is doing, for operators: numbers that name nobody.

use crate::{App, AppError};
use std::sync::atomic::Ordering;
use store::StoreActivity;

impl App {
    /// What the store has done and is doing.
    pub fn store_activity(&self) -> StoreActivity {
        self.store.activity()
    }

    /// Bytes of packages that were kept since the start.
    pub fn package_bytes_kept(&self) -> u64 {
        self.package_bytes_kept.load(Ordering::Relaxed)
    }

    /// Entries in the logs of all organizations together.
    pub async fn log_entries(&self) -> Result<u64, AppError> {
        let mut entries = 0;
        for organization in self.store.organizations().await? {
            entries += self.store.ledger_head(organization.id).await?.frontier.size();
        }
        Ok(entries)
    }
}
