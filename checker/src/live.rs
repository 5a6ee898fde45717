//! What the driver lets others in the same process see of it: the configuration in force, and the
//! state whenever somebody asks. Asking goes through the loop, so an answer proves that it turns.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use engine::{
    Check, CheckName,
    board::Board,
    config::{Config, Spec},
    effect::Input,
};
use tokio::sync::{mpsc, watch};

/// How long the loop may take to answer; it never waits for anything.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);

/// The driver's side. Cheap to clone; the clones share everything.
#[derive(Clone, Debug, Default)]
pub struct Live {
    wanted: Arc<AtomicBool>,
    shown: watch::Sender<Option<Arc<Shown>>>,
    config: watch::Sender<Option<Arc<Config>>>,
}

/// The state at an instant.
#[derive(Debug)]
pub struct Shown {
    /// Of every check.
    pub board: Board,
    /// What is wrong with the store.
    pub store_error: Option<String>,
}

impl Live {
    /// Tells which configuration is in force.
    pub fn take_up(&self, config: &Arc<Config>) {
        self.config.send_replace(Some(Arc::clone(config)));
    }

    /// Whether somebody waits to be shown the state; asked once a turn.
    pub(crate) fn is_wanted(&self) -> bool {
        self.wanted.swap(false, Ordering::Relaxed)
    }

    /// Shows the state to those who wait.
    pub(crate) fn show(&self, shown: Shown) {
        self.shown.send_replace(Some(Arc::new(shown)));
    }
}

/// The side of those who look. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Window {
    live: Live,
    inbox: mpsc::Sender<Input>,
}

impl Window {
    /// A look at this driver, through this inbox of it.
    #[must_use]
    pub const fn new(live: Live, inbox: mpsc::Sender<Input>) -> Self {
        Self { live, inbox }
    }

    /// The state now; absent when the loop does not answer.
    pub async fn look(&self) -> Option<Arc<Shown>> {
        let mut shown = self.live.shown.subscribe();
        shown.mark_unchanged();
        self.live.wanted.store(true, Ordering::Relaxed);
        let asked = async {
            self.inbox.send(Input::Time).await.ok()?;
            shown.changed().await.ok()?;
            shown.borrow().clone()
        };
        tokio::time::timeout(ANSWER_LIMIT, asked).await.ok().flatten()
    }

    /// The checks that a token belongs to. Every token is compared, whichever fits.
    #[must_use]
    pub fn called(&self, token: &str) -> Vec<CheckName> {
        let config = self.live.config.borrow();
        let checks = config.iter().flat_map(|config| config.enabled());
        let fits = |check: &&Arc<Check>| {
            if let Spec::Push(push) = &check.spec { push.opens(token) } else { false }
        };
        checks.filter(fits).map(|check| check.name.clone()).collect()
    }

    /// Tells the driver that something has called; false when the driver does not take it.
    pub async fn push(&self, check: CheckName) -> bool {
        let told = self.inbox.send(Input::Pushed { check });
        tokio::time::timeout(ANSWER_LIMIT, told).await.is_ok_and(|told| told.is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_does_not_turn_is_noticed_and_one_that_does_answers() {
        let (inbox, mut told) = mpsc::channel(4);
        let live = Live::default();
        let window = Window::new(live.clone(), inbox);
        assert!(window.look().await.is_none(), "nobody answers");
        assert!(matches!(told.recv().await, Some(Input::Time)));
        let turning = tokio::spawn(async move {
            while told.recv().await.is_some() {
                if live.is_wanted() {
                    let board = Board::default();
                    live.show(Shown { board, store_error: Some("no space".to_owned()) });
                }
            }
        });
        for _ in 0..3 {
            let shown = window.look().await.unwrap();
            assert_eq!(shown.store_error.as_deref(), Some("no space"));
        }
        assert!(window.push(CheckName::new("backup")).await);
        drop(window);
        turning.await.unwrap();
    }
}
