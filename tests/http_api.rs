//! The JSON API over HTTP: what it refuses and how it says so, packages, lists, memory.

use harness::reqwest::{Method, RequestBuilder, StatusCode};
use harness::serde_json::{Value, from_str, json};
use harness::{Backend, KEY, Server};
use package::testkit::{RawArchive, RawEntry};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use support::{Course, Service, learner, package_of};

const PROGRAM: &str = env!("CARGO_BIN_EXE_attestry");
const NOBODYS: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

async fn sent(request: RequestBuilder) -> (u16, String, Value) {
    let answer = request.send().await.expect("it answers");
    let status = answer.status().as_u16();
    let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().to_owned();
    let text = answer.text().await.expect("the answer is a text");
    (status, kind, from_str(&text).unwrap_or(Value::String(text)))
}

/// Asserts that a request is refused with `status` and a problem document that says so.
async fn refused(request: RequestBuilder, status: u16, what: &str) -> Value {
    let (given, kind, problem) = sent(request).await;
    assert_eq!(given, status, "{what}: {problem}");
    assert_eq!(kind, "application/problem+json", "{what}: {problem}");
    assert_eq!(problem["status"], status, "{what}: {problem}");
    for name in ["type", "title", "detail", "instance"] {
        let text = problem[name].as_str().unwrap_or_default();
        assert!(!text.is_empty(), "{what} has no {name}: {problem}");
    }
    problem
}

fn page(title: &str) -> Vec<u8> {
    package_of("1.2", &[("start.html", &format!("<!doctype html><title>{title}</title>"))])
}

/// Every address that asks for a credential.
fn endpoints(course: &Course, registration: &str) -> Vec<(Method, String)> {
    let course = format!("/api/v1/courses/{}", course.id);
    let one = format!("/api/v1/registrations/{registration}");
    let gets = [
        "/api/v1/courses".to_owned(),
        format!("{course}/versions/1"),
        format!("{course}/versions/1/package"),
        format!("{course}/versions/1/difference?from=1"),
        format!("{course}/versions/1/settings"),
        format!("{course}/settings"),
        "/api/v1/settings".to_owned(),
        course,
        "/api/v1/registrations".to_owned(),
        format!("{one}/calls"),
        format!("{one}/attestations"),
        "/api/v1/attestations".to_owned(),
        "/api/v1/acknowledgements".to_owned(),
        format!("{one}/interactions"),
        format!("{one}/objectives"),
        format!("{one}/sessions"),
        one,
    ];
    let posts = ["/api/v1/packages", "/api/v1/launches"];
    let gets = gets.into_iter().map(|path| (Method::GET, path));
    gets.chain(posts.map(|path| (Method::POST, path.to_owned()))).collect()
}

/// A key pair with these scopes, made at the command line while the server stands still.
async fn key_with(server: &mut Server, scopes: &str) -> (String, String) {
    server.stop().await;
    let made = Command::new(PROGRAM)
        .args(["key", "create", "--scopes", scopes])
        .env_clear()
        .env("ATTESTRY_DATA", server.data())
        .current_dir(server.data())
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&made.stdout).into_owned();
    let word = |name: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name}: {made:?}")).trim().to_owned()
    };
    let pair = (word("key "), word("secret "));
    server.start_again().await;
    pair
}

