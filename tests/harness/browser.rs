//! A real headless Chromium, driven through Debian's chromedriver.

use crate::process::{PAUSE, Process};
use crate::setting;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs};
use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Two at a time: a browser keeps a core busy.
static SLOTS: Semaphore = Semaphore::const_new(2);

const STARTED_WITHIN: Duration = Duration::from_secs(20);
const SEEN_WITHIN: Duration = Duration::from_secs(15);
const CLOSED_WITHIN: Duration = Duration::from_secs(5);

/// What the page believes to be shown on.
#[derive(Debug, Clone, Copy)]
pub struct Device {
    /// Width in CSS pixels.
    pub width: u32,
    /// Height in CSS pixels.
    pub height: u32,
    /// Whether the reader prefers dark colours.
    pub dark: bool,
}

impl Device {
    /// A laptop's window, light.
    pub const DESKTOP: Self = Self { width: 1280, height: 800, dark: false };
    /// The narrowest window that pages must fit, light.
    pub const PHONE: Self = Self { width: 320, height: 640, dark: false };

    /// The same with dark colours.
    #[must_use]
    pub const fn dark(self) -> Self {
        Self { dark: true, ..self }
    }
}

/// What a learner, or who runs their computer, has set the browser to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Sites in frames of other sites get no cookies.
    NoThirdPartyCookies,
    /// No site keeps anything on the computer.
    NoSiteData,
    /// Windows that nobody has clicked for stay closed. It is what browsers come with, and what
    /// drivers switch off.
    NoPopups,
}

impl Choice {
    fn preferences(self) -> &'static [(&'static str, u8)] {
        match self {
            Self::NoThirdPartyCookies => &[("profile.cookie_controls_mode", 1)],
            Self::NoSiteData => &[("profile.default_content_setting_values.cookies", 2)],
            Self::NoPopups => &[("profile.default_content_setting_values.popups", 2)],
        }
    }

    fn switches_off(self) -> &'static [&'static str] {
        if self == Self::NoPopups { &["disable-popup-blocking"] } else { &[] }
    }
}

/// A browser of its own, with an empty profile; ends when dropped. Everything that
/// [`fantoccini::Client`] can do it can, too.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    http: reqwest::Client,
    address: String,
    session: String,
    _driver: Process,
    _profile: TempDir,
    _slot: SemaphorePermit<'static>,
}

impl Deref for Browser {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Browser {
    /// Why browser tests cannot run here.
    pub fn missing() -> Option<String> {
        if setting("ATTESTRY_TEST_BROWSER").as_deref() == Some("no") {
            return Some("browser tests are switched off (ATTESTRY_TEST_BROWSER=no)".into());
        }
        let absent =
            ["chromium", "chromedriver"].into_iter().find(|name| program(name).is_none())?;
        Some(format!("{absent} is not installed (Debian: chromium, chromium-driver)"))
    }

    /// Starts one; waits while two others run.
    pub async fn open() -> Self {
        Self::open_set_to(&[]).await
    }

    /// Starts one that is set to something; waits while two others run.
    pub async fn open_set_to(choices: &[Choice]) -> Self {
        let slot = SLOTS.acquire().await.expect("the semaphore is never closed");
        let profile = TempDir::with_prefix("attestry-chromium-").expect("a folder can be made");
        let (driver, address) = start_driver().await;
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(profile.path(), choices))
            .connect(&format!("http://{address}"))
            .await
            .unwrap_or_else(|error| panic!("no browser: {error}\n{}", driver.lines().join("\n")));
        let session = client.session_id().await.expect("the session answers");
        let http = reqwest::Client::builder().no_proxy().build().expect("the settings are fixed");
        let session = session.expect("a session that has begun has an id");
        Self { client, http, address, session, _driver: driver, _profile: profile, _slot: slot }
    }

    /// A command of the Chrome `DevTools` protocol.
    pub async fn cdp(&self, command: &str, parameters: Value) -> Value {
        self.command("goog/cdp/execute", &json!({"cmd": command, "params": parameters})).await
    }

    async fn command(&self, path: &str, body: &Value) -> Value {
        let url = format!("http://{}/session/{}/{path}", self.address, self.session);
        let answer = self.http.post(url).json(body).send().await.expect("chromedriver answers");
        let ok = answer.status().is_success();
        let mut answer: Value = answer.json().await.expect("chromedriver answers in JSON");
        assert!(ok, "{path} {body}: {answer}");
        answer["value"].take()
    }

