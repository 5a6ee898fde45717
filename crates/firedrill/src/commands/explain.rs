//! `firedrill explain`: what a scenario does and when, and what its checks can promise.

use std::{fmt::Write as _, path::PathBuf};

use engine::{
    Check, Config,
    bound::bound,
    config::{Source, parse},
};

use crate::{
    inventory::Inventory,
    judge::text_of,
    out::{complain, say},
    scenario::{self, Doing, EditedFile, Healed, Ms, Scenario, Target, variable},
};

/// Explains files and folders; answers the exit code.
pub(crate) fn explain(paths: &[PathBuf]) -> u8 {
    let files = scenario::find(paths);
    let files = match files {
        Ok(files) => files,
        Err(error) => {
            complain(&error);
            return 3;
        }
    };
    for file in files {
        match scenario::load(&file) {
            Ok(cases) => cases.iter().for_each(|case| say(&page(case))),
            Err(refused) => {
                complain(&refused.to_string());
                return 3;
            }
        }
    }
    0
}

/// The configuration under test, as it is on disk now.
pub(super) fn config(scenario: &Scenario) -> Option<Config> {
    let text = std::fs::read_to_string(&scenario.checks).ok()?;
    let parsed = parse(Source { file: "checks.yaml", text: &text }, &variable).ok()?;
    Some(scenario.flags.applied_to(parsed.config))
}

fn page(scenario: &Scenario) -> String {
    let mut page = format!("{}\n", scenario.title());
    if !scenario.about.is_empty() {
        let _ = writeln!(page, "  {}", scenario.about.replace('\n', "\n  "));
    }
    let config = config(scenario);
    let zone = config
        .as_ref()
        .map(|config| config.global.timezone.clone())
        .unwrap_or(jiff::tz::TimeZone::UTC);
    let _ = writeln!(
        page,
        "\n  timeline (start {}, configuration {})",
        scenario.start.in_zone(&zone),
        scenario.checks.display()
    );
    let mut lines = timeline(scenario);
    lines.sort_by_key(|(at, _)| at.unwrap_or(Ms::MAX));
    for (at, what) in lines {
        let (after, wall) = match at {
            Some(at) => {
                let wall = engine::Timestamp::from_millis(scenario.start.as_millis() + at);
                (text_of(at), wall.in_zone(&zone))
            }
            None => ("?".to_owned(), "when its anchor comes".to_owned()),
        };
        let _ = writeln!(page, "  {after:>10}  {wall}  {what}");
    }
    page.push_str(&config.as_ref().map(machine).unwrap_or_default());
    let _ = writeln!(page, "\n  bounds");
    for check in config.iter().flat_map(Config::enabled) {
        page.push_str(&bounds(scenario, check));
    }
    page
}

/// What the watched machine is taken to have on it; nothing where no check looks at one.
fn machine(config: &Config) -> String {
    let all = Inventory::of(config);
    let processes = all.processes.iter().map(|group| {
        let owner = group.unit.as_ref().map(|unit| format!(" of {unit}")).unwrap_or_default();
        format!("{} × {}{owner}", group.count, group.command_line)
    });
    let logs = all.logs.iter().map(|log| format!("{} with {} clients", log.name(), log.clients));
    let lines = [
        ("units", all.units.iter().cloned().collect::<Vec<_>>()),
        ("logs", logs.collect()),
        ("processes", processes.collect()),
        ("programs", all.programs.iter().map(|program| program.argv.join(" ")).collect()),
    ];
    let known = lines.iter().filter(|(_, names)| !names.is_empty());
    let told: String =
        known.map(|(what, names)| format!("  {what:>10}  {}\n", names.join(", "))).collect();
    if told.is_empty() {
        told
    } else {
        format!("\n  machine, all of it well but for the faults\n{told}")
    }
}

fn bounds(scenario: &Scenario, check: &Check) -> String {
    let both = bound(check, scenario.start);
    let short = |length: std::time::Duration| text_of(engine::time::millis(length));
    let interval = short(check.schedule.interval(scenario.start));
    let (timeout, backoff) = (short(check.timeout), short(check.backoff));
    let waits = if check.retries == 0 {
        String::new()
    } else {
        format!(" + {} × {backoff} back-off", check.retries)
    };
    format!(
        "  {}\n    found after at most      {} = {interval} interval + {} × {timeout} timeout{waits}\n    \
         recovery after at most   {} = {interval} interval + {timeout} timeout\n    \
         cannot be missed from    {} on\n",
        check.name,
        short(both.detect),
        check.retries + 1,
        short(both.recover),
        short(both.detect)
    )
}

/// The steps and their ends, by the times that they are planned for.
fn timeline(scenario: &Scenario) -> Vec<(Option<Ms>, String)> {
    let mut lines = Vec::new();
    for step in &scenario.timeline {
        let at = scenario.planned(&step.at);
        let named =
            if step.id.starts_with("step-") { String::new() } else { format!("{}: ", step.id) };
        lines.push((at, format!("{named}{}", words(&step.doing))));
        if let Some(lasts) = step.doing.lasts() {
            lines.push((at.map(|at| at + lasts), format!("{named}ends")));
        }
    }
    if let Some(run) = &scenario.run {
        lines.push((scenario.planned(run), "the run ends".to_owned()));
    }
    lines
}

fn words(doing: &Doing) -> String {
    match doing {
        Doing::Fault(fault) => {
            let own = fault
                .step
                .iter()
                .filter(|(key, _)| !matches!(key.as_str(), "id" | "fault" | "for"));
            let own: Vec<_> = own.map(|(key, value)| format!("{key} {value}")).collect();
            format!("{} {}", fault.kind, own.join(", ")).trim_end().to_owned()
        }
        Doing::Toggle(wish) => format!("switches {}", serde_json::Value::Object(wish.clone())),
        Doing::Heal(Healed::All) => "everything is healed".to_owned(),
        Doing::Heal(Healed::One(id)) => format!("{id} is healed"),
        Doing::RunJob(name) => {
            format!("the job {} starts", name.as_deref().unwrap_or("without a name"))
        }
        Doing::Kill { target: Target::Checker, .. } => "the checker is killed".to_owned(),
        Doing::Kill { target: Target::Machine, .. } => {
            "the power of the checker's machine fails".to_owned()
        }
        Doing::Restart { .. } => "the checker is restarted".to_owned(),
        Doing::Pause { .. } => "the checker stands still".to_owned(),
        Doing::Edit { file: EditedFile::Checks, .. } => "the configuration is edited".to_owned(),
        Doing::Edit { file: EditedFile::Other(name), .. } => format!("{name} is written"),
    }
}
