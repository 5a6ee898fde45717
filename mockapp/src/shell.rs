//! Carries a request's plan out on HTTP's level, around the routes: waits, answers, rewrites.
//! Leaves what concerns the connection in the response's extensions; decides nothing itself.

use crate::faults::condition::Asked;
use crate::faults::plan::{Answer, Plan, Raw};
use crate::faults::rewrite;
use crate::faults::selector::is_control;
use crate::link::Seat;
use crate::problem::Problem;
use crate::raw;
use crate::shared::Shared;
use crate::stack::Stack;
use crate::wire::{Cut, Drops, Ending, Held, WirePlan};
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::StreamExt;
use http::header::{CONNECTION, CONTENT_LENGTH, DATE};
use http::{HeaderValue, Method, StatusCode, request};
use jiff::Timestamp;
use std::time::Duration;

/// Longest request body.
const LONGEST_BODY: usize = 64 * 1024;
/// So much of a longer one is read and thrown away, so that the client gets to see the answer.
const LONGEST_DISCARDED: usize = 8 * 1024 * 1024;
/// A client that has not sent its whole body by then is answered 408.
const BODY_DEADLINE: Duration = Duration::from_secs(10);

/// The middleware around all routes.
pub(crate) async fn through_faults(app: Shared, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = match read_body(body).await {
        Ok(bytes) => bytes,
        Err(problem) => return problem.closing().into_response(),
    };
    let plan = decide(&app, &parts, &bytes);
    if plan.is_empty() {
        return next.run(Request::from_parts(parts, Body::from(bytes))).await;
    }
    faulty(&app, plan, Request::from_parts(parts, Body::from(bytes)), next).await
}

fn decide(app: &Shared, parts: &request::Parts, body: &[u8]) -> Plan {
    let asked = Asked {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        headers: &parts.headers,
        body,
        born: parts.extensions.get::<Seat>().and_then(|seat| seat.born),
        exempt: is_control(parts.uri.path()),
    };
    app.with(|stack, now| stack.decide(now, &asked))
}

/// The way of a request on which at least one fault acts.
async fn faulty(app: &Shared, mut plan: Plan, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let latency = plan.whole_latency();
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    over(app, &plan.held_before).await;
    if let Some(length) = plan.silence {
        return silence(length).await;
    }
    let response = match (plan.answer.take(), plan.frozen_by) {
        (Some(answer), _) => answer.into_response(),
        (None, Some(serial)) => frozen(app, serial, request, next).await,
        (None, None) => next.run(request).await,
    };
    over(app, &plan.held_after).await;
    if !plan.latency_after.is_zero() {
        tokio::time::sleep(plan.latency_after).await;
    }
    if let Some(length) = plan.silence_after {
        return silence(length).await;
    }
    let held = std::mem::take(&mut plan.slots);
    let mut response = carried_out(response, plan, &method).await;
    if !held.is_empty() {
        response.extensions_mut().insert(Held::new(held));
    }
    response
}

/// Waits until none of these faults acts any more.
async fn over(app: &Shared, serials: &[u64]) {
    if !serials.is_empty() {
        let holds = |stack: &Stack| serials.iter().any(|serial| stack.ledger().holds(*serial));
        app.until(|stack| (!holds(stack)).then_some(())).await;
    }
}

/// The first answer that the application gave to this request under the fault.
async fn frozen(app: &Shared, serial: u64, request: Request, next: Next) -> Response {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let key = format!("{} {target}", request.method());
    if let Some(answer) = app.with(|stack, _| stack.frozen(serial, &key)) {
        return answer.into_response();
    }
    let (parts, body) = next.run(request).await.into_parts();
    let mut answer = Answer {
        status: parts.status,
        headers: parts.headers,
        body: whole(body).await,
        invented: false,
    };
    app.with(|stack, now| {
        if app.options().date_header {
            answer.headers.insert(DATE, http_date(now));
        }
        stack.freeze(serial, key, answer.clone());
    });
    answer.into_response()
}

fn http_date(at: Timestamp) -> HeaderValue {
    let text = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
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

/// How long somebody is kept waiting for an answer that does not come.
pub(crate) const LONGEST_SILENCE: Duration = Duration::from_secs(3_600);

/// Says nothing until the client hangs up, which drops this future; at last closes without a byte.
pub(crate) async fn silence(length: Duration) -> Response {
    tokio::time::sleep(length).await;
    let mut response = closing(StatusCode::SERVICE_UNAVAILABLE.into_response());
    let cut = Some(Cut::AfterBytes(0, Ending::Close));
    response.extensions_mut().insert(WirePlan { cut, ..WirePlan::default() });
    response
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

async fn carried_out(response: Response, mut plan: Plan, method: &Method) -> Response {
    let changes = !plan.rewrites.is_empty()
        || plan.truncate.is_some()
        || plan.truncate_at.is_some()
        || plan.parts.is_some();
    let response = match changes && method != Method::HEAD {
        true => rewritten(response, &mut plan).await,
        false => response,
    };
    let mut response = match plan.raw.take() {
        Some(raw) => by_hand(response, raw, &mut plan.wire).await,
        None => response,
    };
    if plan.wire.ends_connection() {
        response = closing(response);
    }
    if plan.wire != WirePlan::default() {
        response.extensions_mut().insert(plan.wire);
    }
    response
}

async fn rewritten(response: Response, plan: &mut Plan) -> Response {
    let (mut parts, body) = response.into_parts();
    let mut bytes = whole(body).await;
    for rewrite in &plan.rewrites {
        bytes = rewrite::rewritten(&mut parts.headers, bytes, rewrite);
    }
    parts.headers.remove(CONTENT_LENGTH);
    if let Some((count, total)) = plan.parts {
        in_parts(&mut plan.wire, bytes.len() as u64, count, total);
    }
    let whole = bytes.len() as u64;
    let share = plan.truncate.map(|fraction| (whole as f64 * fraction) as u64);
    let count = plan.truncate_at.map(|count| count.min(whole.saturating_sub(1)));
    if let Some(kept) = share.into_iter().chain(count).min() {
        plan.wire.cut.get_or_insert(Cut::AfterBody(kept));
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// So many parts of a body over this time, the first of them at once.
fn in_parts(wire: &mut WirePlan, length: u64, count: u64, total: Duration) {
    let size = length.div_ceil(count).max(1);
    let pauses = u32::try_from(length.div_ceil(size).saturating_sub(1)).unwrap_or(u32::MAX);
    let bytes = usize::try_from(size).unwrap_or(usize::MAX);
    match total.checked_div(pauses) {
        Some(every) => wire.drip = Some(Drops { bytes, every }),
        None => wire.stall += total,
    }
}

async fn by_hand(response: Response, raw: Raw, wire: &mut WirePlan) -> Response {
    let (parts, body) = response.into_parts();
    let bytes = whole(body).await;
    wire.raw = Some(raw::bytes(raw, &parts, &bytes));
    Response::from_parts(parts, Body::from(bytes))
}

/// Our own routes answer from memory: collecting them cannot fail or grow.
async fn whole(body: Body) -> Bytes {
    axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default()
}
