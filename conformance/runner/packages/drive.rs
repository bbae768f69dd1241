//! Uses a course in the player as a learner would who reads nothing: answers what is asked, presses
//! what leads on, and leaves at the end.

use harness::{
    Browser,
    fantoccini::{
        actions::{
            Actions, InputSource, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions,
            PointerAction,
        },
        key::Key,
        wd::WindowHandle,
    },
    serde_json::{Value, json},
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::time::{Instant, sleep};

/// Runs in the page: finds what there is to use.
const LOOK: &str = include_str!("look.js");
/// How long content may take to begin, from the launch on.
const BEGINS_WITHIN: Duration = Duration::from_secs(12);
/// Content that has a page may take so long to say something.
const SETTLES_WITHIN: Duration = Duration::from_secs(4);
const STEPS_MAX: usize = 120;
/// How long a page may take to show what a step did.
const ANSWERS_WITHIN: Duration = Duration::from_millis(1200);
/// A page where nothing can be used gets so long: a film, an animation.
const PLAYS_FOR: Duration = Duration::from_millis(2500);
const PAUSE: Duration = Duration::from_millis(120);
/// What is wanted less than this is only tried.
const EXPLORED: f64 = 40.0;
/// Each page of a part that leads nowhere gets so many steps where the player's Next leads on.
const STEPS_IN_A_PART: usize = 14;
const LEAVES_WITHIN: Duration = Duration::from_secs(12);
/// Keys that turn the pages of slides.
const KEYS: [Key; 3] = [Key::Right, Key::PageDown, Key::Enter];

/// What a learner met.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Met {
    /// A page of the course came into the frame.
    pub(crate) opened: bool,
    /// What was used, in order: labels of the course, or of the player in brackets.
    pub(crate) steps: Vec<String>,
    /// Pages that differ in text or pictures.
    pub(crate) pages: usize,
    /// Activities that came into the frame.
    pub(crate) parts: usize,
    /// Windows that the course opened.
    pub(crate) windows: usize,
    /// Dialogs of the browser.
    pub(crate) dialogs: Vec<String>,
    /// What the player said in place of the course.
    pub(crate) panels: Vec<String>,
    /// What the player said below its bar.
    pub(crate) notices: Vec<String>,
    /// The player's own page was wider or higher than its window.
    pub(crate) overflows: bool,
    /// Why it came to its end.
    pub(crate) ended: String,
    /// The player's last word; none if there was no way out.
    pub(crate) word: Option<String>,
    /// The course's first page showed no text, picture or control.
    pub(crate) blank: bool,
}

/// Why a course was used no further.
const TIME_OVER: &str = "time was over";

impl Met {
    /// Whether there was more to use.
    pub(crate) fn is_cut_short(&self) -> bool {
        self.ended == TIME_OVER
    }
}

/// A learner with a browser.
pub(crate) struct Learner<'b> {
    browser: &'b Browser,
    met: Met,
    used: BTreeMap<String, u32>,
    pages: BTreeSet<String>,
    parts: BTreeSet<String>,
    steps_in_part: usize,
    main: WindowHandle,
}

impl<'b> Learner<'b> {
    /// Opens the link; whether a page of the course came.
    pub(crate) async fn open(browser: &'b Browser, url: &str) -> Self {
        let main = browser.window().await.expect("a browser has a window");
        let mut learner = Self {
            browser,
            met: Met::default(),
            used: BTreeMap::new(),
            pages: BTreeSet::new(),
            parts: BTreeSet::new(),
            steps_in_part: 0,
            main,
        };
        learner.met.opened = browser.goto(url).await.is_ok() && learner.begins().await;
        learner
    }

    /// What was met. The browser stands where the course was left.
    pub(crate) fn into_met(mut self) -> Met {
        self.met.pages = self.pages.len();
        self.met.parts = self.parts.len();
        // What was slow to come was not blank.
        self.met.blank &= self.met.pages <= 1 && self.met.steps.is_empty();
        self.met
    }

    /// Keeps what is shown as `target/screenshots/NAME.png`.
    pub(crate) async fn picture(&mut self, name: &str) {
        self.answer_dialog().await;
        self.browser.screenshot(name).await;
    }

    async fn ask(&self, call: &str, arguments: Vec<Value>) -> Option<Value> {
        let script = format!("{LOOK}\nreturn {call};");
        self.browser.execute(&script, arguments).await.ok()
    }

