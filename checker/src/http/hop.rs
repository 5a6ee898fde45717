//! One request of an exchange: what is asked at first, and what is asked after a redirect.

use std::borrow::Cow;

use bytes::Bytes;
use engine::config::HttpRequest;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri,
    header::{
        ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, COOKIE, HOST, LOCATION,
        PROXY_AUTHORIZATION, TRANSFER_ENCODING, USER_AGENT,
    },
};
use http_body_util::Full;
use url::Url;

use super::{
    address::{authority, basic_authorization, path_and_query, shown},
    failure::{Broken, bad_location},
};

const MOST_REDIRECTS: usize = 10;
const PRODUCT: &str = concat!("firedrill/", env!("CARGO_PKG_VERSION"));

/// One request of an exchange.
#[derive(Debug)]
pub(super) struct Hop<'a> {
    request: &'a HttpRequest,
    /// Where it goes.
    pub(super) url: Cow<'a, Url>,
    method: Method,
    body: Option<&'a str>,
    /// Whether it still goes to where the secrets were meant for.
    at_home: bool,
    /// The addresses of the hops before.
    seen: Vec<Url>,
}

impl<'a> Hop<'a> {
    /// The request as it was written.
    pub(super) fn first(request: &'a HttpRequest) -> Result<Self, Broken> {
        let unusable =
            || Broken::bad_url(format!("the method `{}` cannot be used", request.method));
        let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| unusable())?;
        if method == Method::CONNECT {
            return Err(unusable());
        }
        if !matches!(request.url.scheme(), "http" | "https") {
            let scheme = request.url.scheme();
            return Err(Broken::bad_url(format!("scheme `{scheme}` is not http or https")));
        }
        Ok(Self {
            request,
            url: Cow::Borrowed(&request.url),
            method,
            body: request.body.as_deref(),
            at_home: true,
            seen: Vec::new(),
        })
    }

    pub(super) fn is_tls(&self) -> bool {
        self.url.scheme() == "https"
    }

    pub(super) const fn keep_alive(&self) -> bool {
        self.request.keep_alive
    }

    /// Whether it does no harm to ask twice.
    pub(super) fn is_idempotent(&self) -> bool {
        self.method.is_idempotent()
    }

    /// Where a response sends us, when redirects are followed and it sends us anywhere.
    pub(super) fn location<B>(&self, response: &http::Response<B>) -> Option<HeaderValue> {
        let status = response.status().as_u16();
        let redirects = self.request.follow_redirects && matches!(status, 301..=303 | 307 | 308);
        redirects.then(|| response.headers().get(LOCATION).cloned()).flatten()
    }

    /// The request after a redirect.
    pub(super) fn redirected(
        mut self,
        status: StatusCode,
        location: &HeaderValue,
    ) -> Result<Self, Broken> {
        let next = self.resolve(location)?;
        let changes = !matches!(status.as_u16(), 307 | 308);
        if changes && self.method != Method::HEAD {
            (self.method, self.body) = (Method::GET, None);
        }
        self.seen.push(self.url.into_owned());
        if self.seen.contains(&next) {
            return Err(Broken::redirect(format!(
                "redirects go in a circle: {} again",
                shown(&next)
            )));
        }
        if self.seen.len() > MOST_REDIRECTS {
            return Err(Broken::redirect(format!("more than {MOST_REDIRECTS} redirects")));
        }
        self.at_home = next.origin() == self.request.url.origin();
        self.url = Cow::Owned(next);
        Ok(self)
    }

    fn resolve(&self, location: &HeaderValue) -> Result<Url, Broken> {
        let bad = |why: &str| bad_location(&self.url, why);
        let text = std::str::from_utf8(location.as_bytes()).map_err(|_| bad("not text"))?;
        let mut next = self.url.join(text).map_err(|error| bad(&error.to_string()))?;
        if !matches!(next.scheme(), "http" | "https") {
            return Err(bad(&format!("scheme `{}` is not http or https", next.scheme())));
        }
        next.set_fragment(None);
        Ok(next)
    }

    /// The request as it is sent. Headers of the check win over ours.
    pub(super) fn build(&self, http2: bool) -> Result<Request<Full<Bytes>>, Broken> {
        let mut headers = self.own_headers()?;
        self.add_defaults(&mut headers)?;
        let uri = self.uri(http2, &mut headers)?;
        let body = self.body.map_or_else(Bytes::new, |b| Bytes::copy_from_slice(b.as_bytes()));
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        Ok(request)
    }

    fn own_headers(&self) -> Result<HeaderMap, Broken> {
        let mut headers = HeaderMap::with_capacity(8);
        for (name, value) in &self.request.headers {
            let bad = || Broken::bad_url(format!("the header `{name}` cannot be sent"));
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
            if !self.leaves_out(&name) {
                headers.append(name, HeaderValue::from_bytes(value.as_bytes()).map_err(|_| bad())?);
            }
        }
        Ok(headers)
    }

    /// Secrets stay at the origin that they were meant for; the length is counted, not believed.
    fn leaves_out(&self, name: &HeaderName) -> bool {
        let secret = [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, HOST].contains(name);
        let of_body = self.body.is_none() && !self.seen.is_empty();
        (secret && !self.at_home)
            || (of_body && name.as_str().starts_with("content-"))
            || name == CONTENT_LENGTH
            || name == TRANSFER_ENCODING
    }

    fn add_defaults(&self, headers: &mut HeaderMap) -> Result<(), Broken> {
        if !headers.contains_key(HOST) {
            let host = HeaderValue::from_str(authority(&self.url));
            headers.insert(HOST, host.map_err(|_| self.unsendable())?);
        }
        let mut default = |name, value| {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        };
        default(USER_AGENT, PRODUCT);
        default(ACCEPT, "*/*");
        default(ACCEPT_ENCODING, "identity");
        if !self.request.keep_alive {
            default(CONNECTION, "close");
        }
        let written = self.at_home.then(|| basic_authorization(&self.request.url)).flatten();
        if let Some(basic) = basic_authorization(&self.url).or(written) {
            let mut value = HeaderValue::try_from(basic).map_err(|_| self.unsendable())?;
            value.set_sensitive(true);
            headers.entry(AUTHORIZATION).or_insert(value);
        }
        Ok(())
    }

    /// HTTP/2 has scheme and host in the address, HTTP/1.1 the host in a header.
    fn uri(&self, http2: bool, headers: &mut HeaderMap) -> Result<Uri, Broken> {
        let path = path_and_query(&self.url);
        if !http2 {
            return path.parse().map_err(|_| self.unsendable());
        }
        let host = headers.remove(HOST).and_then(|host| host.to_str().map(str::to_owned).ok());
        let host = host.as_deref().unwrap_or_else(|| authority(&self.url));
        format!("https://{host}{path}").parse().map_err(|_| self.unsendable())
    }

    fn unsendable(&self) -> Broken {
        Broken::bad_url(format!("{} cannot be requested", shown(&self.url)))
    }
}
