//! Single packets of a rehearsed world: datagrams to a name server and echo requests, each answered
//! after its time or never. What was asked and what came back is noted when the socket is closed.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Mutex,
    time::Duration,
};

use checker::transport::{Packets, Stream};
use futures_util::future::BoxFuture;
use mockapp::Gate;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
    sync::{
        Mutex as Turn,
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    },
    time::sleep,
};

use super::{
    Active, Outside, Seen, What,
    names::{Fault, Question},
};
use crate::scenario::Ms;

/// How long an echo takes when nothing is wrong.
const ECHO: Ms = 1;

/// What is on its way back.
type Line = (UnboundedSender<Vec<u8>>, Turn<UnboundedReceiver<Vec<u8>>>);

fn line() -> Line {
    let (send, receive) = unbounded_channel();
    (send, Turn::new(receive))
}

/// Takes the next packet; waits for ever when none comes any more.
async fn take(line: &Line, into: &mut [u8]) -> io::Result<usize> {
    let packet = match line.1.lock().await.recv().await {
        Some(packet) => packet,
        None => std::future::pending().await,
    };
    let length = packet.len().min(into.len());
    into[..length].copy_from_slice(&packet[..length]);
    Ok(length)
}

/// A socket to a name server.
#[derive(Debug)]
pub(super) struct Names {
    outside: Outside,
    server: SocketAddr,
    /// What is wrong with the resolver of the machine.
    resolver: Option<Fault>,
    line: Line,
    talk: Mutex<Talk>,
}

#[derive(Debug, Default)]
struct Talk {
    at: Ms,
    asked: Vec<u8>,
    got: Option<(Ms, Vec<u8>)>,
}

impl Names {
    pub(super) fn new(outside: Outside, server: SocketAddr, resolver: Option<Fault>) -> Self {
        Self { outside, server, resolver, line: line(), talk: Mutex::default() }
    }

    fn ask(&self, asked: &[u8]) -> Option<(Vec<u8>, Duration)> {
        let question = Question::read(asked)?;
        let fault = self.outside.name_fault(&question.name).or(self.resolver);
        let mut state = self.outside.lock();
        let answer = state.zone.answer(&question, fault, false)?;
        // The second bit of the third byte says that the rest is to be had over TCP.
        if answer.get(2).is_some_and(|flags| flags & 2 != 0) {
            state.cut_short.push(self.server);
        }
        let after = if let Some(Fault::Slow(ms)) = fault { ms } else { 0 };
        Some((answer, Duration::from_millis(after)))
    }

    fn talk(&self) -> std::sync::MutexGuard<'_, Talk> {
        self.talk.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Packets for Names {
    fn send<'a>(&'a self, packet: &'a [u8]) -> BoxFuture<'a, io::Result<()>> {
        if self.outside.disk.is_dead() {
            return Box::pin(std::future::pending());
        }
        *self.talk() =
            Talk { at: self.outside.watch.now(), asked: packet.to_vec(), ..Talk::default() };
        if let Some((answer, after)) = self.ask(packet) {
            let back = self.line.0.clone();
            later(after, move || drop(back.send(answer)));
        }
        Box::pin(std::future::ready(Ok(())))
    }

    fn receive<'a>(&'a self, into: &'a mut [u8]) -> BoxFuture<'a, io::Result<usize>> {
        Box::pin(async move {
            let length = take(&self.line, into).await?;
            self.talk().got = Some((self.outside.watch.now(), into[..length].to_vec()));
            Ok(length)
        })
    }

    fn with_ip_header(&self) -> bool {
        false
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        let talk = std::mem::take(&mut *self.talk());
        if talk.asked.is_empty() || self.outside.disk.is_dead() {
            return;
        }
        let (until, got) = match talk.got {
            Some((until, got)) => (until, Some(got)),
            None => (self.outside.watch.now(), None),
        };
        let what = What::Name { asked: talk.asked, got };
        self.outside.note(Seen { at: talk.at, until, what });
    }
}

impl Outside {
    /// What is wrong with the answer to a question for this name.
    fn name_fault(&self, name: &str) -> Option<Fault> {
        let on = |fault: &&Active| fault.kind == "dns.answer" && fault.is_on("name", name);
        let faults: Vec<Active> = self.lock().network.iter().rev().filter(on).cloned().collect();
        let strikes = faults.into_iter().find(|fault| fault.chance.strikes())?;
        Some(Fault::of(strikes.word("kind"), strikes.number("ms").unwrap_or(0)))
    }
}

/// A connection to the name server: one question behind its length, one answer.
pub(super) fn stream(outside: &Outside) -> Box<dyn Stream> {
    let (asking, answering) = duplex(64 << 10);
    let outside = outside.clone();
    tokio::spawn(async move {
        // Who has gone away needs no answer.
        let _ = serve(outside, answering).await;
    });
    Box::new(asking)
}

async fn serve(outside: Outside, mut stream: DuplexStream) -> io::Result<()> {
    let length = stream.read_u16().await?;
    let mut asked = vec![0; usize::from(length)];
    stream.read_exact(&mut asked).await?;
    let at = outside.watch.now();
    let answer = Question::read(&asked)
        .and_then(|question| outside.lock().zone.answer(&question, None, true));
    let Some(answer) = answer else { return Ok(()) };
    let length = u16::try_from(answer.len()).unwrap_or(u16::MAX);
    outside.note(Seen { at, until: at, what: What::Name { asked, got: Some(answer.clone()) } });
    stream.write_all(&[&length.to_be_bytes(), answer.as_slice()].concat()).await
}

/// A socket for echo requests to one host.
#[derive(Debug)]
pub(super) struct Echoes {
    outside: Outside,
    address: IpAddr,
    line: Line,
    tally: Mutex<Tally>,
}

#[derive(Debug, Default)]
struct Tally {
    /// When each request was sent.
    sent: Vec<Ms>,
    took: Vec<Ms>,
}

impl Echoes {
    pub(super) fn new(outside: Outside, address: IpAddr) -> Self {
        Self { outside, address, line: line(), tally: Mutex::default() }
    }

