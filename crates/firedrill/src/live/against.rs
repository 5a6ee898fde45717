//! Plays a scenario on a mock app and a checker that somebody else started, in real time. Breaks
//! nothing but the mock app, ends what it began and nothing else, and reads what the checker
//! writes.

use std::{collections::BTreeSet, path::Path, pin::Pin, time::Duration};

use engine::{Timestamp, config::Config, time::millis};

use super::{
    admin::Admin,
    inconclusive,
    journal::{Health, Journal},
    pace::Pace,
    props::Props,
    read_checks,
    record::{Gathered, record},
    safety::{Ground, is_near, refused},
    scale::Scale,
    stage::{Halt, Stage},
};
use crate::{
    played::Played,
    scenario::{Live, Scenario},
};

/// How late things may be when the scenario does not say.
const SLACK: Duration = Duration::from_secs(2);
/// A checker that has written nothing for longer than this many of its intervals does not run.
const SILENCE: u32 = 3;

/// Plays a scenario on the mock app at `url`, which may be on another machine only when that is
/// allowed, and the checker that writes its `state.json` and `results.jsonl` into the folder
/// `data`. When `stop` resolves, everything that was begun is ended and the run proves nothing.
///
/// # Errors
/// Says why it could not even be tried.
pub(crate) async fn against(
    url: &str,
    data: &Path,
    allow_remote: bool,
    scenario: &Scenario,
    stop: impl Future<Output = ()>,
) -> Result<Played, String> {
    let scale = Scale(1.0);
    let real = match scenario.live {
        Live::Yes { slack, .. } => slack,
        Live::No => SLACK,
    };
    let (_, config) = read_checks(scenario, url)?;
    let near = allow_remote || is_near(url);
    let far = (!near)
        .then(|| format!("{url} is not on this machine; say --allow-remote if that is meant"));
    if let Some(why) = far.or_else(|| refused(scenario, &config, scale, Ground::Foreign)) {
        return Ok(inconclusive(&config, scale.told(real), why));
    }
    let mut journal = Journal::in_folder(data);
    let clock = checker::clock::Clock::system();
    journal.refresh(clock.now().wall);
    let zero = match next_turn(&journal, &config, clock.now().wall) {
        Ok(zero) => zero,
        Err(why) => return Ok(inconclusive(&config, scale.told(real), why)),
    };
    let admin = Admin::new(url);
    admin.faults().await?;
    let props = Props { admin, own: None, begun: BTreeSet::new() };
    let pace = Pace::from(zero, scale);
    let mut stage = Stage::new((scenario, &config), pace, props, journal, None, real);
    let stop = std::pin::pin!(stop);
    play(&mut stage, stop, scale.told(real)).await
}

async fn play(
    stage: &mut Stage<'_>,
    stop: Pin<&mut impl Future<Output = ()>>,
    slack: i64,
) -> Result<Played, String> {
    let halt = tokio::select! {
        biased;
        () = stop => Some(Halt::Inconclusive("interrupted".to_owned())),
        played = stage.play() => played.err(),
    };
    let end = stage.pace.now();
    stage.end.get_or_insert(end);
    let listed = stage.props.admin.faults().await;
    let pace = stage.pace.clone();
    let healed = stage.props.heal(None, &pace).await;
    let gathered = Gathered { listed: listed.unwrap_or_default(), ..Gathered::default() };
    let mut played = record(stage, &gathered, slack);
    played.inconclusive = halt.map(|halt| match halt {
        Halt::TooSlow(why) | Halt::Inconclusive(why) => why,
    });
    if let Err(error) = healed {
        let why = format!("what was begun could not be ended: {error}");
        played.inconclusive.get_or_insert(why);
    }
    Ok(played)
}

/// The next instant at which every check of a checker that runs takes a look.
fn next_turn(journal: &Journal, config: &Config, now: Timestamp) -> Result<Timestamp, String> {
    let Some((started, false)) = journal.started() else {
        return Err("no checker runs on these files: start it first".to_owned());
    };
    let names = || config.enabled().map(|check| &check.name);
    if let Some(name) = names().find(|name| !journal.board().entries.contains_key(*name)) {
        return Err(format!(
            "the checker that runs does not know {name}: it must run the scenario's checks"
        ));
    }
    match journal.health(names()) {
        Health::Green => {}
        Health::NotYet(what) | Health::NotGreen(what) => {
            return Err(format!("not everything was OK before the first fault: {what}"));
        }
    }
    let longest = config.enabled().map(|check| check.schedule.interval(now)).max();
    let longest = longest.unwrap_or(Duration::from_secs(1));
    let last = journal.board().entries.values().filter_map(|entry| entry.last_checked_at).max();
    if last.is_none_or(|last| now.since(last) > longest * SILENCE) {
        return Err("the checker has not written for too long: does it run?".to_owned());
    }
    let step = millis(longest).max(1);
    let passed = (now.as_millis() - started.as_millis()).div_euclid(step) + 1;
    Ok(Timestamp::from_millis(started.as_millis() + passed * step))
}
