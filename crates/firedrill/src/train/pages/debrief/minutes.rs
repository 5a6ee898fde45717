//! Where the minutes went: from the first failed request to the end of the pain, what people were
//! waiting for. Pure arithmetic on the record.

use super::chronicle::fails;
use crate::{
    scenario::Ms,
    train::{
        desk::Deed,
        record::{Record, Worth},
        words::{RIGHT, length, verdict, wants_answer},
    },
};

/// A share of the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    /// What it was lost to: `undetected`, `unacknowledged`, `undiagnosed`, `unmitigated`.
    pub(crate) name: &'static str,
    /// From when.
    pub(crate) from: Ms,
    /// Until when.
    pub(crate) to: Ms,
    /// The same in words.
    pub(crate) words: &'static str,
}

impl Share {
    /// How long it was, for people.
    pub(crate) fn length(&self) -> String {
        length(self.to - self.from)
    }

    /// Its letter in the bar.
    pub(crate) fn letter(&self) -> &'static str {
        super::picture::sign(self.name).1
    }
}

/// Where the minutes went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Minutes {
    /// When the trouble began: with the first failed request, or with the fault when none failed.
    pub(crate) from: Ms,
    /// When it was over, or the exercise was.
    pub(crate) to: Ms,
    /// The shares, in the order of time; those that took no time are absent.
    pub(crate) shares: Vec<Share>,
    /// The same in a sentence.
    pub(crate) told: String,
}

/// Reckons it up.
pub(crate) fn minutes(record: &Record) -> Minutes {
    let Some((from, to, felt)) = trouble(record) else {
        return Minutes { from: 0, to: 0, shares: Vec::new(), told: nothing_wrong(record) };
    };
    let shares = shares(record, from, to);
    let told = told(&shares, felt, to - from);
    Minutes { from, to, shares, told }
}

/// The whole time, and what took most of it.
fn told(shares: &[Share], felt: bool, total: Ms) -> String {
    let Some(most) = shares.iter().max_by_key(|share| share.to - share.from) else {
        return "It was over as soon as it began.".to_owned();
    };
    let total = length(total);
    let trouble = match felt {
        true => format!("Users were in trouble for {total}."),
        false => format!("No request of a user failed, but the fault was there for {total}."),
    };
    match shares {
        [all] => format!("{trouble} All of it went by {}.", all.words),
        _ => format!("{trouble} Most of it, {}, went by {}.", most.length(), most.words),
    }
}

/// From when until when there was trouble, and whether users felt it.
fn trouble(record: &Record) -> Option<(Ms, Ms, bool)> {
    let spans = record.users.iter().flat_map(|lane| &lane.spans).filter(|span| fails(span));
    let felt = spans.map(|span| (span.from, span.to));
    let there = record.faults.iter().map(|span| (span.from, span.to));
    let whole = |all: &mut dyn Iterator<Item = (Ms, Ms)>| {
        all.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    };
    let clip = |(from, to): (Ms, Ms)| (from, to.min(record.ended).max(from));
    let felt = whole(&mut { felt }).map(clip).map(|(from, to)| (from, to, true));
    felt.or_else(|| whole(&mut { there }).map(clip).map(|(from, to)| (from, to, false)))
}

/// One after the other: each waits for its own deed, and begins when the one before is done.
fn shares(record: &Record, from: Ms, to: Ms) -> Vec<Share> {
    let steps = [
        ("undetected", "before anybody did anything", first_deed(record, from)),
        ("unacknowledged", "before an alert was acknowledged", acknowledged(record)),
        ("undiagnosed", "before the right cause was named", diagnosed(record, from)),
        ("unmitigated", "between the right cause and its end", Some(to)),
    ];
    let mut begin = from;
    let mut shares = Vec::new();
    for (name, words, until) in steps {
        let until = until.unwrap_or(to).clamp(begin, to);
        if until > begin {
            shares.push(Share { name, from: begin, to: until, words });
        }
        begin = until;
    }
    shares
}

/// When the team first did something about it; the score says whether it did.
fn first_deed(record: &Record, from: Ms) -> Option<Ms> {
    record.score.detect?;
    let helped = record.operations.iter().filter(|used| used.worth == Worth::Helped);
    let deeds = record.done.iter().filter(|done| is_sign(&done.deed)).map(|done| done.at);
    deeds.chain(helped.map(|used| used.from)).filter(|at| *at >= onset(record, from)).min()
}

/// Thoughts and good-byes are no sign of having seen anything, and neither is any tool.
const fn is_sign(deed: &Deed) -> bool {
    !matches!(deed, Deed::Note { .. } | Deed::Operate { .. } | Deed::Leave)
}

/// When the first fault began; somebody may have acted before it hurt.
fn onset(record: &Record, from: Ms) -> Ms {
    record.faults.iter().map(|fault| fault.from).min().unwrap_or(from)
}

/// Without an alert nobody has to acknowledge one.
fn acknowledged(record: &Record) -> Option<Ms> {
    let Some(first) = record.alerts.iter().find(|mail| wants_answer(mail)) else {
        return Some(Ms::MIN);
    };
    let acks = record.done.iter().filter(|done| matches!(done.deed, Deed::Acknowledge { .. }));
    acks.map(|done| done.at).find(|at| *at >= first.at)
}

fn diagnosed(record: &Record, from: Ms) -> Option<Ms> {
    record.score.diagnose?;
    let right = |deed: &Deed| {
        matches!(deed, Deed::Diagnose { component, fault }
            if verdict(&record.causes, component, fault) == RIGHT)
    };
    let named = record.done.iter().filter(|done| right(&done.deed)).map(|done| done.at);
    named.filter(|at| *at >= onset(record, from)).min()
}

fn nothing_wrong(record: &Record) -> String {
    match record.done.iter().find(|done| done.deed == Deed::Declare) {
        Some(done) => format!(
            "Nothing was wrong. From {} on, people looked for something that was not there.",
            crate::train::words::clock(done.at)
        ),
        None => "Nothing was wrong, so no minutes were lost.".to_owned(),
    }
}
