//! The seam to other programs: `systemctl`, a user's command. Always a program with arguments,
//! never a shell. `Processes` starts real ones, `Scripted` answers for a virtual world.

mod processes;
mod scripted;

use std::{fmt::Debug, time::Duration};

use futures_util::future::BoxFuture;

pub use self::{
    processes::Processes,
    scripted::{Answer, Scripted},
};

/// Runs programs.
pub trait Command: Debug + Send + Sync {
    /// Runs one program to its end or to its limit. When the future is dropped the program is
    /// killed.
    fn run<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, CommandOutcome>;
}

/// A program to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// What it reads; nothing when absent.
    pub stdin: Option<Vec<u8>>,
    /// The limit of the run.
    pub timeout: Duration,
}

/// What became of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandOutcome {
    /// It ran to its end.
    Finished(Finished),
    /// There is no such program.
    NotFound,
    /// It may not be run.
    PermissionDenied,
    /// It reached its limit and was killed, with all that it had started.
    TimedOut,
    /// It could not be started or watched, for another reason.
    Failed(String),
}

/// A program that ran to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub exit: Exit,
    /// What it wrote, at most [`OUTPUT_CAP`] bytes of it.
    pub stdout: Vec<u8>,
    /// What it complained, at most [`OUTPUT_CAP`] bytes of it.
    pub stderr: Vec<u8>,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

impl Default for Exit {
    fn default() -> Self {
        Self::Code(0)
    }
}

/// The most that is kept of each output of a program, in bytes: the beginning of it.
pub const OUTPUT_CAP: usize = 512 << 10;
