//! Requests to the LRS and their answers.

use harness::Server;
use harness::reqwest::header::HeaderMap;
use harness::reqwest::{Method, RequestBuilder};
use harness::serde_json::{Value, from_slice};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_attestry");
pub(crate) const VERSION: &str = "X-Experience-API-Version";
pub(crate) const VERSIONS: [&str; 2] = ["1.0.3", "2.0.0"];

/// A parameter's name and value.
pub(crate) type Parameter<'a> = (&'a str, &'a str);

/// A server on each database there is.
pub(crate) async fn servers() -> Vec<Server> {
    Server::start_on_each(PROGRAM, &[]).await
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("no {name}: {self:?}"));
        value.to_str().expect("the header is ASCII")
    }

    /// The pointer of the first error of a problem document.
    pub(crate) fn pointer(&self) -> String {
        self.json()["errors"][0]["pointer"].as_str().unwrap_or("none").to_owned()
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:#?} {}", self.status, self.headers, self.text())
    }
}

pub(crate) async fn sent(request: RequestBuilder) -> Answer {
    let answer = request.send().await.expect("it answers");
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Answer { status, headers, body: answer.bytes().await.expect("the body is whole").to_vec() }
}

pub(crate) fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat()
}

pub(crate) fn query(parameters: &[Parameter<'_>]) -> String {
    let pairs: Vec<_> =
        parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    pairs.join("&")
}

/// A request without a version; `path` is what stands behind `/xapi/`.
pub(crate) fn unversioned(
    server: &Server,
    method: Method,
    path: &str,
    parameters: &[Parameter<'_>],
) -> RequestBuilder {
    let query = query(parameters);
    let mark = if query.is_empty() { "" } else { "?" };
    server.request(method, &format!("/xapi/{path}{mark}{query}"))
}

/// A request of 1.0.3.
pub(crate) fn request(
    server: &Server,
    method: Method,
    path: &str,
    parameters: &[Parameter<'_>],
) -> RequestBuilder {
    unversioned(server, method, path, parameters).header(VERSION, "1.0.3")
}

pub(crate) async fn get(server: &Server, path: &str, parameters: &[Parameter<'_>]) -> Answer {
    sent(request(server, Method::GET, path, parameters)).await
}
