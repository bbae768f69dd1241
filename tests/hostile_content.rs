//! Course content is other people's code. A course that tries what it should not reaches nothing but
//! its own attempt.

use harness::reqwest::{Response, StatusCode};
use harness::serde_json::{Value, json};
use harness::{Backend, Browser};
use support::{Course, File, Launch, Player, Service, learner, no_browser, package_of, serve};

const PROGRAM: &str = env!("CARGO_BIN_EXE_attestry");

/// A page that does nothing by itself: tests put words into its mouth.
const PAGE: &str = "<!doctype html><title>Hostile</title><link rel=icon href='data:,'>\
    <body data-state=ready><h1>Hostile</h1>";

async fn hostile(page: &str) -> (Service, Course, Launch) {
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.import(package_of("1.2", &[("start.html", page)])).await;
    let launch = service.launch(&course).await;
    (service, course, launch)
}

/// The main origin as the console is opened: under the name that no course is served from.
fn console(service: &Service) -> String {
    service.main("").replace("127.0.0.1", "localhost")
}

/// What an asynchronous script comes to in the current frame.
async fn attempt(browser: &Browser, script: &str) -> Value {
    let begin = format!(
        "(window.came = undefined, (async () => {{ {script} }})()\
         .then(v => {{ window.came = {{ok: v ?? null}}; }}, e => {{ window.came = {{error: e.name}}; }}), true)"
    );
    browser.eval(&begin).await;
    browser.wait_until(script, "window.came").await
}

/// Signs the browser in to the console with the link that the server has printed.
async fn sign_in(service: &Service, browser: &Browser) {
    let log = service.log();
    let link =
        log.iter().flat_map(|line| line.split_whitespace()).find(|word| word.contains("/sign-in/"));
    browser.goto(link.expect("the server printed a link")).await.expect("the page loads");
    browser.wait_until("the console", "document.querySelector('nav a[href=\"/keys\"]')").await;
}

#[tokio::test]
async fn content_reads_neither_console_nor_apis_of_a_user_who_is_signed_in() {
    if no_browser() {
        return;
    }
    let (service, _, launch) = hostile(PAGE).await;
    let player = Player { browser: Browser::open().await };
    sign_in(&service, &player).await;
    player.visit(&launch).await;
    let main = console(&service);
    let status = |path: &str, credentials: &str| {
        format!("return (await fetch('{main}{path}', {{credentials: '{credentials}'}})).status")
    };
    let unreadable = json!({"error": "TypeError"});
    for path in ["/courses", "/keys", "/api/v1/courses", "/healthz"] {
        for credentials in ["include", "omit"] {
            assert_eq!(attempt(&player, &status(path, credentials)).await, unreadable, "{path}");
        }
    }
    // The LRS answers other origins, which bring a key of their own; a cookie opens nothing there.
    let statements = "/xapi/statements";
    assert_eq!(attempt(&player, &status(statements, "include")).await, unreadable);
    assert_eq!(attempt(&player, &status(statements, "omit")).await, json!({"ok": 400}));
    let versioned = format!(
        "return (await fetch('{main}{statements}', \
         {{headers: {{'X-Experience-API-Version': '1.0.3'}}}})).status"
    );
    assert_eq!(attempt(&player, &versioned).await, json!({"ok": 401}));
    // Writing without reading the answer: the cookie does not travel, and the origin is wrong.
    let form = "new URLSearchParams({label: 'stolen', scope: 'all'})";
    let post = format!(
        "await fetch('{main}/keys', {{method: 'POST', mode: 'no-cors', credentials: 'include', body: {form}}})"
    );
    attempt(&player, &post).await;
    player.player().await;
    player.goto(&format!("{main}/keys")).await.expect("the page loads");
    assert!(!player.text("main").await.contains("stolen"));
    // Nor can it show the console in a frame, to have it clicked.
    player
        .visit(
            &service
                .launch(&service.import(package_of("1.2", &[("start.html", PAGE)])).await)
                .await,
        )
        .await;
    let _ = player.console_errors().await;
    let frame = format!(
        "const f = document.createElement('iframe'); f.src = '{main}/keys'; document.body.append(f);\
         await new Promise(done => f.onload = done)"
    );
    attempt(&player, &frame).await;
    let errors = player.console_errors().await;
    assert!(errors.iter().any(|error| error.contains("frame-ancestors")), "{errors:#?}");
}

