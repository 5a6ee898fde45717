//! Notices on their way: per channel a queue that keeps the order of each check, waits out a
//! channel that is down, and gives up after a day. Everything here is rebuilt from the board
//! after a restart; nothing here sends.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use crate::{
    config::CheckName,
    effect::{Delivery, DeliveryError},
    event::{ChannelName, Delivered, Notice},
    time::{Mono, Now},
};

/// For how long an undelivered notice is tried again.
pub const KEEP_TRYING: Duration = Duration::from_secs(24 * 3600);
/// From how much delay on a notice says that it is late.
pub const LATE_FROM: Duration = Duration::from_secs(60);
/// The first wait after a failed delivery; doubled up to a limit.
pub const FIRST_WAIT: Duration = Duration::from_secs(5);
/// The longest wait of a channel that is down.
pub const CHANNEL_WAIT_MAX: Duration = Duration::from_secs(60);
/// The longest wait of a notice that the receiver refuses.
pub const REFUSED_WAIT_MAX: Duration = Duration::from_secs(1800);
/// The longest wait that a receiver can ask for.
pub const ASKED_WAIT_MAX: Duration = Duration::from_secs(3600);
/// The most deliveries under way on one channel.
pub const IN_FLIGHT_MAX: usize = 8;

/// Notices on their way to every channel.
#[derive(Debug, Default)]
pub struct Outbox {
    queues: BTreeMap<ChannelName, Queue>,
    in_flight: BTreeMap<u64, (ChannelName, u64)>,
    last_delivery: u64,
}

#[derive(Debug, Default)]
struct Queue {
    items: VecDeque<Item>,
    retry_at: Option<Mono>,
    failures: u32,
}

#[derive(Debug)]
struct Item {
    notice: Arc<Notice>,
    raised: Mono,
    attempts: u32,
    refusals: u32,
    not_before: Option<Mono>,
    in_flight: bool,
}

impl Outbox {
    /// Puts a notice into a channel's queue, behind `attempts` earlier attempts.
    pub fn push(&mut self, channel: &str, notice: &Arc<Notice>, attempts: u32, now: Now) {
        let raised = now.mono_of(notice.raised_at).min(now.mono);
        let notice = Arc::clone(notice);
        let item =
            Item { notice, raised, attempts, refusals: 0, not_before: None, in_flight: false };
        self.queues.entry(channel.to_owned()).or_default().items.push_back(item);
    }

    /// The deliveries that may start now.
    pub fn start(&mut self, now: Mono) -> Vec<Delivery> {
        let mut started = Vec::new();
        for (channel, queue) in &mut self.queues {
            for item in queue.ready(now) {
                item.in_flight = true;
                item.attempts += 1;
                self.last_delivery += 1;
                let late = now.since(item.raised);
                self.in_flight.insert(self.last_delivery, (channel.clone(), item.notice.id));
                started.push(Delivery {
                    id: self.last_delivery,
                    notice: Arc::clone(&item.notice),
                    channel: channel.clone(),
                    attempt: item.attempts,
                    late: (late > LATE_FROM).then_some(late),
                });
            }
        }
        started
    }

    /// Takes the end of a delivery and tells what to record; nothing for an unknown one.
    pub fn finish(
        &mut self,
        delivery: u64,
        result: Result<(), DeliveryError>,
        now: Mono,
    ) -> Option<Delivered> {
        let (channel, notice) = self.in_flight.remove(&delivery)?;
        self.queues.get_mut(&channel)?.finish(&channel, notice, result, now)
    }

    /// Takes out what is too old or has no channel any more, and tells what to record.
    pub fn give_up(&mut self, now: Mono, known: &BTreeSet<ChannelName>) -> Vec<Delivered> {
        let mut gone = Vec::new();
        for (channel, queue) in &mut self.queues {
            let why = match known.contains(channel) {
                true => "not delivered within 24 h",
                false => "the channel is no longer configured",
            };
            let old = |item: &Item| now.since(item.raised) >= KEEP_TRYING;
            for item in queue.take_idle(|item| !known.contains(channel) || old(item)) {
                gone.push(item.given_up(channel, why));
            }
        }
        self.queues.retain(|_, queue| !queue.items.is_empty());
        gone
    }

