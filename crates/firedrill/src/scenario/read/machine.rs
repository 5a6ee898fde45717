//! The faults of the watched machine: their table, what goes together in one step, and whether what
//! a step names is there in the configuration under test.

use engine::config::context::{Node, did_you_mean};

use super::{
    Reading,
    mapping::Mapping,
    own::{Own, own},
    values,
    vocabulary::Kind,
};
use crate::{inventory::full_name, scenario::Realm};

/// A parameter: name, kind and words.
type Parameter = (&'static str, Kind, &'static str);

const fn fault(name: &'static str, about: &'static str, parameters: &'static [Parameter]) -> Own {
    own(name, Realm::Machine, about, parameters)
}

const UNIT: Parameter = ("unit?", Kind::Text, "which unit; absent: all of them");
const STICKY: Parameter = ("sticky?", Kind::Bool, "true: it survives a restart of the unit");
const fn kind(words: &'static [&'static str], doc: &'static str) -> Parameter {
    ("kind", Kind::Word(words), doc)
}

/// All of them.
pub(super) static MACHINE: &[Own] = &[
    fault(
        "unit",
        "A systemd unit is not active; a restart heals it.",
        &[
            UNIT,
            kind(
                &["failed", "inactive", "activating", "deactivating", "not_found"],
                "what `systemctl is-active` says; not_found: there is no such unit",
            ),
            STICKY,
        ],
    ),
    fault(
        "unit.restart",
        "A restart of a unit goes wrong.",
        &[
            UNIT,
            kind(
                &["fails", "refused", "hangs", "late"],
                "the job fails; nobody is allowed to; no end; it helps later than it says",
            ),
            ("by?", Kind::Length, "with late: how much later it helps"),
        ],
    ),
    fault(
        "systemctl",
        "systemctl cannot answer.",
        &[kind(
            &["missing", "no_permission", "not_booted", "hangs"],
            "no such program; it may not be run; no systemd behind it; no end",
        )],
    ),
    fault(
        "sudo",
        "sudo does not let the checker through.",
        &[kind(&["missing", "password"], "no such program; it wants a password")],
    ),
    fault(
        "journalctl",
        "The journal cannot be read.",
        &[kind(
            &["missing", "no_permission", "no_journal", "hangs"],
            "no such program; nothing is shown to the checker; there are no files; no end",
        )],
    ),
    fault(
        "log",
        "The heartbeats in a log are not what they should be; a restart of its unit heals it.",
        &[
            ("log?", Kind::Text, "whose log: the unit, or the path of the file; absent: all"),
            kind(
                &["silent", "clients", "garbage"],
                "no more lines; another number of clients; lines that are no heartbeats",
            ),
            ("clients?", Kind::Whole, "with clients: how many; absent: 0"),
            STICKY,
        ],
    ),
    fault(
        "process",
        "Processes are gone, or there are others; a restart of their unit heals it.",
        &[
            ("match?", Kind::Text, "a part of their command line; absent: all that are counted"),
            kind(&["gone", "count", "hidden"], "none; so many; the table cannot be read"),
            ("count?", Kind::Whole, "with count: how many"),
            STICKY,
        ],
    ),
    fault(
        "program",
        "A program of a check or of an action ends in another way.",
        &[
            ("program?", Kind::Text, "which: the first word of its argv; absent: all of them"),
            kind(
                &["exit", "signal", "hangs", "missing", "no_permission"],
                "with a code; killed; no end; no such program; it may not be run",
            ),
            ("code?", Kind::Whole, "with exit: the code; absent: 1. With signal: absent: 9"),
            ("output?", Kind::Text, "with exit: what it says"),
        ],
    ),
];

/// What goes with which kind: the fault, the parameter, the kinds, whether these need it.
const TOGETHER: [(&str, &str, &[&str], bool); 5] = [
    ("unit.restart", "by", &["late"], true),
    ("log", "clients", &["clients"], false),
    ("process", "count", &["count"], true),
    ("program", "code", &["exit", "signal"], false),
    ("program", "output", &["exit"], false),
];

