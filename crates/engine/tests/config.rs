//! The configuration: what loads, what it means, and what is said about what does not load.

#[path = "config/support.rs"]
mod support;

#[path = "config/bad.rs"]
mod bad;
#[path = "config/deploy.rs"]
mod deploy;
#[path = "config/every_key.rs"]
mod every_key;
#[path = "config/expand.rs"]
mod expand;
#[path = "config/fuzz.rs"]
mod fuzz;
#[path = "config/good.rs"]
mod good;
#[path = "config/host.rs"]
mod host;
#[path = "config/nodes.rs"]
mod nodes;
#[path = "config/schema.rs"]
mod schema;
#[path = "config/services.rs"]
mod services;
#[path = "config/units.rs"]
mod units;
