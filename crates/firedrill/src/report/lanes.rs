//! The timeline of a run as lanes: spans and marks, ready to be drawn in characters or in SVG.
//! Draws nothing.

use std::collections::BTreeMap;

use engine::{EventKind, Status};

use super::{list, words::plural};
use crate::{
    judge::text_of,
    played::{Played, Truth},
    scenario::Ms,
    verdict::Told,
};

/// What a lane tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A fault or a toggle.
    Fault,
    /// What an independent user got of a check.
    Truth,
    /// What the checker said of it.
    State,
    /// When the checker was down.
    Down,
    /// What receivers got.
    Alerts,
    /// What the checker did.
    Actions,
    /// Where findings are.
    Findings,
    /// What users of an exercise got.
    Users,
    /// What people on duty did.
    Deeds,
    /// What an operator's tool did.
    Tools,
}

/// What a span says. Later ones hide earlier ones where there is room for one only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Look {
    /// Not known yet.
    Pending,
    /// OK, or good.
    Good,
    /// An attempt has failed and more follow.
    Retrying,
    /// Worth a WARN.
    Slow,
    /// Unknown, or unsure.
    Unsure,
    /// FAIL, or an outage.
    Bad,
    /// A fault or a downtime.
    Fault,
}

/// Something that lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: Ms,
    /// Absent when it lasted beyond the end of the run.
    pub(crate) to: Option<Ms>,
    pub(crate) look: Look,
    /// What it is in a word.
    pub(crate) what: String,
    /// What it is, for people.
    pub(crate) title: String,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) at: Ms,
    /// What stands on the lane.
    pub(crate) sign: String,
    /// What it is, for people.
    pub(crate) title: String,
}

/// One line of the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lane {
    pub(crate) kind: Kind,
    pub(crate) label: String,
    pub(crate) spans: Vec<Span>,
    pub(crate) marks: Vec<Mark>,
}

/// The picture: what is shown of the run, and its lanes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lanes {
    pub(crate) from: Ms,
    pub(crate) to: Ms,
    pub(crate) lanes: Vec<Lane>,
}

/// How many alerts, and how many actions, have a sign of their own.
pub(super) const SIGNS: usize = 20;
/// How many lanes of a kind are shown.
const MOST: usize = 12;

/// The lanes of a case.
pub(super) fn lanes(told: &Told) -> Lanes {
    let played = &told.played;
    let mut lanes = faults(played);
    let (mut truth, mut states) = (truth(played), states(played));
    for name in names(&truth, &states) {
        lanes.extend(truth.remove(&name));
        lanes.extend(states.remove(&name));
    }
    lanes.extend([downs(played), alerts(played), actions(played), findings(told)]);
    lanes.retain(|lane| !lane.spans.is_empty() || !lane.marks.is_empty());
    let (from, to) = range(played.end.max(1), &lanes);
    Lanes { from, to, lanes }
}

fn names(truth: &BTreeMap<String, Lane>, states: &BTreeMap<String, Lane>) -> Vec<String> {
    let mut names: Vec<String> = truth.keys().chain(states.keys()).cloned().collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(MOST);
    names
}

/// What is shown: everything, or, when little happens in a long run, the part that tells.
fn range(end: Ms, lanes: &[Lane]) -> (Ms, Ms) {
    let quiet = |span: &&Span| !matches!(span.look, Look::Good | Look::Pending);
    let spans = lanes.iter().flat_map(|lane| &lane.spans).filter(quiet);
    let marks = lanes.iter().flat_map(|lane| &lane.marks).map(|mark| (mark.at, mark.at));
    let all: Vec<(Ms, Ms)> =
        spans.map(|span| (span.from, span.to.unwrap_or(end))).chain(marks).collect();
    let (Some(from), Some(to)) =
        (all.iter().map(|(from, _)| *from).min(), all.iter().map(|(_, to)| *to).max())
    else {
        return (0, end);
    };
    let pad = ((to - from) / 10).max(10_000);
    let whole = |at: Ms| at.div_euclid(10_000) * 10_000;
    let (from, to) = (whole(from - pad).max(0), whole(to + pad + 9_999).min(end));
    if to > from && (to - from) * 2 < end { (from, to) } else { (0, end) }
}

