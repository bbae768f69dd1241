//! What a scenario costs the server and this machine.

use crate::{
    measure::Tally,
    process::{ServerProcess, load_average, own_cpu},
    report::{Row, System},
};
use std::time::{Duration, Instant};

/// A server that is watched while it is loaded.
#[derive(Debug)]
pub(crate) struct Watch {
    /// What it is called in the report.
    pub(crate) name: String,
    process: Option<ServerProcess>,
}

impl Watch {
    /// The server that listens on this port of this machine, if it is one of this machine.
    pub(crate) fn new(name: String, port: Option<u16>) -> Self {
        Self { name, process: port.and_then(ServerProcess::listening_on) }
    }

    pub(crate) fn begin(&self) -> Begin<'_> {
        Begin {
            watch: self,
            at: Instant::now(),
            server: self.process.and_then(ServerProcess::cpu),
            own: own_cpu(),
        }
    }
}

/// How things stood when a scenario began.
pub(crate) struct Begin<'w> {
    watch: &'w Watch,
    at: Instant,
    server: Option<Duration>,
    own: Option<Duration>,
}

impl Begin<'_> {
    pub(crate) fn row(self, scenario: &str, connections: u32, mut tally: Tally) -> Row {
        let seconds = self.at.elapsed().as_secs_f64();
        let used = |now: Option<Duration>, before: Option<Duration>| {
            Some(now?.saturating_sub(before?).as_secs_f64() * 1_000.0)
        };
        let server = used(self.watch.process.and_then(ServerProcess::cpu), self.server);
        let system = System {
            server_cpu_ms: server,
            client_cpu_ms: used(own_cpu(), self.own),
            server_peak_memory_bytes: self.watch.process.and_then(ServerProcess::peak_memory_bytes),
            load_average: load_average(),
        };
        let latencies = tally.latencies();
        let [p50_ms, p99_ms, max_ms] =
            [50, 99, 100].map(|percent| latencies.percentile_ms(percent));
        Row {
            target: self.watch.name.clone(),
            scenario: scenario.to_owned(),
            connections,
            seconds,
            requests: tally.requests(),
            statements: tally.statements,
            errors: tally.errors,
            error_examples: std::mem::take(&mut tally.examples),
            p50_ms,
            p99_ms,
            max_ms,
            system,
        }
    }
}
