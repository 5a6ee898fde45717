//! The alert ledger of a check: every notice with what became of it on each channel, and when each
//! channel was last proven to work. Built from journal events, newest first. Pure.

use std::collections::BTreeMap;

use engine::{
    Event, EventKind, Timestamp,
    board::Entry,
    event::{Delivered, Notice},
    time::humane,
};

use crate::{
    app::{Look, Seen},
    pages::clip,
    shown::Shown,
    zone::{Moment, ago},
};

/// The notices that are shown.
const NOTICES: usize = 12;
/// The longest error of a channel, in characters.
const ERROR: usize = 160;

/// A notice and what became of it.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) kind: &'static str,
    pub(crate) raised: Moment,
    pub(crate) subject: String,
    pub(crate) channels: Vec<Channel>,
}

/// What became of a notice on one channel.
#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) class: &'static str,
    pub(crate) channel: String,
    pub(crate) text: String,
}

/// The alerts of a check.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) notices: Vec<Told>,
    /// When each channel last accepted something, in words.
    pub(crate) proven: Vec<String>,
}

impl Ledger {
    pub(crate) fn of(look: &Look<'_>, seen: &Seen<'_>) -> Self {
        let events = look.ledger(seen.name.as_str());
        let deliveries: Vec<_> = events.iter().filter_map(delivery).collect();
        let notices = events.iter().filter_map(notice).take(NOTICES);
        let told = |notice: &Notice| Told {
            kind: notice.kind.word(),
            raised: look.zone.moment(notice.raised_at, look.now),
            subject: clip(&notice.subject, ERROR),
            channels: channels(notice, &deliveries, seen.entry),
        };
        Self { notices: notices.map(told).collect(), proven: proven(&deliveries, look.now) }
    }
}

const fn notice(event: &Event) -> Option<&Notice> {
    if let EventKind::Notify(notice) = &event.kind { Some(notice) } else { None }
}

const fn delivery(event: &Event) -> Option<(Timestamp, &Delivered)> {
    if let EventKind::Delivery(done) = &event.kind { Some((event.ts, done)) } else { None }
}

fn channels(
    notice: &Notice,
    deliveries: &[(Timestamp, &Delivered)],
    entry: &Entry,
) -> Vec<Channel> {
    let waits = |channel: &str| {
        let pending = entry.pending.iter().find(|pending| pending.notice.id == notice.id);
        pending.is_some_and(|pending| pending.waiting.contains_key(channel))
    };
    let last = |channel: &str| {
        let own =
            |(_, done): &&(Timestamp, &Delivered)| done.id == notice.id && done.channel == channel;
        deliveries.iter().find(own)
    };
    let outcome = |name: &String| {
        let (class, text) = outcome(notice, last(name), waits(name));
        Channel { class: class.class(), channel: name.clone(), text }
    };
    notice.channels.iter().map(outcome).collect()
}

fn outcome(
    notice: &Notice,
    last: Option<&(Timestamp, &Delivered)>,
    waits: bool,
) -> (Shown, String) {
    let Some((at, done)) = last else {
        let text = if waits { "not sent yet" } else { "no word of it in the journal" };
        return (Shown::Pending, text.to_owned());
    };
    let error = clip(done.error.as_deref().unwrap_or("no reason given"), ERROR);
    let attempt = done.attempt;
    if done.ok {
        let tries = if attempt > 1 { format!(" at attempt {attempt}") } else { String::new() };
        return (Shown::Ok, format!("accepted {} after it was raised{tries}", delay(notice, *at)));
    }
    if done.gave_up || !waits {
        return (Shown::Fail, format!("given up at attempt {attempt}: {error}"));
    }
    (Shown::Warn, format!("not accepted at attempt {attempt}, will be tried again: {error}"))
}

fn delay(notice: &Notice, accepted: Timestamp) -> String {
    humane(accepted.since(notice.raised_at))
}

fn proven(deliveries: &[(Timestamp, &Delivered)], now: Timestamp) -> Vec<String> {
    let mut last = BTreeMap::new();
    for (at, done) in deliveries.iter().filter(|(_, done)| done.ok) {
        last.entry(done.channel.as_str()).or_insert(*at);
    }
    let path = |(channel, at): (&str, Timestamp)| format!("{channel} last proven {}", ago(at, now));
    last.into_iter().map(path).collect()
}
