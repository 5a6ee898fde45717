//! The logs of the modelled machine: a line every minute for each that has a heartbeat, by the clock
//! of the machine, in the journal or in a file.

use std::{collections::VecDeque, fmt::Write as _, time::Duration};

use engine::Timestamp;

use super::{
    answers::{self, Answer},
    faults::{Fault, Lines, Look, What},
    pattern::Form,
};
use crate::{
    inventory::{Log, full_name},
    scenario::Ms,
};

/// Between two heartbeats, in milliseconds.
pub(super) const PERIOD: Ms = 60_000;
/// The heartbeats come so long after a whole period, away from the turns of the checks.
pub(super) const OFFSET: Ms = 20_000;
/// The most that a program's output holds.
const CAP: usize = checker::command::OUTPUT_CAP;

/// A log with what was written into it.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) log: Log,
    pub(super) name: String,
    form: Form,
    lines: VecDeque<(Timestamp, String)>,
    room: usize,
}

impl Book {
    /// A log that has had its heartbeats so far.
    ///
    /// # Errors
    /// Says for which check no line can be made up.
    pub(super) fn kept_until(log: Log, now: Timestamp) -> Result<Self, String> {
        let form = Form::of(&log.pattern, &log.zone, now.to_jiff()).ok_or_else(|| {
            format!(
                "no heartbeat can be made up that the `pattern` of {} matches: its group `time` must \
                 take a time such as 2026-01-05 08:00:20, and `clients` a number",
                log.check
            )
        })?;
        let kept = log.lookback.as_millis() / u128::from(PERIOD.unsigned_abs()) + 2;
        let room = usize::try_from(kept).unwrap_or(usize::MAX);
        let name = log.name();
        let mut book = Self { log, name, form, lines: VecDeque::new(), room };
        let periods = i64::try_from(room).unwrap_or(0);
        for ago in (1..=periods).rev() {
            let at = Timestamp::from_millis(now.as_millis() - ago * PERIOD + OFFSET);
            book.beat(at, book.log.clients);
        }
        Ok(book)
    }

    /// Whether a fault on the log of this name is on this one.
    pub(super) fn is_called(&self, name: Option<&str>) -> bool {
        name.is_none_or(|name| self.name == name || self.name == full_name(name))
    }

    /// Writes what the log gets at an instant. Every line meets the faults.
    pub(super) fn write(&mut self, faults: &[Fault], now: Timestamp) {
        let met = |what: &What| match what {
            What::Log { log, is } if self.is_called(log.as_deref()) => Some(*is),
            _ => None,
        };
        match Look::of_the_checker().last(faults, met) {
            None => self.beat(now, self.log.clients),
            Some(Lines::Clients(clients)) => self.beat(now, clients),
            Some(Lines::Garbage) => self.push(now, "\u{fffd}\u{fffd}~ out of memory".to_owned()),
            Some(Lines::Silent) => {}
        }
    }

    fn beat(&mut self, at: Timestamp, clients: u64) {
        self.push(at, self.form.line(at.to_jiff(), clients));
    }

    fn push(&mut self, at: Timestamp, line: String) {
        if self.lines.len() == self.room {
            self.lines.pop_front();
        }
        self.lines.push_back((at, line));
    }

    /// The newest line; a heartbeat or not.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        self.lines.back().map(|(at, _)| *at)
    }

    /// The whole text, oldest line first, as a file holds it.
    pub(super) fn text(&self) -> String {
        self.lines.iter().map(|(_, line)| format!("{line}\n")).collect()
    }
}

/// What `journalctl -u UNIT --since … --reverse` shows.
pub(super) fn journal(books: &[Book], unit: &str, since: Duration, now: Timestamp) -> Answer {
    let mut lines: Vec<(Timestamp, &str)> = Vec::new();
    for book in books.iter().filter(|book| book.name == full_name(unit)) {
        let recent = book.lines.iter().filter(|(at, _)| now.since(*at) <= since);
        lines.extend(recent.map(|(at, line)| (*at, line.as_str())));
    }
    lines.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let program = unit.split('.').next().unwrap_or_default();
    let mut text = String::new();
    for (at, line) in lines {
        let stamp = at.to_jiff().strftime("%b %d %H:%M:%S").to_string();
        // A text takes whatever is written into it.
        let _ = writeln!(text, "{stamp} vm {program}[812]: {line}");
        if text.len() >= CAP {
            break;
        }
    }
    answers::journal(&text)
}
