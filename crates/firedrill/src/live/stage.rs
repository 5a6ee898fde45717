//! The stage of a live run: carries out the timeline at its times, looks at what the checker
//! writes meanwhile, asks for pages, and keeps when things really happened. Judges nothing.

use std::{collections::BTreeMap, time::Duration};

use engine::{config::Config, time::millis};
use tokio::time::{Instant, sleep_until};

use super::{
    admin::{Admin, Listed},
    journal::{Health, Journal},
    pace::Pace,
    props::{Props, Undone},
};
use crate::{
    played::PageSeen,
    scenario::{Doing, Edge, Moment, Ms, PageExpect, Realm, Scenario, Shown},
};

/// How often the mock app and the checker's files are looked at.
const GLANCE: Duration = Duration::from_millis(40);
/// How often a page is asked for that does not show yet what is expected.
const ASK_AGAIN: Duration = Duration::from_millis(100);
/// By how much the clocks of two programs on one machine may differ.
const CLOCKS_AGREE: Duration = Duration::from_millis(20);
/// How much longer than anything could take a forgotten fault may last.
const MARGIN: Duration = Duration::from_secs(60);

/// Why a run ended before its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    /// The first step came before everything was measured: worth another try.
    TooSlow(String),
    /// The run proves nothing.
    Inconclusive(String),
}

/// Something that is due.
#[derive(Clone, Copy, Debug)]
enum Act {
    Step(usize),
    MailEnds(usize),
    Page(usize),
}

/// A live run.
#[derive(Debug)]
pub(super) struct Stage<'s> {
    pub(super) scenario: &'s Scenario,
    pub(super) config: &'s Config,
    pub(super) pace: Pace,
    pub(super) props: Props,
    pub(super) journal: Journal,
    board: Option<Admin>,
    slack: Duration,
    green: bool,
    /// What is due, by time and then in the order in which it became known.
    due: BTreeMap<(Ms, u64), Act>,
    seq: u64,
    waiting: Vec<(Act, &'s Moment)>,
    /// When the steps happened, and when they were over.
    pub(super) steps: BTreeMap<String, (Ms, Option<Ms>)>,
    pub(super) pages: Vec<Option<PageSeen>>,
    /// When checks were shown as being retried, and until when.
    pub(super) retrying: Vec<(String, Ms, Option<Ms>)>,
    pub(super) notes: Vec<(Ms, String)>,
    pub(super) end: Option<Ms>,
}

impl<'s> Stage<'s> {
    /// A run whose 0s is that of its pace. `board` is the dashboard that pages are asked of;
    /// `slack` is real time.
    pub(super) fn new(
        (scenario, config): (&'s Scenario, &'s Config),
        pace: Pace,
        props: Props,
        journal: Journal,
        board: Option<Admin>,
        slack: Duration,
    ) -> Self {
        let steps = scenario.timeline.iter().enumerate();
        let steps = steps.map(|(index, step)| (Act::Step(index), &step.at));
        let pages = scenario.expect.pages.iter().enumerate();
        let pages = pages.map(|(index, page)| (Act::Page(index), &page.at));
        Self {
            scenario,
            config,
            pace,
            props,
            journal,
            board,
            slack,
            green: false,
            due: BTreeMap::new(),
            seq: 0,
            waiting: steps.chain(pages).collect(),
            steps: BTreeMap::new(),
            pages: vec![None; scenario.expect.pages.len()],
            retrying: Vec::new(),
            notes: Vec::new(),
            end: None,
        }
    }

    /// Plays the timeline to its end, and waits for notices that are under way then.
    pub(super) async fn play(&mut self) -> Result<(), Halt> {
        let limit = self.longest();
        loop {
            self.turn().await?;
            let (now, end) = (self.pace.now(), self.end());
            if end.is_some_and(|end| now >= end) || now >= limit {
                self.end = Some(end.unwrap_or(now));
                break;
            }
            self.wait(end).await;
        }
        self.let_notices_arrive().await;
        Ok(())
    }

