//! Single packets instead of a stream: questions to name servers and echo requests.
//! A socket sends to one address and hears nobody else.

use std::{
    fmt::Debug,
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
};

use futures_util::future::BoxFuture;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

/// Sends packets to one address and takes those that come from there.
pub trait Packets: Debug + Send + Sync {
    /// Sends one packet.
    fn send<'a>(&'a self, packet: &'a [u8]) -> BoxFuture<'a, io::Result<()>>;

    /// Waits for one packet; what does not fit is cut off. Says how long it was.
    fn receive<'a>(&'a self, into: &'a mut [u8]) -> BoxFuture<'a, io::Result<usize>>;

    /// Whether received packets begin with the header of IP.
    fn with_ip_header(&self) -> bool;
}

/// What the packets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketKind {
    /// Datagrams of UDP.
    Udp,
    /// ICMP, for echo requests.
    Echo,
}

/// A socket of this machine. Sockets of other kinds than UDP are handled by the same calls.
#[derive(Debug)]
struct Wire {
    socket: UdpSocket,
    with_ip_header: bool,
}

impl Packets for Wire {
    fn send<'a>(&'a self, packet: &'a [u8]) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(async move { self.socket.send(packet).await.map(|_| ()) })
    }

    fn receive<'a>(&'a self, into: &'a mut [u8]) -> BoxFuture<'a, io::Result<usize>> {
        Box::pin(self.socket.recv(into))
    }

    fn with_ip_header(&self) -> bool {
        self.with_ip_header
    }
}

/// Opens a socket of this machine.
pub(super) async fn open(kind: PacketKind, addr: SocketAddr) -> io::Result<Box<dyn Packets>> {
    let wire = match kind {
        PacketKind::Udp => {
            let any: SocketAddr = match addr {
                SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
                SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
            };
            Wire { socket: UdpSocket::bind(any).await?, with_ip_header: false }
        }
        PacketKind::Echo => echo(addr)?,
    };
    wire.socket.connect(addr).await?;
    Ok(Box::new(wire))
}

/// The datagram socket first: it needs no privilege where the system lets its group use it.
fn echo(addr: SocketAddr) -> io::Result<Wire> {
    let (domain, protocol) = match addr {
        SocketAddr::V4(_) => (Domain::IPV4, Protocol::ICMPV4),
        SocketAddr::V6(_) => (Domain::IPV6, Protocol::ICMPV6),
    };
    let (socket, raw) = match Socket::new(domain, Type::DGRAM, Some(protocol)) {
        Ok(socket) => (socket, false),
        Err(datagram) => match Socket::new(domain, Type::RAW, Some(protocol)) {
            Ok(socket) => (socket, true),
            Err(raw) => return Err(refused(&datagram, &raw)),
        },
    };
    socket.set_nonblocking(true)?;
    let socket = UdpSocket::from_std(socket.into())?;
    Ok(Wire { socket, with_ip_header: raw && addr.is_ipv4() })
}

/// Neither socket is to be had: no permission, or the machine does not know such addresses.
fn refused(datagram: &io::Error, raw: &io::Error) -> io::Error {
    let words =
        format!("a datagram socket for it is refused ({datagram}) and a raw one too ({raw})");
    if raw.kind() != io::ErrorKind::PermissionDenied {
        return io::Error::new(io::ErrorKind::Unsupported, words);
    }
    let help = "let the checker's group in with net.ipv4.ping_group_range, or give it CAP_NET_RAW";
    io::Error::new(io::ErrorKind::PermissionDenied, format!("{words}; {help}"))
}
