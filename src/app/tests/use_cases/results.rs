//! Results for the LMS that launched: sent when a status changes, signed, until they are taken.

use crate::{
    packages::{sco, scorm12},
    world::{World, asked},
};
use app::{AppError, LaunchError, LaunchRequest, Letter};
use serde_json::Value;
use std::sync::atomic::Ordering;

const URL: &str = "https://lms.example/results?of=ada";

impl World {
    /// What the receiver took since it was asked last.
    fn taken(&self) -> Vec<Letter> {
        std::mem::take(&mut self.post.taken.lock().unwrap())
    }

    async fn send(&self) -> Vec<String> {
        self.app.send_results().await.unwrap();
        let status = |letter: Letter| {
            let body: Value = serde_json::from_str(&letter.body).unwrap();
            body["status"].as_str().unwrap().to_owned()
        };
        self.taken().into_iter().map(status).collect()
    }
}

fn with_results(course: domain::CourseId) -> LaunchRequest {
    LaunchRequest { result_url: Some(URL.to_owned()), ..asked(course) }
}

#[tokio::test]
async fn a_status_is_sent_when_it_changes_and_not_again() {
    let world = World::new().await;
    let course = world.course(&scorm12(&[sco("one")])).await;
    let mut player = world.play_as(&with_results(course)).await;
    assert_eq!(world.send().await, [""; 0], "nothing has happened");
    player.open("one").await;
    player.does(&["init", "commit"]).await;
    assert_eq!(world.send().await, ["incomplete"]);
    player.does(&["set cmi.suspend_data x", "commit"]).await;
    assert_eq!(world.send().await, [""; 0], "the status is the same");
    player.does(&["set cmi.core.score.raw 90", "set cmi.core.lesson_status passed", "end"]).await;
    player.exit().await;
    world.app.send_results().await.unwrap();
    let letters = world.taken();
    assert_eq!(letters.len(), 1);
    let body: Value = serde_json::from_str(&letters[0].body).unwrap();
    assert_eq!((&body["status"], &body["success"]), (&"passed".into(), &true.into()));
    assert_eq!(body["registration"], player.registration.to_string());
    assert_eq!(body["actor"]["account"]["name"], "ada");
    let record = player.record().await;
    assert_eq!(body["statements"].as_array().unwrap().len(), record.statements.len());
    assert_eq!(world.send().await, [""; 0]);
}

#[tokio::test]
async fn a_letter_is_signed_as_standard_webhooks_has_it() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let world = World::new().await;
    let course = world.course(&scorm12(&[sco("one")])).await;
    let mut player = world.play_as(&with_results(course)).await;
    player.open("one").await;
    player.does(&["init", "commit"]).await;
    world.app.send_results().await.unwrap();
    let letter = world.taken().remove(0);
    let header = |name: &str| {
        let found = letter.headers.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone()).unwrap()
    };
    let secret = world.app.result_secret(&world.operator).unwrap();
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
    let signed = format!("{id}.{at}.{}", letter.body);
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &key);
    let signature = ring::hmac::sign(&key, signed.as_bytes());
    assert_eq!(header("webhook-signature"), format!("v1,{}", STANDARD.encode(signature)));
    let other = world.app.create_organization("other", "https://other.example").await.unwrap();
    let others = world.app.result_secret(&app::Caller::operator(other.id)).unwrap();
    assert_ne!(secret, others, "each organization has its own");
    assert_eq!(at, (domain::Clock::now(&*world.clock).micros() / 1_000_000).to_string());
}

#[tokio::test]
async fn what_is_not_taken_is_sent_again_with_the_newest_status() {
    let world = World::new().await;
    let course = world.course(&scorm12(&[sco("one")])).await;
    let mut player = world.play_as(&with_results(course)).await;
    world.post.is_away.store(true, Ordering::SeqCst);
    player.open("one").await;
    player.does(&["init", "commit"]).await;
    assert_eq!(world.send().await, [""; 0]);
    let detail = world.app.registration(&world.operator, player.registration).await.unwrap();
    let notice = detail.notice.unwrap();
    assert_eq!((notice.tries, notice.error.as_deref()), (1, Some("connection refused")));
    world.wait(30);
    player.does(&["set cmi.core.lesson_status completed", "end"]).await;
    player.exit().await;
    world.post.is_away.store(false, Ordering::SeqCst);
    assert_eq!(world.send().await, ["completed"]);
    let detail = world.app.registration(&world.operator, player.registration).await.unwrap();
    assert_eq!(detail.notice.unwrap().error, None);
}

#[tokio::test]
async fn results_go_to_hosts_that_the_settings_name_alone() {
    let world = World::new().await;
    let course = world.course(&scorm12(&[sco("one")])).await;
    let url = Some("https://inside.corp/results".to_owned());
    let refused = world.try_launch(&LaunchRequest { result_url: url, ..asked(course) }).await;
    let Err(LaunchError::App(AppError::Invalid { field, problem })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(field, "/result_url");
    assert!(problem.contains("result_hosts"), "{problem}");
}
