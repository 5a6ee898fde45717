//! The configuration: what `checks.yaml` may say and what it means.
//! Strict: a file either yields a whole [`Config`] or all its errors with their places.

mod json_query;
mod template;
mod types;

pub use json_query::JsonQuery;
pub use template::{JOB_ID, JobUrl, http_url};
pub use types::*;
