//! Carries out a plan.

use crate::{
    corpus::{Corpus, Random},
    http::{Connection, Endpoint, EndpointError},
    measure::Tally,
    report::{Report, Row, Stored},
    scenario::{Prepared, Scenario, Stock, Work, WorkError, Worker},
    watch::Watch,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Statements in a request while prefilling.
const PREFILL_BATCH: u64 = 500;
/// Connections while prefilling.
const PREFILL_CONNECTIONS: u32 = 4;
/// Instants from which statements are read in ascending order.
const INSTANTS: u64 = 32;

/// One server to be loaded.
#[derive(Debug)]
pub struct Target {
    /// What it is called in the report.
    pub name: String,
    /// Where it is.
    pub endpoint: Endpoint,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Statements stored before anything is measured.
    pub prefill: u64,
    /// Whether they are there already, from a run with this seed.
    pub prefilled: bool,
    /// Whether a server with statements is refused.
    pub empty_first: bool,
    /// For how long each scenario goes on.
    pub each: Duration,
    /// On how many connections single requests are made, one scenario each.
    pub connections: Vec<u32>,
    /// What the statements are made from.
    pub seed: u64,
    /// What makes this run's own statements others than those of earlier runs: any number.
    pub nonce: u32,
}

/// Loading could not go on.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The endpoint cannot be used.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// A request that everything else rests on was not answered as it must be.
    #[error("{doing} at {target}: {why}")]
    Refused {
        /// What the request was for.
        doing: &'static str,
        /// Which server.
        target: String,
        /// The answer, in words.
        why: String,
    },
    /// There are statements where none may be.
    #[error("{target} holds statements already: use an empty database, or --prefilled")]
    NotEmpty {
        /// Which server.
        target: String,
    },
    /// The plan makes no sense.
    #[error("{0}")]
    Plan(&'static str),
}

/// One server while it is loaded.
struct Load {
    watch: Watch,
    endpoint: Arc<Endpoint>,
    stock: Arc<Stock>,
}

/// Loads every target with every scenario, one at a time: all targets with one, then all with the
/// next. `say` is told what goes on.
pub async fn run(
    plan: &Plan,
    targets: Vec<Target>,
    say: &mut dyn FnMut(&str),
) -> Result<Report, BenchError> {
    if plan.prefill == 0 || plan.connections.contains(&0) {
        return Err(BenchError::Plan("at least one statement and one connection are needed"));
    }
    let mut report = Report {
        stored: Some(Stored { seed: plan.seed, prefill: plan.prefill }),
        rows: Vec::new(),
    };
    let mut loads = Vec::with_capacity(targets.len());
    for target in targets {
        let mut load = Load::new(plan, target).await?;
        if plan.empty_first {
            load.must_be_empty().await?;
        }
        if !plan.prefilled {
            say(&format!("{}: storing {} statements", load.watch.name, plan.prefill));
            report.rows.push(load.prefill(plan.prefill).await?);
        }
        load.learn_instants(plan).await?;
        loads.push(load);
    }
    for scenario in Scenario::all(&plan.connections) {
        for load in &loads {
            let (name, connections) = (scenario.name(), scenario.connections);
            say(&format!("{}: {name}, {connections} connections", load.watch.name));
            report.rows.push(load.measure(scenario, plan).await);
        }
    }
    Ok(report)
}

impl Load {
    async fn new(plan: &Plan, target: Target) -> Result<Self, BenchError> {
        let port = target.endpoint.loopback_port().await?;
        let stock = Stock {
            corpus: Corpus::new(plan.seed, plan.prefill),
            prefilled: plan.prefill,
            // Apart from the prefilled ones and from those of other runs.
            next: AtomicU64::new((1 << 62) | (u64::from(plan.nonce) << 28)),
            instants: Vec::new(),
        };
        Ok(Self {
            watch: Watch::new(target.name, port),
            endpoint: Arc::new(target.endpoint),
            stock: Arc::new(stock),
        })
    }

    fn worker(&self, seed: u64) -> Worker {
        let connection = Connection::new(Arc::clone(&self.endpoint));
        Worker::new(connection, Arc::clone(&self.stock), Random::new(seed))
    }

    fn refused(&self, doing: &'static str, why: &WorkError) -> BenchError {
        BenchError::Refused { doing, target: self.watch.name.clone(), why: why.line() }
    }

    async fn must_be_empty(&self) -> Result<(), BenchError> {
        let any = self.worker(0).any().await;
        if any.map_err(|why| self.refused("look for statements", &why))? {
            return Err(BenchError::NotEmpty { target: self.watch.name.clone() });
        }
        Ok(())
    }

    async fn prefill(&self, statements: u64) -> Result<Row, BenchError> {
        let begin = self.watch.begin();
        let next = Arc::new(AtomicU64::new(0));
        let mut connections = JoinSet::new();
        for seed in 0..PREFILL_CONNECTIONS {
            let (mut worker, next) = (self.worker(u64::from(seed)), Arc::clone(&next));
            connections.spawn(async move {
                let mut tally = Tally::default();
                loop {
                    let first = next.fetch_add(PREFILL_BATCH, Ordering::Relaxed);
                    if first >= statements {
                        return Ok(tally);
                    }
                    let count = PREFILL_BATCH.min(statements - first);
                    let body = worker.stock.body(first, count);
                    let sent = Instant::now();
                    let stored = worker.carry_out(Prepared::Post { body, count }).await?;
                    tally.done(sent.elapsed(), stored);
                }
            });
        }
        let mut all = Tally::default();
        while let Some(ended) = connections.join_next().await {
            let ended: Result<Tally, WorkError> = ended.expect("no task is cancelled or panics");
            all.add(ended.map_err(|why| self.refused("store statements", &why))?);
        }
        Ok(begin.row("prefill, store 500", PREFILL_CONNECTIONS, all))
    }

    async fn learn_instants(&mut self, plan: &Plan) -> Result<(), BenchError> {
        let mut worker = self.worker(plan.seed);
        let mut instants = Vec::new();
        for _ in 0..INSTANTS.min(plan.prefill) {
            let number = worker.random.below(plan.prefill);
            let stored = worker.stored(number).await;
            instants.push(stored.map_err(|why| self.refused("read a stored statement", &why))?);
        }
        drop(worker);
        let stock = Arc::get_mut(&mut self.stock).expect("no worker is left");
        stock.instants = instants;
        Ok(())
    }

    async fn measure(&self, scenario: Scenario, plan: &Plan) -> Row {
        let begin = self.watch.begin();
        let deadline = Instant::now() + plan.each;
        let mut connections = JoinSet::new();
        for number in 0..scenario.connections {
            let worker = self.worker(plan.seed.wrapping_add(u64::from(number) << 32));
            connections.spawn(repeat(worker, scenario.work, deadline));
        }
        let mut all = Tally::default();
        while let Some(ended) = connections.join_next().await {
            all.add(ended.expect("no task is cancelled or panics"));
        }
        begin.row(&scenario.name(), scenario.connections, all)
    }
}

async fn repeat(mut worker: Worker, work: Work, deadline: Instant) -> Tally {
    let mut tally = Tally::default();
    while Instant::now() < deadline {
        let prepared = worker.prepare(work);
        let sent = Instant::now();
        match worker.carry_out(prepared).await {
            Ok(statements) => tally.done(sent.elapsed(), statements),
            Err(why) => {
                tally.failed(why.line());
                // A server that refuses everything at once must not keep the client busy.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
    tally
}
