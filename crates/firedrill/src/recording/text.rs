//! A plan as text: the scenario, and the configuration that it tests. Pure. Everything that came
//! from the outside is written as JSON, which is YAML without surprises.

use std::fmt::Write as _;

use engine::time::millis;
use serde_json::Value;

use super::{
    card::{Card, Deadlines, Wants},
    plan::{Alert, Fault, Plan, Step},
    seat::Seat,
};
use crate::scenario::Ms;

/// A length as a scenario spells it: `2m40s`, `1h`, `250ms`.
pub(super) fn length(ms: Ms) -> String {
    let mut rest = ms.max(0);
    let mut text = String::new();
    for (unit, size) in [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)] {
        if rest >= size {
            let _ = write!(text, "{}{unit}", rest / size);
            rest %= size;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// The scenario, which tests the configuration of this file name.
pub(super) fn scenario(plan: &Plan, name: &str, checks: &str, when: &str) -> String {
    let mut text = format!(
        "# Recorded from the journal of a checker, {when}. Routes of the mock app stand in for all\n\
         # addresses; what was not seen is not known, so every edge lies between two looks.\n"
    );
    for note in &plan.notes {
        let _ = writeln!(text, "# Not as it was: {}.", one_line(note));
    }
    let _ = writeln!(
        text,
        "scenario: {name}\nabout: {}\nchecks: {checks}\nstart: {}\nflags: [--no-actions]\ntimeline:",
        Value::from(about(plan)),
        plan.start
    );
    text.push_str(&timeline(plan));
    text.push_str(&expect(plan));
    text.push_str(&live(plan));
    text.push_str(&exercise(plan));
    text
}

fn about(plan: &Plan) -> String {
    let what = &plan.about;
    let shown = what.iter().take(4).cloned().collect::<Vec<_>>().join("; ");
    match what.len() {
        0..=4 => format!("{shown}."),
        more => format!("{shown}; and {} more.", more - 4),
    }
}

fn timeline(plan: &Plan) -> String {
    let mut lines: Vec<(Ms, String)> = plan.faults.iter().map(fault).collect();
    let step = |Step { at, text }: &Step| (*at, format!("  - {{at: {}, {text}}}\n", length(*at)));
    lines.extend(plan.steps.iter().map(step));
    lines.sort_by_key(|(at, _)| *at);
    lines.into_iter().map(|(_, line)| line).collect()
}

fn fault(fault: &Fault) -> (Ms, String) {
    let mut line = format!(
        "  # {}\n  - {{id: {}, at: {}, for: {}, fault: {}",
        one_line(&fault.says),
        fault.id,
        length(fault.from),
        length((fault.to - fault.from).max(1)),
        fault.kind
    );
    if let Some(on) = &fault.on {
        let _ = write!(line, ", on: {}", Value::from(on.as_str()));
    }
    if let Some((header, value)) = &fault.when {
        let _ = write!(line, ", when: {{header: {{{header}: {value}}}}}");
    }
    for (key, value) in &fault.params {
        let _ = write!(line, ", {key}: {value}");
    }
    line.push_str("}\n");
    (fault.from, line)
}

fn expect(plan: &Plan) -> String {
    let mut text = "expect:\n".to_owned();
    match plan.alerts.is_empty() {
        true => text.push_str("  alerts: none\n"),
        false => text.push_str("  alerts:\n"),
    }
    plan.alerts.iter().for_each(|one| text.push_str(&alert(one)));
    let ids = plan.faults.iter().filter(|fault| fault.must_strike);
    let ids: Vec<_> = ids.map(|fault| format!("{}.injected", fault.id)).collect();
    if !ids.is_empty() {
        let _ = writeln!(text, "sometimes: [{}]", ids.join(", "));
    }
    text
}

fn alert(alert: &Alert) -> String {
    let second = |ms: Ms| ms.div_euclid(1_000) * 1_000;
    let from = second((alert.at - alert.slack).max(0));
    let to = second(alert.at + alert.slack + 999);
    format!(
        "    - {{check: {}, event: {}, between: [{}, {}]}}\n",
        Value::from(alert.check.as_str()),
        alert.event,
        length(from),
        length(to)
    )
}

/// A deadline of whole minutes can be divided by some numbers only.
fn live(plan: &Plan) -> String {
    let minutes = plan.checks.iter().find_map(|(card, _)| match &card.wants {
        Wants::Job(deadlines) => deadlines.minutes,
        Wants::Answer { .. } | Wants::Else => None,
    });
    let Some(minutes) = minutes else { return String::new() };
    let scale = [20, 15, 12, 10, 8, 6, 5, 4, 3, 2, 1].into_iter().find(|by| minutes % by == 0);
    format!("live: {{scale: {}}}\n", scale.unwrap_or(1))
}

fn exercise(plan: &Plan) -> String {
    let mut answers: Vec<String> = Vec::new();
    for fault in &plan.faults {
        let info = mockapp::catalogue().into_iter().find(|info| info.name == fault.kind);
        let component = info.map_or("api", |info| info.component);
        let answer = format!("    - {{component: {component}, fault: {}}}\n", fault.kind);
        if !answers.contains(&answer) {
            answers.push(answer);
        }
    }
    let answer = match answers.is_empty() {
        true => "  answer: nothing\n".to_owned(),
        false => format!("  answer:\n{}", answers.concat()),
    };
    format!(
        "exercise:\n  title: \"TODO: what people will call it\"\n  level: {}\n  story: \"TODO: what \
         the team is told before it begins; give nothing away\"\n  hints: []\n  # A first guess: what you \
         know of the real cause is better.\n{answer}",
        answers.len().clamp(1, 3)
    )
}

/// The configuration: the same checks with the same patience, on the routes that stand in.
pub(super) fn checks(plan: &Plan) -> String {
    let mut text =
        "# The checks of a recording: their patience is real, their addresses are not.\n\
                    global:\n  retries: 0\nchecks:\n"
            .to_owned();
    for (card, seat) in &plan.checks {
        let type_word = if card.is_answer() { "http" } else { "job" };
        let comment = match (&card.wants, seat.is_own) {
            (Wants::Else, _) => format!("  # stands in for a check of type {}\n", card.type_word),
            (_, false) => {
                "  # another route, and rules for its answer, stand in for the real ones\n"
                    .to_owned()
            }
            (_, true) => String::new(),
        };
        let _ = write!(
            text,
            "{comment}  - name: {}\n    type: {type_word}\n    severity: {}\n",
            Value::from(card.called.as_str()),
            card.severity.word()
        );
        text.push_str(&patience(card));
        match &card.wants {
            Wants::Job(deadlines) => text.push_str(&job(deadlines, card)),
            Wants::Answer { warn, crit, .. } => text.push_str(&answer(seat, (*warn, *crit))),
            Wants::Else => text.push_str(&answer(seat, (None, None))),
        }
    }
    text
}

fn patience(card: &Card) -> String {
    let due = match &card.cron {
        Some(cron) => format!("    cron: {}\n", Value::from(cron.as_str())),
        None => format!("    interval_s: {}\n", seconds(card.interval)),
    };
    let zone = card.zone.as_ref().filter(|_| {
        card.cron.is_some()
            || matches!(&card.wants, Wants::Job(deadlines) if deadlines.by.is_some())
    });
    let zone = zone.map(|zone| format!("    timezone: {zone}\n")).unwrap_or_default();
    let kinds: Vec<_> = card.notify_on.iter().map(ToString::to_string).collect();
    format!(
        "{due}{zone}    timeout_s: {}\n    retries: {}\n    retry_backoff_s: {}\n    notify_on: [{}]\n    \
         reminder_every_s: {}\n",
        seconds(card.timeout),
        card.retries,
        seconds(card.backoff),
        kinds.join(", "),
        seconds(card.reminder_every)
    )
}

fn seconds(ms: Ms) -> String {
    let seconds = std::time::Duration::from_millis(u64::try_from(ms).unwrap_or(0));
    match millis(seconds) % 1_000 {
        0 => seconds.as_secs().to_string(),
        _ => seconds.as_secs_f64().to_string(),
    }
}

fn job(deadlines: &Deadlines, _card: &Card) -> String {
    let mut text = "    status_url: \"{MOCKAPP_BASE}/jobs/{job_id}/status\"\n".to_owned();
    if let Some(minutes) = deadlines.minutes {
        let _ = writeln!(text, "    minutes_after_start: {minutes}");
    }
    if let Some((by, from)) = &deadlines.by {
        let _ = writeln!(text, "    success_by: \"{by}\"\n    window_start: \"{from}\"");
    }
    if deadlines.none_is_well {
        text.push_str("    when_no_job: ok\n");
    }
    text
}

fn answer(seat: &Seat, (warn, crit): (Option<Ms>, Option<Ms>)) -> String {
    let mut text = format!("    url: \"{{MOCKAPP_BASE}}{}\"\n", seat.route);
    if seat.method != "GET" {
        let _ = writeln!(text, "    method: {}", seat.method);
    }
    let marks = seat.marks.iter().map(|mark| match mark.starts_with("cause-") {
        true => format!("x-{mark}: \"yes\""),
        false => format!("x-check: {mark}"),
    });
    let marks: Vec<_> = marks.collect();
    if !marks.is_empty() {
        let _ = writeln!(text, "    headers: {{{}}}", marks.join(", "));
    }
    for (key, limit) in [("warn_ms", warn), ("crit_ms", crit)] {
        if let Some(limit) = limit {
            let _ = writeln!(text, "    {key}: {limit}");
        }
    }
    if !seat.rules.is_empty() {
        text.push_str("    expect_jsonpath:\n");
    }
    for rule in &seat.rules {
        let (key, value) = rule.key();
        let _ =
            writeln!(text, "      - {{path: {}, {key}: {value}}}", Value::from(rule.path.as_str()));
    }
    text
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
