//! The pages, asked as a browser asks them.

mod acted;
mod browsed;
mod debriefed;
mod duty;
mod ranked;

use axum::{Router, body::Body};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::{Archive, router};

/// What came back.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: http::HeaderMap,
    text: String,
}

impl Answer {
    fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// That it has these words; panics with the page when it has not.
    fn says(&self, words: &[&str]) {
        for word in words {
            assert!(self.text.contains(word), "no `{word}` in\n{}", self.text);
        }
    }
}

/// Asks with the cookie of Ann.
async fn ask(pages: &Router, method: &str, path: &str, form: &str) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "127.0.0.1:8600")
        .header(header::COOKIE, "firedrill_name=Ann")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    send(pages, request.body(Body::from(form.to_owned())).unwrap()).await
}

async fn send(pages: &Router, request: Request<Body>) -> Answer {
    let response = pages.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, text }
}

async fn get(pages: &Router, path: &str) -> Answer {
    ask(pages, "GET", path, "").await
}

async fn post(pages: &Router, path: &str, form: &str) -> Answer {
    ask(pages, "POST", path, form).await
}

/// No markup of the hostile texts got through, and no character that steers.
fn is_tame(page: &str) {
    assert!(!page.contains("<script>alert"), "markup got through:\n{page}");
    assert!(!page.contains("alert(\"x\")"), "a quote got through:\n{page}");
    assert!(page.contains("alert("), "it is shown as it is");
}

/// Every element that is opened is closed in turn, void ones aside.
fn is_closed(page: &str) {
    let void = ["meta", "link", "input"];
    let tag = regex::Regex::new(r#"<(/?)([a-z][a-z0-9]*)(?:"[^"]*"|[^">])*?(/?)>"#).unwrap();
    let body = regex::Regex::new("(?s)<style>.*</style>").unwrap().replace(page, "");
    let mut open: Vec<String> = Vec::new();
    for parts in tag.captures_iter(&body) {
        let name = parts[2].to_owned();
        if &parts[1] == "/" {
            assert_eq!(open.pop(), Some(name), "after {open:?} in\n{page}");
        } else if parts[3].is_empty() && !void.contains(&name.as_str()) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

/// Pages over an exercise in its fifth minute.
fn playing() -> (Router, acted::Shared, Archive) {
    let (desk, view) = acted::desk();
    let archive = Archive::new(None, None);
    (router(desk, archive.clone()), view, archive)
}