#[tokio::test]
async fn content_reaches_no_session_but_its_own() {
    if no_browser() {
        return;
    }
    let (service, course, launch) = hostile(PAGE).await;
    let mut other = learner();
    other["account"]["name"] = json!("grace");
    let theirs = service.launch_with(&course, json!({"actor": other})).await;
    let victim = Player::open(&theirs).await;
    victim.player().await;
    let address = victim.current_url().await.expect("a page is open").to_string();
    let page = "JSON.parse(document.querySelector('#launch').textContent)";
    let session = victim.eval(&format!("{page}.session")).await;
    drop(victim);

    let player = Player::open(&launch).await;
    let own = player.eval("parent.location.pathname").await;
    let own = own.as_str().expect("a path is a text").to_owned();
    for path in
        ["/c/AAAAAAAAAAAAAAAAAAAAAA/start.html", "/play/AAAAAAAAAAAAAAAAAAAAAA/", "/c/", "/play/"]
    {
        let status = attempt(&player, &format!("return (await fetch('{path}')).status")).await;
        let status = status["ok"].as_u64().expect("its own origin answers");
        assert!([403, 404].contains(&status), "{path}: {status}");
    }
    // The id of another learner's session is no capability.
    let calls = json!([[1, "LMSInitialize", [""], "true", "0", 1_763_710_000_000_u64]]);
    let replay = json!({"session": session, "delivery": 1, "calls": calls}).to_string();
    let forged = format!(
        "const answer = await fetch('{own}rte/replay', {{method: 'POST', body: {}}});\
         return (await answer.json()).outcome",
        Value::from(replay)
    );
    assert_eq!(attempt(&player, &forged).await, json!({"ok": "unknown"}));
    let mut calls = service.calls(&theirs.registration).await;
    calls.retain(|call| call["function"] != "navigate");
    assert_eq!(calls, Vec::<Value>::new());
    // No address that content can see tells of another session.
    let traces = "JSON.stringify([document.referrer, parent.document.referrer, {...localStorage}])";
    let traces = player.eval(traces).await;
    let token = address.trim_end_matches('/').rsplit('/').next().expect("the path has parts");
    assert!(!traces.as_str().expect("JSON is a text").contains(token));
}

#[tokio::test]
async fn content_stands_between_no_page_and_its_server() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let worker = "addEventListener('fetch', event => event.respondWith(new Response('mine')))";
    let pages = [("start.html", PAGE), ("worker.js", worker)];
    let launch = service.launch(&service.import(package_of("1.2", &pages)).await).await;
    let player = Player::open(&launch).await;
    // A service worker reaches as far as its own folder, which is the session's.
    for scope in ["/", "/play/", "/c/", "/launch/"] {
        let register =
            format!("await navigator.serviceWorker.register('worker.js', {{scope: '{scope}'}})");
        let refused = json!({"error": "SecurityError"});
        assert_eq!(attempt(&player, &register).await, refused, "{scope}");
    }
    let own = "const own = await navigator.serviceWorker.register('worker.js'); \
        return new URL(own.scope).pathname === location.pathname.replace('start.html', '')";
    assert_eq!(attempt(&player, own).await, json!({"ok": true}));
    let other = service.launch(&service.import(package_of("1.2", &pages)).await).await;
    player.visit(&other).await;
    assert_eq!(player.eval("navigator.serviceWorker.controller").await, Value::Null);
    let status = "return (await fetch(parent.location.pathname + 'rte/table.json')).status";
    assert_eq!(attempt(&player, status).await, json!({"ok": 200}));
}

