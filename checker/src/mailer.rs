//! Placeholder of a part that is being written.
