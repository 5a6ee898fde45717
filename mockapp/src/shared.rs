//! The one stack behind all routes and connections: a cheap handle, the only lock, and the moment
//! at which time enters the pure part.

use crate::clock::{Clock, between};
use crate::link::Links;
use crate::options::{JobIdSink, Options};
use crate::stack::{Accepting, Stack};
use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// A handle on one stack. Clones share everything.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    options: Options,
    clock: Clock,
    stack: Mutex<Stack>,
    closing: watch::Sender<bool>,
    changes: watch::Sender<u64>,
    /// Connections that are open.
    links: Links,
}

impl Shared {
    pub(crate) fn new(options: Options, clock: Clock) -> Self {
        let stack = Stack::new(&options, clock.now());
        Self::holding(stack, options, clock, 0)
    }

    fn holding(stack: Stack, options: Options, clock: Clock, links: u64) -> Self {
        let changes = watch::Sender::new(stack.changes());
        let (stack, closing) = (Mutex::new(stack), watch::Sender::new(false));
        let links = Links::with(links);
        Self { inner: Arc::new(Inner { options, clock, stack, closing, changes, links }) }
    }

    /// A stack of its own that is as this one is now, and tells nobody of its jobs.
    pub(crate) fn fork(&self) -> Self {
        let stack = self.with(|stack, _| stack.clone());
        let options = Options { job_id: JobIdSink::Nowhere, ..self.inner.options.clone() };
        Self::holding(stack, options, self.inner.clock, self.inner.links.open())
    }

    /// How many connections of the application are open.
    pub(crate) fn links(&self) -> &Links {
        &self.inner.links
    }

    /// Goes up whenever a fault starts or ends, as noticed.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    pub(crate) fn options(&self) -> &Options {
        &self.inner.options
    }

    /// Runs `action` on the stack as it is now.
    pub(crate) fn with<T>(&self, action: impl FnOnce(&mut Stack, Timestamp) -> T) -> T {
        let mut stack = self.inner.stack.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.inner.clock.now();
        stack.advance(now);
        let answer = action(&mut stack, now);
        let changes = stack.changes();
        drop(stack);
        self.inner.changes.send_if_modified(|old| std::mem::replace(old, changes) != changes);
        answer
    }

    pub(crate) fn accepting(&self) -> Accepting {
        self.with(|stack, _| stack.accepting())
    }

    /// Waits until `look` finds something; looks again whenever a fault starts, ends or changes
    /// its phase.
    pub(crate) async fn until<T>(&self, mut look: impl FnMut(&mut Stack) -> Option<T>) -> T {
        let mut changes = self.changes();
        loop {
            changes.mark_unchanged();
            let (found, next) = self.with(|stack, now| {
                let next = stack.next_change();
                (look(stack), next.map(|at| between(now, at).max(Duration::from_millis(1))))
            });
            if let Some(found) = found {
                return found;
            }
            tokio::select! {
                biased;
                // The sender lives as long as this handle.
                _ = changes.changed() => {}
                () = pause(next) => {}
            }
        }
    }

    /// Returns when new connections are no longer wanted at all.
    pub(crate) async fn shuts(&self) {
        self.until(|stack| (stack.accepting() != Accepting::Open).then_some(())).await;
    }

    /// Returns once the listener is to do something else than `state`.
    pub(crate) async fn accepting_differs_from(&self, state: Accepting) {
        self.until(|stack| (stack.accepting() != state).then_some(())).await;
    }

    pub(crate) fn close(&self) {
        self.inner.closing.send_replace(true);
    }

    /// Returns once [`Self::close`] was called.
    pub(crate) async fn closed(&self) {
        until(self.inner.closing.subscribe(), |closing| *closing).await;
    }
}

/// Waits until the value is as wanted, or nobody can change it any more.
pub(crate) async fn until<T>(mut value: watch::Receiver<T>, wanted: impl Fn(&T) -> bool) {
    // The guard inside the answer must not be held across an await.
    drop(value.wait_for(|value| wanted(value)).await);
}

/// So long, or for ever.
async fn pause(length: Option<Duration>) {
    match length {
        Some(length) => tokio::time::sleep(length).await,
        None => std::future::pending().await,
    }
}
