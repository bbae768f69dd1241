//! The console's way to erase a person: it counts first, and erases when that is confirmed.

use crate::console::{Console, PASSWORD};
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
        let nobody = console.post("/erasures", &[("person", "{}"), ("reason", "r")]).await;
        assert_eq!(nobody.status, 400, "{nobody:?}");
        let confirmed = [order[0], order[1], ("confirmed", "yes")];
        let done = console.post("/erasures", &confirmed).await;
        assert!(done.status == 200 && done.text.contains("The ledger says so"), "{done:?}");
        assert!(done.text.contains("request 12") && !done.text.contains(&person), "{done:?}");
        assert_eq!(sent(server.get(&path)).await.status, 404);
    }
}
