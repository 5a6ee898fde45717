//! What an `http` check asks and expects. Plain data.

use std::time::Duration;

use url::Url;

use crate::config::json_query::JsonQuery;

/// An HTTP request.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// An absolute `http` or `https` address.
    pub url: Url,
    /// Headers as written.
    pub headers: Vec<(String, String)>,
    /// The body, when there is one.
    pub body: Option<String>,
    /// Whether redirects are followed.
    pub follow_redirects: bool,
    /// Whether the connection is kept for the next attempt.
    pub keep_alive: bool,
}

/// An `http` check.
#[derive(Clone, Debug)]
pub struct HttpSpec {
    /// What is asked.
    pub request: HttpRequest,
    /// The wanted status code; absent means any 2xx.
    pub expect_status: Option<u16>,
    /// The rules on the JSON body; all must hold.
    pub expect_jsonpath: Vec<JsonRule>,
    /// WARN from this latency on.
    pub warn: Option<Duration>,
    /// FAIL from this latency on.
    pub crit: Option<Duration>,
    /// WARN when the certificate ends within so long.
    pub cert_warn: Option<Duration>,
}

/// One entry of `expect_jsonpath`.
#[derive(Clone, Debug)]
pub struct JsonRule {
    /// Which values are meant; every match must hold, no match is a failure of its own.
    pub query: JsonQuery,
    /// What must hold of each.
    pub predicates: Vec<Predicate>,
}

/// What must hold of a matched value.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// Equal as JSON; numbers by value.
    Equals(serde_json::Value),
    /// Not equal as JSON.
    Ne(serde_json::Value),
    /// A number below.
    Lt(f64),
    /// A number at most.
    Lte(f64),
    /// A number above.
    Gt(f64),
    /// A number at least.
    Gte(f64),
    /// Whether anything matches at all.
    Exists(bool),
}
