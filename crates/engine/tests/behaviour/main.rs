//! The engine from outside: timelines, deadlines, verdicts and the laws that always hold.

mod deadlines;
mod judging;
mod properties;
mod support;
mod timelines;
