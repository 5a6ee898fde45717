//! The pages of training: duty, debrief, ranking. Owns their routes, headers and frame. Shows only
//! what the desk tells while an exercise goes on, and never knows the fault before the debrief.

mod archive;
mod assets;
pub(crate) mod debrief;
mod duty;
mod guard;
mod mail;
pub(crate) mod ranking;
mod refusal;
mod who;

#[cfg(test)]
mod tests;

use askama::Template;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use http::{HeaderValue, StatusCode, header};

use super::desk::Desk;
pub(crate) use archive::Archive;

/// The most bytes of a form: a note of 2,000 characters, percent-encoded, fits in.
const LARGEST_FORM: usize = 32 * 1024;

/// What pages may load and do: only what comes from here, and no inline code or style.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// What the pages are made from.
#[derive(Clone, Debug)]
struct Pages {
    desk: Desk,
    archive: Archive,
}

impl Pages {
    /// Whether an exercise is under way, so that nothing may tell of what others met before.
    async fn under_way(&self) -> bool {
        self.archive.finished().is_none() && self.desk.look().await.is_some_and(|view| !view.over)
    }
}

/// All pages of training. Serve it on loopback only.
pub(crate) fn router(desk: Desk, archive: Archive) -> Router {
    Router::new()
        .route("/", get(async || Redirect::to("/duty")))
        .route("/duty", get(duty::show))
        .route("/duty/name", post(who::name).get(back))
        .route("/duty/mail/{number}", get(mail::show))
        .route("/duty/{deed}", post(duty::act).get(back))
        .route("/debrief", get(debrief::serve::latest))
        .route("/debrief/post-mortem.md", get(debrief::serve::latest_post_mortem))
        .route("/debrief/{number}", get(debrief::serve::past))
        .route("/debrief/{number}/post-mortem.md", get(debrief::serve::past_post_mortem))
        .route("/ranking", get(ranking::show))
        .route("/static/{name}", get(assets::serve))
        .fallback(refusal::no_such_page)
        .method_not_allowed_fallback(refusal::wrong_method)
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(middleware::from_fn(guard::guard))
        .layer(middleware::map_response(with_headers))
        .with_state(Pages { desk, archive })
}

/// A form that was refused stays at its own address; looking there again leads back to the page.
async fn back() -> Redirect {
    Redirect::to("/duty")
}

async fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// What surrounds every page.
#[derive(Clone, Debug)]
struct Frame {
    title: String,
    here: &'static str,
    style: String,
    script: String,
    /// How often it refreshes itself, in seconds; not at all when absent.
    every: Option<u32>,
    /// Whether it also does so in a browser without scripts.
    without_script: bool,
}

impl Frame {
    fn new(title: impl Into<String>, here: &'static str) -> Self {
        Self {
            title: title.into(),
            here,
            style: assets::style(),
            script: assets::script(),
            every: None,
            without_script: false,
        }
    }

    fn refreshed(self, every: u32, without_script: bool) -> Self {
        Self { every: Some(every), without_script, ..self }
    }
}

/// A rendered template with its status.
fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        // Only when memory is short.
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
