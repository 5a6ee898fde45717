//! Everything that a step of a live run acts on: the mock app, the mail server, the checker, its
//! files. Remembers what was begun, so that it can be ended, whatever happens.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use super::{
    admin::{Admin, Listed},
    files::Files,
    life::Life,
    mailfault::Fault,
    pace::Pace,
    scale::spell,
    smtp::Sink,
};
use crate::scenario::{Doing, FaultStep, Healed, Ms, Realm, Scenario, Step};

/// A mail fault in its time.
#[derive(Debug)]
pub(super) struct MailSpan {
    pub(super) kind: String,
    pub(super) fault: Arc<Fault>,
    pub(super) start: Ms,
    pub(super) end: Option<Ms>,
}

/// The mail server and what was or is wrong with it.
#[derive(Debug)]
pub(super) struct Post {
    pub(super) sink: Sink,
    pub(super) spans: Vec<MailSpan>,
}

/// What belongs to a stack of our own.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) post: Post,
    pub(super) life: Life,
    pub(super) files: Files,
}

/// Why a step was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Undone {
    /// The mock app would not, as a fault may have it; the run goes on.
    Refused(String),
    /// The run proves nothing.
    Broken(String),
}

/// What steps act on.
#[derive(Debug)]
pub(super) struct Props {
    pub(super) admin: Admin,
    /// Absent when somebody else started the stack.
    pub(super) own: Option<Own>,
    /// The faults and toggles that were begun here.
    pub(super) begun: BTreeSet<String>,
}

const NOT_OURS: &str = "the stack is not ours, so this cannot be done";

impl Props {
    /// Carries out a step. A fault without an end of its own ends after `dead_man` at the latest,
    /// even when nobody is left to end it.
    ///
    /// # Errors
    /// Says what was refused.
    pub(super) async fn carry_out(
        &mut self,
        scenario: &Scenario,
        index: usize,
        pace: &Pace,
        dead_man: Duration,
    ) -> Result<(), Undone> {
        let Some(step) = scenario.timeline.get(index) else {
            return Ok(());
        };
        if let Doing::RunJob(name) = &step.doing {
            return self.admin.run_job(name.as_deref()).await.map_err(Undone::Refused);
        }
        self.act(scenario, step, pace, dead_man).await.map_err(Undone::Broken)
    }

    async fn act(
        &mut self,
        scenario: &Scenario,
        step: &Step,
        pace: &Pace,
        dead_man: Duration,
    ) -> Result<(), String> {
        let real = |length: Duration| pace.scale.real(length);
        match &step.doing {
            Doing::Fault(fault) if fault.realm == Realm::Mail => {
                self.break_mail(&step.id, fault, scenario.seed, pace)
            }
            Doing::Fault(fault) => self.inject(&step.id, fault, pace, dead_man).await,
            Doing::Toggle(wish) => {
                let on = wish.iter().filter(|(_, value)| value.as_bool() == Some(true));
                self.begun.extend(on.map(|(name, _)| name.clone()));
                self.admin.toggle(wish.clone()).await
            }
            Doing::Heal(Healed::All) => self.heal(None, pace).await,
            Doing::Heal(Healed::One(id)) => self.heal(Some(id), pace).await,
            Doing::RunJob(_) => Ok(()),
            Doing::Kill { down, .. } => {
                self.own()?.life.kill(real(*down)).await;
                Ok(())
            }
            Doing::Restart { down } => self.own().map(|own| own.life.restart(real(*down))),
            Doing::Pause { lasts } => self.own().map(|own| own.life.pause(real(*lasts))),
            Doing::Edit { file, with } => self.own()?.files.edit(file, with),
        }
    }

    fn own(&mut self) -> Result<&mut Own, String> {
        self.own.as_mut().ok_or_else(|| NOT_OURS.to_owned())
    }

    async fn inject(
        &mut self,
        id: &str,
        fault: &FaultStep,
        pace: &Pace,
        dead_man: Duration,
    ) -> Result<(), String> {
        let mut step = pace.scale.fault(&fault.kind, &fault.step);
        step.insert("id".to_owned(), id.into());
        step.shift_remove("until");
        let lasts = fault.lasts.map_or(dead_man, |lasts| pace.scale.real(lasts));
        step.insert("for".to_owned(), spell(lasts).into());
        self.begun.insert(id.to_owned());
        self.admin.inject(step).await
    }

    fn break_mail(
        &mut self,
        id: &str,
        fault: &FaultStep,
        seed: u64,
        pace: &Pace,
    ) -> Result<(), String> {
        let step = pace.scale.fault(&fault.kind, &fault.step);
        let broken = Fault::of(id, &fault.kind, &step, seed);
        let broken = broken.ok_or_else(|| format!("{} cannot be played live", fault.kind))?;
        let (kind, broken) = (fault.kind.clone(), Arc::new(broken));
        let post = &mut self.own()?.post;
        post.sink.begin(Arc::clone(&broken));
        post.spans.push(MailSpan { kind, fault: broken, start: pace.now(), end: None });
        Ok(())
    }

    /// Mends the mail server as far as this fault, or any, has broken it.
    pub(super) fn mend_mail(&mut self, id: Option<&str>, pace: &Pace) {
        let Some(own) = &mut self.own else { return };
        let now = pace.now();
        let wanted = |span: &&mut MailSpan| id.is_none_or(|id| span.fault.id == id);
        for span in own.post.spans.iter_mut().filter(wanted) {
            own.post.sink.end(&span.fault.id);
            span.end.get_or_insert(now);
        }
    }

    /// Ends a fault that was begun here, or all of them; those of others stay.
    pub(super) async fn heal(&mut self, id: Option<&str>, pace: &Pace) -> Result<(), String> {
        self.mend_mail(id, pace);
        let ours = |fault: &Listed| fault.active && self.begun.contains(&fault.id);
        let meant = |fault: &Listed| id.is_none_or(|id| fault.id == id);
        for fault in self.admin.faults().await?.into_iter().filter(|one| ours(one) && meant(one)) {
            self.admin.end(&fault.id).await?;
        }
        Ok(())
    }
}
