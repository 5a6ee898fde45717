//! The API: the same facts as the pages, for programs. Times are in UTC.

mod health;
mod metrics;
mod node;
mod results;
mod status;

use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use serde_json::{Map, Value, json};

use crate::{app::App, cluster::range::Range, query::Filter, refusal::Refusal};

use node::Part;

/// `GET /api/state`: `state.json` as it is, each entry with the word and the colour of its tile.
pub(crate) async fn state(State(app): State<App>) -> Response {
    let entries: Map<String, Value> = app.look(|look| {
        let entry = |seen: &crate::app::Seen<'_>| {
            let mut entry = json!(seen.entry);
            entry["shown"] = json!(seen.shown.word());
            entry["colour"] = json!(seen.shown.colour().word());
            (seen.name.to_string(), entry)
        };
        look.checks().iter().map(entry).collect()
    });
    Json(entries).into_response()
}

/// `GET /api/results`: a page of the journal.
pub(crate) async fn results(State(app): State<App>, RawQuery(raw): RawQuery) -> Response {
    match Filter::of_api(raw.as_deref()) {
        Ok(filter) => Json(app.look(|look| results::page(look, &filter))).into_response(),
        Err(bad) => Refusal::BadQuery(bad).into_json(),
    }
}

/// `GET /api/status`: the whole in one object; 503 without data.
pub(crate) async fn status(State(app): State<App>) -> Response {
    let (known, body) = app.look(status::body);
    let code = if known { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(body)).into_response()
}

/// `GET /metrics`: for Prometheus.
pub(crate) async fn metrics(State(app): State<App>) -> Response {
    let reads = app.reads();
    let text = app.look(|look| metrics::text(look, reads));
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

/// `GET /healthz`: 200 when the board can be believed, else 503 with the reason.
pub(crate) async fn health(State(app): State<App>) -> Response {
    let (well, body) = app.look(health::body);
    let code = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(body)).into_response()
}

/// `GET /api/node/status`: the newest of this machine.
pub(crate) async fn node_status(State(app): State<App>) -> Response {
    node_part(&app, None, Part::Status)
}

/// `GET /api/node/history`: what was found on this machine, sample by sample.
pub(crate) async fn node_history(State(app): State<App>, RawQuery(raw): RawQuery) -> Response {
    node_part(&app, raw.as_deref(), Part::History)
}

/// `GET /api/node/uptime`: how long each service of this machine was up.
pub(crate) async fn node_uptime(State(app): State<App>, RawQuery(raw): RawQuery) -> Response {
    node_part(&app, raw.as_deref(), Part::Uptime)
}

/// `GET /api/history`: the same as a bare list.
pub(crate) async fn history(State(app): State<App>, RawQuery(raw): RawQuery) -> Response {
    node_part(&app, raw.as_deref(), Part::BareHistory)
}

/// `GET /api/uptime`: the same as a bare list.
pub(crate) async fn uptime(State(app): State<App>, RawQuery(raw): RawQuery) -> Response {
    node_part(&app, raw.as_deref(), Part::BareUptime)
}

fn node_part(app: &App, raw: Option<&str>, part: Part) -> Response {
    match Range::of_query(raw) {
        Err(bad) => Refusal::BadQuery(bad).into_json(),
        Ok(range) => {
            let cluster = app.cluster();
            Json(app.look_over(range, |look| node::body(look, &cluster, part, range)))
                .into_response()
        }
    }
}

/// `GET /api/cluster`: this machine and its peers.
pub(crate) async fn cluster(State(app): State<App>, RawQuery(raw): RawQuery) -> Response {
    match Range::of_query(raw.as_deref()) {
        Err(bad) => Refusal::BadQuery(bad).into_json(),
        Ok(range) => {
            let cluster = app.cluster();
            Json(app.look_over(range, |look| node::cluster(look, &cluster, range))).into_response()
        }
    }
}
