//! Looks for an edited configuration and takes it up: parse, validate, swap. A broken edit keeps
//! the old one in force and is shown on the board.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use engine::{
    Mono, Now,
    config::{Config, Errors, Source, parse},
    effect::{Input, Mask, Setup, Switches},
    schedule::Schedule,
};
use store::disk::{Disk, Stat, read_up_to};

use crate::{
    notify::{Notifiers, Outlets},
    settings::Settings,
    world::World,
};

/// The largest file that is read as a configuration, in bytes.
pub const FILE_CAP: usize = 16 << 20;

/// How often the file is looked at.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How a configuration is loaded: everything but the file itself.
#[derive(Clone, Debug)]
pub struct Loader {
    /// The file.
    pub file: PathBuf,
    /// What `{NAME}` stands for, and the addresses of channels.
    pub settings: Arc<Settings>,
    /// What notices leave through.
    pub outlets: Outlets,
    /// Off switches of the command line.
    pub switches: Switches,
    /// The interval of all checks, in place of the configured one.
    pub interval: Option<Duration>,
}

/// A configuration that can be put in force.
#[derive(Debug)]
pub struct Loaded {
    /// For the engine.
    pub setup: Setup,
    /// For deliveries.
    pub notifiers: Arc<Notifiers>,
    /// What is allowed but looks wrong.
    pub warnings: Vec<String>,
}

/// Why a configuration cannot be put in force.
#[derive(Debug, thiserror::Error)]
#[error("{full}")]
pub struct LoadError {
    /// Everything that is wrong, with the lines of the file.
    full: String,
    /// The same on one line, without any text of the file that could hold a secret.
    pub summary: String,
}

impl LoadError {
    fn one(message: String) -> Self {
        Self { summary: message.clone(), full: message }
    }

    fn places(errors: &Errors, settings: &Settings) -> Self {
        Self { full: settings.mask(&errors.to_string()), summary: settings.mask(&errors.summary()) }
    }
}

impl Loader {
    /// Reads and checks the file.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn load(&self, disk: &dyn Disk) -> Result<Loaded, LoadError> {
        let (config, warnings) = self.parse(disk)?;
        let outlets = self.outlets.clone();
        let notifiers = Notifiers::new(&self.settings, &config, outlets)
            .map_err(|error| LoadError::one(format!("{}: error: {error}", self.file.display())))?;
        let hiding = self.settings.hiding(&config);
        let setup = Setup {
            config: Arc::new(config),
            file: self.file.display().to_string(),
            routes: notifiers.routes(),
            switches: self.switches,
            once: None,
            mask: Mask::new(move |text| hiding.mask(text)),
        };
        let warnings = warnings.iter().map(|warning| setup.mask.apply(warning)).collect();
        Ok(Loaded { setup, notifiers: Arc::new(notifiers), warnings })
    }

    /// Knows the secrets of this configuration from now on: a broken edit of it is quoted in logs.
    pub fn remember(&mut self, config: &Config) {
        self.settings = Arc::new(self.settings.hiding(config));
    }

    fn parse(&self, disk: &dyn Disk) -> Result<(Config, Vec<String>), LoadError> {
        let file = self.file.display().to_string();
        let bytes = read(disk, &self.file).map_err(|error| {
            LoadError::one(format!(
                "{file}: error: {error}\n  = name another file with --config or CHECKS_FILE"
            ))
        })?;
        let places = |errors: Errors| LoadError::places(&errors, &self.settings);
        let source = Source::from_bytes(&file, &bytes).map_err(places)?;
        let vars = |name: &str| self.settings.var(name);
        let parsed = parse(source, &vars).map_err(places)?;
        let mut config = parsed.config;
        if let Some(interval) = self.interval {
            set_interval(&mut config, interval);
        }
        Ok((config, parsed.warnings.iter().map(ToString::to_string).collect()))
    }
}

/// The whole of a file that is not too large to be a configuration.
fn read(disk: &dyn Disk, file: &Path) -> io::Result<Vec<u8>> {
    let bytes = read_up_to(&*disk.open(file)?, 0, FILE_CAP + 1)?;
    if bytes.len() > FILE_CAP {
        let what = format!("it is larger than {} MiB", FILE_CAP >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
    }
    Ok(bytes)
}

/// Looks at the file from time to time.
#[derive(Debug)]
pub struct Reloader {
    loader: Loader,
    seen: Option<Stat>,
    next: Mono,
}

impl Reloader {
    /// Starts from the file as it is now.
    #[must_use]
    pub fn new(loader: Loader, disk: &dyn Disk, now: Mono) -> Self {
        let seen = disk.stat(&loader.file).ok();
        Self::since(loader, seen, now)
    }

    /// Starts from the file as it was before it was loaded, so that no later edit is overlooked.
    #[must_use]
    pub fn since(loader: Loader, seen: Option<Stat>, now: Mono) -> Self {
        Self { loader, seen, next: now + LOOK_EVERY }
    }

    /// When it wants to look again.
    #[must_use]
    pub const fn next(&self) -> Mono {
        self.next
    }

    /// What to tell the engine, if the file has changed since the last look.
    pub fn poll(&mut self, world: &mut World, now: Now) -> Option<Input> {
        if now.mono < self.next {
            return None;
        }
        self.next = now.mono + LOOK_EVERY;
        let stat = world.disk().stat(&self.loader.file).ok();
        if stat == self.seen {
            return None;
        }
        self.seen = stat;
        Some(self.reload(world))
    }

    fn reload(&mut self, world: &mut World) -> Input {
        match self.loader.load(&**world.disk()) {
            Ok(loaded) => {
                tracing::info!(file = %loaded.setup.file, "took up the edited configuration");
                self.loader.remember(&loaded.setup.config);
                world.notifiers = loaded.notifiers;
                Input::Reload(Box::new(loaded.setup))
            }
            Err(error) => {
                tracing::error!("kept the old configuration, the edited one is broken:\n{error}");
                Input::ReloadRefused {
                    file: self.loader.file.display().to_string(),
                    error: error.summary,
                }
            }
        }
    }
}

/// Puts all checks but those with a cron expression on one interval.
pub fn set_interval(config: &mut Config, interval: Duration) {
    for check in &mut config.checks {
        let schedule = match &check.schedule {
            Schedule::Every(_) => Schedule::Every(interval),
            Schedule::Aligned(_) => Schedule::Aligned(interval),
            Schedule::Cron(_) => continue,
        };
        Arc::make_mut(check).schedule = schedule;
    }
}