#[tokio::test]
async fn content_that_takes_the_player_apart_can_only_forge_its_own_result() {
    if no_browser() {
        return;
    }
    let (service, course, launch) = hostile(PAGE).await;
    let player = Player::open(&launch).await;
    player.eval("parent.API.LMSInitialize('') && parent.API.LMSSetValue('cmi.core.lesson_status', 'passed') && parent.API.LMSCommit('')").await;
    player.saved().await;
    player.course().await;
    // The browser's half believes anything; the server executes again and is the authority.
    let own = player.eval("parent.location.pathname").await;
    let own = own.as_str().expect("a path is a text").to_owned();
    for (what, calls, expected) in [
        (
            "an element that is none",
            json!([[4, "LMSSetValue", ["cmi.core.superuser", "yes"], "true", "0", 1]]),
            200,
        ),
        (
            "a value that is none",
            json!([[5, "LMSSetValue", ["cmi.core.score.raw", "1000"], "true", "0", 1]]),
            200,
        ),
        ("calls out of order", json!([[99, "LMSCommit", [""], "true", "0", 1]]), 409),
        ("a function that is none", json!([[6, "eval", ["1"], "true", "0", 1]]), 200),
    ] {
        let body = json!({"delivery": 1, "calls": calls, "closing": false}).to_string();
        let send = format!(
            "return (await fetch('{own}rte/calls', {{method: 'POST', body: {}}})).status",
            Value::from(body)
        );
        let came = attempt(&player, &send).await["ok"].as_u64().expect("it answers");
        assert!(came == expected || came == 400, "{what}: {came}");
    }
    for body in
        ["", "{", "[]", "{\"delivery\":-1}", "{\"delivery\":1,\"calls\":[[1]],\"closing\":false}"]
    {
        let send = format!(
            "return (await fetch('{own}rte/calls', {{method: 'POST', body: {}}})).status",
            Value::from(body)
        );
        assert_eq!(attempt(&player, &send).await, json!({"ok": 400}), "{body}");
    }
    player.eval("(parent.document.querySelector('#bar').remove(), parent.API = null, true)").await;
    let row = service.registration(&launch.registration).await;
    assert_eq!((&row["status"], &row["score"]), (&json!("passed"), &Value::Null), "{row:#}");
    let (only, _) = service.row(&course).await;
    assert_eq!(only["id"], launch.registration.as_str(), "nobody else has a result");
}

