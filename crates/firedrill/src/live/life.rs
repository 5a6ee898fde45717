//! The life of a checker that is a process: started, killed, asked to stop, stood still, and what
//! is to happen to it next. Signals only the process that it started.

use std::{io, path::PathBuf, time::Duration};

use rustix::process::Signal;
use tokio::time::Instant;

use crate::programs::{Launcher, Name, Program};

/// How often it is looked whether one that was asked to stop has stopped.
const LOOK: Duration = Duration::from_millis(10);

/// How a checker is started.
#[derive(Debug)]
pub(super) struct Recipe {
    pub(super) launcher: Launcher,
    pub(super) folder: PathBuf,
    pub(super) args: Vec<String>,
    pub(super) vars: Vec<(&'static str, String)>,
}

impl Recipe {
    fn start(&self) -> Result<Program, String> {
        let started = self.launcher.start(Name::Checker, &self.args, &self.folder, &self.vars);
        let mut program = started.map_err(|error: io::Error| format!("the checker: {error}"))?;
        program.mute();
        Ok(program)
    }

    /// The last words of a checker that has ended.
    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.folder.join("checker.log")).unwrap_or_default();
        let lines: Vec<_> = log.lines().filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

#[derive(Debug)]
enum State {
    Runs(Program),
    /// Was asked to stop and is started again so long after it has.
    Stops(Program, Duration),
    Stands(Program, Instant),
    Gone(Instant),
    Over,
}

/// A time without a checker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Absence {
    pub(super) from: Instant,
    pub(super) to: Option<Instant>,
    pub(super) why: &'static str,
}

/// A checker, whether it runs or not.
#[derive(Debug)]
pub(super) struct Life {
    recipe: Recipe,
    state: State,
    /// When it was not there, in order.
    pub(super) absences: Vec<Absence>,
}

impl Life {
    /// Starts it.
    pub(super) fn start(recipe: Recipe) -> Result<Self, String> {
        let state = State::Runs(recipe.start()?);
        Ok(Self { recipe, state, absences: Vec::new() })
    }

    /// Kills it as a crash would; it is started again after `down`.
    pub(super) async fn kill(&mut self, down: Duration) {
        self.leave("kill");
        if let State::Runs(program) | State::Stands(program, _) | State::Stops(program, _) =
            std::mem::replace(&mut self.state, State::Over)
        {
            program.kill().await;
        }
        self.state = State::Gone(Instant::now() + down);
    }

    /// Asks it to stop; it is started again `down` after it has.
    pub(super) fn restart(&mut self, down: Duration) {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Runs(program) | State::Stands(program, _) => {
                self.leave("restart");
                program.signal(Signal::TERM);
                program.signal(Signal::CONT);
                self.state = State::Stops(program, down);
            }
            other @ (State::Stops(..) | State::Gone(_) | State::Over) => self.state = other,
        }
    }

    /// Lets it stand still for so long.
    pub(super) fn pause(&mut self, lasts: Duration) {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Runs(program) => {
                self.leave("pause");
                program.signal(Signal::STOP);
                self.state = State::Stands(program, Instant::now() + lasts);
            }
            other @ (State::Stops(..) | State::Stands(..) | State::Gone(_) | State::Over) => {
                self.state = other;
            }
        }
    }

    /// When there is something to do for [`Life::turn`].
    pub(super) fn next(&self) -> Option<Instant> {
        match &self.state {
            State::Stands(_, at) | State::Gone(at) => Some(*at),
            State::Stops(..) => Some(Instant::now() + LOOK),
            State::Runs(_) | State::Over => None,
        }
    }

    /// Does what is due.
    ///
    /// # Errors
    /// It does not start, or has ended by itself.
    pub(super) fn turn(&mut self) -> Result<(), String> {
        let now = Instant::now();
        match std::mem::replace(&mut self.state, State::Over) {
            State::Gone(at) if at <= now => {
                self.state = State::Runs(self.recipe.start()?);
                self.come_back();
            }
            State::Stands(program, until) if until <= now => {
                program.signal(Signal::CONT);
                self.state = State::Runs(program);
                self.come_back();
            }
            State::Stops(mut program, down) => {
                let ended = program.ended().is_some();
                self.state =
                    if ended { State::Gone(now + down) } else { State::Stops(program, down) };
            }
            State::Runs(mut program) => match program.ended() {
                Some(status) => {
                    let words = self.recipe.last_words();
                    return Err(format!("the checker ended by itself ({status}): {words}"));
                }
                None => self.state = State::Runs(program),
            },
            other @ (State::Gone(_) | State::Stands(..) | State::Over) => self.state = other,
        }
        Ok(())
    }

    /// Ends it for good.
    pub(super) async fn stop(&mut self) {
        if let State::Runs(program) | State::Stands(program, _) | State::Stops(program, _) =
            std::mem::replace(&mut self.state, State::Over)
        {
            program.stop().await;
        }
    }

    fn leave(&mut self, why: &'static str) {
        if self.absences.last().is_none_or(|last| last.to.is_some()) {
            self.absences.push(Absence { from: Instant::now(), to: None, why });
        }
    }

    fn come_back(&mut self) {
        if let Some(last) = self.absences.last_mut() {
            last.to.get_or_insert_with(Instant::now);
        }
    }
}
