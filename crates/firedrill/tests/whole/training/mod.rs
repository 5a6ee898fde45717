//! Exercises as people play them: at the prompt, well, badly or not at all, to the end or broken off.

mod desk;
mod endings;
mod peeking;
mod scores;
mod usage;
