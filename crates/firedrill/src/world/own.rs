//! The faults that are not the mock app's: of the clock, the mail, the disk, the resolver and the
//! checker itself. Each is begun and ended here; the parts that carry them are elsewhere.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use checker::mailer::MailFault;
use mockapp::Gate;
use serde_json::{Map, Value};
use store::disk::Failure;

use super::{World, net::DnsFault};
use crate::{
    played::FaultSpan,
    scenario::{FaultStep, Ms, Realm, duration},
};

/// How long a checker is down that has crashed, in milliseconds.
const CRASH_DOWN: Ms = 5_000;

/// The faults of a run that are not the mock app's, those that are over included.
#[derive(Default)]
pub(super) struct OwnFaults {
    all: Vec<OwnFault>,
}

struct OwnFault {
    id: String,
    kind: String,
    realm: Realm,
    step: Map<String, Value>,
    start: Ms,
    end: Option<Ms>,
    matched: Arc<AtomicU64>,
    injected: Arc<AtomicU64>,
    /// A count of the world's at the beginning: what is more since then is this fault's.
    before: u64,
    /// How wrong the wall clock was at the beginning, in milliseconds.
    wrong_before: i64,
}

impl OwnFaults {
    /// Begins a fault.
    pub(super) fn begin(&mut self, world: &World, id: &str, fault: &FaultStep) {
        let now = world.now();
        self.all.push(OwnFault {
            id: id.to_owned(),
            kind: fault.kind.clone(),
            realm: fault.realm,
            step: fault.step.clone(),
            start: now,
            end: None,
            matched: Arc::default(),
            injected: Arc::default(),
            before: count(world, fault.realm, &fault.kind),
            wrong_before: wrong(world),
        });
        if is_instant(&fault.kind) {
            let Some(done) = self.all.last_mut() else { return };
            done.end = Some(now);
            done.matched.store(1, Ordering::Relaxed);
            done.injected.store(1, Ordering::Relaxed);
            world.clock.step(millis(&done.step, "by"));
            return;
        }
        self.apply(world, fault.realm);
    }

    /// Ends a fault; nothing happens when there is none of this id, or no longer.
    pub(super) fn end(&mut self, world: &World, id: &str) {
        let now = world.now();
        let Some(over) = self.all.iter_mut().find(|one| one.id == id && one.end.is_none()) else {
            return;
        };
        over.end = Some(now);
        let counted = count(world, over.realm, &over.kind).saturating_sub(over.before);
        if matches!(over.realm, Realm::Disk | Realm::Dns) {
            over.matched.fetch_add(counted, Ordering::Relaxed);
            over.injected.fetch_add(counted, Ordering::Relaxed);
        }
        if over.realm == Realm::Clock {
            world.clock.run_fast(0);
            world.clock.step(over.wrong_before - wrong(world));
        }
        let realm = over.realm;
        self.apply(world, realm);
    }

    /// Ends all of them.
    pub(super) fn end_all(&mut self, world: &World) {
        let active: Vec<_> = self.active().map(|one| one.id.clone()).collect();
        active.iter().for_each(|id| self.end(world, id));
    }

    /// How the faults were, for the record. Those that still hold are counted up to now.
    pub(super) fn spans(&self, world: &World) -> Vec<FaultSpan> {
        let span = |one: &OwnFault| {
            let open = one.end.is_none() && matches!(one.realm, Realm::Disk | Realm::Dns);
            let more = if open { count(world, one.realm, &one.kind) - one.before } else { 0 };
            FaultSpan {
                id: one.id.clone(),
                kind: one.kind.clone(),
                on: String::new(),
                realm: one.realm,
                start: one.start,
                end: one.end,
                matched: one.matched.load(Ordering::Relaxed) + more,
                injected: one.injected.load(Ordering::Relaxed) + more,
            }
        };
        self.all.iter().map(span).collect()
    }

