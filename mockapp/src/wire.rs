//! Faults on the connection itself: a stream that drips, cuts or resets what is written to it.
//! Obeys the plan of the request being answered; knows nothing of HTTP but where a head ends.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::mpsc::Receiver;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// A stream that the mock app can serve: a socket, or a pipe of a virtual world.
pub trait Connection: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Makes the coming drop a reset (RST) instead of a tidy end. A pipe that cannot do that just ends.
    fn prepare_reset(&mut self) {}
}

impl Connection for tokio::net::TcpStream {
    fn prepare_reset(&mut self) {
        if let Err(error) = self.set_zero_linger() {
            tracing::warn!(%error, "SO_LINGER refused: the connection ends without a reset");
        }
    }
}

impl Connection for tokio::io::DuplexStream {}

/// How a cut connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// FIN.
    Close,
    /// RST.
    Reset,
}

/// Where an answer is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// After so many bytes, head included.
    AfterBytes(u64, Ending),
    /// After so many bytes of the body, by a FIN.
    AfterBody(u64),
}

/// A body in drops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drops {
    /// Size of one drop.
    pub bytes: usize,
    /// Pause between two.
    pub every: Duration,
}

/// What is done to the bytes of one answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WirePlan {
    /// Ends the connection early.
    pub cut: Option<Cut>,
    /// Slows the body down.
    pub drip: Option<Drops>,
}

/// A stream that does to each answer what the plan says that was sent before it.
#[derive(Debug)]
pub struct FaultyStream<S> {
    inner: S,
    plans: Receiver<WirePlan>,
    plan: WirePlan,
    sent: u64,
    body_sent: u64,
    head: HeadScan,
    pause: Option<Pin<Box<Sleep>>>,
}

impl<S: Connection> FaultyStream<S> {
    /// Wraps a stream; each plan received holds from the next byte written on.
    pub fn new(inner: S, plans: Receiver<WirePlan>) -> Self {
        Self {
            inner,
            plans,
            plan: WirePlan::default(),
            sent: 0,
            body_sent: 0,
            head: HeadScan::default(),
            pause: None,
        }
    }

    fn take_plan(&mut self) {
        while let Ok(plan) = self.plans.try_recv() {
            self.plan = plan;
            self.sent = 0;
            self.body_sent = 0;
            self.head = HeadScan::default();
            self.pause = None;
        }
    }

    /// How many bytes of `buf` may go out in one piece now.
    fn room(&self, buf: &[u8]) -> usize {
        let piece = if self.head.done { buf.len() } else { self.head.clone().scan(buf) };
        let dropped = match self.plan.drip {
            Some(drops) if self.head.done => piece.min(drops.bytes),
            Some(_) | None => piece,
        };
        dropped.min(usize::try_from(self.before_cut()).unwrap_or(usize::MAX))
    }

    fn before_cut(&self) -> u64 {
        match self.plan.cut {
            Some(Cut::AfterBytes(limit, _)) => limit.saturating_sub(self.sent),
            Some(Cut::AfterBody(limit)) if self.head.done => limit.saturating_sub(self.body_sent),
            Some(Cut::AfterBody(_)) | None => u64::MAX,
        }
    }

    fn wrote(&mut self, piece: &[u8]) {
        let count = piece.len() as u64;
        self.sent += count;
        if self.head.done {
            self.body_sent += count;
            self.pause = self.plan.drip.map(|drops| Box::pin(tokio::time::sleep(drops.every)));
        } else {
            self.head.scan(piece);
        }
    }

    fn poll_cut(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        match self.plan.cut {
            Some(Cut::AfterBytes(_, Ending::Reset)) => {
                self.inner.prepare_reset();
                Poll::Ready(io::ErrorKind::ConnectionReset.into())
            }
            Some(Cut::AfterBytes(_, Ending::Close) | Cut::AfterBody(_)) | None => {
                let closed = ready!(Pin::new(&mut self.inner).poll_shutdown(cx));
                Poll::Ready(closed.err().unwrap_or_else(|| io::ErrorKind::BrokenPipe.into()))
            }
        }
    }
}

impl<S: Connection> AsyncWrite for FaultyStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.take_plan();
        if self.plan == WirePlan::default() || buf.is_empty() {
            return Pin::new(&mut self.inner).poll_write(cx, buf);
        }
        let room = self.room(buf);
        if room == 0 {
            return self.poll_cut(cx).map(Err);
        }
        if let Some(pause) = self.pause.as_mut() {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        let count = ready!(Pin::new(&mut self.inner).poll_write(cx, &buf[..room]))?;
        self.wrote(&buf[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The answer was shorter than the cut: a reset still ends it.
        if let Some(Cut::AfterBytes(_, Ending::Reset)) = self.plan.cut {
            return self.poll_cut(cx).map(Err);
        }
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl<S: Connection> AsyncRead for FaultyStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

/// Finds the empty line that ends a head, across writes.
#[derive(Debug, Clone, Default)]
struct HeadScan {
    matched: usize,
    done: bool,
}

impl HeadScan {
    /// Takes bytes until the head ends; answers how many belong to it.
    fn scan(&mut self, bytes: &[u8]) -> usize {
        const END: &[u8] = b"\r\n\r\n";
        for (at, byte) in bytes.iter().enumerate() {
            self.matched = match *byte {
                byte if byte == END[self.matched] => self.matched + 1,
                b'\r' => 1,
                _ => 0,
            };
            if self.matched == END.len() {
                self.done = true;
                return at + 1;
            }
        }
        bytes.len()
    }
}
