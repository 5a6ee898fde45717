//! `http.status`: answers with a status of your choice; the application is not asked.

use super::fields::{Fields, Invalid, required, wrong};
use super::header_map::GivenHeaders;
use super::kind::{Domain, Fault, Info, draw_of};
use super::plan::{Answer, Plan};
use super::strike::Strike;
use crate::tools::{Component, Tool};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Map, Value};

#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct HttpStatus {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    /// Statuses with their weights.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_map")]
    codes: Vec<(u16, f64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    #[serde(skip_serializing_if = "GivenHeaders::is_empty")]
    headers: GivenHeaders,
}

fn as_map<S: serde::Serializer>(codes: &[(u16, f64)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(codes.iter().map(|(code, weight)| (code.to_string(), weight)))
}

impl HttpStatus {
    /// Always this one.
    pub(crate) fn of(code: u16, body: Value) -> Self {
        let headers = GivenHeaders::default();
        Self { code: Some(code), codes: Vec::new(), body: Some(body), headers }
    }

    /// The first whose share of the weights reaches as far as the draw, 0 to 1.
    fn pick(&self, draw: f64) -> u16 {
        let mut left = draw * self.codes.iter().map(|(_, weight)| weight).sum::<f64>();
        for (code, weight) in &self.codes {
            left -= weight;
            if left < 0.0 {
                return *code;
            }
        }
        self.code.or(self.codes.last().map(|(code, _)| *code)).unwrap_or(503)
    }
}

impl Fault for HttpStatus {
    const INFO: Info = Info {
        name: "http.status",
        domain: Domain::Requests,
        about: "Answers with this status; the application is not asked.",
        component: Component::Api,
        plain: "The app answers with an error status",
        cured_by: &[Tool::RollbackDeploy],
        parameters: &[
            ("code", "status from 200 to 599; a list draws one of them each time"),
            ("codes", "instead: statuses with their weights, {\"500\": 3, \"503\": 1}"),
            ("body", "text, or any JSON value; a short JSON error when absent"),
            ("headers", "names and values that the answer gets"),
        ],
        example: r#"{"fault": "http.status", "on": "GET /api/ping", "for": "2m", "code": 503}"#,
    };

    fn take(fields: &mut Fields) -> Result<Self, Invalid> {
        let both = fields.peek("code").is_some() && fields.peek("codes").is_some();
        if both {
            let text = "`code` and `codes` exclude each other: keep one";
            return Err(Invalid::at("codes", text));
        }
        let is_set = fields.peek("code").is_some_and(|code| code.is_object() || code.is_array());
        let key = if is_set { "code" } else { "codes" };
        let given = if is_set { fields.take("code") } else { fields.take("codes") };
        let codes = given.map(|given| take_codes(key, &given)).transpose()?.unwrap_or_default();
        let code = if codes.is_empty() { Some(take_code(fields)?) } else { None };
        let headers = GivenHeaders::take(fields, "headers")?;
        Ok(Self { code, codes, body: fields.take("body"), headers })
    }

    fn draws(&self) -> bool {
        self.codes.len() > 1
    }

    fn on_request(&self, strike: &Strike, plan: &mut Plan) {
        let code = self.code.unwrap_or_else(|| self.pick(strike.draw.unit(draw_of::CHOICE)));
        let made = || answer(code, self.body.as_ref()).with_all(&self.headers.0);
        plan.answer.get_or_insert_with(made);
    }
}

pub(super) fn take_code(fields: &mut Fields) -> Result<u16, Invalid> {
    let code = required("code", fields.whole("code", 200..=599)?)?;
    u16::try_from(code).map_err(|_| wrong("code", "a status from 200 to 599", &Value::from(code)))
}

/// A status, in quotes too.
fn whole(code: &Value) -> Option<u64> {
    code.as_u64().or_else(|| code.as_str()?.parse().ok())
}

/// Statuses with their weights; in a list all have the same.
fn take_codes(key: &str, given: &Value) -> Result<Vec<(u16, f64)>, Invalid> {
    let expected =
        "statuses from 200 to 599 with weights above 0, such as {\"500\": 3, \"503\": 1}";
    let pair = |code: Option<u64>, weight: Option<f64>| {
        let code = code.filter(|code| (200..=599).contains(code))?;
        Some((u16::try_from(code).ok()?, weight.filter(|weight| *weight > 0.0)?))
    };
    let codes = match given {
        Value::Object(map) => {
            map.iter().map(|(code, weight)| pair(code.parse().ok(), weight.as_f64())).collect()
        }
        Value::Array(list) => list.iter().map(|code| pair(whole(code), Some(1.0))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    };
    match codes.filter(|codes: &Vec<_>| !codes.is_empty()) {
        Some(codes) => Ok(codes),
        None => Err(wrong(key, expected, given)),
    }
}

/// An answer with this status and body; JSON, or what stands for it.
pub(crate) fn answer(code: u16, body: Option<&Value>) -> Answer {
    let text = match body {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => Value::Object(Map::from_iter([
            ("error".to_owned(), Value::from("injected")),
            ("status".to_owned(), Value::from(code)),
        ]))
        .to_string(),
    };
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let bodiless = matches!(code, 204 | 205 | 304);
    let bytes = if bodiless { Bytes::new() } else { Bytes::from(text) };
    Answer { invented: body.is_none() && !bodiless, ..Answer::json(status, bytes) }
}
