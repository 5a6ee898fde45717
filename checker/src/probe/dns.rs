//! A `dns` check: one question to one name server, over UDP, and over TCP when the answer did not
//! fit. No cache, no search list, no other server.

mod wire;

use std::{io, net::SocketAddr, path::Path, time::Duration};

use engine::{
    config::{DnsSpec, Endpoint},
    observation::{
        DnsAnswer, DnsObservation, Observation, Phase, TransportError, TransportErrorKind as Kind,
    },
};
use store::disk::Disk;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::Instant,
};

use self::wire::{Question, Reply};
use crate::{
    http::HttpClient,
    transport::{PacketKind, Transport},
};

/// Where this machine keeps the addresses of its name servers.
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// The most that is read of that file, in bytes.
const RESOLV_CAP: usize = 64 << 10;

/// Why there is no answer: the server's doing, or the checker itself could not look.
enum Broken {
    Server(TransportError),
    Local(String),
}

/// What the name server answered.
///
/// # Errors
/// Says why the checker itself could not look.
pub(super) async fn fetch(
    client: &HttpClient,
    disk: &dyn Disk,
    spec: &DnsSpec,
    timeout: Duration,
) -> Result<Observation, String> {
    let server = match &spec.server {
        Some(server) => server.clone(),
        None => first_server(disk)?,
    };
    let question = Question::new(&spec.query, spec.record)?;
    let (start, mut odd) = (Instant::now(), None);
    let asked = ask(client, &server, &question, &mut odd);
    let result = match tokio::time::timeout(timeout, asked).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(Broken::Server(error))) => Err(error),
        Ok(Err(Broken::Local(reason))) => return Err(reason),
        Err(_) => Err(in_vain(&server, timeout, odd)),
    };
    let total_us = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
    Ok(Observation::Dns(DnsObservation { server: server.to_string(), result, total_us }))
}

/// The first name server of this machine.
fn first_server(disk: &dyn Disk) -> Result<Endpoint, String> {
    let file = Path::new(RESOLV_CONF);
    let content = disk.open(file).and_then(|opened| opened.read_at(0, RESOLV_CAP));
    let content = content.map_err(|error| format!("{RESOLV_CONF}: {error}; set `server`"))?;
    let text = String::from_utf8_lossy(&content);
    let mut servers = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        words.next().filter(|word| *word == "nameserver").and(words.next())
    });
    let first =
        servers.next().ok_or(format!("{RESOLV_CONF} names no name server; set `server`"))?;
    Endpoint::parse(first, 53).map_err(|why| format!("{RESOLV_CONF}: `{first}`: {why}"))
}

async fn ask(
    client: &HttpClient,
    server: &Endpoint,
    question: &Question,
    odd: &mut Option<String>,
) -> Result<DnsAnswer, Broken> {
    let found = client.addresses(&server.host, server.port).await.map_err(Broken::Local)?;
    let addresses = found.map_err(Broken::Server)?;
    let address = *addresses.first().ok_or_else(|| Broken::Local("no address".to_owned()))?;
    let transport = &**client.transport();
    match by_datagram(transport, address, question, odd).await? {
        Reply::Answer(answer) => Ok(answer),
        Reply::Truncated => by_stream(transport, address, question).await,
    }
}

async fn by_datagram(
    transport: &dyn Transport,
    address: SocketAddr,
    question: &Question,
    odd: &mut Option<String>,
) -> Result<Reply, Broken> {
    let broken = |error: io::Error| broken(transport, &error, address, "");
    let socket = transport.packets(PacketKind::Udp, address).await.map_err(broken)?;
    socket.send(question.bytes()).await.map_err(broken)?;
    let mut buffer = vec![0; 64 << 10];
    loop {
        let length = socket.receive(&mut buffer).await.map_err(broken)?;
        match question.read(&buffer[..length]) {
            Ok(reply) => return Ok(reply),
            // Anybody can send a datagram: the server may still answer.
            Err(why) => *odd = Some(why),
        }
    }
}

/// Over TCP a message goes behind its length.
async fn by_stream(
    transport: &dyn Transport,
    address: SocketAddr,
    question: &Question,
) -> Result<DnsAnswer, Broken> {
    let how = " over TCP, where the rest of the answer is";
    let broken = |error: io::Error| broken(transport, &error, address, how);
    let mut stream = transport.connect(address).await.map_err(broken)?;
    let length = u16::try_from(question.bytes().len()).unwrap_or(u16::MAX);
    let message = [&length.to_be_bytes(), question.bytes()].concat();
    stream.write_all(&message).await.map_err(broken)?;
    let length = stream.read_u16().await.map_err(broken)?;
    let mut answer = vec![0; usize::from(length)];
    stream.read_exact(&mut answer).await.map_err(broken)?;
    match question.read(&answer) {
        Ok(Reply::Answer(answer)) => Ok(DnsAnswer { over_tcp: true, ..answer }),
        Ok(Reply::Truncated) => {
            Err(protocol(format!("{address} cuts its answer short over TCP as well")))
        }
        Err(why) => Err(protocol(format!("{address} answered over TCP what is no answer: {why}"))),
    }
}

fn protocol(message: String) -> Broken {
    Broken::Server(TransportError { kind: Kind::Protocol, phase: Phase::FirstByte, message })
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the standard library's list is open")]
fn broken(transport: &dyn Transport, error: &io::Error, address: SocketAddr, how: &str) -> Broken {
    let (kind, message) = match error.kind() {
        io::ErrorKind::Unsupported => return Broken::Local(error.to_string()),
        io::ErrorKind::ConnectionRefused => {
            (Kind::Refused, format!("nobody answers at {address}{how}: connection refused"))
        }
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            (Kind::Reset, format!("{address} reset the connection{how}"))
        }
        io::ErrorKind::UnexpectedEof => {
            (Kind::Closed, format!("{address} closed the connection{how}"))
        }
        _ if is_local(error) => return Broken::Local(format!("cannot ask {address}: {error}")),
        _ if !transport.has_way_to(address) => {
            return Broken::Local(crate::http::no_way(address, error));
        }
        _ => (Kind::Unreachable, format!("{address} cannot be reached{how}: {error}")),
    };
    Broken::Server(TransportError { kind, phase: Phase::FirstByte, message })
}

fn is_local(error: &io::Error) -> bool {
    crate::http::is_local(error) || error.kind() == io::ErrorKind::AddrNotAvailable
}

fn in_vain(server: &Endpoint, limit: Duration, odd: Option<String>) -> TransportError {
    let limit = crate::http::duration(limit);
    let (kind, message) = match odd {
        None => (Kind::Timeout, format!("no answer from {server} within {limit}")),
        Some(why) => (
            Kind::Protocol,
            format!("no proper answer from {server} within {limit}; what came was none: {why}"),
        ),
    };
    TransportError { kind, phase: Phase::FirstByte, message }
}
