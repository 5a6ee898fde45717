//! The control plane for scripts: toggles, any fault of the catalogue, reset, state.
//! Always exempt from faults. Answers what it did; refuses strictly and changes nothing then.

use super::{object, object_or_nothing};
use crate::clock::rfc3339;
use crate::faults::fields::{Fields, Invalid};
use crate::faults::{CATALOGUE, Spec, envelope};
use crate::problem::Problem;
use crate::shared::Shared;
use crate::shell::{LONGEST_SILENCE, silence};
use crate::stack::{FaultView, Refused, Remedied, StateView, Toggles, Wish};
use crate::veil::knows_key;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub(super) fn routes() -> Router {
    Router::new()
        .route("/admin/faults", get(list).post(replace).patch(merge))
        .route("/admin/faults/inject", post(inject))
        .route("/admin/faults/{id}", delete(end).get(show))
        .route("/admin/catalogue", get(catalogue))
        .route("/admin/reset", post(reset))
        .route("/admin/state", get(state))
        .route("/admin/webhooks", get(webhooks))
        .route("/admin/operations", get(operations))
}

async fn list(app: Shared) -> Json<Value> {
    Json(json!({"faults": app.with(|stack, now| stack.faults(now))}))
}

async fn replace(app: Shared, headers: HeaderMap, body: Bytes) -> Result<Json<Toggles>, Problem> {
    let wish = wish(&headers, &body)?.replacing();
    Ok(Json(app.with(|stack, now| stack.set_toggles(now, wish))))
}

async fn merge(app: Shared, headers: HeaderMap, body: Bytes) -> Result<Json<Toggles>, Problem> {
    let wish = wish(&headers, &body)?;
    Ok(Json(app.with(|stack, now| stack.set_toggles(now, wish))))
}

fn wish(headers: &HeaderMap, body: &Bytes) -> Result<Wish, Problem> {
    Wish::parse(object(headers, body)?).map_err(|error| Problem::invalid(&error))
}

async fn inject(app: Shared, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let fault = injected(&app, object(&headers, &body)?).map_err(|failure| failure.problem())?;
    Ok((StatusCode::CREATED, Json(fault)).into_response())
}

/// Why a fault was not injected.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InjectError {
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl InjectError {
    fn problem(&self) -> Problem {
        match self {
            Self::Invalid(error) => Problem::invalid(error),
            Self::Refused(error) => refused(error),
        }
    }
}

/// Parses and starts a fault.
pub(crate) fn injected(app: &Shared, step: Map<String, Value>) -> Result<FaultView, InjectError> {
    let spec = Spec::parse(step)?;
    let name = spec.kind.info().name;
    let locks_out = spec.kind.locks_out();
    if locks_out && spec.envelope.lasts.is_none() && !app.options().control_survives_refuse {
        return Err(Invalid::at("for", format!(
            "`for` is missing: {name} shuts this listener too, so it must end by itself (or start with --admin-addr)"
        ))
        .into());
    }
    Ok(app.with(|stack, now| stack.inject(now, spec))?)
}

fn refused(error: &Refused) -> Problem {
    let status = match error {
        Refused::Duplicate(_) | Refused::TooMany => StatusCode::CONFLICT,
        Refused::Reserved(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Problem::new(status, error.to_string())
}

async fn show(app: Shared, Path(id): Path<String>) -> Result<Json<FaultView>, Problem> {
    found(app.with(|stack, now| stack.find_fault(now, &id)), &id)
}

async fn end(app: Shared, Path(id): Path<String>) -> Result<Json<FaultView>, Problem> {
    found(app.with(|stack, now| stack.end(now, &id)), &id)
}

fn found(fault: Option<FaultView>, id: &str) -> Result<Json<FaultView>, Problem> {
    let missing = || Problem::new(StatusCode::NOT_FOUND, format!("there is no fault `{id}`"));
    fault.map(Json).ok_or_else(missing)
}

async fn reset(
    app: Shared,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    // A remedy may send a payload; its content does not matter, its type does.
    object_or_nothing(&headers, &body)?;
    if is_forced(&query)? {
        return Ok(Json(app.with(|stack, now| stack.heal(now))).into_response());
    }
    // A checker's own remedy comes without the key, and must not learn what it has ended.
    let knows = !app.options().operator || knows_key(app.options(), &headers);
    match app.with(|stack, now| stack.remedy(now)) {
        Remedied::Answered(_) if !knows => Ok(Json(json!({"ok": true})).into_response()),
        Remedied::Answered(view) => Ok(Json(view).into_response()),
        Remedied::Silent => Ok(silence(LONGEST_SILENCE).await),
        Remedied::Failed(_) if !knows => {
            Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the reset failed"))
        }
        Remedied::Failed(fault) => {
            let text = format!("the remedy failed (fault {fault}): nothing was reset");
            Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, text))
        }
    }
}

/// Whether `?force=true` asks to pass by every fault of the remedy.
fn is_forced(query: &BTreeMap<String, String>) -> Result<bool, Problem> {
    let texts = query.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str())));
    let mut fields = Fields::new(texts.collect());
    let force = fields
        .only(&["force"])
        .and_then(|()| fields.choice("force", &[("true", true), ("false", false)]));
    force.map(|force| force.unwrap_or(false)).map_err(|error| Problem::invalid(&error))
}

async fn state(app: Shared) -> Json<StateView> {
    Json(app.with(|stack, now| stack.view(now)))
}

async fn webhooks(app: Shared) -> Json<Value> {
    Json(json!({"webhooks": app.with(|stack, _| stack.inbox.listed())}))
}

/// As `GET /ops`, with the faults that each operation has ended or made worse.
async fn operations(app: Shared) -> Json<Value> {
    let all = app.with(|stack, _| stack.operations().all());
    let shown = all.into_iter().map(|done| {
        json!({"id": done.id, "tool": done.tool.row().name, "by": done.by, "at": rfc3339(done.at),
            "done_at": rfc3339(done.done_at), "state": if done.is_done { "done" } else { "running" },
            "outcome": done.outcome, "cured": done.cured, "worsened": done.worsened, "lost": done.lost})
    });
    Json(json!({"operations": shown.collect::<Vec<_>>()}))
}

async fn catalogue() -> Json<Value> {
    let list = |pairs: &[(&str, &str)]| -> Map<String, Value> {
        pairs.iter().map(|(key, about)| ((*key).to_owned(), Value::from(*about))).collect()
    };
    let faults: Vec<Value> = CATALOGUE
        .iter()
        .map(|info| {
            let example: Value = serde_json::from_str(info.example).unwrap_or_default();
            json!({"fault": info.name, "about": info.about, "component": info.component, "plain": info.plain, "cured_by": info.tools(), "parameters": list(info.parameters), "example": example})
        })
        .collect();
    Json(json!({"envelope": list(&envelope::KEYS), "faults": faults}))
}

/// Reads a step that was typed into the panel's form.
pub(super) fn typed(app: &Shared, text: &str) -> Result<FaultView, String> {
    match serde_json::from_str(text) {
        Ok(Value::Object(step)) => injected(app, step).map_err(|error| error.to_string()),
        Ok(_) => Err("a fault is a JSON object: {…}".to_owned()),
        Err(error) => Err(format!("this is not JSON: {error}")),
    }
}
