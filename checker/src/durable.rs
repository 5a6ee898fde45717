//! The store's word that everything recorded so far is safe: what notices and actions wait for.

use engine::Mono;
use store::Writer;
use tokio::sync::oneshot;

/// Resolves once everything that was recorded before it was made is on disk.
#[derive(Debug)]
pub struct Durable(oneshot::Receiver<Result<(), String>>);

impl Durable {
    /// Asks the writer for its word.
    #[must_use]
    pub fn of(writer: &mut Writer, now: Mono) -> Self {
        let (tell, told) = oneshot::channel();
        writer.when_durable(
            now,
            Box::new(move |result| {
                // Nobody waits any more: the driver is stopping.
                let _ = tell.send(result);
            }),
        );
        Self(told)
    }

    /// Waits for it. A disk that cannot be written is logged and does not hold up an alert.
    pub async fn wait(self) {
        match self.0.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the store cannot be written; going on"),
            Err(_) => tracing::error!("the store has stopped; going on"),
        }
    }
}
