//! A connection as the stack sees it: when it was opened, whether there is room for it, and
//! what ends it from outside.

use crate::shared::Shared;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// One open connection of the application; it is counted until this is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    /// The serial of the latest fault when it was opened.
    born: u64,
    /// How often the process had died by then.
    deaths: u64,
}

/// What ends a connection from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is asked to end after the answer under way.
    Dismissed,
    /// Its process has died.
    Killed,
}

impl Link {
    pub(crate) fn born(&self) -> u64 {
        self.born
    }
}

/// Counts a connection for as long as it lives.
#[derive(Debug)]
pub(crate) struct Counted(Shared);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.links().leave();
    }
}

/// How many connections of the application are open.
#[derive(Debug, Default)]
pub(crate) struct Links {
    open: AtomicU64,
    left: Notify,
}

impl Links {
    /// So many, of which none will be seen to end.
    pub(crate) fn with(open: u64) -> Self {
        Self { open: AtomicU64::new(open), left: Notify::new() }
    }

    pub(crate) fn open(&self) -> u64 {
        self.open.load(Ordering::Acquire)
    }

    fn enter(&self) {
        self.open.fetch_add(1, Ordering::AcqRel);
    }

    fn leave(&self) {
        self.open.fetch_sub(1, Ordering::AcqRel);
        self.left.notify_waiters();
    }
}

/// What a request brings with it: the stack that it is for, and its connection, if it came on one.
#[derive(Debug, Clone)]
pub(crate) struct Seat {
    pub(crate) app: Shared,
    /// The serial of the latest fault when the connection was opened.
    pub(crate) born: Option<u64>,
}

impl Shared {
    /// A new connection, and what it is to wait for before it is taken up.
    pub(crate) fn link(&self) -> (Link, Duration, Vec<(u64, u64)>) {
        let open = self.links().open();
        self.with(|stack, now| {
            let plan = stack.connect(now, open);
            let (ledger, deaths) = (stack.ledger(), stack.deaths());
            let link = Link { born: ledger.latest(), deaths };
            (link, plan.latency, plan.room)
        })
    }

    /// Counts one connection more.
    pub(crate) fn counted(&self) -> Counted {
        self.links().enter();
        Counted(self.clone())
    }

    /// Waits until there is room: each fault of `room` is over, or has fewer connections open than
    /// it allows.
    pub(crate) async fn has_room(&self, room: &[(u64, u64)]) {
        loop {
            // Made before the count is read, so that no end is missed.
            let left = self.links().left.notified();
            let open = self.links().open();
            let full = self.with(|stack, _| {
                room.iter().any(|(serial, most)| stack.ledger().holds(*serial) && open >= *most)
            });
            if !full {
                return;
            }
            let over = self.until(|stack| {
                let holds = |(serial, _): &(u64, u64)| stack.ledger().holds(*serial);
                (!room.iter().all(holds)).then_some(())
            });
            tokio::select! {
                biased;
                () = left => {}
                () = over => {}
            }
        }
    }

    /// What happens to a connection from outside; to most, never.
    pub(crate) async fn fate(&self, link: &Link) -> Fate {
        self.until(|stack| match stack.deaths() > link.deaths {
            true => Some(Fate::Killed),
            false => stack.ledger().dismisses().then_some(Fate::Dismissed),
        })
        .await
    }

    /// Returns when the connection's process has died.
    pub(crate) async fn dies(&self, link: &Link) {
        self.until(|stack| (stack.deaths() > link.deaths).then_some(())).await;
    }
}
