//! What must be settled before an exercise begins: which one, in which folder, on which ports.
//! Everything that a person can have said wrongly is refused here, before anything is started.

use std::{
    fs::{self, DirBuilder},
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use checker::clock::Clock;
use engine::Timestamp;
use ring::rand::{SecureRandom as _, SystemRandom};

use super::{
    draw::draw,
    files::{Head, is_taken},
    flags::Flags,
    plan::{Plan, Source},
};
use crate::{
    live::{ExerciseGround, refused_exercise},
    scenario::{Live, Ms},
};

/// Where exercises are kept when nothing else is said.
const EXERCISES: &str = "firedrill-exercises";
/// Seeds that nobody chose are short enough to be told over a desk.
const SEEDS: u64 = 100_000;

/// Everything that an exercise needs.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) plan: Plan,
    pub(super) live: ExerciseGround,
    pub(super) listener: TcpListener,
    pub(super) team: String,
    pub(super) own_name: String,
    /// What the exercise was drawn by; 0 when it was not drawn.
    pub(super) seed: u64,
    /// What the reader should know.
    pub(super) notes: Vec<String>,
}

impl Ground {
    /// Settles everything, and makes the folder.
    ///
    /// # Errors
    /// Says what was wrong and what would be right.
    pub(super) fn prepare(flags: &Flags) -> Result<Self, String> {
        let seed = match (&flags.scenario, flags.seed) {
            (Some(_), _) => 0,
            (None, Some(seed)) => seed,
            (None, None) => random()? % SEEDS,
        };
        let plan = plan(flags, seed)?;
        if let Some(path) = &flags.json {
            let opened = fs::File::options().append(true).create(true).open(path);
            opened.map_err(|error| format!("the ranking {}: {error}", path.display()))?;
        }
        let listener = listen(flags.port)?;
        let mut notes = Vec::new();
        let app = free_port("mock app", flags.mockapp_port, &mut notes);
        let board = free_port("board", flags.dashboard_port, &mut notes);
        let user = || std::env::var("USER").ok().filter(|user| !user.trim().is_empty());
        let own_name = flags.own_name.clone().or_else(user).unwrap_or_else(|| "me".to_owned());
        let live = ExerciseGround {
            folder: folder(flags)?,
            speed: flags.speed,
            ports: (app, board),
            key: format!("{:016x}{:016x}", random()?, random()?),
            remedies: plan.exercise.remedies,
        };
        let team = flags.name.clone();
        Ok(Self { plan, live, listener, team, own_name, seed, notes })
    }

    /// The first line of the books.
    pub(super) fn head(&self, began: Timestamp) -> Head {
        Head {
            firedrill: env!("CARGO_PKG_VERSION").to_owned(),
            team: self.team.clone(),
            seed: self.seed,
            level: self.plan.exercise.level,
            speed: self.live.speed,
            began,
            sealed: self.plan.source.sealed(),
        }
    }

    /// The folder in which the folders of exercises are.
    pub(super) fn exercises(&self) -> Option<PathBuf> {
        self.live.folder.parent().map(Path::to_owned)
    }
}

fn plan(flags: &Flags, seed: u64) -> Result<Plan, String> {
    let limit = Ms::from(flags.minutes) * 60_000;
    let source = match &flags.scenario {
        Some(path) => Source::file(path, limit)?,
        None => Source::drawn(draw(seed, flags.level)?, limit),
    };
    let plan = source.open()?;
    let why = match plan.scenario.live {
        Live::No => Some("it is for virtual time only".to_owned()),
        Live::Yes { .. } => refused_exercise(&plan.written, &plan.checks, flags.speed)?,
    };
    match (why, &flags.scenario) {
        (None, _) => Ok(plan),
        (Some(why), Some(path)) => {
            Err(format!("{}: this cannot be played live: {why}", path.display()))
        }
        // The reason would name the fault.
        (Some(_), None) => Err(format!(
            "what seed {seed} draws at level {} cannot be played at --speed {}: play it at \
             --speed 10, or with another seed",
            flags.level, flags.speed
        )),
    }
}

fn random() -> Result<u64, String> {
    let mut bytes = [0; 8];
    let drawn = SystemRandom::new().fill(&mut bytes);
    drawn.map_err(|_| "this machine gives no random numbers".to_owned())?;
    Ok(u64::from_ne_bytes(bytes))
}

fn listen(port: u16) -> Result<TcpListener, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| {
        format!(
            "port {port} for the pages: {error}; say --port N, or --port 0 for any that is free"
        )
    })?;
    listener.set_nonblocking(true).map_err(|error| format!("port {port}: {error}"))?;
    Ok(listener)
}

/// The wanted port, or 0 for any when somebody has it.
pub(super) fn free_port(name: &str, wanted: u16, notes: &mut Vec<String>) -> u16 {
    if TcpListener::bind((Ipv4Addr::LOCALHOST, wanted)).is_ok() {
        return wanted;
    }
    notes.push(format!("port {wanted} is in use, so the {name} takes another one"));
    0
}

/// A folder that holds nothing yet of an exercise.
fn folder(flags: &Flags) -> Result<PathBuf, String> {
    let wanted = flags.data.clone().unwrap_or_else(|| fresh(&flags.name));
    let failed = |error: std::io::Error| format!("the folder {}: {error}", wanted.display());
    if let Some(name) = is_taken(&wanted) {
        return Err(format!(
            "the folder {} holds {name} already; an exercise begins in a folder of its own",
            wanted.display()
        ));
    }
    DirBuilder::new().recursive(true).mode(0o750).create(&wanted).map_err(failed)?;
    fs::canonicalize(&wanted).map_err(failed)
}

/// `firedrill-exercises/2026-01-05T0230-red-team`, which nobody has used yet.
fn fresh(team: &str) -> PathBuf {
    let now = Clock::system().now().wall.to_jiff().strftime("%Y-%m-%dT%H%M%S").to_string();
    let plain = |c: char| if c.is_alphanumeric() || c == '_' { c } else { '-' };
    let name = format!("{now}-{}", team.chars().map(plain).collect::<String>());
    let numbered = |nth: u32| match nth {
        1 => PathBuf::from(EXERCISES).join(&name),
        nth => PathBuf::from(EXERCISES).join(format!("{name}-{nth}")),
    };
    (1..).map(numbered).find(|path| !path.exists()).unwrap_or_else(|| numbered(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_stays_inside_the_folder_of_exercises() {
        for team in ["../../etc", "a/b", "<b>", "..", "größer"] {
            let path = fresh(team);
            assert_eq!(path.parent(), Some(Path::new(EXERCISES)), "{}", path.display());
            assert_eq!(path.components().count(), 2, "{}", path.display());
        }
    }
}
