//! mail-eventually-once: every notice of the journal reaches the mailbox, and reaches it once; a
//! second copy has the same Message-ID and a fault that explains it; no mail comes from nowhere.

use engine::{EventKind, event::Notice};

use super::{
    super::{facts::Facts, times::text},
    Broken,
};
use crate::{
    receipts::short_key,
    scenario::{Doing, Ms, Realm},
};

/// The longest wait of the outbox after a channel that was down, and some room.
const PATIENCE: Ms = 150_000;

pub(super) fn lost_or_doubled(facts: &Facts<'_>) -> Vec<Broken> {
    let mut found = Vec::new();
    let notices: Vec<(Ms, &Notice)> = facts.played.journal.iter().filter_map(|(at, event)| match &event.kind {
        EventKind::Notify(notice) => Some((*at, notice)),
        _ => None,
    }).collect();
    for (at, notice) in &notices {
        for channel in notice.channels.iter().filter(|channel| channel.starts_with("email:")) {
            let key = short_key(&notice.key());
            let copies = facts.played.receipts.iter().filter(|got| got.key == key && got.channel == *channel).count();
            found.extend(verdict(facts, *at, notice, channel, copies));
        }
    }
    let known: Vec<String> = notices.iter().map(|(_, notice)| short_key(&notice.key())).collect();
    let strange = facts.played.receipts.iter().find(|got| got.check.is_some() && !known.contains(&got.key));
    found.extend(strange.map(|got| Broken::new(got.at, format!("\"{}\" arrived, and the journal knows nothing of it", got.subject))));
    found
}

fn verdict(facts: &Facts<'_>, at: Ms, notice: &Notice, channel: &str, copies: usize) -> Option<Broken> {
    let name = notice.name.as_ref().map_or("the report", |name| name.as_str());
    let told = format!("{} for {name} of {}", notice.kind, text(at));
    match copies {
        1 => None,
        0 if facts.played.end - reachable_since(facts, at) <= PATIENCE + facts.played.slack => None,
        0 if refused(facts) || lost_with_the_machine(facts) => None,
        0 => Some(Broken::new(at, format!("{told} never reached {channel}"))),
        _ if may_double(facts) => None,
        more => Some(Broken::new(at, format!("{told} reached {channel} {more} times"))),
    }
}

/// Since when nothing kept a notice of an instant from its mailbox.
fn reachable_since(facts: &Facts<'_>, at: Ms) -> Ms {
    let mail = facts.played.faults.iter().filter(|fault| fault.realm == Realm::Mail);
    let mail = mail.map(|fault| fault.end.unwrap_or(facts.played.end));
    let downs = facts.played.downs.iter().map(|down| down.to);
    mail.chain(downs).chain([at]).max().unwrap_or(at)
}

fn refused(facts: &Facts<'_>) -> bool {
    facts.played.faults.iter().any(|fault| fault.kind == "mail.reject" && fault.injected > 0)
}

fn lost_with_the_machine(facts: &Facts<'_>) -> bool {
    facts.played.faults.iter().any(|fault| fault.kind.starts_with("disk.") && fault.injected > 0)
}

/// At least once is what mail can promise: a lost answer or a death at the wrong moment doubles it.
fn may_double(facts: &Facts<'_>) -> bool {
    let lossy = ["mail.lost_ack", "mail.stall", "mail.slow", "mail.dup", "checker.crash"];
    let fault = facts.played.faults.iter().any(|fault| lossy.contains(&fault.kind.as_str()) && fault.injected > 0);
    fault || facts.scenario.timeline.iter().any(|step| matches!(step.doing, Doing::Kill { .. }))
}
