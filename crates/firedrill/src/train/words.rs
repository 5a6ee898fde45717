//! The words that pages, post-mortem and replay share: times of an exercise, deeds, figures. Knows
//! no markup.

use std::time::Duration;

use engine::time::humane;

use super::{
    desk::{Deed, Done, Mail},
    record::{Cause, Ending, Part, Record, Worth},
};
use crate::scenario::Ms;

/// A time of the exercise as a clock shows it: `3:05`, `1:03:05`; before the start with a minus.
pub(crate) fn clock(at: Ms) -> String {
    let sign = if at < 0 { "-" } else { "" };
    let s = at.unsigned_abs() / 1_000;
    let (h, m, s) = (s / 3_600, s / 60 % 60, s % 60);
    if h > 0 { format!("{sign}{h}:{m:02}:{s:02}") } else { format!("{sign}{m}:{s:02}") }
}

/// A length for people, in whole seconds: `1 min 20 s`.
pub(crate) fn length(ms: Ms) -> String {
    let s = u64::try_from((ms + 500) / 1_000).unwrap_or(0);
    if s == 0 { "0 s".to_owned() } else { humane(Duration::from_secs(s)) }
}

/// The same, or a dash for what never happened.
pub(crate) fn length_or_never(ms: Option<Ms>) -> String {
    ms.map_or_else(|| "never".to_owned(), length)
}

/// Minutes with one decimal.
pub(crate) fn minutes(minutes: f64) -> String {
    format!("{minutes:.1} min")
}

/// What somebody did, without its answer.
pub(crate) fn did(deed: &Deed) -> String {
    match deed {
        Deed::Acknowledge { check } => format!("acknowledged {check}"),
        Deed::Declare => "declared an incident".to_owned(),
        Deed::Note { text } => format!("noted: {text}"),
        Deed::Diagnose { component, fault } => {
            format!("named a cause: {}", place(component, fault))
        }
        Deed::Operate { tool } => format!("used {tool}"),
        Deed::Hint => "asked for a hint".to_owned(),
        Deed::Resolve => "said that it is over".to_owned(),
        Deed::Leave => "left".to_owned(),
    }
}

/// What came of a deed, where the deed itself does not say it already.
pub(crate) fn came_of(done: &Done) -> &str {
    match &done.deed {
        Deed::Diagnose { .. } | Deed::Operate { .. } | Deed::Hint => &done.answer,
        Deed::Acknowledge { .. }
        | Deed::Declare
        | Deed::Note { .. }
        | Deed::Resolve
        | Deed::Leave => "",
    }
}

/// An alert in a line.
pub(crate) fn mail(mail: &Mail) -> String {
    match (&mail.event, &mail.check) {
        // The usual subject names both.
        (Some(event), Some(check)) if !mail.subject.contains(check.as_str()) => {
            format!("{event} {check}: {}", mail.subject)
        }
        _ => mail.subject.clone(),
    }
}

/// Whether somebody should say that they have seen it: not an end of trouble, not a report.
pub(crate) fn wants_answer(mail: &Mail) -> bool {
    let event = mail.event.as_deref();
    mail.check.is_some() && !matches!(event, Some("recovered" | "report" | "test"))
}

/// How an incident was chosen: by a seed, or by hand.
pub(crate) fn drawn(seed: u64, level: u8) -> String {
    if seed == 0 {
        format!("level {level}, chosen by hand")
    } else {
        format!("level {level}, seed {seed}")
    }
}

/// What ended it.
pub(crate) fn ending(ending: &Ending) -> String {
    match ending {
        Ending::Resolved => "the team said that it was over".to_owned(),
        Ending::Left => "the team left".to_owned(),
        Ending::TimeUp => "the time was up".to_owned(),
        Ending::Broken(why) => format!("it broke off: {why}"),
    }
}

/// What a use of a tool was worth.
pub(crate) const fn worth(worth: Worth) -> &'static str {
    match worth {
        Worth::Helped => "helped",
        Worth::Needless => "changed nothing",
        Worth::Harmful => "did harm",
    }
}

/// The verdict on a diagnosis that names a cause.
pub(crate) const RIGHT: &str = "right";

/// How near a diagnosis is to what was wrong.
pub(crate) fn verdict(causes: &[Cause], component: &str, fault: &str) -> &'static str {
    let same_part = |cause: &&Cause| cause.component == component;
    match causes.iter().find(same_part) {
        Some(_) if causes.iter().any(|c| c.component == component && c.fault == fault) => RIGHT,
        Some(_) => "right part, wrong fault",
        None => "wrong",
    }
}

/// `12 of 20`, or `-5` for a deduction.
pub(crate) fn points(part: &Part) -> String {
    match part.of {
        0 => part.points.to_string(),
        of => format!("{} of {of}", part.points),
    }
}

/// A fault and the part of the stack that has it, where its name does not say so.
fn place(component: &str, fault: &str) -> String {
    if component == fault { fault.to_owned() } else { format!("{fault} in {component}") }
}

/// What was wrong, in a sentence without its full stop.
pub(crate) fn wrong(record: &Record) -> String {
    let of = |cause: &Cause| format!("{} ({})", cause.plain, place(&cause.component, &cause.fault));
    match record.causes.as_slice() {
        [] => "Nothing was wrong".to_owned(),
        causes => causes.iter().map(of).collect::<Vec<_>>().join("; and "),
    }
}
