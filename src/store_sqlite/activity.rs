//! What this store has done and is doing.

use crate::SqliteStore;
use sqlx::SqlitePool;
use store::{Activity, PoolActivity, StoreActivity};

impl Activity for SqliteStore {
    fn activity(&self) -> StoreActivity {
        self.writer.activity(vec![pool("read", &self.read), pool("write", &self.write)])
    }
}

fn pool(name: &'static str, pool: &SqlitePool) -> PoolActivity {
    let most = pool.options().get_max_connections();
    PoolActivity { name, open: pool.size(), idle: pool.num_idle(), most }
}
