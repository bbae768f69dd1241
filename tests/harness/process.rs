//! A child process whose lines are kept, and that never outlives its owner.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How often something is looked at again while waiting for it.
pub(crate) const PAUSE: Duration = Duration::from_millis(25);

#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap_or_else(|error| panic!("{piped:?}: {error}"));
        let lines = Arc::default();
        keep_lines(child.stdout.take(), &lines);
        keep_lines(child.stderr.take(), &lines);
        Self { child, lines }
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has written so far, both streams as they came.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until `find` sees what it looks for in the lines; panics when the process ends or
    /// time is up.
    pub(crate) async fn wait_for<T>(
        &mut self,
        what: &str,
        within: Duration,
        find: impl Fn(&[String]) -> Option<T>,
    ) -> T {
        let begin = Instant::now();
        loop {
            let ended = self.child.try_wait().expect("the process is ours");
            if let Some(found) = find(&self.lines()) {
                return found;
            }
            let log = || self.lines().join("\n");
            assert!(ended.is_none(), "ended ({ended:?}) before {what}; it wrote:\n{}", log());
            assert!(begin.elapsed() < within, "no {what} within {within:?}; it wrote:\n{}", log());
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Sends SIGTERM and waits for the end; `None` when time was up.
    pub(crate) async fn terminate(&mut self, within: Duration) -> Option<ExitStatus> {
        let id = self.child.id().to_string();
        // Sending a signal needs unsafe code or a crate; every shell can do it.
        let sent = Command::new("sh").args(["-c", "kill -s TERM \"$0\"", &id]).status();
        assert!(sent.is_ok_and(|status| status.success()), "SIGTERM could not be sent to {id}");
        let begin = Instant::now();
        while begin.elapsed() < within {
            if let Some(status) = self.child.try_wait().expect("the process is ours") {
                return Some(status);
            }
            tokio::time::sleep(PAUSE).await;
        }
        None
    }

    /// Ends it at once (SIGKILL) and collects it.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn keep_lines(stream: Option<impl Read + Send + 'static>, lines: &Arc<Mutex<Vec<String>>>) {
    let stream = BufReader::new(stream.expect("the stream is piped"));
    let lines = Arc::clone(lines);
    thread::spawn(move || {
        for line in stream.split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    });
}
