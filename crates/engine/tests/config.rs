//! The configuration: what loads, what it means, and what is said about what does not load.

#[path = "config/support.rs"]
mod support;

#[path = "config/good.rs"]
mod good;
