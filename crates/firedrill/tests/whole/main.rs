//! The whole stack as real processes: mock app, checker and dashboard over loopback and files.

mod demo;
mod outages;
mod programs;
mod stack;