    fn tally(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Packets for Echoes {
    fn send<'a>(&'a self, packet: &'a [u8]) -> BoxFuture<'a, io::Result<()>> {
        if self.outside.disk.is_dead() {
            return Box::pin(std::future::pending());
        }
        let at = self.outside.watch.now();
        let place = {
            let mut tally = self.tally();
            tally.sent.push(at);
            u32::try_from(tally.sent.len() - 1).unwrap_or(u32::MAX)
        };
        if let (Some(after), Some(reply)) = (self.outside.echo(self.address), reply(packet)) {
            let back = self.line.0.clone();
            // Which request it answers goes before the packet, for our own count.
            let framed = [&place.to_be_bytes(), reply.as_slice()].concat();
            later(after, move || drop(back.send(framed)));
        }
        Box::pin(std::future::ready(Ok(())))
    }

    fn receive<'a>(&'a self, into: &'a mut [u8]) -> BoxFuture<'a, io::Result<usize>> {
        Box::pin(async move {
            let mut framed = vec![0; into.len() + 4];
            let length = take(&self.line, &mut framed).await?;
            let (place, packet) = framed[..length].split_at(4.min(length));
            into[..packet.len()].copy_from_slice(packet);
            let place = place.first_chunk().map_or(0, |four| u32::from_be_bytes(*four));
            let mut tally = self.tally();
            let sent = usize::try_from(place).ok().and_then(|place| tally.sent.get(place)).copied();
            let took = sent.map(|sent| self.outside.watch.now() - sent);
            tally.took.extend(took);
            Ok(packet.len())
        })
    }

    fn with_ip_header(&self) -> bool {
        false
    }
}

impl Drop for Echoes {
    fn drop(&mut self) {
        let tally = std::mem::take(&mut *self.tally());
        let Some(at) = tally.sent.first().copied() else { return };
        if self.outside.disk.is_dead() {
            return;
        }
        let sent = u32::try_from(tally.sent.len()).unwrap_or(u32::MAX);
        let what = What::Echo { address: self.address, sent, took: tally.took };
        self.outside.note(Seen { at, until: self.outside.watch.now(), what });
    }
}

impl Outside {
    /// How long the echo of this host takes; nothing when it is lost.
    fn echo(&self, address: IpAddr) -> Option<Duration> {
        let (faults, nth) = {
            let mut state = self.lock();
            state.echoes += 1;
            let on = |fault: &&Active| {
                let host = fault.word("host").map(|host| host.parse::<IpAddr>());
                fault.kind == "ping.answer"
                    && host.is_none_or(|host| host.is_ok_and(|host| host == address))
            };
            let faults: Vec<_> = state.network.iter().rev().filter(on).cloned().collect();
            (faults, state.echoes)
        };
        let Some(fault) = faults.into_iter().find(|fault| fault.chance.strikes()) else {
            return Some(Duration::from_millis(ECHO.unsigned_abs()));
        };
        let loss = fault.number("loss").unwrap_or(0);
        let gate = Gate { p: Some(loss as f64 / 100.0), ..Gate::default() };
        let id = fault.word("id").unwrap_or("echo").to_owned() + ".loss";
        let lost = loss > 0 && gate.injects(self.seed, &id, nth, 0);
        let ms = fault.number("ms").unwrap_or(ECHO.unsigned_abs());
        (!lost).then(|| Duration::from_millis(ms))
    }
}

/// The answer to an echo request: the same with another type. Nobody here looks at checksums, as on
/// a datagram socket.
fn reply(request: &[u8]) -> Option<Vec<u8>> {
    let kind = match request.first()? {
        8 => 0,
        128 => 129,
        _ => return None,
    };
    let mut reply = request.to_vec();
    *reply.first_mut()? = kind;
    Some(reply)
}

/// Does something after a while; at once when there is none.
fn later(after: Duration, act: impl FnOnce() + Send + 'static) {
    if after.is_zero() {
        return act();
    }
    tokio::spawn(async move {
        sleep(after).await;
        act();
    });
}
