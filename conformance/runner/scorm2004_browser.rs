//! Runs ADL's SCORM 2004 4th edition LMS conformance cases through HTTP and Chromium: the packages
//! are uploaded with a stand-in page in place of the content, the learner clicks in the player, and
//! the content's calls are made on the API that the player offers.

use conformance_scorm2004::{
    Answer, Case, Line, Lms, Shown, Step, Words, cases_or_say, package_of, run, run_and_tell, say,
};
use harness::{
    Backend, Browser, Server,
    reqwest::header,
    serde_json::{Value, json},
};
use scorm::sequencing::Request;
use std::{
    collections::{BTreeMap, HashMap},
    future::Future,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};
use tokio::{runtime::Runtime, time::Instant};

/// The stand-in for the content: it makes no call of its own.
const PAGE: &[u8] = b"<!doctype html><html lang=\"en\"><title>Stand-in</title><p>Content.";
/// How long the player may take for anything.
const WITHIN: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(40);
/// New content is in the frame, or the player says something that the learner must answer.
const SETTLED: &str = "(() => {
  const frame = document.querySelector('#frame');
  const panel = document.querySelector('#panel');
  const asks = panel && !panel.hidden
    && [...panel.querySelectorAll('#panel-actions button')].some(button => !button.seenByTest);
  const over = document.querySelector('#exit')?.hidden === true && panel && !panel.hidden;
  const inner = frame?.contentWindow;
  const shown = frame?.dataset.shown === 'true' && inner.document.readyState === 'complete'
    && inner.location.pathname.startsWith('/c/') && !inner.seenByTest;
  return Boolean(asks || over || (shown && panel.hidden && !document.querySelector('#open-contents').disabled));
})()";
/// All calls have arrived, and what they changed is shown.
const QUIET: &str =
    "['idle', 'saved', 'stopped'].includes(document.querySelector('#state').dataset.state)";

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.len() < 2 {
        say("usage: conformance-scorm2004-browser ATTESTRY DIR [CASE or FAMILY…]");
        return ExitCode::from(2);
    }
    let wanted = arguments.split_off(2);
    let Some(cases) = cases_or_say(&arguments[1]) else { return ExitCode::from(2) };
    if let Some(why) = Browser::missing() {
        say(&format!("cannot launch: {why}"));
        return ExitCode::from(2);
    }
    run_all(&arguments[0], &cases, &wanted)
}

fn run_all(program: &str, cases: &BTreeMap<String, Case>, wanted: &[String]) -> ExitCode {
    let is_wanted = |id: &str| {
        wanted.is_empty()
            || wanted.iter().any(|one| id == one || id.starts_with(&format!("{one}-")))
    };
    let runtime = Runtime::new().expect("threads can be started");
    let server = runtime.block_on(Server::start(program, Backend::Sqlite, &[]));
    let mut courses = HashMap::new();
    run_and_tell(cases.keys().filter(|id| is_wanted(id)), |id| {
        let mut lms = InBrowser {
            runtime: &runtime,
            server: &server,
            browser: runtime.block_on(Browser::open()),
            courses: &mut courses,
            learner: String::new(),
            learner_id: String::new(),
            prefix: format!("{id} "),
            playing: None,
            registration: String::new(),
            registrations: HashMap::new(),
            asking: Asking::default(),
        };
        run(&mut lms, cases, id)
    })
}

/// The server with one learner's browser.
struct InBrowser<'r> {
    runtime: &'r Runtime,
    server: &'r Server,
    browser: Browser,
    /// Courses by the manifest that they were made from.
    courses: &'r mut HashMap<PathBuf, String>,
    learner: String,
    /// How the content knows them.
    learner_id: String,
    /// Learners of different cases are different people.
    prefix: String,
    /// The package that is taken, with its course.
    playing: Option<Playing>,
    registration: String,
    /// Registrations by learner and package.
    registrations: HashMap<(String, String), String>,
    /// What the content has set of `adl.nav.request` and `cmi.exit`, and whether it has ended.
    asking: Asking,
}

struct Playing {
    package: String,
    titles: HashMap<String, String>,
}

#[derive(Default)]
struct Asking {
    request: Option<Request>,
    exit: String,
    has_ended: bool,
}

type Done<T> = Result<T, String>;

