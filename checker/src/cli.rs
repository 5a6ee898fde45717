//! The command line: what can be asked of the checker, and with which exit code it answers.
//! 0 fine, 1 WARN, 2 FAIL, 3 configuration or usage, 4 another checker has the store.

use std::{ffi::OsString, path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, Parser, Subcommand};

use crate::{commands, logging, out};

/// Runs the checks of `checks.yaml`, keeps their state, alerts and remediates.
#[derive(Debug, Parser)]
#[command(name = "checker", version, about, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    verb: Option<Verb>,
}

/// What holds for every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Flags {
    /// The configuration [default: $CHECKS_FILE or checks.yaml]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The file with environment variables [default: .env in the working folder, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
    /// The interval of all checks without a cron expression: `5` seconds, or `500ms`, `2m`
    #[arg(long, global = true, value_name = "TIME", value_parser = interval)]
    pub(crate) interval: Option<Duration>,
    /// Run no restart action
    #[arg(long, global = true)]
    pub(crate) no_restart: bool,
    /// Run no action at all
    #[arg(long, global = true)]
    pub(crate) no_actions: bool,
}

#[derive(Clone, Debug, Subcommand)]
enum Verb {
    /// Watch until stopped (the default)
    Run,
    /// Run every check once, or some of them, and tell the result by the exit code
    Once {
        /// Only this check; may be given several times
        #[arg(long, value_name = "NAME")]
        only: Vec<String>,
        /// Write nothing, send nothing, run no action
        #[arg(long)]
        dry_run: bool,
    },
    /// Check the configuration and say what was understood
    Validate,
    /// Print the JSON Schema of the configuration
    Schema,
    /// Say why a check is in its state, who was told, and what comes next
    Explain {
        /// The name of the check
        name: String,
    },
    /// Send a test message on every channel and say what became of each
    NotifyTest,
    /// Delete the state and the history
    Reset,
}

/// Why a command did not do its work.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) code: u8,
    /// For people.
    pub(crate) message: String,
}

impl Failure {
    /// The configuration, the environment or the command line is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self {
            code: 3,
            message: message.into(),
        }
    }

    /// Another checker has the store.
    pub(crate) fn locked(message: impl Into<String>) -> Self {
        Self {
            code: 4,
            message: message.into(),
        }
    }
}

/// Runs the program with these arguments, the first of which is its own name.
pub fn main_from(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let shown = error.print();
            return ExitCode::from(if error.use_stderr() || shown.is_err() {
                3
            } else {
                0
            });
        }
    };
    match dispatch(&cli.flags, cli.verb.unwrap_or(Verb::Run)) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            out::complain(&failure.message);
            ExitCode::from(failure.code)
        }
    }
}

fn dispatch(flags: &Flags, verb: Verb) -> Result<u8, Failure> {
    if let Verb::Schema = verb {
        return commands::schema();
    }
    let settings = commands::settings(flags)?;
    logging::start(&settings);
    match verb {
        Verb::Run => commands::run(flags, settings),
        Verb::Once { only, dry_run } => commands::once(flags, settings, &only, dry_run),
        Verb::Validate => commands::validate(flags, settings),
        Verb::Schema => commands::schema(),
        Verb::Explain { name } => commands::explain(flags, settings, &name),
        Verb::NotifyTest => commands::notify_test(flags, settings),
        Verb::Reset => commands::reset(&settings),
    }
}

/// Seconds, or a number with a unit.
fn interval(text: &str) -> Result<Duration, String> {
    let seconds = |text: &str| {
        text.parse::<f64>()
            .ok()
            .filter(|s| s.is_finite() && *s > 0.0)
    };
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let with_unit = units.iter().find_map(|(unit, factor)| {
        text.strip_suffix(unit)
            .and_then(seconds)
            .map(|number| number * factor)
    });
    let length = seconds(text)
        .or(with_unit)
        .and_then(|s| Duration::try_from_secs_f64(s).ok());
    length
        .filter(|length| *length >= Duration::from_millis(10))
        .ok_or_else(|| "expected seconds such as 5, or 500ms, 2m; at least 10ms".to_owned())
}
