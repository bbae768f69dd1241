//! A learner who plays courses in a browser.

use crate::Launch;
use harness::Browser;
use harness::fantoccini::wd::WindowHandle;
use harness::serde_json::Value;
use std::ops::Deref;
use std::time::{Duration, Instant};

const OPENED_WITHIN: Duration = Duration::from_secs(15);

/// A browser with the player in it.
#[derive(Debug)]
pub struct Player {
    /// Where the player is.
    pub browser: Browser,
}

impl Deref for Player {
    type Target = Browser;

    fn deref(&self) -> &Browser {
        &self.browser
    }
}

impl Player {
    /// Opens a browser and the link in it, and waits for the course's first page; goes into it.
    pub async fn open(launch: &Launch) -> Self {
        let player = Self { browser: Browser::open().await };
        player.visit(launch).await;
        player
    }

    /// Opens a browser and the link in it, and waits for the player's word in place of the course.
    pub async fn open_to_word(launch: &Launch) -> (Self, String) {
        let player = Self { browser: Browser::open().await };
        player.goto(&launch.url).await.unwrap_or_else(|error| panic!("{}: {error}", launch.url));
        let word = player.word().await;
        (player, word)
    }

    /// Opens another link in this window; goes into the course.
    pub async fn visit(&self, launch: &Launch) {
        self.goto(&launch.url).await.unwrap_or_else(|error| panic!("{}: {error}", launch.url));
        self.course().await;
    }

    /// Goes into the frame of the course and waits for its page.
    pub async fn course(&self) {
        let ready = "document.querySelector('#frame').contentDocument?.body?.dataset.state";
        self.player().await;
        self.wait_until("the course to be ready", &format!("{ready} === 'ready'")).await;
        self.enter("#frame").await;
    }

    /// Waits for the page of this `data-course` to be ready in the frame; goes into it.
    pub async fn part(&self, course: &str) {
        self.player().await;
        let body = "document.querySelector('#frame').contentDocument?.body?.dataset";
        let ready = format!("(b => b?.course === '{course}' && b.state === 'ready')({body})");
        self.wait_until(&format!("{course} in the frame"), &ready).await;
        self.enter("#frame").await;
    }

    /// Waits for a page that runs no script, by its `data-course`, and goes into it.
    pub async fn part_without_script(&self, course: &str) {
        self.player().await;
        let body = "document.querySelector('#frame').contentDocument?.body?.dataset.course";
        self.wait_until(&format!("{course} in the frame"), &format!("{body} === '{course}'")).await;
        self.enter("#frame").await;
    }

    /// Closes this tab and goes to `other`.
    pub async fn close_tab(&self, other: WindowHandle) {
        self.close_window().await.expect("the tab closes");
        self.switch_to_window(other).await.expect("the other tab is there");
    }

    /// Opens another tab and goes there; the handles of the one before and of the new one.
    pub async fn new_tab(&self) -> (WindowHandle, WindowHandle) {
        let before = self.window().await.expect("a window is there");
        let tab = self.new_window(true).await.expect("a tab opens").handle;
        self.switch_to_window(tab.clone()).await.expect("the tab is there");
        (before, tab)
    }

    /// Goes out of the course's frame to the player's own page.
    pub async fn player(&self) {
        self.leave_frames().await;
    }

    /// Goes on by some pages of the course.
    pub async fn next_pages(&self, pages: usize) {
        for _ in 0..pages {
            self.click("[data-action=next]").await;
        }
    }

    /// Ticks answers of the quiz, as question and answer, and hands them in.
    pub async fn answer(&self, answers: &[(&str, &str)]) {
        for (question, answer) in answers {
            self.click(&format!("[data-question={question}] [data-answer={answer}]")).await;
        }
        self.click("[data-action=submit]").await;
    }

    /// Presses Finish in the course and waits for the player's word about the result.
    pub async fn finish(&self) -> String {
        self.click("[data-action=finish]").await;
        self.word().await
    }

    /// What the player says in place of the course: heading and text. Stays on the player's page.
    pub async fn word(&self) -> String {
        self.player().await;
        let shown = "!document.querySelector('#panel').hidden && \
            !['Opening…', 'This takes a moment.'].includes(document.querySelector('#panel-text').textContent)";
        self.wait_until("the player's word", shown).await;
        self.text("#panel").await
    }

    /// Waits until the bar says that all is saved; goes out of the course.
    pub async fn saved(&self) {
        self.state("saved").await;
    }

    /// Waits until the bar says this about saving; goes out of the course.
    pub async fn state(&self, state: &str) {
        self.player().await;
        let said = format!("document.querySelector('#state').dataset.state === '{state}'");
        self.wait_until(&format!("the bar to say {state}"), &said).await;
    }

    /// Leaves the course by the button of the bar; what the player says then.
    pub async fn leave(&self) -> String {
        self.player().await;
        self.click("#exit").await;
        self.wait_until("the end", "document.querySelector('#exit').hidden").await;
        self.word().await
    }

    /// Calls of the probe, each a list of name and arguments; results and errors. In the course.
    pub async fn probe(&self, calls: Value) -> Vec<(String, String)> {
        let answers = self.eval(&format!("probe.run({calls})")).await;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let answers = answers.as_array().expect("the probe answers with a list");
        answers.iter().map(|answer| (text(&answer["result"]), text(&answer["error"]))).collect()
    }

    /// Calls of the probe that all succeed. In the course.
    pub async fn probe_well(&self, calls: Value) {
        for (at, (result, error)) in self.probe(calls.clone()).await.iter().enumerate() {
            assert_eq!(error, "0", "{} gave {result:?}", calls[at]);
        }
    }

    /// Waits until so many windows are open.
    pub async fn wait_for_windows(&self, number: usize) -> Vec<WindowHandle> {
        let begin = Instant::now();
        loop {
            let windows = self.windows().await.expect("windows are known");
            if windows.len() >= number {
                return windows;
            }
            assert!(begin.elapsed() < OPENED_WITHIN, "{} windows, not {number}", windows.len());
        }
    }

    /// No page has complained and no request has failed.
    pub async fn assert_quiet(&self) {
        self.assert_quiet_but(&[]).await;
    }

    /// No request has failed but with these statuses, which the test provoked, and no page has
    /// complained of anything else.
    pub async fn assert_quiet_but(&self, provoked: &[&str]) {
        let unexpected = |line: &String| !provoked.iter().any(|status| line.contains(status));
        let failed = self.failed_requests().await;
        let complaints = self.console_errors().await;
        let loud: Vec<_> = failed.into_iter().chain(complaints).filter(unexpected).collect();
        assert_eq!(loud, Vec::<String>::new());
    }
}
