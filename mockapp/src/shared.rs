//! The one stack behind all routes and connections: a cheap handle, the only lock, and the moment
//! at which time enters the pure part.

use crate::clock::{Clock, between};
use crate::options::Options;
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
    accepting: watch::Sender<Accepting>,
    closing: watch::Sender<bool>,
}

impl Shared {
    pub(crate) fn new(options: Options, clock: Clock) -> Self {
        let stack = Mutex::new(Stack::new(options.seed, options.job_lasts, clock.now()));
        let accepting = watch::Sender::new(Accepting::Open);
        let closing = watch::Sender::new(false);
        Self { inner: Arc::new(Inner { options, clock, stack, accepting, closing }) }
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
        let state = stack.accepting();
        drop(stack);
        self.inner.accepting.send_if_modified(|old| std::mem::replace(old, state) != state);
        answer
    }

    pub(crate) fn accepting(&self) -> Accepting {
        self.with(|stack, _| stack.accepting())
    }

    /// Returns when new connections are no longer wanted at all.
    pub(crate) async fn shuts(&self) {
        until(self.inner.accepting.subscribe(), |state| *state != Accepting::Open).await;
    }

    /// Returns once the listener is to do something else than `state`, also when a fault ends by itself.
    pub(crate) async fn accepting_differs_from(&self, state: Accepting) {
        let changed = self.inner.accepting.subscribe();
        while self.accepting() == state {
            let next = self.with(|stack, now| stack.next_event().map(|at| between(now, at)));
            let pause = next.unwrap_or(Duration::from_secs(3_600)).max(Duration::from_millis(1));
            tokio::select! {
                biased;
                () = until(changed.clone(), |now| *now != state) => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
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
