//! Sends what the service tells other systems: plain HTTP and HTTPS, with limits on time and on what
//! is read of an answer. Redirects are not followed: where results go is what the launch said.

use app::{Courier, CourierError, Letter};
use async_trait::async_trait;
use bytes::Bytes;
use domain::Causes;
use http_body_util::Full;
use hyper::{Request, header};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use std::time::Duration;
use tokio::time::timeout;

/// A system that takes longer to accept a connection is not there.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);
/// Until the head of the answer.
const ANSWERED_WITHIN: Duration = Duration::from_secs(15);

/// Root certificates cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("root certificates of this system")]
pub struct NoRoots(#[source] std::io::Error);

/// The client.
pub struct HttpCourier(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl HttpCourier {
    /// A client that trusts the certificates that this system trusts.
    pub fn new() -> Result<Self, NoRoots> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(CONNECTED_WITHIN));
        let tls = HttpsConnectorBuilder::new().with_native_roots().map_err(NoRoots)?;
        let tls = tls.https_or_http().enable_http1().wrap_connector(tcp);
        Ok(Self(Client::builder(TokioExecutor::new()).build(tls)))
    }
}

#[async_trait]
impl Courier for HttpCourier {
    async fn deliver(&self, letter: &Letter) -> Result<u16, CourierError> {
        let mut request = Request::post(&letter.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, concat!("attestry/", env!("CARGO_PKG_VERSION")));
        for (name, value) in &letter.headers {
            request = request.header(*name, value);
        }
        let body = Full::new(Bytes::from(letter.body.clone()));
        let request = request.body(body).map_err(|error| CourierError(error.to_string()))?;
        let answer = timeout(ANSWERED_WITHIN, self.0.request(request)).await;
        let answer = answer.map_err(|_| {
            CourierError(format!("no answer within {} seconds", ANSWERED_WITHIN.as_secs()))
        })?;
        let answer = answer.map_err(|error| CourierError(Causes(&error).to_string()))?;
        Ok(answer.status().as_u16())
    }
}

#[cfg(test)]
mod tests;
