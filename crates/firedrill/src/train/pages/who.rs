//! Who sits at a browser: a name, asked once and kept in a cookie. Nobody is kept out by it; it is
//! how the log and the debrief tell people apart.

use askama::Template;
use axum::{
    extract::{Form, FromRequestParts, rejection::FormRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use serde::Deserialize;

use super::{Frame, page, refusal::Refusal};

/// The most characters of a name.
const LONGEST: usize = 40;

const COOKIE: &str = "firedrill_name";

/// The name that the browser brought, if it brought one.
#[derive(Clone, Debug)]
pub(super) struct Who(pub(super) Option<String>);

impl<S: Sync> FromRequestParts<S> for Who {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(from_cookies(&parts.headers)))
    }
}

fn from_cookies(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    let mut ours = pairs.filter(|(name, _)| name.trim() == COOKIE);
    // The value is a form's, so that any letter fits into a header.
    ours.find_map(|(_, value)| {
        let pair = format!("n={}", value.trim());
        let (_, decoded) = url::form_urlencoded::parse(pair.as_bytes()).next()?;
        tidy(&decoded).ok()
    })
}

/// The name without what could mislead a reader of the log.
fn tidy(text: &str) -> Result<String, String> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err("Type your name, so that the others know who does what.".to_owned());
    }
    if name.chars().count() > LONGEST {
        return Err(format!("A name has at most {LONGEST} characters."));
    }
    if name.chars().any(steers) {
        return Err("A name is made of letters that can be seen.".to_owned());
    }
    Ok(name)
}

/// Whether a character is invisible or turns the direction of a line.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[derive(Debug, Deserialize)]
pub(super) struct Said {
    name: String,
}

/// `POST /duty/name`: keeps the name.
pub(super) async fn name(form: Result<Form<Said>, FormRejection>) -> Response {
    let said = match form {
        Ok(Form(said)) => said.name,
        Err(why) => return Refusal::NoForm(why).into_response(),
    };
    match tidy(&said) {
        Ok(name) => kept(&name),
        Err(trouble) => ask(StatusCode::UNPROCESSABLE_ENTITY, &said, Some(trouble)),
    }
}

fn kept(name: &str) -> Response {
    let value: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let cookie = format!("{COOKIE}={value}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict");
    let mut response = Redirect::to("/duty").into_response();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// The page that asks for the name.
#[derive(Debug, Template)]
#[template(path = "who.html")]
struct WhoPage<'a> {
    frame: Frame,
    name: &'a str,
    trouble: Option<String>,
    longest: usize,
}

/// Asks for the name.
pub(super) fn ask(status: StatusCode, name: &str, trouble: Option<String>) -> Response {
    let frame = Frame::new("Who are you?", "/duty");
    page(status, &WhoPage { frame, name, trouble, longest: LONGEST })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_survives_the_way_through_a_cookie() {
        for name in ["Ann", "Zoë O’Neil", "a;b=c, \"d\"", "<b>100%</b>", "数字"] {
            let cookie = kept(name).headers()[header::SET_COOKIE].clone();
            let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
            let mut headers = HeaderMap::new();
            let line = format!("other=1; {pair}; more=2");
            headers.insert(header::COOKIE, HeaderValue::from_str(&line).unwrap());
            assert_eq!(from_cookies(&headers).as_deref(), Some(name));
        }
    }

    #[test]
    fn a_name_is_short_and_can_be_seen() {
        assert_eq!(tidy("  Ann \t Lee ").as_deref(), Ok("Ann Lee"));
        assert!(tidy(" ").is_err() && tidy(&"x".repeat(41)).is_err());
        assert!(tidy("Ann\u{202e}eeL").is_err() && tidy("A\u{0}B").is_err());
    }
}
