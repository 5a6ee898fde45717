//! The demo: the whole stack on this machine, one outage, one slow database, one job; every step
//! told as it happens and held against what should have happened.

mod flags;
mod stack;
mod story;
mod watch;

use std::io;

use crate::{interrupt::interrupted, out::say};

pub(crate) use flags::Flags;
use stack::Stack;

/// Why the demo could not be played.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// A program or a folder.
    #[error("{what}: {error}")]
    Setup {
        /// What was being done.
        what: String,
        /// Why it failed.
        error: io::Error,
    },
    /// The runtime.
    #[error("the runtime cannot be started: {0}")]
    Runtime(io::Error),
}

impl DemoError {
    /// The exit code.
    pub(crate) const fn code(&self) -> u8 {
        match self {
            Self::Setup { .. } | Self::Runtime(_) => 3,
        }
    }

    fn setup(what: &str) -> impl FnOnce(io::Error) -> Self {
        let what = what.to_owned();
        move |error| Self::Setup { what, error }
    }
}

/// Plays the demo; 0 when every step was seen, 1 when not.
pub(crate) fn run(flags: &Flags) -> Result<u8, DemoError> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().map_err(DemoError::Runtime)?;
    runtime.block_on(play(flags))
}

async fn play(flags: &Flags) -> Result<u8, DemoError> {
    let interrupted = interrupted();
    tokio::pin!(interrupted);
    let mut stack = tokio::select! {
        biased;
        () = &mut interrupted => return Ok(1),
        stack = Stack::start(flags) => stack?,
    };
    introduce(&stack);
    let seen = tokio::select! {
        biased;
        () = &mut interrupted => None,
        seen = story::play(&mut stack) => Some(seen),
    };
    if let (Some(seen), false) = (seen, flags.exit) {
        linger(&stack, seen);
        tokio::select! {
            biased;
            () = &mut interrupted => {}
            () = stack.talk() => say("A program has ended; stopping the others."),
        }
    }
    say("Stopping the three programs …");
    stack.stop().await;
    say("Everything is stopped.");
    Ok(match seen {
        Some(true) => 0,
        None if !flags.exit => 0,
        Some(false) | None => 1,
    })
}

fn introduce(stack: &Stack) {
    say("Firedrill demo: a small production stack, its monitor and its board, on this machine.");
    for note in &stack.notes {
        say(&format!("  note           {note}"));
    }
    say(&format!("  status board   {}   <- open this one and watch", stack.dashboard));
    say(&format!("  control panel  {}", stack.mockapp));
    say(&format!("  state, history {}", stack.folder().display()));
    say("The checks run every 3 seconds here, not every 30, so that the story fits in a minute.\n");
}

fn linger(stack: &Stack, seen: bool) {
    say(if seen { "\nEvery step was seen." } else { "\nNot every step was seen." });
    say(&format!(
        "The stack stays up. Break it yourself on {} and watch {}. Ctrl-C ends it.\n",
        stack.mockapp, stack.dashboard
    ));
}
