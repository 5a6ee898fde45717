//! The means of a checker whose disk is in memory and that has no programs.

use std::sync::Arc;

use checker::{
    actions::Tools, agent::Agents, clock::Clock, command::Scripted, http::HttpClient,
    processes::Listed, world::Hands,
};
use store::MemoryDisk;
use tokio::sync::Semaphore;

/// Hands with this client and this disk.
pub(crate) fn hands(http: HttpClient, disk: MemoryDisk) -> Hands {
    Hands {
        http,
        command: Arc::new(Scripted::new(Vec::new()).0),
        disk: Arc::new(disk),
        tools: Tools::default(),
        clock: Clock::system(),
        agents: Agents::default(),
        processes: Arc::new(Listed::unreadable("there is no process table here")),
        room: Semaphore::new(1),
    }
}
