//! What people and machines get to read of a run.
