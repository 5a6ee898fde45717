//! A report that every CI server reads: JUnit XML, one suite per scenario file, one test per case.

use super::{
    terminal,
    words::{cut, escaped},
};
use crate::verdict::{Told, Verdict};

/// The whole document. Cases of one file stand together, in the order in which files came up.
pub(crate) fn junit(told: &[Told]) -> String {
    let mut files: Vec<&str> = Vec::new();
    for told in told {
        let file = told.scenario.source.file.as_str();
        if !files.contains(&file) {
            files.push(file);
        }
    }
    let suites: String = files.iter().map(|file| suite(file, told)).collect();
    let head = r#"<?xml version="1.0" encoding="UTF-8"?>"#;
    format!(
        "{head}\n<testsuites name=\"firedrill\"{}>\n{suites}</testsuites>\n",
        counts(&told.iter())
    )
}

fn suite(file: &str, told: &[Told]) -> String {
    let mine = told.iter().filter(|told| told.scenario.source.file == file);
    let cases: String = mine.clone().map(case).collect();
    format!("  <testsuite name=\"{}\"{}>\n{cases}  </testsuite>\n", escaped(file), counts(&mine))
}

fn counts<'a>(told: &(impl Iterator<Item = &'a Told> + Clone)) -> String {
    let seconds: f64 = told.clone().map(|told| told.took.as_secs_f64()).sum();
    let count = |verdict| told.clone().filter(|told| told.judged.verdict == verdict).count();
    format!(
        r#" tests="{}" failures="{}" errors="0" skipped="{}" time="{seconds:.3}""#,
        told.clone().count(),
        count(Verdict::Fail),
        count(Verdict::Inconclusive)
    )
}

fn case(told: &Told) -> String {
    let scenario = &told.scenario;
    let attributes = format!(
        r#"name="{}" classname="{}" file="{}" time="{:.3}""#,
        escaped(&scenario.title()),
        escaped(&scenario.name),
        escaped(&scenario.source.file),
        told.took.as_secs_f64()
    );
    match told.judged.verdict {
        Verdict::Pass => format!("    <testcase {attributes}/>\n"),
        Verdict::Fail => format!("    <testcase {attributes}>\n{}    </testcase>\n", failure(told)),
        Verdict::Inconclusive => {
            let message = escaped(&first(told));
            let text = escaped(&terminal::failure(told, false));
            format!(
                "    <testcase {attributes}>\n      <skipped message=\"{message}\">{text}</skipped>\n    </testcase>\n"
            )
        }
    }
}

fn failure(told: &Told) -> String {
    let kind = told.judged.findings.first().map_or("failure", |finding| finding.rule.as_str());
    let (message, kind) = (escaped(&first(told)), escaped(kind));
    let text = escaped(&terminal::failure(told, false));
    format!("      <failure message=\"{message}\" type=\"{kind}\">{text}</failure>\n")
}

/// What is wrong, in one line.
fn first(told: &Told) -> String {
    let findings = &told.judged.findings;
    let Some(first) = findings.first() else { return told.judged.verdict.word().to_owned() };
    let message = cut(&first.message, 300);
    let more = findings.len() - 1;
    if more > 0 { format!("{message} (and {more} more)") } else { message }
}
