//! The faults of the modelled machine as its parts want them, and who looks: the checker, whose looks
//! count, or an independent user, whose looks change nothing.

use std::time::Duration;

use serde_json::{Map, Value};

use super::super::chance::Chance;
use crate::{inventory::full_name, scenario::duration};

/// An active fault.
#[derive(Clone, Debug)]
pub(in crate::world) struct Fault {
    pub(super) id: String,
    pub(super) chance: Chance,
    pub(super) what: What,
    /// Whether it survives a restart of its unit.
    pub(super) sticky: bool,
}

/// What is wrong. Absent names mean all.
#[derive(Clone, Debug)]
pub(super) enum What {
    Unit { unit: Option<String>, is: String },
    Restart { unit: Option<String>, goes: Goes },
    Systemctl(String),
    Sudo(String),
    Journalctl(String),
    Log { log: Option<String>, is: Lines },
    Process { part: Option<String>, is: Table },
    Program { program: Option<String>, ends: Ends },
}

/// How a restart goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goes {
    Fails,
    Refused,
    Hangs,
    Late(Duration),
}

/// What a log gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lines {
    Silent,
    Clients(u64),
    Garbage,
}

/// What the process table shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Count(u32),
    Hidden,
}

/// How a program ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    Exit(i32, String),
    Signal(i32),
    Hangs,
    Missing,
    NoPermission,
}

impl Fault {
    /// The fault of a step; the grammar has looked at it. Absent for kinds that are none of ours.
    pub(in crate::world) fn of(
        kind: &str,
        id: &str,
        step: &Map<String, Value>,
        chance: Chance,
    ) -> Option<Self> {
        let sticky = step.get("sticky").and_then(Value::as_bool).unwrap_or(false);
        Some(Self { id: id.to_owned(), chance, what: what(kind, &Words(step))?, sticky })
    }
}

/// The keys of a step.
struct Words<'a>(&'a Map<String, Value>);

impl Words<'_> {
    fn text(&self, key: &str) -> Option<String> {
        match self.0.get(key)? {
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    fn kind(&self) -> String {
        self.text("kind").unwrap_or_default()
    }

    fn number<T: TryFrom<u64>>(&self, key: &str) -> Option<T> {
        T::try_from(self.0.get(key)?.as_u64()?).ok()
    }
}

fn what(fault: &str, words: &Words<'_>) -> Option<What> {
    let unit = || words.text("unit").map(|unit| full_name(&unit));
    Some(match fault {
        "unit" => What::Unit { unit: unit(), is: words.kind() },
        "unit.restart" => What::Restart { unit: unit(), goes: goes(words) },
        "systemctl" => What::Systemctl(words.kind()),
        "sudo" => What::Sudo(words.kind()),
        "journalctl" => What::Journalctl(words.kind()),
        "log" => What::Log { log: words.text("log"), is: lines(words) },
        "process" => {
            let part = words.text("match").map(|part| part.to_lowercase());
            What::Process { part, is: table(words) }
        }
        "program" => What::Program { program: words.text("program"), ends: ends(words) },
        _ => return None,
    })
}

fn goes(words: &Words<'_>) -> Goes {
    match words.kind().as_str() {
        "refused" => Goes::Refused,
        "hangs" => Goes::Hangs,
        "late" => Goes::Late(words.text("by").and_then(|by| duration(&by)).unwrap_or_default()),
        _ => Goes::Fails,
    }
}

fn lines(words: &Words<'_>) -> Lines {
    match words.kind().as_str() {
        "clients" => Lines::Clients(words.number("clients").unwrap_or(0)),
        "garbage" => Lines::Garbage,
        _ => Lines::Silent,
    }
}

fn table(words: &Words<'_>) -> Table {
    match words.kind().as_str() {
        "hidden" => Table::Hidden,
        "count" => Table::Count(words.number("count").unwrap_or(0)),
        _ => Table::Count(0),
    }
}

fn ends(words: &Words<'_>) -> Ends {
    let code = words.number::<u8>("code").map(i32::from);
    match words.kind().as_str() {
        "signal" => Ends::Signal(code.unwrap_or(9)),
        "hangs" => Ends::Hangs,
        "missing" => Ends::Missing,
        "no_permission" => Ends::NoPermission,
        _ => Ends::Exit(code.unwrap_or(1), words.text("output").unwrap_or_default()),
    }
}

/// A look at the machine.
#[derive(Debug)]
pub(super) struct Look {
    /// Whether it is the checker's: then faults count it.
    counts: bool,
    /// Whether the next look might see something else, by a draw or a count.
    pub(super) unsure: bool,
}

impl Look {
    pub(super) const fn of_the_checker() -> Self {
        Self { counts: true, unsure: false }
    }

    pub(super) const fn of_a_user() -> Self {
        Self { counts: false, unsure: false }
    }

    /// Whether a fault that is met strikes.
    pub(super) fn meets(&mut self, chance: &Chance) -> bool {
        if self.counts {
            return chance.strikes();
        }
        let would = chance.would_strike();
        self.unsure |= would.is_none();
        would.unwrap_or(true)
    }

    /// The last fault that strikes among those that are met.
    pub(super) fn last<'f, T>(
        &mut self,
        faults: &'f [Fault],
        met: impl Fn(&'f What) -> Option<T>,
    ) -> Option<T> {
        let met = faults.iter().filter_map(|fault| Some((met(&fault.what)?, &fault.chance)));
        met.filter(|(_, chance)| self.meets(chance)).last().map(|(found, _)| found)
    }
}
