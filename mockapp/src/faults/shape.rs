//! `shape:` how a fault's effect comes and goes while it is active.
//! Owns its parsing and its arithmetic; pure functions of instants, seed and id.

use super::fields::{Fields, Invalid, required, unknown, wrong};
use super::kind::draw_of;
use crate::clock::after;
use crate::draw::Draw;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use std::str::FromStr;
use std::time::Duration;

const KEY: &str = "shape";
const WORDS: [&str; 5] = ["const", "flap", "ramp", "burst", "cron"];
/// The shortest part of a flap and the shortest period of a burst.
const SHORTEST: Duration = Duration::from_millis(100);

/// How long each instant of a schedule in minutes holds, unless it is said.
const MINUTE: Duration = Duration::from_secs(60);

/// How the effect comes and goes.
#[derive(Debug, Clone, Default)]
pub(crate) enum Shape {
    /// Always there.
    #[default]
    Const,
    /// There for `down`, gone for `up`, and so on; each part longer or shorter by up to `jitter`.
    Flap { up: Duration, down: Duration, jitter: Duration },
    /// Grows evenly from nothing to everything over this time.
    Ramp(Duration),
    /// In each period the first so many matches.
    Burst { size: u64, every: Duration },
    /// There for `lasts` from each instant of the schedule on.
    Cron(Box<Timetable>),
}

/// A cron expression in its zone, and for how long it holds.
#[derive(Debug, Clone)]
pub(crate) struct Timetable {
    cron: croner::Cron,
    zone: TimeZone,
    lasts: Duration,
}

/// A part of a fault's life in which it acts or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Phase {
    /// Counts the parts, from 0.
    nth: u64,
    pub(crate) acts: bool,
    /// Since when it is so.
    pub(crate) since: Timestamp,
    /// When the next part begins; `None` when it stays so.
    pub(crate) until: Option<Timestamp>,
}

/// Whose draws a shape uses: the seed and the fault's id.
pub(crate) type Owner<'a> = (u64, &'a str);

impl Shape {
    pub(crate) fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let Some(value) = fields.take(KEY) else {
            return Ok(Self::Const);
        };
        match value {
            Value::String(word) if word == "const" => Ok(Self::Const),
            Value::String(word) if WORDS.contains(&word.as_str()) => {
                let text = format!("shape `{word}` needs its measures: {}", measures(&word));
                Err(Invalid::at(KEY, text))
            }
            Value::String(word) => Err(unknown(KEY, "shape", &word, &WORDS)),
            Value::Object(map) => read(Fields::new(map)).map_err(|error| error.inside(KEY)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                Err(wrong(KEY, "const, or {flap: …}, {ramp: …}, {burst: …}, {cron: …}", &value))
            }
        }
    }

    /// The part with which a fault begins.
    pub(crate) fn first(&self, at: Timestamp, owner: Owner<'_>) -> Phase {
        let always = Phase { nth: 0, acts: true, since: at, until: None };
        match self {
            Self::Const | Self::Ramp(_) | Self::Burst { .. } => always,
            Self::Flap { .. } => Phase { until: self.flap_end(0, at, owner), ..always },
            Self::Cron(table) => table.part(0, at),
        }
    }

    /// The part that begins where `phase` ends.
    pub(crate) fn next(&self, phase: Phase, owner: Owner<'_>) -> Phase {
        let (nth, Some(at)) = (phase.nth + 1, phase.until) else {
            return phase;
        };
        match self {
            Self::Const | Self::Ramp(_) | Self::Burst { .. } => Phase { until: None, ..phase },
            Self::Flap { .. } => {
                let until = self.flap_end(nth, at, owner);
                Phase { nth, acts: !phase.acts, since: at, until }
            }
            Self::Cron(table) => {
                let next = table.part(nth, at);
                let since = if next.acts && phase.acts { phase.since } else { at };
                Phase { since, ..next }
            }
        }
    }

    /// Parts with even numbers act.
    fn flap_end(&self, nth: u64, at: Timestamp, (seed, id): Owner<'_>) -> Option<Timestamp> {
        let Self::Flap { up, down, jitter } = self else {
            return None;
        };
        let base = if nth.is_multiple_of(2) { *down } else { *up };
        if jitter.is_zero() {
            return Some(after(at, base));
        }
        let swing = 2.0 * Draw::new(seed, id, nth).unit(draw_of::PHASE) - 1.0;
        let ms = base.as_millis() as f64 + swing * jitter.as_millis() as f64;
        Some(after(at, Duration::from_millis(ms.round() as u64)))
    }

    /// How much of the effect is there, 0 to 1, this long after the fault began.
    pub(crate) fn level(&self, age: Duration) -> f64 {
        match self {
            Self::Ramp(over) => (age.as_secs_f64() / over.as_secs_f64()).min(1.0),
            Self::Const | Self::Flap { .. } | Self::Burst { .. } | Self::Cron(_) => 1.0,
        }
    }

    /// Which period of a burst an instant lies in, and how many matches each may inject.
    pub(crate) fn burst(&self, age: Duration) -> Option<(u64, u64)> {
        match self {
            Self::Burst { size, every } => {
                Some((u64::try_from(age.as_millis() / every.as_millis()).ok()?, *size))
            }
            Self::Const | Self::Flap { .. } | Self::Ramp(_) | Self::Cron(_) => None,
        }
    }

    pub(crate) fn is_const(&self) -> bool {
        matches!(self, Self::Const)
    }

    /// Whether it decides match by match.
    pub(crate) fn counts_matches(&self) -> bool {
        matches!(self, Self::Ramp(_) | Self::Burst { .. })
    }
}

