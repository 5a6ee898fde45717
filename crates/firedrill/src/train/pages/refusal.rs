//! Requests that get no page: what is said of them, as a page.

use askama::Template;
use axum::{
    extract::rejection::FormRejection,
    response::{IntoResponse, Response},
};
use http::{Method, StatusCode, Uri};

use super::{Frame, page};

/// Why there is no page.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The Host header names another machine.
    ForeignHost,
    /// A form of another site.
    ForeignForm,
    /// Nothing is at that path.
    NoSuchPage(String),
    /// The page cannot be used in this way.
    WrongMethod(Method),
    /// What was sent is no form, or is too long.
    NoForm(FormRejection),
    /// The exercise is still going on, so nothing is told of it.
    UnderWay,
    /// It is over, but not reckoned up yet.
    NotReckoned,
    /// There is no exercise.
    NoExercise,
    /// A past exercise cannot be read.
    Unreadable(String),
}

impl Refusal {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::ForeignHost | Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::NoSuchPage(_) | Self::UnderWay | Self::NotReckoned => StatusCode::NOT_FOUND,
            Self::WrongMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoForm(why) => why.status(),
            Self::NoExercise => StatusCode::GONE,
            Self::Unreadable(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn title(&self) -> &'static str {
        match self {
            Self::ForeignHost => "This address is not the one",
            Self::ForeignForm => "That form was sent from another site",
            Self::NoSuchPage(_) => "No such page",
            Self::WrongMethod(_) => "That cannot be done here",
            Self::NoForm(_) => "That form cannot be read",
            Self::UnderWay => "The exercise is still running",
            Self::NotReckoned => "The exercise is being reckoned up",
            Self::NoExercise => "There is no exercise",
            Self::Unreadable(_) => "That exercise cannot be read",
        }
    }

    fn text(&self) -> String {
        match self {
            Self::ForeignHost => "The Host header names another machine. Use the address that \
                 firedrill printed, on 127.0.0.1 or localhost."
                .to_owned(),
            Self::ForeignForm => "Use the forms of these pages.".to_owned(),
            Self::NoSuchPage(path) => format!("There is nothing at {path}."),
            Self::WrongMethod(method) => format!("This page does not take {method}."),
            Self::NoForm(why) => format!("{}.", why.body_text()),
            Self::UnderWay => "Nothing is told before it is over. This page turns into the \
                 debrief by itself."
                .to_owned(),
            Self::NotReckoned => "The same incident is being simulated without you. This page \
                 turns into the debrief by itself."
                .to_owned(),
            Self::NoExercise => {
                "It is over, and its program no longer answers. The ranking has what was played."
                    .to_owned()
            }
            Self::Unreadable(why) => format!("{why}."),
        }
    }

    /// Whether it may pass.
    const fn may_pass(&self) -> bool {
        matches!(self, Self::UnderWay | Self::NotReckoned)
    }
}

/// The page that says it.
#[derive(Debug, Template)]
#[template(path = "refusal.html")]
struct RefusalPage {
    frame: Frame,
    title: &'static str,
    text: String,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let frame = Frame::new(self.title(), "");
        let frame = if self.may_pass() { frame.refreshed(2, true) } else { frame };
        let shown = RefusalPage { frame, title: self.title(), text: self.text() };
        page(self.status(), &shown)
    }
}

pub(super) async fn no_such_page(uri: Uri) -> Refusal {
    Refusal::NoSuchPage(uri.path().to_owned())
}

pub(super) async fn wrong_method(method: Method) -> Refusal {
    Refusal::WrongMethod(method)
}
