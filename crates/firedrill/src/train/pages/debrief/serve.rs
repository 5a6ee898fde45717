//! The debrief over HTTP: of this exercise once it is over, and of past ones while none goes on.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};

use super::{Body, DebriefPage, title};
use crate::train::{
    pages::{Frame, Pages, page, refusal::Refusal},
    postmortem,
    record::Record,
};

/// `GET /debrief`.
pub(in crate::train::pages) async fn latest(State(pages): State<Pages>) -> Response {
    match finished(&pages).await {
        Ok(record) => shown(record, "/debrief/post-mortem.md".to_owned(), "/debrief"),
        Err(refusal) => refusal.into_response(),
    }
}

/// `GET /debrief/post-mortem.md`.
pub(in crate::train::pages) async fn latest_post_mortem(State(pages): State<Pages>) -> Response {
    finished(&pages).await.map(markdown).unwrap_or_else(IntoResponse::into_response)
}

async fn finished(pages: &Pages) -> Result<&Record, Refusal> {
    if let Some(record) = pages.archive.finished() {
        return Ok(record);
    }
    Err(match pages.desk.look().await {
        Some(view) if view.over => Refusal::NotReckoned,
        Some(_) => Refusal::UnderWay,
        None => Refusal::NoExercise,
    })
}

/// `GET /debrief/{number}`.
pub(in crate::train::pages) async fn past(
    State(pages): State<Pages>,
    Path(number): Path<String>,
) -> Response {
    match found(&pages, &number).await {
        Ok(record) => shown(&record, format!("/debrief/{number}/post-mortem.md"), "/ranking"),
        Err(refusal) => refusal.into_response(),
    }
}

/// `GET /debrief/{number}/post-mortem.md`.
pub(in crate::train::pages) async fn past_post_mortem(
    State(pages): State<Pages>,
    Path(number): Path<String>,
) -> Response {
    match found(&pages, &number).await {
        Ok(record) => markdown(&record),
        Err(refusal) => refusal.into_response(),
    }
}

/// A past exercise. The one under way may be the same incident, so none is told before it is over.
async fn found(pages: &Pages, number: &str) -> Result<Record, Refusal> {
    if pages.under_way().await {
        return Err(Refusal::UnderWay);
    }
    let missing = || Refusal::NoSuchPage(format!("/debrief/{number}"));
    let wanted: usize = number.parse().map_err(|_| missing())?;
    let archive = pages.archive.clone();
    let read = tokio::task::spawn_blocking(move || archive.number(wanted)).await;
    let past = read.map_err(|error| Refusal::Unreadable(error.to_string()))?;
    past.ok_or_else(missing)?.record.map_err(Refusal::Unreadable)
}

fn shown(record: &Record, post_mortem: String, here: &'static str) -> Response {
    let frame = Frame::new(title(record), here);
    page(StatusCode::OK, &DebriefPage { frame, body: Body::of(record), post_mortem })
}

fn markdown(record: &Record) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/markdown; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"post-mortem.md\""),
    ];
    (headers, postmortem::markdown(record)).into_response()
}
