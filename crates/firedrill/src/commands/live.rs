//! `firedrill run --live`: the same scenarios on real processes, and held against virtual time.

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

/// Plays all cases one after the other; those that are not for live are left out.
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
    let mut all = Vec::new();
    for case in cases {
        let Live::Yes { scale, slack } = case.scenario.live else {
            continue;
        };
        let began = Instant::now();
        let stop = crate::interrupt::interrupted();
        let scenario = (*case.scenario).clone();
        let mut played = match &flags.against {
            Some(url) => {
                let data = flags.data.clone().unwrap_or_else(|| ".".into());
                live::against(url, &data, flags.allow_remote, &scenario, stop).await?
            }
            None => live::play(&scenario, (scale, slack), stop).await?,
        };
        if flags.against.is_none() && played.inconclusive.is_none() {
            compare(case, &mut played)?;
        }
        let judged = judge(&scenario, &played);
        let told = Told { scenario, played, judged, took: began.elapsed() };
        each(&told);
        all.push(told);
        if crate::interrupt::was_interrupted() {
            return Err("interrupted: everything is healed and stopped".to_owned());
        }
    }
    Ok(all)
}

/// The alerts of each check must be the same, in the same order, as in virtual time.
fn compare(case: &Case, live: &mut Played) -> Result<(), String> {
    if !case.scenario.always.contains(&Invariant::SimEqualsLive) {
        return Ok(());
    }
    let (played, _) = pool::one(case, Wants::default())?;
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