#[tokio::test]
async fn every_endpoint_refuses_who_is_nobody_or_may_not() {
    let many = [("ATTESTRY_FAILED_SIGN_INS_PER_MINUTE", "1000")];
    let mut service = Service::start_with(PROGRAM, Backend::Sqlite, &many).await;
    let course = service.import(page("one")).await;
    let launch = service.launch(&course).await;
    let (key, secret) = key_with(&mut service, "state").await;
    let (reader, readers) = key_with(&mut service, "all/read").await;
    let endpoints = endpoints(&course, &launch.registration);
    for (method, path) in &endpoints {
        let body = json!({"actor": learner(), "course": course.id}).to_string();
        let plain = || {
            let request = service.client().request(method.clone(), service.main(path));
            if *method == Method::POST { request.body(body.clone()) } else { request }
        };
        refused(plain(), 401, path).await;
        let answer = plain().send().await.expect("it answers");
        let challenge = answer.headers().get("www-authenticate").expect("it says what it takes");
        assert!(challenge.to_str().is_ok_and(|text| text.starts_with("Basic ")), "{path}");
        refused(plain().basic_auth(KEY, Some("wrong")), 401, path).await;
        refused(plain().basic_auth("ak_unknown", Some("wrong")), 401, path).await;
        refused(plain().bearer_auth("token"), 401, path).await;
        refused(plain().basic_auth(&key, Some(&secret)), 403, path).await;
        let may_read = *method == Method::GET;
        let (status, _, body) = sent(plain().basic_auth(&reader, Some(&readers))).await;
        assert_eq!(status, if may_read { 200 } else { 403 }, "{path}: {body}");
    }
    for path in ["/api/openapi.json", "/api/docs", "/healthz", "/readyz"] {
        let answer = service.client().get(service.main(path)).send().await.expect("it answers");
        assert_eq!(answer.status(), StatusCode::OK, "{path} asks for nothing");
    }
}

#[tokio::test]
async fn what_is_unknown_or_malformed_is_refused_with_a_problem_that_says_where() {
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.import(page("one")).await;
    for path in [
        format!("/api/v1/courses/{NOBODYS}"),
        format!("/api/v1/courses/{NOBODYS}/versions/1"),
        format!("/api/v1/courses/{}/versions/2", course.id),
        format!("/api/v1/courses/{}/versions/2/package", course.id),
        format!("/api/v1/courses/{}/versions/2/difference", course.id),
        format!("/api/v1/courses/{}/versions/none", course.id),
        "/api/v1/courses/none".to_owned(),
        format!("/api/v1/registrations/{NOBODYS}"),
        format!("/api/v1/registrations/{NOBODYS}/calls"),
        "/api/v1/registrations/none".to_owned(),
        "/api/v1/nothing".to_owned(),
    ] {
        refused(service.get(&path), 404, &path).await;
    }
    for (path, name) in [
        ("/api/v1/registrations?course=none", "course"),
        ("/api/v1/registrations?cursor=none", "cursor"),
        ("/api/v1/registrations?limit=many", "limit"),
        ("/api/v1/registrations?from=yesterday", "from"),
        ("/api/v1/registrations?format=xml", "format"),
        ("/api/v1/registrations?perosn=ada", "perosn"),
        ("/api/v1/courses?cursor=none", "cursor"),
    ] {
        let problem = refused(service.get(path), 400, path).await;
        assert_eq!(problem["errors"][0]["pointer"], name, "{path}: {problem}");
    }
    let launches = || service.post("/api/v1/launches");
    for body in ["", "{", "[]", "{\"actor\": {}}", "nonsense"] {
        refused(launches().body(body), 400, body).await;
    }
    let mail = json!({"mbox": "ada"});
    for (change, pointer) in [
        (json!({"actor": mail, "course": course.id}), "/actor/mbox"),
        (json!({"actor": {}, "course": course.id}), "/actor"),
        (json!({"actor": learner(), "course": "none"}), "course"),
        (json!({"actor": learner(), "course": course.id, "registration": "none"}), "registration"),
    ] {
        let problem = refused(launches().json(&change), 400, pointer).await;
        let told = problem["errors"][0]["pointer"].as_str().unwrap_or_default();
        assert!(
            told.trim_start_matches('/').starts_with(pointer.trim_start_matches('/')),
            "{problem}"
        );
    }
    let unknown = json!({"actor": learner(), "course": NOBODYS});
    refused(launches().json(&unknown), 404, "an unknown course").await;
    let unknown = json!({"actor": learner(), "course": course.id, "version": 9});
    refused(launches().json(&unknown), 404, "an unknown version").await;
    refused(service.request(Method::DELETE, "/api/v1/courses"), 405, "a method").await;
}

