//! A live stack that people are on while a timeline is carried out: nothing of it is judged here,
//! and nobody is kept from touching it. Owns how training uses the parts of a live world.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use engine::{CheckName, Event, Timestamp, board::Entry, config::Config};
use tokio::time::Instant;

use super::{
    ELSEWHERE,
    admin::Used,
    config,
    journal::{Health, Journal},
    mail,
    pace::Pace,
    record, safety,
    scale::Scale,
    stack::{Setting, Stack},
    stage::{Halt, Stage},
    words,
};
use crate::{
    played::{FaultSpan, Receipt},
    programs::Launcher,
    receipts,
    scenario::{Ms, Scenario, variable},
};

/// However late a step comes on a busy machine, it is better than none.
const LATE: Duration = Duration::from_secs(60);
/// How long it may take at first until everything is OK: in real time, and in the exercise's own,
/// whichever is longer. A machine that has just started four programs may be slow to answer once.
const FIRST_LOOK: Duration = Duration::from_secs(10);
const FIRST_LOOKS: Duration = Duration::from_secs(65);
const GLANCE: Duration = Duration::from_millis(20);

/// Where an exercise takes place.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    /// The folder of its files, which stays.
    pub(crate) folder: PathBuf,
    /// How many times faster than real time everything goes, at least 1.
    pub(crate) speed: f64,
    /// The ports of the mock app and of the dashboard; 0 is any.
    pub(crate) ports: (u16, u16),
    /// The key of the mock app's control plane.
    pub(crate) key: String,
    /// Whether the checker's own remedies may reach the mock app.
    pub(crate) remedies: bool,
}

/// Why a scenario cannot be played live at a speed; nothing when it can.
///
/// # Errors
/// The configuration does not read.
pub(crate) fn refused(
    scenario: &Scenario,
    checks: &str,
    speed: f64,
) -> Result<Option<String>, String> {
    let config = exercise_config_at(scenario, checks, ELSEWHERE)?;
    Ok(safety::refused(scenario, &config, Scale(speed), safety::Ground::Own))
}

/// The configuration as an exercise runs it, with the usual address of the mock app.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn exercise_config(scenario: &Scenario, checks: &str) -> Result<Config, String> {
    let base = variable("MOCKAPP_BASE").unwrap_or_default();
    exercise_config_at(scenario, checks, &base)
}

/// The same with another address of the mock app.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn exercise_config_at(
    scenario: &Scenario,
    checks: &str,
    base: &str,
) -> Result<Config, String> {
    let config = config::read(&scenario.checks.display().to_string(), checks, base)?;
    Ok(scenario.flags.applied_to(config))
}

/// Everything that the checker of a folder has recorded in the day before an instant, in order.
pub(crate) fn events(folder: &Path, until: Timestamp) -> Vec<Event> {
    let mut journal = Journal::in_folder(folder);
    journal.refresh(until);
    journal.events()
}

/// A running stack with its timeline.
#[derive(Debug)]
pub(crate) struct Running<'s> {
    stack: Stack,
    stage: Stage<'s>,
}

impl<'s> Running<'s> {
    /// Starts everything; the checker's first look is 0.
    ///
    /// # Errors
    /// Says what could not be started.
    pub(crate) async fn start(
        ground: &Ground,
        (scenario, config): (&'s Scenario, &'s Config),
        checks: &str,
    ) -> Result<Self, String> {
        let own = Launcher::own().map_err(|error| format!("this program's own file: {error}"))?;
        let launcher = Launcher { log_to_folder: true, ..own };
        let mut app = vec!["--operator".to_owned()];
        app.extend(ground.remedies.then(|| "--remedies".to_owned()));
        let setting = Setting {
            folder: Some(ground.folder.clone()),
            board: true,
            ports: ground.ports,
            app,
            key: Some(ground.key.clone()),
        };
        let scale = Scale(ground.speed.max(1.0));
        let started = Stack::start(&launcher, scenario, checks, scale, &setting).await?;
        let (stack, props, journal, pace) = started;
        let mut stage = Stage::new((scenario, config), pace, props, journal, None, LATE);
        stage.whether_green_or_not();
        Ok(Self { stack, stage })
    }

