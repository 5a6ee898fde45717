//! Things that call in, one for every `push` check: each calls when it should, unless a fault keeps it
//! from it. They run on other machines and go through the routes that `--listen` serves.

use axum::body::Body;
use checker::live::Window;
use engine::config::{Config, Spec};
use http::Request;
use tokio::{sync::mpsc::UnboundedSender, task::JoinSet};
use tower::ServiceExt as _;

use super::{Active, Outside};
use crate::scenario::Ms;

/// When each calls for the first time: away from the ticks of the checks.
const FIRST: Ms = 7_000;

/// A call, and what it was answered; 0 when nobody was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Beat {
    pub(crate) check: String,
    pub(crate) at: Ms,
    pub(crate) status: u16,
}

/// All of them.
#[derive(Debug)]
pub(in super::super) struct Pusher {
    members: Vec<Member>,
    calling: JoinSet<()>,
    notes: UnboundedSender<Beat>,
}

#[derive(Debug)]
struct Member {
    check: String,
    token: String,
    every: Ms,
}

/// What is to be done at the time of a call.
pub(in super::super) enum Turn {
    /// Nobody calls.
    Silent,
    /// The call comes so much later.
    Later(Ms),
    /// It calls now, with the right token or another one.
    Calls { right: bool },
}

impl Pusher {
    /// Those that a configuration waits for.
    pub(in super::super) fn of(config: &Config, notes: UnboundedSender<Beat>) -> Self {
        let member = |check: &std::sync::Arc<engine::Check>| {
            let Spec::Push(push) = &check.spec else { return None };
            let every = engine::time::millis(push.every);
            Some(Member { check: check.name.to_string(), token: push.token.clone(), every })
        };
        let members = config.enabled().filter_map(member).collect();
        Self { members, calling: JoinSet::new(), notes }
    }

    /// When each calls first.
    pub(in super::super) fn first(&self) -> Vec<Ms> {
        self.members.iter().map(|member| FIRST.min(member.every / 2)).collect()
    }

    /// How long one waits between two calls.
    pub(in super::super) fn every(&self, place: usize) -> Ms {
        self.members[place].every
    }

    /// What one does whose time has come.
    pub(in super::super) fn turn(&self, place: usize, outside: &Outside) -> Turn {
        let check = &self.members[place].check;
        let faults: Vec<Active> = {
            let on = |fault: &&Active| fault.is_on("check", check);
            outside.lock().push.iter().rev().filter(on).cloned().collect()
        };
        let Some(fault) = faults.into_iter().find(|fault| fault.chance.strikes()) else {
            return Turn::Calls { right: true };
        };
        match fault.kind.as_str() {
            "push.silent" => Turn::Silent,
            "push.token" => Turn::Calls { right: false },
            _ => {
                let by = fault.word("by").and_then(crate::scenario::duration);
                Turn::Later(by.map_or(0, engine::time::millis))
            }
        }
    }

    /// Calls; nobody is there when the checker is down.
    pub(in super::super) fn call(
        &mut self,
        place: usize,
        right: bool,
        now: Ms,
        window: Option<Window>,
    ) {
        let Member { check, token, .. } = &self.members[place];
        let token = if right { token.clone() } else { "not-the-token".to_owned() };
        let beat = Beat { check: check.clone(), at: now, status: 0 };
        let notes = self.notes.clone();
        self.calling.spawn(async move {
            let status = match window {
                Some(window) => answer(window, &token).await,
                None => 0,
            };
            // Nobody reads once the run is over.
            let _ = notes.send(Beat { status, ..beat });
        });
    }
}

async fn answer(window: Window, token: &str) -> u16 {
    let request = Request::post(format!("/push/{token}")).body(Body::empty());
    let Ok(request) = request else { return 0 };
    let Ok(answer) = checker::listen::router(window, None).oneshot(request).await;
    answer.status().as_u16()
}
