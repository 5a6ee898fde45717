//! The faults that are not the mock app's: of the clock, the mail, the disk, the resolver and the
//! checker itself. Each is begun and ended here; the parts that carry them are elsewhere.

use std::{sync::Arc, time::Duration};

use checker::mailer::MailFault;
use serde_json::{Map, Value};
use store::disk::Failure;
use tokio::sync::Notify;

use super::{
    World,
    chance::Chance,
    machine,
    net::DnsFault,
    outside::{Active, OFFLINE},
};
use crate::{
    played::FaultSpan,
    scenario::{FaultStep, Ms, Realm, duration},
};

/// How long a checker is down that has crashed, in milliseconds.
const CRASH_DOWN: Ms = 5_000;

/// How long a strobing clock stays at either time, in milliseconds.
const STROBE: Ms = 10_000;

/// The faults of a run that are not the mock app's, those that are over included.
#[derive(Default)]
pub(super) struct OwnFaults {
    all: Vec<OwnFault>,
    /// Told whenever the last strike of a fault with `times` is done.
    spent: Arc<Notify>,
}

struct OwnFault {
    id: String,
    kind: String,
    realm: Realm,
    step: Map<String, Value>,
    start: Ms,
    end: Option<Ms>,
    chance: Chance,
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
            chance: Chance::new(
                (id, &fault.step),
                world.scenario.seed,
                world.watch,
                Arc::clone(&self.spent),
            ),
            wrong_before: wrong(world),
        });
        if is_instant(&fault.kind) {
            let Some(done) = self.all.last_mut() else { return };
            done.end = Some(now);
            done.chance.struck_once();
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
        if over.realm == Realm::Clock {
            world.clock.run_fast(0);
            world.clock.step(over.wrong_before - wrong(world));
        }
        let realm = over.realm;
        self.apply(world, realm);
    }

    /// Lets a strobing clock jump; answers how long it then stays, unless the fault is over.
    pub(super) fn strobe(&self, world: &World, id: &str) -> Option<Ms> {
        let one = self.active().find(|one| one.id == id)?;
        let by = millis(&one.step, "by");
        let away = wrong(world) == one.wrong_before;
        world.clock.step(if away { by } else { one.wrong_before - wrong(world) });
        Some(one.step.get("period").map_or(STROBE, |_| millis(&one.step, "period")))
    }

    /// Ends all of them.
    pub(super) fn end_all(&mut self, world: &World) {
        let active: Vec<_> = self.active().map(|one| one.id.clone()).collect();
        active.iter().for_each(|id| self.end(world, id));
    }

    /// How the faults were, for the record.
    pub(super) fn spans(&self) -> Vec<FaultSpan> {
        let span = |one: &OwnFault| {
            let (matched, injected) = one.chance.counts();
            FaultSpan {
                id: one.id.clone(),
                kind: one.kind.clone(),
                on: String::new(),
                realm: one.realm,
                start: one.start,
                end: one.end,
                matched,
                injected,
            }
        };
        self.all.iter().map(span).collect()
    }

    /// Told whenever a fault may have used up its `times`.
    pub(super) fn spent(&self) -> Arc<Notify> {
        Arc::clone(&self.spent)
    }

    /// Ends the faults that have used up their `times`.
    pub(super) fn end_spent(&mut self, world: &World) {
        let over = |one: &&OwnFault| one.chance.spent_at().is_some();
        let spent = self.active().filter(over).map(|one| one.id.clone());
        let spent: Vec<_> = spent.chain(world.machine.take_healed()).collect();
        spent.iter().for_each(|id| self.end(world, id));
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
            one.chance.strikes();
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
                one.chance.struck_once();
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
                    fault.chance.struck_once();
                }
            }
            Realm::Mail => self.decide_mail(world),
            Realm::Disk => self.break_disk(world),
            Realm::Dns => world.net.set_dns(last.map(|one| (dns_fault(one), one.chance.clone()))),
            Realm::Machine => world.machine.set_faults(self.of_the_machine()),
            Realm::Network => {
                world.outside.set(realm, self.around(realm));
                self.decide_mail(world);
            }
            Realm::Host | Realm::Push => world.outside.set(realm, self.around(realm)),
            Realm::App | Realm::Checker => {}
        }
    }

    fn of_the_machine(&self) -> Vec<machine::Fault> {
        let active = self.active().filter(|one| one.realm == Realm::Machine);
        let fault =
            |one: &OwnFault| machine::Fault::of(&one.kind, &one.id, &one.step, one.chance.clone());
        active.filter_map(fault).collect()
    }

    /// The active faults of what surrounds the checker, in the order in which they began.
    fn around(&self, realm: Realm) -> Vec<Active> {
        let active = self.active().filter(|one| one.realm == realm);
        let own = |one: &OwnFault| Active {
            kind: one.kind.clone(),
            step: one.step.clone(),
            chance: one.chance.clone(),
        };
        active.map(own).collect()
    }

    /// A slow disk can be broken too: of either kind the latest wins.
    fn break_disk(&self, world: &World) {
        let active = || self.active().filter(|one| one.realm == Realm::Disk);
        let slow = active().filter(|one| one.kind == "disk.slow").last();
        world.disk.set_slow(slow.map(|one| (number(&one.step, "ms"), one.chance.clone())));
        match active().filter_map(|one| Some((disk_failure(one)?, one.chance.clone()))).last() {
            Some((failure, chance)) => {
                world.memory.set_failure_when(failure, move || chance.strikes());
            }
            None => world.memory.set_failure(None),
        }
    }

    /// Every mail meets the active mail faults in the order in which they began.
    fn decide_mail(&self, world: &World) {
        let stops = |one: &&OwnFault| one.realm == Realm::Mail || one.kind == OFFLINE;
        let active = self.active().filter(stops);
        let faults: Vec<_> = active.map(|one| (one.chance.clone(), mail_fault(one))).collect();
        world.mail.decide_by(move |_| {
            faults.iter().find_map(|(chance, fault)| chance.strikes().then_some(*fault))
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
    let code = fault.step.get("code").and_then(Value::as_u64);
    if let Some(code) = code.and_then(|code| u16::try_from(code).ok()) {
        return MailFault::Code(code);
    }
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
