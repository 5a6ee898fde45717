//! The checker as a program.

fn main() -> std::process::ExitCode {
    checker::main_from(std::env::args_os())
}
