//! Training: an exercise on the real stack, on a safe stage, with a score. People on duty see what
//! they would see on any day; the fault is known here only, until the debrief.

mod assemble;
mod causes;
mod crowd;
mod cures;
mod debrief;
mod desk;
mod draw;
pub(crate) mod facts;
mod files;
mod flags;
mod ground;
mod lanes;
mod operations;
mod pages;
mod plan;
mod postmortem;
mod prompt;
mod record;
mod replay;
#[cfg(test)]
mod samples;
mod score;
mod seal;
mod session;
mod shelf;
mod signs;
mod simulate;
#[cfg(test)]
mod tests;
mod told;
pub(crate) mod users;
mod words;

use std::{path::Path, sync::Arc};

use futures_util::FutureExt as _;
use tokio::{net::TcpListener, sync::mpsc};

use crate::{
    interrupt::interrupted,
    live::{Running, exercise_config},
    out::{complain, say},
    scenario::Scenario,
};
use desk::{Desk, Question};
use engine::Config;
use files::{Files, Head};
pub(crate) use flags::{DebriefFlags, Flags};
use ground::Ground;
use pages::Archive;
use record::{Ending, Record};
pub(crate) use replay::{Flags as ReplayFlags, run as run_replay};
use session::{Session, after};

/// The exercise was played to an end.
const PLAYED: u8 = 0;
/// It was broken off; what was played is kept.
const BROKEN_OFF: u8 = 2;
/// It could not be begun.
const NOT_BEGUN: u8 = 3;

/// Plays an exercise; answers the exit code.
pub(crate) fn run(flags: &Flags) -> u8 {
    let begun = Ground::prepare(flags).and_then(|ground| {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build();
        let runtime = runtime.map_err(|error| format!("the runtime: {error}"))?;
        let code = runtime.block_on(play(flags, ground));
        // A read of the terminal that is under way must not keep the program.
        runtime.shutdown_background();
        code
    });
    begun.unwrap_or_else(|why| {
        complain(&why);
        NOT_BEGUN
    })
}

/// Debriefs what an exercise left in its folder; answers the exit code.
pub(crate) fn run_debrief(flags: &DebriefFlags) -> u8 {
    if files::is_under_way(&flags.folder) {
        let folder = flags.folder.display();
        complain(&format!("{folder}: the exercise is still under way; end it first"));
        return NOT_BEGUN;
    }
    match debrief::of(&flags.folder)
        .and_then(|record| told(&flags.folder, &record, flags.json.as_deref()))
    {
        Ok(()) => PLAYED,
        Err(why) => {
            complain(&why);
            NOT_BEGUN
        }
    }
}

async fn play(flags: &Flags, ground: Ground) -> Result<u8, String> {
    let stop = interrupted().shared();
    let config = exercise_config(&ground.plan.scenario, &ground.plan.checks)?;
    let stage = (&ground.plan.scenario, &config);
    let mut running = Running::start(&ground.live, stage, &ground.plan.checks).await?;
    let begun = begin(&ground, stage, &mut running).await;
    let (files, head, requests) = match begun {
        Ok(begun) => begun,
        Err(why) => {
            running.stop().await;
            return Err(why);
        }
    };
    let (desk, mut questions) = Desk::new();
    let archive = Archive::new(ground.exercises(), flags.json.clone());
    let address = serve(ground.listener.try_clone(), &desk, &archive)?;
    say(&told::welcome(&ground, &head, &running, &address));
    tokio::spawn(prompt::serve(desk, ground.own_name.clone()));
    let session = Session::new(&ground.plan, head, running, files, requests);
    let (view, ending) = session.play(&mut questions, stop.clone()).await;
    let record = end(&ground, flags, view, questions).await?;
    archive.finish(record);
    if !flags.exit && stop.peek().is_none() {
        say(&format!("The debrief stays at {address}debrief until Ctrl-C."));
        stop.await;
    }
    Ok(if matches!(ending, Ending::Broken(_)) { BROKEN_OFF } else { PLAYED })
}

/// Waits until all is well and begins the books of the exercise.
async fn begin(
    ground: &Ground,
    (scenario, _): (&Scenario, &Config),
    running: &mut Running<'_>,
) -> Result<(Files, Head, mpsc::Receiver<facts::Request>), String> {
    running.green().await?;
    let head = ground.head(running.began());
    let files = Files::begin(&ground.live.folder, &head);
    let files = files.map_err(|error| format!("{}: {error}", ground.live.folder.display()))?;
    let requests = crowd::begin(scenario, &ground.plan.checks, ground.live.speed, running)?;
    Ok((files, head, requests))
}

/// Puts the pages up; answers their address.
fn serve(
    listener: std::io::Result<std::net::TcpListener>,
    desk: &Desk,
    archive: &Archive,
) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("the pages: {error}");
    let listener = listener.and_then(TcpListener::from_std).map_err(failed)?;
    let address = format!("http://{}/", listener.local_addr().map_err(failed)?);
    let router = pages::router(desk.clone(), archive.clone());
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            complain(&format!("the pages are gone: {error}"));
        }
    });
    Ok(address)
}

/// Debriefs what has just been played, while the desk can still be looked at.
async fn end(
    ground: &Ground,
    flags: &Flags,
    view: desk::View,
    questions: mpsc::Receiver<Question>,
) -> Result<Record, String> {
    tokio::spawn(after(view, questions));
    say("\nEverything is healed and stopped. The same incident is played without people …");
    let folder = Arc::new(ground.live.folder.clone());
    let of = Arc::clone(&folder);
    let record = tokio::task::spawn_blocking(move || debrief::of(&of)).await;
    let record = record.map_err(|error| error.to_string())??;
    told(&folder, &record, flags.json.as_deref())?;
    Ok(record)
}

/// Writes the debrief down and tells it.
fn told(folder: &Path, record: &Record, ranking: Option<&Path>) -> Result<(), String> {
    debrief::write(folder, record)?;
    if let Some(path) = ranking {
        let added = pages::ranking::append(path, record, folder);
        added.map_err(|error| format!("{}: {error}", path.display()))?;
    }
    say(&told::score(record, folder));
    Ok(())
}
