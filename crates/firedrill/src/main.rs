//! Firedrill as a program.

fn main() -> std::process::ExitCode {
    firedrill::main_from(std::env::args_os())
}
