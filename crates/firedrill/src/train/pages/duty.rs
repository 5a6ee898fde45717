//! The page of who is on duty: what they see of the exercise, and the forms by which they act. It
//! shows the desk's view and nothing else.

use askama::Template;
use axum::{
    extract::{Form, Path, State, rejection::FormRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use serde::Deserialize;

use super::{Frame, Pages, page, refusal::Refusal, who, who::Who};
use crate::train::{
    desk::{CheckState, Deed, Done, Mail, View},
    words::{came_of, clock, did, length, wants_answer},
};

/// The most characters of a note.
const LONGEST_NOTE: usize = 2_000;

/// The page.
#[derive(Debug, Template)]
#[template(path = "duty.html")]
struct DutyPage<'a> {
    frame: Frame,
    me: &'a str,
    view: &'a View,
    headline: String,
    colour: &'static str,
    now: String,
    left: String,
    alerts: Vec<Alert<'a>>,
    checks: Vec<Tile<'a>>,
    log: Vec<Line>,
    mine: Option<String>,
    trouble: Option<String>,
    /// A note that was refused.
    draft: &'a str,
    longest_note: usize,
}

/// An alert of the inbox.
#[derive(Debug)]
pub(super) struct Alert<'a> {
    pub(super) number: usize,
    pub(super) at: String,
    pub(super) subject: &'a str,
    pub(super) body: &'a str,
    /// The check that can still be acknowledged by this alert.
    pub(super) open: Option<&'a str>,
    /// Who has acknowledged it, and when.
    pub(super) seen: Option<String>,
}

impl<'a> Alert<'a> {
    pub(super) fn of(number: usize, mail: &'a Mail, done: &[Done]) -> Self {
        let check = mail.check.as_deref().filter(|_| wants_answer(mail));
        let seen = check.and_then(|check| {
            let by = done.iter().find(|done| done.at >= mail.at && acknowledges(done, check))?;
            Some(format!("{} at {}", by.by, clock(by.at)))
        });
        Self {
            number,
            at: clock(mail.at),
            subject: &mail.subject,
            body: &mail.body,
            open: check.filter(|_| seen.is_none()),
            seen,
        }
    }
}

fn acknowledges(done: &Done, check: &str) -> bool {
    matches!(&done.deed, Deed::Acknowledge { check: of } if of == check)
}

/// A check and how it stands.
#[derive(Debug)]
struct Tile<'a> {
    check: &'a CheckState,
    class: &'static str,
    href: String,
}

impl<'a> Tile<'a> {
    fn of(check: &'a CheckState, board: &str) -> Self {
        let name: String = url::form_urlencoded::byte_serialize(check.name.as_bytes()).collect();
        let name = name.replace('+', "%20");
        let href = format!("{}/check/{name}", board.trim_end_matches('/'));
        Self { check, class: shape(&check.word), href }
    }
}

/// The colour and shape of a word on a tile.
fn shape(word: &str) -> &'static str {
    match word {
        "OK" => "s-ok",
        "WARN" => "s-warn",
        "FAIL" => "s-fail",
        "RETRYING" => "s-retrying",
        "PENDING" => "s-pending",
        "STALE" => "s-stale",
        _ => "s-unknown",
    }
}

/// A line of the log.
#[derive(Debug)]
struct Line {
    at: String,
    by: String,
    what: String,
    answer: String,
}

impl Line {
    fn of(done: &Done, view: &View) -> Self {
        let (at, by) = (clock(done.at), done.by.clone());
        Self { at, by, what: said(&done.deed, view), answer: came_of(done).to_owned() }
    }
}

/// What somebody did, in the words of the forms.
fn said(deed: &Deed, view: &View) -> String {
    match deed {
        Deed::Operate { tool } => {
            let known = view.tools.iter().find(|known| known.name == *tool);
            known.map_or_else(|| did(deed), |known| format!("used “{}”", known.label))
        }
        Deed::Diagnose { component, fault } => {
            let part = view.causes.iter().find(|part| part.name == *component);
            let plain = part.and_then(|part| part.faults.iter().find(|(kind, _)| kind == fault));
            plain.map_or_else(
                || did(deed),
                |(_, plain)| format!("named a cause: {component}, {plain}"),
            )
        }
        Deed::Acknowledge { .. }
        | Deed::Declare
        | Deed::Note { .. }
        | Deed::Hint
        | Deed::Resolve
        | Deed::Leave => did(deed),
    }
}

impl<'a> DutyPage<'a> {
    fn of(view: &'a View, me: &'a str) -> Self {
        let (headline, colour) = headline(view);
        let mut alerts: Vec<_> = (view.alerts.iter().enumerate())
            .map(|(at, mail)| Alert::of(at + 1, mail, &view.done))
            .collect();
        alerts.reverse();
        let mine = view.done.iter().rev().find(|done| done.by == me);
        Self {
            frame: Frame::new(format!("Duty: {headline}"), "/duty").refreshed(1, !view.over),
            me,
            view,
            headline,
            colour,
            now: clock(view.now.min(view.ends)),
            left: left(view),
            alerts,
            checks: view.checks.iter().map(|check| Tile::of(check, &view.board)).collect(),
            log: view.done.iter().rev().map(|done| Line::of(done, view)).collect(),
            mine: mine.map(|done| last(done, view)),
            trouble: None,
            draft: "",
            longest_note: LONGEST_NOTE,
        }
    }

