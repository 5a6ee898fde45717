//! Proves that a case is the same every time: played twice on separate threads, and once in another
//! process with another time zone, working folder and environment. Compares traces line by line.

use std::{collections::BTreeMap, path::Path, process::Command};

use super::{
    pool,
    run::{Case, Flags},
};
use crate::{
    out::{complain, say},
    world::{Wants, trace_hash},
};

const TRACED: Wants = Wants { trace: true, users: false, bodies: false };

/// Whether all cases are; says of the first that is not where it differs.
pub(crate) fn same(flags: &Flags, cases: &[Case]) -> bool {
    let (first, second) = (hashes(cases), hashes(cases));
    let foreign = match foreign_hashes(flags) {
        Ok(hashes) => hashes,
        Err(error) => {
            complain(&format!("determinism: the other process failed: {error}"));
            return false;
        }
    };
    let differs = |index: &usize| {
        let mine = first.get(index);
        second.get(index) != mine || foreign.get(index) != mine
    };
    let Some(index) = (0..cases.len()).find(differs) else {
        say(&format!("deterministic: {} cases, three runs each, the same traces", cases.len()));
        return true;
    };
    explain(flags, &cases[index], index);
    false
}

/// Prints index and hash of every case, or the whole trace of one: for the other process.
pub(crate) fn print(flags: &Flags, only: Option<usize>) -> Result<(), String> {
    let cases = super::run::cases(&flags.paths, flags.seed, flags.filter.as_ref())?;
    match only {
        Some(index) => {
            let case = cases.get(index).ok_or("there is no such case")?;
            lines(case)?.iter().for_each(|line| say(line));
        }
        None => hashes(&cases).iter().for_each(|(index, hash)| say(&format!("{index} {hash}"))),
    }
    Ok(())
}

fn hashes(cases: &[Case]) -> BTreeMap<usize, String> {
    let mut found = BTreeMap::new();
    pool::all(cases, TRACED, |index, done| {
        let hash = done.map_or_else(|error| error, |(played, _)| trace_hash(&played.trace));
        found.insert(index, hash);
    });
    found
}

fn lines(case: &Case) -> Result<Vec<String>, String> {
    pool::one(case, TRACED).map(|(played, _)| played.trace)
}

fn foreign_hashes(flags: &Flags) -> Result<BTreeMap<usize, String>, String> {
    let output = foreign(flags, None)?;
    let parsed = output.lines().filter_map(|line| {
        let (index, hash) = line.split_once(' ')?;
        Some((index.parse().ok()?, hash.to_owned()))
    });
    Ok(parsed.collect())
}

/// Runs the same cases in a process that has as little as possible in common with this one.
fn foreign(flags: &Flags, only: Option<usize>) -> Result<String, String> {
    let exe = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(exe);
    command.arg("trace").env_clear().env("TZ", "Pacific/Apia").env("LANG", "tr_TR.UTF-8");
    command.env("MOCKAPP_BASE", "http://192.0.2.1:9").env("SMTP_HOST", "192.0.2.1");
    command.current_dir(std::env::temp_dir());
    for path in &flags.paths {
        command.arg(std::path::absolute(path).unwrap_or_else(|_| Path::new(path).to_owned()));
    }
    if let Some(index) = only {
        command.arg("--only").arg(index.to_string());
    }
    if let Some(filter) = &flags.filter {
        command.arg("--filter").arg(filter.as_str());
    }
    if let Some(seed) = &flags.seed {
        command.arg("--seed").arg(seed.to_string());
    }
    let output = command.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn explain(flags: &Flags, case: &Case, index: usize) {
    let title = case.scenario.title();
    let (Ok(mine), Ok(again)) = (lines(case), lines(case)) else {
        complain(&format!("deterministic: {title} cannot be played again"));
        return;
    };
    let other = foreign(flags, Some(index)).unwrap_or_default();
    let other: Vec<String> = other.lines().map(str::to_owned).collect();
    let (what, theirs) =
        if mine == again { ("another process", other) } else { ("a second run", again) };
    let at = mine.iter().zip(&theirs).position(|(one, two)| one != two);
    let at = at.unwrap_or_else(|| mine.len().min(theirs.len()));
    let line =
        |lines: &[String]| lines.get(at).map_or("(the trace ends)", String::as_str).to_owned();
    complain(&format!(
        "deterministic: {title} differs in {what}, first in line {}:\n  here   {}\n  there  {}",
        at + 1,
        line(&mine),
        line(&theirs)
    ));
}
