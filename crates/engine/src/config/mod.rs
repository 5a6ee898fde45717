//! The configuration: what `checks.yaml` may say and what it means.
//! Strict: a file either yields a whole [`Config`] or all its errors with their places.
//! Pure text in, values out; the caller reads the file and supplies the variables.

mod actions;
mod channels;
mod check;
mod check_tables;
mod command;
pub mod context;
mod diagnostic;
mod dns;
mod endpoint;
mod expand;
mod global;
mod http;
mod job;
mod json_query;
mod log_heartbeat;
pub mod marks;
mod mask;
mod nodes;
mod parse;
mod pattern;
mod restart;
mod ping;
mod schema;
mod section;
mod source;
mod systemd;
mod table;
mod tables;
mod tcp;
mod template;
mod text;
mod types;
mod unit;
mod values;
pub mod yaml;

pub use command::{CommandSpec, ExitMeaning};
pub use diagnostic::{Diagnostic, Errors, Level};
pub use dns::{DnsExpect, DnsSpec, Record};
pub use endpoint::Endpoint;
pub use expand::{Expanded, Variables, expand};
pub use json_query::JsonQuery;
pub use log_heartbeat::{LogHeartbeatSpec, LogSource};
pub use mask::mask_url;
pub use nodes::{MONITOR_DNS, Nodes, PeerNode, nodes};
pub use parse::{Parsed, parse, tree};
pub use pattern::Pattern;
pub use ping::PingSpec;
pub use schema::json_schema;
pub use source::Source;
pub use systemd::SystemdSpec;
pub use tcp::TcpSpec;
pub use template::{JOB_ID, JobUrl, http_url};
pub use types::*;