#[tokio::test]
async fn settings_are_decided_with_a_reason_inherited_and_refused_with_their_places() {
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.import(page("one")).await;
    let own = format!("/api/v1/courses/{}/settings", course.id);
    let version = format!("/api/v1/courses/{}/versions/1/settings", course.id);
    let put = |path: &str, body: &Value| service.request(Method::PUT, path).json(body);
    let strict = json!({"settings": {"strictness": "strict"}, "reason": "exam rules"});
    let (status, _, all) = sent(put("/api/v1/settings", &strict)).await;
    assert_eq!((status, &all["level"]), (200, &json!("organization")), "{all}");
    let three = json!({"settings": {"attempts_max": 3}, "reason": "three tries"});
    let (status, _, body) = sent(put(&own, &three)).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["chosen"], json!({"attempts_max": 3}));
    assert_eq!(body["decided"]["reason"], "three tries");
    let seen = service.json(&version).await;
    let of = |name: &str| seen["settings"][name].clone();
    assert_eq!(of("strictness"), json!({"value": "strict", "from": "organization"}));
    assert_eq!(of("attempts_max"), json!({"value": 3, "from": "course"}));
    assert_eq!(of("window"), json!({"value": "frame", "from": "built_in"}));
    assert_eq!(seen["decided"], Value::Null);

    let wrong = json!({"settings": {"attempts_max": 0, "colour": "red"}, "reason": "x"});
    let problem = refused(put(&own, &wrong), 400, "a wrong value").await;
    let places: BTreeSet<&str> = problem["errors"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|e| e["pointer"].as_str())
        .collect();
    assert_eq!(places, BTreeSet::from(["/settings/attempts_max", "/settings/colour"]));
    let silent = json!({"settings": {}, "reason": "  "});
    let problem = refused(put(&own, &silent), 400, "no reason").await;
    assert_eq!(problem["errors"][0]["pointer"], "/reason");
    let unknown = format!("/api/v1/courses/{NOBODYS}/settings");
    refused(put(&unknown, &three), 404, "an unknown course").await;
    let launch = json!({"actor": learner(), "course": course.id, "settings": {"window": "tab"}});
    let problem = refused(service.post("/api/v1/launches").json(&launch), 400, "a launch").await;
    assert_eq!(problem["errors"][0]["pointer"], "/settings/window");
    assert_eq!(service.json(&own).await["settings"]["attempts_max"]["value"], 3, "all was kept");
}

#[tokio::test]
async fn a_course_that_is_not_open_tells_the_learner_when_it_is() {
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.import(page("one")).await;
    let later = json!({"settings": {"opens_at": "2199-01-02T03:04:00Z"}});
    let launch = service.launch_with(&course, later).await;
    let answer = service.client().get(&launch.url).send().await.expect("it answers");
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let page = answer.text().await.expect("a page");
    assert!(page.contains("The course is not open"), "{page}");
    assert!(page.contains("It opens on 2 January 2199, 03:04 UTC."), "{page}");
}

