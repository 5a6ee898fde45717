//! Turns what was noted while a world ran into the record of the run.

use std::{collections::BTreeMap, path::Path};

use engine::{
    CheckName, EventKind, Status,
    config::{Config, Spec},
};
use mockapp::WebhookReport;

use super::{
    Notes, Wants, World, journal,
    net::{End, Exchange},
    stage::Staged,
    trace,
    users::Asking,
};
use crate::{
    naive::{self, Answer, Asked},
    played::{FaultSpan, Played, Receipt, Sample},
    receipts,
    scenario::{Ms, Realm},
};

/// The record of a run.
pub(super) fn gather(
    world: &World,
    mut notes: Notes,
    mut staged: Staged,
    asked: Vec<Asking>,
    wants: Wants,
) -> Played {
    let mut journal = journal::read(world, &mut notes.disk, wants.trace);
    let spans = faults(world, &staged);
    // With a disk that cannot be written an alert goes out all the same, by design.
    if !spans.iter().any(|fault| fault.realm == Realm::Disk) {
        journal.breaches.extend(journal::hasty(&journal, &mut notes.mail));
    }
    let config = staged.witness.config().clone();
    let mut exchanges = Vec::new();
    while let Ok(exchange) = notes.net.try_recv() {
        exchanges.push(exchange);
    }
    let failed = journal.events.iter().any(|(_, event)| is_failure(&event.kind));
    let told = failed || !journal.retrying.is_empty();
    let answers = if told { answers(&config, &exchanges) } else { BTreeMap::new() };
    // Who still waits at the end has no answer; the checker may take a moment longer to stop.
    let answered = |one: &Asking| one.request.at + one.request.took <= staged.end;
    let (users, bodies) =
        asked.into_iter().filter(answered).map(|one| (one.request, one.got)).unzip();
    let mut played = Played {
        end: staged.end,
        faults: spans,
        steps: std::mem::take(&mut staged.steps),
        receipts: all_receipts(world, &journal, &mut notes),
        downs: std::mem::take(&mut staged.downs),
        truth: staged.witness.seen(),
        users,
        bodies,
        answers,
        posts: posts(&exchanges),
        pages: std::mem::take(&mut staged.pages),
        retrying: journal.retrying,
        breaches: journal.breaches,
        journal: journal.events,
        looks: journal.looks,
        notes: std::mem::take(&mut staged.notes),
        config: Some(config),
        ..Played::default()
    };
    if wants.trace {
        played.trace = trace::lines(&played, &exchanges, &journal.lines);
    }
    played
}

fn is_failure(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Check(done) if done.status == Status::Fail)
}

fn faults(world: &World, staged: &Staged) -> Vec<FaultSpan> {
    let reports = world.app.faults();
    let on = |id: &str| {
        let step = world.scenario.timeline.iter().find(|step| step.id == id);
        step.map(|step| super::target_of(&step.doing)).unwrap_or_default()
    };
    let app = reports.into_iter().map(|report| FaultSpan {
        on: on(&report.id),
        id: report.id,
        kind: report.fault,
        realm: Realm::App,
        start: world.of(report.started_at),
        end: report.ended_at.map(|at| world.of(at)),
        matched: report.matched,
        injected: report.injected,
    });
    let mut all: Vec<_> = app.chain(staged.own.spans()).collect();
    all.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
    all
}

fn all_receipts(world: &World, journal: &journal::Journal, notes: &mut Notes) -> Vec<Receipt> {
    let mails = world.mail.received().into_iter().map(|got| {
        let channel = format!("email:{}", got.mail.recipient());
        let (at, mail) = (world.watch.of(got.at), got.mail);
        receipts::of_mail(at, channel, &mail.message_id, mail.subject, mail.body)
    });
    let hooks = world.app.webhooks();
    // Whatever else is posted there is no notice: those have a key.
    let notices = hooks.iter().filter(|hook| hook.idempotency_key.is_some());
    let hooks = notices.map(|hook| of_webhook(world, hook));
    let taken = std::iter::from_fn(|| notes.programs.try_recv().ok());
    let taken = taken.map(|(at, program, stdin)| receipts::of_program(at, &program, &stdin));
    let mut all: Vec<_> = mails.chain(hooks).chain(taken).collect();
    all.extend(console(journal, &mut notes.console));
    all.sort_by_key(|receipt| receipt.at);
    all
}

