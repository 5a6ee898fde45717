//! What is not there in operator mode for those without the key: everything that shows or moves faults.
//! Decides from method, path and headers only, before any route has a say.

use crate::faults::selector::is_control;
use crate::guard::bearer_is;
use crate::options::Options;
use crate::problem::Problem;
use crate::shared::Shared;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, Uri};

/// The panel's forms that move faults.
const FORMS: [&str; 4] = ["/panel/faults", "/panel/reset", "/panel/inject", "/panel/end"];
/// What a checker's own remedies ask for.
const REMEDY: &str = "/admin/reset";

/// Answers as where nothing is, unless this may be seen.
pub(crate) async fn veiled(app: Shared, request: Request, next: Next) -> Response {
    let (method, uri, headers) = (request.method(), request.uri(), request.headers());
    if sees(app.options(), method, uri, headers) {
        return next.run(request).await;
    }
    nothing_at(uri).into_response()
}

/// Whether no fault acts on the request: it is for the control plane, and for somebody who may see
/// it. To everybody else it is as nowhere as any other path, and fares like one.
pub(crate) fn is_exempt(options: &Options, parts: &Parts) -> bool {
    is_control(parts.uri.path()) && sees(options, &parts.method, &parts.uri, &parts.headers)
}

/// What is answered where nothing is.
pub(crate) fn nothing_at(uri: &Uri) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("nothing is at {}", uri.path()))
}

fn sees(options: &Options, method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    !options.operator
        || !is_behind(uri.path())
        || knows_key(options, headers)
        || (options.remedies && is_remedy(method, uri))
}

fn is_behind(path: &str) -> bool {
    path == "/admin" || path.starts_with("/admin/") || FORMS.contains(&path)
}

/// A reset as a remedy asks for it; whoever wants more of it needs the key.
fn is_remedy(method: &Method, uri: &Uri) -> bool {
    method == Method::POST && uri.path() == REMEDY && uri.query().is_none()
}

/// Whether the request carries the key of the admin routes.
pub(crate) fn knows_key(options: &Options, headers: &HeaderMap) -> bool {
    options.admin_key.as_deref().is_some_and(|key| bearer_is(headers, key))
}
