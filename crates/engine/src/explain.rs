//! Why a check is in its state, who was told what, and what comes next, in plain words.
//! Pure: reads the board and a ledger of events, changes nothing.

use std::{fmt::Write as _, time::Duration};

use crate::{
    board::{ActionState, BUDGET_SPAN, Entry},
    bound::bound,
    config::{Action, Check},
    event::{ActionDone, ActionResult, Delivered, Event, EventKind, Notice},
    schedule::Schedule,
    status::{NoticeKind, Status},
    time::{Timestamp, humane},
};

/// Everything that an explanation is made from.
#[derive(Debug)]
pub struct Question<'a> {
    /// The check as configured.
    pub check: &'a Check,
    /// Its entry; absent when it has never been seen.
    pub entry: Option<&'a Entry>,
    /// Its notices, deliveries and actions, oldest first.
    pub ledger: &'a [Event],
    /// The present.
    pub now: Timestamp,
}

/// The whole explanation, several lines.
#[must_use]
pub fn explain(question: &Question<'_>) -> String {
    let mut text = String::new();
    let sections: [(&str, Vec<String>); 5] = [
        ("Why", why(question)),
        ("Who was told", told(question)),
        ("What was done", done(question)),
        ("What comes next", next(question)),
        ("Bounds", bounds(question)),
    ];
    let _ = writeln!(text, "{}", headline(question));
    for (title, lines) in sections {
        let _ = writeln!(text, "\n{title}");
        for line in lines {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}

fn headline(question: &Question<'_>) -> String {
    let name = &question.check.name;
    let Some(entry) = question.entry.filter(|entry| entry.status != Status::Pending) else {
        return format!("{name} has not been measured yet.");
    };
    let since = entry.last_changed_at.map_or_else(String::new, |at| {
        format!(" since {} ({})", local(question, at), humane(question.now.since(at)))
    });
    format!("{name} is {}{since}.", entry.status)
}

fn why(question: &Question<'_>) -> Vec<String> {
    let Some(entry) = question.entry.filter(|entry| entry.last_checked_at.is_some()) else {
        return vec!["no cycle has ended yet".to_owned()];
    };
    let mut lines = vec![entry.details.reason.clone()];
    let broken = entry.details.expectations.iter().filter(|seen| !seen.ok);
    lines.extend(broken.map(|s| format!("{} was {}, expected {}", s.what, s.actual, s.expected)));
    lines.extend(entry.last_checked_at.map(|at| {
        let attempts = plural(entry.attempts, "attempt");
        format!("last measured {} with {attempts}", ago(question, at))
    }));
    lines.extend(entry.retrying.as_ref().map(|retrying| {
        let (failed, of) = (retrying.failed, retrying.of);
        format!("retrying now: {failed} of {of} attempts failed: {}", retrying.reason)
    }));
    if entry.consecutive_failures > 0 {
        lines.push(format!("{} failed in a row", plural(entry.consecutive_failures, "cycle")));
    }
    lines
}

fn told(question: &Question<'_>) -> Vec<String> {
    let mut lines: Vec<String> = question
        .ledger
        .iter()
        .filter_map(|event| {
            if let EventKind::Notify(notice) = &event.kind {
                return Some(raised(question, notice));
            }
            let EventKind::Delivery(done) = &event.kind else {
                return None;
            };
            Some(delivery(question, event.ts, done))
        })
        .collect();
    for pending in question.entry.map(|entry| entry.pending.as_slice()).unwrap_or_default() {
        for (channel, waiting) in &pending.waiting {
            let error = waiting.error.as_deref().unwrap_or("not tried yet");
            let attempts = plural(waiting.attempts, "attempt");
            lines.push(format!("still waiting for {channel} after {attempts}: {error}"));
        }
    }
    or_nothing(lines, "nobody, so far")
}

fn raised(question: &Question<'_>, notice: &Notice) -> String {
    let at = local(question, notice.raised_at);
    let channels = notice.channels.join(", ");
    let to = if channels.is_empty() { "no channel wants it".to_owned() } else { channels };
    format!("{at} {} raised for {to}", notice.kind)
}

fn delivery(question: &Question<'_>, at: Timestamp, done: &Delivered) -> String {
    let (at, kind, channel) = (local(question, at), done.kind, &done.channel);
    match &done.error {
        None => format!("{at} {kind} accepted by {channel}, attempt {}", done.attempt),
        Some(error) if done.gave_up => format!("{at} {kind} given up for {channel}: {error}"),
        Some(error) => format!("{at} {kind} not accepted by {channel}: {error}"),
    }
}

fn done(question: &Question<'_>) -> Vec<String> {
    let lines = question.ledger.iter().filter_map(|event| {
        let EventKind::Action(action) = &event.kind else {
            return None;
        };
        let at = local(question, event.ts);
        (action.result != ActionResult::Started || action.helped.is_some())
            .then(|| format!("{at} {}", outcome(action)))
    });
    or_nothing(lines.collect(), "nothing, so far")
}

fn outcome(done: &ActionDone) -> String {
    let said = done.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
    match done.helped {
        Some(true) => format!("{} helped", done.action),
        Some(false) => format!("{} did not help", done.action),
        None => format!("{} {}{said}", done.action, result_word(done.result)),
    }
}

const fn result_word(result: ActionResult) -> &'static str {
    match result {
        ActionResult::Started => "started",
        ActionResult::Ok => "ran",
        ActionResult::Failed => "failed",
        ActionResult::Skipped => "was skipped",
    }
}

fn next(question: &Question<'_>) -> Vec<String> {
    let check = question.check;
    let mut lines = vec![next_turn(question)];
    let failing = question.entry.is_some_and(|entry| entry.incident.is_some());
    let listed = |kind| check.notify_on.contains(&kind);
    if failing {
        lines.push(match listed(NoticeKind::Recovered) {
            true => "the first good cycle closes the incident and sends recovered".to_owned(),
            false => "the first good cycle closes the incident; recovered is not listed".to_owned(),
        });
        lines.extend(listed(NoticeKind::Reminder).then(|| reminder(question)).flatten());
    } else {
        let words: Vec<_> = check.notify_on.iter().map(|kind| kind.word()).collect();
        lines.push(match words.is_empty() {
            true => "nothing is ever sent: notify_on is empty".to_owned(),
            false => format!("it sends {}", words.join(", ")),
        });
    }
    lines.extend(check.actions.iter().map(|action| prospect(question, action)));
    lines
}

fn next_turn(question: &Question<'_>) -> String {
    match &question.check.schedule {
        Schedule::Every(every) => format!("a cycle every {}", humane(*every)),
        Schedule::Aligned(every) => format!("a cycle on every multiple of {}", humane(*every)),
        Schedule::Cron(cron) => match cron.next_after(question.now) {
            Some(at) => format!("the next cycle at {} (`{}`)", local(question, at), cron.text()),
            None => format!("no further cycle (`{}`)", cron.text()),
        },
    }
}

fn reminder(question: &Question<'_>) -> Option<String> {
    let incident = question.entry?.incident.as_ref()?;
    let last = incident.announced_at.unwrap_or(incident.opened_at);
    let due = last + question.check.reminder_every;
    Some(format!("a reminder at the first failed cycle after {}", local(question, due)))
}

fn prospect(question: &Question<'_>, action: &Action) -> String {
    let label = &action.label;
    if !action.enabled {
        return format!("action {label} is switched off");
    }
    let none = ActionState::default();
    let state = question.entry.and_then(|entry| entry.actions.get(label)).unwrap_or(&none);
    let recent = state.recent.iter().filter(|at| question.now.since(**at) < BUDGET_SPAN).count();
    let budget = format!("{recent} of {} runs of this hour used", action.max_per_hour);
    let after = plural(action.after_failures, "failed cycle");
    match state.runs_in_incident {
        0 => format!("action {label} runs after {after}; {budget}"),
        ran if action.every == 0 => {
            format!("action {label} ran {} in this incident, no more; {budget}", times(ran))
        }
        ran => format!(
            "action {label} ran {} in this incident, again after {}; {budget}",
            times(ran),
            plural(action.every, "more failed cycle")
        ),
    }
}

fn bounds(question: &Question<'_>) -> Vec<String> {
    let check = question.check;
    let bound = bound(check, question.now);
    let interval = humane(check.schedule.interval(question.now));
    let timeout = humane(check.timeout);
    let mut sum = format!("{interval} interval + {} × {timeout} time-out", check.retries + 1);
    if check.retries > 0 {
        let _ = write!(sum, " + {} × {} back-off", check.retries, humane(check.backoff));
    }
    vec![
        format!("an outage is FAIL within {} ({sum}), plus delivery", humane(bound.detect)),
        format!(
            "a recovery is seen within {} ({interval} interval + {timeout} time-out)",
            humane(bound.recover)
        ),
        format!("an outage shorter than {} can be missed", humane(bound.detect)),
    ]
}

fn local(question: &Question<'_>, at: Timestamp) -> String {
    at.in_zone(&question.check.timezone)
}

fn ago(question: &Question<'_>, at: Timestamp) -> String {
    let since: Duration = question.now.since(at);
    format!("{} ({} ago)", local(question, at), humane(since))
}

fn plural(count: u32, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn times(count: u32) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn or_nothing(lines: Vec<String>, nothing: &str) -> Vec<String> {
    if lines.is_empty() { vec![nothing.to_owned()] } else { lines }
}
