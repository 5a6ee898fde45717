//! Refusals: a status and one sentence, answered as `{"error": …}`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{CONNECTION, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::json;

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    status: StatusCode,
    text: String,
    /// Which credentials are asked for.
    asks: Option<&'static str>,
    /// The connection is of no further use.
    closes: bool,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into(), asks: None, closes: false }
    }

    /// 422: understood, and not acceptable.
    pub(crate) fn invalid(reason: &impl ToString) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, reason.to_string())
    }

    pub(crate) fn unauthorized(asks: &'static str, text: &str) -> Self {
        Self { asks: Some(asks), ..Self::new(StatusCode::UNAUTHORIZED, text) }
    }

    pub(crate) fn closing(self) -> Self {
        Self { closes: true, ..self }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({ "error": self.text }))).into_response();
        let headers = response.headers_mut();
        headers.extend(self.asks.map(|asks| (WWW_AUTHENTICATE, HeaderValue::from_static(asks))));
        let close = self.closes.then(|| HeaderValue::from_static("close"));
        headers.extend(close.map(|close| (CONNECTION, close)));
        response
    }
}
