//! Training: an exercise on the real stack, on a safe stage, with a score. People on duty see what
//! they would see on any day; the fault is known here only, until the debrief.

mod desk;
pub(crate) mod facts;
mod record;
pub(crate) mod users;
