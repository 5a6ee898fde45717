//! Lengths of time in the words of a notice: what lasted so long in real time lasted longer in the
//! scenario. Only where a notice says how long something lasted; what it measured stays as it is.

use std::time::Duration;

use engine::time::humane;
use regex::{Captures, Regex};

use super::scale::Scale;

/// `is back after 1 min 17 s`, `is still failing, for 17 s now`, `LATE by 2 min`.
const LASTED: &str =
    r"(back after|failing, for|LATE by) (\d+ (?:ms|s|min|h|d)(?: \d+ (?:ms|s|min|h))*)";

/// A text with such lengths in the scenario's time.
pub(super) fn told(text: &str, scale: Scale) -> String {
    let longer = |found: &Captures<'_>| {
        let lasted = length(&found[2]).mul_f64(scale.0);
        format!("{} {}", &found[1], humane(lasted))
    };
    let found = Regex::new(LASTED).map(|pattern| pattern.replace_all(text, longer).into_owned());
    found.unwrap_or_else(|_| text.to_owned())
}

/// `1 min 17 s` as a length.
fn length(words: &str) -> Duration {
    let words: Vec<&str> = words.split(' ').collect();
    let part = |pair: &[&str]| {
        let (number, unit) = (pair.first()?.parse::<u64>().ok()?, *pair.get(1)?);
        let ms = match unit {
            "ms" => 1,
            "s" => 1_000,
            "min" => 60_000,
            "h" => 3_600_000,
            _ => 86_400_000,
        };
        Some(Duration::from_millis(number.saturating_mul(ms)))
    };
    words.chunks(2).filter_map(part).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lasted_is_told_in_the_scenarios_time_and_nothing_else() {
        let cases = [
            ("api is back after 17 s.", "api is back after 5 min 40 s."),
            ("api is back after 900 ms.", "api is back after 18 s."),
            ("api is still failing, for 1 min 3 s now.", "api is still failing, for 21 min now."),
            ("no answer within 250 ms", "no answer within 250 ms"),
            ("Latency: 12 ms", "Latency: 12 ms"),
        ];
        for (text, expected) in cases {
            assert_eq!(told(text, Scale(20.0)), expected);
        }
        assert_eq!(told("api is back after 17 s.", Scale(1.0)), "api is back after 17 s.");
    }
}
