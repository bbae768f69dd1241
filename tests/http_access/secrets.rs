//! No secret reaches the log, however much it is asked to tell.

use crate::console::{ADMIN, Console, PASSWORD, cookie_of, form};
use crate::{by, encoded, sent, statement};
use base64::{Engine, engine::general_purpose::STANDARD};
use harness::reqwest::Method;
use harness::serde_json::json;
use harness::{Backend, KEY, SECRET, Server};
use support::{Course, package_of};

const WRONG: &str = "wrong-secret-that-was-typed";

/// Whatever a request showed that others must not learn.
#[derive(Default)]
struct Shown(Vec<(&'static str, String)>);

impl Shown {
    fn add(&mut self, what: &'static str, secret: impl Into<String>) {
        self.0.push((what, secret.into()));
    }
}

/// What comes behind `mark` in a text, up to a character that ends it.
fn after(text: &str, mark: &str) -> String {
    let (_, rest) = text.split_once(mark).unwrap_or_else(|| panic!("no {mark}: {text}"));
    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()
}

async fn api_traffic(server: &Server, shown: &mut Shown) {
    let seed = crate::Key { id: KEY.to_owned(), secret: SECRET.to_owned() };
    shown.add("the API secret", SECRET);
    shown.add("the Basic header", STANDARD.encode(format!("{KEY}:{SECRET}")));
    let post = by(server, &seed, &Method::POST, "/xapi/statements").json(&statement("ada"));
    assert_eq!(sent(post).await.status, 200);
    shown.add("a wrong secret", WRONG);
    shown.add("the header of a wrong secret", STANDARD.encode(format!("{KEY}:{WRONG}")));
    let wrong = crate::Key { secret: WRONG.to_owned(), ..seed.clone() };
    assert_eq!(sent(by(server, &wrong, &Method::GET, "/xapi/statements")).await.status, 401);
    let token = sent(by(server, &seed, &Method::POST, "/api/v1/tokens").json(&json!({}))).await;
    let token = token.json()["access_token"].as_str().expect("it is a text").to_owned();
    for path in ["/api/v1/courses", "/api/v1/nothing", "/xapi/statements?limit=x"] {
        sent(server.client().get(server.main(path)).bearer_auth(&token)).await;
    }
    let signature = token.rsplit('.').next().expect("it has parts");
    shown.add("the signature of a token", signature);
    let nothing = server.client().get(server.main("/api/v1/courses"));
    assert_eq!(sent(nothing.bearer_auth(format!("{token}x"))).await.status, 401);
    // In the query, where it does not belong.
    let path = format!("/xapi/statements?Authorization={}", encoded(SECRET));
    sent(by(server, &seed, &Method::GET, &path)).await;
}

async fn console_traffic(server: &Server, shown: &mut Shown) {
    let log = server.log().join("\n");
    let link = after(&log, "/sign-in/");
    let answer = form(server, &format!("/sign-in/{link}"), "", &[]).await;
    shown.add("the cookie of a session by link", cookie_of(&answer).replace('=', ""));
    let used = form(server, &format!("/sign-in/{link}"), "", &[]).await;
    assert_eq!(used.status, 403, "a link works once");
    shown.add("a sign-in link", link);
    form(server, "/sign-in", "", &[("email", ADMIN), ("password", "a wrong password here")]).await;
    shown.add("a wrong password", "a wrong password here");
    shown.add("a wrong password as it was sent", encoded("a wrong password here"));
    let console = Console::sign_in(server).await;
    shown.add("the password", PASSWORD);
    shown.add("the password as it was sent", encoded(PASSWORD));
    let (_, cookie) = console.cookie.split_once('=').expect("it has a name");
    shown.add("the cookie", cookie);
    shown.add("the token of forms", console.csrf.as_str());
    let page = console.post("/users", &[("email", "bob@example.com"), ("role", "author")]).await;
    let invitation = after(&page.text, "/welcome/");
    let fields = [("password", "mountain under clouds"), ("again", "mountain under clouds")];
    assert_eq!(form(server, &format!("/welcome/{invitation}"), "", &fields).await.status, 303);
    shown.add("an invitation", invitation);
    shown.add("a new password", "mountain under clouds");
    let page = console.post("/keys", &[("label", "made"), ("scope", "state")]).await;
    let (_, rest) = page.text.split_once("id=\"secret\">").expect("it is shown once");
    shown.add("a new key's secret", rest.split('<').next().expect("it ends"));
}

async fn learner_traffic(server: &Server, shown: &mut Shown) {
    let zip = package_of("1.2", &[("start.html", "<!doctype html><title>One</title>")]);
    let made = sent(server.post("/api/v1/packages").body(zip)).await.json();
    let course = Course {
        id: made["course"].as_str().expect("it has an id").to_owned(),
        version: 1,
        activity: String::new(),
        sha256: String::new(),
    };
    let launch = json!({"actor": crate::agent("ada"), "course": course.id});
    let launch = sent(server.post("/api/v1/launches").json(&launch)).await.json();
    let url = launch["url"].as_str().expect("it has an address");
    let token = after(url, "/launch/");
    let path = format!("/launch/{token}");
    let first = sent(server.client().get(server.content(&path))).await;
    let session = after(first.header("location"), "/play/");
    shown.add("a launch link", token);
    let page = sent(server.client().get(server.content(&format!("/play/{session}/")))).await;
    assert_eq!(page.status, 200, "{page:?}");
    for path in ["table.json", "navigate", "calls", "heartbeat", "nothing"] {
        let path = format!("/play/{session}/rte/{path}");
        let request = server.client().get(server.content(&path));
        sent(request).await;
        sent(server.client().post(server.content(&path)).body("{")).await;
    }
    for path in ["start.html", "none.html", "", "../x"] {
        sent(server.client().get(server.content(&format!("/c/{session}/{path}")))).await;
    }
    // Whoever mixes the origins up shows the capability to the other one.
    sent(server.client().get(server.main(&format!("/play/{session}/")))).await;
    sent(server.client().get(server.main(&format!("/launch/{session}")))).await;
    sent(server.client().get(server.main(&format!("//play//{session}/")))).await;
    sent(server.client().get(server.content(&format!("//c/{session}/start.html")))).await;
    shown.add("the path of a course session", session);
}

#[tokio::test]
async fn no_secret_reaches_the_log_however_much_it_tells() {
    for format in ["text", "json"] {
        let settings = [
            ("ATTESTRY_LOG", "trace"),
            ("ATTESTRY_LOG_FORMAT", format),
            ("ATTESTRY_ADMIN_PASSWORD", PASSWORD),
            ("ATTESTRY_METRICS_TOKEN", "token-of-the-metrics-page"),
        ];
        let server = Server::start(crate::PROGRAM, Backend::Sqlite, &settings).await;
        let mut shown = Shown::default();
        api_traffic(&server, &mut shown).await;
        console_traffic(&server, &mut shown).await;
        learner_traffic(&server, &mut shown).await;
        let metrics = server.client().get(server.main("/metrics"));
        sent(metrics.bearer_auth("token-of-the-metrics-page")).await;
        shown.add("the token of the metrics", "token-of-the-metrics-page");
        // What the first start prints on purpose is on stdout and no part of the log.
        let log: Vec<String> =
            server.log().into_iter().filter(|line| !line.starts_with("  http://")).collect();
        assert!(log.len() > 50, "at this level it tells much: {}", log.len());
        for (what, secret) in &shown.0 {
            assert!(secret.len() > 10, "{what} is too short to be looked for: {secret:?}");
            let line = log.iter().find(|line| line.contains(secret.as_str()));
            assert_eq!(line, None, "{what} was logged ({format})");
        }
    }
}