#[tokio::test]
async fn a_package_is_kept_once_and_its_bytes_come_back() {
    for backend in Backend::ALL {
        if let Some(why) = backend.missing() {
            harness::skip(&why);
            continue;
        }
        let service = Service::start(PROGRAM, backend).await;
        let (first, second) = (page("one"), page("two"));
        let upload = |path: &str, zip: &[u8]| sent(service.post(path).body(zip.to_vec()));
        let (status, _, made) = upload("/api/v1/packages", &first).await;
        assert_eq!((status, &made["version"], &made["is_new"]), (201, &json!(1), &json!(true)));
        let (course, sizes) = (&made["report"]["structure"][0], &made["report"]["sizes"]);
        assert_eq!((&course["kind"], &course["rules"]), (&json!("group"), &json!([])), "{made}");
        assert!(sizes["kinds"].as_array().is_some_and(|kinds| !kinds.is_empty()), "{made}");
        let (status, _, again) = upload("/api/v1/packages", &first).await;
        assert_eq!((status, &again["is_new"]), (200, &json!(false)), "{again}");
        for name in ["course", "version", "package_sha256", "activity"] {
            assert_eq!(again[name], made[name], "{name}");
        }
        let course = made["course"].as_str().expect("a course has an id");
        let path = format!("/api/v1/packages?course={course}");
        let unsaid = refused(service.post(&path).body(second.clone()), 400, "no reason").await;
        assert_eq!(unsaid["errors"][0]["pointer"], "/change_note", "{unsaid}");
        let (status, _, dry) = upload(&format!("{path}&dry_run=true"), &second).await;
        assert_eq!((status, &dry["dry_run"], &dry["known_as"]), (200, &json!(true), &Value::Null));
        assert_eq!(dry["difference"]["files"]["changed"]["listed"][0]["path"], "start.html");
        let (status, _, newer) = upload(&format!("{path}&change_note=Better"), &second).await;
        assert_eq!((status, &newer["version"]), (201, &json!(2)), "{newer}");
        let compared = format!("/api/v1/courses/{course}/versions/2/difference");
        assert_eq!(service.json(&compared).await, newer["difference"]);
        let summary = newer["difference"]["summary"].as_str().unwrap_or_default();
        assert!(summary.starts_with("no part otherwise; 1 file changed, "), "{newer}");
        assert_eq!(newer["course"], course);
        let all = service.json(&format!("/api/v1/courses/{course}")).await;
        assert_eq!(all["versions"].as_array().map(Vec::len), Some(2), "{all}");
        for (number, zip) in [(1, &first), (2, &second)] {
            let path = format!("/api/v1/courses/{course}/versions/{number}/package");
            let answer = service.get(&path).send().await.expect("it answers");
            assert_eq!(answer.bytes().await.expect("the body is whole"), zip.as_slice());
            let answer = service.get(&path).header("Range", "bytes=2-5").send().await;
            let answer = answer.expect("it answers");
            assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT);
            assert_eq!(answer.bytes().await.expect("the body is whole"), zip[2..6]);
        }
        let path = format!("/api/v1/packages?course={NOBODYS}");
        refused(service.post(&path).body(page("three")), 404, "an unknown course").await;
        let bad = service.post("/api/v1/packages").body("this is no zip");
        let problem = refused(bad, 422, "not a zip").await;
        let findings = &problem["report"]["findings"];
        assert!(findings.as_array().is_some_and(|all| !all.is_empty()), "{problem}");
    }
}

#[tokio::test]
async fn a_package_that_is_too_large_is_refused_and_leaves_nothing() {
    let settings = [("ATTESTRY_PACKAGE_BYTES_MAX", "20000")];
    let server = Server::start(PROGRAM, Backend::Sqlite, &settings).await;
    let count = async || {
        let (_, _, list) = sent(server.get("/api/v1/courses")).await;
        list["items"].as_array().map(Vec::len).expect("it is a list")
    };
    let before = count().await;
    let large = || server.post("/api/v1/packages").body(vec![0_u8; 20_001]);
    let problem = refused(large(), 413, "a large package").await;
    assert_eq!(problem["limit"], 20_000);
    assert_eq!(count().await, before);
}

