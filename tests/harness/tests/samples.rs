//! The sample courses in a real browser, against a page that plays the learning system: this
//! proves the courses and the harness before any player exists.

use harness::serde_json::{Value, json};
use harness::{Browser, Device};
use samples::Sample;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// A page with a recording API of each version, and a frame for the course. `calls` keeps what was
/// set; `data` answers what is asked.
const LEARNING_SYSTEM: &str = r#"<!doctype html><title>Learning system</title><script>
  var data = {}, calls = [];
  let error = "0";
  const count = (element) => {
    const prefix = element.replace("_count", "");
    const at = Object.keys(data).filter((key) => key.startsWith(prefix)).map((key) => parseInt(key.slice(prefix.length)));
    return String(Math.max(-1, ...at) + 1);
  };
  const functions = {
    start: () => "true",
    get: (element) => {
      error = "0";
      if (element in data) return data[element];
      return element.endsWith("._count") ? count(element) : "";
    },
    set: (element, value) => { calls.push([element, value]); data[element] = value; return "true"; },
    commit: () => { calls.push(["commit"]); return "true"; },
    end: () => { calls.push(["end"]); return "true"; },
    error: () => error,
  };
  const f = functions;
  const older = { LMSInitialize: f.start, LMSGetValue: f.get, LMSSetValue: f.set, LMSCommit: f.commit, LMSFinish: f.end, LMSGetLastError: f.error };
  const newer = { Initialize: f.start, GetValue: f.get, SetValue: f.set, Commit: f.commit, Terminate: f.end, GetLastError: f.error };
  function play(version, page, given) {
    delete window.API; delete window.API_1484_11;
    if (version === "1.2") window.API = older; else window.API_1484_11 = newer;
    Object.assign(data, given);
    document.body.innerHTML = '<iframe title="course" style="border:0;width:100%;height:95vh"></iframe>';
    document.querySelector("iframe").src = page;
    return true;
  }
</script><body style="margin:0"></body>"#;

/// Serves the files of one sample and the learning system at `/`, until the process ends.
fn serve(sample: &'static Sample) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream, sample));
        }
    });
    address
}

fn answer(mut stream: TcpStream, sample: &Sample) -> Option<()> {
    let mut request = BufReader::new(stream.try_clone().ok()?).lines();
    let line = request.next()?.ok()?;
    while !request.next()?.ok()?.is_empty() {}
    let path = line.split(' ').nth(1)?.trim_start_matches('/');
    let (status, body) = match path {
        "" => ("200 OK", LEARNING_SYSTEM.as_bytes()),
        "favicon.ico" => ("204 No Content", &[][..]),
        path => sample.file(path).map_or(("404 Not Found", &[][..]), |bytes| ("200 OK", bytes)),
    };
    let kind = match path.rsplit('.').next() {
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        _ => "text/html",
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).ok()
}

struct Stage {
    browser: Browser,
}

impl Stage {
    /// A browser with `page` of a sample open in its frame, ready to be driven.
    async fn open(name: &str, version: &str, page: &str, given: Value) -> Self {
        let sample = samples::named(name).expect("the sample exists");
        let stage = Self { browser: Browser::open().await };
        stage.browser.goto(&serve(sample)).await.expect("the page loads");
        stage.play(version, page, given).await;
        stage
    }

    async fn play(&self, version: &str, page: &str, given: Value) {
        let call = format!("play({version:?}, {page:?}, {given})");
        self.browser.eval(&call).await;
        self.browser.enter("iframe").await;
        self.browser
            .wait_until("a course that is ready", "document.body.dataset.state === 'ready'")
            .await;
    }

    async fn answer(&self, answers: &[(&str, &str)]) {
        for (question, answer) in answers {
            self.browser.click(&format!("[data-question={question}] [data-answer={answer}]")).await;
        }
    }

    async fn next(&self, times: usize) {
        for _ in 0..times {
            self.browser.click("[data-action=next]").await;
        }
    }

    /// What the learning system was given, after the course has ended.
    async fn data(&self) -> Value {
        assert_eq!(self.browser.eval("document.body.dataset.refusals").await, "0");
        self.browser.leave_frames().await;
        let data = self.browser.eval("data").await;
        assert_eq!(self.browser.console_errors().await, Vec::<String>::new());
        assert_eq!(self.browser.failed_requests().await, Vec::<String>::new());
        data
    }
}

