//! What people on duty do, and what comes of it. What cannot be done is said and not written down.

use super::{Session, unwritten};
use crate::{
    live::Used,
    train::{
        causes,
        desk::{Deed, Done, Question},
        record::Ending,
        words::clock,
    },
};

/// The longest note, in characters.
const LONGEST_NOTE: usize = 2_000;

impl Session<'_> {
    /// Answers a question of the desk.
    pub(super) async fn answer(&mut self, question: Question) {
        match question {
            // Nobody may be waiting any more.
            Question::Look(tell) => drop(tell.send(self.view())),
            Question::Do(by, deed, tell) => drop(tell.send(self.take(&by, deed).await)),
        }
    }

    async fn take(&mut self, by: &str, deed: Deed) -> Result<String, String> {
        let answer = match &deed {
            Deed::Acknowledge { check } => self.acknowledge(check),
            Deed::Declare => self.declare(),
            Deed::Note { text } => noted(text),
            Deed::Diagnose { component, fault } => diagnosed(component, fault),
            Deed::Operate { tool } => return self.operate(by, tool).await,
            Deed::Hint => self.hint(),
            Deed::Resolve | Deed::Leave => Ok("the exercise is over".to_owned()),
        }?;
        let ending = match deed {
            Deed::Resolve => Some(Ending::Resolved),
            Deed::Leave => Some(Ending::Left),
            Deed::Acknowledge { .. }
            | Deed::Declare
            | Deed::Note { .. }
            | Deed::Diagnose { .. }
            | Deed::Operate { .. }
            | Deed::Hint => None,
        };
        let at = self.running.now();
        self.write(Done { at, by: by.to_owned(), deed, answer: answer.clone() })?;
        self.ending = ending;
        Ok(answer)
    }

    fn write(&mut self, done: Done) -> Result<(), String> {
        self.files.done(&done).map_err(unwritten)?;
        self.done.push(done);
        Ok(())
    }

    fn acknowledge(&self, check: &str) -> Result<String, String> {
        let entries = self.running.entries();
        if !entries.iter().any(|(name, _)| name == check) {
            let names: Vec<_> = entries.iter().map(|(name, _)| name.as_str()).collect();
            return Err(format!("there is no check `{check}`; there are: {}", names.join(", ")));
        }
        let about = |of: &Option<String>| of.as_deref() == Some(check);
        let alert = self.alerts.iter().rfind(|mail| about(&mail.check));
        let alert = alert.ok_or_else(|| format!("no alert about {check} has arrived"))?;
        let before = self.done.iter().rfind(|done| {
            done.at >= alert.at
                && matches!(&done.deed, Deed::Acknowledge { check: of } if of == check)
        });
        match before {
            Some(done) => Err(format!("{} has acknowledged it at {}", done.by, clock(done.at))),
            None => Ok(format!("acknowledged: {}", alert.subject)),
        }
    }

    fn declare(&self) -> Result<String, String> {
        match self.done.iter().find(|done| done.deed == Deed::Declare) {
            Some(done) => {
                Err(format!("{} has declared an incident at {}", done.by, clock(done.at)))
            }
            None => Ok("an incident is declared".to_owned()),
        }
    }

    fn hint(&mut self) -> Result<String, String> {
        let hint = self.plan.exercise.hints.get(self.hints).cloned();
        let hint = hint.ok_or_else(|| "there are no more hints".to_owned())?;
        self.hints += 1;
        Ok(hint)
    }

    /// Uses a tool. The mock app's own list is what counts, so that a use from the panel is the same.
    async fn operate(&mut self, by: &str, tool: &str) -> Result<String, String> {
        let known: Vec<_> = mockapp::ops().iter().map(|tool| tool.name).collect();
        if !known.contains(&tool) {
            return Err(format!("there is no tool `{tool}`; there are: {}", known.join(", ")));
        }
        let done_in = self.running.operate(tool, by).await?;
        self.look_at_operations().await?;
        Ok(format!("under way; done in {:.0} s", done_in * self.head.speed))
    }

    /// Writes down a use of a tool, from whatever page.
    pub(super) fn note_use(&mut self, used: &Used) -> Result<(), String> {
        let deed = Deed::Operate { tool: used.tool.clone() };
        let (at, by) = (self.running.at(used.at), used.by.clone());
        self.write(Done { at, by, deed, answer: "under way".to_owned() })
    }
}

fn noted(text: &str) -> Result<String, String> {
    let length = text.trim().chars().count();
    match length {
        0 => Err("a note says something".to_owned()),
        _ if length > LONGEST_NOTE => Err(format!("a note has at most {LONGEST_NOTE} characters")),
        _ => Ok("noted".to_owned()),
    }
}

/// Whether a diagnosis can be understood; whether it is right is told in the debrief.
fn diagnosed(component: &str, fault: &str) -> Result<String, String> {
    let all = causes::all();
    let Some(part) = all.iter().find(|part| part.name == component) else {
        let names: Vec<_> = all.iter().map(|part| part.name.as_str()).collect();
        return Err(format!(
            "there is no component `{component}`; there are: {}",
            names.join(", ")
        ));
    };
    if part.faults.iter().any(|(kind, _)| kind == fault) {
        return Ok("noted; whether it is right is told in the debrief".to_owned());
    }
    let kinds: Vec<_> = part.faults.iter().map(|(kind, _)| kind.as_str()).collect();
    Err(format!("{component} has no fault `{fault}`; it has: {}", kinds.join(", ")))
}
