//! Attachments, both ways (Data 2.4.11, Communication 1.5.2).

use super::{Answer, PROGRAM, get, ids, post, request, sent, servers, statement};
use domain::Sha256Digest;
use harness::reqwest::{Method, header};
use harness::serde_json::{self, Value, json};
use harness::{Backend, Server};
use std::{collections::BTreeMap, slice};

const MIXED: &str = "multipart/mixed; boundary=\"abcABC0123'()+_,-./:=?\"";
const BOUNDARY: &str = "abcABC0123'()+_,-./:=?";

/// Bytes that look like the wire's own.
const HOSTILE: &[u8] = b"\r\n--abcABC\r\n\r\nContent-Type: x\0\xff\r\n--\r\n";

pub(crate) fn sha2(content: &[u8]) -> String {
    Sha256Digest::of(content).to_string()
}

fn attachment(content: &[u8], media_type: &str) -> Value {
    json!({
        "usageType": "https://example.com/usage", "display": {"en": "An attachment"},
        "contentType": media_type, "length": content.len(), "sha2": sha2(content),
    })
}

fn part(content: &[u8], media_type: &str) -> (String, Vec<u8>) {
    let head = format!(
        "Content-Type: {media_type}\r\nContent-Transfer-Encoding: binary\r\n\
         X-Experience-API-Hash: {}",
        sha2(content)
    );
    (head, content.to_vec())
}

pub(crate) fn body(statements: &Value, parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut body =
        format!("--{BOUNDARY}\r\nContent-Type: application/json\r\n\r\n{statements}").into_bytes();
    for (head, content) in parts {
        body.extend(format!("\r\n--{BOUNDARY}\r\n{head}\r\n\r\n").into_bytes());
        body.extend(content);
    }
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
    body
}

pub(crate) async fn post_mixed(server: &Server, body: Vec<u8>) -> Answer {
    let request = request(server, Method::POST, "statements", &[]);
    sent(request.header("Content-Type", MIXED).body(body)).await
}

/// The first part as JSON and the others by hash, each with its media type; every part's header
/// is checked.
fn parts_of(answer: &Answer) -> (Value, BTreeMap<String, (String, Vec<u8>)>) {
    let kind = answer.header("content-type");
    let boundary = kind.strip_prefix("multipart/mixed; boundary=\"").expect("it is multipart");
    let boundary = format!("--{}", boundary.trim_end_matches('"'));
    let mut rest = answer.body.as_slice();
    let (mut first, mut found) = (None, BTreeMap::new());
    rest = rest.strip_prefix(boundary.as_bytes()).expect("it begins with the boundary");
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let delimiter = format!("\r\n{boundary}");
        let at = part.windows(delimiter.len()).position(|at| at == delimiter.as_bytes());
        let at = at.expect("each part ends");
        rest = &part[at + delimiter.len()..];
        let blank = part.windows(4).position(|at| at == b"\r\n\r\n").expect("a header ends");
        let head = String::from_utf8(part[..blank].to_vec()).expect("a header is ASCII");
        let head: BTreeMap<&str, &str> =
            head.split("\r\n").filter_map(|line| line.split_once(": ")).collect();
        let content = part[blank + 4..at].to_vec();
        if first.is_none() {
            assert_eq!(head["Content-Type"], "application/json");
            first = Some(serde_json::from_slice(&content).expect("JSON comes first"));
            continue;
        }
        assert_eq!(head["Content-Transfer-Encoding"], "binary");
        let hash = head["X-Experience-API-Hash"].to_owned();
        assert_eq!(hash, sha2(&content), "the data is what its hash says");
        let again = found.insert(hash, (head["Content-Type"].to_owned(), content));
        assert!(again.is_none(), "an attachment is sent once");
    }
    assert_eq!(rest, b"--\r\n");
    (first.expect("there are statements"), found)
}

/// XAPI-00128, XAPI-00130 to 00135: what is sent by the rules is taken. XAPI-00154, XAPI-00167:
/// with `attachments=true` it comes back the same way, XAPI-00161: without it as JSON alone.
#[tokio::test]
async fn attachments_come_back_byte_for_byte() {
    for server in servers().await {
        let large: Vec<u8> = (0..2_000_000_u32).map(|n| (n % 253) as u8).collect();
        let mut first = statement("ada", "a");
        first["attachments"] =
            json!([attachment(HOSTILE, "application/x-odd"), attachment(&large, "video/mp4")]);
        let mut second = statement("bob", "b");
        second["attachments"] =
            json!([attachment(&large, "video/mp4"), attachment(b"", "text/plain")]);
        let batch = json!([first, statement("ada", "c"), second]);
        let all = [
            part(HOSTILE, "application/x-odd"),
            part(&large, "video/mp4"),
            part(b"", "text/plain"),
        ];
        let stored = ids(&post_mixed(&server, body(&batch, &all)).await);

        let one = [("statementId", stored[0].as_str()), ("attachments", "true")];
        let answer = get(&server, "statements", &one).await;
        let (exact, found) = parts_of(&answer);
        assert_eq!(exact["id"], stored[0]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[&sha2(HOSTILE)], ("application/x-odd".to_owned(), HOSTILE.to_vec()));
        assert_eq!(found[&sha2(&large)], ("video/mp4".to_owned(), large.clone()));
        assert!(answer.headers.contains_key(header::LAST_MODIFIED));

        let page = [("attachments", "true"), ("ascending", "true"), ("format", "ids")];
        let (page, found) = parts_of(&get(&server, "statements", &page).await);
        assert_eq!(page["statements"].as_array().map(Vec::len), Some(3));
        assert_eq!(found.len(), 3, "what two statements share comes once");
        assert_eq!(found[&sha2(b"")].1, b"");

        let limited = [("attachments", "true"), ("ascending", "true"), ("limit", "1")];
        let (page, found) = parts_of(&get(&server, "statements", &limited).await);
        assert_eq!(found.len(), 2);
        let more = page["more"].as_str().and_then(|more| more.strip_prefix("/xapi/"));
        let (page, found) = parts_of(&get(&server, more.expect("there is more"), &[]).await);
        assert_eq!((page["statements"][0]["id"].as_str(), found.len()), (Some(&*stored[1]), 0));

        for without in [&one[..1], &[one[0], ("attachments", "false")]] {
            let answer = get(&server, "statements", without).await;
            assert_eq!(answer.header("content-type"), "application/json");
            assert_eq!(answer.json(), exact);
        }
        let head = sent(request(&server, Method::HEAD, "statements", &one)).await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert!(head.header("content-type").starts_with("multipart/mixed"));
    }
}

