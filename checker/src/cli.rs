//! The command line: what can be asked of the checker, and with which exit code it answers.
//! 0 fine, 1 WARN, 2 FAIL, 3 configuration or usage, 4 another checker has the store.

use std::{ffi::OsString, process::ExitCode};

use clap::{CommandFactory, Parser, Subcommand};
use engine::flags::double_dashed;

use crate::{commands, failure::Failure, flags::Flags, logging, out};

/// Runs the checks of `checks.yaml`, keeps their state, alerts and remediates.
#[derive(Debug, Parser)]
#[command(name = "checker", version, about, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    verb: Option<Verb>,
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
    /// Look the store over: 0 healthy, 1 something can be repaired without loss, 2 more than that
    Doctor {
        /// Repair what can be repaired without loss; what is damaged is moved aside, never deleted
        #[arg(long)]
        repair: bool,
    },
}

/// Runs the program with these arguments, the first of which is its own name.
pub fn main_from(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(double_dashed(args, is_flag)) {
        Ok(cli) => cli,
        Err(error) => {
            let shown = error.print();
            return ExitCode::from(if error.use_stderr() || shown.is_err() { 3 } else { 0 });
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

/// Whether some command has a flag of that name.
fn is_flag(name: &str) -> bool {
    let mut command = Cli::command();
    command.build();
    let all = std::iter::once(&command).chain(command.get_subcommands());
    let mut flags = all.flat_map(clap::Command::get_arguments);
    flags.any(|flag| flag.get_long_and_visible_aliases().is_some_and(|names| names.contains(&name)))
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
        Verb::Doctor { repair } => commands::doctor(&settings, repair),
    }
}
