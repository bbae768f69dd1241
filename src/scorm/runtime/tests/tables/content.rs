//! Content that makes the calls of a row.

use crate::manifest::Edition;
use crate::runtime::{
    ApiSession, CreditMode, Delivery, LmsComment, NavigationValidity, Note, RunTimeData,
    SharedDataState, Strictness,
};
use serde_json::{Value, json};
use std::fmt;

/// How the SCO is launched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Launch {
    /// For the first time, with nothing in the manifest.
    First,
    /// Again after a suspension, in browse mode, given everything that an LMS can give.
    Given,
}

/// The answer to one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Value(String, Option<Note>),
    Error(u16),
}

impl Answer {
    pub(super) fn plain(value: &str) -> Self {
        Self::Value(value.to_owned(), None)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(code) => write!(f, "{code}"),
            Self::Value(value, note) => {
                let short: String = value.chars().take(60).collect();
                write!(f, "{short:?}")?;
                note.map_or(Ok(()), |note| write!(f, " {note:?}"))
            }
        }
    }
}

/// What is launched, and how its values are judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sco {
    pub(super) edition: Edition,
    pub(super) strictness: Strictness,
    pub(super) launch: Launch,
}

impl fmt::Display for Sco {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?} {:?}", self.edition, self.strictness, self.launch)
    }
}

/// The running content of one SCO.
pub(super) struct Content {
    sco: Sco,
    session: ApiSession,
    /// The data as launched and the calls, in the form of `tests/cases/`.
    start: Value,
    calls: Vec<Value>,
}

impl Content {
    /// A SCO that was launched and has made no call.
    pub(super) fn launched(sco: Sco) -> Self {
        let data = RunTimeData::start(sco.edition, &delivery(sco));
        let values: Value = data.values().map(|(e, v)| (e.to_owned(), json!(v))).collect();
        let session = ApiSession::new(data, sco.strictness);
        Self { sco, session, start: values, calls: Vec::new() }
    }

    /// A SCO that called Initialize.
    pub(super) fn running(sco: Sco) -> Self {
        let mut content = Self::launched(sco);
        assert_eq!(content.call("Initialize", &[""]), Answer::plain("true"));
        content
    }

    /// A SCO that called Terminate.
    pub(super) fn ended(sco: Sco) -> Self {
        let mut content = Self::running(sco);
        let terminate = if sco.edition.is_2004() { "Terminate" } else { "Finish" };
        assert_eq!(content.call(terminate, &[""]), Answer::plain("true"));
        content
    }

    pub(super) fn get(&mut self, element: &str) -> Answer {
        self.call("GetValue", &[element])
    }

    pub(super) fn set(&mut self, element: &str, value: &str) -> Answer {
        self.call("SetValue", &[element, value])
    }

    /// Makes a call by the name that both editions share. What a failed call returns and what the
    /// support functions say after it is the same for all, and checked here.
    pub(super) fn call(&mut self, function: &str, args: &[&str]) -> Answer {
        let prefix = if self.sco.edition.is_2004() { "" } else { "LMS" };
        let name = format!("{prefix}{function}");
        let reply = self.session.call(&name, args);
        let mut made = vec![json!(name)];
        made.extend(args.iter().map(|arg| json!(arg)));
        made.extend([json!(reply.result), json!(reply.error)]);
        made.extend(reply.note.map(|note| json!(note)));
        self.calls.push(Value::Array(made));
        let informs = matches!(function, "GetLastError" | "GetErrorString" | "GetDiagnostic");
        if informs || reply.error == 0 {
            return Answer::Value(reply.result, reply.note);
        }
        assert_eq!(
            reply.result,
            if function == "GetValue" { "" } else { "false" },
            "{name} failed"
        );
        let code = reply.error.to_string();
        assert_eq!(self.session.call(&format!("{prefix}GetLastError"), &[]).result, code);
        let text = self.session.call(&format!("{prefix}GetErrorString"), &[&code]).result;
        let diagnostic = self.session.call(&format!("{prefix}GetDiagnostic"), &[""]).result;
        assert!(!text.is_empty() && !diagnostic.is_empty(), "{name} fails without a text");
        Answer::Error(reply.error)
    }

    pub(super) fn count(&self, collection: &str) -> usize {
        self.session.data().count(collection)
    }

    /// The calls as a group of `tests/cases/`.
    pub(super) fn group(self, rule: &str) -> Value {
        let Sco { edition, strictness, .. } = self.sco;
        json!({ "rule": rule, "edition": edition, "strictness": strictness,
            "data": self.start, "calls": self.calls })
    }
}

fn delivery(sco: Sco) -> Delivery {
    let first = Delivery {
        learner_id: "learner-7".to_owned(),
        learner_name: "Learner, Joe".to_owned(),
        ..Delivery::default()
    };
    match sco.launch {
        Launch::First => first,
        Launch::Given => given(sco.edition, first),
    }
}

fn given(edition: Edition, first: Delivery) -> Delivery {
    let text = |scorm12: &str, scorm2004: &str| {
        Some(if edition.is_2004() { scorm2004 } else { scorm12 }.to_owned())
    };
    Delivery {
        prior: Some(suspended(edition, &first)),
        credit_mode: CreditMode::Browse,
        launch_data: Some("page=1".to_owned()),
        max_time_allowed: text("0000:30:00", "PT30M"),
        time_limit_action: Some("exit,message".to_owned()),
        mastery_score: Some("80".to_owned()),
        scaled_passing_score: Some(0.75),
        completion_threshold: Some(0.5),
        comments_from_lms: vec![LmsComment {
            comment: "Welcome".to_owned(),
            location: Some("page 1".to_owned()),
            timestamp: Some("2026-01-31T08:00:00".to_owned()),
        }],
        shared_data: vec![SharedDataState {
            id: "urn:store:1".to_owned(),
            store: Some("kept".to_owned()),
            read: true,
            write: true,
        }],
        navigation: NavigationValidity {
            forward: Some(true),
            previous: Some(false),
            choice: [("item.1".to_owned(), true)].into(),
            jump: [("item.1".to_owned(), false)].into(),
        },
        ..first
    }
}

/// The data of a first session that suspended after an hour and a half.
fn suspended(edition: Edition, first: &Delivery) -> RunTimeData {
    let mut session = ApiSession::new(RunTimeData::start(edition, first), Strictness::Strict);
    let calls: [(&str, &[&str]); 4] = if edition.is_2004() {
        [
            ("Initialize", &[""]),
            ("SetValue", &["cmi.session_time", "PT1H30M"]),
            ("SetValue", &["cmi.exit", "suspend"]),
            ("Terminate", &[""]),
        ]
    } else {
        [
            ("LMSInitialize", &[""]),
            ("LMSSetValue", &["cmi.core.session_time", "0001:30:00"]),
            ("LMSSetValue", &["cmi.core.exit", "suspend"]),
            ("LMSFinish", &[""]),
        ]
    };
    for (name, args) in calls {
        assert_eq!(session.call(name, args).result, "true", "{name}");
    }
    session.data().clone()
}