const PHISHING_RIGHT: &[(&str, &str)] =
    &[("sender", "b"), ("signs", "a"), ("signs", "c"), ("padlock", "false"), ("clicked", "c")];

#[tokio::test]
async fn phishing_basics_is_passed_with_every_answer_right() {
    if let Some(why) = Browser::missing() {
        return harness::skip(&why);
    }
    let given =
        json!({"cmi.core.lesson_status": "not attempted", "cmi.student_data.mastery_score": "75"});
    let stage = Stage::open("phishing-basics", "1.2", "index.html", given).await;
    assert_eq!(stage.browser.title().await.unwrap(), "Learning system");
    for (name, device) in [("desktop", Device::DESKTOP), ("phone-dark", Device::PHONE.dark())] {
        stage.browser.show_on(device).await;
        let wide = "document.documentElement.scrollWidth > window.innerWidth";
        assert_eq!(stage.browser.eval(wide).await, false, "scrolls sideways on {name}");
        stage.browser.screenshot(&format!("sample-phishing-basics-{name}")).await;
    }
    stage.browser.show_on(Device::DESKTOP).await;
    stage.next(4).await;
    stage.answer(PHISHING_RIGHT).await;
    stage.browser.click("[data-action=submit]").await;
    assert_eq!(
        stage.browser.attribute("[data-result]", "data-outcome").await.as_deref(),
        Some("passed")
    );
    stage.browser.click("[data-action=finish]").await;
    let data = stage.data().await;
    assert_eq!(data["cmi.core.lesson_status"], "passed");
    assert_eq!(data["cmi.core.score.raw"], "100");
    assert_eq!(data["cmi.core.exit"], "");
    assert_eq!(data["cmi.interactions.1.student_response"], "a,c");
    assert_eq!(data["cmi.interactions.2.student_response"], "f");
    assert_eq!(data["cmi.interactions.3.result"], "correct");
}

#[tokio::test]
async fn phishing_basics_resumes_where_it_was_left_and_can_be_failed_and_retried() {
    if let Some(why) = Browser::missing() {
        return harness::skip(&why);
    }
    let given =
        json!({"cmi.core.lesson_status": "not attempted", "cmi.student_data.mastery_score": "75"});
    let stage = Stage::open("phishing-basics", "1.2", "index.html", given).await;
    stage.next(4).await;
    stage.answer(&[("sender", "a")]).await;
    stage.browser.click("[data-action=save-and-exit]").await;
    let data = stage.data().await;
    assert_eq!(
        (&data["cmi.core.exit"], &data["cmi.core.lesson_status"]),
        (&json!("suspend"), &json!("incomplete"))
    );
    assert_eq!(data["cmi.core.lesson_location"], "quiz");

    stage.play("1.2", "index.html", json!({"cmi.core.entry": "resume"})).await;
    assert_eq!(stage.browser.attribute("body", "data-current-page").await.as_deref(), Some("quiz"));
    stage.answer(&[("signs", "b"), ("padlock", "true"), ("clicked", "c")]).await;
    stage.browser.click("[data-action=submit]").await;
    assert_eq!(stage.browser.attribute("[data-result]", "data-score").await.as_deref(), Some("25"));
    stage.browser.click("[data-action=retry]").await;
    stage.answer(PHISHING_RIGHT).await;
    stage.browser.click("[data-action=submit]").await;
    // The tab goes away without a word: the page ends the session by itself.
    stage.browser.leave_frames().await;
    stage.browser.eval("document.querySelector('iframe').remove()").await;
    stage.browser.wait_until("the end", "calls.some((call) => call[0] === 'end')").await;
    let data = stage.browser.eval("data").await;
    assert_eq!(data["cmi.core.lesson_status"], "passed");
    assert_eq!(data["cmi.core.exit"], "suspend");
    assert_eq!(data["cmi.interactions.7.result"], "correct");
}

