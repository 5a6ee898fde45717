//! An exercise under way: one task carries out the timeline, answers the desk and writes everything
//! down, until somebody or something ends it. Scores nothing.

mod deeds;
mod view;

use std::{collections::BTreeMap, time::Duration};

use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{
    desk::{Done, Mail, Question},
    files::{End, Files, Head, Use},
    plan::Plan,
    record::{Ending, Span},
};
use crate::{
    live::{Running, Tool, Used},
    out::say,
    scenario::Ms,
};

/// How often everything is looked at, in real time.
const GLANCE: Duration = Duration::from_millis(100);
/// How often it is written down how far the exercise has come, in its own time.
const PULSE: Ms = 10_000;

/// An exercise under way.
pub(super) struct Session<'s> {
    plan: &'s Plan,
    head: Head,
    running: Running<'s>,
    files: Files,
    alerts: Vec<Mail>,
    done: Vec<Done>,
    hints: usize,
    tools: Vec<Tool>,
    operations: BTreeMap<u64, Use>,
    faults: Vec<Span>,
    next_pulse: Ms,
    ending: Option<Ending>,
}

impl<'s> Session<'s> {
    /// An exercise whose stack runs and is well.
    ///
    /// # Errors
    /// The operator's tools are not there.
    pub(super) async fn new(
        plan: &'s Plan,
        head: Head,
        running: Running<'s>,
        files: Files,
    ) -> Result<Self, String> {
        let tools = running.ops().await?.tools;
        Ok(Self {
            plan,
            head,
            running,
            files,
            alerts: Vec::new(),
            done: Vec::new(),
            hints: 0,
            tools,
            operations: BTreeMap::new(),
            faults: Vec::new(),
            next_pulse: 0,
            ending: None,
        })
    }

    /// Plays until it is over, or until `stop` resolves. Then everything is healed and stopped, and
    /// what was played is in the files.
    pub(super) async fn play(
        mut self,
        questions: &mut mpsc::Receiver<Question>,
        stop: impl Future<Output = ()>,
    ) -> super::desk::View {
        let mut stop = std::pin::pin!(stop);
        let ending = loop {
            let turn = self.next_turn();
            tokio::select! {
                biased;
                () = &mut stop => break Ending::Broken("interrupted".to_owned()),
                Some(question) = questions.recv() => self.answer(question).await,
                () = sleep_until(turn) => {
                    if let Err(why) = self.turn().await {
                        break Ending::Broken(why);
                    }
                }
            }
            if let Some(ending) = self.ending.take() {
                break ending;
            }
        };
        self.finish(ending).await
    }

    /// When something is to be done next.
    fn next_turn(&self) -> Instant {
        let end = self.running.instant(self.plan.limit());
        let next = Instant::now() + GLANCE;
        self.running.next().into_iter().chain([end]).fold(next, Instant::min)
    }

    async fn turn(&mut self) -> Result<(), String> {
        self.running.turn().await?;
        self.take_mail()?;
        self.look_at_operations().await?;
        let now = self.running.now();
        if now >= self.next_pulse {
            self.pulse(now).await?;
            self.next_pulse = (now / PULSE + 1) * PULSE;
        }
        if now >= self.plan.limit() {
            self.ending = Some(Ending::TimeUp);
        }
        Ok(())
    }

    fn take_mail(&mut self) -> Result<(), String> {
        for receipt in self.running.mails() {
            let event = receipt.event.map(|event| event.word().to_owned());
            let (at, check) = (receipt.at, receipt.check);
            let mail = Mail { at, check, event, subject: receipt.subject, body: receipt.body };
            self.files.alert(&mail).map_err(unwritten)?;
            say(&view::told(&mail));
            self.alerts.push(mail);
        }
        Ok(())
    }

    /// Takes note of what tools were used, from whatever page.
    async fn look_at_operations(&mut self) -> Result<(), String> {
        for used in self.running.ops().await?.log {
            let new = self.operation(&used);
            if self.operations.get(&used.id) == Some(&new) {
                continue;
            }
            self.files.operation(&new).map_err(unwritten)?;
            if self.operations.insert(used.id, new).is_none() {
                self.note_use(&used)?;
            }
        }
        Ok(())
    }

    fn operation(&self, used: &Used) -> Use {
        let label = self.tools.iter().find(|tool| tool.name == used.tool);
        let over = used.done_at.filter(|_| used.state == "done");
        Use {
            id: used.id,
            tool: used.tool.clone(),
            label: label.map_or_else(|| used.tool.clone(), |tool| tool.label.clone()),
            by: used.by.clone(),
            from: self.running.at(used.at),
            to: over.map(|at| self.running.at(at)),
            outcome: used.outcome.clone().unwrap_or_default(),
        }
    }

    async fn pulse(&mut self, now: Ms) -> Result<(), String> {
        self.note_faults(now).await?;
        self.files.pulse(now, &self.faults).map_err(unwritten)
    }

    /// Keeps when the faults acted so far.
    async fn note_faults(&mut self, now: Ms) -> Result<(), String> {
        let faults = self.running.faults().await?;
        let span = |fault: crate::played::FaultSpan| {
            let to = fault.end.unwrap_or(now);
            Span { from: fault.start, to, what: fault.kind, why: fault.on }
        };
        self.faults = faults.into_iter().map(span).collect();
        Ok(())
    }

    /// Heals and stops everything, and writes the last lines.
    async fn finish(mut self, ending: Ending) -> super::desk::View {
        let ended = self.running.now().min(self.plan.limit());
        // A broken stage may have nothing left to say; what was written before counts then.
        let _ = self.take_mail();
        let _ = self.look_at_operations().await;
        if self.note_faults(ended).await.is_ok() {
            self.faults.retain(|span| span.from <= ended);
            self.faults.iter_mut().for_each(|span| span.to = span.to.min(ended));
        }
        let pulse = self.files.pulse(ended, &self.faults);
        let end = self.files.end(&End { ended, ending });
        if let Err(error) = pulse.and(end) {
            crate::out::complain(&unwritten(error));
        }
        let mut view = self.view();
        view.over = true;
        view.now = ended;
        self.running.stop().await;
        view
    }
}

fn unwritten(error: std::io::Error) -> String {
    format!("the exercise cannot be written down: {error}")
}

/// Answers the desk once the exercise is over: it can still be looked at.
pub(super) async fn after(view: super::desk::View, mut questions: mpsc::Receiver<Question>) {
    while let Some(question) = questions.recv().await {
        match question {
            // Nobody may be waiting any more.
            Question::Look(tell) => drop(tell.send(view.clone())),
            Question::Do(_, _, tell) => drop(tell.send(Err("the exercise is over".to_owned()))),
        }
    }
}
