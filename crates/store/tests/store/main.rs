//! The store through its public interface: on a disk in memory that crashes and fills up, and on
//! the file system of the machine.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod crash;
mod disk;
mod doctor;
mod line;
mod metrics;
mod publish;
mod real;
mod stories;
mod trouble;
mod view;
mod writer;
