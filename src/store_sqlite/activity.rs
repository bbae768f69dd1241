//! What this store has done and is doing.

use crate::SqliteStore;
use store::{Activity, LaggingReads, Replicated, StoreActivity};

impl Activity for SqliteStore {
    fn activity(&self) -> StoreActivity {
        self.writer.activity(vec![self.read.activity("read"), self.write.activity("write")])
    }
}

impl Replicated for SqliteStore {
    fn lagging(&self) -> Box<dyn LaggingReads + '_> {
        Box::new(self)
    }
}
