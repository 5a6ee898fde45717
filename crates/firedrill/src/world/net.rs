//! The network: every name leads to the mock app, over a pipe on which HTTP is really spoken. What
//! the checker asked and what it got is noted byte by byte, as a witness that is not the checker.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use checker::transport::{PacketKind, Packets, ResolveError, Stream, Transport};
use futures_util::future::BoxFuture;
use mockapp::{Accepting, MockApp};
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex},
    sync::mpsc::UnboundedSender,
    time::sleep,
};

use super::{
    chance::Chance,
    disk::Watched,
    outside::{NameFault, Outside, RESOLVER},
    time::Stopwatch,
};
use crate::scenario::Ms;

/// Bytes that a pipe holds in each direction. They are allocated for every connection: with more,
/// the memory goes back and forth between program and kernel at each.
const PIPE: usize = 8 << 10;
/// The most that is kept of an answer.
const KEPT: usize = 64 << 10;

/// One question of the checker and what came back.
#[derive(Debug)]
pub(super) struct Exchange {
    /// When the connection was opened, or the question was sent on one that was open.
    pub(super) at: Ms,
    /// When it was over.
    pub(super) until: Ms,
    /// What was sent; empty when no connection came about.
    pub(super) asked: Vec<u8>,
    /// What came back, as far as it came.
    pub(super) got: Vec<u8>,
    /// How the connection ended.
    pub(super) end: End,
    /// Whether a connection came about at all.
    pub(super) opened: bool,
}

impl Exchange {
    fn begun(at: Ms, opened: bool) -> Self {
        Self { at, until: at, asked: Vec::new(), got: Vec::new(), end: End::Dropped, opened }
    }
}

/// How a connection ended, as seen by who opened it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The other side closed it.
    Closed,
    /// It broke.
    Broken,
    /// It was given up, or is no longer needed.
    Dropped,
    /// It was refused.
    Refused,
    /// There was no address.
    Unresolved,
}

/// What is wrong with the resolver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DnsFault {
    NotFound,
    Failed,
    Silent,
    WrongAddress,
    Slow(Duration),
}

/// The network of a world. Clones are the same network.
#[derive(Clone, Debug)]
pub(super) struct Net {
    app: MockApp,
    watch: Stopwatch,
    notes: UnboundedSender<Exchange>,
    disk: Watched,
    dns: Arc<Dns>,
    outside: Outside,
}

#[derive(Debug, Default)]
struct Dns(Mutex<Option<(DnsFault, Chance)>>);

impl Dns {
    /// The fault that strikes the next name.
    fn strikes(&self) -> Option<DnsFault> {
        let fault = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        fault.as_ref().filter(|(_, chance)| chance.strikes()).map(|(fault, _)| *fault)
    }
}

/// An address of the documentation's network: nobody is there.
const NOWHERE: [u8; 4] = [192, 0, 2, 1];

impl Net {
    pub(super) fn new(
        app: MockApp,
        watch: Stopwatch,
        notes: UnboundedSender<Exchange>,
        disk: Watched,
        outside: Outside,
    ) -> Self {
        Self { app, watch, notes, disk, dns: Arc::default(), outside }
    }