/// The value of one parameter.
pub(super) fn check_parameter(node: &Node<'_>, kind: Kind) -> Option<()> {
    match (kind, node.key) {
        (Kind::Word(words), _) => values::word(node, words).map(drop),
        (Kind::Length, _) => values::length(node).map(drop),
        (Kind::Bool, _) => values::boolean(node).map(drop),
        (Kind::Whole, "code") => values::whole(node, 0, 255).map(drop),
        (Kind::Whole, _) => values::whole(node, 0, 1_000_000).map(drop),
        _ => values::text(node).map(drop),
    }
}

/// Parameters that need each other, or exclude each other.
pub(super) fn check_together(mapping: &Mapping<'_>, own: &Own) -> Option<()> {
    let kind = mapping.get("kind").and_then(|node| node.yaml.as_text());
    let Some(kind) = kind.filter(|_| own.realm == Realm::Machine) else { return Some(()) };
    let rules = TOGETHER.iter().filter(|(fault, ..)| *fault == own.name);
    let fine = rules.map(|(_, key, kinds, needed)| {
        let goes = kinds.contains(&kind);
        match mapping.get(key) {
            Some(node) if !goes => {
                let message = format!("`{key}` goes with kind {} only", kinds.join(" or "));
                let problem = mapping.at_key(key, message);
                node.refuse(problem.help(format!("remove it, or the kind is not {kind}")))
            }
            None if goes && *needed && !mapping.has_unknown => {
                let message = format!("`{key}` is missing: kind {kind} needs it");
                let named = |one: &&Parameter| one.0.trim_end_matches('?') == *key;
                let doc = own.parameters.iter().find(named).map_or("", |(_, _, doc)| doc);
                let problem = mapping.at_key("kind", message);
                mapping.node.refuse(problem.help(format!("`{key}`: {doc}")))
            }
            _ => Some(()),
        }
    });
    // All of them are told.
    fine.collect::<Vec<_>>().into_iter().collect()
}

/// What a step names must be there for it to break.
pub(super) fn check_target(mapping: &Mapping<'_>, reading: &Reading<'_>) -> Option<()> {
    let kind = mapping.get("fault").and_then(|node| node.yaml.as_text());
    let (key, what, known) = match kind.unwrap_or_default() {
        "unit" | "unit.restart" => ("unit", "unit", units(reading)),
        "log" => ("log", "log", logs(reading)),
        "process" => ("match", "process", lines(reading)),
        "program" => ("program", "program", programs(reading)),
        _ => return Some(()),
    };
    let Some(node) = mapping.get(key) else { return Some(()) };
    let Some(name) = node.yaml.as_text().filter(|name| !name.contains("${")) else {
        return Some(());
    };
    let is_there = match key {
        "match" => known.iter().any(|line| line.to_lowercase().contains(&name.to_lowercase())),
        "unit" | "log" => known.iter().any(|one| one == name || *one == full_name(name)),
        _ => known.iter().any(|one| one == name),
    };
    if is_there {
        return Some(());
    }
    let problem = node.problem(format!("no check or action looks at a {what} `{name}`"));
    let problem = match did_you_mean(name, known.iter().map(String::as_str)) {
        Some(hint) => problem.label(hint),
        None => problem,
    };
    node.refuse(match known.as_slice() {
        [] => problem.help(format!("the configuration under test names no {what}")),
        known => {
            problem.help(format!("those of the configuration under test: {}", known.join(", ")))
        }
    })
}

fn units(reading: &Reading<'_>) -> Vec<String> {
    reading.inventories.iter().flat_map(|one| one.units.iter().cloned()).collect()
}

fn logs(reading: &Reading<'_>) -> Vec<String> {
    reading.inventories.iter().flat_map(|one| &one.logs).map(|log| log.name()).collect()
}

fn lines(reading: &Reading<'_>) -> Vec<String> {
    let groups = reading.inventories.iter().flat_map(|one| &one.processes);
    groups.map(|group| group.command_line.clone()).collect()
}

fn programs(reading: &Reading<'_>) -> Vec<String> {
    let programs = reading.inventories.iter().flat_map(|one| &one.programs);
    programs.filter_map(|program| program.argv.first().cloned()).collect()
}
