//! One HTTP connection, driven inline: hyper's connection future is polled by whoever waits for a
//! response, so that nothing is spawned and nothing survives a time-out.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use engine::observation::Certificate;
use futures_util::{
    future::BoxFuture,
    stream::{FuturesUnordered, Stream as _},
};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::{Body as _, Frame, Incoming},
    client::conn::{http1, http2},
    rt::Executor,
};
use hyper_util::rt::TokioIo;
use tokio::sync::mpsc;

use crate::transport::Stream;

type Wire = TokioIo<Box<dyn Stream>>;

/// A connection that can carry one exchange at a time.
pub(super) struct Link {
    sender: Sender,
    driver: Driver,
    /// The certificate that the server showed, on TLS.
    pub(super) certificate: Option<Certificate>,
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

impl Link {
    /// Begins HTTP/1.1, or HTTP/2 where TLS agreed on it.
    pub(super) async fn open(stream: Box<dyn Stream>, http2: bool) -> hyper::Result<Self> {
        let wire = TokioIo::new(stream);
        if http2 {
            return Self::open_http2(wire).await;
        }
        let (sender, connection) = http1::handshake(wire).await?;
        let driver = Driver::new(Work::Http1(connection));
        Ok(Self { sender: Sender::Http1(sender), driver, certificate: None })
    }

    async fn open_http2(wire: Wire) -> hyper::Result<Self> {
        let (spawn, spawned) = mpsc::unbounded_channel();
        let (sender, connection) = http2::handshake(Inline(spawn), wire).await?;
        let work = Http2 { connection, spawned, running: FuturesUnordered::new() };
        let driver = Driver::new(Work::Http2(Box::new(work)));
        Ok(Self { sender: Sender::Http2(sender), driver, certificate: None })
    }

    /// Whether requests must be written as HTTP/2 has them.
    pub(super) const fn is_http2(&self) -> bool {
        matches!(self.sender, Sender::Http2(_))
    }

    /// Sends a request and waits for the head of the response.
    pub(super) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> hyper::Result<Response<Incoming>> {
        let Self { sender, driver, .. } = self;
        let answer = match sender {
            Sender::Http1(sender) => driver.until(sender.send_request(request)).await,
            Sender::Http2(sender) => driver.until(sender.send_request(request)).await,
        };
        answer.map_err(|error| self.driver.blame(error))
    }

    /// The next piece of a body; `None` at its end.
    pub(super) async fn frame(
        &mut self,
        body: &mut Incoming,
    ) -> hyper::Result<Option<Frame<Bytes>>> {
        if body.is_end_stream() {
            return Ok(None);
        }
        let frame = self.driver.until(body.frame()).await.transpose();
        frame.map_err(|error| self.driver.blame(error))
    }

    /// Lets the connection do what it can without waiting: close itself, or notice that the peer
    /// did. Says whether it can carry another exchange.
    pub(super) async fn settle(&mut self) -> bool {
        poll_fn(|context| {
            self.driver.poll(context);
            Poll::Ready(())
        })
        .await;
        match &self.sender {
            Sender::Http1(sender) => sender.is_ready(),
            Sender::Http2(sender) => sender.is_ready(),
        }
    }
}

/// Polls a connection for as long as somebody waits for it.
struct Driver {
    work: Work,
    error: Option<hyper::Error>,
}

enum Work {
    Http1(http1::Connection<Wire, Full<Bytes>>),
    Http2(Box<Http2>),
    Ended,
}

impl Driver {
    const fn new(work: Work) -> Self {
        Self { work, error: None }
    }

    async fn until<T>(&mut self, wanted: impl Future<Output = T>) -> T {
        let mut wanted = pin!(wanted);
        poll_fn(|context| {
            self.poll(context);
            wanted.as_mut().poll(context)
        })
        .await
    }

    fn poll(&mut self, context: &mut Context<'_>) {
        let polled = match &mut self.work {
            Work::Http1(connection) => Pin::new(connection).poll(context),
            Work::Http2(connection) => connection.poll(context),
            Work::Ended => return,
        };
        if let Poll::Ready(result) = polled {
            self.work = Work::Ended;
            self.error = result.err();
        }
    }

    /// A request that was cut off says less than the connection that was cut.
    fn blame(&mut self, error: hyper::Error) -> hyper::Error {
        if error.is_canceled() || error.is_closed() {
            return self.error.take().unwrap_or(error);
        }
        error
    }
}

/// An HTTP/2 connection with the tasks that hyper wants to have spawned beside it.
struct Http2 {
    connection: http2::Connection<Wire, Full<Bytes>, Inline>,
    spawned: mpsc::UnboundedReceiver<BoxFuture<'static, ()>>,
    running: FuturesUnordered<BoxFuture<'static, ()>>,
}

impl Http2 {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<hyper::Result<()>> {
        let mut result = Pin::new(&mut self.connection).poll(context);
        while let Poll::Ready(Some(task)) = self.spawned.poll_recv(context) {
            self.running.push(task);
        }
        while let Poll::Ready(Some(())) = Pin::new(&mut self.running).poll_next(context) {}
        if result.is_pending() {
            result = Pin::new(&mut self.connection).poll(context);
        }
        Poll::Ready(ready!(result))
    }
}

/// Takes the futures that hyper would have spawned to where the connection is polled.
#[derive(Clone)]
struct Inline(mpsc::UnboundedSender<BoxFuture<'static, ()>>);

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Inline {
    fn execute(&self, future: F) {
        // The receiver is gone only when the connection is, and its tasks with it.
        let _ = self.0.send(Box::pin(future));
    }
}
