//! `firedrill run --live`: the same scenarios on real processes, and held against virtual time.

use std::{collections::BTreeMap, time::Duration};

use futures_util::stream::{self, StreamExt as _};
use tokio::time::Instant;

use super::{
    pool,
    run::{Case, Flags},
};
use crate::{
    judge::judge,
    live,
    played::{Breach, Played},
    scenario::{Invariant, Live},
    verdict::Told,
    world::Wants,
};

/// The most worlds of our own that are up at once: they mostly wait, but each is three processes.
const WORLDS: usize = 8;

/// Plays all cases, several at once; those that are not for live are left out. A stack that was
/// there before is drilled by one after the other.
///
/// # Errors
/// Says what could not be set up.
pub(crate) fn play(
    flags: &Flags,
    cases: &[Case],
    each: impl FnMut(&Told),
) -> Result<Vec<Told>, String> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build();
    let runtime = runtime.map_err(|error| format!("the runtime cannot be started: {error}"))?;
    runtime.block_on(play_all(flags, cases, each))
}

async fn play_all(
    flags: &Flags,
    cases: &[Case],
    mut each: impl FnMut(&Told),
) -> Result<Vec<Told>, String> {
    let at_once = if flags.against.is_some() { 1 } else { WORLDS };
    let wanted = cases.iter().filter_map(|case| match case.scenario.live {
        Live::Yes { scale, slack } => Some((case, (scale, slack))),
        Live::No => None,
    });
    let played = wanted.enumerate().map(|(index, (case, pace))| async move {
        // What is not begun yet when somebody interrupts is not begun at all.
        let told = match crate::interrupt::was_interrupted() {
            true => None,
            false => Some(one(flags, case, pace).await),
        };
        (index, told)
    });
    let mut played = stream::iter(played).buffer_unordered(at_once);
    let (mut all, mut failed) = (BTreeMap::new(), None);
    let mut shown = 0;
    while let Some((index, told)) = played.next().await {
        match told {
            Some(Ok(told)) => drop(all.insert(index, told)),
            // The others are played to their end, so that nothing is left running.
            Some(Err(error)) => failed = failed.or(Some(error)),
            None => {}
        }
        while let Some(next) = all.get(&shown) {
            each(next);
            shown += 1;
        }
    }
    if crate::interrupt::was_interrupted() {
        return Err("interrupted: everything is healed and stopped".to_owned());
    }
    failed.map_or_else(|| Ok(all.into_values().collect()), Err)
}

async fn one(flags: &Flags, case: &Case, pace: (f64, Duration)) -> Result<Told, String> {
    let began = Instant::now();
    let stop = crate::interrupt::interrupted();
    let scenario = (*case.scenario).clone();
    let mut played = match &flags.against {
        Some(url) => {
            let data = flags.data.clone().unwrap_or_else(|| ".".into());
            live::against(url, &data, flags.allow_remote, &scenario, stop).await?
        }
        None => live::play(&scenario, pace, stop).await?,
    };
    if flags.against.is_none() && played.inconclusive.is_none() {
        compare(case, &mut played).await?;
    }
    let judged = judge(&scenario, &played);
    Ok(Told { scenario, played, judged, took: began.elapsed() })
}

/// The alerts of each check must be the same, in the same order, as in virtual time.
async fn compare(case: &Case, live: &mut Played) -> Result<(), String> {
    if !case.scenario.always.contains(&Invariant::SimEqualsLive) {
        return Ok(());
    }
    let case = case.clone();
    let virtually = tokio::task::spawn_blocking(move || pool::one(&case, Wants::default()));
    let (played, _) = virtually.await.map_err(|error| error.to_string())??;
    let (sim, real) = (sequence(&played), sequence(live));
    if sim != real {
        live.breaches.push(Breach {
            invariant: Invariant::SimEqualsLive.word(),
            at: live.end,
            what: format!("live brought [{}], virtual time [{}]", real.join(", "), sim.join(", ")),
        });
    }
    Ok(())
}

/// The alerts by check and, within a check, in the order of their arrival; each once.
fn sequence(played: &Played) -> Vec<String> {
    let mut seen: Vec<(&str, &str, String)> = Vec::new();
    for got in played.receipts.iter().filter(|got| got.channel != "console") {
        let (Some(check), Some(event)) = (&got.check, got.event) else { continue };
        if !seen.iter().any(|(_, key, _)| *key == got.key) {
            seen.push((check, &got.key, event.to_string()));
        }
    }
    seen.sort_by(|a, b| a.0.cmp(b.0));
    seen.into_iter().map(|(check, _, event)| format!("{check} {event}")).collect()
}
