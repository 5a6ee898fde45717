//! Who may use the control plane: Host against DNS rebinding, the API key from afar, and the origin
//! of the panel's forms against posts from other sites. Decides from headers only.

use crate::options::Options;
use crate::problem::Problem;
use crate::shared::Shared;
use crate::veil::knows_key;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, HOST, ORIGIN};
use http::{HeaderMap, StatusCode, Uri};
use std::net::IpAddr;

/// For the panel, its assets and the admin routes.
pub(crate) async fn control_plane(app: Shared, request: Request, next: Next) -> Response {
    match check_host(app.options(), request.uri(), request.headers())
        .and_then(|()| check_key(app.options(), request.headers()))
    {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// For `POST /jobs/run`, which changes something but is part of the application.
pub(crate) async fn host_only(app: Shared, request: Request, next: Next) -> Response {
    match check_host(app.options(), request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// For forms and tools: a browser that says where it comes from must come from here.
pub(crate) async fn same_origin(request: Request, next: Next) -> Response {
    if comes_from_here(request.headers()) {
        return next.run(request).await;
    }
    Problem::new(StatusCode::FORBIDDEN, "this form was sent from another site").into_response()
}

fn comes_from_here(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let site = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let host = text(HOST.as_str()).unwrap_or_default();
    let origin = text(ORIGIN.as_str()).is_none_or(|origin| {
        origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
    });
    site && origin
}

fn check_host(options: &Options, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let named = headers.get(HOST).map(|value| value.to_str().unwrap_or("?"));
    let authority = named.or_else(|| uri.authority().map(|authority| authority.as_str()));
    let Some(authority) = authority else {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "the Host header is missing"));
    };
    if options.required_key().is_some() || is_ours(host_of(authority), options) {
        return Ok(());
    }
    let text = "the Host header names another machine; use 127.0.0.1 or localhost";
    Err(Problem::new(StatusCode::FORBIDDEN, text))
}

/// The host of `host:port`, without brackets.
fn host_of(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or(rest, |(host, _)| host),
        None => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
    }
}

fn is_ours(host: &str, options: &Options) -> bool {
    let local = host.eq_ignore_ascii_case("localhost");
    match host.parse::<IpAddr>() {
        // An address cannot be rebound by a foreign name server.
        Ok(ip) => ip.is_loopback() || ip == options.addr.ip() || options.allow_remote,
        Err(_) => local || (options.allow_remote && !host.is_empty() && !host.contains('.')),
    }
}

fn check_key(options: &Options, headers: &HeaderMap) -> Result<(), Problem> {
    let Some(key) = options.required_key() else {
        return Ok(());
    };
    if knows_key(options, headers) || bearer_is(headers, key) || basic_password_is(headers, key) {
        return Ok(());
    }
    let text = "the API key is missing or wrong: send Authorization: Bearer KEY";
    Err(Problem::unauthorized("Basic realm=\"mockapp: API key as password\"", text))
}

/// Whether the request carries this bearer token.
pub(crate) fn bearer_is(headers: &HeaderMap, key: &str) -> bool {
    credentials(headers, "bearer").is_some_and(|token| same(token.as_bytes(), key.as_bytes()))
}

/// A browser cannot send a bearer token, but it can ask its user for a password.
fn basic_password_is(headers: &HeaderMap, key: &str) -> bool {
    let decoded = credentials(headers, "basic").and_then(base64);
    let pair = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    pair.as_deref()
        .and_then(|pair| pair.split_once(':'))
        .is_some_and(|(_, password)| same(password.as_bytes(), key.as_bytes()))
}

fn credentials<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let (given, rest) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then_some(rest.trim())
}

/// Compares without telling by its duration where the first difference is.
fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

fn base64(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut held, mut out) = (0_u32, 0_u32, Vec::new());
    for byte in text.trim_end_matches('=').bytes() {
        let value = ALPHABET.iter().position(|known| *known == byte)?;
        bits = (bits << 6) | u32::try_from(value).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from((bits >> held) & 0xff).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_basic_password_is_read_as_browsers_write_it() {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Basic cGFuZWw6czNjcmV0IQ=="));
        assert!(basic_password_is(&headers, "s3cret!"));
        assert!(!basic_password_is(&headers, "s3cret"));
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Basic %%%"));
        assert!(!basic_password_is(&headers, ""));
    }

    #[test]
    fn hosts_are_ours_or_not() {
        let local = Options::default();
        let remote = Options { allow_remote: true, ..Options::default() };
        let table = [
            ("127.0.0.1:8000", true, true),
            ("localhost", true, true),
            ("[::1]:8000", true, true),
            ("evil.example:8000", false, false),
            ("192.0.2.7:8000", false, true),
            ("mockapp:8000", false, true),
            ("", false, false),
        ];
        for (authority, here, afar) in table {
            assert_eq!(is_ours(host_of(authority), &local), here, "{authority}");
            assert_eq!(is_ours(host_of(authority), &remote), afar, "{authority} with allow_remote");
        }
    }
}
