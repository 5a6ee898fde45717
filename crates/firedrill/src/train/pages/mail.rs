//! One alert of the inbox in full.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;

use super::{Frame, Pages, duty::Alert, page, refusal::Refusal};

#[derive(Debug, Template)]
#[template(path = "mail.html")]
struct MailPage<'a> {
    frame: Frame,
    alert: Alert<'a>,
    over: bool,
}

/// `GET /duty/mail/{number}`.
pub(super) async fn show(State(pages): State<Pages>, Path(number): Path<String>) -> Response {
    let Some(view) = pages.desk.look().await else {
        return Refusal::NoExercise.into_response();
    };
    let found = number.parse::<usize>().ok().filter(|number| *number > 0);
    let mail = found.and_then(|number| Some((number, view.alerts.get(number - 1)?)));
    let Some((number, mail)) = mail else {
        return Refusal::NoSuchPage(format!("/duty/mail/{number}")).into_response();
    };
    let alert = Alert::of(number, mail, &view.done);
    let frame = Frame::new(mail.subject.clone(), "/duty").refreshed(2, true);
    page(StatusCode::OK, &MailPage { frame, alert, over: view.over })
}
