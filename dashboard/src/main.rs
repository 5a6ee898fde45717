//! The `dashboard` program: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    dashboard::main_from(std::env::args_os())
}
