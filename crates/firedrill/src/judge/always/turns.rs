//! alternation: for every check and on every channel problem and recovery take turns, a recovery
//! never comes first, and a problem that was announced is taken back once it is over.

use engine::{NoticeKind, Status};

use super::{
    super::{
        facts::{Facts, Notice},
        times::text,
    },
    Broken,
};
use crate::scenario::{Ms, Realm};

/// How long after a channel is healthy again, and a check OK, everything must have been told.
const PATIENCE: Ms = 120_000;

pub(super) fn broken(facts: &Facts<'_>) -> Vec<Broken> {
    let mut channels: Vec<&str> =
        facts.played.receipts.iter().map(|got| got.channel.as_str()).collect();
    channels.sort_unstable();
    channels.dedup();
    // The console gets copies of what fails elsewhere: it is no channel of its own.
    channels.retain(|channel| *channel != "console");
    let names = facts.states.keys().copied();
    let pairs = names.flat_map(|name| channels.iter().map(move |channel| (name, *channel)));
    pairs.flat_map(|(name, channel)| one(facts, name, channel)).collect()
}

fn one(facts: &Facts<'_>, name: &str, channel: &str) -> Vec<Broken> {
    let mut found = Vec::new();
    let mut open: Option<(Ms, NoticeKind)> = None;
    let recovers =
        facts.check(name).is_none_or(|check| check.notify_on.contains(&NoticeKind::Recovered));
    // Who wants to hear of the end only is told of the end only.
    let tells_of_failures =
        facts.check(name).is_none_or(|check| check.notify_on.contains(&NoticeKind::FirstFail));
    for notice in facts.notices.iter().filter(|notice| notice.check == name) {
        let Some(copy) = notice.copies.iter().find(|copy| copy.channel == channel) else {
            continue;
        };
        match (notice.event, open) {
            (NoticeKind::FirstFail, Some((at, NoticeKind::FirstFail)))
                if recovers && !facts.forgot(at, copy.at) =>
            {
                let what = format!(
                    "a second first_fail for {name} on {channel}, with no recovered in between"
                );
                found.push(
                    Broken::new(copy.at, what).because(format!("the first came at {}", text(at))),
                );
            }
            (NoticeKind::Recovered, None) if tells_of_failures && !is_muted(facts, notice) => {
                let what = format!(
                    "recovered for {name} on {channel}, where no problem had been announced"
                );
                found.push(Broken::new(copy.at, what));
            }
            _ => {}
        }
        match notice.event {
            NoticeKind::Recovered => open = None,
            NoticeKind::FirstFail | NoticeKind::DeadlineMiss => {
                open = Some((copy.at, notice.event))
            }
            NoticeKind::Reminder
            | NoticeKind::Warn
            | NoticeKind::Unknown
            | NoticeKind::RemedyExhausted
            | NoticeKind::Change
            | NoticeKind::Test
            | NoticeKind::Report => {}
        }
    }
    let open = open.filter(|(_, kind)| kind.is_problem() && recovers);
    found.extend(open.and_then(|(at, kind)| untold(facts, name, channel, (at, kind))));
    found
}

/// The end of an outage that was there before the checker was, where `initial_alert` is off: its
/// beginning is not told, its end is.
fn is_muted(facts: &Facts<'_>, notice: &Notice<'_>) -> bool {
    let quiet = facts.check(notice.check).is_some_and(|check| !check.initial_alert);
    let first = facts.notices.iter().find(|other| other.check == notice.check);
    quiet && first.is_some_and(|first| std::ptr::eq(first, notice))
}

/// A problem that is long over and whose end was not told.
fn untold(
    facts: &Facts<'_>,
    name: &str,
    channel: &str,
    (at, kind): (Ms, NoticeKind),
) -> Option<Broken> {
    let changes = facts.states.get(name)?;
    let (since, last) = *changes.last()?;
    let mail_fault = facts.played.faults.iter().filter(|fault| fault.realm == Realm::Mail);
    let mail_until = mail_fault.map(|fault| fault.end.unwrap_or(Ms::MAX)).max().unwrap_or(0);
    let down_until = facts.played.downs.iter().map(|down| down.to).max().unwrap_or(0);
    let from = since.max(mail_until).max(down_until).max(at);
    let over = matches!(last, Status::Ok | Status::Warn);
    let long =
        facts.played.end.checked_sub(from).is_some_and(|rest| rest > PATIENCE + facts.played.slack);
    let known = facts.edited() == Ms::MAX && !facts.forgot(at, facts.played.end);
    (over && long && known).then(|| {
        let what =
            format!("the {kind} for {name} of {} on {channel} was never taken back", text(at));
        Broken::new(since, what).because(format!("{name} is {last} since {}", text(since)))
    })
}
