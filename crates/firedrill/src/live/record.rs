//! Turns what is left of a live run into its record: journal, receipts, faults, absences. Every
//! time in it is the scenario's.

use std::{collections::BTreeMap, sync::Arc};

use engine::{
    CheckName, Event, EventKind, Status, Timestamp,
    board::{Board, Entry},
    event::Notice,
};

use super::{
    admin::{Hook, Listed},
    life::Absence,
    mail,
    pace::Pace,
    props::MailSpan,
    smtp::Taken,
    stage::Stage,
    words,
};
use crate::{
    played::{Breach, Down, FaultSpan, Played, Receipt},
    receipts,
    scenario::{Invariant, Ms, Realm},
};

/// What was gathered from the parts of a stack once the run was over.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) listed: Vec<Listed>,
    pub(super) hooks: Vec<Hook>,
    pub(super) mails: Vec<Taken>,
    /// The checker has stopped, so that its files are as they will stay.
    pub(super) at_rest: bool,
}

/// The record of a run.
pub(super) fn record(stage: &mut Stage<'_>, gathered: &Gathered, slack: Ms) -> Played {
    let pace = stage.pace.clone();
    let end = stage.end.unwrap_or_else(|| pace.now());
    stage.take_note_of_ends(&gathered.listed);
    stage.journal.refresh(pace.wall());
    let events = stage.journal.events();
    let (journal, looks) = sorted_out(&pace, &events, end);
    let mut receipts = match &stage.props.own {
        Some(_) => of_receivers(&pace, &events, gathered),
        None => of_journal(&pace, &events, |_| true),
    };
    receipts.retain(|receipt| raised(receipt).is_none_or(|at| (0..=end).contains(&pace.at(at))));
    for receipt in &mut receipts {
        receipt.body = words::told(&receipt.body, pace.scale);
    }
    receipts.sort_by_key(|receipt| receipt.at);
    let retrying = std::mem::take(&mut stage.retrying).into_iter();
    Played {
        end,
        config: Some(Arc::new(stage.config.clone())),
        faults: faults(stage, &gathered.listed, &events, end),
        steps: cut_off(&stage.steps, end),
        receipts,
        journal,
        looks,
        downs: downs(stage, &events, end),
        pages: std::mem::take(&mut stage.pages),
        retrying: retrying.map(|(name, from, to)| (name, from, to.unwrap_or(end))).collect(),
        breaches: breaches(stage, &events, gathered.at_rest),
        notes: std::mem::take(&mut stage.notes),
        slack,
        ..Played::default()
    }
}

/// Ends that came with the cleaning up are no ends of the run.
fn cut_off(
    steps: &BTreeMap<String, (Ms, Option<Ms>)>,
    end: Ms,
) -> BTreeMap<String, (Ms, Option<Ms>)> {
    let cut = |(start, over): (Ms, Option<Ms>)| (start, over.filter(|over| *over <= end));
    steps.iter().map(|(id, times)| (id.clone(), cut(*times))).collect()
}

type Journal = Vec<(Ms, Event)>;

/// What was recorded in the time of the run; looks that found nothing new apart.
fn sorted_out(pace: &Pace, events: &[Event], end: Ms) -> (Journal, Vec<(Ms, String)>) {
    let (mut journal, mut looks) = (Vec::new(), Vec::new());
    let events = events.iter().map(|event| (pace.at(event.ts), event));
    for (at, event) in events.filter(|(at, _)| (0..=end).contains(at)) {
        match quiet(&event.kind) {
            Some(name) => looks.push((at, name)),
            None => journal.push((at, event.clone())),
        }
    }
    (journal, looks)
}

/// The check that was looked at with nothing to tell: it was OK and had been.
fn quiet(kind: &EventKind) -> Option<String> {
    let EventKind::Check(done) = kind else {
        return None;
    };
    let plain = done.status == Status::Ok && done.prev == Status::Ok && done.attempts == 1;
    plain.then(|| done.name.to_string())
}

/// What mailbox and webhooks hold, and what went to the console by the journal's own word.
fn of_receivers(pace: &Pace, events: &[Event], gathered: &Gathered) -> Vec<Receipt> {
    let mails = gathered.mails.iter().flat_map(|(at, bytes)| {
        let mail = mail::read(bytes);
        let to = mail.to.clone().into_iter();
        to.map(move |to| {
            let channel = format!("email:{to}");
            let (subject, body) = (mail.subject.clone(), mail.body.clone());
            receipts::of_mail(pace.of(*at), channel, &mail.id, subject, body)
        })
    });
    // Whatever else is posted there is no notice: those have a key.
    let notices = gathered.hooks.iter().filter(|hook| hook.idempotency_key.is_some());
    let hooks = notices.map(|hook| {
        let (at, key) = (pace.at(hook.received_at), hook.idempotency_key.as_deref());
        receipts::of_webhook(at, &hook.name, key, &hook.body)
    });
    let console = of_journal(pace, events, |channel| channel == "console");
    mails.chain(hooks).chain(console).collect()
}

