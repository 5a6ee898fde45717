//! From what a run left behind to the rows of a record: how faults acted, what the checks said, what
//! users felt, what arrived. The same for a live run and a simulated one. Judges nothing.

use std::collections::BTreeMap;

use engine::{Event, EventKind, Status, event::CheckDone};

use super::{
    desk::Mail,
    facts::{EVERY, Reading, Request},
    record::{Lane, Span},
};
use crate::{
    played::{FaultSpan, Receipt},
    scenario::Ms,
};

/// A fault that does nothing.
const NOOP: &str = "noop";

/// How each fault acted; one that was still there at the end lasted until then.
pub(crate) fn faults(spans: &[FaultSpan], ended: Ms) -> Vec<Span> {
    let real = spans.iter().filter(|span| span.kind != NOOP && span.start <= ended);
    let span = |span: &FaultSpan| Span {
        from: span.start,
        to: span.end.unwrap_or(ended).min(ended),
        what: span.kind.clone(),
        why: span.on.clone(),
    };
    real.map(span).collect()
}

/// Every result of every check, in the order of time, of a checker that went so many times faster.
/// `looks` are those that found a check OK as before, where they were counted only.
pub(crate) fn results(journal: &[(Ms, Event)], looks: &[(Ms, String)], speed: f64) -> Vec<Reading> {
    let told = journal.iter().filter_map(|(at, event)| Some(reading(*at, done(event)?, speed)));
    let looked = looks.iter().map(|(at, check)| Reading {
        at: *at,
        check: check.clone(),
        word: Status::Ok.word(),
        latency: None,
        why: String::new(),
    });
    let mut all: Vec<_> = told.chain(looked).collect();
    all.sort_by(|a, b| (a.at, &a.check).cmp(&(b.at, &b.check)));
    all
}

fn done(event: &Event) -> Option<&CheckDone> {
    if let EventKind::Check(done) = &event.kind { Some(done) } else { None }
}

fn reading(at: Ms, done: &CheckDone, speed: f64) -> Reading {
    Reading {
        at,
        check: done.name.to_string(),
        word: done.status.word(),
        latency: done.latency_ms.map(|ms| (ms as f64 * speed).round() as Ms),
        why: done.details.reason.clone(),
    }
}

/// What each check said, in stretches; `retrying` says when its tile showed a retry under way.
pub(crate) fn checks(results: &[Reading], retrying: &[(String, Ms, Ms)], ended: Ms) -> Vec<Lane> {
    let mut marks: BTreeMap<&str, Vec<Mark<'_>>> = BTreeMap::new();
    for one in results {
        let mark = Mark { at: one.at, word: one.word, why: &one.why };
        marks.entry(&one.check).or_default().push(mark);
    }
    for (check, from, _) in retrying {
        let mark = Mark { at: *from, word: "RETRYING", why: "an attempt has failed" };
        marks.entry(check).or_default().push(mark);
    }
    marks.into_iter().map(|(name, marks)| lane(name, marks, ended)).collect()
}

struct Mark<'a> {
    at: Ms,
    word: &'a str,
    why: &'a str,
}

fn lane(name: &str, mut marks: Vec<Mark<'_>>, ended: Ms) -> Lane {
    marks.retain(|mark| mark.at <= ended);
    marks.sort_by_key(|mark| mark.at);
    let mut spans: Vec<Span> = Vec::new();
    for mark in marks {
        match spans.last_mut() {
            Some(last) if last.what == mark.word => {}
            last => {
                if let Some(last) = last {
                    last.to = mark.at;
                }
                let (what, why) = (mark.word.to_owned(), mark.why.to_owned());
                spans.push(Span { from: mark.at, to: ended, what, why });
            }
        }
    }
    Lane { name: name.to_owned(), spans }
}

/// What users felt, by route: stretches in which their requests failed or were slow. A request
/// stands for the time until the next one.
pub(crate) fn users(requests: &[Request], ended: Ms) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    for asked in requests {
        let index = lanes.iter().position(|lane| lane.name == asked.route).unwrap_or_else(|| {
            lanes.push(Lane { name: asked.route.clone(), spans: Vec::new() });
            lanes.len() - 1
        });
        let Some(word) = felt(asked) else { continue };
        let to = (asked.at + EVERY).min(ended).max(asked.at);
        match lanes[index].spans.last_mut() {
            // A turn may come a little late on a busy machine.
            Some(last) if last.what == word && last.to + EVERY / 2 >= asked.at => last.to = to,
            _ => {
                let (what, why) = (word.to_owned(), asked.why.clone());
                lanes[index].spans.push(Span { from: asked.at, to, what, why });
            }
        }
    }
    lanes
}

const fn felt(asked: &Request) -> Option<&'static str> {
    match (asked.good, asked.slow) {
        (false, _) => Some("failed"),
        (true, true) => Some("slow"),
        (true, false) => None,
    }
}

/// What arrived by mail, every notice once.
pub(crate) fn alerts(receipts: &[Receipt]) -> Vec<Mail> {
    let mut keys: Vec<&str> = Vec::new();
    let mut mails = Vec::new();
    for got in receipts.iter().filter(|got| got.channel.starts_with("email:")) {
        if !keys.contains(&got.key.as_str()) {
            keys.push(&got.key);
            mails.push(Mail {
                at: got.at,
                check: got.check.clone(),
                event: got.event.map(|event| event.word().to_owned()),
                subject: got.subject.clone(),
                body: got.body.clone(),
            });
        }
    }
    mails
}