    /// Whether a fault of this id was begun here.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.all.iter().any(|one| one.id == id)
    }

    /// When a fault really ended.
    pub(super) fn ended(&self, id: &str) -> Option<Ms> {
        self.all.iter().find(|one| one.id == id)?.end
    }

    /// How many bytes of what was not synced a power failure leaves: torn writes.
    pub(super) fn torn_bytes(&self) -> usize {
        let torn = self.active().find(|one| one.kind == "disk.torn_write");
        let bytes = torn.map_or(0, |one| {
            one.matched.fetch_add(1, Ordering::Relaxed);
            one.injected.fetch_add(1, Ordering::Relaxed);
            number(&one.step, "bytes")
        });
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }

    /// The checker has died of `checker.crash`: the fault is over. Answers how long it stays down.
    pub(super) fn died(&mut self, world: &World) -> Ms {
        let (now, mut down) = (world.now(), CRASH_DOWN);
        for one in self.all.iter_mut().filter(|one| one.realm == Realm::Checker) {
            if one.end.is_none() {
                one.end = Some(now);
                one.matched.store(1, Ordering::Relaxed);
                one.injected.store(1, Ordering::Relaxed);
                down = one.step.get("down").map_or(CRASH_DOWN, |_| millis(&one.step, "down"));
            }
        }
        down
    }

    fn active(&self) -> impl Iterator<Item = &OwnFault> {
        self.all.iter().filter(|one| one.end.is_none())
    }

    /// Brings a part of the world into the state that its active faults want; the latest wins.
    fn apply(&self, world: &World, realm: Realm) {
        let last = self.active().filter(|one| one.realm == realm).last();
        match realm {
            Realm::Clock => {
                if let Some(fault) = last {
                    world.clock.run_fast(rate(fault));
                    fault.matched.store(1, Ordering::Relaxed);
                    fault.injected.store(1, Ordering::Relaxed);
                }
            }
            Realm::Mail => self.decide_mail(world),
            Realm::Disk => {
                let slow = last.filter(|one| one.kind == "disk.slow");
                world.disk.set_slow(slow.map_or(0, |one| number(&one.step, "ms")));
                world.memory.set_failure(last.and_then(disk_failure));
                world.disk.set_lying(last.is_some_and(|one| one.kind == "disk.fsync_lost"));
            }
            Realm::Dns => world.net.set_dns(last.map(dns_fault)),
            Realm::App | Realm::Checker => {}
        }
    }

    /// Every mail meets the active mail faults in the order in which they began.
    fn decide_mail(&self, world: &World) {
        let seed = world.scenario.seed;
        let active: Vec<_> = self.active().filter(|one| one.realm == Realm::Mail).collect();
        let faults: Vec<_> = active
            .into_iter()
            .map(|one| {
                let counters = (Arc::clone(&one.matched), Arc::clone(&one.injected));
                (one.id.clone(), gate(&one.step), mail_fault(one), counters)
            })
            .collect();
        world.mail.decide_by(move |_| {
            faults.iter().find_map(|(id, gate, fault, (matched, injected))| {
                let nth = matched.fetch_add(1, Ordering::Relaxed) + 1;
                let hit = gate.injects(seed, id, nth, injected.load(Ordering::Relaxed));
                injected.fetch_add(u64::from(hit), Ordering::Relaxed);
                hit.then_some(*fault)
            })
        });
    }
}

fn is_instant(kind: &str) -> bool {
    kind == "clock.step"
}

/// How wrong the wall clock is, in milliseconds.
fn wrong(world: &World) -> i64 {
    let right = world.scenario.start.as_millis() + world.now();
    world.clock.now().wall.as_millis() - right
}

fn rate(fault: &OwnFault) -> i64 {
    match fault.kind.as_str() {
        "clock.freeze" => -1_000_000,
        _ => fault.step.get("ppm").and_then(Value::as_i64).unwrap_or(0),
    }
}

fn count(world: &World, realm: Realm, kind: &str) -> u64 {
    match realm {
        Realm::Dns => world.net.dns_hits(),
        Realm::Disk if kind == "disk.slow" => world.disk.slow_hits(),
        Realm::Disk => world.memory.failures(),
        Realm::App | Realm::Clock | Realm::Mail | Realm::Checker => 0,
    }
}

fn disk_failure(fault: &OwnFault) -> Option<Failure> {
    match fault.kind.as_str() {
        "disk.full" => Some(Failure::Full),
        "disk.eio" => Some(Failure::Io),
        "disk.fsync_error" => Some(Failure::Sync),
        "disk.fsync_lost" => Some(Failure::LostSync),
        "disk.read_only" => Some(Failure::ReadOnly),
        "disk.bit_flip" => Some(Failure::BitFlip),
        "disk.short_read" => Some(Failure::ShortRead),
        _ => None,
    }
}

fn dns_fault(fault: &OwnFault) -> DnsFault {
    match fault.step.get("kind").and_then(Value::as_str) {
        Some("servfail") => DnsFault::Failed,
        Some("timeout") => DnsFault::Silent,
        Some("wrong_ip") => DnsFault::WrongAddress,
        Some("slow") => DnsFault::Slow(Duration::from_millis(number(&fault.step, "ms"))),
        _ => DnsFault::NotFound,
    }
}

fn mail_fault(fault: &OwnFault) -> MailFault {
    match fault.kind.as_str() {
        "mail.greylist" => MailFault::Greylist,
        "mail.reject" => MailFault::Reject,
        "mail.stall" => MailFault::Stall,
        "mail.lost_ack" => MailFault::LostAck,
        "mail.slow" => MailFault::Slow(Duration::from_millis(number(&fault.step, "ms"))),
        "mail.dup" => MailFault::Twice,
        _ => MailFault::Down,
    }
}

fn gate(step: &Map<String, Value>) -> Gate {
    let whole = |key: &str| step.get(key).and_then(Value::as_u64);
    Gate {
        p: step.get("p").and_then(Value::as_f64),
        times: whole("times"),
        skip: whole("skip"),
        every: whole("every"),
    }
}

fn number(step: &Map<String, Value>, key: &str) -> u64 {
    step.get(key).and_then(Value::as_u64).unwrap_or(0)
}

/// A signed duration such as `-1h`, in milliseconds; the grammar has looked at it.
fn millis(step: &Map<String, Value>, key: &str) -> i64 {
    let text = step.get(key).and_then(Value::as_str).unwrap_or_default();
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    sign * duration(text).map_or(0, engine::time::millis)
}
