//! Results that a launch wants to hear of, sent by the real server.

use crate::PROGRAM;
use harness::Backend;
use harness::serde_json::{Value, from_str, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use support::{Player, Service, no_browser};

const SENT_WITHIN: Duration = Duration::from_secs(20);

/// Receives results; each body comes out of the channel, with the signature's header.
fn receive(listener: TcpListener) -> mpsc::Receiver<(Value, String)> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let socket = socket.expect("a connection comes");
            let mut reader = BufReader::new(socket);
            let (mut length, mut signature) = (0, String::new());
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a header comes");
                let Some((name, value)) = line.trim().split_once(": ") else {
                    if line.trim().is_empty() {
                        break;
                    }
                    continue;
                };
                match name.to_lowercase().as_str() {
                    "content-length" => length = value.parse().expect("a length is a number"),
                    "webhook-signature" => value.clone_into(&mut signature),
                    _ => {}
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("the body comes");
            let answer = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
            reader.get_mut().write_all(answer).expect("it takes the answer");
            let body = from_str(&String::from_utf8_lossy(&body)).expect("the body is JSON");
            if sender.send((body, signature)).is_err() {
                return;
            }
        }
    });
    receiver
}

#[tokio::test]
async fn the_lms_that_launched_hears_of_each_status_signed() {
    if no_browser() {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let host = listener.local_addr().expect("it has an address").to_string();
    let results = receive(listener);
    let settings = [("ATTESTRY_RESULT_HOSTS", host.as_str())];
    let service = Service::start_with(PROGRAM, Backend::Sqlite, &settings).await;
    let course = service.sample("phishing-basics").await;
    let url = format!("http://{host}/results");
    let launch = service.launch_with(&course, json!({"result_url": url})).await;
    let player = Player::open(&launch).await;
    let next = || results.recv_timeout(SENT_WITHIN).expect("a result is sent in time");
    let (begun, signature) = next();
    assert_eq!(
        (&begun["status"], &begun["registration"]),
        (&json!("incomplete"), &json!(launch.registration))
    );
    assert!(signature.starts_with("v1,"), "{signature}");
    player.leave().await;
    let known = service.registration(&launch.registration).await;
    assert_eq!(known["results"]["url"], url);
    assert_eq!(known["results"]["error"], Value::Null);
}
