//! Too often, and too large: each refusal names its limit and the setting behind it.

use crate::console::{ADMIN, Console, PASSWORD, form};
use crate::{Answer, Key, by, keys, sent};
use harness::reqwest::{Method, RequestBuilder};
use harness::{Backend, KEY, SECRET, Server};

fn get(server: &Server, key: &str, secret: &str) -> RequestBuilder {
    let key = Key { id: key.to_owned(), secret: secret.to_owned() };
    by(server, &key, &Method::GET, "/xapi/statements")
}

/// Asserts that an answer says that it was too often.
fn too_many(answer: &Answer, setting: &str, limit: u32) {
    assert_eq!(answer.status, 429, "{answer:?}");
    let wait: u32 = answer.header("retry-after").parse().expect("it says when to come again");
    assert!((1..=61).contains(&wait), "{wait}");
    let problem = answer.json();
    assert_eq!(problem["type"], "/api/docs#too-many", "{problem}");
    assert_eq!((&problem["setting"], &problem["limit"]), (&setting.into(), &limit.into()));
}

#[tokio::test]
async fn an_address_that_fails_too_often_has_to_wait_and_who_is_in_goes_on() {
    let settings =
        [("ATTESTRY_FAILED_SIGN_INS_PER_MINUTE", "5"), ("ATTESTRY_TRUSTED_PROXIES", "127.0.0.0/8")];
    let server = Server::start(crate::PROGRAM, Backend::Sqlite, &settings).await;
    let from = |address: &'static str, key: &str, secret: &str| {
        sent(get(&server, key, secret).header("X-Forwarded-For", address))
    };
    let mut statuses = Vec::new();
    for number in 0..5 {
        // Unknown keys, wrong secrets and forged tokens all count.
        let answer = match number % 3 {
            0 => from("192.0.2.1", KEY, "wrong").await,
            1 => from("192.0.2.1", "ak_unknown", "wrong").await,
            _ => {
                let request = server.client().get(server.main("/api/v1/courses"));
                sent(request.bearer_auth("a.b.c").header("X-Forwarded-For", "192.0.2.1")).await
            }
        };
        statuses.push(answer.status);
        if number == 2 {
            assert_eq!(from("192.0.2.1", KEY, SECRET).await.status, 200, "a client at work");
        }
    }
    assert_eq!(statuses, [401; 5]);
    let setting = "failed_sign_ins_per_minute";
    too_many(&from("192.0.2.1", KEY, "wrong").await, setting, 5);
    too_many(&from("192.0.2.1", "ak_unknown", "x").await, setting, 5);
    assert_eq!(from("192.0.2.1", KEY, SECRET).await.status, 200, "it is not locked out by others");
    assert_eq!(from("192.0.2.2", KEY, "wrong").await.status, 401, "another address");
    assert_eq!(from("192.0.2.2", KEY, SECRET).await.status, 200, "another address");
}

#[tokio::test]
async fn passwords_are_guessed_slowly_by_address_and_by_account() {
    let settings = [
        ("ATTESTRY_FAILED_SIGN_INS_PER_MINUTE", "4"),
        ("ATTESTRY_TRUSTED_PROXIES", "127.0.0.1"),
        ("ATTESTRY_ADMIN_PASSWORD", PASSWORD),
    ];
    let server = Server::start(crate::PROGRAM, Backend::Sqlite, &settings).await;
    let attempt = async |address: String, email: &str, password: &str| {
        let body = format!("email={email}&password={}", crate::encoded(password));
        let request = server.client().post(server.main("/sign-in"));
        let request = request.header("Origin", server.main("")).header("X-Forwarded-For", address);
        let kind = "application/x-www-form-urlencoded";
        sent(request.header("Content-Type", kind).body(body)).await
    };
    for number in 0..4 {
        let address = format!("192.0.2.{number}");
        assert_eq!(attempt(address, ADMIN, "wrong").await.status, 401);
    }
    let refused = attempt("192.0.2.9".to_owned(), ADMIN, PASSWORD).await;
    assert_eq!(refused.status, 429, "the account rests, wherever the next guess comes from");
    assert!(refused.text.contains("failed_sign_ins_per_minute"), "{refused:?}");
    assert!(!refused.header("retry-after").is_empty());
    for number in 0..4 {
        let email = format!("nobody{number}@localhost");
        assert_eq!(attempt("192.0.2.50".to_owned(), &email, "wrong").await.status, 401);
    }
    let refused = attempt("192.0.2.50".to_owned(), "nobody@localhost", "wrong").await;
    assert_eq!(refused.status, 429, "the address rests, whatever account is next");
}

