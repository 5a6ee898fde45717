//! Training: an exercise on the real stack, on a safe stage, with a score. People on duty see what
//! they would see on any day; the fault is known here only, until the debrief.

mod assemble;
mod causes;
mod cures;
mod desk;
pub(crate) mod facts;
mod lanes;
mod operations;
mod record;
mod score;
mod shelf;
mod signs;
mod simulate;
#[cfg(test)]
mod tests;
pub(crate) mod users;
