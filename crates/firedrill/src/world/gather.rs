//! Turns what was noted while a world ran into the record of the run.

use std::{collections::BTreeMap, net::IpAddr, path::Path};

use engine::{
    Check, CheckName, EventKind, Status,
    config::{Config, Spec},
};
use mockapp::WebhookReport;

use super::{
    Notes, Wants, World, journal,
    net::{End, Exchange},
    outside::{Seen, What, truth_of},
    stage::Staged,
    trace,
    users::Asking,
};
use crate::{
    naive::{self, Answer, Asked},
    played::{FaultSpan, Played, Receipt, Sample, Truth},
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
    let machine = world.machine.take_answers();
    let seen: Vec<Seen> = std::iter::from_fn(|| notes.seen.try_recv().ok()).collect();
    let answers =
        if told { answers(&config, &exchanges, (&machine, &seen)) } else { BTreeMap::new() };
    let mut truth = staged.witness.seen();
    truth.extend(truth_of(&world.scenario, &config, &spans, staged.end));
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
        truth,
        beats: std::iter::from_fn(|| notes.beats.try_recv().ok()).collect(),
        users,
        bodies,
        answers,
        posts: posts(&exchanges),
        restarts: world.machine.take_restarts(),
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
        played.trace = trace::lines(&played, (&exchanges, &machine, &seen), &journal.lines);
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
fn answers(
    config: &Config,
    exchanges: &[Exchange],
    (machine, seen): (&BTreeMap<String, Vec<Sample>>, &[Seen]),
) -> BTreeMap<String, Vec<Sample>> {
    let mut found = machine.clone();
    for exchange in exchanges {
        for check in config.enabled() {
            if is_question_of(&check.spec, exchange) {
                let broken = exchange.end != End::Closed;
                let answer = Answer { got: said(exchange), broken, opened: exchange.opened };
                let took = exchange.until - exchange.at;
                let (verdict, why) = match is_knock(&check.spec, exchange) {
                    true => (Truth::Good, "connected".to_owned()),
                    false => naive::judge(check, &answer, took),
                };
                let sample = Sample { at: exchange.at, until: exchange.until, verdict, why };
                found.entry(check.name.to_string()).or_default().push(sample);
            }
        }
    }
    for one in seen {
        for check in config.enabled() {
            if let Some((verdict, why)) = worth(check, one) {
                let sample = Sample { at: one.at, until: one.until, verdict, why };
                found.entry(check.name.to_string()).or_default().push(sample);
            }
        }
    }
    // What was said on a kept connection is noted when it is used again, or closed.
    found.values_mut().for_each(|samples| samples.sort_by_key(|sample| sample.at));
    found
}

/// What an answer that was not HTTP was worth for a check; nothing when it was not its question.
fn worth(check: &Check, seen: &Seen) -> Option<naive::Worth> {
    let limit = engine::time::millis(check.timeout);
    match (&check.spec, &seen.what) {
        (Spec::Dns(spec), What::Name { asked, got }) if naive::is_question(spec, asked) => {
            let answer = match got {
                Some(got) if naive::is_cut_short(got) => return None,
                Some(got) => Answer { got: got.clone(), broken: false, opened: true },
                None => Answer::lost("no answer"),
            };
            Some(naive::judge(check, &answer, seen.until - seen.at))
        }
        (Spec::Ping(spec), What::Echo { address, sent, took }) => {
            let own =
                spec.host.parse().map_or(address.is_loopback(), |host: IpAddr| host == *address);
            own.then(|| naive::echoes(spec, limit, *sent, took))
        }
        (Spec::Host(spec), What::Machine { sight, steady }) => {
            Some(naive::machine(spec, *sight, *steady))
        }
        _ => None,
    }
}

/// The bytes that came, or in their place why none could.
fn said(exchange: &Exchange) -> Vec<u8> {
    match exchange.end {
        End::Refused => b"connection refused".to_vec(),
        End::Unresolved => b"no address".to_vec(),
        End::Closed | End::Broken | End::Dropped => exchange.got.clone(),
    }
}

/// Whether somebody only wanted to see whether a service's port is open, and saw it.
fn is_knock(spec: &Spec, exchange: &Exchange) -> bool {
    matches!(spec, Spec::Service(_)) && exchange.asked.is_empty() && exchange.opened
}

/// A connection that never came about may have been anybody's.
fn is_question_of(spec: &Spec, exchange: &Exchange) -> bool {
    let asked = exchange.asked.as_slice();
    if let Spec::Systemd(_) | Spec::LogHeartbeat(_) | Spec::Process(_) | Spec::Command(_) = spec {
        return false;
    }
    if matches!(spec, Spec::Dns(_) | Spec::Ping(_) | Spec::Host(_)) {
        return asked.is_empty() && exchange.end == End::Unresolved;
    }
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
    if let Spec::Service(service) = spec {
        let port = asked.is_empty() && service.port.is_some();
        return port || service.http.as_ref().is_some_and(|one| Asked::of(one).line() == line);
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
