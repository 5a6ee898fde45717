//! The earliest sign of the trouble, and what would have told it sooner.

use super::{facts::Facts, record::Sign};
use crate::scenario::Scenario;

/// The earliest sign, and where it could have been seen.
pub(crate) fn earliest(_facts: &Facts) -> Option<Sign> {
    None
}

/// What would have told it sooner.
pub(crate) fn sooner(_scenario: &Scenario, _checks: &[u8], _nobody: &Facts) -> Option<String> {
    None
}