#[tokio::test]
async fn content_that_asks_for_navigation_itself_gets_no_further_than_the_learner_could() {
    if no_browser() {
        return;
    }
    let (service, course, launch) = hostile(PAGE).await;
    let player = Player::open(&launch).await;
    let own = player.eval("parent.location.pathname").await;
    let own = own.as_str().expect("a path is a text").to_owned();
    let send = async |path: &str, body: &str| {
        let send = format!(
            "return (await fetch('{own}rte/{path}', {{method: 'POST', body: {}}})).status",
            Value::from(body)
        );
        attempt(&player, &send).await["ok"].as_u64().expect("it answers")
    };
    let deep = "[".repeat(100_000);
    for body in [
        "",
        "null",
        "[]",
        deep.as_str(),
        r#"{"number":2}"#,
        r#"{"number":-1,"request":"continue"}"#,
        r#"{"number":0,"request":"continue"}"#,
        r#"{"number":4294967295,"request":"continue"}"#,
        r#"{"number":1e99,"request":"continue"}"#,
        r#"{"number":2,"request":"start"}"#,
        r#"{"number":2,"request":"resumeAll"}"#,
        r#"{"number":2,"request":"content"}"#,
        r#"{"number":2,"request":"drop table"}"#,
        r#"{"number":2,"request":{"choice":7}}"#,
        r#"{"number":2,"request":{"choice":"item","jump":"item"}}"#,
    ] {
        let start = &body[..body.len().min(60)];
        assert_eq!(send("navigate", body).await, 400, "{start}");
    }
    let number = "\u{0}".repeat(4096);
    let nowhere = [json!({"choice": "not there"}), json!({"jump": number}), json!("previous")];
    for (at, request) in nowhere.iter().enumerate() {
        let body = json!({"number": at + 2, "request": request}).to_string();
        let status = send("navigate", &body).await;
        assert!([200, 400].contains(&status), "{status}: {request}");
    }
    for path in ["calls", "replay", "navigate", "heartbeat", "exit"] {
        let get = format!("return (await fetch('{own}rte/{path}')).status");
        let status = attempt(&player, &get).await["ok"].as_u64().expect("it answers");
        assert!([404, 405].contains(&status), "{path}: {status}");
    }
    let big = format!(
        "return (await fetch('{own}rte/replay', {{method: 'POST', body: 'x'.repeat(5 << 20)}})).status"
    );
    assert_eq!(attempt(&player, &big).await, json!({"ok": 413}));
    // It can end its own session. The page says so, and the next launch plays.
    assert_eq!(send("exit", "{}").await, 200);
    assert_eq!(send("navigate", r#"{"number":9,"request":"open"}"#).await, 410);
    player.eval("parent.API.LMSInitialize('') && parent.API.LMSCommit('')").await;
    let word = player.word().await;
    assert!(word.contains("This session is over"), "{word}");
    player.visit(&service.launch(&course).await).await;
    assert_eq!(player.eval("parent.API.LMSInitialize('')").await, "true");
    assert!(service.log().iter().all(|line| !line.contains("ERROR")), "{:#?}", service.log());
}

#[tokio::test]
async fn content_cannot_lead_the_page_away_that_holds_the_player() {
    if no_browser() {
        return;
    }
    let page = "<!doctype html><body data-state=ready><script>\
        try { top.location = 'about:blank#away'; } catch (error) { document.title = error.name; }</script>";
    let (service, _, launch) = hostile(page).await;
    let lms = format!(
        "<!doctype html><title>LMS</title><link rel=icon href='data:,'><iframe id=lms src='{}'></iframe>",
        launch.url
    );
    let files: Vec<File> = vec![(String::new(), lms.into_bytes())];
    let lms = serve("localhost", files);
    let browser = Browser::open().await;
    browser.goto(&lms).await.expect("the page loads");
    browser.enter("#lms").await;
    let ready =
        "document.querySelector('#frame')?.contentDocument?.body?.dataset.state === 'ready'";
    browser.wait_until("the course", ready).await;
    browser.leave_frames().await;
    assert_eq!(browser.eval("document.title").await, "LMS");
    assert!(service.log().iter().all(|line| !line.contains("ERROR")));
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().expect("headers are texts"))
}

#[tokio::test]
async fn the_content_origin_sets_no_cookies_and_guards_its_pages_by_headers() {
    let (service, _, launch) = hostile(PAGE).await;
    let exchanged = service.client().get(&launch.url).send().await.expect("it answers");
    assert_eq!(exchanged.status(), StatusCode::SEE_OTHER);
    let session = header(&exchanged, "location").to_owned();
    let token = session.trim_matches('/').rsplit('/').next().expect("a path has parts").to_owned();
    let get = async |path: &str| {
        service.client().get(service.content(path)).send().await.expect("it answers")
    };
    let page = get(&session).await;
    let table = get(&format!("{session}rte/table.json")).await;
    let file = get(&format!("/c/{token}/start.html")).await;
    let missing = get(&format!("/c/{token}/../../imsmanifest.xml")).await;
    assert_eq!(
        (page.status(), table.status(), file.status()),
        (StatusCode::OK, StatusCode::OK, StatusCode::OK)
    );
    for answer in [&exchanged, &page, &table, &file, &missing] {
        assert_eq!(header(answer, "set-cookie"), "", "{}", answer.url().path());
        assert_eq!(header(answer, "referrer-policy"), "same-origin");
        assert!(header(answer, "content-security-policy").contains("frame-ancestors"));
        assert_eq!(header(answer, "access-control-allow-origin"), "");
    }
    for answer in [&page, &file] {
        assert_eq!(header(answer, "permissions-policy"), "unload=(self)");
        assert_eq!(header(answer, "origin-agent-cluster"), "?1");
    }
    assert!(header(&page, "content-security-policy").contains("script-src 'self'"));
    assert_eq!(header(&page, "cache-control"), "no-store");
    assert_eq!(header(&page, "x-content-type-options"), "nosniff");
    // Nothing of the main origin is served here, and the other way round.
    for path in ["/", "/courses", "/api/v1/courses", "/xapi/statements", "/sign-in"] {
        assert_eq!(get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let on_main = service.client().get(service.main(&session)).send().await.expect("it answers");
    assert_eq!(on_main.status(), StatusCode::NOT_FOUND);
    // The path is the capability: it is not written down.
    let link = launch.url.rsplit('/').next().expect("a link has parts").to_owned();
    let told = service.log().into_iter().find(|line| line.contains(&token) || line.contains(&link));
    assert_eq!(told, None, "a capability in the log");
}
