//! The HTTP client of probes, webhooks and actions: one exchange at a time, every phase timed
//! apart, every way to fail told apart. It never judges what came back.

mod address;
mod certificate;
mod failure;
mod hop;
mod link;
mod pool;
mod port;
mod talk;
mod tls;
mod trace;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use engine::{
    config::HttpRequest,
    observation::{
        BODY_CAP, Exchange, Phase, Response, TransportError, TransportErrorKind as Kind,
    },
};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use hyper::body::Incoming;
use rustls::{ClientConfig, pki_types::ServerName};
use tokio_rustls::client::TlsStream;
use url::{Host, Url};

use self::{
    certificate::Refused,
    failure::{Broken, timed_out},
    hop::Hop,
    link::Link,
    pool::Pool,
    trace::Trace,
};
use crate::transport::{Stream, Transport, connect_any};

pub(crate) use self::address::{base64, basic_authorization};
pub(crate) use self::failure::{duration, is_local, no_way};
pub use self::{address::shown, tls::Tls};

/// Makes HTTP exchanges over a transport. Cheap to clone; the clones share idle connections.
#[derive(Clone, Debug)]
pub struct HttpClient {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    transport: Arc<dyn Transport>,
    tls: Tls,
    pool: Pool,
}

/// What came back from one hop.
enum Answer {
    Final(Response),
    Elsewhere(http::StatusCode, http::HeaderValue),
}

impl HttpClient {
    /// A client without open connections.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>, tls: Tls) -> Self {
        Self { inner: Arc::new(Inner { transport, tls, pool: Pool::default() }) }
    }

    /// Makes one exchange, redirects included, within `timeout`. Every failure is told in the
    /// answer, the checker's own as well.
    pub async fn exchange(&self, request: &HttpRequest, timeout: Duration) -> Exchange {
        self.probe(request, timeout).await.unwrap_or_else(|message| {
            let error = TransportError { kind: Kind::Unreachable, phase: Phase::Connect, message };
            Trace::start().finish(Err(error))
        })
    }

    /// Makes one exchange like [`HttpClient::exchange`].
    ///
    /// # Errors
    /// Says why the checker itself could not look, for example because it ran out of file
    /// descriptors: nothing is known of the target then.
    pub async fn probe(
        &self,
        request: &HttpRequest,
        timeout: Duration,
    ) -> Result<Exchange, String> {
        let mut trace = Trace::start();
        let exchange = self.inner.follow(request, &mut trace);
        let result = match tokio::time::timeout(timeout, exchange).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(Broken::Target(error))) => Err(error),
            Ok(Err(Broken::Local(reason))) => return Err(reason),
            Err(_) => Err(timed_out(&trace, &request.url, timeout)),
        };
        Ok(trace.finish(result))
    }
}

impl Inner {
    async fn follow(&self, request: &HttpRequest, trace: &mut Trace) -> Result<Response, Broken> {
        let mut hop = Hop::first(request)?;
        loop {
            match self.hop(&hop, trace).await? {
                Answer::Final(response) => return Ok(response),
                Answer::Elsewhere(status, location) => {
                    hop = hop.redirected(status, &location)?;
                    trace.redirects += 1;
                    trace.redirected_to = Some(hop.url.as_ref().clone());
                }
            }
        }
    }

    async fn hop(&self, hop: &Hop<'_>, trace: &mut Trace) -> Result<Answer, Broken> {
        let (mut link, response) = self.ask(hop, trace).await?;
        if let Some(location) = hop.location(&response) {
            trace.end();
            return Ok(Answer::Elsewhere(response.status(), location));
        }
        trace.begin(Phase::Body);
        let zipped = says_gzip(response.headers());
        let response = read(&mut link, response, trace)
            .await
            .map_err(|error| Broken::http(&error, &hop.url, trace))?;
        trace.end();
        if zipped && !response.body.is_empty() && !response.body.starts_with(&GZIP) {
            return Err(Broken::not_gzip(&hop.url, trace));
        }
        if hop.keep_alive() && !response.truncated {
            self.pool.put(&hop.url, link).await;
        } else if hop.is_tls() {
            // Says goodbye as TLS wants it, without waiting for an answer.
            link.settle().await;
        }
        Ok(Answer::Final(response))
    }

    /// Sends the request on an idle connection if there is one, else on a new one. A kept
    /// connection may have died unseen: then the request is sent once more.
    async fn ask(
        &self,
        hop: &Hop<'_>,
        trace: &mut Trace,
    ) -> Result<(Link, http::Response<Incoming>), Broken> {
        if hop.keep_alive()
            && let Some(link) = self.pool.take(&hop.url).await
        {
            match send(link, hop, trace).await {
                Err(Broken::Target(error)) if hop.is_idempotent() && is_stale(error.kind) => {}
                other => return other,
            }
        }
        let link = self.open(&hop.url, trace).await?;
        send(link, hop, trace).await
    }

    async fn open(&self, url: &Url, trace: &mut Trace) -> Result<Link, Broken> {
        let stream = self.connect(url, trace).await?;
        let (stream, http2) = if url.scheme() == "https" {
            self.secure(stream, url, trace).await?
        } else {
            (stream, false)
        };
        let opened = Link::open(stream, http2).await;
        let mut link = opened.map_err(|error| Broken::http(&error, url, trace))?;
        link.certificate.clone_from(&trace.certificate);
        Ok(link)
    }

