//! What people on duty see of an exercise under way: what they would see on any day. Nothing here
//! may depend on the faults.

use engine::{Status, board::Entry};

use super::Session;
use crate::{
    live::Used,
    scenario::Ms,
    train::{
        causes,
        desk::{CheckState, Mail, Tool, View},
        score::next_hint,
        words::clock,
    },
};

impl Session<'_> {
    /// What there is to see now.
    pub(super) fn view(&self) -> View {
        View {
            team: self.head.team.clone(),
            story: self.plan.exercise.story.clone(),
            level: self.plan.exercise.level,
            speed: self.head.speed,
            now: self.running.now().clamp(0, self.plan.limit()),
            ends: self.plan.limit(),
            over: false,
            board: self.running.board().to_owned(),
            panel: format!("{}/", self.running.panel()),
            alerts: self.alerts.clone(),
            checks: self.running.entries().iter().map(check).collect(),
            done: self.done.clone(),
            tools: self.tools(),
            causes: causes::all(),
            hints_left: self.plan.exercise.hints.len().saturating_sub(self.hints),
            hint_costs: next_hint(self.hints),
        }
    }

    fn tools(&self) -> Vec<Tool> {
        let runs = |name: &str| {
            self.operations.values().any(|used| used.tool == name && used.to.is_none())
        };
        let tool = |tool: mockapp::ToolInfo| Tool {
            name: tool.name.to_owned(),
            label: tool.label.to_owned(),
            about: format!("{} Takes {} s.", tool.about, tool.takes.as_secs()),
            running: runs(tool.name),
        };
        mockapp::ops().into_iter().map(tool).collect()
    }
}

fn check((name, entry): &(String, Entry)) -> CheckState {
    // While a problem lasts, every cycle tries again: that is no news.
    let retrying = entry.retrying.as_ref().filter(|_| entry.status != Status::Fail);
    let word = retrying.map_or(entry.status.word(), |_| "RETRYING");
    let reason = retrying.map_or(&entry.details.reason, |retrying| &retrying.reason);
    let reason = if word == "OK" { String::new() } else { reason.clone() };
    CheckState { name: name.clone(), word: word.to_owned(), reason }
}

/// A mail as it is told at the terminal.
pub(super) fn told(mail: &Mail) -> String {
    let body: String = mail.body.lines().map(|line| format!("\n         | {line}")).collect();
    format!("{}  mail: {}{body}", clock(mail.at), mail.subject)
}

/// The end of a use of a tool as it is told at the terminal.
pub(super) fn finished(used: &Used, at: Ms) -> String {
    format!("{}  {}: {}", clock(at), used.tool, used.outcome)
}
