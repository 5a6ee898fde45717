//! The means to carry out what the engine wants: everything that touches the outside is handed in
//! here, so that the same driver runs over sockets and files or in a virtual world.

use std::{fmt, sync::Arc};

use engine::{Check, Event, Timestamp, effect::Run, observation::Observation};
use store::{
    disk::Disk,
    read::{Paths, Query, View},
};
use tokio::sync::Semaphore;

use crate::{
    actions::{self, Tools},
    agent::Agents,
    clock::Clock,
    command::Command,
    http::HttpClient,
    live::Live,
    notify::Notifiers,
    probe,
    processes::ProcessTable,
    samples::Samples,
};

/// The most looks at targets that are under way at once: bounded by open files.
pub const PROBES_MAX: usize = 4096;

/// Everything outside the engine.
#[derive(Debug)]
pub struct World {
    /// Tells the time.
    pub clock: Clock,
    /// Who is told.
    pub notifiers: Arc<Notifiers>,
    /// What has happened, for reports.
    pub history: History,
    /// What others in this process see.
    pub live: Live,
    /// The history of targets as other tools read it.
    pub samples: Samples,
    hands: Arc<Hands>,
}

/// What probes and actions are done with.
pub struct Hands {
    /// For probes, actions and webhooks.
    pub http: HttpClient,
    /// Runs programs.
    pub command: Arc<dyn Command>,
    /// Reads files.
    pub disk: Arc<dyn Disk>,
    /// The names of programs.
    pub tools: Tools,
    /// Tells the time.
    pub clock: Clock,
    /// What the agents of `host` checks remember.
    pub agents: Agents,
    /// Lists the processes of the machine.
    pub processes: Arc<dyn ProcessTable>,
    /// Keeps the number of open connections in bounds.
    pub room: Semaphore,
}

impl fmt::Debug for Hands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hands").field("http", &self.http).finish_non_exhaustive()
    }
}

impl World {
    /// Puts the parts together.
    #[must_use]
    pub fn new(clock: Clock, hands: Hands, notifiers: Arc<Notifiers>, history: History) -> Self {
        let (live, samples) = (Live::default(), Samples::default());
        Self { clock, notifiers, history, live, samples, hands: Arc::new(hands) }
    }

    /// The means for probes and actions.
    #[must_use]
    pub fn hands(&self) -> Arc<Hands> {
        Arc::clone(&self.hands)
    }

    /// The disk that configuration and store lie on.
    #[must_use]
    pub fn disk(&self) -> &Arc<dyn Disk> {
        &self.hands.disk
    }
}

impl Hands {
    /// Takes one look at a target.
    pub async fn fetch(&self, check: &Check) -> Observation {
        let _room = self.room.acquire().await;
        probe::fetch(self, check).await
    }

    /// Runs an action.
    ///
    /// # Errors
    /// Says why it did not work.
    pub async fn act(&self, run: &Run) -> Result<String, String> {
        actions::run(&self.http, &*self.command, &self.tools, run).await
    }
}

/// What has happened, read from the files of the store.
#[derive(Clone, Debug)]
pub struct History {
    /// Where the files are.
    pub paths: Paths,
    /// What they lie on.
    pub disk: Arc<dyn Disk>,
}

impl History {
    /// The events of the last 24 hours, oldest first.
    #[must_use]
    pub fn last_day(&self, now: Timestamp) -> Vec<Event> {
        let mut view = View::open(self.paths.clone(), Arc::clone(&self.disk));
        view.refresh(now);
        let query = Query {
            from: now - report_span(),
            until: now,
            name: None,
            statuses: Vec::new(),
            events: Vec::new(),
            page: 1,
            per_page: usize::MAX,
        };
        let mut rows = view.page(&query).rows;
        rows.reverse();
        rows
    }
}

const fn report_span() -> std::time::Duration {
    crate::report::REPORT_SPAN
}
