//! `http.header`: headers that are missing, other, huge, or come slowly.

use super::fields::{Fields, Invalid, wrong};
use super::header_map::{GivenHeaders, header_name};
use super::kind::{Domain, Fault, Info};
use super::plan::{Plan, Raw};
use super::rewrite::Rewrite;
use super::strike::Strike;
use crate::tools::{Component, Tool};
use http::header::{CONTENT_LENGTH, DATE};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct HttpHeader {
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_names")]
    drop: Vec<HeaderName>,
    #[serde(skip_serializing_if = "GivenHeaders::is_empty")]
    set: GivenHeaders,
    #[serde(skip_serializing_if = "Option::is_none")]
    huge_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slow_ms: Option<u64>,
}

fn as_names<S: serde::Serializer>(names: &[HeaderName], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(names.iter().map(HeaderName::as_str))
}

impl Fault for HttpHeader {
    const INFO: Info = Info {
        name: "http.header",
        domain: Domain::Requests,
        about: "Leaves headers out, sets others, adds a huge one, or sends the head line by line.",
        component: Component::Api,
        plain: "Headers of answers are wrong or missing",
        cured_by: &[Tool::RollbackDeploy],
        parameters: &[
            ("drop", "names that are left out; without content-length the answer ends by a close"),
            ("set", "names and values"),
            ("huge_bytes", "adds X-Padding of so many bytes, up to 1048576"),
            ("slow_ms", "pause after each line of the head"),
        ],
        example: r#"{"fault": "http.header", "on": "GET /api/ping", "for": "2m", "drop": ["content-type"], "set": {"X-Cache": "HIT"}, "huge_bytes": 65536, "slow_ms": 200}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let this = Self {
            drop: take_names(fields)?,
            set: GivenHeaders::take(fields, "set")?,
            huge_bytes: fields.whole("huge_bytes", 1..=1_048_576)?,
            slow_ms: fields.whole("slow_ms", 1..=60_000)?,
        };
        let nothing = this.drop.is_empty() && this.set.is_empty();
        match nothing && this.huge_bytes.is_none() && this.slow_ms.is_none() {
            true => Err(Invalid::at("fault", "http.header needs drop, set, huge_bytes or slow_ms")),
            false => Ok(this),
        }
    }

    fn has_size(&self) -> bool {
        self.slow_ms.is_some() && self.drop.is_empty() && self.set.is_empty()
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        plan.rewrites.push(Rewrite::Headers { drop: self.drop.clone(), set: self.all_set() });
        plan.wire.head_line = plan.wire.head_line.max(strike.ms(self.slow_ms.unwrap_or(0) as f64));
        // The HTTP library adds these two by itself.
        if self.drops(&CONTENT_LENGTH) || self.drops(&DATE) {
            plan.raw.get_or_insert(Raw::Bare { length: !self.drops(&CONTENT_LENGTH) });
        }
    }
}

impl HttpHeader {
    fn drops(&self, name: &HeaderName) -> bool {
        self.drop.contains(name)
    }

    fn all_set(&self) -> HeaderMap {
        let mut set = self.set.0.clone();
        let padding = self.huge_bytes.map(|count| "x".repeat(usize::try_from(count).unwrap_or(0)));
        let padding = padding.and_then(|text| HeaderValue::from_str(&text).ok());
        set.extend(padding.map(|text| (HeaderName::from_static("x-padding"), text)));
        set
    }
}

fn take_names(fields: &mut Fields) -> Result<Vec<HeaderName>, Invalid> {
    let Some(value) = fields.take("drop") else {
        return Ok(Vec::new());
    };
    let value = if value.is_string() { Value::Array(vec![value]) } else { value };
    let names = value.as_array().filter(|names| !names.is_empty());
    let Some(names) =
        names.and_then(|names| names.iter().map(Value::as_str).collect::<Option<Vec<_>>>())
    else {
        return Err(wrong("drop", "a list of names of headers", &value));
    };
    names.into_iter().map(|name| header_name("drop", name)).collect()
}
