//! The history of a node as a list of entries, one per sample, as its file and its peers have it.
//! Bounded: where there are too many results, an entry stands for a longer time and tells the
//! worst of it. Pure.

use std::{collections::BTreeMap, time::Duration};

use engine::{Status, Timestamp};
use serde_json::{Value, json};
use store::read::Stretch;

use crate::cluster::{
    model::{Node, Service},
    range::Window,
    uptime::passes,
};

/// The most results that are listed.
const CELLS: u32 = 60_000;

/// The entries of a node in a window, and the time that each stands for.
pub(crate) fn of(node: &Node, window: Window) -> (Value, Duration) {
    let services = u32::try_from(node.services.len()).unwrap_or(u32::MAX).max(1);
    let most = (CELLS / services).max(1);
    let step = node.every.max(Duration::from_secs(1));
    if window.span() / most <= step {
        (Value::Array(fine(node, step)), step)
    } else {
        let step = window.span() / most;
        (Value::Array(coarse(node, window, most)), step)
    }
}

type Cells = BTreeMap<usize, Value>;

/// One entry for all results that belong to one sample: those that came within half a step.
fn fine(node: &Node, step: Duration) -> Vec<Value> {
    let mut all: Vec<(Timestamp, usize, &Stretch)> = Vec::new();
    for (index, service) in node.services.iter().enumerate() {
        let instants = |one| Stretch::instants(one).map(move |ts| (ts, index, one));
        all.extend(service.found.iter().flat_map(instants));
    }
    all.sort_by_key(|(ts, index, _)| (*ts, *index));
    let mut entries = Vec::new();
    let mut open: Option<(Timestamp, Cells)> = None;
    for (ts, index, one) in all {
        let belongs = |(begun, cells): &(Timestamp, Cells)| {
            ts.since(*begun) * 2 < step && !cells.contains_key(&index)
        };
        if !open.as_ref().is_some_and(belongs) {
            entries.extend(open.take().map(entry));
        }
        let (_, cells) = open.get_or_insert_with(|| (ts, Cells::new()));
        cells.insert(index, cell(&node.services[index], one));
    }
    entries.extend(open.map(entry));
    entries
}

/// One entry for each part of the window.
fn coarse(node: &Node, window: Window, parts: u32) -> Vec<Value> {
    let mut rest: Vec<&[Stretch]> =
        node.services.iter().map(|service| &service.found[..]).collect();
    let mut entries = Vec::new();
    for n in 0..parts {
        let part = window.part(n, parts);
        let mut cells = Cells::new();
        for (index, found) in rest.iter_mut().enumerate() {
            let gone = found.iter().take_while(|one| one.last < part.from).count();
            *found = &found[gone..];
            if let Some(one) = worst(found, part) {
                cells.insert(index, cell(&node.services[index], one));
            }
        }
        if !cells.is_empty() {
            entries.push(entry((part.from, cells)));
        }
    }
    entries
}

fn worst(found: &[Stretch], part: Window) -> Option<&Stretch> {
    let reaching = found.iter().take_while(|one| one.first < part.until);
    let inside = reaching.filter(|one| (*one).clone().within(part.from, part.until).is_some());
    inside.max_by_key(|one| match one.status {
        Status::Ok | Status::Pending => 0,
        Status::Warn => 1,
        Status::Unknown => 2,
        Status::Fail => 3,
    })
}

fn entry((ts, cells): (Timestamp, Cells)) -> Value {
    json!({"timestamp": ts, "checks": cells.into_values().collect::<Vec<_>>()})
}

fn cell(service: &Service, one: &Stretch) -> Value {
    let ok = passes(one.status, service.strict);
    let state = one.state.as_deref().map(str::to_owned);
    let state = state.unwrap_or_else(|| one.status.word().to_ascii_lowercase());
    let mut cell = json!({"id": service.id, "name": service.name, "ok": ok, "state": state});
    if !ok {
        cell["error"] = json!(one.reason.as_deref().unwrap_or(&state));
    }
    cell
}
