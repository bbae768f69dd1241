//! One attempt on one SCO, as kept between requests, and what the browser's calls do to it.

use super::wire::BrowserCall;
use scorm::{
    runtime::{ApiSession, RunTimeData, State, Strictness, Timespan},
    sequencing::Request,
};
use serde::{Deserialize, Serialize};

/// What the store keeps of an attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AttemptData {
    /// The API as the last request left it. It stays running when the window just vanished, so
    /// that a window which wakes up later can go on.
    pub(crate) api: ApiSession,
    /// The data at the last point that statements told of: what has changed since is told next.
    pub(crate) recorded: RunTimeData,
    /// What the content goes on from; only until it initializes, for until then nothing has
    /// happened and the next session goes on from the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) prior: Option<RunTimeData>,
    /// How much of the session's time statements have told: a window that wakes up goes on with
    /// the same session, whose time then holds what was told when it fell silent.
    #[serde(default)]
    pub(crate) time_told: Timespan,
}

impl AttemptData {
    /// An attempt (or another session of one) that begins with `data`, made from `prior`.
    pub(crate) fn begin(
        data: RunTimeData,
        prior: Option<RunTimeData>,
        strictness: Strictness,
    ) -> Self {
        let recorded = data.clone();
        let api = ApiSession::new(data, strictness);
        Self { api, recorded, prior, time_told: Timespan::ZERO }
    }

    /// The API as it stands when the window is gone for good.
    pub(crate) fn expired(&self) -> ApiSession {
        let mut api = self.api.clone();
        api.expire();
        api
    }

    /// The API as it stands when the learner has ended the attempt on content that did not.
    pub(crate) fn ended_by_learner(&self) -> ApiSession {
        let mut api = self.api.clone();
        let is_2004 = api.data().edition().is_2004();
        api.call(if is_2004 { "Terminate" } else { "LMSFinish" }, &[""]);
        api
    }

    /// What the content asked for when it terminated (SCORM 2004 RTE 4.2.8 and SN 5.6).
    pub(crate) fn asked(&self) -> Option<Request> {
        let is_over = self.api.state() == State::Terminated;
        is_over.then(|| Request::of_content(self.api.data())).flatten()
    }

    /// The data from which another session of the attempt goes on; `None` when nothing has
    /// happened in it.
    pub(crate) fn left(self) -> Option<RunTimeData> {
        match self.api.state() {
            State::NotInitialized => self.prior,
            State::Running | State::Terminated => Some(self.expired().data().clone()),
        }
    }
}

/// A call as the API log keeps it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExecutedCall {
    /// What the browser said.
    pub(crate) call: BrowserCall,
    /// What the server's own data model answered.
    pub(crate) result: String,
    /// Its error code.
    pub(crate) error: String,
    /// What an author should know: leniency, or an answer that differs from the browser's.
    pub(crate) note: Option<String>,
}

/// What a batch of calls amounts to.
#[derive(Debug, Default)]
pub(crate) struct Executed {
    /// The calls, in order, those that the server had already left out.
    pub(crate) calls: Vec<ExecutedCall>,
    /// The content asked for its data to be kept: statements are due.
    pub(crate) committed: bool,
    /// The content began its session in this batch.
    pub(crate) initialized: bool,
    /// The content ended its session in this batch.
    pub(crate) terminated: bool,
}

/// Calls are missing before those that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gap {
    /// Number of the last call that the server has.
    pub(crate) applied: u64,
}

