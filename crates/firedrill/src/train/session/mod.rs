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
    desk::{Done, Mail, Question, View},
    facts::Request,
    files::{End, Files, Head, Sealed, Use},
    lanes,
    plan::Plan,
    record::{Ending, Span, Worth},
};
use crate::{
    live::{Running, Used},
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
    requests: mpsc::Receiver<Request>,
    alerts: Vec<Mail>,
    done: Vec<Done>,
    hints: usize,
    operations: BTreeMap<u64, Use>,
    worths: BTreeMap<u64, Worth>,
    faults: Vec<Span>,
    next_pulse: Ms,
    ending: Option<Ending>,
}

impl<'s> Session<'s> {
    /// An exercise whose stack runs and is well; what users get comes in by `requests`.
    pub(super) fn new(
        plan: &'s Plan,
        head: Head,
        running: Running<'s>,
        files: Files,
        requests: mpsc::Receiver<Request>,
    ) -> Self {
        Self {
            plan,
            head,
            running,
            files,
            requests,
            alerts: Vec::new(),
            done: Vec::new(),
            hints: 0,
            operations: BTreeMap::new(),
            worths: BTreeMap::new(),
            faults: Vec::new(),
            next_pulse: 0,
            ending: None,
        }
    }

    /// Plays until it is over, or until `stop` resolves. Then everything is healed and stopped, and
    /// what was played is in the files.
    pub(super) async fn play(
        mut self,
        questions: &mut mpsc::Receiver<Question>,
        stop: impl Future<Output = ()>,
    ) -> (View, Ending) {
        let mut stop = std::pin::pin!(stop);
        let ending = loop {
            let turn = self.next_turn();
            tokio::select! {
                biased;
                () = &mut stop => break Ending::Broken("interrupted".to_owned()),
                Some(question) = questions.recv() => self.answer(question).await,
                Some(request) = self.requests.recv() => {
                    if let Err(error) = self.files.request(&request) {
                        break Ending::Broken(unwritten(error));
                    }
                }
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
        (self.finish(&ending).await, ending)
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
        for used in self.running.operations().await? {
            let new = self.operation(&used);
            if self.operations.get(&used.id) == Some(&new) {
                continue;
            }
            self.files.operation(&new).map_err(unwritten)?;
            if self.operations.insert(used.id, new).is_none() {
                self.note_use(&used)?;
            } else {
                say(&view::finished(&used, self.running.at(used.done_at)));
            }
            self.worths.insert(used.id, worth(&used));
            self.pulse(self.running.now()).await?;
        }
        Ok(())
    }

    fn operation(&self, used: &Used) -> Use {
        let tools = mockapp::ops();
        let label = tools.iter().find(|tool| tool.name == used.tool);
        let over = (used.state == "done").then_some(used.done_at);
        Use {
            id: used.id,
            tool: used.tool.clone(),
            label: label.map_or_else(|| used.tool.clone(), |tool| tool.label.to_owned()),
            by: used.by.clone(),
            from: self.running.at(used.at),
            to: over.map(|at| self.running.at(at)),
            outcome: used.outcome.clone(),
        }
    }

    async fn pulse(&mut self, now: Ms) -> Result<(), String> {
        self.note_faults(now).await?;
        self.files.pulse(now, &self.sealed()).map_err(unwritten)
    }

    /// What only the debrief may tell.
    fn sealed(&self) -> Sealed {
        Sealed { faults: self.faults.clone(), worths: self.worths.clone() }
    }

    /// Keeps when the faults acted so far.
    async fn note_faults(&mut self, now: Ms) -> Result<(), String> {
        let faults = self.running.faults().await?;
        self.faults = lanes::faults(&faults, now);
        Ok(())
    }

    /// Heals and stops everything, and writes the last lines.
    async fn finish(mut self, ending: &Ending) -> View {
        let ended = self.running.now().min(self.plan.limit());
        // A broken stage may have nothing left to say; what was written before counts then.
        let _ = self.take_mail();
        let _ = self.look_at_operations().await;
        if self.note_faults(ended).await.is_ok() {
            self.faults.retain(|span| span.from <= ended);
            self.faults.iter_mut().for_each(|span| span.to = span.to.min(ended));
        }
        let pulse = self.files.pulse(ended, &self.sealed());
        let end = self.files.end(&End { ended, ending: ending.clone() });
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

/// What a use of a tool did to the faults.
fn worth(used: &Used) -> Worth {
    match (used.cured.is_empty(), used.worsened.is_empty()) {
        (_, false) => Worth::Harmful,
        (false, true) => Worth::Helped,
        (true, true) => Worth::Needless,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn unwritten(error: std::io::Error) -> String {
    format!("the exercise cannot be written down: {error}")
}

/// Answers the desk once the exercise is over: it can still be looked at.
pub(super) async fn after(view: View, mut questions: mpsc::Receiver<Question>) {
    while let Some(question) = questions.recv().await {
        match question {
            // Nobody may be waiting any more.
            Question::Look(tell) => drop(tell.send(view.clone())),
            Question::Do(_, _, tell) => drop(tell.send(Err("the exercise is over".to_owned()))),
        }
    }
}
