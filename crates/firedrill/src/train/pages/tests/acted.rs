//! A desk that a test task keeps: it answers as a session would, without programs behind it.

use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;

use crate::train::{
    desk::{CheckState, Component, Deed, Desk, Done, Question, Tool, View},
    samples::{HOSTILE, done, mail},
};

/// The view that the task shows; tests look at it and change it.
pub(super) type Shared = Arc<Mutex<View>>;

/// A desk with an exercise in its fifth minute.
pub(super) fn desk() -> (Desk, Shared) {
    let (desk, asked) = Desk::new();
    let view = Arc::new(Mutex::new(view()));
    tokio::spawn(answer(asked, Arc::clone(&view)));
    (desk, view)
}

async fn answer(mut asked: mpsc::Receiver<Question>, view: Shared) {
    while let Some(question) = asked.recv().await {
        match question {
            Question::Look(tell) => drop(tell.send(view.lock().unwrap().clone())),
            Question::Do(by, deed, tell) => {
                drop(tell.send(act(&mut view.lock().unwrap(), by, deed)))
            }
        }
    }
}

fn act(view: &mut View, by: String, deed: Deed) -> Result<String, String> {
    if view.over {
        return Err("the exercise is over".to_owned());
    }
    let answer = match &deed {
        Deed::Operate { tool } => match view.tools.iter_mut().find(|known| known.name == *tool) {
            Some(tool) if tool.running => return Err(format!("{} is running already", tool.label)),
            Some(tool) => {
                tool.running = true;
                "done in 20 s".to_owned()
            }
            None => return Err(format!("there is no tool {tool}")),
        },
        Deed::Hint => {
            view.hints_left -= 1;
            view.hint_costs = 10;
            "Look below the app.".to_owned()
        }
        Deed::Resolve | Deed::Leave => {
            view.over = true;
            "ok".to_owned()
        }
        Deed::Acknowledge { .. } | Deed::Declare | Deed::Note { .. } | Deed::Diagnose { .. } => {
            "ok".to_owned()
        }
    };
    view.done.push(Done { at: view.now, by, deed, answer: answer.clone() });
    Ok(answer)
}

/// The fifth minute of an exercise.
pub(super) fn view() -> View {
    View {
        team: "Blue".to_owned(),
        story: "Monday, 8 in the morning. The newsletter went out an hour ago, and marketing is \
                proud of it.\nYou have just taken over from the night shift."
            .to_owned(),
        level: 2,
        speed: 10.0,
        now: 275_000,
        ends: 1_800_000,
        over: false,
        board: "http://127.0.0.1:8501/".to_owned(),
        panel: "http://127.0.0.1:8000/".to_owned(),
        alerts: vec![
            mail(245, "db-health", "first_fail", "[FAIL] db-health: $.db is down, expected up"),
            mail(265, "api-availability", "first_fail", "[FAIL] api-availability: status is 503"),
        ],
        checks: vec![
            check("api-availability", "FAIL", "status is 503, expected 200"),
            check("db-health", "RETRYING", "1 of 3 attempts failed"),
            check("queue-depth", "OK", ""),
            check("job", "PENDING", ""),
        ],
        done: vec![done(
            260,
            "Bo",
            Deed::Note { text: "the database looks slow".to_owned() },
            "ok",
        )],
        tools: vec![
            tool("restart-app", "Restart the app", "All requests fail for 20 s."),
            tool("restart-db", "Restart the database", "Everything that asks it fails for 30 s."),
            tool("scale-workers", "Add a worker", "Takes a minute. Costs money."),
        ],
        causes: vec![
            component(
                "app",
                &[("app.crash", "the process has crashed"), ("app.mem", "it eats memory")],
            ),
            component("db", &[("db.pool", "no free connections"), ("db.slow", "it is slow")]),
        ],
        hints_left: 2,
        hint_costs: 5,
    }
}

/// The same with hostile texts wherever somebody else writes them.
pub(super) fn hostile() -> View {
    let text = || HOSTILE.to_owned();
    let mut view = view();
    (view.team, view.story) = (text(), text());
    view.alerts.iter_mut().for_each(|mail| (mail.subject, mail.body) = (text(), text()));
    view.checks.iter_mut().for_each(|check| (check.name, check.reason) = (text(), text()));
    view.done.push(done(1, HOSTILE, Deed::Note { text: text() }, HOSTILE));
    view.tools.iter_mut().for_each(|tool| (tool.label, tool.about) = (text(), text()));
    view
}

fn check(name: &str, word: &str, reason: &str) -> CheckState {
    let (name, word, reason) = (name.to_owned(), word.to_owned(), reason.to_owned());
    CheckState { name, word, reason }
}

fn tool(name: &str, label: &str, about: &str) -> Tool {
    let (name, label, about) = (name.to_owned(), label.to_owned(), about.to_owned());
    Tool { name, label, about, running: false }
}

fn component(name: &str, faults: &[(&str, &str)]) -> Component {
    let faults = faults.iter().map(|(kind, plain)| ((*kind).to_owned(), (*plain).to_owned()));
    Component { name: name.to_owned(), faults: faults.collect() }
}
