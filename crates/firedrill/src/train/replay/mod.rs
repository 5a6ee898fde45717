//! `firedrill replay`: an exercise that is over, played back on the real board: its journal is
//! written again, event by event, as if it happened now. Starts no checker and breaks nothing.

mod script;
mod stage;

use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::{
    net::TcpListener,
    time::{Instant, sleep_until},
};

use super::{
    assemble,
    desk::Desk,
    ground::free_port,
    pages::{self, Archive},
    record::Record,
    told,
    words::clock,
};
use crate::{
    interrupt::interrupted,
    out::{complain, say},
    report::words::printable,
    scenario::Ms,
};
use script::{Script, Step};
use stage::Stage;

/// It was played to its end, or ended by Ctrl-C.
const PLAYED: u8 = 0;
/// It could not be begun.
const NOT_BEGUN: u8 = 3;
/// How often the files are written at most.
const GLANCE: Duration = Duration::from_millis(100);

/// What can be said of a replay on the command line.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Flags {
    /// The exercise.json of an exercise that is over, or its folder
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// How many times faster than in the exercise's own time
    #[arg(long, default_value_t = 10.0, value_name = "N", value_parser = speed)]
    speed: f64,
    /// The port of the board; another free one is taken when it is in use
    #[arg(long, default_value_t = 8501, value_name = "PORT")]
    port: u16,
    /// End after the last event; do not keep the board and the debrief up
    #[arg(long)]
    exit: bool,
}

/// The slowest and the fastest replay.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.1..=1_000.0;

fn speed(text: &str) -> Result<f64, String> {
    let wrong = || format!("a number from {} to {}", SPEEDS.start(), SPEEDS.end());
    let speed: f64 = text.parse().map_err(|_| wrong())?;
    SPEEDS.contains(&speed).then_some(speed).ok_or_else(wrong)
}

/// Plays it back; answers the exit code.
pub(crate) fn run(flags: &Flags) -> u8 {
    let begun = prepare(&flags.file).and_then(|(folder, record, script)| {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build();
        let runtime = runtime.map_err(|error| format!("the runtime: {error}"))?;
        runtime.block_on(play(flags, &folder, record, script))
    });
    match begun {
        Ok(()) => PLAYED,
        Err(why) => {
            complain(&why);
            NOT_BEGUN
        }
    }
}

/// The folder of the exercise, its record, and its journal.
fn prepare(file: &Path) -> Result<(PathBuf, Record, Script), String> {
    let record = assemble::load(file)?;
    let folder = if file.is_dir() { file } else { file.parent().unwrap_or(Path::new(".")) };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let script = Script::read(folder, &record)?;
    Ok((folder.to_owned(), record, script))
}

async fn play(flags: &Flags, folder: &Path, record: Record, script: Script) -> Result<(), String> {
    let stop = interrupted();
    tokio::pin!(stop);
    let mut notes = script.notes.clone();
    let port = free_port("board", flags.port, &mut notes);
    let mut stage = Stage::set(port).await?;
    let debrief = serve(folder, &record).await?;
    say(&welcome(&record, flags.speed, &notes, &stage, &debrief));
    let played = tokio::select! {
        biased;
        () = &mut stop => None,
        played = acts(&mut stage, &record, &script, flags.speed) => Some(played),
    };
    if let Some(Ok(())) = &played {
        say(&told::score(&record, folder));
        if !flags.exit {
            say(&format!(
                "The board stays as it was and turns STALE; the debrief is at {debrief}. Ctrl-C ends both."
            ));
            stop.await;
        }
    }
    stage.strike().await;
    played.unwrap_or(Ok(()))
}

/// Puts the debrief up beside the board; answers its address.
async fn serve(folder: &Path, record: &Record) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("the debrief: {error}");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
    let address = format!("http://{}/debrief", listener.local_addr().map_err(failed)?);
    let parent = std::path::absolute(folder).ok();
    let parent = parent.and_then(|folder| folder.parent().map(Path::to_owned));
    let archive = Archive::new(parent, None);
    archive.finish(record.clone());
    // Nobody keeps this desk: the exercise is over.
    let (desk, _) = Desk::new();
    let router = pages::router(desk, archive);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            complain(&format!("the debrief is gone: {error}"));
        }
    });
    Ok(address)
}

fn welcome(record: &Record, speed: f64, notes: &[String], stage: &Stage, debrief: &str) -> String {
    let (title, team) = (printable(&record.title), printable(&record.team));
    let mut lines = vec![format!("Firedrill replays “{title}” as {team} played it.")];
    lines.extend(notes.iter().map(|note| format!("  note          {note}")));
    lines.extend([
        format!("  status board  {}   <- open this one", stage.board),
        format!("  debrief       {debrief}"),
        format!(
            "  {speed} times as fast as in its own time, which ends at {}",
            clock(record.ended)
        ),
        String::new(),
    ]);
    lines.join("\n")
}

/// Plays all steps in their time.
async fn acts(
    stage: &mut Stage,
    record: &Record,
    script: &Script,
    speed: f64,
) -> Result<(), String> {
    let began = Instant::now();
    let retimed = stage.retiming(record, speed);
    let due = |at: Ms| began + Duration::from_secs_f64(at.max(0) as f64 / 1_000.0 / speed);
    let mut steps = script.steps.iter().peekable();
    while let Some((at, _)) = steps.peek() {
        sleep_until(due(*at).max(Instant::now() + GLANCE)).await;
        let now = Instant::now();
        let mut events = Vec::new();
        while let Some((_, step)) = steps.next_if(|(at, _)| due(*at) <= now) {
            match step {
                Step::Event(event) => events.push(retimed.event(event)?),
                Step::Told(line) => say(line),
            }
        }
        stage.write(&events)?;
    }
    Ok(())
}
