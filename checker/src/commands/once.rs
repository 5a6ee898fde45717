//! `checker once`: every check once, or some of them; the worst status is the exit code.

use std::{collections::BTreeSet, sync::Arc};

use engine::{
    CheckName, Status,
    board::{Board, Entry},
    config::Spec,
    effect::Setup,
};
use store::{MemoryDisk, Paths, Store, Writer};

use crate::{
    app::{App, block_on, stop_signal},
    failure::Failure,
    flags::Flags,
    out::say,
    samples::Samples,
    settings::Settings,
};

/// Runs each check once and prints a line for each.
pub(crate) fn once(
    flags: &Flags,
    settings: Settings,
    only: &[String],
    dry_run: bool,
) -> Result<u8, Failure> {
    block_on(async {
        let mut app = App::new(flags, settings)?;
        let names = select(&app, only)?;
        let (store, state) = open(&mut app, dry_run)?;
        let mut setup = app.loaded.setup.clone();
        setup.once = Some(names.clone());
        if dry_run {
            mute(&mut setup);
        }
        let stop = stop_signal()?;
        let agents = app.agents.clone();
        let (driver, _inbox) = app.driver(Writer::Inline(Box::new(store)), state, setup);
        let engine = driver.run(stop).await;
        agents.flush();
        let entries =
            names.iter().filter_map(|name| Some((name, engine.board().entries.get(name)?)));
        let alone = names.len() == 1;
        Ok(entries.map(|(name, entry)| tell(name, entry, alone)).max().unwrap_or(0))
    })
}

fn select(app: &App, only: &[String]) -> Result<BTreeSet<CheckName>, Failure> {
    let config = &app.loaded.setup.config;
    if only.is_empty() {
        return Ok(config.enabled().map(|check| check.name.clone()).collect());
    }
    let find = |name: &String| {
        let found = config.enabled().find(|check| check.name.as_str() == name.as_str());
        found.map(|check| check.name.clone()).ok_or_else(|| {
            let known: Vec<_> = config.enabled().map(|check| check.name.as_str()).collect();
            Failure::usage(format!("no check `{name}`; there are {}", known.join(", ")))
        })
    };
    only.iter().map(find).collect()
}

/// The store, or for a dry run one that forgets everything.
fn open(app: &mut App, dry_run: bool) -> Result<(Store, (Board, u64)), Failure> {
    if dry_run {
        app.samples = Samples::default();
        app.writes_status = false;
        app.paths = Paths::in_folder("memory".as_ref());
        let memory = Arc::new(MemoryDisk::default());
        let opened = Store::open(&app.paths, memory, app.clock.now().wall, "dry run");
        let (store, opened) = opened.map_err(|error| Failure::usage(error.to_string()))?;
        return Ok((store, (opened.board, opened.next_seq)));
    }
    let (store, opened) = app.open()?;
    Ok((store, (opened.board, opened.next_seq)))
}

fn mute(setup: &mut Setup) {
    setup.routes.clear();
    setup.switches.no_actions = true;
    for check in &mut Arc::make_mut(&mut setup.config).checks {
        if let Spec::LogHeartbeat(spec) = &mut Arc::make_mut(check).spec {
            spec.status_file = None;
        }
    }
}

/// Prints `[OK] api-availability …` and gives the exit code of the status. A heartbeat that is asked
/// for alone has the very line that its users know.
fn tell(name: &CheckName, entry: &Entry, alone: bool) -> u8 {
    let (status, reason) = (entry.status, &entry.details.reason);
    if alone && entry.type_word == "log_heartbeat" {
        say(&format!("[{status}] {reason}"));
    } else {
        say(&format!("[{status}] {name} {reason}"));
    }
    match entry.status {
        Status::Ok | Status::Pending => 0,
        Status::Warn | Status::Unknown => 1,
        Status::Fail => 2,
    }
}
