//! The command line of firedrill. Exit codes: 0 all as expected, 1 not, 2 a run that proves nothing,
//! 3 a bad file or usage.

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{commands, demo, out, programs, train};

/// A monitor that can be rehearsed.
#[derive(Debug, Parser)]
#[command(name = "firedrill", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Start the mock app, the checker and the dashboard, and play an outage on them
    Demo(demo::Flags),
    /// Play scenarios and hold every alert and action against what they expect
    Run(commands::RunFlags),
    /// Check scenario files without playing them
    Lint {
        /// Scenario files, or folders with scenarios
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Show what a scenario does and when, and the computed bounds of its checks
    Explain {
        /// Scenario files, or folders with scenarios
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Play an incident that nobody knows with people on duty, and debrief it
    Train(train::Flags),
    /// Debrief what an exercise that was broken off left in its folder
    Debrief(train::DebriefFlags),
    /// Play an exercise that is over back on the board
    Replay(train::ReplayFlags),
    /// Make a scenario from an outage in the journal of a real checker
    Record(commands::RecordFlags),
    /// Print the JSON Schema of scenario files
    Schema,
    /// Print the traces of scenarios; for the comparison of two processes
    #[command(hide = true)]
    Trace {
        /// What is played
        #[command(flatten)]
        flags: commands::RunFlags,
        /// The whole trace of this case
        #[arg(long)]
        only: Option<usize>,
    },
    /// Be one of the other programs; for the demo's own use
    #[command(hide = true, disable_help_flag = true)]
    Program {
        /// mockapp, checker or dashboard
        name: programs::Name,
        /// Its own arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
}

/// Runs the program with these arguments, the first of which is its own name.
pub fn main_from(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let shown = error.print();
            return ExitCode::from(if error.use_stderr() || shown.is_err() { 3 } else { 0 });
        }
    };
    match cli.verb {
        Verb::Run(flags) => ExitCode::from(commands::run(&flags)),
        Verb::Lint { paths } => ExitCode::from(commands::lint(&paths)),
        Verb::Explain { paths } => ExitCode::from(commands::explain(&paths)),
        Verb::Train(flags) => ExitCode::from(train::run(&flags)),
        Verb::Debrief(flags) => ExitCode::from(train::run_debrief(&flags)),
        Verb::Replay(flags) => ExitCode::from(train::run_replay(&flags)),
        Verb::Record(flags) => ExitCode::from(commands::record(&flags)),
        Verb::Schema => ExitCode::from(commands::schema()),
        Verb::Trace { flags, only } => match commands::print_traces(&flags, only) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                out::complain(&error);
                ExitCode::from(3)
            }
        },
        Verb::Program { name, args } => programs::be(name, args),
        Verb::Demo(flags) => match demo::run(&flags) {
            Ok(code) => ExitCode::from(code),
            Err(error) => {
                out::complain(&format!("demo: {error}"));
                ExitCode::from(error.code())
            }
        },
    }
}
