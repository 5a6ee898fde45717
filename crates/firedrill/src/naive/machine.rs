//! A second opinion on units, logs, processes and programs: what is asked of the machine on behalf of
//! a check, and what the raw words that come back are worth. Written apart from the checker's own
//! callers and judgement on purpose.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "checks that look at no machine are passed over"
)]

use checker::{
    command::{CommandOutcome, Exit, Finished},
    processes::Process,
};
use engine::{
    Check, Timestamp,
    config::{
        CommandSpec, ExitMeaning, LogHeartbeatSpec, LogSource, ProcessSpec, ServiceSpec, Spec,
    },
};
use jiff::civil::DateTime;

use super::{Worth, bad};
use crate::played::Truth;

/// How far a time may lie in the future before nobody believes it, in milliseconds.
const AHEAD: i64 = 300_000;

/// What came back.
#[derive(Debug)]
pub(crate) enum Seen<'a> {
    /// A program was run.
    Ran(&'a CommandOutcome),
    /// The processes were listed.
    Listed(&'a Result<Vec<Process>, String>),
    /// A file was read.
    Read(&'a str),
}

/// Whether a check looks at the machine at all.
pub(crate) fn looks(check: &Check) -> bool {
    runs(check).is_some() || counts(check) || reads(check).is_some()
}

/// The command line that is run on behalf of a check.
pub(crate) fn runs(check: &Check) -> Option<Vec<String>> {
    let line = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
    if let Spec::Systemd(unit) = &check.spec {
        let plain = ["systemctl", "is-active", &unit.unit];
        let sudo: &[&str] = if unit.use_sudo { &["sudo", "-n"] } else { &[] };
        return line(&[sudo, &plain].concat());
    }
    if let Spec::Service(ServiceSpec { unit: Some(unit), .. }) = &check.spec {
        return line(&["systemctl", "is-active", unit]);
    }
    if let Spec::LogHeartbeat(LogHeartbeatSpec {
        source: LogSource::Journal(unit), lookback, ..
    }) = &check.spec
    {
        let since = format!("{} minutes ago", lookback.as_secs() / 60);
        let words = ["journalctl", "-u", unit, "--since", &since, "--no-pager", "--reverse"];
        return line(&words);
    }
    if let Spec::Command(program) = &check.spec { Some(program.argv.clone()) } else { None }
}

/// Whether processes are counted for a check.
pub(crate) fn counts(check: &Check) -> bool {
    wanted(check).is_some()
}

fn wanted(check: &Check) -> Option<&ProcessSpec> {
    match &check.spec {
        Spec::Process(wanted) => Some(wanted),
        Spec::Service(service) => service.processes.as_ref().filter(|_| service.require_process),
        _ => None,
    }
}

/// The file that is read for a check.
pub(crate) fn reads(check: &Check) -> Option<&str> {
    match &check.spec {
        Spec::LogHeartbeat(LogHeartbeatSpec { source: LogSource::File(path), .. }) => Some(path),
        _ => None,
    }
}

/// The worst of several opinions on one check.
pub(crate) fn worst(all: Vec<Worth>) -> Option<Worth> {
    let rank = |truth: Truth| match truth {
        Truth::Good => 0,
        Truth::Slow => 1,
        Truth::Unsure => 2,
        Truth::Blind => 3,
        Truth::Bad => 4,
    };
    all.into_iter().max_by_key(|(truth, _)| rank(*truth))
}

fn blind(why: impl Into<String>) -> Worth {
    (Truth::Blind, why.into())
}

/// What was seen is worth this, at a time of the machine's clock.
pub(crate) fn worth(check: &Check, seen: &Seen<'_>, wall: Timestamp) -> Worth {
    match (&check.spec, seen) {
        (Spec::Command(spec), Seen::Ran(outcome)) => program(spec, outcome),
        (Spec::LogHeartbeat(spec), Seen::Read(text)) => heartbeat(check, spec, text, wall),
        (_, Seen::Listed(listed)) => processes(check, listed),
        (spec, Seen::Ran(outcome)) => match ended(outcome) {
            Err(why) => blind(why),
            Ok(finished) => match spec {
                Spec::LogHeartbeat(log) => journal(check, log, finished, wall),
                Spec::Service(_) => unit(finished, &["active", "reloading"], &[]),
                _ => unit(finished, &["active"], &["activating", "reloading", "deactivating"]),
            },
        },
        _ => blind("nothing that is known here"),
    }
}

/// A program that ran to its end, or why it did not.
fn ended(outcome: &CommandOutcome) -> Result<&Finished, String> {
    match outcome {
        CommandOutcome::Finished(finished) => Ok(finished),
        CommandOutcome::NotFound => Err("no such program".to_owned()),
        CommandOutcome::PermissionDenied => Err("may not be run".to_owned()),
        CommandOutcome::TimedOut => Err("no end".to_owned()),
        CommandOutcome::Failed(why) => Err(why.clone()),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The first words of something, for people.
fn short(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(60).collect()
}

fn unit(finished: &Finished, good: &[&str], slow: &[&str]) -> Worth {
    let said = text(&finished.stdout);
    let word = said.trim();
    match word {
        "" => blind(short(&text(&finished.stderr))),
        word if good.contains(&word) => (Truth::Good, word.to_owned()),
        word if slow.contains(&word) => (Truth::Slow, word.to_owned()),
        word => bad(word),
    }
}

fn journal(check: &Check, spec: &LogHeartbeatSpec, finished: &Finished, wall: Timestamp) -> Worth {
    let (lines, complaint) = (text(&finished.stdout), text(&finished.stderr));
    if !complaint.is_empty() || finished.exit != Exit::Code(0) {
        return blind(short(&complaint));
    }
    heartbeat(check, spec, &lines, wall)
}

/// The heartbeat with the latest time decides, wherever it stands; one that is far ahead only where
/// there is none that is young enough.
fn heartbeat(check: &Check, spec: &LogHeartbeatSpec, lines: &str, wall: Timestamp) -> Worth {
    let zone = spec.zone.as_ref().unwrap_or(&check.timezone);
    let found = lines.lines().filter_map(|line| {
        let found = spec.pattern.regex().captures(line)?;
        let time = found.name("time")?.as_str().trim();
        let at = match time.parse::<jiff::Timestamp>() {
            Ok(at) => at,
            Err(_) => time.parse::<DateTime>().ok()?.to_zoned(zone.clone()).ok()?.timestamp(),
        };
        let clients: u64 = found.name("clients")?.as_str().parse().ok()?;
        Some((wall.as_millis() - at.as_millisecond(), clients))
    });
    let limit = |length: std::time::Duration| engine::time::millis(length);
    let found: Vec<_> = found.filter(|(age, _)| *age <= limit(spec.lookback)).collect();
    let young = |age: i64| age >= -AHEAD && age <= limit(spec.max_age);
    let latest = |among: &dyn Fn(i64) -> bool| {
        found.iter().filter(|(age, _)| among(*age)).min_by_key(|(age, _)| *age).copied()
    };
    let minutes = |age: i64| format!("{:.1} min ago", age as f64 / 60_000.0);
    match latest(&young).or_else(|| latest(&|_| true)) {
        None => bad("no heartbeat"),
        Some((age, _)) if !young(age) => bad(minutes(age)),
        Some((_, clients)) if clients < spec.min_clients => {
            (Truth::Slow, format!("{clients} clients"))
        }
        Some((age, _)) => (Truth::Good, minutes(age)),
    }
}

fn processes(check: &Check, listed: &Result<Vec<Process>, String>) -> Worth {
    let Some(wanted) = wanted(check) else { return blind("nobody counts") };
    let all = match listed {
        Ok(all) => all,
        Err(why) => return blind(why.clone()),
    };
    let fits = |line: &str| {
        let line = line.to_lowercase();
        wanted.patterns.iter().any(|pattern| line.contains(&pattern.to_lowercase()))
    };
    let count = all.iter().filter(|process| fits(&process.command_line)).count() as u64;
    let said = format!("{count} processes");
    let too_few = count < u64::from(wanted.min_count);
    let too_many = wanted.max_count.is_some_and(|most| count > u64::from(most));
    if too_few || too_many { bad(said) } else { (Truth::Good, said) }
}

fn program(spec: &CommandSpec, outcome: &CommandOutcome) -> Worth {
    // It was asked for an answer and gave none: that is a failure of what it looks at.
    if *outcome == CommandOutcome::TimedOut {
        return bad("no end");
    }
    let finished = match ended(outcome) {
        Ok(finished) => finished,
        Err(why) => return blind(why),
    };
    let Exit::Code(code) = finished.exit else { return bad("killed") };
    let said = text(&finished.stdout);
    let verdict = match (spec.exit, code) {
        (ExitMeaning::Wanted(wanted), code) if wanted == code => Truth::Good,
        (ExitMeaning::Wanted(_), _) | (ExitMeaning::Nagios, 2) => Truth::Bad,
        (ExitMeaning::Nagios, 0) => Truth::Good,
        (ExitMeaning::Nagios, 1) => Truth::Slow,
        (ExitMeaning::Nagios, _) => Truth::Blind,
    };
    let silent = spec.expect_output.as_ref().is_some_and(|wanted| !wanted.regex().is_match(&said));
    if silent && matches!(verdict, Truth::Good | Truth::Slow) {
        return bad(format!("it says: {}", short(&said)));
    }
    (verdict, format!("exit code {code}"))
}
