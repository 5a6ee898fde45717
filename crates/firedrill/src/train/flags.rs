//! What can be said of an exercise on the command line.

use std::path::PathBuf;

/// What can be said of an exercise.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Flags {
    /// Draw the incident by this number: the same one draws the same incident [default: any]
    #[arg(long, value_name = "N", conflicts_with = "scenario")]
    pub(crate) seed: Option<u64>,
    /// How hard it is: 1 one clear fault, 2 one that hides, 3 one that misleads
    #[arg(long, default_value_t = 1, value_name = "1..3", value_parser = clap::value_parser!(u8).range(1..=3))]
    pub(crate) level: u8,
    /// How many times faster than real time everything goes
    #[arg(long, default_value_t = 10.0, value_name = "N", value_parser = speed)]
    pub(crate) speed: f64,
    /// Play this scenario in place of one that is drawn
    #[arg(long, value_name = "FILE", conflicts_with = "level")]
    pub(crate) scenario: Option<PathBuf>,
    /// The name of the team
    #[arg(long, default_value = "team", value_name = "TEAM", value_parser = name)]
    pub(crate) name: String,
    /// Your own name at the prompt [default: $USER]
    #[arg(long = "as", value_name = "NAME", value_parser = name)]
    pub(crate) own_name: Option<String>,
    /// How long it lasts at most, in the exercise's own minutes
    #[arg(long, default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u32).range(3..=720))]
    pub(crate) minutes: u32,
    /// Keep everything in this folder [default: firedrill-exercises/TIME-TEAM]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Append the result to this file, which /ranking shows
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// The port of the pages for people on duty; 0 is any
    #[arg(long, default_value_t = 8600, value_name = "PORT")]
    pub(crate) port: u16,
    /// The port of the mock app; another free one is taken when it is in use
    #[arg(long, default_value_t = 8000, value_name = "PORT")]
    pub(crate) mockapp_port: u16,
    /// The port of the board; another free one is taken when it is in use
    #[arg(long, default_value_t = 8501, value_name = "PORT")]
    pub(crate) dashboard_port: u16,
    /// End after the exercise; do not keep the debrief up
    #[arg(long)]
    pub(crate) exit: bool,
}

/// What can be said of a debrief on the command line.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DebriefFlags {
    /// The folder of an exercise that was broken off
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// Append the result to this file, which /ranking shows
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

/// The fastest that a checker can follow: its shortest interval is a tenth of a second.
const FASTEST: f64 = 100.0;
/// The longest name.
const LONGEST_NAME: usize = 60;

fn speed(text: &str) -> Result<f64, String> {
    let wrong = || format!("a number from 1 (real time) to {FASTEST}");
    let speed: f64 = text.parse().map_err(|_| wrong())?;
    (1.0..=FASTEST).contains(&speed).then_some(speed).ok_or_else(wrong)
}

fn name(text: &str) -> Result<String, String> {
    let name = text.trim();
    let good = !name.is_empty()
        && name.chars().count() <= LONGEST_NAME
        && !name.chars().any(char::is_control);
    good.then(|| name.to_owned())
        .ok_or_else(|| format!("a name of 1 to {LONGEST_NAME} characters on one line"))
}
