//! What operators see: metrics, health, logs with request ids, and an orderly end.

use crate::console::Console;
use crate::{Key, PROGRAM, VERSION, agent, by, said, sent, servers, statement};
use harness::reqwest::Method;
use harness::serde_json::{Value, from_str, json};
use harness::{Backend, KEY, SECRET, Server};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::{Duration, Instant};
use support::package_of;

fn seed() -> Key {
    Key { id: KEY.to_owned(), secret: SECRET.to_owned() }
}

async fn store_one(server: &Server) -> u16 {
    let post = by(server, &seed(), &Method::POST, "/xapi/statements").json(&statement("ada"));
    sent(post).await.status
}

/// The samples of a page of metrics, by name with labels. Checks the form of each line.
fn samples(page: &str) -> BTreeMap<String, f64> {
    let mut all = BTreeMap::new();
    let mut typed = BTreeSet::new();
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a type has a name");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert!(typed.insert(name.to_owned()), "{name} is described twice");
        }
        if line.starts_with('#') {
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
        let name = series.split('{').next().unwrap_or_default();
        let of = ["_bucket", "_sum", "_count"];
        let plain = of.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        assert!(typed.contains(name) || typed.contains(plain), "{name} has no type");
        let value = value.parse().unwrap_or_else(|_| panic!("{line}"));
        assert!(all.insert(series.to_owned(), value).is_none(), "{series} is there twice");
    }
    all
}