    /// Waits until every check has been measured and is OK.
    ///
    /// # Errors
    /// Something stays otherwise although nothing was broken yet.
    pub(crate) async fn green(&mut self) -> Result<(), String> {
        let end = Instant::now() + FIRST_LOOK.max(self.stage.pace.scale.real(FIRST_LOOKS));
        loop {
            self.stage.journal.refresh(self.stage.pace.wall());
            let names = self.stage.config.enabled().map(|check| &check.name);
            match self.stage.journal.health(names) {
                Health::Green => return Ok(()),
                Health::NotYet(_) | Health::NotGreen(_) if Instant::now() < end => {
                    tokio::time::sleep(GLANCE).await;
                }
                Health::NotYet(what) | Health::NotGreen(what) => {
                    return Err(format!("not everything was OK at the start: {what}"));
                }
            }
        }
    }

    /// Does what is due, and looks whether everything still runs.
    ///
    /// # Errors
    /// Says which program has ended, or what went wrong.
    pub(crate) async fn turn(&mut self) -> Result<(), String> {
        let turned = self.stage.turn().await.map_err(|halt| match halt {
            Halt::TooSlow(why) | Halt::Inconclusive(why) => why,
        });
        // A program that is gone says more than a request that failed because of it.
        self.stack.fallen().map_or(turned, Err)
    }

    /// When the next step is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.stage.next()
    }

    /// The present, in the exercise's own time.
    pub(crate) fn now(&self) -> Ms {
        self.stage.pace.now()
    }

    /// The exercise's own time of an instant of the clock on the wall.
    pub(crate) fn at(&self, wall: Timestamp) -> Ms {
        self.stage.pace.at(wall)
    }

    /// When a time of the exercise comes.
    pub(crate) fn instant(&self, at: Ms) -> Instant {
        self.stage.pace.instant(at)
    }

    /// The instant of 0, by the clock on the wall.
    pub(crate) fn began(&self) -> Timestamp {
        self.stage.pace.began()
    }

    /// The address of the mock app, without a slash at the end.
    pub(crate) fn panel(&self) -> &str {
        &self.stack.base
    }

    /// The address of the board.
    pub(crate) fn board(&self) -> &str {
        self.stack.board_address().unwrap_or_default()
    }

    /// The checks in the order of the configuration, and how they stand.
    pub(crate) fn entries(&self) -> Vec<(String, Entry)> {
        let board = self.stage.journal.board();
        let entry = |name: &CheckName| board.entries.get(name).cloned().unwrap_or_default();
        let checks = self.stage.config.enabled();
        checks.map(|check| (check.name.to_string(), entry(&check.name))).collect()
    }

    /// The alerts that were accepted since the last call.
    pub(crate) fn mails(&mut self) -> Vec<Receipt> {
        let pace: Pace = self.stage.pace.clone();
        let taken = self.stage.props.own.as_mut().map(|own| own.post.sink.take());
        let read = |(at, bytes): (Instant, Vec<u8>)| {
            let mail = mail::read(&bytes);
            let body = words::told(&mail.body, pace.scale);
            let to = mail.to.first().cloned().unwrap_or_default();
            receipts::of_mail(pace.of(at), format!("email:{to}"), &mail.id, mail.subject, body)
        };
        taken.unwrap_or_default().into_iter().map(read).collect()
    }

    /// Every fault so far, in its time.
    ///
    /// # Errors
    /// The mock app does not answer.
    pub(crate) async fn faults(&self) -> Result<Vec<FaultSpan>, String> {
        let listed = self.stage.props.admin.faults().await?;
        Ok(record::faults(&self.stage, &listed, &self.stage.journal.events(), self.now()))
    }

    /// What was done with the operator's tools.
    ///
    /// # Errors
    /// The mock app does not answer.
    pub(crate) async fn operations(&self) -> Result<Vec<Used>, String> {
        self.stage.props.admin.operations().await
    }

    /// Uses an operator's tool; answers in how many real seconds it is done.
    ///
    /// # Errors
    /// Says why that is not possible.
    pub(crate) async fn operate(&self, tool: &str, by: &str) -> Result<f64, String> {
        self.stage.props.admin.operate(tool, by).await
    }

    /// Ends every fault and every program.
    pub(crate) async fn stop(mut self) {
        self.stage.props.mend_mail(None, &self.stage.pace);
        // The mock app's faults end with it, should it be gone already.
        let _ = self.stage.props.admin.end_all().await;
        if let Some(own) = &mut self.stage.props.own {
            own.life.stop().await;
        }
        self.stack.stop().await;
    }
}
