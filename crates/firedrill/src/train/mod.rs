//! Training: an exercise on the real stack, on a safe stage, with a score. People on duty see what
//! they would see on any day; the fault is known here only, until the debrief.

mod desk;
mod facts;
mod pages;
mod postmortem;
mod record;
#[cfg(test)]
mod samples;
mod words;
