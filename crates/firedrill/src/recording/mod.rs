//! Recordings: the journal of a real checker becomes a scenario that makes the same troubles on the
//! mock app and wants the same alerts. Reads the journal and the configuration; writes nothing.
//! No address, secret or text of the real world gets into what it makes.

mod alerts;
mod beat;
mod card;
mod cycles;
mod guess;
mod jobs;
mod journal;
mod losses;
mod plan;
mod seat;
mod symptom;
#[cfg(test)]
mod tests;
mod text;
mod window;

use std::path::Path;

use engine::{
    Config, Status, Timestamp,
    config::{Source, parse},
};
use regex::Regex;

use self::{
    card::Card,
    cycles::{Cycles, Trouble},
    journal::Journal,
    plan::{Material, Plan},
    window::{Frame, Window},
};

/// What is recorded.
#[derive(Debug)]
pub(crate) struct Wish<'a> {
    /// The journal.
    pub(crate) from: &'a Path,
    /// The configuration of that checker, if it is at hand.
    pub(crate) checks: Option<&'a Path>,
    /// Which part: `A..B`.
    pub(crate) window: &'a str,
    /// The name of the scenario; made from the date when absent.
    pub(crate) name: Option<&'a str>,
}

/// A recording.
#[derive(Debug)]
pub(crate) struct Recorded {
    /// The name of the scenario.
    pub(crate) name: String,
    /// The scenario.
    pub(crate) scenario: String,
    /// The file name of the configuration beside it.
    pub(crate) checks_file: String,
    /// The configuration.
    pub(crate) checks: String,
    /// What is not as it was, and what could not be read: a sentence each.
    pub(crate) notes: Vec<String>,
    /// What is in it, in a sentence.
    pub(crate) summary: String,
}

/// Makes a recording.
///
/// # Errors
/// Says what cannot be read, or that the window is empty and which troubles the journal has.
pub(crate) fn record(wish: &Wish<'_>) -> Result<Recorded, String> {
    let mut journal = Journal::open(wish.from)?;
    let frame = frame(&journal);
    let window = Window::parse(wish.window, &frame)?;
    journal.reach_back(wish.from, window.from)?;
    let cycles = cycles::of(&journal.events);
    let all: Vec<Trouble> =
        cycles.iter().flat_map(|(name, of)| cycles::troubles(name, of)).collect();
    let (wide, troubles) = cycles::within(&cycles, &all, window);
    let wide = Window { from: wide.from.max(journal.first().unwrap_or(wide.from)), ..wide };
    if troubles.is_empty() {
        return Err(nothing(&all, &cycles, wish.window, &frame));
    }
    let (cards, hidden) = cards(wish.checks, &journal, &cycles, wide.to)?;
    let shown = |name: &str| cards.iter().any(|card| card.name == name);
    let lost: Vec<_> = troubles.iter().filter(|trouble| !shown(&trouble.check)).collect();
    if lost.len() == troubles.len() {
        return Err(foreign(&lost));
    }
    let mut notes = unread(&journal);
    notes.extend(lost.iter().map(|trouble| {
        format!("{} is not in the configuration: its troubles are left out", trouble.check)
    }));
    let plan = Plan::of(Material { events: &journal.events, cycles: &cycles, cards, troubles });
    if hidden > 0 {
        notes.push(format!("{hidden} checks have new names, since theirs look like addresses"));
    }
    notes.extend(plan.notes.iter().cloned());
    Ok(written(wish, &plan, wide, notes))
}

fn written(wish: &Wish<'_>, plan: &Plan, wide: Window, notes: Vec<String>) -> Recorded {
    let minute = wide.from.to_jiff().strftime("%Y-%m-%d-%H%M").to_string();
    let name = wish.name.map_or_else(|| format!("recorded-{minute}"), str::to_owned);
    let checks_file = format!("{name}-checks.yaml");
    let when = format!(
        "{} to {} UTC",
        wide.from.to_jiff().strftime("%Y-%m-%d %H:%M"),
        wide.to.to_jiff().strftime("%Y-%m-%d %H:%M")
    );
    let summary = format!(
        "{} checks, {} faults, {} alerts",
        plan.checks.len(),
        plan.faults.len(),
        plan.alerts.len()
    );
    Recorded {
        scenario: text::scenario(plan, &name, &checks_file, &when),
        checks: text::checks(plan),
        name,
        checks_file,
        notes,
        summary,
    }
}

fn frame(journal: &Journal) -> Frame {
    Frame {
        first: journal.first().unwrap_or_default(),
        last: journal.last().unwrap_or_default(),
        zone: journal.zone(),
    }
}