    /// Shows pages as `device` does, from now on.
    pub async fn show_on(&self, device: Device) {
        let Device { width, height, dark } = device;
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.cdp("Emulation.setDeviceMetricsOverride", size).await;
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.cdp("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    /// Cuts the network off, or brings it back. Frames of another site are not reached.
    pub async fn set_offline(&self, offline: bool) {
        self.cdp("Network.enable", json!({})).await;
        let conditions = json!({
            "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1,
        });
        self.cdp("Network.emulateNetworkConditions", conditions).await;
    }

    /// Keeps what is shown as `target/screenshots/NAME.png`, for people to look at.
    pub async fn screenshot(&self, name: &str) -> PathBuf {
        let shot = self.cdp("Page.captureScreenshot", json!({"format": "png"})).await;
        let shot = BASE64_STANDARD.decode(shot["data"].as_str().expect("the picture is a text"));
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/screenshots");
        fs::create_dir_all(&folder).expect("the folder of screenshots can be made");
        let path = folder.join(format!("{name}.png"));
        fs::write(&path, shot.expect("the picture is base64"))
            .expect("a screenshot can be written");
        path
    }

    /// Errors that the console has shown since the last call: exceptions, refused policies,
    /// failed requests.
    pub async fn console_errors(&self) -> Vec<String> {
        let entries = self.log("browser").await;
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        severe.filter_map(|entry| entry["message"].as_str().map(str::to_owned)).collect()
    }

    /// Requests since the last call that were answered with 400 or more, or not at all:
    /// `404 http://…`, `net::ERR_FAILED http://…`. Cancelled ones do not count.
    pub async fn failed_requests(&self) -> Vec<String> {
        let mut addresses = HashMap::new();
        let mut failed = Vec::new();
        for entry in self.log("performance").await {
            let message = entry["message"].as_str().expect("an event is a text");
            let event: Value = serde_json::from_str(message).expect("an event is JSON");
            let parameters = &event["message"]["params"];
            let id = parameters["requestId"].as_str().unwrap_or_default().to_owned();
            match event["message"]["method"].as_str() {
                Some("Network.requestWillBeSent") => {
                    addresses.insert(id, text(&parameters["request"]["url"]));
                }
                Some("Network.responseReceived") => {
                    let status = parameters["response"]["status"].as_u64().unwrap_or(0);
                    if status >= 400 {
                        failed.push(format!("{status} {}", text(&parameters["response"]["url"])));
                    }
                }
                Some("Network.loadingFailed") if parameters["canceled"] != true => {
                    // A request without an address is Chromium's own, from before the page.
                    let error = text(&parameters["errorText"]);
                    failed.extend(addresses.get(&id).map(|address| format!("{error} {address}")));
                }
                _ => {}
            }
        }
        failed
    }

    async fn log(&self, kind: &str) -> Vec<Value> {
        match self.command("se/log", &json!({"type": kind})).await {
            Value::Array(entries) => entries,
            other => panic!("log {kind}: {other}"),
        }
    }

    /// The value of a JavaScript expression in the current frame.
    pub async fn eval(&self, expression: &str) -> Value {
        let value = self.client.execute(&format!("return ({expression});"), Vec::new()).await;
        value.unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// Waits until a JavaScript expression is true in the current frame, and gives its value.
    /// After the deadline the test fails with `what`, the console's errors and a screenshot.
    pub async fn wait_until(&self, what: &str, expression: &str) -> Value {
        let script = format!("return ({expression});");
        let begin = Instant::now();
        let mut last = String::new();
        while begin.elapsed() < SEEN_WITHIN {
            match self.client.execute(&script, Vec::new()).await {
                Ok(Value::Null | Value::Bool(false)) => {}
                Ok(value) => return value,
                // A frame that is being replaced answers with an error until the new one is there.
                Err(error) => last = error.to_string(),
            }
            tokio::time::sleep(PAUSE).await;
        }
        self.fail(what, &last).await
    }

    async fn fail(&self, what: &str, last: &str) -> ! {
        let errors = self.console_errors().await;
        let test = std::thread::current().name().unwrap_or("test").replace("::", "-");
        let shot = self.screenshot(&format!("failed-{test}")).await;
        let url = self.client.current_url().await.map(String::from).unwrap_or_default();
        panic!("not seen: {what} at {url} {last}\nconsole: {errors:#?}\nseen: {}", shot.display());
    }

    /// The element that `css` selects in the current frame, waited for.
    pub async fn element(&self, css: &str) -> Element {
        let present = format!("document.querySelector({}) !== null", Value::from(css));
        self.wait_until(css, &present).await;
        self.client.find(Locator::Css(css)).await.expect("it was there a moment ago")
    }

    /// Waits for the element to be visible and enabled, and clicks it.
    pub async fn click(&self, css: &str) {
        let usable = format!(
            "(e => e !== null && !e.disabled && e.getClientRects().length > 0)(document.querySelector({}))",
            Value::from(css)
        );
        self.wait_until(&format!("{css} to click"), &usable).await;
        // To the middle: a bar at an edge of the page may lie over what is only just in view.
        let middle = format!(
            "document.querySelector({}).scrollIntoView({{block: 'center'}}) ?? true",
            Value::from(css)
        );
        self.eval(&middle).await;
        if let Err(error) = self.element(css).await.click().await {
            self.fail(&format!("{css} clicked"), &error.to_string()).await;
        }
    }

    /// Empties a field and types `text` into it.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.element(css).await;
        field.clear().await.unwrap_or_else(|error| panic!("{css}: {error}"));
        field.send_keys(text).await.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// The visible text of the element that `css` selects.
    pub async fn text(&self, css: &str) -> String {
        self.element(css).await.text().await.unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    /// An attribute of the element that `css` selects.
    pub async fn attribute(&self, css: &str, name: &str) -> Option<String> {
        let attribute = self.element(css).await.attr(name).await;
        attribute.unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    /// Goes into the frame that `css` selects in the current one.
    pub async fn enter(&self, css: &str) {
        let entered = self.element(css).await.enter_frame().await;
        entered.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Goes back to the page itself.
    pub async fn leave_frames(&self) {
        // WebDriver: a frame of null is the top; fantoccini offers indices only.
        self.command("frame", &json!({"id": null})).await;
    }
}

/// A chromedriver and where it listens. It takes a port that is free on IPv6, and gives up when
/// another process has the same one on IPv4: then it is started again.
async fn start_driver() -> (Process, String) {
    loop {
        let mut driver = Process::start(Command::new("chromedriver").arg("--port=0"));
        let listens = |lines: &[String]| {
            if lines.iter().any(|line| line.contains("port not available")) {
                return Some(None);
            }
            let line = lines.iter().find(|line| line.contains("started successfully on port"))?;
            let port = line.rsplit(' ').next()?.trim_end_matches('.');
            Some(Some(format!("127.0.0.1:{port}")))
        };
        let found = driver.wait_for("chromedriver listened", STARTED_WITHIN, listens).await;
        if let Some(address) = found {
            return (driver, address);
        }
    }
}

impl Drop for Browser {
    /// Ends the session first: a driver that is killed would leave its browser behind.
    fn drop(&mut self) {
        let Ok(mut stream) = TcpStream::connect(&self.address) else { return };
        let _ = stream.set_read_timeout(Some(CLOSED_WITHIN));
        let (session, address) = (&self.session, &self.address);
        let request = format!(
            "DELETE /session/{session} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        );
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.read(&mut [0; 256]);
    }
}

fn capabilities(profile: &Path, choices: &[Choice]) -> Map<String, Value> {
    let binary = program("chromium").expect("the test asked what is missing");
    let arguments = [
        "--headless=new".to_owned(),
        "--no-sandbox".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-quic".to_owned(),
        "--no-first-run".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        "--no-proxy-server".to_owned(),
        "--window-size=1280,800".to_owned(),
        format!("--user-data-dir={}", profile.display()),
    ];
    let preferences: Map<String, Value> = choices
        .iter()
        .flat_map(|choice| choice.preferences())
        .map(|(name, value)| ((*name).to_owned(), (*value).into()))
        .collect();
    let without: Vec<&str> =
        choices.iter().flat_map(|choice| choice.switches_off()).copied().collect();
    let wanted = json!({
        "browserName": "chrome",
        "goog:chromeOptions": {
            "binary": binary, "args": arguments, "prefs": preferences, "excludeSwitches": without,
        },
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        "unhandledPromptBehavior": "ignore",
    });
    let Value::Object(wanted) = wanted else { unreachable!("an object was written above") };
    wanted
}

fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
