//! Recordings of shipped outages play as the outages did; what is secret stays where it was.

use std::{fs, path::PathBuf, sync::Arc};

use super::*;
use crate::{
    commands::{Case, play_one},
    played::Played,
    scenario,
    verdict::Verdict,
};

fn shipped(name: &str) -> Case {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(name);
    case(&path)
}

/// The first case of a file.
fn case(path: &Path) -> Case {
    let scenario = scenario::load(path).unwrap().remove(0);
    let checks = fs::read(&scenario.checks).unwrap();
    Case { scenario: Arc::new(scenario), checks: Arc::new(checks) }
}

/// The checker's own journal of a run.
fn journal_of(played: &Played) -> String {
    let lines = played.trace.iter().filter_map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let own = line["actor"] == "journal";
        own.then(|| format!("{}\n", line["fields"].as_str().unwrap()))
    });
    lines.collect()
}

/// Who was told what, in order; what came in the same ten seconds is one step of it.
fn alerts(played: &Played) -> Vec<Vec<String>> {
    let mut steps: Vec<(i64, Vec<String>)> = Vec::new();
    for receipt in played.receipts.iter().filter(|one| one.channel.starts_with("email:")) {
        let told = format!("{:?} {:?}", receipt.check, receipt.event);
        match steps.last_mut().filter(|(at, _)| receipt.at - at <= 10_000) {
            Some((_, step)) => step.push(told),
            None => steps.push((receipt.at, vec![told])),
        }
    }
    let sorted = |(_, mut step): (i64, Vec<String>)| {
        step.sort();
        step
    };
    steps.into_iter().map(sorted).collect()
}

/// Plays a shipped scenario, records it, and plays the recording.
fn again(name: &str, with_checks: bool) -> (Vec<Vec<String>>, Vec<Vec<String>>, Recorded) {
    let folder = tempfile::tempdir().unwrap();
    let original = shipped(name);
    let played = play_one(&original).0;
    let from = folder.path().join("results.jsonl");
    fs::write(&from, journal_of(&played)).unwrap();
    let wish = Wish {
        from: &from,
        checks: with_checks.then_some(original.scenario.checks.as_path()),
        window: "..",
        name: Some("again"),
    };
    let recorded = record(&wish).unwrap();
    fs::write(folder.path().join(&recorded.checks_file), &recorded.checks).unwrap();
    let path = folder.path().join("again.yaml");
    fs::write(&path, &recorded.scenario).unwrap();
    let (replayed, judged) = play_one(&case(&path));
    assert_eq!(
        judged.verdict,
        Verdict::Pass,
        "{name}: {:?}\n{}",
        judged.findings,
        recorded.scenario
    );
    (alerts(&played), alerts(&replayed), recorded)
}

/// Outages of every kind.
const OUTAGES: [&str; 16] = [
    "bad-release.yaml",
    "blackhole.yaml",
    "connection-refused.yaml",
    "connection-reset.yaml",
    "demo.yaml",
    "expired-token.yaml",
    "flapping.yaml",
    "gray-failure.yaml",
    "job-fails.yaml",
    "many-kills-in-one-outage.yaml",
    "restart-in-mid-outage.yaml",
    "reminders.yaml",
    "two-checks-one-cause.yaml",
    "wrong-body-with-200.yaml",
    "window-over-midnight.yaml",
    "exercises/a-bad-day-for-two-reasons.yaml",
];

#[test]
fn a_recording_of_an_outage_brings_the_same_alerts_in_the_same_order() {
    for (nth, name) in OUTAGES.iter().enumerate() {
        let (first, second, _) = again(name, nth % 3 == 1);
        assert!(!first.is_empty(), "{name} tells nobody");
        assert_eq!(first, second, "{name}");
    }
}

#[test]
fn checks_that_fail_of_one_cause_share_one_fault() {
    let (_, _, recorded) = again("connection-refused.yaml", false);
    assert!(recorded.scenario.contains("fault: net.refuse}"), "{}", recorded.scenario);
    assert_eq!(recorded.scenario.matches("  - {id: ").count(), 1, "{}", recorded.scenario);
}

