//! Judges a program of the user's own by its exit code and its output.
//! Facts: `exit_code`, unless it did not end by itself, and `perfdata` of a Nagios plugin.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::{
    config::{CommandSpec, ExitMeaning},
    details::{Details, Expectation, excerpt},
    observation::{ProgramEnd, ProgramSeen},
    outcome::Outcome,
    status::Status,
    time::humane,
};

/// The verdict; `limit` is that of the attempt.
pub(crate) fn judge(spec: &CommandSpec, limit: Duration, seen: &ProgramSeen) -> Outcome {
    let (status, how) = ended(spec, limit, seen.end);
    let (words, perfdata) = match spec.exit {
        ExitMeaning::Nagios => split(&seen.stdout),
        ExitMeaning::Wanted(_) => (first_line(&seen.stdout), None),
    };
    let mut details = Details { facts: facts(seen.end, perfdata), ..Details::default() };
    details.reason = reason(spec, status, how, &words, &seen.stderr);
    let status = hold(spec, seen, status, &mut details);
    Outcome { status, details, latency_ms: None, retry: status == Status::Fail, job: None }
}

/// What the end of the program means, and how it is told when it says nothing itself.
fn ended(spec: &CommandSpec, limit: Duration, end: ProgramEnd) -> (Status, String) {
    let program = spec.argv.first().map(String::as_str).unwrap_or_default();
    match (end, spec.exit) {
        (ProgramEnd::Code(code), ExitMeaning::Nagios) => {
            (nagios(code), format!("{program} ended with exit code {code}"))
        }
        (ProgramEnd::Code(code), ExitMeaning::Wanted(wanted)) if code == wanted => {
            (Status::Ok, format!("{program} ended with exit code {code}"))
        }
        (ProgramEnd::Code(code), ExitMeaning::Wanted(wanted)) => {
            (Status::Fail, format!("exit code {code}, expected {wanted}"))
        }
        (ProgramEnd::Signal(signal), _) => {
            (Status::Fail, format!("{program} was ended by signal {signal}"))
        }
        (ProgramEnd::TimedOut, _) => {
            let limit = humane(limit);
            (Status::Fail, format!("{program} did not end within {limit} and was killed"))
        }
    }
}

const fn nagios(code: i32) -> Status {
    match code {
        0 => Status::Ok,
        1 => Status::Warn,
        2 => Status::Fail,
        _ => Status::Unknown,
    }
}

fn reason(spec: &CommandSpec, status: Status, how: String, words: &str, stderr: &str) -> String {
    let complaint = first_line(stderr);
    let said = if words.is_empty() && status != Status::Ok { &complaint } else { words };
    match spec.exit {
        _ if said.is_empty() => how,
        ExitMeaning::Nagios => said.to_owned(),
        ExitMeaning::Wanted(_) if status == Status::Ok => said.to_owned(),
        ExitMeaning::Wanted(_) => format!("{how}: {said}"),
    }
}

/// Output that does not match is a failure of a program that was content.
fn hold(spec: &CommandSpec, seen: &ProgramSeen, status: Status, details: &mut Details) -> Status {
    let Some(pattern) = &spec.expect_output else { return status };
    let ok = pattern.regex().is_match(&seen.stdout);
    let actual = excerpt(seen.stdout.trim().as_bytes());
    let expected = format!("a match of {}", pattern.regex().as_str());
    if !ok && status.is_up() {
        details.reason = format!("the output does not match {}", pattern.regex().as_str());
    }
    let what = "output".to_owned();
    details.expectations.push(Expectation { what, expected, actual, ok });
    if !ok && status.is_up() { Status::Fail } else { status }
}

/// The words of a plugin for people, and its figures after the bar.
fn split(stdout: &str) -> (String, Option<String>) {
    let line = stdout.trim_start().lines().next().unwrap_or_default();
    match line.split_once('|') {
        Some((words, figures)) => {
            let figures = excerpt(figures.trim().as_bytes());
            (excerpt(words.trim().as_bytes()), Some(figures).filter(|text| !text.is_empty()))
        }
        None => (excerpt(line.trim().as_bytes()), None),
    }
}

fn first_line(text: &str) -> String {
    excerpt(text.trim_start().lines().next().unwrap_or_default().trim().as_bytes())
}

fn facts(end: ProgramEnd, perfdata: Option<String>) -> Map<String, Value> {
    let code = match end {
        ProgramEnd::Code(code) => Some(code),
        ProgramEnd::Signal(_) | ProgramEnd::TimedOut => None,
    };
    let known = [("exit_code", code.map(Value::from)), ("perfdata", perfdata.map(Value::from))];
    known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
