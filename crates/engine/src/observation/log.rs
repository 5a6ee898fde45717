//! The end of a log, as it was read.

use jiff::tz::TimeZone;

/// What was read of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSeen {
    /// Its newest lines, in any order.
    pub text: String,
    /// Whether older lines were left out that are still within the time that was asked for.
    pub cut: bool,
    /// Why there is nothing to read, when that is known.
    pub absent: Option<String>,
    /// The machine's own zone, in which logs are written where nobody says otherwise.
    pub zone: Option<TimeZone>,
}
