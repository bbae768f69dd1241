use super::*;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

const BODY: &str = "{\"status\":\"passed\"}";

/// A receiver that answers one request with `answer`; what it was sent comes from the task.
async fn receiver(answer: &'static str) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let url = format!("http://{}/results?of=ada", listener.local_addr().expect("it is bound"));
    let receiving = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("a letter comes");
        let (mut text, mut chunk) = (String::new(), [0; 4096]);
        while !text.ends_with(BODY) {
            let read = socket.read(&mut chunk).await.expect("it can be read");
            assert!(read > 0, "it ended too early: {text}");
            text.push_str(&String::from_utf8_lossy(&chunk[..read]));
        }
        socket.write_all(answer.as_bytes()).await.expect("it takes the answer");
        text
    });
    (url, receiving)
}

fn letter(url: String) -> Letter {
    Letter { url, headers: vec![("webhook-id", "msg_1".to_owned())], body: BODY.to_owned() }
}

#[tokio::test]
async fn a_letter_arrives_with_its_headers_and_the_status_comes_back() {
    let courier = HttpCourier::new().expect("this system has root certificates");
    let (url, receiving) = receiver("HTTP/1.1 204 No Content\r\n\r\n").await;
    assert_eq!(courier.deliver(&letter(url)).await, Ok(204));
    let text = receiving.await.expect("it was received").to_lowercase();
    assert!(text.starts_with("post /results?of=ada http/1.1\r\n"), "{text}");
    for line in ["webhook-id: msg_1", "content-type: application/json", "user-agent: attestry/"] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let courier = HttpCourier::new().expect("this system has root certificates");
    let (inside, _) = receiver("HTTP/1.1 204 No Content\r\n\r\n").await;
    let answer = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: {inside}\r\ncontent-length: 0\r\n\r\n"
    );
    let (url, _) = receiver(answer.leak()).await;
    assert_eq!(courier.deliver(&letter(url)).await, Ok(307));
}

#[tokio::test]
async fn nobody_there_is_an_error_that_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let url = format!("http://{}/", listener.local_addr().expect("it is bound"));
    drop(listener);
    let courier = HttpCourier::new().expect("this system has root certificates");
    let error = courier.deliver(&letter(url)).await.expect_err("nobody listens");
    assert!(error.to_string().contains("refused"), "{error}");
}
