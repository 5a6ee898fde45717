//! A thread that writes rows, so that a file that others hold never delays a cycle. What it cannot
//! take waits in a queue of limited length.

use std::{
    sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    thread,
    time::Duration,
};

use rusqlite::ErrorCode;

use super::{MetricsDb, MetricsRow};

/// Rows that may wait: at one every ten seconds, almost three hours of them.
const QUEUE: usize = 1000;

/// How often a row is offered to a file that is held, five seconds each time.
const OFFERS: u32 = 60;

/// The thread; it ends when all handles are gone and every row is written.
#[derive(Clone, Debug)]
pub struct MetricsThread {
    rows: SyncSender<Order>,
}

#[derive(Debug)]
enum Order {
    Row(Box<MetricsRow>),
    Flush(SyncSender<()>),
}

impl MetricsThread {
    /// Starts it.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn spawn(db: MetricsDb) -> std::io::Result<Self> {
        let (rows, orders) = sync_channel(QUEUE);
        thread::Builder::new().name("metrics".to_owned()).spawn(move || write(&db, &orders))?;
        Ok(Self { rows })
    }

    /// Hands a row over and does not wait. A row that the queue has no room for is dropped, with a
    /// line in the log.
    pub fn insert(&self, row: MetricsRow) {
        match self.rows.try_send(Order::Row(Box::new(row))) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => tracing::warn!("a row of metrics is lost: too many wait"),
            Err(TrySendError::Disconnected(_)) => tracing::warn!("the thread of metrics has ended"),
        }
    }

    /// Waits until what was handed over is written, at most so long.
    pub fn flush(&self, limit: Duration) {
        let (tell, told) = sync_channel(1);
        if self.rows.try_send(Order::Flush(tell)).is_err() || told.recv_timeout(limit).is_err() {
            tracing::warn!("the last rows of metrics may not be written");
        }
    }
}

fn write(db: &MetricsDb, orders: &Receiver<Order>) {
    let mut troubled = false;
    for order in orders {
        match order {
            Order::Row(row) => troubled = put(db, &row, troubled),
            Order::Flush(tell) => {
                // Whoever asked may have stopped waiting.
                let _ = tell.send(());
            }
        }
    }
}

/// Writes a row; tells whether that failed. A failure is logged once until a row is written again.
fn put(db: &MetricsDb, row: &MetricsRow, troubled: bool) -> bool {
    for offer in 1..=OFFERS {
        let error = match db.insert(row) {
            Ok(()) => return false,
            Err(error) => error,
        };
        if offer == 1 && !troubled {
            tracing::warn!(%error, "a row of metrics cannot be written");
        }
        if error.sqlite_error_code() != Some(ErrorCode::DatabaseBusy) {
            break;
        }
    }
    true
}
