//! The key that visitors must have when one is set: as a Bearer token, or as the password of
//! HTTP Basic so that browsers can ask for it. Never shown, never logged, compared in constant time.

use std::fmt;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};

use crate::app::App;

/// A secret that visitors must know.
#[derive(Clone)]
pub struct Key(String);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// Takes the secret as it is.
    #[must_use]
    pub const fn new(secret: String) -> Self {
        Self(secret)
    }

    /// Whether an `Authorization` header proves knowledge of the key.
    #[must_use]
    pub fn opens(&self, authorization: &[u8]) -> bool {
        let Some(gap) = authorization.iter().position(|byte| *byte == b' ') else {
            return false;
        };
        let (scheme, rest) = (&authorization[..gap], authorization[gap..].trim_ascii());
        if scheme.eq_ignore_ascii_case(b"bearer") {
            return self.is(rest);
        }
        let basic = scheme.eq_ignore_ascii_case(b"basic").then(|| base64(rest)).flatten();
        let password = basic.as_deref().and_then(after_colon);
        password.is_some_and(|password| self.is(password))
    }

    fn is(&self, given: &[u8]) -> bool {
        let secret = self.0.as_bytes();
        let pairs = given.iter().zip(secret.iter().cycle());
        let differences = pairs.fold(0, |sum, (a, b)| sum | (a ^ b));
        given.len() == secret.len() && differences == 0
    }
}

/// Lets a request through, or asks for the key. `/healthz` is open: it tells nothing but its word.
pub(crate) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(key) = app.key() else {
        return next.run(request).await;
    };
    let header = request.headers().get(header::AUTHORIZATION);
    let known = header.is_some_and(|given| key.opens(given.as_bytes()));
    if known || request.uri().path() == "/healthz" {
        return next.run(request).await;
    }
    let ask = [(header::WWW_AUTHENTICATE, "Basic realm=\"firedrill\", charset=\"UTF-8\"")];
    let text = "The API key is missing or wrong. Send 'Authorization: Bearer KEY', or any user \
                name with the key as the password.\n";
    (StatusCode::UNAUTHORIZED, ask, text).into_response()
}

fn after_colon(pair: &[u8]) -> Option<&[u8]> {
    let colon = pair.iter().position(|byte| *byte == b':')?;
    Some(&pair[colon + 1..])
}

fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text.iter().take_while(|byte| **byte != b'=') {
        bits = (bits << 6 | sextet(*byte)?) & 0xff_ffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 0xff) as u8);
        }
    }
    Some(out)
}

const fn sextet(byte: u8) -> Option<u32> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    } as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_opens_as_a_bearer_token_and_as_a_basic_password_only() {
        let key = Key::new("s3cret: ü".into());
        for (header, opens) in [
            ("Bearer s3cret: ü", true),
            ("bearer  s3cret: ü", true),
            ("Basic YW55b25lOnMzY3JldDogw7w=", true),
            ("Basic OnMzY3JldDogw7w=", true),
            ("Bearer s3cret: u", false),
            ("Bearer s3cret", false),
            ("Bearer ", false),
            ("Basic czNjcmV0", false),
            ("Basic !!!!", false),
            ("s3cret: ü", false),
            ("", false),
        ] {
            assert_eq!(key.opens(header.as_bytes()), opens, "{header}");
        }
        assert_eq!(format!("{key:?}"), "Key(…)");
    }
}
