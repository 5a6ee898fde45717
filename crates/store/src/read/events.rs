//! What can be asked of the history, and what comes back: filters and pages.
//! Knows nothing of files.

use engine::{Event, Status, Timestamp};

/// A question to the history of the last 24 hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The earliest time that is wanted.
    pub from: Timestamp,
    /// The latest time that is wanted.
    pub until: Timestamp,
    /// Only events of this check.
    pub name: Option<String>,
    /// Only results with one of these statuses; empty for all. Other events have no status.
    pub statuses: Vec<Status>,
    /// Only events of one of these kinds; empty for all.
    pub events: Vec<EventFilter>,
    /// Which page, from 1.
    pub page: usize,
    /// How many rows a page has.
    pub per_page: usize,
}

/// A kind of event that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventFilter {
    /// Results of checks.
    Checks,
    /// Results whose status differs from the one before.
    Changes,
    /// Notices that were raised.
    Notices,
    /// Attempts to deliver a notice.
    Deliveries,
    /// Actions that ran or were skipped.
    Actions,
    /// The life of the checker: starts, stops, configurations, removed checks, skipped turns.
    System,
}

/// Some rows of the answer, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The events, newest first.
    pub rows: Vec<Event>,
    /// How many events there are on all pages.
    pub total: usize,
    /// Which page this is, from 1; never beyond the last.
    pub page: usize,
    /// How many pages there are, at least 1.
    pub pages: usize,
}