    /// Gives the resolver a fault, or heals it.
    pub(super) fn set_dns(&self, fault: Option<(DnsFault, Chance)>) {
        *self.dns.0.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    fn open(&self) -> Connection {
        let at = self.watch.now();
        Connection {
            exchange: Exchange::begun(at, false),
            heard: at,
            kept: false,
            watch: self.watch,
            notes: self.notes.clone(),
        }
    }

    /// What is wrong with the machine's own name server when it is asked itself.
    fn resolver_of(&self, kind: PacketKind, addr: SocketAddr) -> Option<NameFault> {
        if kind != PacketKind::Udp || addr.ip() != RESOLVER {
            return None;
        }
        Some(match self.dns.strikes()? {
            DnsFault::NotFound => NameFault::NoSuchName,
            DnsFault::Failed => NameFault::CannotSay,
            DnsFault::Silent => NameFault::Silent,
            DnsFault::WrongAddress => NameFault::Wrong,
            DnsFault::Slow(by) => {
                NameFault::Slow(u64::try_from(by.as_millis()).unwrap_or(u64::MAX))
            }
        })
    }

    async fn lookup(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, ResolveError> {
        let here = vec![SocketAddr::from(([127, 0, 0, 1], port))];
        if let Ok(ip) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(ip, port)]);
        }
        if self.outside.cut_off_from(None).is_some() {
            let cause = io::Error::other("Temporary failure in name resolution");
            return Err(ResolveError::Failed { host: host.to_owned(), cause });
        }
        let Some(fault) = self.dns.strikes() else { return Ok(here) };
        let mut note = self.open();
        note.exchange.end = End::Unresolved;
        let host = host.to_owned();
        match fault {
            DnsFault::NotFound => Err(ResolveError::NotFound { host }),
            DnsFault::Failed => {
                let cause = io::Error::other("Temporary failure in name resolution");
                Err(ResolveError::Failed { host, cause })
            }
            DnsFault::Silent => std::future::pending().await,
            DnsFault::WrongAddress => {
                note.forget();
                Ok(vec![SocketAddr::from((NOWHERE, port))])
            }
            DnsFault::Slow(by) => {
                sleep(by).await;
                note.forget();
                Ok(here)
            }
        }
    }

    async fn dial(&self, addr: SocketAddr) -> io::Result<Box<dyn Stream>> {
        if self.disk.is_dead() {
            return std::future::pending().await;
        }
        if let Some(error) = self.outside.cut_off_from(Some(addr.ip())) {
            return Err(error);
        }
        if let Some(stream) = self.outside.stream(addr) {
            return Ok(stream);
        }
        let mut connection = self.open();
        if addr.ip() == IpAddr::from(NOWHERE) {
            return std::future::pending().await;
        }
        match self.app.accepting() {
            Accepting::Refused => {
                connection.exchange.end = End::Refused;
                Err(io::ErrorKind::ConnectionRefused.into())
            }
            Accepting::Hanging => std::future::pending().await,
            Accepting::Open => {
                connection.exchange.opened = true;
                let (inner, server) = pipe();
                let app = self.app.clone();
                tokio::spawn(async move { app.serve_connection(server).await });
                Ok(Box::new(Tapped { inner, connection }))
            }
        }
    }
}

impl Transport for Net {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        port: u16,
    ) -> BoxFuture<'a, Result<Vec<SocketAddr>, ResolveError>> {
        Box::pin(self.lookup(host, port))
    }

    fn connect<'a>(&'a self, addr: SocketAddr) -> BoxFuture<'a, io::Result<Box<dyn Stream>>> {
        Box::pin(self.dial(addr))
    }

    fn packets<'a>(
        &'a self,
        kind: PacketKind,
        addr: SocketAddr,
    ) -> BoxFuture<'a, io::Result<Box<dyn Packets>>> {
        let resolver = self.resolver_of(kind, addr);
        Box::pin(std::future::ready(self.outside.packets(kind, addr, resolver)))
    }

    fn connect_unix<'a>(&'a self, _path: &'a str) -> BoxFuture<'a, io::Result<Box<dyn Stream>>> {
        Box::pin(self.outside.engine())
    }

    fn has_way_to(&self, addr: SocketAddr) -> bool {
        addr.ip().is_loopback() || !self.outside.is_offline()
    }

    fn has_network(&self) -> bool {
        !self.outside.is_offline()
    }

    fn has_way_to_names(&self) -> bool {
        !self.outside.is_offline()
    }
}

/// Notes an exchange when it is over, whatever ended it.
struct Connection {
    exchange: Exchange,
    /// When the latest byte came.
    heard: Ms,
    /// Whether it is to serve for more than one question.
    kept: bool,
    watch: Stopwatch,
    notes: UnboundedSender<Exchange>,
}