/// Executes `calls` on `api`, which has executed `applied` of them before.
pub(crate) fn execute(
    api: &mut ApiSession,
    applied: u64,
    calls: &[BrowserCall],
) -> Result<Executed, Gap> {
    let mut executed = Executed::default();
    let mut last = applied;
    for call in calls {
        if call.number <= last {
            continue;
        }
        if call.number != last + 1 {
            return Err(Gap { applied });
        }
        last = call.number;
        let before = api.state();
        let arguments: Vec<&str> = call.arguments.iter().map(String::as_str).collect();
        let reply = api.call(&call.function, &arguments);
        executed.initialized |= before == State::NotInitialized && api.state() == State::Running;
        executed.terminated |= before == State::Running && api.state() == State::Terminated;
        executed.committed |= is_commit(&call.function) && reply.result == "true";
        let error = reply.error.to_string();
        let mut note = reply.note.map(|note| note.text().to_owned());
        if reply.result != call.result || error != call.error {
            let differs = format!(
                "the browser answered {:?} with error {}",
                shortened(&call.result),
                shortened(&call.error)
            );
            note = Some(note.map_or(differs.clone(), |first| format!("{first}; {differs}")));
        }
        executed.calls.push(ExecutedCall { call: call.clone(), result: reply.result, error, note });
    }
    Ok(executed)
}

/// Calls that came too late to count: for the API log alone.
pub(crate) fn unapplied(calls: &[BrowserCall], why: &str) -> Vec<ExecutedCall> {
    let row = |call: &BrowserCall| ExecutedCall {
        result: call.result.clone(),
        error: call.error.clone(),
        call: call.clone(),
        note: Some(why.to_owned()),
    };
    calls.iter().map(row).collect()
}

fn is_commit(function: &str) -> bool {
    matches!(function, "Commit" | "LMSCommit")
}

/// Whether the browser saw the content end its session by this call.
pub(crate) fn is_end(call: &BrowserCall) -> bool {
    matches!(call.function.as_str(), "Terminate" | "LMSFinish") && call.result == "true"
}

/// Enough of an answer to recognise it in a note.
fn shortened(text: &str) -> String {
    const CHARACTERS_MAX: usize = 60;
    let mut short: String = text.chars().take(CHARACTERS_MAX).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use scorm::manifest::Edition;
    use scorm::runtime::Delivery;

    fn api() -> ApiSession {
        let data = RunTimeData::start(Edition::Scorm12, &Delivery::default());
        ApiSession::new(data, Strictness::Lenient)
    }

    fn call(number: u64, function: &str, arguments: &[&str], result: &str) -> BrowserCall {
        BrowserCall {
            number,
            function: function.to_owned(),
            arguments: arguments.iter().map(|&a| a.to_owned()).collect(),
            result: result.to_owned(),
            error: "0".to_owned(),
            claimed_millis: 0,
            by_inspector: false,
        }
    }

    #[test]
    fn calls_that_came_before_are_skipped_and_a_gap_is_refused() {
        let mut api = api();
        let first = [call(1, "LMSInitialize", &[""], "true")];
        let done = execute(&mut api, 0, &first).unwrap();
        assert!(done.initialized && !done.terminated);
        assert!(execute(&mut api, 1, &first).unwrap().calls.is_empty());
        let far = [call(2, "LMSCommit", &[""], "true"), call(4, "LMSCommit", &[""], "true")];
        assert_eq!(execute(&mut api, 1, &far).err(), Some(Gap { applied: 1 }));
    }

    #[test]
    fn the_servers_answer_counts_and_a_differing_one_is_noted() {
        let mut api = api();
        let calls = [
            call(1, "LMSInitialize", &[""], "true"),
            call(2, "LMSSetValue", &["cmi.core.student_id", "me"], "true"),
        ];
        let done = execute(&mut api, 0, &calls).unwrap();
        let last = done.calls.last().unwrap();
        assert_eq!((last.result.as_str(), last.error.as_str()), ("false", "403"));
        assert!(last.note.as_ref().unwrap().contains("the browser answered \"true\""));
    }

    #[test]
    fn a_vanished_window_leaves_a_session_that_can_go_on() {
        let mut attempt = AttemptData::begin(api().data().clone(), None, Strictness::Lenient);
        execute(&mut attempt.api, 0, &[call(1, "LMSInitialize", &[""], "true")]).unwrap();
        assert_eq!(attempt.expired().state(), State::Terminated);
        assert_eq!(attempt.api.state(), State::Running);
    }
}
