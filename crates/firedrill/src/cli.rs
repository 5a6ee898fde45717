//! The command line of firedrill. Exit codes: 0 seen as expected, 1 not, 3 usage.

use std::{ffi::OsString, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{demo, out, programs};

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