    async fn connect(&self, url: &Url, trace: &mut Trace) -> Result<Box<dyn Stream>, Broken> {
        let opened = match address::literal(url) {
            Some(address) => self.reach(&[address], trace).await,
            None => {
                trace.begin(Phase::Dns);
                let host = url.host_str().unwrap_or_default();
                let found = self.transport.resolve(host, address::port(url)).await;
                let addresses = found.map_err(|error| Broken::resolve(&error, &*self.transport))?;
                self.reach(&addresses, trace).await
            }
        };
        opened.map_err(|errors| Broken::connect(&errors, url, &*self.transport))
    }

    async fn reach(
        &self,
        addresses: &[SocketAddr],
        trace: &mut Trace,
    ) -> Result<Box<dyn Stream>, crate::transport::ConnectErrors> {
        trace.begin(Phase::Connect);
        connect_any(&*self.transport, addresses).await.map(|(stream, _)| stream)
    }

    async fn secure(
        &self,
        stream: Box<dyn Stream>,
        url: &Url,
        trace: &mut Trace,
    ) -> Result<(Box<dyn Stream>, bool), Broken> {
        let config = self.tls.config().map_err(Broken::Local)?;
        let stream = self.shake(config, stream, url, trace).await?;
        let http2 = tls::agreed_on_http2(&stream);
        Ok((Box::new(stream), http2))
    }

    async fn shake(
        &self,
        config: Arc<ClientConfig>,
        stream: Box<dyn Stream>,
        url: &Url,
        trace: &mut Trace,
    ) -> Result<TlsStream<Box<dyn Stream>>, Broken> {
        trace.begin(Phase::Tls);
        match tls::handshake(config, server_name(url)?, stream).await {
            Ok(stream) => {
                trace.certificate = tls::peer_certificate(&stream);
                Ok(stream)
            }
            Err(error) => {
                trace.certificate =
                    Refused::find(&error).map(|refused| refused.certificate().clone());
                Err(Broken::tls(&error, url))
            }
        }
    }
}

async fn send(
    mut link: Link,
    hop: &Hop<'_>,
    trace: &mut Trace,
) -> Result<(Link, http::Response<Incoming>), Broken> {
    let request = hop.build(link.is_http2())?;
    trace.begin(Phase::FirstByte);
    trace.certificate.clone_from(&link.certificate);
    match link.send(request).await {
        Ok(response) => Ok((link, response)),
        Err(error) => Err(Broken::http(&error, &hop.url, trace)),
    }
}

const fn is_stale(kind: Kind) -> bool {
    matches!(kind, Kind::Closed | Kind::Reset)
}

fn server_name(url: &Url) -> Result<ServerName<'static>, Broken> {
    let bad = |host: &str| Broken::bad_url(format!("`{host}` cannot be the name of a TLS server"));
    match url.host() {
        Some(Host::Ipv4(ip)) => Ok(ServerName::from(IpAddr::V4(ip))),
        Some(Host::Ipv6(ip)) => Ok(ServerName::from(IpAddr::V6(ip))),
        Some(Host::Domain(name)) => ServerName::try_from(name.to_owned()).map_err(|_| bad(name)),
        None => Err(bad("")),
    }
}

async fn read(
    link: &mut Link,
    response: http::Response<Incoming>,
    trace: &mut Trace,
) -> hyper::Result<Response> {
    let (head, mut incoming) = response.into_parts();
    let mut body = Body::default();
    while let Some(frame) = link.frame(&mut incoming).await? {
        if let Ok(piece) = frame.into_data()
            && !body.take(piece)
        {
            break;
        }
        trace.received = body.len();
    }
    let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    Ok(Response {
        status: head.status.as_u16(),
        content_type: content_type.map(str::to_owned),
        truncated: body.truncated,
        body: body.whole(),
    })
}

/// How everything that is packed by gzip begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Whether the body is said to be packed, although nobody asked for that.
fn says_gzip(headers: &http::HeaderMap) -> bool {
    let said = headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    said.is_some_and(|said| matches!(said.trim().to_ascii_lowercase().as_str(), "gzip" | "x-gzip"))
}

/// A body as it comes in: the usual single piece is kept as it is, without a copy.
#[derive(Default)]
struct Body {
    first: Bytes,
    joined: Vec<u8>,
    truncated: bool,
}

impl Body {
    fn len(&self) -> usize {
        self.first.len().max(self.joined.len())
    }

    /// Takes a piece; false when that was more than is read.
    fn take(&mut self, mut piece: Bytes) -> bool {
        let room = BODY_CAP - self.len();
        self.truncated = piece.len() > room;
        piece.truncate(room);
        if self.len() == 0 {
            self.first = piece;
        } else {
            if self.joined.is_empty() {
                self.joined.extend_from_slice(&self.first);
            }
            self.joined.extend_from_slice(&piece);
        }
        !self.truncated
    }

    fn whole(self) -> Bytes {
        if self.joined.is_empty() { self.first } else { Bytes::from(self.joined) }
    }
}
