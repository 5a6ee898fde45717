//! The command line of firedrill. Exit codes: 0 seen as expected, 1 not, 3 usage.

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

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
    Demo(DemoFlags),
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

/// What can be said of the demo.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DemoFlags {
    /// End after the story: 0 when every step was seen, 1 when not
    #[arg(long)]
    pub(crate) exit: bool,
    /// Keep state and history in this folder [default: a temporary one, removed at the end]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The port of the mock app; another free one is taken when it is in use
    #[arg(long, default_value_t = 8000, value_name = "PORT")]
    pub(crate) mockapp_port: u16,
    /// The port of the dashboard; another free one is taken when it is in use
    #[arg(long, default_value_t = 8501, value_name = "PORT")]
    pub(crate) dashboard_port: u16,
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
