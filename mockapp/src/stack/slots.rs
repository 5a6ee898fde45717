//! How many injections of one fault are under way at once, for `max_active`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The injections under way. A clone starts from the same number and goes its own way.
#[derive(Debug, Default)]
pub(crate) struct Slots(Arc<AtomicU64>);

/// One injection under way; it is over when this is dropped.
#[derive(Debug)]
pub(crate) struct Slot(Arc<AtomicU64>);

impl Slots {
    /// One more, unless there are `most` already.
    pub(crate) fn take(&self, most: u64) -> Option<Slot> {
        // Taken under the stack's lock; only the giving back is not.
        if self.0.load(Ordering::Acquire) >= most {
            return None;
        }
        self.0.fetch_add(1, Ordering::AcqRel);
        Some(Slot(Arc::clone(&self.0)))
    }
}

impl Clone for Slots {
    fn clone(&self) -> Self {
        Self(Arc::new(AtomicU64::new(self.0.load(Ordering::Acquire))))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
