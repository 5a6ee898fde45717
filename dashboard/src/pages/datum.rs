//! `/datum`: the heartbeats that are looked for in logs: the word, how old the newest is, how many
//! clients it told of, and when that was last checked.

use askama::Template;
use engine::{Timestamp, board::Entry};
use serde_json::Value;

use crate::{
    app::{Look, Seen},
    overview::{Caution, cautions},
    pages::{Frame, tile::Tile},
    refusal::Refusal,
    shown::{Colour, Shown},
};

/// The type of the checks that are shown.
const TYPE: &str = "log_heartbeat";

#[derive(Template)]
#[template(path = "datum.html", whitespace = "minimize")]
struct DatumPage {
    frame: Frame,
    cautions: Vec<Caution>,
    beats: Vec<Beat>,
}

/// What is known of one heartbeat.
#[derive(Debug)]
struct Beat {
    tile: Tile,
    age: String,
    at: Option<String>,
    clients: String,
}

pub(crate) fn render(look: &Look<'_>) -> Result<String, Refusal> {
    let checks = look.checks();
    let watched = checks.iter().filter(|seen| seen.entry.type_word == TYPE);
    let known: Vec<_> = watched.filter(|seen| seen.entry.last_checked_at.is_some()).collect();
    let worst = known.iter().map(|seen| seen.shown).min();
    let colour = worst.map_or(Colour::Grey, Shown::colour);
    let page = DatumPage {
        frame: Frame::new(look, "Heartbeats".to_owned(), "/datum", colour),
        cautions: cautions(look),
        beats: known.iter().map(|seen| Beat::of(look, seen)).collect(),
    };
    Ok(page.render()?)
}

impl Beat {
    fn of(look: &Look<'_>, seen: &Seen<'_>) -> Self {
        let fact = |name: &str| seen.entry.details.facts.get(name);
        Self {
            tile: Tile::of(look, seen, 0),
            age: age(seen.entry, look.now),
            at: fact("last_heartbeat").and_then(Value::as_str).map(|at| at.replace('T', " ")),
            clients: fact("clients")
                .and_then(Value::as_u64)
                .map_or_else(|| "not known".to_owned(), |clients| clients.to_string()),
        }
    }
}

/// How old the heartbeat is by now: what was found, and the time since.
fn age(entry: &Entry, now: Timestamp) -> String {
    let found = entry.details.facts.get("minutes_ago").and_then(Value::as_f64);
    let (Some(found), Some(checked)) = (found, entry.last_checked_at) else {
        return "none found".to_owned();
    };
    format!("{:.1} min ago", found + now.since(checked).as_secs_f64() / 60.0)
}
