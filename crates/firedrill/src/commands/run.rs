//! `firedrill run`: plays scenarios, judges them, tells and writes down what came out.
//! Exit codes: 0 all passed, 1 something failed, 2 something proves nothing, 3 a bad file or usage.

use std::{
    fs,
    io::{IsTerminal as _, stdout},
    path::{Path, PathBuf},
    sync::Arc,
};

use regex::Regex;

use super::{determinism, live, pool};
use crate::{
    out::{complain, say},
    report,
    scenario::{self, Scenario},
    verdict::{Told, Verdict},
};

/// What `firedrill run` is asked to do.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Flags {
    /// Scenario files, or folders with scenarios
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Play on real processes, sockets and mail instead of in virtual time
    #[arg(long)]
    pub(crate) live: bool,
    /// Drill the mock app at this address and the checker that watches it (with --live)
    #[arg(long, value_name = "URL", requires = "live")]
    pub(crate) against: Option<String>,
    /// The folder with state.json and results.jsonl of the checker to drill [default: .]
    #[arg(long, value_name = "DIR", requires = "against")]
    pub(crate) data: Option<PathBuf>,
    /// Allow --against an address of another machine
    #[arg(long, requires = "against")]
    pub(crate) allow_remote: bool,
    /// Only the cases whose name and parameters match
    #[arg(long, value_name = "REGEX")]
    pub(crate) filter: Option<Regex>,
    /// Play every case with this seed, or with each of these: `7`, `1..20`
    #[arg(long, value_name = "N", value_parser = seeds)]
    pub(crate) seed: Option<Seeds>,
    /// Play everything three times, once in another process, and compare every step
    #[arg(long)]
    pub(crate) check_determinism: bool,
    /// Write a JUnit report
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Write a JSON report
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write a page for people
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

/// Seeds in place of the scenario's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seeds {
    first: u64,
    last: u64,
}

fn seeds(text: &str) -> Result<Seeds, String> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let number = |text: &str| {
        text.trim()
            .parse::<u64>()
            .map_err(|_| "expected a number such as 7, or a range such as 1..20".to_owned())
    };
    let seeds = Seeds { first: number(first)?, last: number(last.trim_start_matches('='))? };
    if seeds.first <= seeds.last && seeds.last - seeds.first < 10_000 {
        Ok(seeds)
    } else {
        Err("expected a range that goes up, of at most 10000 seeds".to_owned())
    }
}

impl std::fmt::Display for Seeds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}..{}", self.first, self.last)
    }
}

/// A case with the configuration that it tests.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// The case.
    pub(crate) scenario: Arc<Scenario>,
    /// The text of the configuration.
    pub(crate) checks: Arc<Vec<u8>>,
}

/// Plays and judges; answers the exit code.
pub(crate) fn run(flags: &Flags) -> u8 {
    let cases = match cases(&flags.paths, flags.seed, flags.filter.as_ref()) {
        Ok(cases) => cases,
        Err(error) => {
            complain(&error);
            return 3;
        }
    };
    if cases.is_empty() {
        complain("no case matches: look at the names with `firedrill lint`, or widen --filter");
        return 3;
    }
    let shown = stdout().is_terminal();
    let color = shown && std::env::var_os("NO_COLOR").is_none();
    let each = |told: &Told| {
        if told.judged.verdict != Verdict::Pass {
            say(&report::terminal::failure(told, color));
        } else if shown {
            say(&report::terminal::line(told, color));
        }
    };
    let told = if flags.live { live::play(flags, &cases, each) } else { pool::play(&cases, each) };
    let told = match told {
        Ok(told) => told,
        Err(error) => {
            complain(&error);
            return 3;
        }
    };
    finish(flags, &cases, &told)
}

fn finish(flags: &Flags, cases: &[Case], told: &[Told]) -> u8 {
    let written = reports(flags, told);
    let differs = flags.check_determinism && !flags.live && !determinism::same(flags, cases);
    if let Err(error) = &written {
        complain(error);
    }
    say(&report::terminal::summary(told));
    let worst = told.iter().map(|told| told.judged.verdict).max();
    match worst {
        _ if written.is_err() => 3,
        Some(Verdict::Fail) => 1,
        _ if differs => 1,
        Some(Verdict::Inconclusive) => 2,
        Some(Verdict::Pass) | None => 0,
    }
}

/// Every case of the paths, in order, each with its configuration.
pub(crate) fn cases(
    paths: &[PathBuf],
    seeds: Option<Seeds>,
    filter: Option<&Regex>,
) -> Result<Vec<Case>, String> {
    let files = scenario::find(paths).map_err(|error| error.to_string())?;
    let mut found = Vec::new();
    let mut wrong = Vec::new();
    for file in files {
        match scenario::load(&file) {
            Ok(scenarios) => found.extend(scenarios),
            Err(refused) => wrong.push(refused.to_string()),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong.join("\n"));
    }
    if let Some(Seeds { first, last }) = seeds {
        let seeded = |case: Scenario| {
            (first..=last).map(move |seed| scenario::with_seed(case.clone(), seed))
        };
        found = one_per_params(found).into_iter().flat_map(seeded).collect();
    }
    let wanted = |case: &Scenario| filter.is_none_or(|filter| filter.is_match(&case.title()));
    found.into_iter().filter(wanted).map(with_checks).collect()
}

/// Of cases that differ in their seed only, the first.
fn one_per_params(cases: Vec<Scenario>) -> Vec<Scenario> {
    let mut kept: Vec<Scenario> = Vec::new();
    for case in cases {
        let same =
            |known: &Scenario| known.source.file == case.source.file && known.params == case.params;
        if !kept.iter().any(same) {
            kept.push(case);
        }
    }
    kept
}

fn with_checks(scenario: Scenario) -> Result<Case, String> {
    let path = &scenario.checks;
    let checks = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Case { scenario: Arc::new(scenario), checks: Arc::new(checks) })
}

fn reports(flags: &Flags, told: &[Told]) -> Result<(), String> {
    let write = |path: &Option<PathBuf>, text: &dyn Fn() -> String| match path {
        Some(path) => put(path, &text()),
        None => Ok(()),
    };
    write(&flags.junit, &|| report::junit::junit(told))?;
    write(&flags.json, &|| report::json::json(told))?;
    write(&flags.html, &|| report::html::html(told))
}

fn put(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: cannot be written: {error}", path.display()))
}