    /// Takes note of what happened, and does what is due.
    pub(super) async fn turn(&mut self) -> Result<(), Halt> {
        self.look().await?;
        self.resolve();
        self.act().await
    }

    /// When the next thing that is known by now is due.
    pub(super) fn next(&self) -> Option<Instant> {
        let step = self.due.keys().next().map(|(at, _)| self.pace.instant(*at));
        let life = self.props.own.as_ref().and_then(|own| own.life.next());
        step.into_iter().chain(life).min()
    }

    /// Breaks things whether all is well or not: people on the stage may have broken some before.
    pub(super) fn whether_green_or_not(&mut self) {
        self.green = true;
    }

    /// Waits for what comes next, but never longer than until the next glance.
    async fn wait(&self, end: Option<Ms>) {
        let known = end.map(|at| self.pace.instant(at)).into_iter().chain(self.next());
        let glance = Instant::now() + GLANCE;
        sleep_until(known.fold(glance, Instant::min)).await;
    }

    /// Takes note of what happened without us.
    async fn look(&mut self) -> Result<(), Halt> {
        self.journal.refresh(self.pace.wall());
        self.look_for_retries();
        if let Some(own) = &mut self.props.own {
            own.life.turn().map_err(Halt::Inconclusive)?;
        }
        if self.steps.values().any(|(_, end)| end.is_none()) {
            let faults = self.props.admin.faults().await;
            self.take_note_of_ends(&faults.map_err(Halt::Inconclusive)?);
        }
        Ok(())
    }

    fn look_for_retries(&mut self) {
        let wanted = |is: &[Shown]| is.contains(&Shown::Retrying);
        if !self.scenario.expect.states.iter().any(|state| wanted(&state.is)) {
            return;
        }
        let now = self.pace.now();
        for (name, entry) in &self.journal.board().entries {
            let name = name.as_str();
            let open = |(of, _, end): &&mut (String, Ms, Option<Ms>)| of == name && end.is_none();
            match (entry.retrying.is_some(), self.retrying.iter_mut().find(open)) {
                (true, None) => self.retrying.push((name.to_owned(), now, None)),
                (false, Some((_, _, end))) => *end = Some(now),
                (true, Some(_)) | (false, None) => {}
            }
        }
    }

    /// Keeps when faults really began and ended, for those that hang on it.
    pub(super) fn take_note_of_ends(&mut self, faults: &[Listed]) {
        let open = self.steps.iter_mut().filter(|(_, (_, end))| end.is_none());
        for (id, (start, end)) in open {
            let step = self.scenario.timeline.iter().find(|step| step.id == *id);
            let names: Vec<&str> = match step.map(|step| &step.doing) {
                Some(Doing::Toggle(wish)) => {
                    let on = wish.iter().filter(|(_, value)| value.as_bool() == Some(true));
                    on.map(|(name, _)| name.as_str()).collect()
                }
                Some(Doing::Fault(fault)) if fault.realm == Realm::Mail => {
                    *end = mail_end(&self.props, id);
                    continue;
                }
                _ => vec![id],
            };
            let begun: Vec<_> =
                names.iter().filter_map(|name| begun(faults, name, *start, &self.pace)).collect();
            *start = begun.iter().map(|one| self.pace.at(one.started_at)).min().unwrap_or(*start);
            // What switches nothing on is over at once.
            let ends = begun.iter().map(|one| one.ended_at.map(|at| self.pace.at(at)));
            *end = match begun.len() == names.len() {
                true => {
                    ends.collect::<Option<Vec<_>>>().map(|e| e.into_iter().max().unwrap_or(*start))
                }
                false => None,
            };
        }
    }

    /// Gives a time to everything whose anchor is known by now.
    fn resolve(&mut self) {
        for (act, moment) in std::mem::take(&mut self.waiting) {
            match self.when(moment) {
                Some(at) => self.schedule(at, act),
                None => self.waiting.push((act, moment)),
            }
        }
    }

