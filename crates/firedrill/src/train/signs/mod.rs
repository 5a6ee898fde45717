//! What could have been known, and when: the earliest sign of the trouble, and the one change to
//! `checks.yaml` that would have told it sooner. The second is tried out, not guessed.

mod earliest;
mod edits;
mod leaves;
mod sooner;
#[cfg(test)]
mod tests;

pub(crate) use earliest::earliest;
pub(crate) use sooner::{Study, study};
