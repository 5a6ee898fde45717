//! no-false-alarm: every alarm has answers behind it that were wrong, as many as the configuration
//! asks for, and every all-clear one that was right.

use engine::{
    Check, EventKind, NoticeKind,
    config::{LogSource, Spec},
};

use super::{super::facts::Facts, Broken};
use crate::{
    played::{Sample, Truth},
    scenario::Ms,
};

const GRACE: Ms = 1_000;

pub(super) fn false_ones(facts: &Facts<'_>) -> Vec<Broken> {
    let edited = facts.edited();
    let told = facts.played.journal.iter().filter(|(at, _)| *at < edited);
    told.filter_map(|(at, event)| {
        let EventKind::Notify(notice) = &event.kind else { return None };
        let check = facts.check(notice.name.as_ref()?.as_str())?;
        match notice.kind {
            NoticeKind::FirstFail => no_reason(facts, check, *at),
            NoticeKind::Recovered => no_recovery(facts, check, *at),
            NoticeKind::DeadlineMiss
            | NoticeKind::Reminder
            | NoticeKind::Warn
            | NoticeKind::Unknown
            | NoticeKind::RemedyExhausted
            | NoticeKind::Change
            | NoticeKind::Test
            | NoticeKind::Report => None,
        }
    })
    .collect()
}

/// An alarm without as many bad answers in its cycle as there are attempts.
fn no_reason(facts: &Facts<'_>, check: &Check, at: Ms) -> Option<Broken> {
    let answers = answers(facts, check)?;
    let wanted = if let Spec::Http(_) | Spec::Tcp(_) | Spec::Dns(_) | Spec::Ping(_) = check.spec {
        check.retries as usize + 1
    } else if is_of_the_machine(&check.spec) {
        check.retries as usize + 1
    } else if let Spec::Host(_) = check.spec {
        // Every look is a row and a heartbeat: none is tried again.
        1
    } else if let Spec::Job(_) = check.spec {
        if is_a_miss(facts, check, at) {
            return None;
        }
        // What a job says of itself is believed at once.
        1
    } else {
        return None;
    };
    let cycle = check.timeout.saturating_mul(check.retries + 1)
        + check.backoff.saturating_mul(check.retries);
    let begin = at - engine::time::millis(cycle) - GRACE;
    let recent = answers.iter().filter(|answer| answer.at >= begin && answer.at <= at);
    let bad = recent.filter(|answer| matches!(answer.verdict, Truth::Bad | Truth::Unsure)).count();
    (bad < wanted).then(|| {
        let last = answers.iter().rfind(|answer| answer.at <= at);
        let got = last.map_or("nothing", |answer| &answer.why);
        Broken::new(
            at,
            format!("first_fail for {} after {bad} bad answers, not {wanted}", check.name),
        )
        .because(format!("{} had answered: {got}", who(&check.spec)))
    })
}

/// Who answers a check.
fn who(spec: &Spec) -> &'static str {
    let machine = is_of_the_machine(spec) && !matches!(spec, Spec::Service(_));
    if machine { "the machine" } else { "the mock app" }
}

/// Whether a check looks at units, logs, processes or programs, of which every answer is kept. Nobody
/// notes who reads a file.
fn is_of_the_machine(spec: &Spec) -> bool {
    match spec {
        Spec::LogHeartbeat(log) => matches!(log.source, LogSource::Journal(_)),
        Spec::Systemd(_) | Spec::Service(_) | Spec::Process(_) | Spec::Command(_) => true,
        Spec::Http(_)
        | Spec::Tcp(_)
        | Spec::Job(_)
        | Spec::Dns(_)
        | Spec::Host(_)
        | Spec::Ping(_)
        | Spec::Push(_) => false,
    }
}

/// Whether the alarm tells of a missed deadline, which no answer shows: a check that does not list
/// `deadline_miss` tells of it as of any failure.
fn is_a_miss(facts: &Facts<'_>, check: &Check, at: Ms) -> bool {
    let Spec::Job(job) = &check.spec else { return false };
    let until = facts.played.journal.iter().rev().filter(|(when, _)| *when <= at);
    let mut cycles = until.filter_map(|(_, event)| match &event.kind {
        EventKind::Check(done) if done.name == check.name => Some(&done.details.reason),
        _ => None,
    });
    let has_deadline = job.success_by.is_some() || job.within.is_some();
    has_deadline && cycles.next().is_some_and(|why| why.starts_with("missed deadline"))
}

/// An all-clear on the heels of a bad answer.
fn no_recovery(facts: &Facts<'_>, check: &Check, at: Ms) -> Option<Broken> {
    let judged = matches!(
        check.spec,
        Spec::Http(_) | Spec::Tcp(_) | Spec::Dns(_) | Spec::Ping(_) | Spec::Host(_)
    );
    if !judged && !is_of_the_machine(&check.spec) {
        return None;
    }
    let last = last_answer(answers(facts, check)?, at)?;
    let shared = facts.checks().any(|other| other.name != check.name && same_address(other, check));
    (matches!(last.verdict, Truth::Bad | Truth::Blind) && !shared).then(|| {
        Broken::new(at, format!("recovered for {} although the last answer was bad", check.name))
            .because(format!("{} had answered: {}", who(&check.spec), last.why))
    })
}

/// The worst of what the last attempt got: a service has several parts.
fn last_answer(answers: &[Sample], at: Ms) -> Option<&Sample> {
    let known = || answers.iter().filter(|answer| answer.until <= at && !answer.why.is_empty());
    let last = known().map(|answer| answer.at).max()?;
    let attempt = || known().filter(|answer| answer.at == last);
    let bad = attempt().find(|answer| matches!(answer.verdict, Truth::Bad | Truth::Blind));
    bad.or_else(|| attempt().next_back())
}

fn same_address(one: &Check, other: &Check) -> bool {
    match (&one.spec, &other.spec) {
        (Spec::Http(one), Spec::Http(other)) => one.request.url == other.request.url,
        (Spec::Tcp(one), Spec::Tcp(other)) => one.send == other.send,
        (Spec::Dns(one), Spec::Dns(other)) => {
            (&one.query, one.record) == (&other.query, other.record)
        }
        _ => false,
    }
}

fn answers<'a>(facts: &'a Facts<'_>, check: &Check) -> Option<&'a [Sample]> {
    // Live nobody listens on the wire.
    if facts.played.answers.is_empty() {
        return None;
    }
    Some(facts.played.answers.get(check.name.as_str()).map_or(&[], Vec::as_slice))
}