impl Connection {
    /// The next question on the same connection.
    fn turn(&mut self) {
        let at = self.watch.now();
        let mut done = std::mem::replace(&mut self.exchange, Exchange::begun(at, true));
        done.until = self.heard;
        self.kept = true;
        let _ = self.notes.send(done);
    }

    /// When the exchange was over: a kept connection lives on after its answer.
    fn over(&self) -> Ms {
        let asked = String::from_utf8_lossy(&self.exchange.asked).to_ascii_lowercase();
        let kept = self.kept || !asked.contains("connection: close");
        if kept && !self.exchange.got.is_empty() { self.heard } else { self.watch.now() }
    }

    /// Nothing happened that is worth a note.
    fn forget(mut self) {
        self.notes = tokio::sync::mpsc::unbounded_channel().0;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let at = self.watch.now();
        let until = self.over();
        let mut done = std::mem::replace(&mut self.exchange, Exchange::begun(at, false));
        done.until = until;
        // Nobody reads once the run is over.
        let _ = self.notes.send(done);
    }
}

/// A pipe between somebody who asks and the mock app.
pub(super) fn pipe() -> (AskingEnd, AnsweringEnd) {
    let (asking, answering) = duplex(PIPE);
    let reset = Arc::new(AtomicBool::new(false));
    (
        AskingEnd { inner: asking, reset: Arc::clone(&reset) },
        AnsweringEnd { inner: answering, reset },
    )
}

/// The end of who asks.
pub(super) struct AskingEnd {
    inner: DuplexStream,
    reset: Arc<AtomicBool>,
}

/// The mock app's end: it can be reset like a socket.
pub(super) struct AnsweringEnd {
    inner: DuplexStream,
    reset: Arc<AtomicBool>,
}

impl mockapp::Connection for AnsweringEnd {
    fn prepare_reset(&mut self) {
        self.reset.store(true, Ordering::Relaxed);
    }
}

impl AsyncRead for AskingEnd {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        let ended = buf.filled().len() == before && buf.remaining() > 0;
        Poll::Ready(match ended && self.reset.load(Ordering::Relaxed) {
            true => Err(io::ErrorKind::ConnectionReset.into()),
            false => Ok(()),
        })
    }
}

impl AsyncRead for AnsweringEnd {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

macro_rules! writes_through {
    ($end:ty) => {
        impl AsyncWrite for $end {
            fn poll_write(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.inner).poll_write(cx, buf)
            }

            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut self.inner).poll_flush(cx)
            }

            fn poll_shutdown(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<io::Result<()>> {
                Pin::new(&mut self.inner).poll_shutdown(cx)
            }
        }
    };
}

writes_through!(AskingEnd);
writes_through!(AnsweringEnd);

/// The checker's end of a pipe.
struct Tapped {
    inner: AskingEnd,
    connection: Connection,
}

impl AsyncRead for Tapped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = ready!(Pin::new(&mut self.inner).poll_read(cx, buf));
        let now = self.connection.watch.now();
        let exchange = &mut self.connection.exchange;
        match &read {
            Ok(()) if buf.filled().len() == before => exchange.end = End::Closed,
            Ok(()) => {
                let room = KEPT.saturating_sub(exchange.got.len());
                let new = &buf.filled()[before..];
                exchange.got.extend_from_slice(&new[..new.len().min(room)]);
                self.connection.heard = now;
            }
            Err(_) => exchange.end = End::Broken,
        }
        Poll::Ready(read)
    }
}

impl AsyncWrite for Tapped {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write(cx, buf));
        if let Ok(count) = &written {
            if !self.connection.exchange.got.is_empty() {
                self.connection.turn();
            }
            self.connection.exchange.asked.extend_from_slice(&buf[..*count]);
        }
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