    fn schedule(&mut self, at: Ms, act: Act) {
        self.seq += 1;
        self.due.insert((at, self.seq), act);
    }

    /// When a moment is, as far as it can be known by now.
    fn when(&self, moment: &Moment) -> Option<Ms> {
        match moment {
            Moment::At(at) => Some(*at),
            Moment::Anchor { id, edge, offset } => {
                let (start, end) = *self.steps.get(id)?;
                let at = match edge {
                    Edge::Start => start,
                    Edge::End if *offset < 0 => end.or_else(|| self.planned_end(id, start))?,
                    Edge::End => end?,
                };
                Some(at + offset)
            }
        }
    }

    fn planned_end(&self, id: &str, start: Ms) -> Option<Ms> {
        let step = self.scenario.timeline.iter().find(|step| step.id == id)?;
        step.doing.lasts().map(|lasts| start + lasts)
    }

    /// When the run ends: where it says, or when everything is over and has had time to settle.
    fn end(&self) -> Option<Ms> {
        if let Some(run) = &self.scenario.run {
            return self.when(run);
        }
        if !self.due.is_empty() || !self.waiting.is_empty() {
            return None;
        }
        if self.steps.values().any(|(_, end)| end.is_none()) {
            return None;
        }
        let steps = self.steps.values().map(|(start, end)| end.unwrap_or(*start));
        let moments = self.scenario.moments();
        let expected = moments
            .filter_map(|(moment, within)| Some(self.when(moment)? + within.unwrap_or_default()));
        let last = steps.chain(expected).max().unwrap_or(0);
        Some(last + millis(self.scenario.settle))
    }

    /// A time by which everything would be over, were every anchor the last thing to happen.
    fn longest(&self) -> Ms {
        let length = |moment: &Moment| match moment {
            Moment::At(at) | Moment::Anchor { offset: at, .. } => at.abs(),
        };
        let scenario = self.scenario;
        let steps = scenario.timeline.iter();
        let steps: Ms = steps.map(|step| length(&step.at) + step.doing.lasts().unwrap_or(0)).sum();
        let named = scenario.moments().map(|(at, within)| length(at) + within.unwrap_or_default());
        let moments: Ms = named.chain(scenario.run.iter().map(length)).sum();
        let settles = scenario.timeline.len() + 1;
        steps + moments + millis(scenario.settle) * Ms::try_from(settles).unwrap_or(1)
    }

