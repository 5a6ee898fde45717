//! The HTTP surface: application, admin and panel routes under one set of rules.
//! Owns reading JSON bodies and the shape of refusals; the stack decides everything else.

pub(crate) mod admin;
pub(crate) mod data;
pub(crate) mod ops;
mod ops_view;
mod panel;
mod panel_view;

use crate::link::Seat;
use crate::problem::Problem;
use crate::shared::Shared;
use crate::veil::Veiled;
use crate::{guard, shell};
use axum::Extension;
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::middleware::from_fn;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::{Map, Value};

/// The whole application with its faults around it. Each request brings the stack that it is for,
/// so that copies of a stack need no router of their own.
pub(crate) fn router() -> Router {
    let control = from_fn(guard::control_plane);
    let forms = panel::forms().route_layer(from_fn(guard::same_origin));
    let doing = ops::doing().route_layer(from_fn(guard::same_origin));
    let control_plane =
        admin::routes().merge(panel::pages()).merge(forms).merge(ops::reading()).merge(doing);
    let jobs = data::jobs().route_layer(from_fn(guard::host_only));
    Router::new()
        .merge(control_plane.route_layer(control))
        .merge(data::routes())
        .merge(jobs)
        .fallback(not_found)
        .method_not_allowed_fallback(not_allowed)
        .layer(from_fn(shell::through_faults))
        .layer(DefaultBodyLimit::disable())
}

impl<S: Sync> FromRequestParts<S> for Shared {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let stack = parts.extensions.get::<Seat>().map(|seat| seat.app.clone());
        let missing = "the request is for no stack";
        stack.ok_or_else(|| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, missing))
    }
}

async fn not_found(uri: Uri, veiled: Option<Extension<Veiled>>) -> Problem {
    let asked = veiled.map_or(uri, |Extension(Veiled(asked))| asked);
    Problem::new(StatusCode::NOT_FOUND, format!("nothing is at {}", asked.path()))
}

async fn not_allowed(method: Method, uri: Uri) -> Problem {
    let text = format!("{method} is not allowed at {}", uri.path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, text)
}

/// Reads a JSON object; 415, 400 or 422 with the reason otherwise.
fn object(headers: &HeaderMap, body: &Bytes) -> Result<Map<String, Value>, Problem> {
    if !is_json(headers) {
        let text = "send Content-Type: application/json";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Problem::invalid(&"the body must be a JSON object: {…}")),
        Err(error) => {
            Err(Problem::new(StatusCode::BAD_REQUEST, format!("the body is not JSON: {error}")))
        }
    }
}

/// As [`object`], but an absent body is an empty object.
fn object_or_nothing(headers: &HeaderMap, body: &Bytes) -> Result<Map<String, Value>, Problem> {
    match body.iter().all(u8::is_ascii_whitespace) {
        true => Ok(Map::new()),
        false => object(headers, body),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}