    fn refused(mut self, trouble: String, draft: &'a str) -> Self {
        // What somebody typed must not be swept away by a refresh without scripts.
        self.frame.without_script = false;
        Self { trouble: Some(trouble), draft, ..self }
    }
}

/// Who did it is the reader, so only when and what came of it.
fn last(done: &Done, view: &View) -> String {
    let answer = came_of(done);
    let colon = if answer.is_empty() { "" } else { " → " };
    format!("You, at {}: {}{colon}{answer}", clock(done.at), said(&done.deed, view))
}

fn headline(view: &View) -> (String, &'static str) {
    if view.over {
        return ("The exercise is over".to_owned(), "grey");
    }
    match view.done.iter().find(|done| done.deed == Deed::Declare) {
        Some(done) => (format!("Incident, declared by {} at {}", done.by, clock(done.at)), "amber"),
        None => ("On duty, no incident declared".to_owned(), "grey"),
    }
}

/// The time that is left, in the exercise's own time and, where that differs, in real time.
fn left(view: &View) -> String {
    let left = (view.ends - view.now).max(0);
    let own = clock(left);
    if view.speed <= 1.0 {
        return own;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "for people")]
    let real = (left as f64 / view.speed) as i64;
    format!("{own} ({} of yours)", length(real))
}

/// `GET /duty`.
pub(super) async fn show(State(pages): State<Pages>, Who(me): Who) -> Response {
    let Some(me) = me else {
        return who::ask(StatusCode::OK, "", None);
    };
    match pages.desk.look().await {
        Some(view) => page(StatusCode::OK, &DutyPage::of(&view, &me)),
        None if pages.archive.finished().is_some() => Redirect::to("/debrief").into_response(),
        None => Refusal::NoExercise.into_response(),
    }
}

/// What the forms send.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Sent {
    check: Option<String>,
    text: Option<String>,
    cause: Option<String>,
    tool: Option<String>,
    /// How many hints were left when the form was shown.
    left: Option<usize>,
}

/// `POST /duty/{deed}`: does it, and leads back to the page.
pub(super) async fn act(
    State(pages): State<Pages>,
    Who(me): Who,
    Path(word): Path<String>,
    form: Result<Form<Sent>, FormRejection>,
) -> Response {
    let sent = match form {
        Ok(Form(sent)) => sent,
        Err(why) => return Refusal::NoForm(why).into_response(),
    };
    let Some(me) = me else {
        let trouble = "Nothing was done yet: say who you are first.".to_owned();
        return who::ask(StatusCode::FORBIDDEN, "", Some(trouble));
    };
    let draft = sent.text.clone().unwrap_or_default();
    let deed = match deed(&word, sent, pages.desk.look().await.as_ref()) {
        Some(Ok(deed)) => deed,
        Some(Err(trouble)) => return refused(&pages, &me, trouble, &draft).await,
        None => return Refusal::NoSuchPage(format!("/duty/{word}")).into_response(),
    };
    match pages.desk.act(&me, deed).await {
        Ok(_) => Redirect::to("/duty").into_response(),
        Err(trouble) => refused(&pages, &me, trouble, &draft).await,
    }
}

async fn refused(pages: &Pages, me: &str, trouble: String, draft: &str) -> Response {
    match pages.desk.look().await {
        Some(view) => {
            let shown = DutyPage::of(&view, me).refused(trouble, draft);
            page(StatusCode::CONFLICT, &shown)
        }
        None => Refusal::NoExercise.into_response(),
    }
}

/// The deed of a form; nothing when there is no such form.
fn deed(word: &str, sent: Sent, view: Option<&View>) -> Option<Result<Deed, String>> {
    Some(match word {
        "acknowledge" => {
            need(sent.check, "Say which check.").map(|check| Deed::Acknowledge { check })
        }
        "declare" => Ok(Deed::Declare),
        "note" => note(sent.text),
        "diagnose" => cause(sent.cause),
        "operate" => need(sent.tool, "Say which tool.").map(|tool| Deed::Operate { tool }),
        "hint" => hint(sent.left, view),
        "resolve" => Ok(Deed::Resolve),
        "leave" => Ok(Deed::Leave),
        _ => return None,
    })
}

fn need(value: Option<String>, what: &str) -> Result<String, String> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| what.to_owned())
}

fn note(text: Option<String>) -> Result<Deed, String> {
    let text = text.unwrap_or_default().replace("\r\n", "\n").trim().to_owned();
    let text = need(Some(text), "The note is empty.")?;
    if text.chars().count() > LONGEST_NOTE {
        return Err(format!("A note has at most {LONGEST_NOTE} characters."));
    }
    Ok(Deed::Note { text })
}

fn cause(cause: Option<String>) -> Result<Deed, String> {
    let cause = need(cause, "Choose a cause.")?;
    match cause.split_once('/') {
        Some((component, fault)) => {
            Ok(Deed::Diagnose { component: component.to_owned(), fault: fault.to_owned() })
        }
        None => Err("Choose a cause from the list.".to_owned()),
    }
}

/// A hint costs points, so two people who ask at once get one, not two.
fn hint(left: Option<usize>, view: Option<&View>) -> Result<Deed, String> {
    match (left, view) {
        (Some(left), Some(view)) if left != view.hints_left => {
            Err("Somebody has asked for this hint in the meantime; it stands in the log."
                .to_owned())
        }
        _ => Ok(Deed::Hint),
    }
}
