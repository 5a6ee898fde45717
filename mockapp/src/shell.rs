//! Carries a request's plan out on HTTP's level, around the routes: waits, answers, rewrites.
//! Leaves what concerns the connection in the response's extensions; decides nothing itself.

use crate::faults::condition::Asked;
use crate::faults::plan::{Answer, Plan, Rewrite, rewrite_body};
use crate::problem::Problem;
use crate::shared::Shared;
use crate::wire::{Cut, Ending, Held, WirePlan};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::StreamExt;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use std::time::Duration;

/// Longest request body.
const LONGEST_BODY: usize = 64 * 1024;
/// So much of a longer one is read and thrown away, so that the client gets to see the answer.
const LONGEST_DISCARDED: usize = 8 * 1024 * 1024;
/// A client that has not sent its whole body by then is answered 408.
const BODY_DEADLINE: Duration = Duration::from_secs(10);
/// How long a blackholed connection is held at most.
const LONGEST_SILENCE: Duration = Duration::from_secs(3_600);

/// The middleware around all routes.
pub(crate) async fn through_faults(
    State(app): State<Shared>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = match read_body(body).await {
        Ok(bytes) => bytes,
        Err(problem) => return problem.closing().into_response(),
    };
    let method = parts.method.clone();
    let mut plan = {
        let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
        let asked = Asked { method: method.as_str(), path, query, headers: &parts.headers };
        app.with(|stack, now| stack.decide(now, &asked))
    };
    if !plan.latency.is_zero() {
        tokio::time::sleep(plan.latency).await;
    }
    if plan.silent {
        return silence().await;
    }
    let response = match plan.answer.take() {
        Some(answer) => answered(answer),
        None => next.run(Request::from_parts(parts, Body::from(bytes))).await,
    };
    let held = std::mem::take(&mut plan.slots);
    let mut response = carried_out(response, plan, &method).await;
    if !held.is_empty() {
        response.extensions_mut().insert(Held::new(held));
    }
    response
}

/// Reads a request body of bounded size in bounded time.
async fn read_body(body: Body) -> Result<Bytes, Problem> {
    match tokio::time::timeout(BODY_DEADLINE, collect(body)).await {
        Ok(answer) => answer,
        Err(_) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "the body took longer than 10 s")),
    }
}

async fn collect(body: Body) -> Result<Bytes, Problem> {
    let mut chunks = body.into_data_stream();
    let (mut kept, mut length) = (Vec::new(), 0_usize);
    while let Some(chunk) = chunks.next().await {
        let Ok(chunk) = chunk else {
            return Err(Problem::new(StatusCode::BAD_REQUEST, "the body could not be read"));
        };
        length += chunk.len();
        if length <= LONGEST_BODY {
            kept.extend_from_slice(&chunk);
        } else if length > LONGEST_DISCARDED {
            break;
        }
    }
    if length > LONGEST_BODY {
        let text = format!("the body is longer than {LONGEST_BODY} bytes");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, text));
    }
    Ok(Bytes::from(kept))
}

fn closing(mut response: Response) -> Response {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Says nothing until the client hangs up, which drops this future; at last closes without a byte.
async fn silence() -> Response {
    tokio::time::sleep(LONGEST_SILENCE).await;
    let mut response = closing(StatusCode::SERVICE_UNAVAILABLE.into_response());
    let cut = Some(Cut::AfterBytes(0, Ending::Close));
    response.extensions_mut().insert(WirePlan { cut, ..WirePlan::default() });
    response
}

fn answered(answer: Answer) -> Response {
    let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (answer.status, json, answer.body).into_response()
}

async fn carried_out(response: Response, plan: Plan, method: &Method) -> Response {
    let changes_body = !plan.rewrites.is_empty() || plan.truncate.is_some();
    let mut wire = plan.wire;
    let mut response = match changes_body && method != Method::HEAD {
        true => rewritten(response, &plan.rewrites, plan.truncate, &mut wire).await,
        false => response,
    };
    if wire.ends_connection() {
        response = closing(response);
    }
    response.extensions_mut().insert(wire);
    response
}

async fn rewritten(
    response: Response,
    rewrites: &[Rewrite],
    truncate: Option<f64>,
    wire: &mut WirePlan,
) -> Response {
    let (mut parts, body) = response.into_parts();
    // Our own routes answer from memory: collecting them cannot fail or grow.
    let mut bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    for rewrite in rewrites {
        bytes = rewrite_body(&bytes, rewrite);
        if let Rewrite::ContentType(value) = rewrite {
            parts.headers.remove(CONTENT_TYPE);
            parts.headers.extend(value.clone().map(|value| (CONTENT_TYPE, value)));
        }
    }
    parts.headers.remove(CONTENT_LENGTH);
    if let Some(fraction) = truncate {
        let kept = (bytes.len() as f64 * fraction) as u64;
        wire.cut.get_or_insert(Cut::AfterBody(kept));
    }
    Response::from_parts(parts, Body::from(bytes))
}
