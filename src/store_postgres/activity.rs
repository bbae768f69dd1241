//! What this store has done and is doing.

use crate::PostgresStore;
use sqlx::PgPool;
use store::{Activity, PoolActivity, StoreActivity};

impl Activity for PostgresStore {
    fn activity(&self) -> StoreActivity {
        self.writer.activity(vec![pool("all", &self.pool)])
    }
}

fn pool(name: &'static str, pool: &PgPool) -> PoolActivity {
    let most = pool.options().get_max_connections();
    PoolActivity { name, open: pool.size(), idle: pool.num_idle(), most }
}