    async fn act(&mut self) -> Result<(), Halt> {
        let now = self.pace.now();
        while let Some(entry) = self.due.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((at, _), act) = entry.remove_entry();
            match act {
                Act::Step(index) => self.step(index).await?,
                Act::MailEnds(index) => {
                    let id = self.scenario.timeline.get(index).map(|step| step.id.as_str());
                    self.props.mend_mail(id, &self.pace);
                }
                Act::Page(index) => self.ask(index, at).await,
            }
            self.resolve();
        }
        Ok(())
    }

    async fn step(&mut self, index: usize) -> Result<(), Halt> {
        let Some(step) = self.scenario.timeline.get(index) else {
            return Ok(());
        };
        if !self.green && harms(&step.doing) {
            self.must_be_green()?;
        }
        let now = self.pace.now();
        let late = matches!(step.at, Moment::At(at) if now - at > self.pace.scale.told(self.slack));
        if late {
            let why = format!("line {}: the machine was too slow for this step", step.place.line);
            return Err(Halt::Inconclusive(why));
        }
        self.steps.insert(step.id.clone(), (now, None));
        let dead_man = self.pace.scale.real_ms(self.longest()) + MARGIN;
        let done = self.props.carry_out(self.scenario, index, &self.pace, dead_man).await;
        match done {
            Ok(()) => {}
            Err(Undone::Refused(error)) => self.notes.push((now, error)),
            Err(Undone::Broken(error)) => {
                let why = format!("line {}: {error}", step.place.line);
                return Err(Halt::Inconclusive(why));
            }
        }
        let lasts = step.doing.lasts();
        match &step.doing {
            Doing::Fault(fault) => {
                if let Some(lasts) = lasts.filter(|_| fault.realm == Realm::Mail) {
                    self.schedule(now + lasts, Act::MailEnds(index));
                }
            }
            Doing::Toggle(_) => {}
            Doing::Heal(_)
            | Doing::RunJob(_)
            | Doing::Kill { .. }
            | Doing::Restart { .. }
            | Doing::Pause { .. }
            | Doing::Edit { .. } => {
                self.steps.insert(step.id.clone(), (now, Some(now + lasts.unwrap_or(0))));
            }
        }
        Ok(())
    }

    /// What is not OK before anything was broken makes the run worthless.
    fn must_be_green(&mut self) -> Result<(), Halt> {
        self.journal.refresh(self.pace.wall());
        let names = self.config.enabled().map(|check| &check.name);
        match self.journal.health(names) {
            Health::Green => {
                self.green = true;
                Ok(())
            }
            Health::NotYet(what) => Err(Halt::TooSlow(not_green(&what))),
            Health::NotGreen(what) => Err(Halt::Inconclusive(not_green(&what))),
        }
    }

    /// Asks for a page; again, for as long as things may be late, until it shows what is expected.
    async fn ask(&mut self, index: usize, at: Ms) {
        let (Some(board), Some(page)) = (&self.board, self.scenario.expect.pages.get(index)) else {
            return;
        };
        let asked = self.pace.now();
        let seen = match board.fetch(&page.path).await {
            Ok((status, body)) => PageSeen { at: asked, status, body },
            Err(error) => PageSeen { at: asked, status: 0, body: error },
        };
        let good = shows(&seen, page);
        let first = self.pages.get(index).is_some_and(Option::is_none);
        if let Some(kept) = self.pages.get_mut(index).filter(|_| good || first) {
            *kept = Some(seen);
        }
        let again = asked + self.pace.scale.told(ASK_AGAIN);
        let due = self.when(&page.at).unwrap_or(at);
        if !good && again <= due + self.pace.scale.told(self.slack) {
            self.schedule(again, Act::Page(index));
        }
    }

    /// Alerts that were raised in time may still be on their way when the run ends.
    async fn let_notices_arrive(&mut self) {
        let patience = Instant::now() + self.slack;
        while self.journal.undelivered() && Instant::now() < patience {
            sleep_until(Instant::now() + GLANCE).await;
            self.journal.refresh(self.pace.wall());
        }
    }
}

fn not_green(what: &str) -> String {
    format!("not everything was OK before the first fault: {what}")
}

/// Whether a step breaks something, so that all must be well before it.
const fn harms(doing: &Doing) -> bool {
    match doing {
        Doing::Heal(_) | Doing::RunJob(_) => false,
        Doing::Fault(_)
        | Doing::Toggle(_)
        | Doing::Kill { .. }
        | Doing::Restart { .. }
        | Doing::Pause { .. }
        | Doing::Edit { .. } => true,
    }
}

/// The fault of this name that began with a step; the newest one when it had begun before.
fn begun<'l>(faults: &'l [Listed], name: &str, step: Ms, pace: &Pace) -> Option<&'l Listed> {
    let since = step - pace.scale.told(CLOCKS_AGREE);
    let named = || faults.iter().filter(|one| one.id == name);
    let new = named().filter(|one| pace.at(one.started_at) >= since);
    new.min_by_key(|one| one.started_at).or_else(|| named().max_by_key(|one| one.started_at))
}

fn mail_end(props: &Props, id: &str) -> Option<Ms> {
    let spans = &props.own.as_ref()?.post.spans;
    spans.iter().rfind(|span| span.fault.id == id)?.end
}

fn shows(seen: &PageSeen, page: &PageExpect) -> bool {
    seen.status == 200
        && page.contains.iter().all(|text| seen.body.contains(text))
        && !page.lacks.iter().any(|text| seen.body.contains(text))
}
