//! Who may use the pages: Host against DNS rebinding, and the origin of forms against posts from
//! other sites. Decides from headers only.

use std::net::IpAddr;

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, Uri, header};

use super::refusal::Refusal;

/// Lets a request through to the pages, or says why not.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    match check(request.method(), request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

fn check(method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    let named = headers.get(header::HOST).map(|value| value.to_str().unwrap_or("?"));
    let authority = named.or_else(|| uri.authority().map(|authority| authority.as_str()));
    if !authority.is_some_and(|authority| is_loopback(host_of(authority))) {
        return Err(Refusal::ForeignHost);
    }
    if !method.is_safe() && !comes_from_here(headers) {
        return Err(Refusal::ForeignForm);
    }
    Ok(())
}

/// The host of `host:port`, without brackets.
fn host_of(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or(rest, |(host, _)| host),
        None => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
    }
}

fn is_loopback(host: &str) -> bool {
    let by_address = host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    by_address || host.eq_ignore_ascii_case("localhost")
}

fn comes_from_here(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let site = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let host = text(header::HOST.as_str()).unwrap_or_default();
    let origin = text(header::ORIGIN.as_str()).is_none_or(|origin| {
        origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
    });
    site && origin
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn asked(method: &Method, all: &[(&'static str, &'static str)]) -> bool {
        let headers = all.iter().map(|(name, value)| {
            (http::HeaderName::from_static(name), HeaderValue::from_static(value))
        });
        check(method, &Uri::from_static("/duty"), &headers.collect()).is_ok()
    }

    #[test]
    fn only_this_machine_is_answered() {
        for host in ["127.0.0.1:8600", "localhost:8600", "LocalHost", "[::1]:8600", "127.0.0.9"] {
            assert!(asked(&Method::GET, &[("host", host)]), "{host}");
        }
        for host in ["evil.example:8600", "192.0.2.7:8600", "", "localhost.evil.example"] {
            assert!(!asked(&Method::GET, &[("host", host)]), "{host}");
        }
        assert!(!asked(&Method::GET, &[]), "no Host at all");
    }

    #[test]
    fn forms_come_from_the_pages_themselves() {
        let here = ("host", "127.0.0.1:8600");
        let post =
            |more: &[(&'static str, &'static str)]| asked(&Method::POST, &[&[here], more].concat());
        assert!(post(&[]) && post(&[("origin", "http://127.0.0.1:8600")]));
        assert!(post(&[("sec-fetch-site", "same-origin")]));
        for (name, value) in [
            ("origin", "http://evil.example"),
            ("origin", "http://127.0.0.1:8000"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert!(!post(&[(name, value)]), "{name}: {value}");
        }
        assert!(
            asked(&Method::GET, &[here, ("sec-fetch-site", "cross-site")]),
            "links may lead here"
        );
    }
}
