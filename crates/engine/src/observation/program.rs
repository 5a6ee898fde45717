//! What became of a program of the user's own.

/// A program that was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramSeen {
    /// How it ended.
    pub end: ProgramEnd,
    /// The beginning of what it wrote to standard output.
    pub stdout: String,
    /// The beginning of what it complained.
    pub stderr: String,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgramEnd {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// It reached the limit of the attempt and was killed.
    TimedOut,
}
