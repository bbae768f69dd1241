//! What this store has done and is doing.

use crate::PostgresStore;
use sqlx::PgPool;
use store::{Activity, PoolActivity, StoreActivity};

impl Activity for PostgresStore {
    fn activity(&self) -> StoreActivity {
        let mut pools = vec![pool("all", &self.pool)];
        pools.extend(self.replica.iter().map(|replica| pool("replica", replica.pool())));
        let replica = self.replica.as_ref().map(|replica| replica.activity());
        StoreActivity { replica, ..self.writer.activity(pools) }
    }
}

fn pool(name: &'static str, pool: &PgPool) -> PoolActivity {
    let most = pool.options().get_max_connections();
    PoolActivity { name, open: pool.size(), idle: pool.num_idle(), most }
}