fn of_webhook(world: &World, hook: &WebhookReport) -> Receipt {
    let at = world.of(hook.received_at);
    receipts::of_webhook(at, &hook.name, hook.idempotency_key.as_deref(), &hook.body)
}

/// What went to the console. The text has no number: the notice is the latest one that was raised
/// with this subject.
fn console(
    journal: &journal::Journal,
    said: &mut tokio::sync::mpsc::UnboundedReceiver<(Ms, String)>,
) -> Vec<Receipt> {
    let mut found: Vec<Receipt> = Vec::new();
    while let Ok((at, text)) = said.try_recv() {
        let Some((subject, body)) =
            text.trim_start().strip_prefix("=== ").and_then(|rest| rest.split_once(" ===\n"))
        else {
            continue;
        };
        let raised = journal.events.iter().rev().find_map(|(raised, event)| {
            let EventKind::Notify(notice) = &event.kind else { return None };
            (*raised <= at && subject.starts_with(&notice.subject)).then_some(notice)
        });
        let Some(notice) = raised else { continue };
        let key = receipts::short_key(&notice.key());
        if found.iter().all(|known| known.key != key) {
            found.push(Receipt {
                at,
                channel: "console".to_owned(),
                key,
                check: notice.name.as_ref().map(CheckName::to_string),
                event: Some(notice.kind),
                subject: subject.to_owned(),
                body: body.trim_end().trim_end_matches("=== end ===").to_owned(),
            });
        }
    }
    found
}

/// What was asked for by POST.
fn posts(exchanges: &[Exchange]) -> Vec<(Ms, String)> {
    let post = |one: &Exchange| {
        let line = one.asked.strip_prefix(b"POST ")?.split(|byte| *byte == b' ').next()?;
        let path = String::from_utf8_lossy(line).into_owned();
        Some((one.at, path.split('?').next().unwrap_or_default().to_owned()))
    };
    exchanges.iter().filter_map(post).collect()
}

/// What the checker was answered, by the check whose question it was.
fn answers(config: &Config, exchanges: &[Exchange]) -> BTreeMap<String, Vec<Sample>> {
    let mut found: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
    for exchange in exchanges {
        for check in config.enabled() {
            if is_question_of(&check.spec, exchange) {
                let broken = exchange.end != End::Closed;
                let answer = Answer { got: said(exchange), broken, opened: exchange.opened };
                let (verdict, why) = naive::judge(check, &answer, exchange.until - exchange.at);
                let sample = Sample { at: exchange.at, until: exchange.until, verdict, why };
                found.entry(check.name.to_string()).or_default().push(sample);
            }
        }
    }
    // What was said on a kept connection is noted when it is used again, or closed.
    found.values_mut().for_each(|samples| samples.sort_by_key(|sample| sample.at));
    found
}

/// The bytes that came, or in their place why none could.
fn said(exchange: &Exchange) -> Vec<u8> {
    match exchange.end {
        End::Refused => b"connection refused".to_vec(),
        End::Unresolved => b"no address".to_vec(),
        End::Closed | End::Broken | End::Dropped => exchange.got.clone(),
    }
}

/// A connection that never came about may have been anybody's.
fn is_question_of(spec: &Spec, exchange: &Exchange) -> bool {
    let asked = exchange.asked.as_slice();
    if asked.is_empty() && !exchange.opened {
        return true;
    }
    if let Spec::Tcp(tcp) = spec {
        return tcp.send.as_deref().unwrap_or_default().as_bytes() == asked;
    }
    let line = asked.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let line = line.strip_suffix(" HTTP/1.1").unwrap_or(&line);
    if let Spec::Http(http) = spec {
        return Asked::of(&http.request).line() == line;
    }
    let Spec::Job(job) = spec else { return false };
    let pattern = job.status_url.text();
    let path = pattern.splitn(4, '/').nth(3).unwrap_or_default();
    let (before, after) = path.split_once("{job_id}").unwrap_or((path, ""));
    line.strip_prefix("GET /").is_some_and(|path| path.starts_with(before) && path.ends_with(after))
}

/// The state file as it is at the end.
pub(super) fn final_state(world: &World) -> Option<Vec<u8>> {
    store::Disk::read(&world.memory, Path::new("state.json")).ok()
}