    /// When something is to be done next, after everything for `now` has been done.
    #[must_use]
    pub fn next(&self, now: Mono) -> Option<Mono> {
        self.queues.values().filter_map(|queue| queue.next(now)).min()
    }

    /// Whether nothing is on its way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queues.values().all(|queue| queue.items.is_empty())
    }
}

impl Queue {
    /// What may be sent: in order for each check, unless the channel is waiting.
    fn ready(&mut self, now: Mono) -> Vec<&mut Item> {
        if self.retry_at.is_some_and(|at| at > now) {
            return Vec::new();
        }
        let most = if self.failures > 0 { 1 } else { IN_FLIGHT_MAX };
        let room = most.saturating_sub(self.items.iter().filter(|item| item.in_flight).count());
        let mut waiting: BTreeSet<Option<CheckName>> = BTreeSet::new();
        let mut ready = Vec::new();
        for item in &mut self.items {
            let first_of_check = waiting.insert(item.notice.name.clone());
            let free = !item.in_flight && item.not_before.is_none_or(|at| at <= now);
            if first_of_check && free && ready.len() < room {
                ready.push(item);
            }
        }
        ready
    }

    fn finish(
        &mut self,
        channel: &str,
        notice: u64,
        result: Result<(), DeliveryError>,
        now: Mono,
    ) -> Option<Delivered> {
        let at = self.items.iter().position(|item| item.notice.id == notice)?;
        let item = self.items.get_mut(at)?;
        item.in_flight = false;
        let done = item.ended(channel, result.as_ref().err());
        match result {
            Ok(()) => {
                self.items.remove(at);
                (self.failures, self.retry_at) = (0, None);
            }
            Err(error) if error.refused => {
                item.refusals += 1;
                item.not_before = Some(now + wait(item.refusals, REFUSED_WAIT_MAX));
            }
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                let asked = error.retry_after.unwrap_or_default().min(ASKED_WAIT_MAX);
                self.retry_at = Some(now + wait(self.failures, CHANNEL_WAIT_MAX).max(asked));
            }
        }
        Some(done)
    }

    fn take_idle(&mut self, gone: impl Fn(&Item) -> bool) -> Vec<Item> {
        let (out, kept): (VecDeque<_>, VecDeque<_>) =
            self.items.drain(..).partition(|item| !item.in_flight && gone(item));
        self.items = kept;
        out.into()
    }

    /// What is free now has been started already, so only instants to come matter.
    fn next(&self, now: Mono) -> Option<Mono> {
        let idle = self.items.iter().filter(|item| !item.in_flight);
        idle.flat_map(|item| [item.not_before, self.retry_at, Some(item.raised + KEEP_TRYING)])
            .flatten()
            .filter(|at| *at > now)
            .min()
    }
}

impl Item {
    fn ended(&self, channel: &str, error: Option<&DeliveryError>) -> Delivered {
        Delivered {
            id: self.notice.id,
            name: self.notice.name.clone(),
            kind: self.notice.kind,
            channel: channel.to_owned(),
            attempt: self.attempts,
            ok: error.is_none(),
            error: error.map(|error| error.message.clone()),
            gave_up: false,
        }
    }

    fn given_up(&self, channel: &str, why: &str) -> Delivered {
        let error = DeliveryError::failed(why.to_owned());
        Delivered { gave_up: true, ..self.ended(channel, Some(&error)) }
    }
}

/// 5 s, 10 s, 20 s … up to the limit.
fn wait(failures: u32, most: Duration) -> Duration {
    FIRST_WAIT.saturating_mul(1 << failures.saturating_sub(1).min(12)).min(most)
}
