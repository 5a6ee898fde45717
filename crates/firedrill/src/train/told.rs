//! What is told at the terminal before an exercise and after it. Owns no times and no points.

use std::path::Path;

use super::{
    files::Head,
    ground::Ground,
    record::{Record, Score},
    words,
};
use crate::{live::Running, scenario::Ms};

/// What is told before it begins.
pub(super) fn welcome(ground: &Ground, head: &Head, running: &Running<'_>, pages: &str) -> String {
    let mut lines = vec![format!("Firedrill: you are on duty, {}.", head.team)];
    lines.extend(ground.notes.iter().map(|note| format!("  note          {note}")));
    let speed = match head.speed {
        ..=1.0 => "real time".to_owned(),
        speed => format!("{speed} times as fast as real time"),
    };
    let drawn = if ground.seed == 0 { String::new() } else { format!("seed {}, ", ground.seed) };
    lines.extend([
        format!("  on duty       {pages}duty   <- open this one"),
        format!("  status board  {}", running.board()),
        format!("  operations    {}/", running.panel()),
        format!("  folder        {}", ground.live.folder.display()),
        format!("  {drawn}level {}, {speed}, at most {}", head.level, minutes(ground.plan.limit())),
        String::new(),
        ground.plan.exercise.story.clone(),
        String::new(),
        "Mail arrives here and on the page. Commands work here too; `help` lists them.".to_owned(),
        String::new(),
    ]);
    lines.join("\n")
}

fn minutes(limit: Ms) -> String {
    format!("{} min of its own time", limit / 60_000)
}

/// What is told after it.
pub(super) fn score(record: &Record, folder: &Path) -> String {
    let mut lines = vec![
        String::new(),
        format!("{}: {}", record.title, words::ending(&record.ending)),
        format!("  what was wrong: {}", words::wrong(record)),
        String::new(),
        format!("  {} of 100 points", record.score.points),
    ];
    lines.extend(
        record
            .score
            .parts
            .iter()
            .map(|part| format!("  {:>9}  {:<16} {}", words::points(part), part.name, part.why)),
    );
    lines.push(String::new());
    lines.push(format!(
        "  {:<22} {:>10} {:>12} {:>14}",
        "", "you", "nobody there", "remedies alone"
    ));
    lines.extend(figures(record));
    lines.push(String::new());
    let name = |name: &str| folder.join(name).display().to_string();
    lines.push(format!("  debrief      {}", name("debrief.html")));
    lines.push(format!("  post-mortem  {}", name("postmortem.md")));
    lines.join("\n")
}

/// The same figures of the team, of nobody and of the remedies, a line each.
fn figures(record: &Record) -> Vec<String> {
    type Figure = (&'static str, fn(&Score) -> String);
    let figures: [Figure; 6] = [
        ("detected after", |score| words::length_or_never(score.detect)),
        ("acknowledged after", |score| words::length_or_never(score.acknowledge)),
        ("diagnosed after", |score| words::length_or_never(score.diagnose)),
        ("mitigated after", |score| words::length_or_never(score.mitigate)),
        ("minutes of pain", |score| words::minutes(score.pain_minutes)),
        ("failed requests", |score| format!("{} of {}", score.failed, score.requests)),
    ];
    let line = |(name, of): &Figure| {
        let (you, nobody, remedies) = (of(&record.score), of(&record.nobody), of(&record.remedies));
        format!("  {name:<22} {you:>10} {nobody:>12} {remedies:>14}")
    };
    figures.iter().map(line).collect()
}
