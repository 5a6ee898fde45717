//! Why a command did not do its work, with the exit code that says so.

/// Why a command did not do its work.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) code: u8,
    /// For people.
    pub(crate) message: String,
}

impl Failure {
    /// The configuration, the environment or the command line is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: 3, message: message.into() }
    }

    /// Another checker has the store.
    pub(crate) fn locked(message: impl Into<String>) -> Self {
        Self { code: 4, message: message.into() }
    }
}
