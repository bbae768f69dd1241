//! A learner who takes the sample course again and again, without a browser.

use crate::load::{Shared, client};
use harness::reqwest::{Client, RequestBuilder, header};
use harness::serde_json::{Value, json};
use harness::{KEY, SECRET};
use std::sync::Arc;
use std::time::Duration;

pub(crate) async fn learn(shared: Arc<Shared>) {
    let client = client();
    let mut number = 0;
    while shared.goes_on() {
        number += 1;
        if once(&shared, &client, number).await.is_none() {
            // The server is away, or the attempt was cut short: another one, as a new learner.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

async fn json_of(request: RequestBuilder) -> Option<Value> {
    let answer = request.send().await.ok()?;
    if !answer.status().is_success() {
        return None;
    }
    answer.json().await.ok()
}

/// One course from the link to the end; `None` when a request failed.
async fn once(shared: &Shared, client: &Client, number: u64) -> Option<()> {
    let courses = client.get(shared.main("/api/v1/courses")).basic_auth(KEY, Some(SECRET));
    let courses = json_of(courses).await?;
    let course = courses["items"][0]["id"].as_str()?;
    let wanted = json!({
        "actor": {"account": {"homePage": "https://people.example", "name": format!("l{number}")}},
        "course": course,
    });
    let launch = client.post(shared.main("/api/v1/launches")).basic_auth(KEY, Some(SECRET));
    let launch = json_of(launch.json(&wanted)).await?;
    let (url, registration) = (launch["url"].as_str()?, launch["registration"].as_str()?);
    shared.note(|claims| {
        claims.calls.insert(registration.to_owned(), 0);
    });
    let origin = url.split("/launch/").next()?;
    let opened = client.get(url).send().await.ok()?;
    let page = opened.headers().get(header::LOCATION)?.to_str().ok()?.to_owned();
    let rte = format!("{origin}{page}rte");
    let opens = json!({"number": 1, "request": "open"});
    let opened = json_of(client.post(format!("{rte}/navigate")).json(&opens)).await?;
    let delivery = opened["delivered"]["delivery"].as_u64()?;
    let steps = [
        ("LMSInitialize", vec![""]),
        ("LMSSetValue", vec!["cmi.core.lesson_location", "page-2"]),
        ("LMSCommit", vec![""]),
        ("LMSSetValue", vec!["cmi.core.score.raw", "85"]),
        ("LMSSetValue", vec!["cmi.core.lesson_status", "passed"]),
        ("LMSCommit", vec![""]),
        ("LMSFinish", vec![""]),
    ];
    for (at, (function, arguments)) in (1..).zip(steps) {
        let call = json!([at, function, arguments, "true", "0", 1_760_000_000_000_i64]);
        let calls = json!({"delivery": delivery, "calls": [call], "closing": false});
        let answer = json_of(client.post(format!("{rte}/calls")).json(&calls)).await?;
        let applied = answer["applied"].as_u64()?;
        shared.note(|claims| {
            claims.calls.insert(registration.to_owned(), applied);
        });
    }
    json_of(client.post(format!("{rte}/exit")).json(&json!({}))).await.map(|_| ())
}