#[tokio::test]
async fn metrics_tell_what_happened_and_of_whom_nothing() {
    for server in servers(&[]).await {
        for _ in 0..3 {
            assert_eq!(store_one(&server).await, 200);
        }
        let zip = package_of("1.2", &[("start.html", "<!doctype html><title>One</title>")]);
        let bytes = zip.len();
        let made = sent(server.post("/api/v1/packages").body(zip)).await.json();
        let course = made["course"].as_str().expect("it has an id").to_owned();
        sent(server.get(&format!("/api/v1/courses/{course}"))).await;
        sent(server.get("/no/such/page/for-ada@people.example")).await;
        let page = sent(server.client().get(server.main("/metrics"))).await;
        assert_eq!(page.status, 200, "{page:?}");
        assert_eq!(page.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        let values = samples(&page.text);
        let value = |series: &str| {
            *values.get(series).unwrap_or_else(|| panic!("no {series}: {}", page.text))
        };
        let route = |method: &str, route: &str, status: u16| {
            let labels = format!("site=\"main\",method=\"{method}\",route=\"{route}\"");
            value(&format!("attestry_http_requests_total{{{labels},status=\"{status}\"}}"))
        };
        assert!((route("POST", "/xapi/statements", 200) - 3.0).abs() < 0.5);
        assert!((route("GET", "/api/v1/courses/{course}", 200) - 1.0).abs() < 0.5);
        assert!((route("GET", "none", 404) - 1.0).abs() < 0.5);
        let posts = "site=\"main\",method=\"POST\",route=\"/xapi/statements\"";
        let seconds = format!("attestry_http_request_seconds_count{{{posts}}}");
        assert!((value(&seconds) - 3.0).abs() < 0.5);
        assert!(value("attestry_statements_stored_total") >= 3.0);
        assert!(value("attestry_ledger_entries") >= 3.0);
        assert!(value("attestry_commit_seconds_count") >= 3.0);
        assert!(value("attestry_commit_seconds_sum") > 0.0);
        assert!(value("attestry_commit_requests_bucket{le=\"+Inf\"}") >= 3.0);
        assert!(value("attestry_queue_requests_max") > 0.0);
        assert!(value("attestry_queue_requests") < 0.5);
        assert!(values.keys().any(|name| name.starts_with("attestry_database_connections{")));
        // The sample course of the first start was kept too.
        let kept = value("attestry_package_bytes_total");
        assert!(kept > f64::from(u32::try_from(bytes).expect("it is small")), "{kept}");
        assert!(value("process_resident_memory_bytes") > 1_000_000.0);
        for personal in ["ada", "example", "default", KEY, course.as_str()] {
            assert!(!page.text.contains(personal), "{personal} is in {}", page.text);
        }
    }
}

#[tokio::test]
async fn metrics_are_read_here_or_with_the_token() {
    let server = Server::start(PROGRAM, Backend::Sqlite, &[]).await;
    let get = |server: &Server| server.client().get(server.main("/metrics"));
    assert_eq!(sent(get(&server)).await.status, 200);
    let through_a_proxy = sent(get(&server).header("X-Forwarded-For", "192.0.2.1")).await;
    assert_eq!(through_a_proxy.status, 403, "{through_a_proxy:?}");
    assert!(through_a_proxy.json()["detail"].as_str().is_some_and(|d| d.contains("metrics_token")));
    let settings = [("ATTESTRY_METRICS_TOKEN", "token-of-the-metrics-page")];
    let server = Server::start(PROGRAM, Backend::Sqlite, &settings).await;
    assert_eq!(sent(get(&server)).await.status, 401);
    assert_eq!(sent(get(&server).bearer_auth("another-token-of-some-length")).await.status, 401);
    assert_eq!(sent(get(&server).bearer_auth("token-of-the-metrics-page")).await.status, 200);
    assert_eq!(sent(get(&server).basic_auth(KEY, Some(SECRET))).await.status, 401);
    let printed = said(&server, &["check-config"]);
    assert!(!printed.contains("token-of-the-metrics-page"), "{printed}");
}

#[tokio::test]
async fn a_request_is_found_in_the_log_by_its_senders_id() {
    let settings = [("ATTESTRY_LOG_FORMAT", "json")];
    let server = Server::start(PROGRAM, Backend::Sqlite, &settings).await;
    let with = |id: &'static str| sent(server.get(UNKNOWN_COURSE).header("X-Request-Id", id));
    let taken = with("from-the-gateway.17").await;
    assert_eq!(taken.header("x-request-id"), "from-the-gateway.17");
    assert_eq!(taken.json()["instance"], "#from-the-gateway.17");
    for bad in ["two words", "quote\"d", "a=b,c", ""] {
        let made = with(bad).await;
        let id = made.header("x-request-id");
        assert!(id.len() == 36 && id != bad, "{bad:?} gave {id:?}");
        assert_eq!(made.json()["instance"], format!("urn:uuid:{id}"));
    }
    let lines: Vec<Value> = server.log().iter().filter_map(|line| from_str(line).ok()).collect();
    let line = lines.iter().find(|line| line["request"] == "from-the-gateway.17");
    let line = line.unwrap_or_else(|| panic!("no such line: {lines:#?}"));
    assert_eq!(line["status"], 404, "{line}");
    assert_eq!(line["target"], "access", "{line}");
    assert_eq!(line["by"], format!("key {KEY}"), "{line}");
    for name in ["timestamp", "level", "message", "millis", "bytes", "site"] {
        assert!(!line[name].is_null(), "no {name}: {line}");
    }
    assert!(line["millis"].is_u64() && line["bytes"].is_u64(), "{line}");
    let others = server.log();
    let mut logged = others.iter().filter(|line| line.contains("\"timestamp\""));
    assert!(logged.all(|line| from_str::<Value>(line).is_ok()), "each line is one object");
}

const UNKNOWN_COURSE: &str = "/api/v1/courses/01890a5d-ac96-774b-bcce-b302099a8057";

fn terminate(server: &Server) {
    let id = server.process_id().to_string();
    let sent = Command::new("sh").args(["-c", "kill -s TERM \"$0\"", &id]).status();
    assert!(sent.is_ok_and(|status| status.success()), "SIGTERM could not be sent");
}

#[tokio::test]
async fn who_is_about_to_stop_says_so_goes_on_and_then_ends_well() {
    let settings = [("ATTESTRY_DRAIN_SECONDS", "2")];
    for mut server in servers(&settings).await {
        let ready = |server: &Server| server.client().get(server.main("/readyz"));
        assert_eq!(sent(ready(&server)).await.status, 200);
        let begin = Instant::now();
        terminate(&server);
        let mut answer = sent(ready(&server)).await;
        while answer.status == 200 && begin.elapsed() < Duration::from_secs(1) {
            tokio::time::sleep(Duration::from_millis(20)).await;
            answer = sent(ready(&server)).await;
        }
        assert_eq!(answer.status, 503, "{answer:?}");
        let told = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
        assert!(told.contains("about to stop"), "{told}");
        assert_eq!(store_one(&server).await, 200, "what still comes is carried out");
        let health = sent(server.client().get(server.main("/healthz"))).await;
        assert_eq!(health.status, 200, "the process lives");
        let status = server.stop().await;
        assert!(status.success(), "{status}");
        let took = begin.elapsed();
        assert!(took >= Duration::from_secs(2) && took < Duration::from_secs(12), "{took:?}");
    }
}

#[tokio::test]
async fn a_loaded_server_answers_what_it_took_in_before_it_ends() {
    for mut server in servers(&[]).await {
        let (key, address) = (seed(), server.main("/xapi/statements"));
        let client = server.client().clone();
        let writers = (0..8).map(|writer| {
            let (client, address, key) = (client.clone(), address.clone(), key.clone());
            tokio::spawn(async move {
                let mut stored = Vec::new();
                for number in 0.. {
                    let one = json!({
                        "actor": agent(&format!("w{writer}n{number}")),
                        "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"},
                        "object": {"id": "https://example.com/a"}
                    });
                    let post = client.post(&address).basic_auth(&key.id, Some(&key.secret));
                    // No connection once it has stopped; before, every answer is whole.
                    let Ok(answer) = post.header(VERSION, "1.0.3").json(&one).send().await else {
                        break;
                    };
                    if answer.status().as_u16() != 200 {
                        assert_eq!(answer.status().as_u16(), 503);
                        break;
                    }
                    let ids: Value = answer.json().await.expect("what was begun is sent whole");
                    stored.push(ids[0].as_str().expect("it has an id").to_owned());
                }
                stored
            })
        });
        let writers: Vec<_> = writers.collect();
        tokio::time::sleep(Duration::from_millis(700)).await;
        let begin = Instant::now();
        let status = server.stop().await;
        assert!(status.success(), "{status}");
        assert!(begin.elapsed() < Duration::from_secs(12), "{:?}", begin.elapsed());
        let mut stored = BTreeSet::new();
        for writer in writers {
            stored.extend(writer.await.expect("the writer did not panic"));
        }
        assert!(stored.len() > 8, "{}", stored.len());
        server.start_again().await;
        let mut kept = BTreeSet::new();
        let mut path = "/xapi/statements?limit=500".to_owned();
        while !path.is_empty() {
            let page = sent(by(&server, &seed(), &Method::GET, &path)).await.json();
            let ids = page["statements"].as_array().into_iter().flatten();
            kept.extend(ids.filter_map(|one| one["id"].as_str().map(ToOwned::to_owned)));
            page["more"].as_str().unwrap_or_default().clone_into(&mut path);
        }
        let lost: Vec<_> = stored.difference(&kept).collect();
        assert!(lost.is_empty(), "answered and not kept: {lost:?}");
    }
}