fn faults(played: &Played) -> Vec<Lane> {
    let lane = |fault: &crate::played::FaultSpan| {
        let on = if fault.on.is_empty() { String::new() } else { format!(" on {}", fault.on) };
        let until = fault.end.map_or_else(|| "the end".to_owned(), text_of);
        let (met, struck) = (fault.matched, fault.injected);
        let title = format!(
            "{} ({}{on}) {} to {until}, met {met} times, struck {struck} times",
            fault.id,
            fault.kind,
            text_of(fault.start)
        );
        let span = Span {
            from: fault.start,
            to: fault.end,
            look: Look::Fault,
            what: fault.kind.clone(),
            title,
        };
        Lane { kind: Kind::Fault, label: fault.id.clone(), spans: vec![span], marks: Vec::new() }
    };
    let mut lanes: Vec<Lane> = Vec::new();
    for lane in played.faults.iter().map(lane) {
        match lanes.iter_mut().find(|known| known.label == lane.label) {
            Some(known) => known.spans.extend(lane.spans),
            None => lanes.push(lane),
        }
    }
    if lanes.len() > MOST {
        let rest = lanes.split_off(MOST - 1);
        let label = format!("{} more", plural(rest.len(), "fault"));
        let spans = rest.into_iter().flat_map(|lane| lane.spans).collect();
        lanes.push(Lane { kind: Kind::Fault, label, spans, marks: Vec::new() });
    }
    lanes
}

fn truth(played: &Played) -> BTreeMap<String, Lane> {
    let told = played
        .truth
        .iter()
        .filter(|(_, samples)| samples.iter().any(|sample| sample.verdict != Truth::Good));
    let lane = |(name, samples): (&String, &Vec<crate::played::Sample>)| {
        let changes = samples.iter().map(|sample| {
            let look = look_of_truth(sample.verdict);
            (sample.at, look, sample.why.as_str())
        });
        (name.clone(), lane(Kind::Truth, name, changes, played.end))
    };
    told.map(lane).collect()
}

const fn look_of_truth(truth: Truth) -> Look {
    match truth {
        Truth::Good => Look::Good,
        Truth::Slow => Look::Slow,
        Truth::Bad => Look::Bad,
        Truth::Unsure | Truth::Blind => Look::Unsure,
    }
}

const fn look_of_status(status: Status) -> Look {
    match status {
        Status::Pending => Look::Pending,
        Status::Ok => Look::Good,
        Status::Warn => Look::Slow,
        Status::Fail => Look::Bad,
        Status::Unknown => Look::Unsure,
    }
}

/// The states of every check that ever left OK.
fn states(played: &Played) -> BTreeMap<String, Lane> {
    let mut changes: BTreeMap<&str, Vec<(Ms, Look, &str)>> = BTreeMap::new();
    for (at, name) in &played.looks {
        changes.entry(name).or_insert_with(|| vec![(*at, Look::Good, "OK")]);
    }
    for (at, event) in &played.journal {
        let EventKind::Check(done) = &event.kind else { continue };
        let known = changes.entry(done.name.as_str()).or_default();
        known.retain(|(known, ..)| known <= at);
        known.push((*at, look_of_status(done.status), done.status.word()));
    }
    let lane = |(name, changes): (&str, Vec<(Ms, Look, &str)>)| {
        let mut lane = lane(Kind::State, name, changes.into_iter(), played.end);
        lane.spans.extend(retries(played, name));
        (name.to_owned(), lane)
    };
    let left = |lane: &Lane| lane.spans.iter().any(|span| span.look > Look::Good);
    changes.into_iter().map(lane).filter(|(_, lane)| left(lane)).collect()
}

fn retries<'a>(played: &'a Played, name: &'a str) -> impl Iterator<Item = Span> + 'a {
    played.retrying.iter().filter(move |(of, ..)| of == name).map(|(_, from, to)| {
        let title = format!("retrying {} to {}", text_of(*from), text_of(*to));
        Span {
            from: *from,
            to: Some(*to),
            look: Look::Retrying,
            what: "retrying".to_owned(),
            title,
        }
    })
}

