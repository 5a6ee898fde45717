//! The debrief: what happened, who did what, what it is worth and why. The same body as a page and
//! as one file that stands for itself. Made from the record alone; judges nothing.

mod chronicle;
mod minutes;
mod picture;
pub(super) mod serve;

pub(crate) use chronicle::{Entry, Kind, chronicle};
pub(crate) use minutes::{Minutes, Share, minutes};

use askama::Template;

use super::{Frame, assets};
pub(crate) use crate::report::html::drawn::PATTERNS;
use crate::{
    report::words::{cut, plural},
    scenario::Ms,
    train::{
        record::{Part, Record, Score, Worth},
        words::{self, clock, ending, length, length_or_never, points},
    },
};

/// What both forms of the debrief show.
#[derive(Debug)]
struct Body<'a> {
    record: &'a Record,
    wrong: String,
    ended: String,
    day: String,
    figures: Vec<Figure>,
    minutes: Minutes,
    bar: String,
    picture: String,
    chronicle: Vec<Entry>,
    asked: usize,
    sign: Option<(String, &'a str, &'a str)>,
    notes: Vec<String>,
}

/// A figure of the three columns: you, nobody there, the remedies alone.
#[derive(Debug)]
struct Figure {
    name: &'static str,
    about: &'static str,
    you: String,
    nobody: String,
    remedies: String,
}

impl<'a> Body<'a> {
    fn of(record: &'a Record) -> Self {
        let chronicle = chronicle(record);
        let minutes = minutes(record);
        let sign = record.earliest.as_ref();
        Self {
            record,
            wrong: words::wrong(record),
            ended: ending(&record.ending),
            day: record.began.to_jiff().strftime("%Y-%m-%d %H:%M UTC").to_string(),
            figures: figures(record),
            bar: picture::bar(&minutes),
            picture: picture::lanes(record, &chronicle),
            minutes,
            asked: asked(record),
            sign: sign.map(|sign| (clock(sign.at), sign.what.as_str(), sign.seen_at.as_str())),
            notes: notes(record),
            chronicle,
        }
    }

    fn points(&self, part: &Part) -> String {
        points(part)
    }

    fn clock(&self, at: &Ms) -> String {
        clock(*at)
    }

    fn length(&self, ms: &Ms) -> String {
        length(*ms)
    }
}

/// How many hints were given.
fn asked(record: &Record) -> usize {
    record.done.iter().filter(|done| done.deed == crate::train::desk::Deed::Hint).count()
}

fn figures(record: &Record) -> Vec<Figure> {
    let of = |name, about, text: fn(&Score) -> String| Figure {
        name,
        about,
        you: text(&record.score),
        nobody: text(&record.nobody),
        remedies: text(&record.remedies),
    };
    vec![
        of("Points", "of 100", |score| score.points.to_string()),
        of("Time to detect", "from the first failed request to the first deed", |score| {
            length_or_never(score.detect)
        }),
        of("Time to acknowledge", "from the first alert to its acknowledgement", |score| {
            length_or_never(score.acknowledge)
        }),
        of("Time to diagnose", "from the first failed request to the right cause", |score| {
            length_or_never(score.diagnose)
        }),
        of("Time to mitigate", "from the first failed request to the last one", |score| {
            length_or_never(score.mitigate)
        }),
        of("User pain", "minutes in which users got nothing, weighed by route", |score| {
            words::minutes(score.pain_minutes)
        }),
        of("Failed requests", "of simulated users", |score| {
            format!("{} of {}", score.failed, score.requests)
        }),
    ]
}

/// What should be known when the figures are read.
fn notes(record: &Record) -> Vec<String> {
    let times = match record.speed {
        1.0 => "Times are real.".to_owned(),
        speed => {
            format!("Times are the exercise’s own: it went {speed} times faster than real time.")
        }
    };
    let mut notes = vec![times];
    let of = |worth| record.operations.iter().filter(|used| used.worth == worth).count();
    if !record.operations.is_empty() {
        notes.push(format!(
            "Tools were used {}: {} helped, {} changed nothing, {} did harm.",
            plural(record.operations.len(), "time"),
            of(Worth::Helped),
            of(Worth::Needless),
            of(Worth::Harmful)
        ));
    }
    notes
}

/// The page with the others around it.
#[derive(Debug, Template)]
#[template(path = "debrief.html")]
struct DebriefPage<'a> {
    frame: Frame,
    body: Body<'a>,
    /// Where the skeleton of a post-mortem is.
    post_mortem: String,
}

/// One file that stands for itself.
#[derive(Debug, Template)]
#[template(path = "debrief_file.html")]
struct DebriefFile<'a> {
    title: String,
    style: String,
    body: Body<'a>,
}

fn title(record: &Record) -> String {
    format!("Debrief: {}, {}", cut(&record.title, 100), cut(&record.team, 60))
}

/// The debrief as one self-contained HTML file: it loads nothing and runs no script.
pub(crate) fn html(record: &Record) -> String {
    let file = DebriefFile { title: title(record), style: assets::sheet(), body: Body::of(record) };
    // A template over plain data fails only when memory is short.
    file.render().unwrap_or_else(|error| error.to_string())
}
