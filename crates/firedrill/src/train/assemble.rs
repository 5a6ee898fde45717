//! Puts the record of an exercise together from its facts, and keeps it: `exercise.json` in the
//! folder of the exercise. Plays and serves nothing.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use engine::{
    Config, Timestamp,
    config::{Source, Spec, parse},
};

use super::{
    cures,
    facts::Facts,
    lanes, operations,
    record::Record,
    score::{Baseline, Setting, score},
    signs::{self, Study},
    simulate::{Company, simulate},
};
use crate::scenario::{Ms, Scenario, variable};

/// The name of the file in the folder of an exercise.
pub(crate) const FILE: &str = "exercise.json";

/// What is known of an exercise besides its facts.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    /// What it is called.
    pub(crate) title: String,
    /// What the team was told.
    pub(crate) story: String,
    /// The level, 1 to 3.
    pub(crate) level: u8,
    /// The seed that it was drawn by.
    pub(crate) seed: u64,
    /// How many times faster than real time it went.
    pub(crate) speed: f64,
    /// The team.
    pub(crate) team: String,
    /// When it began, by the clock on the wall.
    pub(crate) began: Timestamp,
    /// How long it could have lasted, in the exercise's own milliseconds.
    pub(crate) limit: Ms,
}

/// The record of an exercise that is over: simulates the same incident without the team, scores
/// all three, and looks for the first sign. What the operations in `facts` were worth is found out
/// here. Takes a few seconds; may be called from anywhere that may block.
///
/// # Errors
/// Says why the incident cannot be simulated.
pub(crate) fn record(
    head: Head,
    mut facts: Facts,
    scenario: &Scenario,
    checks: &[u8],
) -> Result<Record, String> {
    operations::judge(&mut facts, scenario);
    let both = std::thread::scope(|scope| {
        let alone = |company| move || simulate(scenario, checks, company, head.limit);
        let nobody = scope.spawn(alone(Company::Nobody));
        let remedies = alone(Company::Remedies)();
        (nobody.join(), remedies)
    });
    let nobody = both.0.unwrap_or_else(|_| Err("the simulation has broken".to_owned()))?;
    let setting = setting(scenario, checks, head.speed)?;
    let study = signs::study(scenario, checks, &nobody);
    Ok(assemble(head, facts, scenario, &Alone { nobody, remedies: both.1?, setting, study }))
}

/// What is known of the same incident without the team.
#[derive(Clone, Debug)]
pub(crate) struct Alone {
    /// With nobody there.
    pub(crate) nobody: Facts,
    /// With the checker's own remedies.
    pub(crate) remedies: Facts,
    /// What a score is measured by.
    pub(crate) setting: Setting,
    /// What would have told it sooner.
    pub(crate) study: Study,
}

/// The record, from facts alone.
pub(crate) fn assemble(head: Head, facts: Facts, scenario: &Scenario, alone: &Alone) -> Record {
    let baseline = Baseline::of(&alone.nobody, alone.setting.clone());
    let hints = scenario.exercise.as_ref().map(|exercise| exercise.hints.clone());
    Record {
        scenario: scenario.name.clone(),
        earliest: signs::earliest(&facts, alone.study.drift.as_ref()),
        sooner: alone.study.sooner.clone(),
        resolution: (!scenario.about.is_empty()).then(|| scenario.about.clone()),
        hints: hints.unwrap_or_default(),
        score: score(&facts, &baseline),
        nobody: score(&alone.nobody, &baseline),
        remedies: score(&alone.remedies, &baseline),
        users: lanes::users(&facts.users, facts.ended),
        title: head.title,
        story: head.story,
        level: head.level,
        seed: head.seed,
        speed: head.speed,
        team: head.team,
        began: head.began,
        ended: facts.ended,
        ending: facts.ending,
        causes: facts.causes,
        faults: facts.faults,
        checks: facts.checks,
        alerts: facts.alerts,
        done: facts.done,
        operations: facts.operations,
    }
}

/// What a score is measured by, from the configuration under test.
///
/// # Errors
/// Everything that is wrong with the configuration.
pub(crate) fn setting(scenario: &Scenario, checks: &[u8], speed: f64) -> Result<Setting, String> {
    let config = config(scenario, checks)?;
    let asking = config.enabled().filter(|check| matches!(check.spec, Spec::Http(_)));
    let intervals = asking.map(|check| check.schedule.interval(scenario.start));
    let shortest = intervals.min().map_or(30_000, engine::time::millis);
    Ok(Setting::new(shortest, speed, cures::curable(scenario)))
}

/// The configuration under test, as the virtual world reads it.
pub(super) fn config(scenario: &Scenario, checks: &[u8]) -> Result<Config, String> {
    let source = Source::from_bytes("checks.yaml", checks).map_err(|errors| errors.to_string())?;
    let config = parse(source, &variable).map_err(|errors| errors.to_string())?.config;
    Ok(scenario.flags.applied_to(config))
}

/// Writes the record into the folder of its exercise, whole or not at all, and answers where.
///
/// # Errors
/// Names the file and says why it cannot be written.
pub(crate) fn save(folder: &Path, record: &Record) -> Result<PathBuf, String> {
    let path = folder.join(FILE);
    let write = || -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, record)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(&path)?;
        fs::File::open(folder)?.sync_all()
    };
    write().map_err(|error| format!("{}: cannot be written: {error}", path.display()))?;
    Ok(path)
}

/// Reads the record of an exercise: the file, or its folder.
///
/// # Errors
/// Names the file and says what is wrong with it, where, and what was expected.
pub(crate) fn load(path: &Path) -> Result<Record, String> {
    let path = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    let shown = path.display();
    let text = fs::read_to_string(&path).map_err(|error| {
        format!(
            "{shown}: {error}; expected the {FILE} of an exercise that is over (`firedrill debrief \
             FOLDER` makes it from what an interrupted one left)"
        )
    })?;
    serde_json::from_str(&text).map_err(|error| {
        format!(
            "{shown}:{}:{}: not the record of an exercise: {error}",
            error.line(),
            error.column()
        )
    })
}