/// Changes as spans: each lasts until the next one that looks otherwise.
fn lane<'a>(
    kind: Kind,
    name: &str,
    changes: impl Iterator<Item = (Ms, Look, &'a str)>,
    end: Ms,
) -> Lane {
    let mut spans: Vec<Span> = Vec::new();
    for (at, look, why) in changes {
        if let Some(last) = spans.last_mut() {
            if last.look == look {
                continue;
            }
            last.to = Some(at);
        }
        spans.push(Span { from: at, to: None, look, what: String::new(), title: why.to_owned() });
    }
    for span in &mut spans {
        let to = *span.to.get_or_insert(end);
        span.title = format!("{} {} to {}", span.title, text_of(span.from), text_of(to));
    }
    Lane { kind, label: name.to_owned(), spans, marks: Vec::new() }
}

fn downs(played: &Played) -> Lane {
    let span = |down: &crate::played::Down| {
        let title = format!("{} {} to {}", down.why, text_of(down.from), text_of(down.to));
        Span {
            from: down.from,
            to: Some(down.to),
            look: Look::Fault,
            what: down.why.to_owned(),
            title,
        }
    };
    let spans = played.downs.iter().map(span).collect();
    Lane { kind: Kind::Down, label: "checker down".to_owned(), spans, marks: Vec::new() }
}

fn alerts(played: &Played) -> Lane {
    let mark = |(index, alert): (usize, list::Alert<'_>)| Mark {
        at: alert.at,
        sign: alert_sign(index),
        title: format!(
            "{} {} {} {}",
            text_of(alert.at),
            alert.event(),
            alert.check(),
            alert.over()
        ),
    };
    let marks = list::alerts(played).into_iter().enumerate().map(mark).collect();
    Lane { kind: Kind::Alerts, label: "alerts".to_owned(), spans: Vec::new(), marks }
}

fn actions(played: &Played) -> Lane {
    let mark = |(index, action): (usize, list::Action<'_>)| Mark {
        at: action.at,
        sign: action_sign(index),
        title: format!(
            "{} {} {} {}",
            text_of(action.at),
            action.done.name,
            action.done.action,
            action.result()
        ),
    };
    let marks = list::actions(played).into_iter().enumerate().map(mark).collect();
    Lane { kind: Kind::Actions, label: "actions".to_owned(), spans: Vec::new(), marks }
}

fn findings(told: &Told) -> Lane {
    let mark = |finding: &crate::verdict::Finding| {
        let at = finding.at.filter(|at| (0..=told.played.end).contains(at))?;
        let title = format!("{} {}", text_of(at), finding.message);
        Some(Mark { at, sign: "!".to_owned(), title })
    };
    let mut marks: Vec<Mark> = told.judged.findings.iter().filter_map(mark).collect();
    marks.dedup_by_key(|mark| mark.at);
    Lane { kind: Kind::Findings, label: "findings".to_owned(), spans: Vec::new(), marks }
}

/// `1`, `2` … and then `^`.
pub(crate) fn alert_sign(index: usize) -> String {
    if index < SIGNS { (index + 1).to_string() } else { "^".to_owned() }
}

/// `a`, `b` … and then `^`.
pub(crate) fn action_sign(index: usize) -> String {
    let letter = u8::try_from(index).ok().filter(|at| usize::from(*at) < SIGNS);
    letter.map_or_else(|| "^".to_owned(), |at| char::from(b'a' + at).to_string())
}

/// The instants that an axis names when it has room for so many.
pub(super) fn ticks(from: Ms, to: Ms, room: Ms) -> Vec<Ms> {
    const SECOND: Ms = 1_000;
    const MINUTE: Ms = 60 * SECOND;
    const HOUR: Ms = 60 * MINUTE;
    let seconds = [1, 2, 5, 10, 15, 30].map(|n| n * SECOND);
    let minutes = [1, 2, 5, 10, 15, 30].map(|n| n * MINUTE);
    let hours = [1, 2, 3, 6, 12, 24, 48, 7 * 24, 28 * 24, 365 * 24].map(|n| n * HOUR);
    let smallest = (to - from) / room.max(1) + 1;
    let mut steps = seconds.into_iter().chain(minutes).chain(hours);
    let step = steps.find(|step| *step >= smallest).unwrap_or(to.max(1));
    let first = (from + step - 1).div_euclid(step) * step;
    (0..).map(|n| first + n * step).take_while(|at| *at <= to).collect()
}
