//! The console's way to erase a person: it counts first, and erases when that is confirmed.

use crate::console::{Console, PASSWORD, cookie_of, form};
use crate::{sent, servers, statement};
use harness::serde_json::Value;

#[tokio::test]
async fn the_console_counts_first_and_erases_when_confirmed() {
    for server in servers(&[("ATTESTRY_ADMIN_PASSWORD", PASSWORD)]).await {
        let ids = sent(
            server
                .post("/xapi/statements")
                .header("X-Experience-API-Version", "1.0.3")
                .json(&statement("erna")),
        )
        .await
        .json();
        let path = format!("/api/v1/statements/{}", ids[0].as_str().expect("an id"));
        let person = sent(server.get(&path)).await.json()["statement"]["actor"].clone();
        let person = match &person["mbox"] {
            Value::String(mbox) => mbox.trim_start_matches("mailto:").to_owned(),
            _ => person.to_string(),
        };
        let console = Console::sign_in(&server).await;
        let order = [("person", &*person), ("reason", "request 12")];
        let counted = console.post("/erasures", &order).await;
        assert_eq!(counted.status, 200, "{counted:?}");
        assert!(counted.text.contains("Erase for good"), "{counted:?}");
        assert_eq!(sent(server.get(&path)).await.status, 200, "counting changes nothing");
        let malformed = console.post("/erasures", &[("person", "{}"), ("reason", "r")]).await;
        assert_eq!(malformed.status, 400, "{malformed:?}");
        let nobody = [("person", "nobody@example.com"), ("reason", "r")];
        let nobody = console.post("/erasures", &nobody).await;
        assert!(nobody.text.contains("There is nothing of nobody@example.com"), "{nobody:?}");
        assert!(!nobody.text.contains("Erase for good"), "there is nothing to erase: {nobody:?}");
        let confirmed = [order[0], order[1], ("confirmed", "yes")];
        let done = console.post("/erasures", &confirmed).await;
        assert!(done.status == 200 && done.text.contains("The ledger says so"), "{done:?}");
        assert!(done.text.contains("request 12") && !done.text.contains(&person), "{done:?}");
        assert_eq!(sent(server.get(&path)).await.status, 404);
        let id = path.rsplit('/').next().expect("it ends with the id");
        for page in ["", "/exact", "/proof"] {
            let page = console.get(&format!("/statements/{id}{page}")).await;
            assert!(page.status == 404 && page.text.contains("was erased on"), "{page:?}");
        }
    }
}

/// A compliance lead answers for what was erased, and does not erase.
#[tokio::test]
async fn a_compliance_lead_sees_erasures_and_the_ledger_and_orders_nothing() {
    for server in servers(&[("ATTESTRY_ADMIN_PASSWORD", PASSWORD)]).await {
        let stored = server.post("/xapi/statements").header("X-Experience-API-Version", "1.0.3");
        let ids = sent(stored.json(&statement("erna"))).await.json();
        let id = ids[0].as_str().expect("an id").to_owned();
        let admin = Console::sign_in(&server).await;
        let actor = crate::agent("somebody").to_string();
        let stored = server.post("/xapi/statements").header("X-Experience-API-Version", "1.0.3");
        sent(stored.json(&statement("somebody"))).await;
        let order = [("person", &*actor), ("reason", "request 13"), ("confirmed", "yes")];
        assert_eq!(admin.post("/erasures", &order).await.status, 200);
        let fields = [("email", "cleo@example.com"), ("role", "compliance_lead")];
        let invited = admin.post("/users", &fields).await;
        let (_, rest) = invited.text.split_once("/welcome/").expect("there is a link");
        let link = format!("/welcome/{}", rest.split(['<', '"']).next().expect("it ends"));
        let password = [("password", PASSWORD), ("again", PASSWORD)];
        let cookie = cookie_of(&form(&server, &link, "", &password).await);
        let see = async |path: &str| {
            let request = server.client().get(server.main(path));
            sent(request.header("Cookie", &cookie)).await
        };
        let erasures = see("/erasures").await;
        assert!(erasures.status == 200 && erasures.text.contains("request 13"), "{erasures:?}");
        assert!(!erasures.text.contains("Count first"), "{erasures:?}");
        let csrf = erasures.text.split_once("name=\"csrf\" value=\"").expect("signing out is one");
        let csrf = csrf.1.split('"').next().expect("it is quoted");
        let fields = [("csrf", csrf), ("person", &*actor), ("reason", "r"), ("confirmed", "yes")];
        let refused = form(&server, "/erasures", &cookie, &fields).await;
        assert_eq!(refused.status, 403, "{refused:?}");
        let ledger = see("/ledger").await;
        assert!(ledger.status == 200 && ledger.text.contains("Verifier key"), "{ledger:?}");
        let proof = see(&format!("/statements/{id}/proof")).await;
        assert_eq!(proof.status, 200, "{proof:?}");
        assert!(proof.header("content-disposition").starts_with("attachment;"), "{proof:?}");
        let wanted = sent(server.get(&format!("/api/v1/statements/{id}/proof"))).await.json();
        assert_eq!(proof.json()["entry"], wanted["entry"]);
    }
}
