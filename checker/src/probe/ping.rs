//! A `ping` check: some echo requests in a row, and how long each answer took. All of it keeps
//! within the limit of the attempt: what has not come by then is lost.

use std::{
    io,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use engine::{
    config::PingSpec,
    observation::{Echoes, Observation, PingObservation, TransportError},
};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::{
    http::HttpClient,
    transport::{PacketKind, Packets},
};

/// The longest wait between two requests.
const GAP: Duration = Duration::from_millis(200);

/// Tells attempts of this process apart, because a raw socket hears the answers of all of them.
static NUMBER: AtomicU32 = AtomicU32::new(1);

/// What the host answered.
///
/// # Errors
/// Says why the checker itself could not look.
pub(super) async fn fetch(
    client: &HttpClient,
    spec: &PingSpec,
    limit: Duration,
) -> Result<Observation, String> {
    let start = Instant::now();
    let found = match timeout_at(start + limit, client.addresses(&spec.host, 0)).await {
        Ok(found) => found?,
        Err(_) => Err(unresolved(&spec.host, limit)),
    };
    let addresses = match found {
        Ok(addresses) => addresses,
        Err(error) => return Ok(seen(Err(error))),
    };
    let address = addresses.first().copied().ok_or("the name has no address")?;
    let mut echoes = Echoes { address: address.ip().to_string(), ..Echoes::default() };
    match client.transport().packets(PacketKind::Echo, address).await {
        Ok(socket) => {
            let mut run = Run::new(&*socket, address.is_ipv4(), spec.count, limit, &mut echoes);
            run.all(start).await;
        }
        Err(error) if is_ours(&error) => return Err(format!("cannot ping: {error}")),
        Err(error) => {
            echoes.sent = spec.count;
            echoes.trouble = Some(error.to_string());
        }
    }
    let trouble = echoes.trouble.as_ref().filter(|_| echoes.times_us.is_empty());
    if let Some(trouble) = trouble.filter(|_| !client.transport().has_way_to(address)) {
        return Err(format!("this machine has no way to {}: {trouble}", address.ip()));
    }
    Ok(seen(Ok(echoes)))
}

fn seen(result: Result<Echoes, TransportError>) -> Observation {
    Observation::Ping(PingObservation { result })
}

/// Whether an error says nothing of the host: no permission, no such kind of network here.
fn is_ours(error: &io::Error) -> bool {
    use io::ErrorKind::{AddrNotAvailable, PermissionDenied, Unsupported};
    matches!(error.kind(), PermissionDenied | Unsupported | AddrNotAvailable)
        || crate::http::is_local(error)
}

fn unresolved(host: &str, limit: Duration) -> TransportError {
    use engine::observation::{Phase, TransportErrorKind};
    let limit = crate::http::duration(limit);
    let message = format!("no answer from the resolver for {host} within {limit}");
    TransportError { kind: TransportErrorKind::Timeout, phase: Phase::Dns, message }
}

/// One attempt under way.
struct Run<'a> {
    socket: &'a dyn Packets,
    is_v4: bool,
    number: u32,
    count: u32,
    limit: Duration,
    /// When each request went out, and whether its answer has come.
    sent: Vec<(Instant, bool)>,
    echoes: &'a mut Echoes,
}

impl<'a> Run<'a> {
    fn new(
        socket: &'a dyn Packets,
        is_v4: bool,
        count: u32,
        limit: Duration,
        echoes: &'a mut Echoes,
    ) -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self { socket, is_v4, number, count, limit, sent: Vec::new(), echoes }
    }

    /// Sends all requests and takes answers until all have come or the time is up.
    async fn all(&mut self, start: Instant) {
        let gap = GAP.min(self.limit / (2 * self.count));
        let end = start + self.limit;
        let mut next = Instant::now();
        let mut buffer = [0; 2048];
        while self.echoes.times_us.len() < self.count as usize {
            let more = self.echoes.sent < self.count;
            tokio::select! {
                biased;
                got = self.socket.receive(&mut buffer) => self.take(got.map(|length| &buffer[..length])),
                () = sleep_until(next), if more => {
                    self.send().await;
                    next += gap;
                }
                () = sleep_until(end) => break,
            }
        }
        // Requests that there was no time for are lost as well.
        self.echoes.sent = self.count;
    }

    async fn send(&mut self) {
        let request = self.request(self.echoes.sent);
        self.sent.push((Instant::now(), false));
        self.echoes.sent += 1;
        if let Err(error) = self.socket.send(&request).await {
            self.echoes.trouble = Some(error.to_string());
        }
    }

    fn take(&mut self, got: io::Result<&[u8]>) {
        let now = Instant::now();
        let packet = match got {
            Ok(packet) => packet,
            Err(error) => {
                self.echoes.trouble = Some(error.to_string());
                return;
            }
        };
        let place = self.place(packet).and_then(|place| self.sent.get_mut(place));
        if let Some((at, answered)) = place.filter(|(_, answered)| !*answered) {
            *answered = true;
            let took = now.saturating_duration_since(*at).as_micros();
            self.echoes.times_us.push(u64::try_from(took).unwrap_or(u64::MAX));
        }
    }

    /// An echo request. Its identifier is the system's to set on a datagram socket, so that
    /// requests are known by what they carry.
    fn request(&self, place: u32) -> Vec<u8> {
        let kind = if self.is_v4 { 8 } else { 128 };
        let mut packet = vec![kind, 0, 0, 0];
        packet.extend((self.number as u16).to_be_bytes());
        packet.extend((place as u16).to_be_bytes());
        packet.extend(self.mark());
        packet.extend(place.to_be_bytes());
        if self.is_v4 {
            let sum = checksum(&packet);
            packet[2..4].copy_from_slice(&sum.to_be_bytes());
        }
        packet
    }

    /// What all requests of this attempt carry.
    fn mark(&self) -> [u8; 16] {
        let mut mark = *b"firedrill-------";
        mark[8..12].copy_from_slice(&std::process::id().to_be_bytes());
        mark[12..].copy_from_slice(&self.number.to_be_bytes());
        mark
    }

    /// Which request a packet answers, if it is an answer to one of ours.
    fn place(&self, packet: &[u8]) -> Option<usize> {
        let header = match self.socket.with_ip_header() {
            true => usize::from(packet.first()? & 0x0f) * 4,
            false => 0,
        };
        let packet = packet.get(header..)?;
        let reply = if self.is_v4 { 0 } else { 129 };
        let carried = packet.get(8..)?.strip_prefix(&self.mark())?;
        let place = u32::from_be_bytes(*carried.first_chunk()?);
        (packet.first() == Some(&reply)).then(|| usize::try_from(place).ok()).flatten()
    }
}

/// The checksum of the Internet protocols.
fn checksum(packet: &[u8]) -> u16 {
    let words = packet
        .chunks(2)
        .map(|two| u32::from(two[0]) << 8 | u32::from(two.get(1).copied().unwrap_or_default()));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
