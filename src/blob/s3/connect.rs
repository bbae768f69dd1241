//! Requests of `object_store` over hyper: TLS by rustls with ring, and limits on time.

use async_trait::async_trait;
use http_body_util::BodyExt;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::connect::{Connect, HttpConnector as TcpConnector};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody,
    HttpResponse, HttpResponseBody, HttpService,
};
use std::time::Duration;
use tokio::time::timeout;

/// A store that takes longer to accept a connection is not there.
const CONNECTED_WITHIN: Duration = Duration::from_secs(3);
/// Until the head of the answer to a question.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);
/// Until the head of the answer to bytes that are sent: 8 MiB take 67 s at 1 Mbit/s.
const TAKEN_WITHIN: Duration = Duration::from_mins(2);
/// A connection that was not used for so long is closed: stores close theirs, too.
const IDLE: Duration = Duration::from_secs(20);

/// Makes the client of a store.
#[derive(Debug)]
pub(super) struct Connector {
    /// Whether the store is asked without TLS: then no root certificates are needed.
    pub(super) plain: bool,
}

#[derive(Debug)]
struct Hyper<C>(Client<C, HttpRequestBody>);

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let mut tcp = TcpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(CONNECTED_WITHIN));
        tcp.set_nodelay(true);
        if self.plain {
            return Ok(HttpClient::new(Hyper(client(tcp))));
        }
        let tls = HttpsConnectorBuilder::new().with_native_roots();
        let tls = tls.map_err(|source| object_store::Error::Generic {
            store: "root certificates of this system",
            source: source.into(),
        })?;
        let tls = tls.https_or_http().enable_http1().wrap_connector(tcp);
        Ok(HttpClient::new(Hyper(client(tls))))
    }
}

fn client<C: Connect + Clone>(connector: C) -> Client<C, HttpRequestBody> {
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .build(connector)
}

#[async_trait]
impl<C> HttpService for Hyper<C>
where
    C: Connect + Clone + std::fmt::Debug + Send + Sync + 'static,
{
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let sends = request.body().content_length() > 0;
        let within = if sends { TAKEN_WITHIN } else { ANSWERED_WITHIN };
        let answer = timeout(within, self.0.request(request)).await;
        let answer = answer.map_err(|late| HttpError::new(HttpErrorKind::Timeout, late))?;
        let answer = answer.map_err(|error| HttpError::new(kind(&error), error))?;
        let (head, body) = answer.into_parts();
        let body = body.map_err(|error| HttpError::new(HttpErrorKind::Interrupted, error));
        Ok(HttpResponse::from_parts(head, HttpResponseBody::new(body)))
    }
}

/// What broke off is tried again; `object_store` repeats only what changes nothing when repeated.
fn kind(error: &Error) -> HttpErrorKind {
    if error.is_connect() { HttpErrorKind::Connect } else { HttpErrorKind::Interrupted }
}
