//! Bearer tokens (RFC 6750) that stand for a key pair.

use crate::{Key, by, keys, sent, servers, statement};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use harness::reqwest::{Method, RequestBuilder};
use harness::serde_json::{Value, from_slice, json};
use harness::{KEY, SECRET, Server};
use std::time::{Duration, Instant};

fn seed() -> Key {
    Key { id: KEY.to_owned(), secret: SECRET.to_owned() }
}

fn with(server: &Server, token: &str, method: Method, path: &str) -> RequestBuilder {
    let request = server.client().request(method, server.main(path)).bearer_auth(token);
    request.header(crate::VERSION, "1.0.3")
}

async fn token(server: &Server, key: &Key, asked: &Value) -> String {
    let answer = sent(by(server, key, &Method::POST, "/api/v1/tokens").json(asked)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()["access_token"].as_str().expect("it is a text").to_owned()
}

async fn refused(server: &Server, token: &str, what: &str) {
    let answer = sent(with(server, token, Method::GET, "/xapi/statements")).await;
    assert_eq!(answer.status, 401, "{what}: {answer:?}");
    let challenge = answer.header("www-authenticate");
    assert!(challenge.contains("invalid_token"), "{what}: {challenge}");
    assert!(!answer.text.contains("\"statements\""), "{what}");
}

#[tokio::test]
async fn a_token_does_what_its_scopes_say_and_no_more() {
    for server in servers(&[]).await {
        let all = token(&server, &seed(), &json!({})).await;
        let post = || with(&server, &all, Method::POST, "/xapi/statements");
        let stored = sent(post().json(&statement("ada"))).await;
        assert_eq!(stored.status, 200, "{stored:?}");
        let listed = sent(with(&server, &all, Method::GET, "/xapi/statements")).await;
        let authority = &listed.json()["statements"][0]["authority"];
        assert_eq!(authority["account"]["name"], KEY, "the key stands behind what it stores");

        let asked = json!({"scope": "statements/read", "expires_in": 60});
        let answer = sent(by(&server, &seed(), &Method::POST, "/api/v1/tokens").json(&asked)).await;
        let body = answer.json();
        assert_eq!((&body["expires_in"], &body["scope"]), (&json!(60), &json!("statements/read")));
        assert_eq!(body["token_type"], "Bearer");
        let reader = body["access_token"].as_str().expect("it is a text");
        let get = sent(with(&server, reader, Method::GET, "/xapi/statements")).await;
        assert_eq!(get.status, 200, "{get:?}");
        let post = with(&server, reader, Method::POST, "/xapi/statements").json(&statement("ada"));
        assert_eq!(sent(post).await.status, 403);
        let courses = sent(with(&server, reader, Method::GET, "/api/v1/courses")).await;
        assert_eq!(courses.status, 403, "{courses:?}");
        let again =
            sent(with(&server, &all, Method::POST, "/api/v1/tokens").json(&json!({}))).await;
        assert_eq!(again.status, 403, "a token makes no other: {again:?}");
        assert_eq!(again.json()["error"], "unauthorized_client");
    }
}

#[tokio::test]
async fn a_token_is_asked_for_as_json_or_as_an_oauth_client_does() {
    let mut server = Server::start(crate::PROGRAM, harness::Backend::Sqlite, &[]).await;
    let key = keys(&mut server, &["state statements/read"]).await.remove(0);
    let post = || by(&server, &key, &Method::POST, "/api/v1/tokens");
    let form = |body: &str| {
        let kind = "application/x-www-form-urlencoded";
        sent(post().header("Content-Type", kind).body(body.to_owned()))
    };
    let answer = form("grant_type=client_credentials&scope=statements%2Fread%2Fmine").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["scope"], "statements/read/mine");
    let all = sent(post()).await;
    assert_eq!(all.json()["scope"], "statements/read state", "{all:?}");
    for (body, error, pointer) in [
        ("grant_type=password", "unsupported_grant_type", "grant_type"),
        ("scope=state", "unsupported_grant_type", "grant_type"),
        ("grant_type=client_credentials&scope=root", "invalid_scope", "scope"),
        ("grant_type=client_credentials&scope=profile", "invalid_scope", "scope"),
        ("grant_type=client_credentials&expires_in=0", "invalid_request", "expires_in"),
        ("grant_type=client_credentials&expires_in=3601", "invalid_request", "expires_in"),
    ] {
        let answer = form(body).await;
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
        let problem = answer.json();
        assert_eq!(problem["error"], error, "{body}: {problem}");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}: {problem}");
    }
    for body in ["{", "[]", r#"{"scopes": "state"}"#, r#"{"scope": ""}"#, r#"{"expires_in": -1}"#] {
        assert_eq!(sent(post().body(body)).await.status, 400, "{body}");
    }
    let nobody = server.client().post(server.main("/api/v1/tokens"));
    assert_eq!(sent(nobody).await.status, 401);
}

