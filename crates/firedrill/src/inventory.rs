//! What a configuration takes for granted about the machine that it watches: which units, logs,
//! processes and programs there must be for all of its checks to be well. Judges nothing.

use std::{collections::BTreeSet, time::Duration};

use engine::{
    Check,
    config::{ActionKind, Config, ExitMeaning, LogSource, ProcessSpec, Spec},
};
use jiff::tz::TimeZone;
use regex::Regex;

/// How many clients a healthy log tells of, unless more are asked for.
const CLIENTS: u64 = 2;

/// A machine on which all checks of a configuration are well.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inventory {
    /// Units that checks or actions name, by their full names.
    pub(crate) units: BTreeSet<String>,
    /// Logs in which a heartbeat is looked for.
    pub(crate) logs: Vec<Log>,
    /// Processes that are counted.
    pub(crate) processes: Vec<Group>,
    /// Programs that checks and actions run.
    pub(crate) programs: Vec<Program>,
}

/// A log with heartbeats.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    /// The check that reads it.
    pub(crate) check: String,
    /// Where it is.
    pub(crate) source: LogSource,
    /// The unit that writes it, as far as that is known.
    pub(crate) unit: Option<String>,
    /// What a heartbeat looks like.
    pub(crate) pattern: Regex,
    /// The zone of its times.
    pub(crate) zone: TimeZone,
    /// The clients of which it tells.
    pub(crate) clients: u64,
    /// How old a heartbeat may be.
    pub(crate) max_age: Duration,
    /// How far back it is read.
    pub(crate) lookback: Duration,
}

impl Log {
    /// The name of the unit, or the path of the file.
    pub(crate) fn name(&self) -> String {
        match &self.source {
            LogSource::Journal(unit) => full_name(unit),
            LogSource::File(path) => path.clone(),
        }
    }
}

/// Processes of the same command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// Program and arguments.
    pub(crate) command_line: String,
    /// How many of them there are.
    pub(crate) count: u32,
    /// The unit to which they belong.
    pub(crate) unit: Option<String>,
}

/// A program that is content.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// Itself and its arguments.
    pub(crate) argv: Vec<String>,
    /// The exit code of a good day.
    pub(crate) exit: i32,
    /// What its output must match.
    pub(crate) output: Option<Regex>,
}

/// The name of a unit as systemd completes it.
pub(crate) fn full_name(unit: &str) -> String {
    const KINDS: [&str; 11] = [
        ".service",
        ".socket",
        ".target",
        ".device",
        ".mount",
        ".automount",
        ".timer",
        ".swap",
        ".path",
        ".slice",
        ".scope",
    ];
    let complete = KINDS.iter().any(|kind| unit.ends_with(kind));
    if complete { unit.to_owned() } else { format!("{unit}.service") }
}

impl Inventory {
    /// What the enabled checks of a configuration need.
    pub(crate) fn of(config: &Config) -> Self {
        let mut all = Self::default();
        config.enabled().for_each(|check| all.add(check));
        all
    }

    fn add(&mut self, check: &Check) {
        self.units.extend(check.spec.unit().map(full_name));
        for action in &check.actions {
            match &action.kind {
                ActionKind::Restart { unit, .. } => drop(self.units.insert(full_name(unit))),
                ActionKind::Command { argv } => self.add_program(argv, 0, None),
                ActionKind::HttpPost { .. } => {}
            }
        }
        self.add_spec(check);
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "other checks need nothing of the machine")]
    fn add_spec(&mut self, check: &Check) {
        let unit = unit_of(check);
        match &check.spec {
            Spec::LogHeartbeat(log) => self.logs.push(Log {
                check: check.name.to_string(),
                source: log.source.clone(),
                unit,
                pattern: log.pattern.regex().clone(),
                zone: log.zone.clone().unwrap_or_else(|| check.timezone.clone()),
                clients: log.min_clients.max(CLIENTS),
                max_age: log.max_age,
                lookback: log.lookback,
            }),
            Spec::Process(wanted) => self.add_processes(wanted, unit),
            Spec::Service(service) => {
                service.processes.iter().for_each(|one| self.add_processes(one, unit.clone()));
            }
            Spec::Command(program) => {
                let exit = match program.exit {
                    ExitMeaning::Wanted(code) => code,
                    ExitMeaning::Nagios => 0,
                };
                let output = program.expect_output.as_ref().map(|one| one.regex().clone());
                self.add_program(&program.argv, exit, output);
            }
            _ => {}
        }
    }

    fn add_program(&mut self, argv: &[String], exit: i32, output: Option<Regex>) {
        self.programs.push(Program { argv: argv.to_vec(), exit, output });
    }

    /// As few as will do; those that are there already for another check count.
    fn add_processes(&mut self, wanted: &ProcessSpec, unit: Option<String>) {
        let fitting = self.processes.iter().filter(|group| wanted.fits(&group.command_line));
        let there: u32 = fitting.map(|group| group.count).sum();
        let most = wanted.max_count.unwrap_or(u32::MAX);
        let missing = wanted.min_count.max(1).min(most).saturating_sub(there);
        let pattern = wanted.patterns.first().map(String::as_str).unwrap_or_default();
        if missing > 0 {
            let command_line = format!("/usr/local/bin/{pattern}");
            self.processes.push(Group { command_line, count: missing, unit });
        }
    }
}

/// The unit of a check: the one that it looks at, or else the one that is restarted when it fails.
fn unit_of(check: &Check) -> Option<String> {
    let restarted = check.actions.iter().find_map(|action| match &action.kind {
        ActionKind::Restart { unit, .. } => Some(unit.as_str()),
        ActionKind::HttpPost { .. } | ActionKind::Command { .. } => None,
    });
    check.spec.unit().or(restarted).map(full_name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::config::{Source, parse};

    fn inventory(text: &str) -> Inventory {
        let config = parse(Source { file: "checks.yaml", text }, &|_: &str| None).unwrap().config;
        Inventory::of(&config)
    }

    #[test]
    fn a_unit_has_one_full_name_however_it_is_written() {
        let all = inventory(
            "checks:
  - {name: a, type: systemd, unit: nginx}
  - {name: b, type: systemd, unit: nginx.service}
  - {name: c, type: systemd, unit: backup.timer}
",
        );
        assert_eq!(all.units.into_iter().collect::<Vec<_>>(), ["backup.timer", "nginx.service"]);
    }

    #[test]
    fn there_are_as_many_processes_as_all_checks_together_need_and_no_more_than_any_allows() {
        let all = inventory(
            "checks:
  - {name: a, type: process, match: worker, min_count: 3}
  - {name: b, type: process, match: [gunicorn, WORKER], min_count: 2, max_count: 3}
  - {name: c, type: process, match: miner, min_count: 0, max_count: 0}
  - {name: d, type: service, unit: web, process_match: nginx}
",
        );
        let told: Vec<_> =
            all.processes.iter().map(|one| (&*one.command_line, one.count)).collect();
        assert_eq!(told, [("/usr/local/bin/worker", 3), ("/usr/local/bin/nginx", 1)]);
        assert_eq!(all.processes[1].unit.as_deref(), Some("web.service"));
    }
}
