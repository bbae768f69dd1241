//! What came out, for people and for programs.

use serde::Serialize;

/// What came out of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// What was stored before anything was measured; nothing when learners were.
    #[serde(flatten)]
    pub stored: Option<Stored>,
    /// One for each scenario and server, in the order in which they ran.
    pub rows: Vec<Row>,
}

/// Statements that were stored beforehand.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Stored {
    /// What they were made from; the same seed makes the same ones.
    pub seed: u64,
    /// How many.
    pub prefill: u64,
}

/// One scenario on one server.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Which server.
    pub target: String,
    /// What was done.
    pub scenario: String,
    /// On how many connections at once.
    pub connections: u32,
    /// For how long, in seconds.
    pub seconds: f64,
    /// Answers that were as they should be.
    pub requests: u64,
    /// Statements that were stored or read by them.
    pub statements: u64,
    /// Requests without such an answer.
    pub errors: u64,
    /// The first few of those, in words.
    pub error_examples: Vec<String>,
    /// Milliseconds within which half of the answers came.
    pub p50_ms: f64,
    /// Milliseconds within which 99 of 100 answers came.
    pub p99_ms: f64,
    /// Milliseconds of the slowest answer.
    pub max_ms: f64,
    /// What it cost.
    #[serde(flatten)]
    pub system: System,
}

/// What a scenario cost this machine; what is not known is left out.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct System {
    /// Processor milliseconds of the server's process, when it runs on this machine. A database
    /// server beside it is not part of it.
    pub server_cpu_ms: Option<f64>,
    /// Processor milliseconds of the client.
    pub client_cpu_ms: Option<f64>,
    /// The most memory that the server's process held until now.
    pub server_peak_memory_bytes: Option<u64>,
    /// The machine's load average at the end.
    pub load_average: Option<f64>,
}

impl Row {
    fn per_second(&self, count: u64) -> f64 {
        if self.seconds > 0.0 { number(count) / self.seconds } else { 0.0 }
    }

    fn server_ms_per_request(&self) -> Option<f64> {
        let cpu = self.system.server_cpu_ms.filter(|_| self.requests > 0)?;
        Some(cpu / number(self.requests))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
const fn number(count: u64) -> f64 {
    count as f64
}

const HEADINGS: [&str; 10] = [
    "scenario",
    "server",
    "conns",
    "req/s",
    "stmt/s",
    "p50 ms",
    "p99 ms",
    "errors",
    "cpu ms/req",
    "peak MB",
];

impl Report {
    /// A table for people, then the errors in words.
    pub fn table(&self) -> String {
        let cells: Vec<[String; 10]> = self.rows.iter().map(cells).collect();
        let heading = HEADINGS.map(str::to_owned);
        let lines: Vec<&[String; 10]> = std::iter::once(&heading).chain(&cells).collect();
        let widths: [usize; 10] = std::array::from_fn(|column| {
            lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0)
        });
        let mut text = String::new();
        for line in lines {
            for (column, (cell, width)) in line.iter().zip(widths).enumerate() {
                // Texts stand on the left, numbers on the right.
                let cell =
                    if column < 2 { format!("{cell:<width$}") } else { format!("{cell:>width$}") };
                text.push_str(&cell);
                text.push_str(if column + 1 < HEADINGS.len() { "  " } else { "\n" });
            }
        }
        for row in &self.rows {
            for error in &row.error_examples {
                text.extend([&row.scenario, " on ", &row.target, ": ", error, "\n"]);
            }
        }
        if let Some(Stored { seed, prefill }) = self.stored {
            let before = format!("{prefill} statements stored before, seed {seed}");
            text.push_str(&before);
        }
        text.trim_end().to_owned()
    }

    /// The same for programs.
    pub fn json(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("a report is plain data")
    }

    /// Whether every request was answered as it should be.
    pub fn is_clean(&self) -> bool {
        self.rows.iter().all(|row| row.errors == 0)
    }
}

fn cells(row: &Row) -> [String; 10] {
    let memory = row.system.server_peak_memory_bytes;
    [
        row.scenario.clone(),
        row.target.clone(),
        row.connections.to_string(),
        format!("{:.0}", row.per_second(row.requests)),
        format!("{:.0}", row.per_second(row.statements)),
        format!("{:.2}", row.p50_ms),
        format!("{:.2}", row.p99_ms),
        row.errors.to_string(),
        row.server_ms_per_request().map_or_else(String::new, |cpu| format!("{cpu:.3}")),
        memory.map_or_else(String::new, |bytes| (bytes / 1_000_000).to_string()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_line_for_each_row_and_each_error() {
        let row = Row {
            target: "here".to_owned(),
            scenario: "store 1".to_owned(),
            connections: 16,
            seconds: 2.0,
            requests: 1_000,
            statements: 1_000,
            errors: 1,
            error_examples: vec!["status 503".to_owned()],
            p50_ms: 1.234,
            p99_ms: 5.0,
            max_ms: 9.0,
            system: System {
                server_cpu_ms: Some(500.0),
                client_cpu_ms: None,
                server_peak_memory_bytes: Some(42_000_000),
                load_average: None,
            },
        };
        let report = Report { stored: Some(Stored { seed: 7, prefill: 100 }), rows: vec![row] };
        let table = report.table();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 4, "{table}");
        let words: Vec<&str> = lines[1].split_whitespace().collect();
        assert_eq!(
            words,
            ["store", "1", "here", "16", "500", "500", "1.23", "5.00", "1", "0.500", "42"]
        );
        assert_eq!(lines[2], "store 1 on here: status 503");
        assert!(!report.is_clean());
        assert_eq!(report.json()["rows"][0]["server_cpu_ms"], 500.0);
    }
}
