//! The whole stack as real processes: mock app, checker and dashboard over loopback and files.

mod certificates;
mod demo;
mod mail;
mod outages;
mod programs;
mod secrets;
mod stack;