/// The link in what a start prints, if it prints one.
fn sign_in_link(server: &Server) -> Option<String> {
    let log = server.log();
    let told = log.iter().position(|line| line.starts_with("Sign in once, until "))?;
    log.get(told + 1).map(|line| line.trim().to_owned())
}

/// A server that was killed inside its very first start has an organization, and nobody in it.
#[tokio::test]
async fn a_first_start_that_was_cut_off_is_done_again() {
    for mut server in servers(&[]).await {
        assert!(sign_in_link(&server).is_some(), "{:?}", server.log());
        let all = ["one_time_token", "console_session", "console_user", "course_version", "course"];
        // Cut off before the administrator was made, and before the sample course was.
        for lost in [&all[..], &all[3..]] {
            server.stop().await;
            for table in lost {
                server.change(&format!("DELETE FROM {table}")).await;
            }
            server.start_again().await;
            let link = sign_in_link(&server).expect("it tells a link again");
            let (_, token) = link.split_once("/sign-in/").expect("it is a link to sign in");
            Console::by_link(&server, &format!("/sign-in/{token}")).await;
            let courses = sent(server.get("/api/v1/courses")).await.json();
            assert_eq!(courses["items"].as_array().map(Vec::len), Some(1), "{courses}");
        }
        server.stop().await;
        server.start_again().await;
        assert_eq!(sign_in_link(&server), None, "it was done to its end");
    }
}
