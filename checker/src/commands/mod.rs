//! What each command does: one file each, but for those of a few lines.

mod doctor;
mod explain;
mod notify_test;
mod once;
mod run;

use engine::{
    Timestamp,
    config::{Spec, json_schema},
};
use store::{OpenError, Paths, RealDisk};

use crate::{
    app::{App, block_on},
    failure::Failure,
    flags::Flags,
    out::say,
    settings::Settings,
};

pub(crate) use self::{
    doctor::doctor, explain::explain, notify_test::notify_test, once::once, run::run,
};

/// The settings of the process.
pub(crate) fn settings(flags: &Flags) -> Result<Settings, Failure> {
    Settings::from_process(flags.env_file.as_deref()).map_err(|e| Failure::usage(e.to_string()))
}

/// Prints the JSON Schema of the configuration.
pub(crate) fn schema() -> Result<u8, Failure> {
    let text = serde_json::to_string_pretty(&json_schema());
    say(&text.map_err(|error| Failure::usage(error.to_string()))?);
    Ok(0)
}

/// Says what was understood of the configuration.
pub(crate) fn validate(flags: &Flags, settings: Settings) -> Result<u8, Failure> {
    block_on(async {
        let app = App::new(flags, settings)?;
        let now = app.clock.now().wall;
        let (setup, warnings) = (&app.loaded.setup, &app.loaded.warnings);
        let checks = &setup.config.checks;
        let counted = |n: usize, noun: &str| format!("{n} {noun}{}", if n == 1 { "" } else { "s" });
        let nodes = &setup.config.nodes;
        let others = [(nodes.targets.len(), "target"), (nodes.peers.len(), "peer")];
        let others = if others.iter().all(|(n, _)| *n == 0) { &[][..] } else { &others };
        let others: String =
            others.iter().map(|(n, one)| format!(", {}", counted(*n, one))).collect();
        say(&format!(
            "{}: {}, {}{others}",
            setup.file,
            counted(checks.len(), "check"),
            counted(warnings.len(), "warning")
        ));
        for check in checks {
            say(&line(check, now));
            understood(check).into_iter().for_each(|parts| say(&format!("      {parts}")));
        }
        let routes: Vec<_> = setup.routes.iter().map(|route| route.channel.as_str()).collect();
        say(&format!("alerts go to {}", routes.join(", ")));
        Ok(0)
    })
}

fn line(check: &engine::Check, now: Timestamp) -> String {
    let words: Vec<_> = check.notify_on.iter().map(|kind| kind.word()).collect();
    let off = if check.enabled { "" } else { ", switched off" };
    format!(
        "  {:<28} {:<5} {} every {}, retries {}, tells {}{off}",
        check.name,
        check.spec.type_word(),
        check.severity,
        engine::time::humane(check.schedule.interval(now)),
        check.retries,
        if words.is_empty() { "nothing".to_owned() } else { words.join(" + ") },
    )
}

/// What is looked at, for types that have parts.
fn understood(check: &engine::Check) -> Option<String> {
    if let Spec::Service(service) = &check.spec {
        return Some(service.understood());
    }
    let Spec::Process(one) = &check.spec else { return None };
    Some(format!("processes {}: {}", one.listed(), one.wanted()))
}

/// Deletes the state and the history.
pub(crate) fn reset(settings: &Settings) -> Result<u8, Failure> {
    let paths =
        Paths { state: settings.state_path.clone(), results: settings.results_path.clone() };
    store::reset(&paths, &RealDisk).map_err(|error| match error {
        OpenError::Locked { .. } => Failure::locked(error.to_string()),
        OpenError::Unusable { .. } => Failure::usage(error.to_string()),
    })?;
    say(&format!("deleted {} and {}", paths.state.display(), paths.results.display()));
    Ok(0)
}