/// XAPI-00127 to 00135: what breaks a rule is refused whole.
#[tokio::test]
async fn attachments_that_break_a_rule_are_refused_with_their_statements() {
    for server in servers().await {
        let mut one = statement("ada", "a");
        one["attachments"] = json!([attachment(b"data", "text/plain")]);
        let good = part(b"data", "text/plain");
        let with = |head: &str| body(&one, &[(head.to_owned(), b"data".to_vec())]);
        let head = good.0.as_str();
        for (sent, named) in [
            (body(&one, &[]), "XAPI-00129"),
            (body(&one, &[good.clone(), part(b"more", "text/plain")]), "XAPI-00128"),
            (body(&one, &[(good.0.clone(), b"other".to_vec())]), "SHA-2"),
            (with(&head.replace("X-Experience-API-Hash", "X-Hash")), "XAPI-00132"),
            (with(&head.replace("binary", "base64")), "XAPI-00135"),
            (with(&head.replace("text/plain", "text/html")), "Content-Type"),
            (with(&format!("{head}\r\nContent-Length: 5")), "Content-Length"),
            (b"no boundary at all".to_vec(), "XAPI-00130"),
        ] {
            let answer = post_mixed(&server, sent).await;
            assert_eq!(answer.status, 400, "{named}: {answer:?}");
            assert!(answer.text().contains(named), "{named}: {answer:?}");
        }
        let bad = statement("ada", "a").to_string().replace("mailto:", "");
        let wrong =
            body(&json!([one, serde_json::from_str::<Value>(&bad).ok()]), slice::from_ref(&good));
        let answer = post_mixed(&server, wrong).await;
        assert_eq!(
            (answer.status, &answer.json()["errors"][0]["pointer"]),
            (400, &json!("/1/actor/mbox"))
        );
        for kind in ["multipart/form-data; boundary=b", "multipart/mixed", "text/plain", ""] {
            let request = request(&server, Method::POST, "statements", &[]);
            let request =
                request.header("Content-Type", kind).body(body(&one, slice::from_ref(&good)));
            assert_eq!(sent(request).await.status, 400, "{kind:?}");
        }
        assert_eq!(post(&server, &one).await.status, 400, "JSON alone needs a fileUrl");
        assert!(ids(&get(&server, "statements", &[]).await).is_empty(), "nothing was stored");

        // Multipart is good for statements without attachments too, and for PUT.
        assert_eq!(ids(&post_mixed(&server, body(&statement("ada", "b"), &[])).await).len(), 1);
        let id = "fd41c918-b88b-4b20-a0a5-a4c32391aaa0";
        let parameters = [("statementId", id), ("attachments", "true")];
        for _ in 0..2 {
            let put = request(&server, Method::PUT, "statements", &parameters[..1]);
            let put = put.header("Content-Type", MIXED).body(body(&one, slice::from_ref(&good)));
            assert_eq!(sent(put).await.status, 204);
        }
        let (_, found) = parts_of(&get(&server, "statements", &parameters).await);
        assert_eq!(found[&sha2(b"data")].1, b"data");
    }
}

/// Communication 1.5.2: a hash is matched within the request alone, so who merely knows the hash
/// of another's attachment gets nothing by it.
#[tokio::test]
async fn a_statement_has_the_data_alone_that_it_came_with() {
    for server in servers().await {
        let mut owner = statement("ada", "a");
        owner["attachments"] = json!([attachment(b"secret", "text/plain")]);
        let sent = body(&owner, &[part(b"secret", "text/plain")]);
        assert_eq!(post_mixed(&server, sent).await.status, 200);
        let mut other = statement("bob", "a");
        other["attachments"] = json!([attachment(b"secret", "text/plain")]);
        assert_eq!(post(&server, &other).await.status, 400, "stored before is not sent along");
        other["attachments"][0]["fileUrl"] = json!("https://files.example/secret");
        let id = ids(&post(&server, &other).await).remove(0);
        let one = [("statementId", id.as_str()), ("attachments", "true")];
        let (_, found) = parts_of(&get(&server, "statements", &one).await);
        assert!(found.is_empty());
    }
}

#[tokio::test]
async fn the_limit_of_a_request_holds_for_its_attachments_too() {
    let settings = [("ATTESTRY_REQUEST_BYTES_MAX", "10000")];
    let server = Server::start(PROGRAM, Backend::Sqlite, &settings).await;
    let mut one = statement("ada", "a");
    for (size, status) in [(5_000, 200), (10_000, 413)] {
        let content = vec![b'x'; size];
        one["attachments"] = json!([attachment(&content, "text/plain")]);
        let answer = post_mixed(&server, body(&one, &[part(&content, "text/plain")])).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
}