    /// Whether the player's frame shows a document of the course; content has time to begin.
    async fn begins(&mut self) -> bool {
        let script = "const frame = document.querySelector('#frame'); \
            return Boolean(frame?.contentDocument?.readyState === 'complete' \
            && frame.contentWindow.location.pathname.startsWith('/c/'));";
        let begin = Instant::now();
        let mut opened = false;
        while begin.elapsed() < BEGINS_WITHIN {
            self.answer_dialog().await;
            let seen = self.browser.execute(script, Vec::new()).await;
            opened |= seen.is_ok_and(|seen| seen == Value::Bool(true));
            if opened && begin.elapsed() > SETTLES_WITHIN {
                break;
            }
            sleep(PAUSE).await;
        }
        if let Some(seen) = self.ask("look({})", Vec::new()).await {
            let is_empty = seen["text"].as_str().is_some_and(str::is_empty);
            self.met.blank = opened && is_empty && seen["next"].is_null();
        }
        opened
    }

    /// Accepts a dialog of the browser, if one is open.
    async fn answer_dialog(&mut self) {
        while let Ok(text) = self.browser.get_alert_text().await {
            self.met.dialogs.push(text);
            if self.browser.accept_alert().await.is_err() {
                return;
            }
        }
    }

    /// Goes where the course is: into the window that it opened last, if one is open. Whether the
    /// player is in this window.
    async fn find_window(&mut self) -> bool {
        let open = self.browser.windows().await.unwrap_or_default();
        let mut others = open.iter().filter(|one| **one != self.main);
        self.met.windows = self.met.windows.max(others.clone().count());
        let wanted = others.next_back().unwrap_or(&self.main).clone();
        if self.browser.window().await.ok().as_ref() != Some(&wanted) {
            let _ = self.browser.switch_to_window(wanted.clone()).await;
        }
        wanted == self.main
    }

    /// Uses the course until it ends, nothing more leads on, or the time is over.
    pub(crate) async fn go_through(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while self.met.steps.len() < STEPS_MAX {
            if Instant::now() > until {
                self.end(TIME_OVER);
                return;
            }
            self.answer_dialog().await;
            let in_player = self.find_window().await;
            let stands =
                if in_player { self.ask("standing()", Vec::new()).await } else { Some(json!({})) };
            let Some(stands) = stands else {
                sleep(PAUSE).await;
                continue;
            };
            if !self.go_on(in_player, &stands).await {
                return;
            }
        }
        self.end("steps were used up");
    }

    fn end(&mut self, why: &str) {
        why.clone_into(&mut self.met.ended);
    }

    /// One step; whether there may be another one.
    async fn go_on(&mut self, in_player: bool, stands: &Value) -> bool {
        self.note(stands);
        if stands["over"] == true {
            self.end("the course was left");
            return false;
        }
        if stands["actions"].as_array().is_some_and(|actions| !actions.is_empty()) {
            return self.answer_panel(stands).await;
        }
        if stands["panel"].is_string() {
            // The player is busy and says so.
            sleep(PAUSE).await;
            return true;
        }
        let leads_on = stands["next"] == true || stands["contents"] == true;
        if (!leads_on || self.steps_in_part < STEPS_IN_A_PART) && self.use_content(leads_on).await {
            return true;
        }
        in_player && self.use_player(stands).await
    }

    fn note(&mut self, stands: &Value) {
        if let Some(part) = stands["activity"].as_str()
            && self.parts.insert(part.to_owned())
        {
            self.steps_in_part = 0;
        }
        if let Some(notice) = stands["notice"].as_str() {
            let notice = first_line(notice);
            if !self.met.notices.contains(&notice) {
                self.met.notices.push(notice);
            }
        }
        self.met.overflows |= stands["overflows"] == true;
    }

    /// Does what the player offers first. The same words a third time lead nowhere.
    async fn answer_panel(&mut self, stands: &Value) -> bool {
        let said = stands["panel"].as_str().unwrap_or_default().to_owned();
        self.met.panels.push(said.clone());
        let times = self.met.panels.iter().filter(|one| **one == said).count();
        if times > 2 + self.parts.len() {
            self.end("the player said the same again and again");
            return false;
        }
        let label = stands["actions"][0].as_str().unwrap_or_default();
        self.met.steps.push(format!("[{label}]"));
        self.steps_in_part = 0;
        let click = "document.querySelector('#panel-actions button')?.click()";
        let _ = self.ask(click, Vec::new()).await;
        sleep(PAUSE * 3).await;
        true
    }

