//! The machine through the checker's seams: programs and the process table. A checker that has died
//! in this very instant sees nothing and does nothing any more.

use std::time::Duration;

use checker::{
    command::{Call, Command, CommandOutcome},
    processes::{ProcessTable, Processes},
};
use futures_util::future::BoxFuture;
use tokio::time::sleep;

use super::{super::disk::Watched, Machine};

/// What the checker runs programs and lists processes with.
#[derive(Debug)]
pub(in crate::world) struct Hands {
    pub(super) machine: Machine,
    pub(super) disk: Watched,
}

impl Command for Hands {
    fn run<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, CommandOutcome> {
        if self.disk.is_dead() {
            return Box::pin(std::future::pending());
        }
        Box::pin(async move {
            let (outcome, takes) = self.machine.run(&call.argv, call.timeout);
            if takes > 0 {
                sleep(Duration::from_millis(takes.unsigned_abs())).await;
            }
            outcome
        })
    }
}

impl ProcessTable for Hands {
    fn list(&self) -> BoxFuture<'_, Result<Processes, String>> {
        Box::pin(async move { self.machine.list() })
    }
}
