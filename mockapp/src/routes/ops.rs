//! The operator's tools over HTTP: what there is, what was done, and doing it.
//! Exempt from faults. Owns reading who does it; what a tool does is the stack's.

use super::{data, is_json};
use crate::clock::rfc3339;
use crate::faults::fields::{Fields, Invalid, required};
use crate::problem::Problem;
use crate::shared::Shared;
use crate::stack::{Busy, Operation};
use crate::tools::{Component, TOOLS, Tool};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Operations that are listed.
const LISTED: usize = 200;
/// Characters of a name.
const LONGEST_NAME: usize = 60;

pub(super) fn reading() -> Router {
    Router::new().route("/ops", get(list))
}

pub(super) fn doing() -> Router {
    Router::new().route("/ops/{tool}", post(operate))
}

/// An operation as `GET /ops` lists it.
#[derive(Debug, Serialize)]
struct OperationView {
    id: u64,
    tool: &'static str,
    by: String,
    at: String,
    /// When it was done, or will be.
    done_at: String,
    state: &'static str,
    /// Empty while it is running.
    outcome: String,
}

impl OperationView {
    fn of(operation: Operation) -> Self {
        let done = operation.is_done;
        Self {
            id: operation.id,
            tool: operation.tool.row().name,
            by: operation.by,
            at: rfc3339(operation.at),
            done_at: rfc3339(operation.done_at),
            state: if done { "done" } else { "running" },
            outcome: if done { operation.outcome } else { String::new() },
        }
    }
}

/// The latest operations, oldest first.
fn log(app: &Shared) -> Vec<OperationView> {
    let all = app.with(|stack, _| stack.operations().all());
    let older = all.len().saturating_sub(LISTED);
    all.into_iter().skip(older).map(OperationView::of).collect()
}

async fn list(app: Shared) -> Json<Value> {
    let speed = app.options().speed;
    let tools: Vec<Value> = TOOLS
        .iter()
        .map(|row| {
            let takes = seconds(row.takes(speed));
            json!({"name": row.name, "label": row.label, "about": row.about, "takes_s": takes, "component": row.component})
        })
        .collect();
    Json(json!({"tools": tools, "log": log(&app)}))
}

/// A length in seconds; a whole number when it is one.
fn seconds(length: Duration) -> Value {
    let ms = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
    if ms % 1_000 == 0 { Value::from(ms / 1_000) } else { Value::from(ms as f64 / 1_000.0) }
}

async fn operate(
    app: Shared,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let tool = Tool::named("tool", &name)
        .map_err(|error| Problem::new(StatusCode::NOT_FOUND, error.to_string()))?;
    let by = who(object(&headers, &body)?, tool).map_err(|error| Problem::invalid(&error))?;
    let begun = begin(&app, tool, &by)
        .map_err(|busy| Problem::new(StatusCode::CONFLICT, busy.to_string()))?;
    let done_in = seconds(tool.row().takes(app.options().speed));
    let answer =
        json!({"id": begun.id, "tool": tool.row().name, "state": "running", "done_in_s": done_in});
    Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
}

/// Begins an operation; a job that it runs is started, and told of, at once.
pub(crate) fn begin(app: &Shared, tool: Tool, by: &str) -> Result<Operation, Busy> {
    let begun = app.with(|stack, now| stack.operate(now, tool, by))?;
    if tool == Tool::RunJob {
        let outcome = match data::run(app, None) {
            Ok(run) => format!("Job {} was started.", run.job_id),
            Err(not) if not.is_silent() => "The scheduler has left the job out.".to_owned(),
            Err(_) => "The scheduler did not start the job.".to_owned(),
        };
        app.with(|stack, _| stack.operations().foretell(begun.id, &outcome));
    }
    Ok(begun)
}

fn object(headers: &HeaderMap, body: &Bytes) -> Result<Map<String, Value>, Problem> {
    if !is_json(headers) {
        let text = "send Content-Type: application/json and {\"by\": \"your name\"}";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Problem::invalid(&"the body must be a JSON object: {\"by\": \"your name\"}")),
        Err(error) => Err(Problem::invalid(&format!("the body is not JSON: {error}"))),
    }
}

fn who(body: Map<String, Value>, tool: Tool) -> Result<String, Invalid> {
    let mut fields = Fields::new(body);
    fields.only(&["by", "component"])?;
    let by = name(&required("by", fields.text("by")?)?)?;
    let own = tool.row().component;
    match fields.choice("component", &Component::ALL.map(|part| (part.name(), part)))? {
        Some(other) if other != own => {
            let (tool, own, other) = (tool.row().name, own.name(), other.name());
            Err(Invalid::at("component", format!("{tool} is for {own}, not for {other}")))
        }
        Some(_) | None => Ok(by),
    }
}

/// Who does it, as the log will say.
pub(crate) fn name(given: &str) -> Result<String, Invalid> {
    let trimmed = given.trim();
    let fits = (1..=LONGEST_NAME).contains(&trimmed.chars().count());
    if fits && !trimmed.chars().any(char::is_control) {
        return Ok(trimmed.to_owned());
    }
    Err(Invalid::at(
        "by",
        format!("`by` must be a name of 1 to {LONGEST_NAME} characters on one line"),
    ))
}