/// What of the journal could not be read.
fn unread(journal: &Journal) -> Vec<String> {
    let first = journal.first_broken.as_deref().unwrap_or_default();
    let text = format!(
        "{} of {} lines of the journal do not parse and are left out; the first is {first}",
        journal.broken, journal.lines
    );
    if journal.broken > 0 { vec![text] } else { Vec::new() }
}

/// An empty window, with what there is instead.
fn nothing(all: &[Trouble], cycles: &Cycles, asked: &str, frame: &Frame) -> String {
    let mut text = format!("--window {asked}: nothing went wrong in it");
    let near = |at: Timestamp| at.in_zone(&frame.zone);
    if all.is_empty() {
        return format!(
            "{text}, nor in the whole journal, from {} to {}",
            near(frame.first),
            near(frame.last)
        );
    }
    text.push_str("; the journal has these troubles:");
    for trouble in all.iter().rev().take(20).rev() {
        let (first, last) = cycles::seen(cycles, trouble);
        let status = if trouble.status == Status::Fail { "FAIL" } else { "WARN" };
        text.push_str(&format!(
            "\n  {status} {} from {} to {}: --window {first}..{last}",
            trouble.check,
            near(first),
            near(last)
        ));
    }
    if all.len() > 20 {
        text.push_str(&format!("\n  and {} earlier ones", all.len() - 20));
    }
    text
}

fn foreign(lost: &[&Trouble]) -> String {
    let mut names: Vec<_> = lost.iter().map(|trouble| trouble.check.as_str()).collect();
    names.dedup();
    format!(
        "--checks: the configuration has none of the checks that were in trouble: {}; leave \
         --checks out, or name the configuration of that checker",
        names.join(", ")
    )
}

/// The checks, and how many of them got new names.
fn cards(
    path: Option<&Path>,
    journal: &Journal,
    cycles: &Cycles,
    until: Timestamp,
) -> Result<(Vec<Card>, usize), String> {
    let mut cards = match path {
        Some(path) => {
            let mut cards = card::of_config(&config(path)?, until);
            let types = |name: &str| Some(cycles.get(name)?.last()?.done.type_word.clone());
            for card in &mut cards {
                card.type_word = types(&card.name).unwrap_or_else(|| card.type_word.clone());
            }
            cards
        }
        None => guessed(journal, cycles, until),
    };
    cards.retain(|card| cycles.contains_key(&card.name));
    let hidden = card::christen(&mut cards);
    Ok((cards, hidden))
}

/// Cards of the checks that the journal tells of.
fn guessed(journal: &Journal, cycles: &Cycles, until: Timestamp) -> Vec<Card> {
    let known = journal.cards(until);
    let unlisted = cycles.iter().filter_map(|(name, of)| {
        let listed = known.iter().any(|card| card.name.as_str() == name);
        let last = of.last().filter(|_| !listed && known.is_empty())?;
        Some(engine::event::CheckCard {
            name: last.done.name.clone(),
            type_word: last.done.type_word.clone(),
            display_name: None,
            severity: last.done.severity,
            interval_ms: guess::interval(of),
        })
    });
    let all = known.iter().cloned().chain(unlisted);
    let card = |card: engine::event::CheckCard| {
        let none = Vec::new();
        let of = cycles.get(card.name.as_str()).unwrap_or(&none);
        Card::guessed(&card, of, &journal.events)
    };
    let mut cards: Vec<Card> = all.map(card).collect();
    // Who never failed is taken to be as patient as the others.
    let retries = cards.iter().map(|card| card.retries).max().unwrap_or(0);
    let failed = |card: &Card| {
        let of = cycles.get(&card.name).into_iter().flatten();
        of.into_iter().any(|cycle| cycle.done.status == Status::Fail)
    };
    cards.iter_mut().filter(|card| !failed(card)).for_each(|card| card.retries = retries);
    cards
}

/// Reads a configuration whose variables are not known: what they hold is of no interest.
fn config(path: &Path) -> Result<Config, String> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{file}: {error}"))?;
    let variable = r#"((?:url|api)["']?\s*:\s*["']?)?\{[A-Z][A-Z0-9_]*\}(/?)"#;
    let variable = Regex::new(variable).map_err(|error| error.to_string())?;
    let filled = variable.replace_all(&text, |found: &regex::Captures<'_>| {
        let key = found.get(1).map_or("", |key| key.as_str());
        match &found[2] {
            slash if !key.is_empty() || !slash.is_empty() => {
                format!("{key}http://stand-in.invalid{slash}")
            }
            _ => "stand-in".to_owned(),
        }
    });
    let none = |_: &str| None;
    let parsed = parse(Source { file: &file, text: &filled }, &none);
    parsed.map(|parsed| parsed.config).map_err(|errors| errors.to_string())
}
