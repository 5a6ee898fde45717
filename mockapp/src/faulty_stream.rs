//! Faults on the connection itself: a stream that stalls, drips, cuts, resets or repeats what is
//! written to it. Obeys the plan of the request being answered; knows nothing of HTTP but where a
//! head ends.

use crate::wire::{Connection, Cut, Delivery, Ending, Held, WirePlan};
use bytes::Buf;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::mpsc::Receiver;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// A stream that does to each answer what the plan says that was sent before it.
#[derive(Debug)]
pub(crate) struct FaultyStream<S> {
    inner: S,
    deliveries: Receiver<Delivery>,
    plan: WirePlan,
    /// Whether the plan asks for nothing, which is almost always.
    idle: bool,
    /// Given back when the answer has left.
    held: Option<Held>,
    sent: u64,
    body_sent: u64,
    head: HeadScan,
    pause: Option<Pin<Box<Sleep>>>,
    /// What is still to be sent a second time.
    echo: Vec<u8>,
    /// The pause is one before the end.
    closes: bool,
}

impl<S: Connection> FaultyStream<S> {
    /// Wraps a stream; each plan received holds from the next byte written on.
    pub(crate) fn new(inner: S, deliveries: Receiver<Delivery>) -> Self {
        Self {
            inner,
            deliveries,
            plan: WirePlan::default(),
            idle: true,
            held: None,
            sent: 0,
            body_sent: 0,
            head: HeadScan::default(),
            pause: None,
            echo: Vec::new(),
            closes: false,
        }
    }

    fn take_plan(&mut self) {
        while let Ok(Delivery { plan, held }) = self.deliveries.try_recv() {
            self.idle = plan == WirePlan::default();
            self.pause = None;
            self.plan = plan;
            self.held = held;
            (self.sent, self.body_sent) = (0, 0);
            self.head = HeadScan::default();
            self.wait(self.plan.stall);
        }
    }

    /// Nothing is sent for so long.
    fn wait(&mut self, pause: Duration) {
        if !pause.is_zero() {
            self.pause = Some(Box::pin(tokio::time::sleep(pause)));
        }
    }

    fn poll_pause(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(pause) = self.pause.as_mut() {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        Poll::Ready(())
    }

    /// How many bytes of `buf` may go out in one piece now.
    fn room(&self, buf: &[u8]) -> usize {
        let mut piece = if self.head.done { buf.len() } else { self.head.clone().scan(buf) };
        if !self.head.done && !self.plan.head_line.is_zero() {
            let line = buf[..piece].iter().position(|byte| *byte == b'\n');
            piece = line.map_or(piece, |end| end + 1);
        }
        if let Some(drops) = self.plan.drip.filter(|_| self.head.done) {
            piece = piece.min(drops.bytes);
        }
        if let Some(rate) = self.plan.bytes_per_s {
            // Ten pieces a second.
            piece = piece.min(usize::try_from(rate / 10).unwrap_or(usize::MAX).max(1));
        }
        piece.min(usize::try_from(self.before_cut()).unwrap_or(usize::MAX))
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
        let mut pause = self.plan.bytes_per_s.map_or(Duration::ZERO, |rate| {
            Duration::from_secs_f64(count as f64 / rate.max(1) as f64)
        });
        if self.head.done {
            self.body_sent += count;
            pause += self.plan.drip.map_or(Duration::ZERO, |drops| drops.every);
        } else {
            self.head.scan(piece);
            pause += self.plan.head_line;
        }
        if self.plan.twice {
            self.echo.extend_from_slice(piece);
        }
        self.wait(pause);
    }

    /// Ends the connection as the plan says; never answers that it went well.
    fn poll_cut(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let waits = std::mem::take(&mut self.plan.cut_waits);
        self.wait(waits);
        ready!(self.poll_pause(cx));
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

    /// Sends what stands in the answer's place, then closes.
    fn poll_raw(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        while let Some(raw) = self.plan.raw.as_mut().filter(|raw| raw.has_remaining()) {
            match ready!(Pin::new(&mut self.inner).poll_write(cx, raw)) {
                Ok(0) => return Poll::Ready(io::ErrorKind::WriteZero.into()),
                Ok(count) => raw.advance(count),
                Err(error) => return Poll::Ready(error),
            }
        }
        self.poll_cut(cx)
    }

    fn poll_echo(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.echo.is_empty() {
            match ready!(Pin::new(&mut self.inner).poll_write(cx, &self.echo))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => drop(self.echo.drain(..count)),
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: Connection> AsyncWrite for FaultyStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.take_plan();
        if self.idle || buf.is_empty() {
            return Pin::new(&mut self.inner).poll_write(cx, buf);
        }
        let room = self.room(buf);
        if room == 0 {
            return self.poll_cut(cx).map(Err);
        }
        ready!(self.poll_pause(cx));
        if self.plan.raw.is_some() {
            return self.poll_raw(cx).map(Err);
        }
        let count = ready!(Pin::new(&mut self.inner).poll_write(cx, &buf[..room]))?;
        self.wrote(&buf[..count]);
        Poll::Ready(Ok(count))
    }

    /// Whoever writes flushes when the whole answer is written.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_echo(cx))?;
        ready!(Pin::new(&mut self.inner).poll_flush(cx))?;
        self.held = None;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The answer was shorter than the cut: a reset still ends it.
        if let Some(Cut::AfterBytes(_, Ending::Reset)) = self.plan.cut {
            return self.poll_cut(cx).map(Err);
        }
        ready!(self.poll_echo(cx))?;
        if !self.plan.close_waits.is_zero() {
            let waits = std::mem::take(&mut self.plan.close_waits);
            self.wait(waits);
            self.closes = true;
        }
        if self.closes {
            ready!(self.poll_pause(cx));
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
