//! Watches what the checker writes, the way anybody could: by its files.

use std::{path::Path, sync::Arc, time::Duration};

use checker::clock::Clock;
use engine::{Event, Status, Timestamp};
use store::{
    disk::RealDisk,
    read::{Paths, Query, View},
};
use tokio::time::{Instant, sleep};

/// How often the files are looked at.
const GLANCE: Duration = Duration::from_millis(50);

/// What the board shows of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tile {
    /// OK, and no attempt under way has failed.
    Green,
    /// FAIL, or an attempt has failed and more follow.
    Red,
    /// Anything else.
    Other,
}

/// A look at the files.
#[derive(Debug)]
pub(crate) struct Watch {
    view: View,
    clock: Clock,
}

impl Watch {
    pub(crate) fn new(folder: &Path) -> Self {
        let view = View::open(Paths::in_folder(folder), Arc::new(RealDisk));
        Self { view, clock: Clock::system() }
    }

    /// The present, by the clock on the wall.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now().wall
    }

    /// Looks again and again until `find` finds something or the limit is reached.
    pub(crate) async fn until<T>(
        &mut self,
        limit: Duration,
        mut find: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let end = Instant::now() + limit;
        loop {
            self.view.refresh(self.clock.now().wall);
            if let Some(found) = find(self) {
                return Some(found);
            }
            if Instant::now() >= end {
                return None;
            }
            sleep(GLANCE).await;
        }
    }

    /// What the board shows of a check.
    pub(crate) fn tile(&self, name: &str) -> Tile {
        let Some(entry) = self.view.board().entries.get(name) else {
            return Tile::Other;
        };
        match entry.status {
            Status::Fail => Tile::Red,
            _ if entry.retrying.is_some() => Tile::Red,
            Status::Ok => Tile::Green,
            Status::Warn | Status::Unknown | Status::Pending => Tile::Other,
        }
    }

    /// How the latest job stands.
    pub(crate) fn job(&self) -> Option<(String, String)> {
        let job = self.view.board().entries.get("job")?.job.clone()?;
        Some((job.id?, job.status?))
    }

    /// How many checks are on the board.
    pub(crate) fn checks(&self) -> usize {
        self.view.board().entries.len()
    }

    /// The newest event since an instant for which `wanted` gives something.
    pub(crate) fn event<T>(
        &self,
        since: Timestamp,
        wanted: impl Fn(&Event) -> Option<T>,
    ) -> Option<T> {
        let query = Query {
            from: since,
            until: self.now() + Duration::from_secs(1),
            name: None,
            statuses: Vec::new(),
            events: Vec::new(),
            page: 1,
            per_page: 200,
        };
        self.view.page(&query).rows.iter().find_map(wanted)
    }
}
