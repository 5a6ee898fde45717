//! mail-eventually-once: every notice of the journal reaches the mailbox, and reaches it once; a
//! second copy has the same Message-ID and a fault that explains it; no mail comes from nowhere.

use engine::{EventKind, event::Notice};

use super::{
    super::{facts::Facts, times::text},
    Broken,
};
use crate::{
    receipts::short_key,
    scenario::{Ms, Realm},
};

/// The longest wait of the outbox after a channel that was down, and some room.
const PATIENCE: Ms = 150_000;

pub(super) fn lost_or_doubled(facts: &Facts<'_>) -> Vec<Broken> {
    let mut found = Vec::new();
    let notices: Vec<(Ms, &Notice)> = facts
        .played
        .journal
        .iter()
        .filter_map(|(at, event)| match &event.kind {
            EventKind::Notify(notice) => Some((*at, notice)),
            _ => None,
        })
        .collect();
    for (at, notice) in &notices {
        for channel in notice.channels.iter().filter(|channel| channel.starts_with("email:")) {
            let key = short_key(&notice.key());
            let copies = facts
                .played
                .receipts
                .iter()
                .filter(|got| got.key == key && got.channel == *channel)
                .count();
            let last =
                facts.played.receipts.iter().filter(|got| got.key == key).map(|got| got.at).max();
            let during = (*at, last.unwrap_or(facts.played.end));
            found.extend(verdict(facts, during, notice, channel, copies));
        }
    }
    let known: Vec<String> = notices.iter().map(|(_, notice)| short_key(&notice.key())).collect();
    // With a broken disk an alert goes out all the same, and may never be recorded.
    let strange = facts.played.receipts.iter().find(|got| {
        got.check.is_some() && !known.contains(&got.key) && !facts.disk_broken(got.at, got.at)
    });
    found.extend(strange.map(|got| {
        Broken::new(
            got.at,
            format!("\"{}\" arrived, and the journal knows nothing of it", got.subject),
        )
    }));
    found
}

/// What is wrong with a notice that was raised and last arrived at these times.
fn verdict(
    facts: &Facts<'_>,
    (at, last): (Ms, Ms),
    notice: &Notice,
    channel: &str,
    copies: usize,
) -> Option<Broken> {
    let name = notice.name.as_ref().map_or("the report", |name| name.as_str());
    let told = format!("{} for {name} of {}", notice.kind, text(at));
    let struck = |kinds: &[&str]| struck(facts, kinds, at, last);
    match copies {
        1 => None,
        0 if facts.played.end - reachable_since(facts, at) <= PATIENCE + facts.played.slack => None,
        0 if struck(&["mail.reject", "disk."]) => None,
        0 => Some(Broken::new(at, format!("{told} never reached {channel}"))),
        _ if struck(LOSSY) || killed(facts, at, last) => None,
        more => Some(Broken::new(at, format!("{told} reached {channel} {more} times"))),
    }
}

/// Faults by which mail may be doubled: the sender cannot know that it was accepted.
const LOSSY: &[&str] = &["mail.lost_ack", "mail.stall", "mail.slow", "mail.dup", "checker.crash"];

/// Whether a fault struck that held between two instants.
fn struck(facts: &Facts<'_>, kinds: &[&str], from: Ms, until: Ms) -> bool {
    facts.played.faults.iter().any(|fault| {
        let held = fault.start <= until && fault.end.is_none_or(|end| end >= from);
        held && fault.injected > 0 && kinds.iter().any(|kind| fault.kind.starts_with(kind))
    })
}

/// Whether the checker died between two instants.
fn killed(facts: &Facts<'_>, from: Ms, until: Ms) -> bool {
    facts.played.downs.iter().any(|down| down.why == "kill" && (from..=until).contains(&down.from))
}

/// Since when nothing kept a notice of an instant from its mailbox.
fn reachable_since(facts: &Facts<'_>, at: Ms) -> Ms {
    let mail = facts.played.faults.iter().filter(|fault| fault.realm == Realm::Mail);
    let mail = mail.map(|fault| fault.end.unwrap_or(facts.played.end));
    let downs = facts.played.downs.iter().map(|down| down.to);
    mail.chain(downs).chain([at]).max().unwrap_or(at)
}