/// A journal by hand: three looks at two foreign services, one of which fails and says too much.
fn foreign() -> String {
    let check = |at: &str, seq: u32, name: &str, status: &str, prev: &str, rest: &str| {
        format!(
            r#"{{"ts":"2026-03-02T09:{at}Z","seq":{seq},"event":"check","name":"{name}","type":"http","status":"{status}","prev":"{prev}","severity":"P2","latency_ms":40,"attempts":1,"details":{rest}}}"#
        ) + "\n"
    };
    let well = |value: u32| {
        format!(
            r#"{{"reason":"status 200 in 40 ms","code":200,"expectations":[{{"what":"status","expected":"2xx","actual":"200","ok":true}},{{"what":"$.queue.CANARY_MEMBER","expected":"< 100","actual":"{value}","ok":true}}]}}"#
        )
    };
    let bad = r#"{"reason":"$.queue.CANARY_MEMBER is 740, expected < 100","code":200,"expectations":[{"what":"$.queue.CANARY_MEMBER","expected":"< 100","actual":"740","ok":false}],"body":"{\"queue\":{\"CANARY_MEMBER\":740},\"token\":\"CANARY_TOKEN\"}"}"#;
    let plain = r#"{"reason":"status 200 in 40 ms","code":200}"#;
    let mut text = String::new();
    for (minute, status, prev) in [
        (0, "OK", "PENDING"),
        (1, "OK", "OK"),
        (2, "FAIL", "OK"),
        (3, "FAIL", "FAIL"),
        (4, "OK", "FAIL"),
        (5, "OK", "OK"),
    ] {
        let at = format!("{minute:02}:00.040");
        let details = if status == "FAIL" { bad.to_owned() } else { well(3) };
        text += &check(&at, 10 * minute + 1, "db01.canary.example", status, prev, &details);
        text += &check(&at, 10 * minute + 2, "shop", "OK", "OK", plain);
        let kind = match (status, prev) {
            ("FAIL", "OK") => "first_fail",
            ("OK", "FAIL") => "recovered",
            _ => continue,
        };
        text += &format!(
            r#"{{"ts":"2026-03-02T09:{at}Z","seq":{},"event":"notify","id":{minute},"name":"db01.canary.example","kind":"{kind}","severity":"P2","raised_at":"2026-03-02T09:{at}Z","subject":"CANARY_SUBJECT","body":"CANARY_BODY","channels":["email:canary@example.org"],"facts":{{"from":"OK","to":"FAIL","failures":1,"reason":"CANARY_REASON"}}}}"#,
            10 * minute + 3
        );
        text.push('\n');
    }
    text
}

const CONFIG: &str = r#"
global:
  notify:
    channels:
      - {type: slack, url: "{CANARY_HOOK}"}
checks:
  - name: db01.canary.example
    type: http
    url: "https://{CANARY_HOST}/v1/CANARY_PATH?key={CANARY_KEY}"
    headers: {Authorization: "Bearer CANARY_SECRET"}
    interval_s: 60
    severity: P2
    expect_jsonpath:
      - {path: "$.queue.CANARY_MEMBER", lt: 100}
  - name: shop
    type: http
    url: "{CANARY_BASE}/health"
    interval_s: 60
"#;

fn recorded(journal: &str, config: Option<&str>, window: &str) -> Result<Recorded, String> {
    let folder = tempfile::tempdir().unwrap();
    let (from, checks) = (folder.path().join("results.jsonl"), folder.path().join("checks.yaml"));
    fs::write(&from, journal).unwrap();
    fs::write(&checks, config.unwrap_or_default()).unwrap();
    let checks = config.map(|_| checks.as_path());
    record(&Wish { from: &from, checks, window, name: Some("again") })
}

#[test]
fn nothing_secret_of_the_real_world_gets_into_a_recording_and_it_plays() {
    for config in [None, Some(CONFIG)] {
        let recorded = recorded(&foreign(), config, "..").unwrap();
        for text in [&recorded.scenario, &recorded.checks] {
            let lower = text.to_ascii_lowercase();
            assert!(!lower.contains("canary"), "{text}");
            assert!(!lower.contains("https:"), "{text}");
        }
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(&recorded.checks_file), &recorded.checks).unwrap();
        let path = folder.path().join("again.yaml");
        fs::write(&path, &recorded.scenario).unwrap();
        let (played, judged) = play_one(&case(&path));
        assert_eq!(judged.verdict, Verdict::Pass, "{:?}\n{}", judged.findings, recorded.scenario);
        let told = [["Some(\"check-1\") Some(FirstFail)"], ["Some(\"check-1\") Some(Recovered)"]];
        assert_eq!(alerts(&played), told);
        assert!(
            recorded.scenario.contains("740"),
            "the figure that was seen: {}",
            recorded.scenario
        );
    }
}

#[test]
fn lines_that_do_not_parse_are_counted_and_named() {
    let text = format!("{{\"ts\": torn\n{}half a li", foreign());
    let recorded = recorded(&text, None, "..").unwrap();
    let note = recorded.notes.iter().find(|note| note.contains("do not parse")).unwrap();
    assert!(note.starts_with("2 of 16 lines"), "{note}");
    assert!(note.contains("results.jsonl:1: "), "{note}");
}

#[test]
fn an_empty_window_is_refused_with_the_troubles_that_there_are() {
    let error = recorded(&foreign(), None, "09:04:30..end").unwrap_err();
    assert!(error.contains("nothing went wrong in it; the journal has these troubles:"), "{error}");
    assert!(
        error.contains("--window 2026-03-02T09:02:00.040Z..2026-03-02T09:03:00.040Z"),
        "{error}"
    );
    for (text, expected) in [("", "the journal is empty"), ("hello\n", "this is no journal")] {
        let error = recorded(text, None, "..").unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_configuration_of_other_checks_is_refused_and_one_with_mistakes_is_told_as_ever() {
    let other = "checks: [{name: other, type: http, url: 'http://x.example/'}]";
    let error = recorded(&foreign(), Some(other), "..").unwrap_err();
    assert!(error.contains("none of the checks that were in trouble"), "{error}");
    let error = recorded(&foreign(), Some("checks: [{name: a, type: htp}]"), "..").unwrap_err();
    assert!(error.contains("checks.yaml:1:"), "{error}");
}

#[test]
fn a_window_is_made_as_wide_as_the_trouble_in_it() {
    let whole = recorded(&foreign(), None, "..").unwrap();
    let cut = recorded(&foreign(), None, "09:03..09:03:30").unwrap();
    assert_eq!(cut.summary, whole.summary);
}
