//! Programs of a virtual world: every call gets the answer that was written for it.

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::{sleep, timeout},
};

use super::{Call, Command, CommandOutcome};

/// Answers calls from a list. A call that no answer fits meets [`CommandOutcome::NotFound`].
#[derive(Debug)]
pub struct Scripted {
    answers: Vec<Answer>,
    calls: UnboundedSender<Call>,
}

/// The answer to some calls.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The calls: program and arguments, `*` for any one argument.
    pub argv: Vec<String>,
    /// How long the program runs.
    pub after: Duration,
    /// What becomes of it, unless its limit comes first.
    pub outcome: CommandOutcome,
}

impl Answer {
    fn fits(&self, argv: &[String]) -> bool {
        let same = |(pattern, word): (&String, &String)| pattern == "*" || pattern == word;
        self.argv.len() == argv.len() && self.argv.iter().zip(argv).all(same)
    }
}

impl Scripted {
    /// Programs that answer like this, the first fitting answer winning, and the list of the calls
    /// that are made.
    #[must_use]
    pub fn new(answers: Vec<Answer>) -> (Self, UnboundedReceiver<Call>) {
        let (calls, made) = unbounded_channel();
        (Self { answers, calls }, made)
    }
}

impl Command for Scripted {
    fn run<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, CommandOutcome> {
        Box::pin(async move {
            // Nobody has to listen.
            let _ = self.calls.send(call.clone());
            let Some(answer) = self.answers.iter().find(|answer| answer.fits(&call.argv)) else {
                return CommandOutcome::NotFound;
            };
            match timeout(call.timeout, sleep(answer.after)).await {
                Ok(()) => answer.outcome.clone(),
                Err(_) => CommandOutcome::TimedOut,
            }
        })
    }
}