impl InBrowser<'_> {
    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    fn eval(&self, expression: &str) -> Done<Value> {
        let script = format!("return ({expression});");
        let answer = self.wait(self.browser.execute(&script, Vec::new()));
        answer.map_err(|error| format!("{expression}: {error}"))
    }

    fn wait_until(&self, what: &str, expression: &str) -> Done<()> {
        let begin = Instant::now();
        while begin.elapsed() < WITHIN {
            if self.eval(expression).is_ok_and(|seen| seen == Value::Bool(true)) {
                return Ok(());
            }
            self.wait(async { tokio::time::sleep(PAUSE).await });
        }
        let words = self.eval("document.body.innerText").unwrap_or_default();
        Err(format!("not seen: {what}; the page says {words}"))
    }

    /// Waits for what comes after a movement.
    fn settle(&self) -> Done<()> {
        self.wait_until("the player to settle", SETTLED)?;
        self.mark_seen()
    }

    /// Marks content and panel, so that what comes next is told from them.
    fn mark_seen(&self) -> Done<()> {
        let mark = "(() => { const frame = document.querySelector('#frame'); \
                    if (frame.dataset.shown === 'true') frame.contentWindow.seenByTest = true; \
                    document.querySelectorAll('#panel-actions button')\
                      .forEach(button => { button.seenByTest = true; }); \
                    return true; })()";
        self.eval(mark).map(|_| ())
    }

    fn quiet(&self) -> Done<()> {
        self.wait_until("calls to be saved", QUIET)
    }

    fn truth(&self, expression: &str) -> Done<bool> {
        self.quiet()?;
        Ok(self.eval(expression)? == Value::Bool(true))
    }

    async fn upload(&self, package: Vec<u8>) -> Done<String> {
        let request = self
            .server
            .post("/api/v1/packages")
            .header(header::CONTENT_TYPE, "application/zip")
            .body(package);
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let answer: Value = answer.json().await.map_err(|error| error.to_string())?;
        let course = answer["course"].as_str().map(str::to_owned);
        course.ok_or_else(|| format!("the package was refused: {answer}"))
    }

    /// What the API answers.
    fn read(&self, path: &str) -> Done<Value> {
        self.wait(async {
            let answer = self.server.get(path).send().await;
            answer.map_err(|error| error.to_string())?.json().await.map_err(|e| e.to_string())
        })
    }

    /// What the server said of the last navigation request.
    fn last_outcome(&self) -> Done<String> {
        let calls = self.read(&format!("/api/v1/registrations/{}/calls", self.registration))?;
        let items = calls["items"].as_array().cloned().unwrap_or_default();
        let last = items.iter().rev().find(|call| call["function"] == "navigate");
        Ok(last.and_then(|call| call["result"].as_str()).unwrap_or_default().to_owned())
    }

    fn press(&self, selector: &str) -> Done<()> {
        let find = format!("document.querySelector({})", Value::from(selector));
        let clicked = self.eval(&format!(
            "(e => {{ if (e === null || e.disabled) return false; e.click(); return true; }})({find})"
        ))?;
        if clicked == Value::Bool(true) {
            Ok(())
        } else {
            Err(format!("{selector} cannot be clicked"))
        }
    }
}

fn button_of(request: &Request) -> Done<String> {
    let key = |word: &str| format!("#more-menu button[data-key={word}]:not([aria-disabled])");
    Ok(match request {
        Request::Continue => "#next".to_owned(),
        Request::Previous => "#previous".to_owned(),
        Request::ExitAll => key("exitAll"),
        Request::SuspendAll => key("suspendAll"),
        Request::Choice(item) => format!(
            "#contents [data-list] button[data-id={}]:not([aria-disabled])",
            Value::from(item.as_str())
        ),
        other => return Err(format!("no button for {other}")),
    })
}

