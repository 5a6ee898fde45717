//! The application itself: ping, database, queue, jobs, heartbeat and webhooks.
//! These routes may be faulted; they know nothing of it.

use super::object_or_nothing;
use crate::clock::rfc3339;
use crate::faults::fields::Fields;
use crate::guard::bearer_is;
use crate::problem::Problem;
use crate::shared::Shared;
use crate::stack::{QueueHealth, Started, Webhook};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

pub(super) fn routes() -> Router {
    Router::new()
        .route("/api/ping", get(ping))
        .route("/db/health", get(db_health))
        .route("/queue/health", get(queue_health))
        .route("/jobs/{id}/status", get(job_status))
        .route("/api/heartbeat", post(heartbeat))
        .route("/webhook/{name}", post(webhook))
        .route("/webhook/{name}/{*rest}", post(webhook_below))
}

pub(super) fn jobs() -> Router {
    Router::new().route("/jobs/run", post(run_job))
}

async fn ping() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

async fn db_health(app: Shared) -> Response {
    let health = app.with(|stack, now| stack.db(now));
    if !health.delay().is_zero() {
        tokio::time::sleep(health.delay()).await;
    }
    let status = if health.down { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (status, Json(health)).into_response()
}

async fn queue_health(app: Shared) -> Json<QueueHealth> {
    Json(app.with(|stack, now| stack.queue(now)))
}

async fn run_job(app: Shared, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let mut fields = Fields::new(object_or_nothing(&headers, &body)?);
    let name = fields.only(&["name"]).and_then(|()| fields.text("name"));
    match name {
        Ok(name) => Ok(start_job(&app, name.as_deref())),
        Err(error) => Err(Problem::invalid(&error)),
    }
}

fn start_job(app: &Shared, name: Option<&str>) -> Response {
    match run(app, name) {
        Ok(run) => Json(run).into_response(),
        Err(dropped) if dropped.silently => {
            Json(json!({"job_id": null, "status": "skipped"})).into_response()
        }
        Err(dropped) => {
            let text = dropped.text(app.options().operator);
            let answer = json!({"job_id": null, "error": text});
            (StatusCode::SERVICE_UNAVAILABLE, Json(answer)).into_response()
        }
    }
}

/// A started job, as `POST /jobs/run` answers it.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Run {
    pub(crate) job_id: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    also_started: Option<String>,
    /// Why the checker may not learn of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<String>,
}

/// Why no job was started.
#[derive(Debug)]
pub(crate) struct NotRun {
    /// The id of the fault that dropped it.
    pub(crate) fault: String,
    /// The scheduler sees nothing wrong.
    silently: bool,
}

impl NotRun {
    /// Whether the scheduler sees nothing wrong.
    pub(crate) fn is_silent(&self) -> bool {
        self.silently
    }

    /// What is said of it, to those who may not know of the fault too.
    pub(crate) fn text(&self, discreet: bool) -> String {
        match discreet {
            true => "the scheduler did not start the job".to_owned(),
            false => format!("the job did not start (fault {})", self.fault),
        }
    }
}

/// Starts a job and tells its id.
pub(crate) fn run(app: &Shared, name: Option<&str>) -> Result<Run, NotRun> {
    let mut ids = match app.with(|stack, now| stack.run_job(now, name)) {
        Started::Ids(ids) => ids.into_iter(),
        Started::Never(fault) => return Err(NotRun { fault, silently: false }),
        Started::Skipped(fault) => return Err(NotRun { fault, silently: true }),
    };
    let job_id = ids.next().unwrap_or_default();
    let also_started = ids.next();
    let warning = app.options().job_id.put(also_started.as_ref().unwrap_or(&job_id)).err();
    let warning = warning.map(|error| format!("the job id could not be written: {error}"));
    if let Some(warning) = &warning {
        tracing::error!(job_id, "{warning}");
    }
    Ok(Run { job_id, status: "running", also_started, warning })
}

async fn job_status(app: Shared, Path(id): Path<String>) -> Response {
    match app.with(|stack, _| stack.job(&id)) {
        Some(job) => Json(job).into_response(),
        None => (StatusCode::NOT_FOUND, Json(json!({"status": "unknown"}))).into_response(),
    }
}

async fn heartbeat(app: Shared, headers: HeaderMap, body: Bytes) -> Result<Json<Value>, Problem> {
    let text = match app.options().secret_key.as_deref() {
        None => "SECRET_KEY is not set: no heartbeat is accepted",
        Some(key) if bearer_is(&headers, key) => {
            let count = app.with(|stack, now| stack.inbox.beat(rfc3339(now), &body));
            return Ok(Json(json!({"ok": true, "count": count})));
        }
        Some(_) => "send Authorization: Bearer SECRET_KEY",
    };
    Err(Problem::unauthorized("Bearer", text))
}

/// For APIs that put a method or an account behind the address that they were given.
async fn webhook_below(
    app: Shared,
    Path((name, _)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Json<Value> {
    webhook(app, Path(name), headers, body).await
}

async fn webhook(
    app: Shared,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Json<Value> {
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.map(|value| value.chars().take(200).collect())
    };
    let seq = app.with(|stack, now| {
        let webhook = Webhook {
            seq: 0,
            name: name.chars().take(100).collect(),
            received_at: now,
            content_type: header(CONTENT_TYPE.as_str()),
            idempotency_key: header("idempotency-key"),
            bytes: 0,
            body: Value::Null,
            truncated: false,
        };
        stack.inbox.store(webhook, &body)
    });
    Json(json!({"ok": true, "seq": seq}))
}
