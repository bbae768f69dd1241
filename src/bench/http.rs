//! One connection to a server: as little between the load and the socket as can be, since the
//! client shares the machine with what it measures.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, StatusCode, Uri,
    client::conn::http1::{self, SendRequest},
    header::{AUTHORIZATION, CONTENT_TYPE, HOST, LOCATION},
};
use hyper_util::rt::TokioIo;
use std::{io, net::IpAddr, sync::Arc, time::Duration};
use tokio::net::{TcpStream, lookup_host};

/// An answer that takes longer counts as an error.
const ANSWER_WITHIN: Duration = Duration::from_mins(1);

/// An LRS, by the address before `/statements`, and how to get in.
#[derive(Debug, Clone)]
pub struct Endpoint {
    host: String,
    port: u16,
    /// The path before `/statements`, without a slash at its end.
    base: String,
    authorization: String,
    version: String,
}

/// An endpoint cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// It is not an address with http.
    #[error("{0:?} is not an address like http://127.0.0.1:8080/xapi (https is not spoken)")]
    Address(String),
    /// Its name cannot be looked up.
    #[error("look up {host}")]
    Lookup {
        /// The name.
        host: String,
        /// Why.
        source: io::Error,
    },
}

impl Endpoint {
    /// Reads an address such as `http://127.0.0.1:8080/xapi`; requests come with the key pair by
    /// HTTP Basic and this `X-Experience-API-Version`.
    pub fn parse(url: &str, key: &str, secret: &str, version: &str) -> Result<Self, EndpointError> {
        let wrong = || EndpointError::Address(url.to_owned());
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let host = uri.host().filter(|_| uri.scheme_str() == Some("http")).ok_or_else(wrong)?;
        if uri.query().is_some() {
            return Err(wrong());
        }
        let pair = BASE64_STANDARD.encode(format!("{key}:{secret}"));
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: uri.port_u16().unwrap_or(80),
            base: uri.path().trim_end_matches('/').to_owned(),
            authorization: format!("Basic {pair}"),
            version: version.to_owned(),
        })
    }

    /// Its port, when every address of its host is this machine's own loopback.
    pub async fn loopback_port(&self) -> Result<Option<u16>, EndpointError> {
        let failed = |source| EndpointError::Lookup { host: self.host.clone(), source };
        let found = lookup_host((self.host.as_str(), self.port)).await.map_err(failed)?;
        let addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
        let own = !addresses.is_empty() && addresses.iter().all(IpAddr::is_loopback);
        Ok(own.then_some(self.port))
    }

    /// The path of the statements resource with a query.
    pub(crate) fn statements(&self, query: &str) -> String {
        let sign = if query.is_empty() { "" } else { "?" };
        format!("{}/statements{sign}{query}", self.base)
    }
}

/// A request did not get an answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("connect")]
    Connect(#[source] io::Error),
    #[error("exchange a request and its answer")]
    Exchange(#[from] hyper::Error),
    #[error("make the request")]
    Request(#[from] hyper::http::Error),
    #[error("no answer within {} s", ANSWER_WITHIN.as_secs())]
    TooLate,
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// `Location`, where there is one.
    pub(crate) location: Option<String>,
    pub(crate) body: Bytes,
}

/// A connection that is kept, and made again when the server has closed it.
#[derive(Debug)]
pub(crate) struct Connection {
    endpoint: Arc<Endpoint>,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    pub(crate) fn new(endpoint: Arc<Endpoint>) -> Self {
        Self { endpoint, sender: None }
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(crate) async fn get(&mut self, path: &str) -> Result<Answer, HttpError> {
        self.send(Method::GET, path, Bytes::new()).await
    }

    /// Posts JSON text to the statements resource.
    pub(crate) async fn post(&mut self, body: Bytes) -> Result<Answer, HttpError> {
        let path = self.endpoint.statements("");
        self.post_to(&path, body).await
    }

    /// Posts JSON text.
    pub(crate) async fn post_to(&mut self, path: &str, body: Bytes) -> Result<Answer, HttpError> {
        self.send(Method::POST, path, body).await
    }

    async fn send(&mut self, method: Method, path: &str, body: Bytes) -> Result<Answer, HttpError> {
        let exchange = tokio::time::timeout(ANSWER_WITHIN, self.exchange(method, path, body));
        let answer = exchange.await.unwrap_or(Err(HttpError::TooLate));
        if answer.is_err() {
            self.sender = None;
        }
        answer
    }

    async fn exchange(
        &mut self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Answer, HttpError> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, format!("{}:{}", self.endpoint.host, self.endpoint.port))
            .header(AUTHORIZATION, &self.endpoint.authorization)
            .header("X-Experience-API-Version", &self.endpoint.version);
        let request = if body.is_empty() {
            request
        } else {
            request.header(CONTENT_TYPE, "application/json")
        };
        let request = request.body(Full::new(body))?;
        let response = self.sender().await?.send_request(request).await?;
        let status = response.status();
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let location = location.map(str::to_owned);
        Ok(Answer { status, location, body: response.into_body().collect().await?.to_bytes() })
    }

    async fn sender(&mut self) -> Result<&mut SendRequest<Full<Bytes>>, HttpError> {
        let usable = match &mut self.sender {
            Some(sender) => sender.ready().await.is_ok(),
            None => false,
        };
        if !usable {
            self.sender = Some(connect(&self.endpoint).await?);
        }
        Ok(self.sender.as_mut().expect("made above when it was not there"))
    }
}

async fn connect(endpoint: &Endpoint) -> Result<SendRequest<Full<Bytes>>, HttpError> {
    let stream = TcpStream::connect((endpoint.host.as_str(), endpoint.port)).await;
    let stream = stream.map_err(HttpError::Connect)?;
    stream.set_nodelay(true).map_err(HttpError::Connect)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // It ends with the connection; what went wrong is told by the request that it went wrong for.
    tokio::spawn(connection);
    Ok(sender)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_an_http_address() {
        let parse = |url| Endpoint::parse(url, "key", "secret", "1.0.3");
        let plain = parse("http://127.0.0.1:8080/xapi/").unwrap();
        assert_eq!(plain.statements("limit=1"), "/xapi/statements?limit=1");
        assert_eq!(plain.statements(""), "/xapi/statements");
        assert_eq!(parse("http://[::1]:9/x").unwrap().host, "::1");
        for wrong in ["https://lrs.example/xapi", "127.0.0.1:8080", "http://a/?b=c", ""] {
            assert!(matches!(parse(wrong), Err(EndpointError::Address(_))), "{wrong}");
        }
    }

    #[tokio::test]
    async fn only_this_machine_is_loopback() {
        let port = |url| async move {
            let endpoint = Endpoint::parse(url, "key", "secret", "1.0.3").unwrap();
            endpoint.loopback_port().await.unwrap()
        };
        assert_eq!(port("http://127.0.0.1:81/xapi").await, Some(81));
        assert_eq!(port("http://[::1]:82/xapi").await, Some(82));
        assert_eq!(port("http://192.0.2.1/xapi").await, None);
    }
}