/// The registrations that `query` lists, page by page.
async fn listed(service: &Service, query: &str, limit: usize) -> Vec<String> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/v1/registrations?limit={limit}{query}{cursor}");
        let list = service.json(&path).await;
        let items = list["items"].as_array().expect("it is a list");
        assert!(items.len() <= limit, "{list}");
        let id = |item: &Value| item["id"].as_str().expect("it has an id").to_owned();
        all.extend(items.iter().map(id));
        assert!(all.len() < 100, "the pages go round");
        match list["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

#[tokio::test]
async fn registrations_are_listed_by_filter_and_page_as_json_and_csv() {
    for backend in Backend::ALL {
        if let Some(why) = backend.missing() {
            harness::skip(&why);
            continue;
        }
        let service = Service::start(PROGRAM, backend).await;
        let courses = [service.import(page("one")).await, service.import(page("two")).await];
        let mut made = Vec::new();
        for number in 0..5 {
            let account =
                json!({"homePage": "https://people.example", "name": format!("p{number}")});
            let actor = json!({"actor": {"account": account, "name": format!("Person {number}")}});
            let course = &courses[usize::from(number > 2)];
            made.push(service.launch_with(course, actor).await.registration);
        }
        let expected: BTreeSet<String> = made.iter().cloned().collect();
        for limit in [1, 2, 5, 100] {
            let all = listed(&service, "", limit).await;
            assert_eq!(all.len(), 5, "each once with {limit} a page");
            assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), expected);
        }
        let of_second = listed(&service, &format!("&course={}", courses[1].id), 1).await;
        assert_eq!(
            of_second.into_iter().collect::<BTreeSet<_>>(),
            made[3..].iter().cloned().collect()
        );
        assert_eq!(listed(&service, "&person=p3", 10).await, made[3..4]);
        assert!(listed(&service, "&person=nobody", 10).await.is_empty());

        let csv = async |path: &str, accept: &str| {
            let answer = service.get(path).header("Accept", accept).send().await;
            let answer = answer.expect("it answers");
            let kind = answer.headers()["content-type"].to_str().expect("it is ASCII").to_owned();
            assert!(kind.starts_with("text/csv"), "{path}: {kind}");
            answer.text().await.expect("the answer is a text")
        };
        let all = csv("/api/v1/registrations", "text/csv").await;
        assert_eq!(all, csv("/api/v1/registrations?format=csv", "*/*").await);
        let mut lines = all.lines();
        let header = lines.next().expect("there is a header");
        assert!(header.starts_with("registration,learner_id,"), "{header}");
        let ids = lines.map(|line| line.split(',').next().unwrap_or_default().to_owned());
        assert_eq!(ids.collect::<BTreeSet<_>>(), expected);
        let two = csv("/api/v1/registrations?limit=2", "text/csv").await;
        assert_eq!(two.lines().count(), 3, "{two}");
    }
}

/// The most memory that the server on this data folder has held, in KiB.
fn high_water_kib(data: &Path) -> Option<u64> {
    let mark = format!("ATTESTRY_DATA={}\0", data.display());
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let mut folders = processes.map(|one| one.path());
    let server = folders.find(|folder| {
        let settings = fs::read(folder.join("environ")).unwrap_or_default();
        settings.windows(mark.len()).any(|part| part == mark.as_bytes())
    })?;
    let status = fs::read_to_string(server.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[tokio::test]
async fn a_large_package_never_lies_in_memory() {
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    service.import(page("one")).await;
    let Some(idle) = high_water_kib(service.data()) else {
        return harness::skip("this system does not tell the memory of processes");
    };
    let sample = samples::named("api-probe-12").expect("the probe is a sample");
    let own = sample.files.iter().map(|(path, bytes)| RawEntry::deflated(path, bytes));
    let zip = {
        let film = RawEntry::stored("film.mp4", &vec![7_u8; 150 << 20]);
        RawArchive::of(own.chain([film])).build()
    };
    let course = service.import(zip).await;
    let path = format!("/api/v1/courses/{}/versions/1/package", course.id);
    let answer = service.get(&path).send().await.expect("it answers");
    assert!(answer.bytes().await.expect("the body is whole").len() > 150 << 20);
    let after = high_water_kib(service.data()).expect("it was told before");
    let told = format!("{idle} KiB before, {after} KiB after, ready in {:?}", service.ready_in());
    println!("{told}");
    assert!(after < idle + 64 * 1024, "{told}");
}