/// Deliveries that were accepted by the checker's own word.
fn of_journal(pace: &Pace, events: &[Event], wanted: impl Fn(&str) -> bool) -> Vec<Receipt> {
    let notices: BTreeMap<u64, &Notice> =
        events.iter().filter_map(notice).map(|notice| (notice.id, notice)).collect();
    let accepted = |event: &Event| {
        let EventKind::Delivery(done) = &event.kind else {
            return None;
        };
        let notice = notices.get(&done.id).filter(|_| done.ok && wanted(&done.channel))?;
        Some(Receipt {
            at: pace.at(event.ts),
            channel: done.channel.clone(),
            key: receipts::short_key(&notice.key()),
            check: notice.name.as_ref().map(CheckName::to_string),
            event: Some(notice.kind),
            subject: notice.subject.clone(),
            body: notice.body.clone(),
        })
    };
    events.iter().filter_map(accepted).collect()
}

fn notice(event: &Event) -> Option<&Notice> {
    if let EventKind::Notify(notice) = &event.kind { Some(notice) } else { None }
}

/// When a notice was raised, as its key says.
fn raised(receipt: &Receipt) -> Option<Timestamp> {
    let at = receipt.key.split('.').nth(1)?;
    at.parse().ok().map(Timestamp::from_millis)
}

/// Every fault in its time, by what the mock app lists and what the mail server was told.
pub(super) fn faults(
    stage: &Stage<'_>,
    listed: &[Listed],
    events: &[Event],
    end: Ms,
) -> Vec<FaultSpan> {
    let pace = &stage.pace;
    let ours = listed.iter().filter(|fault| stage.props.begun.contains(&fault.id));
    let app = ours.filter(|fault| pace.at(fault.started_at) >= 0).map(|fault| FaultSpan {
        id: fault.id.clone(),
        kind: fault.fault.clone(),
        on: fault.on.clone().unwrap_or_default(),
        realm: Realm::App,
        start: pace.at(fault.started_at),
        end: fault.ended_at.map(|at| pace.at(at)).filter(|over| *over <= end),
        matched: fault.matched,
        injected: fault.injected,
    });
    let mails = stage.props.own.iter().flat_map(|own| &own.post.spans);
    let mails = mails.map(|span| mail_fault(span, pace, events, end));
    let mut all: Vec<_> = app.chain(mails).collect();
    all.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
    all
}

/// Who finds a closed door is counted by the one who was turned away.
fn mail_fault(span: &MailSpan, pace: &Pace, events: &[Event], end: Ms) -> FaultSpan {
    let until = span.end.unwrap_or(end);
    let failed = events.iter().filter(|event| {
        let while_shut = (span.start..=until).contains(&pace.at(event.ts));
        matches!(&event.kind, EventKind::Delivery(done)
            if while_shut && !done.ok && done.channel.starts_with("email"))
    });
    let turned_away = u64::try_from(failed.count()).unwrap_or(u64::MAX);
    let (matched, injected) =
        if span.fault.closes() { (turned_away, turned_away) } else { span.fault.counts() };
    FaultSpan {
        id: span.fault.id.clone(),
        kind: span.kind.clone(),
        on: String::new(),
        realm: Realm::Mail,
        start: span.start,
        end: span.end.filter(|over| *over <= end),
        matched,
        injected,
    }
}

/// When the checker was not there. It is back when it says so itself.
fn downs(stage: &Stage<'_>, events: &[Event], end: Ms) -> Vec<Down> {
    let pace = &stage.pace;
    let starts: Vec<Ms> = events
        .iter()
        .filter(|event| matches!(event.kind, EventKind::Start(_)))
        .map(|event| pace.at(event.ts))
        .collect();
    let down = |absence: &Absence| {
        let from = pace.of(absence.from);
        let back = absence.to.map(|at| pace.of(at));
        let began = starts.iter().copied().find(|at| *at > from);
        let to = if absence.why == "pause" { back } else { back.and(began) };
        Down { from, to: to.unwrap_or(end).min(end).max(from), why: absence.why }
    };
    let absences = stage.props.own.iter().flat_map(|own| &own.life.absences);
    absences.map(down).filter(|down| down.from <= end).collect()
}

/// What is wrong with the files: gaps in the numbers of events and, once they are at rest, a board
/// that is not what the events make.
fn breaches(stage: &Stage<'_>, events: &[Event], at_rest: bool) -> Vec<Breach> {
    let breach = |invariant: Invariant, at: Timestamp, what: String| Breach {
        invariant: invariant.word(),
        at: stage.pace.at(at),
        what,
    };
    let own = stage.props.own.is_some();
    let mut found = Vec::new();
    let first = events.first().filter(|first| own && first.seq != 1);
    found.extend(first.map(|first| {
        let what = format!("the journal begins with event {}", first.seq);
        breach(Invariant::JournalPrefix, first.ts, what)
    }));
    for pair in events.windows(2) {
        let [before, after] = pair else { continue };
        if after.seq != before.seq + 1 {
            let what = format!("event {} comes after event {}", after.seq, before.seq);
            found.push(breach(Invariant::JournalPrefix, after.ts, what));
        }
    }
    if let Some(last) = events.last().filter(|_| own && at_rest)
        && let Some(name) = differs(events, stage.journal.board())
    {
        let what = format!("state.json says something else of {name} than the journal");
        found.push(breach(Invariant::StateIsFold, last.ts, what));
    }
    found
}

/// The first check of which a board says something else than the events.
fn differs(events: &[Event], board: &Board) -> Option<String> {
    let mut folded = Board::default();
    events.iter().for_each(|event| folded.apply(event));
    let plain = |entry: &Entry| Entry { retrying: None, ..entry.clone() };
    let known = folded.entries.iter();
    known
        .filter(|(name, entry)| board.entries.get(*name).map(plain) != Some(plain(entry)))
        .map(|(name, _)| name.to_string())
        .next()
}
