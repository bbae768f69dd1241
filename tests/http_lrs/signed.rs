//! Signed statements (Data 2.6). The signatures were made once, with keys that are kept nowhere.

use super::attachments::{body, post_mixed, sha2};
use super::{Answer, get, ids, post, servers};
use harness::Server;
use harness::serde_json::{Value, json};

const SIGNED: [&str; 3] = [
    include_str!("../../src/xapi/tests/signed/rs256.jws"),
    include_str!("../../src/xapi/tests/signed/rs384.jws"),
    include_str!("../../src/xapi/tests/signed/rs512.jws"),
];
const OTHER_KEY: &str = include_str!("../../src/xapi/tests/signed/rs256_with_another_key.jws");

/// What is signed, with the signature's metadata.
fn signed(jws: &str) -> Value {
    json!({
        "id": "e05aa883-acaf-40ad-bf54-02c8ce485fb0",
        "actor": {"mbox": "mailto:signer@people.example"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": "https://example.com/signed"},
        "result": {"duration": "PT1.12S"},
        "attachments": [{
            "usageType": "http://adlnet.gov/expapi/attachments/signature",
            "display": {"en": "Signature"}, "contentType": "application/octet-stream",
            "length": jws.len(), "sha2": sha2(jws.as_bytes()),
        }],
    })
}

async fn send(server: &Server, statement: &Value, jws: &str) -> Answer {
    let media_type = statement["attachments"][0]["contentType"].as_str().unwrap_or_default();
    let head = format!(
        "Content-Type: {media_type}\r\nContent-Transfer-Encoding: binary\r\n\
         X-Experience-API-Hash: {}",
        sha2(jws.as_bytes())
    );
    post_mixed(server, body(statement, &[(head, jws.as_bytes().to_vec())])).await
}

/// XAPI-00115 to 00117.
#[tokio::test]
async fn a_signed_statement_is_stored_when_its_signature_holds() {
    for jws in SIGNED {
        for server in servers().await {
            let mut other = signed(jws);
            other["object"]["id"] = json!("https://example.com/other");
            let answer = send(&server, &other, jws).await;
            assert_eq!(answer.status, 400, "{answer:?}");
            assert!(answer.text().contains("XAPI-00116"), "{answer:?}");
            let mut texted = signed(jws);
            texted["attachments"][0]["contentType"] = json!("text/plain");
            let answer = send(&server, &texted, jws).await;
            assert!(answer.status == 400 && answer.text().contains("XAPI-00115"), "{answer:?}");
            // A letter inside the signature, the last part.
            let place = jws.len() - 20;
            let letter = if jws.as_bytes()[place] == b'A' { "B" } else { "A" };
            let broken = format!("{}{letter}{}", &jws[..place], &jws[place + 1..]);
            let answer = send(&server, &signed(&broken), &broken).await;
            assert!(answer.status == 400 && answer.text().contains("certificate"), "{answer:?}");
            let answer = send(&server, &signed(OTHER_KEY), OTHER_KEY).await;
            assert!(answer.status == 400 && answer.text().contains("certificate"), "{answer:?}");
            let mut elsewhere = signed(jws);
            elsewhere["attachments"][0]["fileUrl"] = json!("https://files.example/jws");
            assert_eq!(
                post(&server, &elsewhere).await.status,
                400,
                "what is not here is not checked"
            );
            assert!(ids(&get(&server, "statements", &[]).await).is_empty(), "nothing was stored");

            let mut longer = signed(jws);
            longer["result"]["duration"] = json!("PT1.1299S");
            let stored = ids(&send(&server, &longer, jws).await);
            assert_eq!(stored, ["e05aa883-acaf-40ad-bf54-02c8ce485fb0"]);
            let all = [("statementId", stored[0].as_str()), ("attachments", "true")];
            assert!(get(&server, "statements", &all).await.text().contains(jws));
        }
    }
}
