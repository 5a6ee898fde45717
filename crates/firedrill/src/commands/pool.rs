//! Plays cases in virtual time, as many at once as there are processors, each on a fresh thread so
//! that nothing of one run is left for the next.

use std::{
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use tokio::time::Instant;

use super::run::Case;
use crate::{
    judge::judge,
    played::Played,
    verdict::Told,
    world::{self, Wants},
};

/// The stack of a thread that plays: deep enough for hostile YAML in an edited configuration.
const STACK: usize = 8 << 20;

/// Plays all cases; `each` is called in their order as soon as that is known.
///
/// # Errors
/// Says which case could not be set up, and why.
pub(crate) fn play(cases: &[Case], mut each: impl FnMut(&Told)) -> Result<Vec<Told>, String> {
    let mut told: Vec<Option<Told>> = cases.iter().map(|_| None).collect();
    let mut shown = 0;
    let mut failed = None;
    all(cases, Wants::default(), |index, played| match played {
        Ok((played, took)) => {
            let scenario = (*cases[index].scenario).clone();
            let judged = judge(&scenario, &played);
            told[index] = Some(Told { scenario, played, judged, took });
            while let Some(Some(next)) = told.get(shown) {
                each(next);
                shown += 1;
            }
        }
        Err(error) => failed = Some(format!("{}: {error}", cases[index].scenario.source.file)),
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(told.into_iter().flatten().collect()),
    }
}

/// A run, and how long it took.
type Done = Result<(Played, Duration), String>;

/// glibc gives memory back at every tick of a rehearsed world and asks for it again at the next, a
/// sixth of the whole time. Once a large block was freed it keeps twice as much.
fn keep_memory() {
    const KEPT: usize = 16 << 20;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(KEPT)));
}

/// Plays all cases and hands each over as it ends, on the caller's thread.
pub(crate) fn all(cases: &[Case], wants: Wants, mut done: impl FnMut(usize, Done)) {
    keep_memory();
    let workers = thread::available_parallelism().map_or(1, usize::from).min(cases.len().max(1));
    let next = AtomicUsize::new(0);
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..workers {
            let (tell, next) = (tell.clone(), &next);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(index) else { return };
                    // Nobody listens any more only when the caller has panicked.
                    let _ = tell.send((index, one(case, wants)));
                }
            });
        }
        drop(tell);
        for (index, played) in told {
            done(index, played);
        }
    });
}

/// Plays one case on a thread of its own.
pub(crate) fn one(case: &Case, wants: Wants) -> Done {
    let case = case.clone();
    let thread = thread::Builder::new().stack_size(STACK).spawn(move || {
        let began = Instant::now();
        let played = world::play(&case.scenario, &case.checks, wants)?;
        Ok((played, began.elapsed()))
    });
    let thread = thread.map_err(|error| format!("no thread: {error}"))?;
    thread.join().unwrap_or_else(|_| Err("the player has panicked: this is a defect".to_owned()))
}
