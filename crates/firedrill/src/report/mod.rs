//! What people and machines get to read of a run: the terminal, JUnit, JSON and a page.
//! Puts verdicts into words and pictures; never judges.

mod excerpt;
mod list;

pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod junit;
pub(crate) mod lanes;
pub(crate) mod terminal;
pub(crate) mod words;

#[cfg(test)]
mod tests;
