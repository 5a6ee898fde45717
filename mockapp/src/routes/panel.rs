//! The control panel's pages, forms and assets. Forms post, redirect and get: it works without JavaScript.
//! Owns the exchange with a browser; what is shown is in `panel_view`.

use super::ops_view::{Page, PageLive};
use super::panel_view::{Draft, LivePage, Panel};
use super::{admin, data, ops};
use crate::draw::fnv1a;
use crate::problem::Problem;
use crate::shared::Shared;
use crate::stack::Wish;
use crate::tools::Tool;
use askama::Template;
use axum::Router;
use axum::extract::{Form, Path, Query};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use http::header::{X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

const STYLE: &str = include_str!("../../assets/panel.css");
const SCRIPT: &str = include_str!("../../assets/panel.js");

pub(super) fn pages() -> Router {
    Router::new()
        .route("/", get(panel))
        .route("/panel/live", get(live))
        .route("/static/{name}", get(asset))
}

pub(super) fn forms() -> Router {
    Router::new()
        .route("/panel/faults", post(apply))
        .route("/panel/reset", post(reset))
        .route("/panel/job", post(job))
        .route("/panel/operate", post(operate))
        .route("/panel/inject", post(inject))
        .route("/panel/end", post(end))
}

/// The address of an asset; it changes with its content.
pub(super) fn style_url() -> String {
    format!("/static/panel.{:016x}.css", fnv1a(STYLE.as_bytes()))
}

/// As [`style_url`].
pub(super) fn script_url() -> String {
    format!("/static/panel.{:016x}.js", fnv1a(SCRIPT.as_bytes()))
}

async fn asset(Path(name): Path<String>) -> Response {
    let at = format!("/static/{name}");
    let (kind, text) = match at {
        at if at == style_url() => ("text/css; charset=utf-8", STYLE),
        at if at == script_url() => ("text/javascript; charset=utf-8", SCRIPT),
        _ => return Problem::new(StatusCode::NOT_FOUND, "there is no such asset").into_response(),
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(kind)),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, text).into_response()
}

type Pairs = BTreeMap<String, String>;

async fn panel(app: Shared, Query(query): Query<Pairs>) -> Response {
    let by = query.get("by").map(String::as_str);
    let draft = query.get("example").and_then(|name| Draft::example(name)).unwrap_or_default();
    let ran = query.get("ran").and_then(|id| app.with(|stack, _| stack.job(id)));
    let ran = ran.map(|job| job.job_id);
    if app.options().operator {
        return page(StatusCode::OK, &Page::of(&app, by, ran));
    }
    page(StatusCode::OK, &Panel::of(&app, by, draft, ran))
}

async fn live(app: Shared) -> Response {
    match app.options().operator {
        true => page(StatusCode::OK, &PageLive::of(&app)),
        false => page(StatusCode::OK, &LivePage::of(&app)),
    }
}

/// A checkbox that is not ticked is not sent, so a form always replaces.
async fn apply(app: Shared, Form(ticked): Form<Pairs>) -> Response {
    let wish: Map<String, Value> = ticked.into_keys().map(|key| (key, Value::Bool(true))).collect();
    match Wish::parse(wish) {
        Ok(wish) => {
            app.with(|stack, now| stack.set_toggles(now, wish.replacing()));
            Redirect::to("/").into_response()
        }
        Err(error) => Problem::invalid(&error).into_response(),
    }
}

async fn reset(app: Shared) -> Redirect {
    app.with(|stack, now| stack.reset(now));
    Redirect::to("/")
}

async fn job(app: Shared) -> Response {
    match data::run(&app, None) {
        Ok(run) => Redirect::to(&format!("/?ran={}", run.job_id)).into_response(),
        Err(dropped) => {
            let text = match app.options().operator {
                true => "The scheduler did not start the job.".to_owned(),
                false => {
                    let fault = dropped.fault;
                    format!("The job did not start: fault {fault} keeps it from starting.")
                }
            };
            saying(&app, StatusCode::SERVICE_UNAVAILABLE, None, text)
        }
    }
}

/// The page with something to be read on it.
fn saying(app: &Shared, status: StatusCode, by: Option<&str>, text: String) -> Response {
    match app.options().operator {
        true => page(status, &Page::of(app, by, None).saying(text)),
        false => page(status, &Panel::of(app, by, Draft::default(), None).saying(text)),
    }
}

async fn operate(app: Shared, Form(form): Form<Pairs>) -> Response {
    let field = |key: &str| form.get(key).map(String::as_str).unwrap_or_default();
    let tool = match Tool::named("tool", field("tool")) {
        Ok(tool) => tool,
        Err(error) => return saying(&app, StatusCode::NOT_FOUND, None, error.to_string()),
    };
    let by = match ops::name(field("by")) {
        Ok(by) => by,
        Err(error) => {
            return saying(&app, StatusCode::UNPROCESSABLE_ENTITY, None, error.to_string());
        }
    };
    match ops::begin(&app, tool, &by) {
        Ok(_) => Redirect::to(&format!("/?by={}#operator", escaped(&by))).into_response(),
        Err(busy) => saying(&app, StatusCode::CONFLICT, Some(&by), busy.to_string()),
    }
}

/// A text as it may stand in a query.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric();
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

async fn inject(app: Shared, Form(form): Form<Pairs>) -> Response {
    let text = form.get("step").map(String::as_str).unwrap_or_default();
    match admin::typed(&app, text) {
        Ok(_) => Redirect::to("/#faults").into_response(),
        Err(error) => {
            let draft = Draft::refused(text, error);
            page(StatusCode::UNPROCESSABLE_ENTITY, &Panel::of(&app, None, draft, None))
        }
    }
}

async fn end(app: Shared, Form(form): Form<Pairs>) -> Redirect {
    if let Some(id) = form.get("id") {
        app.with(|stack, now| stack.end(now, id));
    }
    Redirect::to("/#faults")
}

/// Renders a page under a policy that lets nothing in from outside.
fn page(status: StatusCode, template: &impl Template) -> Response {
    let policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
                  img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    let headers = [
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    ];
    match template.render() {
        Ok(html) => (status, headers, Html(html)).into_response(),
        Err(error) => {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
        }
    }
}
