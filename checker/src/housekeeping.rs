//! Wakes the driver once a minute, in UTC, to ask the engine what is due: the morning report and
//! the pruning of the history. A lost or late wake-up costs nothing, since the engine decides by
//! its own schedule arithmetic; this file decides nothing. The scheduler reads the system clock
//! every 500 ms, so it must not run in virtual time, where the driver asks by its own timer. It
//! leaves tasks behind when it stops: one per process, started once, never rebuilt.

use tokio::sync::mpsc::{Sender, error::TrySendError};
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

/// At the beginning of every minute: seconds come first.
const EVERY_MINUTE: &str = "0 * * * * *";

/// The running scheduler.
pub struct Housekeeping {
    scheduler: JobScheduler,
}

impl std::fmt::Debug for Housekeeping {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Housekeeping")
    }
}

/// Why the scheduler does not run.
#[derive(Debug, thiserror::Error)]
#[error("the housekeeping cannot be scheduled: {0}")]
pub struct HousekeepingError(#[from] JobSchedulerError);

impl Housekeeping {
    /// Starts it. Every wake-up is one message; while one waits to be read, no other is added.
    ///
    /// # Errors
    /// Says why the scheduler does not start.
    pub async fn start(wake: Sender<()>) -> Result<Self, HousekeepingError> {
        Self::start_at(EVERY_MINUTE, wake).await
    }

    async fn start_at(schedule: &str, wake: Sender<()>) -> Result<Self, HousekeepingError> {
        let scheduler = JobScheduler::new().await?;
        scheduler.add(Job::new(schedule, move |_, _| ring(&wake))?).await?;
        scheduler.start().await?;
        Ok(Self { scheduler })
    }

    /// Stops it. The scheduler notices within half a second.
    pub async fn stop(mut self) {
        if let Err(error) = self.scheduler.shutdown().await {
            tracing::warn!(%error, "the housekeeping did not stop");
        }
    }
}

fn ring(wake: &Sender<()>) {
    match wake.try_send(()) {
        Ok(()) | Err(TrySendError::Full(())) => {}
        Err(TrySendError::Closed(())) => tracing::debug!("nobody listens to the housekeeping"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{sync::mpsc, time::timeout};

    use super::*;

    #[tokio::test]
    async fn it_wakes_the_driver_and_one_waiting_message_is_enough() {
        let (wake, mut woken) = mpsc::channel(1);
        wake.try_send(()).unwrap();
        let housekeeping = Housekeeping::start_at("* * * * * *", wake).await.unwrap();
        let limit = Duration::from_secs(20);
        for _ in 0..2 {
            assert_eq!(timeout(limit, woken.recv()).await, Ok(Some(())));
        }
        housekeeping.stop().await;
    }

    #[tokio::test]
    async fn a_minute_is_an_expression_that_the_scheduler_takes() {
        let (wake, _woken) = mpsc::channel(1);
        Housekeeping::start(wake).await.unwrap().stop().await;
    }
}
