//! The programs of a virtual world: those that take notices take every one at once and note when;
//! there are no others.

use std::sync::Arc;

use checker::command::{Call, Command, CommandOutcome, Finished};
use futures_util::future::BoxFuture;
use tokio::sync::mpsc::UnboundedSender;

use super::{disk::Watched, time::Stopwatch};
use crate::scenario::Ms;

/// A notice that a program took: when, which program, and what it read.
pub(super) type Took = (Ms, String, Vec<u8>);

/// Programs that take notices.
#[derive(Debug)]
pub(super) struct Receivers {
    watch: Stopwatch,
    disk: Watched,
    notes: UnboundedSender<Took>,
}

impl Receivers {
    pub(super) fn new(watch: Stopwatch, disk: Watched, notes: UnboundedSender<Took>) -> Arc<Self> {
        Arc::new(Self { watch, disk, notes })
    }
}

impl Command for Receivers {
    fn run<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, CommandOutcome> {
        if self.disk.is_dead() {
            return Box::pin(std::future::pending());
        }
        let outcome = match (call.argv.first(), &call.stdin) {
            (Some(program), Some(stdin)) => {
                // Nobody reads once the run is over.
                let _ = self.notes.send((self.watch.now(), program.clone(), stdin.clone()));
                CommandOutcome::Finished(Finished::default())
            }
            (None, _) | (_, None) => CommandOutcome::NotFound,
        };
        Box::pin(std::future::ready(outcome))
    }
}