#[tokio::test]
async fn what_is_no_token_of_ours_is_refused() {
    let settings = [("ATTESTRY_FAILED_SIGN_INS_PER_MINUTE", "0")];
    let server = Server::start(crate::PROGRAM, harness::Backend::Sqlite, &settings).await;
    let other = Server::start(crate::PROGRAM, harness::Backend::Sqlite, &[]).await;
    let good = token(&server, &seed(), &json!({"scope": "statements/read"})).await;
    let parts: Vec<&str> = good.split('.').collect();
    let claims = URL_SAFE_NO_PAD.decode(parts[1]).expect("claims are base64url");
    let claims: Value = from_slice(&claims).expect("claims are JSON");
    let with_claim = |name: &str, value: Value| {
        let mut changed = claims.clone();
        changed[name] = value;
        let changed = URL_SAFE_NO_PAD.encode(changed.to_string());
        format!("{}.{changed}.{}", parts[0], parts[2])
    };
    let with_header = |header: &str, signature: &str| {
        format!("{}.{}.{signature}", URL_SAFE_NO_PAD.encode(header), parts[1])
    };
    for (what, forged) in [
        ("no algorithm", with_header(r#"{"alg":"none","typ":"JWT"}"#, "")),
        ("no algorithm, old signature", with_header(r#"{"alg":"none"}"#, parts[2])),
        ("another algorithm", with_header(r#"{"alg":"RS256","typ":"JWT"}"#, parts[2])),
        ("a longer hash", with_header(r#"{"alg":"HS512","typ":"JWT"}"#, parts[2])),
        ("later expiry", with_claim("exp", json!(9_999_999_999_u64))),
        ("more scopes", with_claim("scope", json!("all"))),
        ("another audience", with_claim("aud", json!("other"))),
        ("another issuer", with_claim("iss", json!("other"))),
        ("another key", with_claim("sub", json!("ak_other"))),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("nonsense", "nonsense".to_owned()),
        ("another service's", token(&other, &seed(), &json!({})).await),
        ("much too long", "a".repeat(6_000)),
    ] {
        refused(&server, &forged, what).await;
    }
    let fine = sent(with(&server, &good, Method::GET, "/xapi/statements")).await;
    assert_eq!(fine.status, 200, "the one they were made from holds: {fine:?}");
}

#[tokio::test]
async fn a_token_ends_with_its_time_and_with_its_key() {
    for mut server in servers(&[("ATTESTRY_ADMIN_PASSWORD", crate::console::PASSWORD)]).await {
        let short = token(&server, &seed(), &json!({"expires_in": 1})).await;
        let begin = Instant::now();
        while sent(with(&server, &short, Method::GET, "/xapi/statements")).await.status == 200 {
            assert!(begin.elapsed() < Duration::from_secs(5), "it never expires");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        refused(&server, &short, "an expired token").await;

        let key = keys(&mut server, &["statements/read"]).await.remove(0);
        let long = token(&server, &key, &json!({})).await;
        let get = async || sent(with(&server, &long, Method::GET, "/xapi/statements")).await.status;
        let pair = async || sent(by(&server, &key, &Method::GET, "/xapi/statements")).await.status;
        assert_eq!((get().await, pair().await), (200, 200));
        let console = crate::console::Console::sign_in(&server).await;
        console.post(&format!("/keys/{}/revoke", key.id), &[]).await;
        assert_eq!((get().await, pair().await), (401, 401), "at once on this node");
        refused(&server, &long, "a token of a revoked key").await;
    }
}
