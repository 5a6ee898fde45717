//! The earliest sign: the first request or the first result of a check that was not as before,
//! slower answers included, and the page that showed it. Pure.

use std::collections::BTreeMap;

use crate::{
    scenario::Ms,
    train::{
        facts::{Facts, Reading, Request},
        record::Sign,
        score::instant,
    },
};

const OK: &str = "OK";
/// What is so many times slower than usual, and by so many milliseconds, is no accident when it
/// happens twice in a row.
const TIMES: Ms = 4;
const BY: Ms = 300;

/// The earliest sign, and where it could have been seen; nothing when nothing is wrong. `drift` is
/// a value that was off in an answer, when one is known.
pub(crate) fn earliest(facts: &Facts, drift: Option<&(Ms, String)>) -> Option<Sign> {
    let onset = facts.onset()?;
    let felt = by_users(&facts.users, onset).map(|felt| (felt, "with the users only"));
    let off = drift.filter(|(at, _)| *at <= facts.ended).cloned();
    let off = off.map(|off| (off, "in the answer itself"));
    let seen = by_checks(&facts.results, onset);
    let unseen = felt.into_iter().chain(off).min_by_key(|((at, _), _)| *at);
    match (unseen, seen) {
        (Some(((at, what), with)), seen) if seen.as_ref().is_none_or(|seen| at < seen.at) => {
            Some(Sign { at, what, seen_at: format!("{with}; {}", afterwards(seen.as_ref())) })
        }
        (_, seen) => seen,
    }
}

/// Where a page first showed it.
fn afterwards(seen: Option<&Sign>) -> String {
    match seen {
        Some(seen) => format!("at {} {}: {}", instant(seen.at), seen.seen_at, seen.what),
        None => "no check has shown it".to_owned(),
    }
}

fn by_users(users: &[Request], onset: Ms) -> Option<(Ms, String)> {
    let failed = users.iter().find(|asked| asked.at >= onset && !asked.good);
    let failed = failed.map(|asked| (asked.at, format!("{} failed: {}", asked.route, asked.why)));
    let mut lanes: BTreeMap<&str, Vec<(Ms, Ms)>> = BTreeMap::new();
    for asked in users {
        lanes.entry(&asked.route).or_default().push((asked.at, asked.took));
    }
    let slower = lanes.into_iter().filter_map(|(route, times)| {
        let (at, took, usual) = slower(&times, onset)?;
        Some((at, format!("{route} took {took} ms instead of {usual} ms")))
    });
    failed.into_iter().chain(slower).min_by_key(|(at, _)| *at)
}

fn by_checks(results: &[Reading], onset: Ms) -> Option<Sign> {
    let wrong = results.iter().find(|one| one.at >= onset && one.word != OK);
    let wrong = wrong.map(|one| Sign {
        at: one.at,
        what: format!("{} was {}: {}", one.check, one.word, one.why),
        seen_at: format!("on the board, at the tile of {}", one.check),
    });
    let mut lanes: BTreeMap<&str, Vec<(Ms, Ms)>> = BTreeMap::new();
    for one in results {
        let latency = one.latency.map(|took| (one.at, took));
        lanes.entry(&one.check).or_default().extend(latency);
    }
    let slower = lanes.into_iter().filter_map(|(check, times)| {
        let (at, took, usual) = slower(&times, onset)?;
        let what = format!("{check} took {took} ms instead of {usual} ms");
        Some(Sign { at, what, seen_at: format!("in the history of the check, /check/{check}") })
    });
    wrong.into_iter().chain(slower).min_by_key(|sign| sign.at)
}

/// The first of two answers in a row that were much slower than usual: when, how long it took, and
/// how long it usually takes.
fn slower(times: &[(Ms, Ms)], onset: Ms) -> Option<(Ms, Ms, Ms)> {
    let mut before: Vec<Ms> =
        times.iter().filter(|(at, _)| *at < onset).map(|(_, took)| *took).collect();
    before.sort_unstable();
    let usual = *before.get(before.len() / 2)?;
    let limit = usual.saturating_mul(TIMES).max(usual + BY);
    let after: Vec<_> = times.iter().filter(|(at, _)| *at >= onset).collect();
    let both = after.windows(2).find(|two| two.iter().all(|(_, took)| *took >= limit))?;
    Some((both[0].0, both[0].1, usual))
}
