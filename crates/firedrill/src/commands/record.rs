//! `firedrill record`: writes a scenario from the journal of a real checker, and plays it once to
//! see whether it makes the same alerts. Exit codes: 0 it does, 1 it does not, 3 bad input or usage.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{pool, run};
use crate::{
    out::{complain, say},
    recording::{self, Recorded, Wish},
    report,
    verdict::Verdict,
};

/// What `firedrill record` is asked to do.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Flags {
    /// The journal: results.jsonl, or a closed day below results/
    #[arg(long, value_name = "FILE")]
    pub(crate) from: PathBuf,
    /// The configuration of that checker; without it, it is guessed from the journal
    #[arg(long, value_name = "FILE")]
    pub(crate) checks: Option<PathBuf>,
    /// Which part: A..B, each an instant, HH:MM of the last day, -2h before the end, or nothing
    #[arg(long, value_name = "A..B", allow_hyphen_values = true)]
    pub(crate) window: String,
    /// The scenario; its configuration is written beside it [default: recorded-DATE.yaml]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Replace files that are there
    #[arg(long)]
    pub(crate) force: bool,
}

/// Records; answers the exit code.
pub(crate) fn record(flags: &Flags) -> u8 {
    match written(flags) {
        Ok((path, recorded)) => {
            for note in &recorded.notes {
                complain(&format!("note: {note}"));
            }
            say(&format!("{}: {}", path.display(), recorded.summary));
            tried(&path)
        }
        Err(error) => {
            complain(&error);
            3
        }
    }
}

fn written(flags: &Flags) -> Result<(PathBuf, Recorded), String> {
    let name = flags.out.as_deref().map(name_of).transpose()?;
    let wish = Wish {
        from: &flags.from,
        checks: flags.checks.as_deref(),
        window: &flags.window,
        name: name.as_deref(),
    };
    let recorded = recording::record(&wish)?;
    let default = || PathBuf::from(format!("{}.yaml", recorded.name));
    let path = flags.out.clone().unwrap_or_else(default);
    let beside = path.with_file_name(&recorded.checks_file);
    for path in [&path, &beside] {
        if path.exists() && !flags.force {
            return Err(format!("{} is there already; --force replaces it", path.display()));
        }
    }
    put(&beside, &recorded.checks)?;
    put(&path, &recorded.scenario)?;
    Ok((path, recorded))
}

/// The name of a scenario in this file.
fn name_of(path: &Path) -> Result<String, String> {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_yaml = path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
    match is_yaml && !stem.is_empty() && stem.chars().all(plain) {
        true => Ok(stem.to_owned()),
        false => Err(format!(
            "--out {}: expected a file such as scenarios/my-outage.yaml, of letters, digits and - _ .",
            path.display()
        )),
    }
}

fn put(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: cannot be written: {error}", path.display()))
}

/// Plays what was written, once.
fn tried(path: &Path) -> u8 {
    let cases = run::cases(&[path.to_owned()], None, None);
    let told = cases.and_then(|cases| pool::play(&cases, |_| {}));
    match told {
        Err(error) => {
            complain(&error);
            complain("this is a defect of `firedrill record`: please report it");
            1
        }
        Ok(told) if told.iter().all(|told| told.judged.verdict == Verdict::Pass) => {
            say("played once in virtual time: the same alerts");
            0
        }
        Ok(told) => {
            told.iter().for_each(|told| say(&report::terminal::failure(told, false)));
            say("played once in virtual time: not the same; the file is a beginning, edit it");
            1
        }
    }
}
