//! Live worlds: real processes, sockets, files and mail. Plays what the virtual world plays, so many
//! times faster, and hands out what happened in the scenario's own time; judges nothing. Stays on
//! this machine, ends every fault that it began and every process that it started.

mod admin;
mod against;
mod config;
mod exercise;
mod files;
mod journal;
mod life;
mod mail;
mod mailfault;
mod pace;
mod props;
mod record;
mod safety;
mod scale;
mod smtp;
mod stack;
mod stage;
#[cfg(test)]
mod tests;
mod words;

use std::{sync::Arc, time::Duration};

use engine::config::Config;
use futures_util::FutureExt as _;

use crate::{
    played::Played,
    programs::Launcher,
    scenario::{Ms, Scenario, variable},
};
pub(crate) use admin::Used;
pub(crate) use against::against;
pub(crate) use exercise::{
    Ground as ExerciseGround, Running, events, exercise_config, exercise_config_at,
    refused as refused_exercise,
};
use record::{Gathered, record};
use safety::{Ground, refused};
use scale::Scale;
use stack::{Setting, Stack};
use stage::{Halt, Stage};

/// How often a run is begun whose first step came before everything was measured.
const TRIES: u32 = 3;

/// Plays one case on programs of our own, `live.0` times as fast, where everything may be `live.1`
/// late in real time. When `stop` resolves, everything is ended and the run proves nothing.
///
/// # Errors
/// Says why the world could not be set up.
pub(crate) async fn play(
    scenario: &Scenario,
    live: (f64, Duration),
    stop: impl Future<Output = ()>,
) -> Result<Played, String> {
    let own = Launcher::own().map_err(|error| format!("this program's own file: {error}"))?;
    play_with(&Launcher { log_to_folder: true, ..own }, scenario, live, stop).await
}

/// An address that nothing but the mock app's variable can lead to.
const ELSEWHERE: &str = "http://127.0.0.1:1";

async fn play_with(
    launcher: &Launcher,
    scenario: &Scenario,
    (scale, real_slack): (f64, Duration),
    stop: impl Future<Output = ()>,
) -> Result<Played, String> {
    let scale = Scale(scale.max(1.0));
    let base = variable("MOCKAPP_BASE").unwrap_or_default();
    let (checks, config) = read_checks(scenario, &base)?;
    let (_, elsewhere) = read_checks(scenario, ELSEWHERE)?;
    let real_slack = real_slack + safety::delivery_slack(scenario, &config, scale);
    let slack = scale.told(real_slack);
    if let Some(why) = refused(scenario, &elsewhere, scale, Ground::Own) {
        return Ok(inconclusive(&config, slack, why));
    }
    let stop = stop.shared();
    let mut why = String::new();
    let setting = Setting {
        folder: None,
        board: !scenario.expect.pages.is_empty(),
        ports: (0, 0),
        app: Vec::new(),
        key: None,
    };
    for _ in 0..TRIES {
        let (stack, props, journal, pace) = {
            // A start takes a moment and is not broken off, so that what it began is ended in order.
            let start = Stack::start(launcher, scenario, &checks, scale, &setting);
            let mut start = std::pin::pin!(start);
            tokio::select! {
                biased;
                () = stop.clone() => start.await?,
                started = &mut start => started?,
            }
        };
        let board = stack.board();
        let stage = Stage::new((scenario, &config), pace, props, journal, board, real_slack);
        let (played, halt) = on_stage(stage, stop.clone(), slack).await;
        stack.stop().await;
        match halt {
            None => return Ok(played),
            Some(Halt::Inconclusive(why)) => {
                return Ok(Played { inconclusive: Some(why), ..played });
            }
            Some(Halt::TooSlow(what)) => why = what,
        }
    }
    Ok(inconclusive(&config, slack, format!("{why}; begin later, or play it slower")))
}

/// Plays to the end, or to the interruption; then ends everything and gathers what is left.
async fn on_stage(
    mut stage: Stage<'_>,
    stop: impl Future<Output = ()>,
    slack: Ms,
) -> (Played, Option<Halt>) {
    let mut halt = tokio::select! {
        biased;
        () = stop => Some(Halt::Inconclusive(interrupted())),
        played = stage.play() => played.err(),
    };
    let now = stage.pace.now();
    stage.end.get_or_insert(now);
    let mut gathered = Gathered { at_rest: true, ..Gathered::default() };
    if let Some(own) = &mut stage.props.own {
        own.life.stop().await;
        gathered.mails = own.post.sink.take();
    }
    let (listed, hooks) = (stage.props.admin.faults().await, stage.props.admin.hooks().await);
    let healed = stage.props.admin.end_all().await;
    match (listed, hooks, healed) {
        (Ok(listed), Ok(hooks), Ok(())) => (gathered.listed, gathered.hooks) = (listed, hooks),
        (Err(error), _, _) | (_, Err(error), _) | (_, _, Err(error)) => {
            halt.get_or_insert(Halt::Inconclusive(format!("the mock app is gone: {error}")));
        }
    }
    let missing = gathered.hooks.first().filter(|first| first.seq > 1);
    if missing.is_some() {
        let why = "more webhooks came than the mock app lists".to_owned();
        halt.get_or_insert(Halt::Inconclusive(why));
    }
    (record(&mut stage, &gathered, slack), halt)
}

/// The configuration under test: its text and what it means.
fn read_checks(scenario: &Scenario, base: &str) -> Result<(String, Config), String> {
    let file = scenario.checks.display().to_string();
    let text = std::fs::read_to_string(&scenario.checks);
    let text = text.map_err(|error| format!("{file}: {error}"))?;
    let config = config::read(&file, &text, base)?;
    Ok((text, scenario.flags.applied_to(config)))
}

fn interrupted() -> String {
    "interrupted".to_owned()
}

/// A run that was not even begun.
fn inconclusive(config: &Config, slack: Ms, why: String) -> Played {
    let config = Some(Arc::new(config.clone()));
    Played { config, slack, inconclusive: Some(why), ..Played::default() }
}