#[tokio::test]
async fn by_default_wrong_passwords_are_limited_and_requests_are_not() {
    let settings = [("ATTESTRY_ADMIN_PASSWORD", PASSWORD)];
    let server = Server::start(crate::PROGRAM, Backend::Sqlite, &settings).await;
    for _ in 0..200 {
        assert_eq!(sent(get(&server, KEY, SECRET)).await.status, 200);
    }
    Console::sign_in(&server).await;
    let mut statuses = Vec::new();
    for number in 0..40 {
        statuses.push(sent(get(&server, &format!("ak_{number}"), "wrong")).await.status);
    }
    assert_eq!(statuses[..30], [401; 30]);
    assert!(statuses.contains(&429), "{statuses:?}");
    let fields = [("email", ADMIN), ("password", PASSWORD)];
    assert_eq!(form(&server, "/sign-in", "", &fields).await.status, 429);
}

#[tokio::test]
async fn a_key_may_send_so_many_requests_a_minute() {
    let settings = [("ATTESTRY_REQUESTS_PER_MINUTE", "20")];
    let mut server = Server::start(crate::PROGRAM, Backend::Sqlite, &settings).await;
    let key = keys(&mut server, &["all"]).await.remove(0);
    let mut answers = Vec::new();
    for _ in 0..30 {
        answers.push(sent(get(&server, &key.id, &key.secret)).await);
    }
    assert!(answers[..20].iter().all(|answer| answer.status == 200), "{answers:?}");
    let last = answers.last().expect("there are some");
    too_many(last, "requests_per_minute", 20);
    assert_eq!(last.header(crate::VERSION), "1.0.3", "as every answer of the LRS");
    assert_eq!(sent(get(&server, KEY, SECRET)).await.status, 200, "another key has its own limit");
}

/// XAPI-00328.
#[tokio::test]
async fn what_is_too_large_is_refused_with_the_limit_and_its_setting() {
    let settings = [("ATTESTRY_REQUEST_BYTES_MAX", "1000"), ("ATTESTRY_PACKAGE_BYTES_MAX", "2000")];
    let server = Server::start(crate::PROGRAM, Backend::Sqlite, &settings).await;
    let seed = Key { id: KEY.to_owned(), secret: SECRET.to_owned() };
    let state = "/xapi/activities/state?activityId=https://example.com/a&stateId=s\
                 &agent=%7B%22mbox%22:%22mailto:a@b.example%22%7D";
    for (method, path, kind, limit, setting) in [
        (Method::POST, "/xapi/statements", "application/json", 1_000, "request_bytes_max"),
        (Method::PUT, state, "text/plain", 1_000, "request_bytes_max"),
        (Method::POST, "/api/v1/launches", "application/json", 1_000, "request_bytes_max"),
        (Method::POST, "/api/v1/packages", "application/zip", 2_000, "package_bytes_max"),
    ] {
        let body = vec![b' '; limit + 1];
        let answer =
            sent(by(&server, &seed, &method, path).header("Content-Type", kind).body(body));
        let answer = answer.await;
        assert_eq!(answer.status, 413, "{path}: {answer:?}");
        let problem = answer.json();
        assert_eq!(problem["limit"], limit, "{path}: {problem}");
        assert_eq!(problem["setting"], setting, "{path}: {problem}");
    }
}