impl Lms for InBrowser<'_> {
    fn enter(&mut self, learner: &str) {
        self.learner = format!("{}{learner}", self.prefix);
    }

    fn learner(&self) -> String {
        self.learner_id.clone()
    }

    fn import(&mut self, _id: &str, manifest: &Path) -> Done<()> {
        if !self.courses.contains_key(manifest) {
            let course = self.wait(self.upload(package_of(manifest, PAGE)?))?;
            self.courses.insert(manifest.to_owned(), course);
        }
        Ok(())
    }

    fn launch(&mut self, id: &str) -> Done<()> {
        let ending = format!("{id}/imsmanifest.xml");
        let course = self.courses.iter().find(|(path, _)| path.ends_with(&ending));
        let course = course.map(|(_, course)| course).ok_or_else(|| format!("no course {id}"))?;
        let account = json!({"homePage": "https://people.example", "name": self.learner});
        let mut wanted =
            json!({"actor": {"account": account, "name": "Learner"}, "course": course});
        // A course that is launched again goes on in what is known of it, also when it was over.
        if let Some(registration) = self.registrations.get(&(self.learner.clone(), id.to_owned())) {
            wanted["registration"] = json!(registration);
        }
        let answer: Value = self.wait(async {
            let sent = self.server.post("/api/v1/launches").json(&wanted).send().await;
            sent.map_err(|error| error.to_string())?.json().await.map_err(|error| error.to_string())
        })?;
        let url = answer["url"].as_str().ok_or_else(|| format!("no launch: {answer}"))?;
        answer["registration"].as_str().unwrap_or_default().clone_into(&mut self.registration);
        let key = (self.learner.clone(), id.to_owned());
        self.registrations.insert(key, self.registration.clone());
        self.wait(self.browser.goto(url)).map_err(|error| error.to_string())?;
        self.asking = Asking::default();
        self.settle()?;
        let registration = self.read(&format!("/api/v1/registrations/{}", self.registration))?;
        registration["learner"]["id"].as_str().unwrap_or_default().clone_into(&mut self.learner_id);
        let titles = self.eval(
            "Object.fromEntries(JSON.parse(document.getElementById('launch').textContent)\
             .activities.map(one => [one.id, one.title]))",
        )?;
        let titles = titles.as_object().into_iter().flatten();
        let titles =
            titles.map(|(id, title)| (id.clone(), title.as_str().unwrap_or("").to_owned()));
        self.playing = Some(Playing { package: id.to_owned(), titles: titles.collect() });
        Ok(())
    }

    fn shown(&mut self) -> Done<Option<Shown>> {
        let frame = self.eval(
            "(() => { const frame = document.querySelector('#frame'); \
             if (frame?.dataset.shown !== 'true') return null; \
             const at = frame.contentWindow.location; \
             return at.pathname.split('/').slice(3).join('/') + at.search + at.hash; })()",
        )?;
        let (Some(launch), Some(playing)) = (frame.as_str(), &self.playing) else {
            return Ok(None);
        };
        let item = self.eval("document.querySelector('#frame').dataset.activity ?? null")?;
        let item = item.as_str().unwrap_or_default().to_owned();
        Ok(Some(Shown {
            package: playing.package.clone(),
            title: playing.titles.get(&item).cloned().unwrap_or_default(),
            item,
            launch: launch.to_owned(),
        }))
    }

    fn said(&mut self) -> String {
        self.last_outcome().unwrap_or_else(|error| error)
    }

    fn has_ended(&mut self) -> Done<bool> {
        // A course that was left leaves its bar without a way out.
        self.truth("document.querySelector('#exit').hidden")
    }

    fn offers(&mut self, request: &Request) -> Done<bool> {
        let selector = Value::from(button_of(request)?);
        self.truth(&format!(
            "(e => e !== null && !e.disabled && !e.hidden)(document.querySelector({selector}))"
        ))
    }

    fn request(&mut self, request: Request, last_words: &[Words]) -> Done<Vec<Answer>> {
        self.quiet()?;
        self.mark_seen()?;
        self.eval(&format!(
            "((words, top) => {{ top.lastAnswers = []; \
             if (words.length > 0) document.querySelector('#frame').contentWindow.onpagehide = () => \
               {{ const api = top.API_1484_11; for (const [name, args] of words) \
                 top.lastAnswers.push([String(api[name](...args)), api.GetLastError()]); }}; \
             return true; }})({}, window)",
            json!(last_words)
        ))?;
        self.press(&button_of(&request)?)?;
        self.settle()?;
        self.asking = Asking::default();
        let answers = self.eval("window.lastAnswers")?;
        Ok(answers.as_array().into_iter().flatten().map(answer_of).collect())
    }

    fn asked(&mut self) -> Done<Option<Request>> {
        let Asking { request, exit, has_ended } = &self.asking;
        let leaves = matches!(exit.as_str(), "time-out" | "logout").then_some(Request::ExitAll);
        Ok(request.clone().or(leaves).filter(|_| *has_ended))
    }

    fn follow_content(&mut self, _request: Request) -> Done<()> {
        // The player does it by itself.
        self.settle()?;
        self.asking = Asking::default();
        Ok(())
    }

    fn can_step(&mut self, step: Step) -> Done<bool> {
        self.offers(&match step {
            Step::Forward => Request::Continue,
            Step::Back => Request::Previous,
        })
    }

    fn offers_choice(&mut self) -> Done<bool> {
        self.truth(
            "document.querySelector('#contents [data-list] button:not([aria-disabled])') !== null",
        )
    }

    fn line(&mut self, item: &str) -> Done<Line> {
        let item = Value::from(item);
        let find = format!(
            "[...document.querySelectorAll('#contents [data-list] :is(button, div)[data-id]')]\
             .find(e => e.dataset.id === {item})"
        );
        Ok(Line {
            is_visible: self.truth(&format!("{find} !== undefined"))?,
            can_choose: self.truth(&format!(
                "(e => e !== undefined && e.tagName === 'BUTTON' && !e.hasAttribute('aria-disabled'))({find})"
            ))?,
        })
    }

    fn call(&mut self, function: &str, arguments: &[&str]) -> Done<Answer> {
        let answer = self.eval(&format!(
            "(api => {{ const result = api.{function}(...{}); \
             return [String(result), api.GetLastError()]; }})\
             (document.querySelector('#frame').contentWindow.parent.API_1484_11)",
            json!(arguments)
        ))?;
        let answer = answer_of(&answer);
        match (function, arguments, answer.result.as_str()) {
            ("SetValue", ["adl.nav.request", value], "true") => {
                self.asking.request = Request::parse(value);
            }
            ("SetValue", ["cmi.exit", value], "true") => (*value).clone_into(&mut self.asking.exit),
            ("Terminate", _, "true") => self.asking.has_ended = true,
            _ => {}
        }
        Ok(answer)
    }
}

fn answer_of(row: &Value) -> Answer {
    let text = |at: usize| row[at].as_str().unwrap_or_default().to_owned();
    Answer { result: text(0), error: text(1) }
}
