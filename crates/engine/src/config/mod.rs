//! The configuration: what `checks.yaml` may say and what it means.
//! Strict: a file either yields a whole [`Config`] or all its errors with their places.
//! Pure text in, values out; the caller reads the file and supplies the variables.

mod actions;
mod channels;
mod check;
mod check_tables;
pub mod context;
mod diagnostic;
mod expand;
mod global;
mod http;
mod job;
mod json_query;
pub mod marks;
mod mask;
mod parse;
mod schema;
mod section;
mod senders;
mod source;
mod table;
mod tables;
mod template;
mod text;
mod types;
mod values;
pub mod yaml;

pub use diagnostic::{Diagnostic, Errors, Level};
pub use expand::{Expanded, Variables, expand};
pub use json_query::JsonQuery;
pub use mask::mask_url;
pub use parse::{Parsed, parse, tree};
pub use schema::json_schema;
pub use senders::{Ntfy, Program, Telegram, Twilio};
pub use source::Source;
pub use template::{JOB_ID, JobUrl, http_url};
pub use types::*;
