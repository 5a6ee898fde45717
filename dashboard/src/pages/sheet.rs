//! One event as one row of the results table, in words. Pure.

use engine::{
    Event, EventKind, Status, Timestamp,
    event::{ActionDone, ActionResult, CheckDone, ConfigLoaded, Delivered, Notice},
};

use crate::{
    pages::clip,
    shown::Shown,
    zone::{Zone, latency},
};

/// The longest explanation in a row, in characters; the check's own page has the rest.
const TEXT: usize = 120;
/// The shortest to which explanations are cut when all of them are long.
const TIGHT: usize = 40;
/// What the rows of a page may weigh, and what one weighs without its name and explanation.
const ROWS_BYTES: usize = 29_000;
const ROW_BYTES: usize = 66;
/// The longest name in a row, in characters.
const NAME: usize = 40;

/// One event as one row.
#[derive(Debug, Default)]
pub(crate) struct Row {
    /// The date, on the first row of each day.
    pub(crate) day: Option<String>,
    pub(crate) class: &'static str,
    pub(crate) time: String,
    pub(crate) name: String,
    pub(crate) word: String,
    pub(crate) latency: String,
    pub(crate) attempts: String,
    pub(crate) text: String,
}

impl Row {
    /// The rows of a page, newest first, with a date over each day but today's when it comes first.
    pub(crate) fn all(events: &[Event], zone: &Zone, now: Timestamp) -> Vec<Self> {
        let mut shown_day = zone.day(now);
        let dated = |event: &Event| {
            let day = zone.day(event.ts);
            let fresh = (day != shown_day).then(|| day.clone());
            shown_day = day;
            Self { day: fresh, time: zone.time(event.ts), ..Self::of(&event.kind) }
        };
        let mut rows: Vec<Self> = events.iter().map(dated).collect();
        let limit = limit(&rows);
        for row in &mut rows {
            row.text = clip(&row.text, limit);
        }
        rows
    }

    fn of(kind: &EventKind) -> Self {
        match kind {
            EventKind::Check(done) => Self::check(done),
            EventKind::Notify(notice) => Self::notice(notice),
            EventKind::Delivery(done) => Self::delivery(done),
            EventKind::Action(done) => Self::action(done),
            EventKind::Config(loaded) => Self::config(loaded),
            EventKind::Start(started) => {
                Self::plain("", "start", &format!("Checker {} started", started.version))
            }
            EventKind::Stop(stopped) => {
                Self::plain("", "stop", &format!("Checker stopped: {}", stopped.reason))
            }
            EventKind::CheckRemoved(gone) => {
                Self::plain(gone.name.as_str(), "removed", "No longer in the configuration")
            }
            EventKind::Skip(skip) => Self::plain(skip.name.as_str(), "skip", &skip.reason),
        }
    }

    fn plain(name: &str, word: &str, text: &str) -> Self {
        Self {
            class: "e",
            name: clip(name, NAME),
            word: word.to_owned(),
            text: clip(text, TEXT),
            ..Self::default()
        }
    }

    fn check(done: &CheckDone) -> Self {
        let changed = done.prev != done.status && done.prev != Status::Pending;
        let word = if changed {
            format!("{} → {}", done.prev, done.status)
        } else {
            done.status.to_string()
        };
        Self {
            class: Shown::from_status(done.status).class(),
            word,
            latency: done.latency_ms.map(latency).unwrap_or_default(),
            attempts: if done.attempts > 1 { done.attempts.to_string() } else { String::new() },
            ..Self::plain(done.name.as_str(), "", &done.details.reason)
        }
    }

    fn notice(notice: &Notice) -> Self {
        let name = notice.name.as_ref().map_or("", |name| name.as_str());
        let to = if notice.channels.is_empty() {
            "nobody".to_owned()
        } else {
            notice.channels.join(", ")
        };
        Self::plain(name, "notice", &format!("{} to {to}", notice.subject))
    }

    fn delivery(done: &Delivered) -> Self {
        let name = done.name.as_ref().map_or("", |name| name.as_str());
        let Delivered { kind, channel, attempt, .. } = done;
        let error = done.error.as_deref().unwrap_or("no reason given");
        let text = match (done.ok, done.gave_up) {
            (true, _) => format!("{kind} accepted by {channel}"),
            (false, true) => format!("{kind} to {channel} given up at attempt {attempt}: {error}"),
            (false, false) => format!("{kind} to {channel}, attempt {attempt}: {error}"),
        };
        let class = if done.ok { "e" } else { Shown::Warn.class() };
        Self { class, ..Self::plain(name, if done.ok { "sent" } else { "not sent" }, &text) }
    }

    fn action(done: &ActionDone) -> Self {
        let reason = done.reason.as_deref().unwrap_or_default();
        let (class, text) = match (done.helped, done.result) {
            (Some(true), _) => ("e", format!("{} helped", done.action)),
            (Some(false), _) => (Shown::Warn.class(), format!("{} did not help", done.action)),
            (None, ActionResult::Started) => ("e", format!("{} starts", done.action)),
            (None, ActionResult::Ok) => ("e", format!("{} ran. {reason}", done.action)),
            (None, ActionResult::Failed) => {
                (Shown::Warn.class(), format!("{} FAILED: {reason}", done.action))
            }
            (None, ActionResult::Skipped) => {
                (Shown::Warn.class(), format!("{} SKIPPED {reason}", done.action))
            }
        };
        Self { class, ..Self::plain(done.name.as_str(), "action", text.trim_end()) }
    }

    fn config(loaded: &ConfigLoaded) -> Self {
        let ConfigLoaded { file, checks, .. } = loaded;
        if loaded.ok {
            return Self::plain("", "config", &format!("{file} loaded: {} checks", checks.len()));
        }
        let error = loaded.error.as_deref().unwrap_or("no reason given");
        let text = format!("{file} refused: {error}");
        Self { class: Shown::Warn.class(), ..Self::plain("", "config", &text) }
    }
}

/// How long explanations may be so that all rows together stay small.
fn limit(rows: &[Row]) -> usize {
    // A quote or an angle bracket is written with five bytes.
    let marks = |text: &str| text.matches(['"', '\'', '<', '>', '&']).count();
    let weight = |text: &str| text.len() + 4 * marks(text);
    let texts: usize = rows.iter().map(|row| weight(&row.text)).sum();
    let rest: usize = rows.iter().map(|row| ROW_BYTES + weight(&row.name)).sum();
    let room = ROWS_BYTES.saturating_sub(rest);
    if texts <= room { TEXT } else { (TEXT * room / texts).max(TIGHT) }
}