    /// Uses what the course offers; whether something came of it.
    async fn use_content(&mut self, leads_on: bool) -> bool {
        let Some(seen) = self.look().await else { return true };
        let state = seen["state"].as_str().unwrap_or_default().to_owned();
        let next = &seen["next"];
        if next.is_null() {
            // A page that is still loading has nothing to use yet.
            let comes = self.tried(&state, "load") && self.changed(&state, ANSWERS_WITHIN).await;
            return comes || (!leads_on && self.wait_or_turn(&state).await);
        }
        let (key, label) = (text(&next["key"]), text(&next["label"]));
        *self.used.entry(format!("{state} {key}")).or_default() += 1;
        *self.used.entry(key).or_default() += 1;
        self.met.steps.push(label);
        // Only a search leads nowhere: answers and what hands them in do.
        self.steps_in_part +=
            usize::from(next["wanted"].as_f64().is_some_and(|one| one < EXPLORED));
        if next["kind"] == "click" {
            self.click(next["x"].as_f64().unwrap_or(0.0), next["y"].as_f64().unwrap_or(0.0)).await;
        }
        self.changed(&state, ANSWERS_WITHIN).await;
        true
    }

    async fn look(&mut self) -> Option<Value> {
        let seen = self.ask("look(arguments[0])", vec![json!(self.used)]).await?;
        self.pages.insert(text(&seen["page"]));
        Some(seen)
    }

    async fn click(&self, x: f64, y: f64) {
        let mouse = MouseActions::new("mouse".to_owned())
            .then(PointerAction::MoveTo { duration: Some(Duration::ZERO), x, y })
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        // The page may go away under the click, or ask something.
        let _ = self.browser.perform_actions(mouse).await;
    }

    /// Waits for the page to be another one than `state`.
    async fn changed(&mut self, state: &str, within: Duration) -> bool {
        let begin = Instant::now();
        while begin.elapsed() < within {
            sleep(PAUSE).await;
            self.answer_dialog().await;
            match self.ask("shown(course()).state", Vec::new()).await {
                Some(now) if now == state => {}
                _ => {
                    // What changes may change some more.
                    sleep(PAUSE * 2).await;
                    return true;
                }
            }
        }
        false
    }

    /// Lets a film play, then turns pages by the keyboard; whether something came of it.
    async fn wait_or_turn(&mut self, state: &str) -> bool {
        if self.tried(state, "wait") && self.changed(state, PLAYS_FOR).await {
            return true;
        }
        for key in KEYS {
            let name = format!("{key:?}");
            if !self.tried(state, &name) {
                continue;
            }
            let keys = KeyActions::new("keys".to_owned())
                .then(KeyAction::Down { value: key.into() })
                .then(KeyAction::Up { value: key.into() });
            let _ = self.browser.perform_actions(Actions::from(keys)).await;
            if self.changed(state, ANSWERS_WITHIN / 2).await {
                self.met.steps.push(format!("<{name}>"));
                return true;
            }
        }
        false
    }

    /// Whether this is the first time here.
    fn tried(&mut self, state: &str, what: &str) -> bool {
        let times = self.used.entry(format!("{state} {what}")).or_default();
        *times += 1;
        *times == 1
    }

    /// Goes to another part by the player's own controls; whether there was one.
    async fn use_player(&mut self, stands: &Value) -> bool {
        if stands["busy"] == true {
            sleep(PAUSE).await;
            return true;
        }
        self.steps_in_part = 0;
        if stands["next"] == true {
            self.met.steps.push("[Next]".to_owned());
            let _ = self.ask("document.querySelector('#next').click()", Vec::new()).await;
            sleep(PAUSE * 3).await;
            return true;
        }
        if stands["contents"] == true {
            let _ = self.ask("document.querySelector('#open-contents').click()", Vec::new()).await;
            let seen = json!(self.parts);
            let chosen = self.ask("choose(arguments[0])", vec![seen]).await;
            if let Some(part) = chosen.as_ref().and_then(Value::as_str) {
                self.met.steps.push(format!("[Contents: {part}]"));
                // A part that is refused is not asked for again.
                self.parts.insert(part.to_owned());
                sleep(PAUSE * 3).await;
                return true;
            }
        }
        self.end("nothing more led on");
        false
    }

    /// Leaves by the player's Exit, or by the first of its other ways out.
    pub(crate) async fn leave(&mut self) {
        self.answer_dialog().await;
        let _ = self.browser.switch_to_window(self.main.clone()).await;
        let begin = Instant::now();
        while begin.elapsed() < LEAVES_WITHIN {
            self.answer_dialog().await;
            let Some(stands) = self.ask("standing()", Vec::new()).await else {
                sleep(PAUSE).await;
                continue;
            };
            self.note(&stands);
            if stands["over"] == true {
                self.met.word = stands["panel"].as_str().map(ToOwned::to_owned);
                return;
            }
            let click = if stands["exit"] == true {
                "document.querySelector('#exit').click()"
            } else if stands["more"] == true {
                "(document.querySelector('#more').click(), \
                 document.querySelector('#more-menu [data-key=suspendAll], #more-menu [data-key=exitAll]')?.click())"
            } else {
                "0"
            };
            let _ = self.ask(click, Vec::new()).await;
            sleep(PAUSE * 3).await;
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