/// How a shape is written in full.
fn measures(word: &str) -> &'static str {
    match word {
        "flap" => "{flap: {up: 40s, down: 20s}}",
        "ramp" => "{ramp: 5m}",
        "burst" => "{burst: {size: 3, every: 1m}}",
        _ => "{cron: \"*/10 * * * *\", for: 2m}",
    }
}

fn read(mut fields: Fields) -> Result<Shape, Invalid> {
    fields.only(&["flap", "ramp", "burst", "cron", "for", "timezone"])?;
    let given = fields.keys().filter(|key| WORDS.contains(key)).collect::<Vec<_>>().join("` and `");
    let shape = match given.as_str() {
        "flap" => flap(required("flap", fields.object("flap")?)?),
        "ramp" => Ok(Shape::Ramp(required("ramp", fields.duration("ramp")?)?)),
        "burst" => burst(required("burst", fields.object("burst")?)?),
        "cron" => cron(&mut fields),
        "" => Err(Invalid::at(KEY, "`shape` needs one of flap, ramp, burst, cron")),
        both => Err(Invalid::at(KEY, format!("`shape` is one of `{both}`, not all of them"))),
    }?;
    match fields.keys().next() {
        None => Ok(shape),
        Some(key) => Err(Invalid::at(KEY, format!("`{key}` goes with cron only"))),
    }
}

fn flap(mut fields: Fields) -> Result<Shape, Invalid> {
    fields.only(&["up", "down", "jitter"])?;
    let up = part("up", required("up", fields.duration("up")?)?)?;
    let down = part("down", required("down", fields.duration("down")?)?)?;
    let jitter = fields.duration("jitter")?.unwrap_or_default();
    match jitter < up.min(down) {
        true => Ok(Shape::Flap { up, down, jitter }),
        false => Err(Invalid::at(KEY, "`jitter` must be shorter than `up` and `down`")),
    }
}

fn burst(mut fields: Fields) -> Result<Shape, Invalid> {
    fields.only(&["size", "every"])?;
    let size = required("size", fields.whole("size", 1..=1_000_000)?)?;
    let every = part("every", required("every", fields.duration("every")?)?)?;
    Ok(Shape::Burst { size, every })
}

fn part(key: &str, length: Duration) -> Result<Duration, Invalid> {
    match length >= SHORTEST {
        true => Ok(length),
        false => Err(Invalid::at(key, format!("`{key}` must be at least 100ms"))),
    }
}

fn cron(fields: &mut Fields) -> Result<Shape, Invalid> {
    let text = required("cron", fields.text("cron")?)?;
    let problem = |why: String| Invalid::at(KEY, format!("`cron` \"{text}\": {why}"));
    let cron = croner::Cron::from_str(&text).map_err(|error| problem(error.to_string()))?;
    let zone = match fields.text("timezone")? {
        None => TimeZone::UTC,
        Some(name) => TimeZone::get(&name).map_err(|_| {
            let text = format!("`timezone` \"{name}\" is unknown: write one such as Europe/Berlin");
            Invalid::at(KEY, text)
        })?,
    };
    let minutes = text.split_whitespace().count() == 5;
    let usual = minutes.then_some(MINUTE);
    let lasts = required("for", fields.duration("for")?.or(usual))?;
    let table = Timetable { cron, zone, lasts };
    match table.instant(Timestamp::UNIX_EPOCH, false) {
        Some(_) => Ok(Shape::Cron(Box::new(table))),
        None => Err(problem("it never falls due".to_owned())),
    }
}

impl Timetable {
    /// The next instant after `at`, or at it.
    fn instant(&self, at: Timestamp, inclusive: bool) -> Option<Timestamp> {
        let from = at.to_zoned(self.zone.clone());
        let next = self.cron.find_next_occurrence(&from, inclusive).ok()?.timestamp();
        // An inclusive search looks at whole seconds.
        if next < at { self.instant(at, false) } else { Some(next) }
    }

    /// The part that begins at `at`.
    fn part(&self, nth: u64, at: Timestamp) -> Phase {
        let due = self.instant(at, true);
        let acts = due == Some(at);
        let until = match acts {
            false => due,
            // The next instant may come while this one still holds.
            true => self.instant(at, false).into_iter().chain([after(at, self.lasts)]).min(),
        };
        Phase { nth, acts, since: at, until }
    }
}
