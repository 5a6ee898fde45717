//! What surrounds the checker besides the mock app: a name server, hosts that answer echo requests, the
//! machine that the checker runs on with its container engine, and things that call in. Notes what
//! it was asked and what it said; judges nothing.

mod containers;
mod gauges;
mod names;
mod packets;
mod pusher;
mod truth;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use checker::transport::{PacketKind, Packets, Stream};
use engine::config::Config;
use serde_json::{Map, Value};
use tokio::sync::mpsc::UnboundedSender;

use super::{chance::Chance, disk::Watched, time::Stopwatch};
use crate::scenario::{Ms, Realm};
use names::Zone;

pub(crate) use self::pusher::Beat;
pub(super) use self::{
    gauges::{Gauges, Kernel},
    names::Fault as NameFault,
    pusher::{Pusher, Turn},
    truth::of as truth_of,
};

/// The name server of the checker's machine, an address for documentation.
pub(super) const RESOLVER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 53));

/// What a machine says that has no route.
const ENETUNREACH: i32 = 101;

/// A question that was not HTTP, and what came of it.
#[derive(Debug)]
pub(super) struct Seen {
    /// When it was asked.
    pub(super) at: Ms,
    /// When the answer was complete, or nobody waited for it any longer.
    pub(super) until: Ms,
    pub(super) what: What,
}

/// What was asked.
#[derive(Debug)]
pub(super) enum What {
    /// A name server: the message, and the answer if one came.
    Name { asked: Vec<u8>, got: Option<Vec<u8>> },
    /// A host: its address, the requests, and how long each answer took that came, in milliseconds.
    Echo { address: IpAddr, sent: u32, took: Vec<Ms> },
    /// The container engine: the state of the machine when it was asked.
    Machine { sight: Sight, steady: bool },
}

/// What can be seen of the machine at an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sight {
    /// Use of the processors, 0 to 100.
    pub(crate) cpu: u64,
    /// Use of the memory, 0 to 100.
    pub(crate) ram: u64,
    /// Use of the root file system, 0 to 100.
    pub(crate) disk: u64,
    /// Containers that run; absent when the engine does not say.
    pub(crate) running: Option<u64>,
}

/// A fault that holds.
#[derive(Clone, Debug)]
pub(super) struct Active {
    pub(super) kind: String,
    pub(super) step: Map<String, Value>,
    pub(super) chance: Chance,
}

impl Active {
    fn word(&self, key: &str) -> Option<&str> {
        self.step.get(key).and_then(Value::as_str)
    }

    fn number(&self, key: &str) -> Option<u64> {
        self.step.get(key).and_then(Value::as_u64)
    }

    /// Whether it is on something of this name: on everything when it names nothing.
    fn is_on(&self, key: &str, name: &str) -> bool {
        self.word(key).is_none_or(|wanted| wanted.eq_ignore_ascii_case(name))
    }
}

/// The surroundings of a world. Clones are the same.
#[derive(Clone, Debug)]
pub(super) struct Outside {
    state: Arc<Mutex<State>>,
    watch: Stopwatch,
    disk: Watched,
    notes: UnboundedSender<Seen>,
    seed: u64,
}

#[derive(Debug, Default)]
struct State {
    network: Vec<Active>,
    host: Vec<Active>,
    push: Vec<Active>,
    zone: Zone,
    /// How many containers there are when nothing is wrong.
    containers: u64,
    /// Who was told that the answer does not fit in a datagram.
    cut_short: Vec<SocketAddr>,
    /// What the processors have done so far.
    ticks: gauges::Ticks,
    /// When a fault of the machine last began or ended.
    changed: Ms,
    /// Numbers the echo requests.
    echoes: u64,
}

impl Outside {
    pub(super) fn new(
        watch: Stopwatch,
        disk: Watched,
        seed: u64,
        notes: UnboundedSender<Seen>,
    ) -> Self {
        Self { state: Arc::default(), watch, disk, notes, seed }
    }

    /// Learns what the checks of a configuration expect: that is how things are without a fault.
    pub(super) fn learn(&self, config: &Config) {
        let mut state = self.lock();
        state.zone = Zone::of(config);
        state.containers = containers::wanted(config);
    }

    /// Takes the faults of a realm that hold from now on.
    pub(super) fn set(&self, realm: Realm, faults: Vec<Active>) {
        let now = self.watch.now();
        let mut state = self.lock();
        match realm {
            Realm::Network => state.network = faults,
            Realm::Push => state.push = faults,
            _ => {
                let cpu = gauges::cpu(&state.host);
                state.ticks.run_until(now, cpu);
                state.changed = now;
                state.host = faults;
            }
        }
    }

    /// Whether the network of the checker's own is gone; counts nothing.
    pub(super) fn is_offline(&self) -> bool {
        self.lock().network.iter().any(|fault| fault.kind == OFFLINE)
    }

    /// The error of a machine without a route to an address, if that is what it is.
    pub(super) fn cut_off_from(&self, addr: Option<IpAddr>) -> Option<io::Error> {
        if addr.is_some_and(|addr| addr.is_loopback()) {
            return None;
        }
        let state = self.lock();
        let fault = state.network.iter().rfind(|fault| fault.kind == OFFLINE)?;
        fault.chance.strikes();
        Some(io::Error::from_raw_os_error(ENETUNREACH))
    }

    /// A way for single packets.
    pub(super) fn packets(
        &self,
        kind: PacketKind,
        addr: SocketAddr,
        resolver: Option<names::Fault>,
    ) -> io::Result<Box<dyn Packets>> {
        if let Some(error) = self.cut_off_from(Some(addr.ip())) {
            return Err(error);
        }
        Ok(match kind {
            PacketKind::Udp => Box::new(packets::Names::new(self.clone(), addr, resolver)),
            PacketKind::Echo => Box::new(packets::Echoes::new(self.clone(), addr.ip())),
        })
    }

    /// A connection to a name server, for whoever was told to come that way.
    pub(super) fn stream(&self, addr: SocketAddr) -> Option<Box<dyn Stream>> {
        let mut state = self.lock();
        let place = state.cut_short.iter().position(|known| *known == addr)?;
        state.cut_short.remove(place);
        drop(state);
        Some(packets::stream(self))
    }

    /// A connection to the container engine.
    pub(super) async fn engine(&self) -> io::Result<Box<dyn Stream>> {
        containers::connect(self).await
    }

    fn note(&self, seen: Seen) {
        // Nobody reads once the run is over.
        let _ = self.notes.send(seen);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The fault that takes the checker's own network away.
pub(super) const OFFLINE: &str = "checker.offline";
