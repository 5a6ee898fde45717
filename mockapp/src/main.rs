//! The mock app as a program; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    mockapp::main_from(std::env::args_os())
}