#[tokio::test]
async fn the_readings_of_data_handling_complete_when_all_pages_were_seen() {
    if let Some(why) = Browser::missing() {
        return harness::skip(&why);
    }
    let given = json!({"cmi.core.lesson_status": "not attempted"});
    let stage = Stage::open("data-handling", "1.2", "classify/index.html", given).await;
    assert_eq!(stage.browser.eval("parent.data['cmi.core.lesson_status']").await, "incomplete");
    stage.next(1).await;
    stage.browser.click("[data-action=finish]").await;
    assert_eq!(stage.data().await["cmi.core.lesson_status"], "completed");
}

#[tokio::test]
async fn secure_coding_reports_objectives_and_a_written_answer() {
    if let Some(why) = Browser::missing() {
        return harness::skip(&why);
    }
    let given = json!({"cmi.completion_status": "unknown", "cmi.scaled_passing_score": "0.75"});
    let stage = Stage::open("secure-coding", "2004", "assessment/index.html", given).await;
    stage.browser.click("[data-action=submit]").await;
    assert!(stage.browser.text("[data-unanswered]").await.contains("no answer"));
    stage.answer(&[("outside", "a"), ("outside", "b"), ("outside", "d"), ("injection", "a")]).await;
    stage.answer(&[("leaked", "false")]).await;
    stage.browser.fill("[data-question=rotate] [data-answer-text]", "0").await;
    stage.browser.click("[data-action=submit]").await;
    stage.browser.click("[data-action=finish]").await;
    let data = stage.data().await;
    for (element, value) in [
        ("cmi.success_status", "passed"),
        ("cmi.completion_status", "completed"),
        ("cmi.score.scaled", "0.75"),
        ("cmi.objectives.0.id", "boundaries"),
        ("cmi.objectives.0.score.scaled", "0.5"),
        ("cmi.objectives.1.success_status", "passed"),
        ("cmi.interactions.0.learner_response", "a[,]b[,]d"),
        ("cmi.interactions.1.result", "incorrect"),
        ("cmi.interactions.3.correct_responses.0.pattern", "0[:]0"),
        ("adl.nav.request", "exitAll"),
        ("cmi.exit", "normal"),
    ] {
        assert_eq!(data[element], value, "{element}");
    }
}

#[tokio::test]
async fn incident_response_keeps_comments_and_a_shared_text() {
    if let Some(why) = Browser::missing() {
        return harness::skip(&why);
    }
    let store = "urn:attestry:sample:incident-response:contact";
    let given = json!({"cmi.completion_status": "unknown", "adl.data.0.id": store});
    let stage = Stage::open("incident-response", "2004", "exercise.html", given).await;
    stage.next(2).await;
    stage.browser.fill("[data-field=contact]", "Ada, 4711").await;
    stage.browser.click("[data-action=keep-contact]").await;
    stage.next(1).await;
    stage.browser.fill("[data-field=comment]", "The number is not on paper.").await;
    stage.browser.click("[data-action=keep-comment]").await;
    stage.browser.element("[data-note]:not([data-share])[data-state=kept]").await;
    stage.browser.click("[data-action=save-and-exit]").await;
    let data = stage.data().await;
    assert_eq!(data["adl.data.0.store"], "Ada, 4711");
    assert_eq!(data["cmi.comments_from_learner.0.comment"], "The number is not on paper.");
    assert_eq!(data["cmi.progress_measure"], "0.67");
    assert_eq!(data["adl.nav.request"], "suspendAll");
}

#[tokio::test]
async fn the_probe_calls_what_it_is_told_and_keeps_the_answers() {
    if let Some(why) = Browser::missing() {
        return harness::skip(&why);
    }
    for (name, version) in [("api-probe-12", "1.2"), ("api-probe-2004", "2004")] {
        let stage = Stage::open(name, version, "shared/probe.html", json!({})).await;
        assert_eq!(stage.browser.eval("probe.version").await, version);
        stage.browser.click("[data-action=initialize]").await;
        let answers = stage.browser.eval("probe.run([['set', 'x', 'y'], ['get', 'x']])").await;
        assert_eq!((&answers[1]["result"], &answers[1]["error"]), (&json!("y"), &json!("0")));
        assert_eq!(stage.browser.eval("probe.log.length").await, 3);
    }
}
