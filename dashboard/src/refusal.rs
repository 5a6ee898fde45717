//! Requests that get no page: what is said of them, to people as a page and to programs as JSON.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::json;

use crate::query::BadQuery;

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// A parameter means nothing.
    BadQuery(BadQuery),
    /// No check has that name.
    NoSuchCheck(String),
    /// Nothing is at that path.
    NoSuchPage(String),
    /// The page can only be read.
    WrongMethod(String),
    /// A template failed; only when memory is short.
    Template(askama::Error),
}

impl From<BadQuery> for Refusal {
    fn from(bad: BadQuery) -> Self {
        Self::BadQuery(bad)
    }
}

impl From<askama::Error> for Refusal {
    fn from(error: askama::Error) -> Self {
        Self::Template(error)
    }
}

impl Refusal {
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::BadQuery(_) => StatusCode::BAD_REQUEST,
            Self::NoSuchCheck(_) | Self::NoSuchPage(_) => StatusCode::NOT_FOUND,
            Self::WrongMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Template(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(crate) const fn title(&self) -> &'static str {
        match self {
            Self::BadQuery(_) => "That address does not work",
            Self::NoSuchCheck(_) => "No such check",
            Self::NoSuchPage(_) => "No such page",
            Self::WrongMethod(_) => "Nothing can be sent here",
            Self::Template(_) => "The page could not be built",
        }
    }

    pub(crate) fn text(&self) -> String {
        match self {
            Self::BadQuery(bad) => format!("{bad}."),
            Self::NoSuchCheck(name) => format!("No check is called “{name}”."),
            Self::NoSuchPage(path) => format!("There is nothing at {path}."),
            Self::WrongMethod(method) => {
                format!("The dashboard only shows; it takes GET, not {method}.")
            }
            Self::Template(error) => error.to_string(),
        }
    }

    /// A word for programs.
    const fn code(&self) -> &'static str {
        match self {
            Self::BadQuery(_) => "bad_query",
            Self::NoSuchCheck(_) => "no_such_check",
            Self::NoSuchPage(_) => "not_found",
            Self::WrongMethod(_) => "method_not_allowed",
            Self::Template(_) => "internal",
        }
    }

    /// The answer for programs.
    pub(crate) fn into_json(self) -> Response {
        let mut body = json!({"error": self.code(), "message": self.text()});
        if let Self::BadQuery(bad) = &self {
            body["parameter"] = json!(bad.parameter);
            body["value"] = json!(bad.value);
            body["allowed"] = json!(bad.allowed);
        }
        (self.status(), Json(body)).into_response()
    }
}
