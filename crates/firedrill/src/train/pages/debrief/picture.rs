//! The pictures of the debrief: swim lanes by the report's own hand, and the bar of the minutes.

use super::{
    chronicle::{Entry, Kind as Told, fails},
    minutes::Minutes,
};
use crate::{
    report::{
        html::{Depth, svg::svg},
        lanes::{Kind, Lane, Lanes, Look, Mark, Span},
        words::escaped,
    },
    scenario::Ms,
    train::{
        record::{Lane as Row, Record, Span as Stretch},
        words::{clock, worth},
    },
};

/// The swim lanes: faults, users, checks, alerts, the team, its tools.
pub(super) fn lanes(record: &Record, chronicle: &[Entry]) -> String {
    let mut lanes = faults(record);
    lanes.extend(record.users.iter().map(|row| users(row, record.ended)));
    lanes.extend(record.checks.iter().map(|row| checks(row, record.ended)));
    lanes.push(marks(Kind::Alerts, "alerts", chronicle, Told::Alert));
    lanes.push(marks(Kind::Deeds, "team", chronicle, Told::Deed));
    lanes.extend(tools(record));
    lanes.retain(|lane| !lane.spans.is_empty() || !lane.marks.is_empty());
    svg(&Lanes { from: 0, to: record.ended.max(1), lanes }, &record.title, Depth::Full)
}

fn faults(record: &Record) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    for fault in &record.faults {
        let span = span(fault, Look::Fault, record.ended);
        match lanes.iter_mut().find(|lane| lane.label == fault.what) {
            Some(lane) => lane.spans.push(span),
            None => lanes.push(lane(Kind::Fault, &fault.what, vec![span])),
        }
    }
    lanes
}

fn lane(kind: Kind, label: &str, spans: Vec<Span>) -> Lane {
    Lane { kind, label: label.to_owned(), spans, marks: Vec::new() }
}

fn span(of: &Stretch, look: Look, end: Ms) -> Span {
    let to = of.to.min(end);
    let why = if of.why.is_empty() { String::new() } else { format!(": {}", of.why) };
    let title = format!("{} {} to {}{why}", of.what, clock(of.from), clock(to));
    Span { from: of.from, to: Some(to), look, what: of.what.clone(), title }
}

/// What users felt: good wherever nothing else is known.
fn users(row: &Row, end: Ms) -> Lane {
    let mut spans = Vec::new();
    let mut known = 0;
    for stretch in &row.spans {
        spans.extend(good(known, stretch.from));
        let look = match stretch.what.to_ascii_lowercase().as_str() {
            "slow" => Look::Slow,
            "unsure" => Look::Unsure,
            _ if fails(stretch) => Look::Bad,
            _ => Look::Good,
        };
        spans.push(span(stretch, look, end));
        known = known.max(stretch.to);
    }
    spans.extend(good(known, end));
    lane(Kind::Users, &row.name, spans)
}

fn good(from: Ms, to: Ms) -> Option<Span> {
    let title = format!("good {} to {}", clock(from), clock(to));
    let what = "good".to_owned();
    (to > from).then_some(Span { from, to: Some(to), look: Look::Good, what, title })
}

fn checks(row: &Row, end: Ms) -> Lane {
    let spans = row.spans.iter().map(|stretch| {
        let look = match stretch.what.as_str() {
            "OK" => Look::Good,
            "WARN" => Look::Slow,
            "FAIL" => Look::Bad,
            "RETRYING" => Look::Retrying,
            "PENDING" => Look::Pending,
            _ => Look::Unsure,
        };
        span(stretch, look, end)
    });
    lane(Kind::State, &row.name, spans.collect())
}

fn marks(kind: Kind, label: &str, chronicle: &[Entry], told: Told) -> Lane {
    let marks = chronicle.iter().filter(|entry| entry.kind == told).map(|entry| {
        let by = if entry.by.is_empty() { String::new() } else { format!("{} ", entry.by) };
        let title = format!("{} {by}{}", entry.clock(), entry.what);
        Mark { at: entry.at, sign: entry.sign.clone(), title }
    });
    Lane { kind, label: label.to_owned(), spans: Vec::new(), marks: marks.collect() }
}

/// A lane for each tool that was used.
fn tools(record: &Record) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    for used in &record.operations {
        let (from, to) = (clock(used.from), clock(used.to));
        let span = Span {
            from: used.from,
            to: Some(used.to.min(record.ended)),
            look: Look::Fault,
            what: worth(used.worth).to_owned(),
            title: format!("{} by {} {from} to {to}: {}", used.label, used.by, worth(used.worth)),
        };
        match lanes.iter_mut().find(|lane| lane.label == used.tool) {
            Some(lane) => lane.spans.push(span),
            None => lanes.push(lane(Kind::Tools, &used.tool, vec![span])),
        }
    }
    lanes
}

/// How wide and how high the bar is.
const WIDE: Ms = 1_000;
const HIGH: i64 = 34;

/// The minutes as one bar; each share has its own pattern, and its letter where there is room.
pub(super) fn bar(minutes: &Minutes) -> String {
    if minutes.shares.is_empty() {
        return String::new();
    }
    let length = (minutes.to - minutes.from).max(1);
    let x = |at: Ms| (at - minutes.from) * WIDE / length;
    let part = |share: &super::Share| {
        let (left, width) = (x(share.from), (x(share.to) - x(share.from)).max(2));
        let (class, letter) = sign(share.name);
        let about = escaped(&format!("{} {}", share.name, share.length()));
        let word = if width < 24 { String::new() } else { plate(letter, left + width / 2) };
        format!(
            "<g><title>{about}</title><rect class=\"{class}\" x=\"{left}\" y=\"1\" width=\"{width}\" height=\"{}\"/>{word}</g>",
            HIGH - 2
        )
    };
    let parts: String = minutes.shares.iter().map(part).collect();
    let about = escaped(&minutes.told);
    format!(
        "<svg class=\"l bar\" viewBox=\"0 0 {WIDE} {HIGH}\" role=\"img\" aria-label=\"{about}\">{parts}</svg>"
    )
}

fn plate(letter: &str, middle: i64) -> String {
    format!(
        "<rect class=\"plate\" x=\"{}\" y=\"9\" width=\"18\" height=\"16\" rx=\"3\"/><text class=\"m\" x=\"{middle}\" y=\"21\">{letter}</text>",
        middle - 9
    )
}

/// The class and the letter of a share.
pub(super) fn sign(name: &str) -> (&'static str, &'static str) {
    match name {
        "undetected" => ("b", "D"),
        "unacknowledged" => ("u", "A"),
        "undiagnosed" => ("s", "C"),
        _ => ("f", "M"),
    }
}
