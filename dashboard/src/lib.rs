//! The status board: pages and an API over what the checker wrote to `state.json` and
//! `results.jsonl`. It reads files only, so it works, and says STALE, when everything else is down.
//! Never writes, never talks to the checker or to what is checked.

mod api;
mod app;
mod assets;
mod clock;
mod cluster;
mod key;
mod overview;
mod pages;
mod query;
mod refusal;
mod render;
mod server;
mod settings;
mod shown;
mod status_source;
mod zone;

use std::{ffi::OsString, process::ExitCode};

use clap::Parser;
use engine::flags::double_dashed;

pub use app::{App, router, status_router};
pub use assets::{LIVE, LOOK};
pub use clock::Clock;
pub use cluster::{Cluster, Identity};
pub use key::Key;
pub use render::{RenderError, public_files, render};
pub use server::{Bound, StartError, bind, run};
pub use settings::{Cli, Environment, Options, SettingsError};
pub use status_source::StatusSource;

const BAD_USAGE: u8 = 3;

/// The whole program: reads `args` (the program's name first), serves until a signal, and says how
/// it went: 0, or 3 for bad usage and for an address that cannot be had.
pub fn main_from(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(double_dashed(args, settings::is_flag)) {
        Ok(cli) => cli,
        Err(answer) => {
            // Nothing is left to tell it to when the terminal is gone.
            let _ = answer.print();
            return if answer.use_stderr() { ExitCode::from(BAD_USAGE) } else { ExitCode::SUCCESS };
        }
    };
    match server::serve_from(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            server::complain(&error);
            ExitCode::from(BAD_USAGE)
        }
    }
}
