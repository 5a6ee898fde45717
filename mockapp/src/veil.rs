//! What is not there in operator mode for those without the key: everything that shows or moves faults.
//! Decides from method, path and headers only, before any route has a say.

use crate::guard::bearer_is;
use crate::options::Options;
use http::{HeaderMap, Method, Request, Uri};

/// The panel's forms that move faults.
const FORMS: [&str; 4] = ["/panel/faults", "/panel/reset", "/panel/inject", "/panel/end"];
/// Where nothing is, and no selector of a fault points by name.
const NOWHERE: &str = "/nowhere";
/// What a checker's own remedies ask for.
const REMEDY: &str = "/admin/reset";

/// What was asked for, of a request that is led where nothing is. Not a route's own refusal: that
/// would still say which methods there are, and no fault would act on it as on any other path.
#[derive(Debug, Clone)]
pub(crate) struct Veiled(pub(crate) Uri);

/// Leads the request away from what this sender may not see.
pub(crate) fn draw<B>(options: &Options, request: &mut Request<B>) {
    if sees(options, request.method(), request.uri(), request.headers()) {
        return;
    }
    let asked = std::mem::replace(request.uri_mut(), Uri::from_static(NOWHERE));
    request.extensions_mut().insert(Veiled(asked));
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
