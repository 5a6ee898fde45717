//! The seam between requests and the wire: how names are resolved and how bytes reach a target.
//! `Tcp` is the real one; a virtual world brings in-memory pipes of its own. Nothing above this
//! file knows of sockets.

mod packets;
mod ways;

use std::{
    fmt::Debug,
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use futures_util::{
    future::BoxFuture,
    stream::{FuturesUnordered, StreamExt},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UnixStream},
    time::{Instant, sleep_until},
};

pub use self::packets::{PacketKind, Packets};

/// A connection to a target: bytes in, bytes out.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// How bytes reach a target.
pub trait Transport: Debug + Send + Sync {
    /// The addresses of a name, in the order in which they are to be tried; never empty.
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        port: u16,
    ) -> BoxFuture<'a, Result<Vec<SocketAddr>, ResolveError>>;

    /// Opens a connection to one address.
    fn connect<'a>(&'a self, addr: SocketAddr) -> BoxFuture<'a, io::Result<Box<dyn Stream>>>;

    /// Opens a way for single packets to one address. A world that has none says so: what needs
    /// them cannot be measured there.
    fn packets<'a>(
        &'a self,
        kind: PacketKind,
        _addr: SocketAddr,
    ) -> BoxFuture<'a, io::Result<Box<dyn Packets>>> {
        let what = match kind {
            PacketKind::Udp => "there is no UDP in this world",
            PacketKind::Echo => "there is no ICMP in this world",
        };
        Box::pin(std::future::ready(Err(io::Error::new(io::ErrorKind::Unsupported, what))))
    }

    /// Opens a connection to a socket of this machine that has a path instead of an address.
    fn connect_unix<'a>(&'a self, _path: &'a str) -> BoxFuture<'a, io::Result<Box<dyn Stream>>> {
        let what = "there are no sockets with a path in this world";
        Box::pin(std::future::ready(Err(io::Error::new(io::ErrorKind::Unsupported, what))))
    }

    /// Whether this machine has a way to an address; without one whatever fails says nothing of the
    /// target. Nothing is sent.
    fn has_way_to(&self, _addr: SocketAddr) -> bool {
        true
    }

    /// Whether this machine still has the network beyond itself that it had. Nothing is sent.
    fn has_network(&self) -> bool {
        true
    }

    /// Whether this machine has a way to those who resolve names for it. Nothing is sent.
    fn has_way_to_names(&self) -> bool {
        true
    }
}

/// Why a name has no address.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// The resolver knows that there is none.
    #[error("unknown host {host}")]
    NotFound {
        /// The name.
        host: String,
    },
    /// The resolver could not say.
    #[error("cannot resolve {host}: {cause}")]
    Failed {
        /// The name.
        host: String,
        /// What the resolver said.
        cause: io::Error,
    },
}

/// The network of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tcp;

impl Transport for Tcp {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        port: u16,
    ) -> BoxFuture<'a, Result<Vec<SocketAddr>, ResolveError>> {
        Box::pin(async move {
            if let Ok(ip) = host.parse::<IpAddr>() {
                return Ok(vec![SocketAddr::new(ip, port)]);
            }
            let found = tokio::net::lookup_host((host, port)).await;
            let addresses: Vec<_> = found.map_err(|cause| resolve_error(host, cause))?.collect();
            if addresses.is_empty() {
                return Err(ResolveError::NotFound { host: host.to_owned() });
            }
            Ok(addresses)
        })
    }

    fn connect<'a>(&'a self, addr: SocketAddr) -> BoxFuture<'a, io::Result<Box<dyn Stream>>> {
        Box::pin(async move {
            let stream = TcpStream::connect(addr).await?;
            stream.set_nodelay(true)?;
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }

    fn packets<'a>(
        &'a self,
        kind: PacketKind,
        addr: SocketAddr,
    ) -> BoxFuture<'a, io::Result<Box<dyn Packets>>> {
        Box::pin(packets::open(kind, addr))
    }

    fn connect_unix<'a>(&'a self, path: &'a str) -> BoxFuture<'a, io::Result<Box<dyn Stream>>> {
        Box::pin(async move {
            let stream = UnixStream::connect(path).await?;
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }

    fn has_way_to(&self, addr: SocketAddr) -> bool {
        ways::leads_to(addr)
    }

    fn has_network(&self) -> bool {
        ways::are_there()
    }

    fn has_way_to_names(&self) -> bool {
        ways::leads_to_names()
    }
}

/// getaddrinfo's verdict is only in the wording: glibc's and musl's texts of EAI_NONAME and
/// EAI_NODATA mean that there is no such name.
fn resolve_error(host: &str, cause: io::Error) -> ResolveError {
    const NOT_FOUND: [&str; 4] = [
        "Name or service not known",
        "No address associated with",
        "Name does not resolve",
        "nodename nor servname",
    ];
    let text = cause.to_string();
    let host = host.to_owned();
    if NOT_FOUND.iter().any(|words| text.contains(words)) {
        ResolveError::NotFound { host }
    } else {
        ResolveError::Failed { host, cause }
    }
}

/// How long an address is given before the next one is tried beside it.
const HEAD_START: Duration = Duration::from_millis(250);

/// The addresses that did not answer, each with its reason: the first of each family.
pub type ConnectErrors = Vec<(SocketAddr, io::Error)>;

/// Connects to whichever address answers first. Addresses are tried in order; the next one starts
/// when the one before has failed or has had its head start.
///
/// # Errors
/// The first error of each address family when none answers.
pub async fn connect_any(
    transport: &dyn Transport,
    addresses: &[SocketAddr],
) -> Result<(Box<dyn Stream>, SocketAddr), ConnectErrors> {
    if let [only] = addresses {
        let opened = transport.connect(*only).await;
        return opened.map(|s| (s, *only)).map_err(|error| vec![(*only, error)]);
    }
    race(transport, addresses).await
}

async fn race(
    transport: &dyn Transport,
    addresses: &[SocketAddr],
) -> Result<(Box<dyn Stream>, SocketAddr), ConnectErrors> {
    let attempt = |addr: SocketAddr| async move { (addr, transport.connect(addr).await) };
    let (mut waiting, mut errors) = (addresses.iter(), ConnectErrors::new());
    let mut running = FuturesUnordered::new();
    loop {
        let started = waiting.next().map(|addr| running.push(attempt(*addr))).is_some();
        if running.is_empty() {
            return Err(errors);
        }
        let head_start = Instant::now() + HEAD_START;
        tokio::select! {
            biased;
            Some((addr, opened)) = running.next() => match opened {
                Ok(stream) => return Ok((stream, addr)),
                Err(error) => note(&mut errors, addr, error),
            },
            () = sleep_until(head_start), if started => {}
        }
    }
}

/// Keeps the first error of each family.
fn note(errors: &mut ConnectErrors, addr: SocketAddr, error: io::Error) {
    if !errors.iter().any(|(known, _)| known.is_ipv4() == addr.is_ipv4()) {
        errors.push((addr, error));
    }
}
