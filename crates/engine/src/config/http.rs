//! The keys of an `http` check.

use std::time::Duration;

use crate::config::{
    section::Section,
    table::Need,
    types::{HttpRequest, HttpSpec, JsonRule, Predicate},
};

/// From which latency on a check warns and fails.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limits {
    pub(super) warn: Option<Duration>,
    pub(super) crit: Option<Duration>,
}

impl Limits {
    /// Reads both; null switches one off, an absent one is inherited.
    pub(super) fn read(section: &Section<'_>, warn: &str, crit: &str, inherited: Self) -> Self {
        let own = (section.millis(warn), section.millis(crit));
        let limits =
            Self { warn: own.0.unwrap_or(inherited.warn), crit: own.1.unwrap_or(inherited.crit) };
        if let (Some(low), Some(high)) = (limits.warn, limits.crit)
            && low > high
            && let Some(node) = section.find(warn).or_else(|| section.find(crit))
        {
            let (low, high) = (low.as_millis(), high.as_millis());
            let message = format!("`{warn}` ({low}) must not be above `{crit}` ({high})");
            section.context.report(node.problem(message));
        }
        limits
    }
}

/// Reads the keys. What is wrong has been reported.
pub(super) fn read(section: &Section<'_>, inherited: Limits) -> Option<HttpSpec> {
    let expect_status = section.int("expect_status").and_then(|code| u16::try_from(code).ok());
    let request = request(section, expect_status);
    let rules = section.sections("expect_jsonpath");
    let expect_jsonpath: Vec<_> = rules.iter().filter_map(rule).collect();
    let limits = Limits::read(section, "warn_ms", "crit_ms", inherited);
    let days = section.int("cert_warn_days");
    let request = request?;
    if request.method == "HEAD" && !rules.is_empty() {
        let problem = rules[0].problem("an answer to HEAD has no body to look into");
        section.context.report(problem.help("remove `method: HEAD` or `expect_jsonpath`"));
    }
    Some(HttpSpec {
        request,
        expect_status,
        expect_jsonpath,
        warn: limits.warn,
        crit: limits.crit,
        cert_warn: days.map(|days| Duration::from_secs(days * 86_400)),
    })
}

fn request(section: &Section<'_>, expect_status: Option<u16>) -> Option<HttpRequest> {
    let url = section.url("url");
    let method = section.word("method").unwrap_or("GET").to_owned();
    let mut headers = section.headers("headers");
    let body = section.body("body");
    let typed = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if matches!(body, Some((_, true))) && !typed {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    // Whoever expects a redirect wants to see it.
    let wants_redirect = expect_status.is_some_and(|code| (300..400).contains(&code));
    Some(HttpRequest {
        method,
        headers,
        body: body.map(|(text, _)| text),
        follow_redirects: section.bool("follow_redirects").unwrap_or(!wants_redirect),
        keep_alive: section.bool("keep_alive").unwrap_or(false),
        url: url?,
    })
}

fn rule(section: &Section<'_>) -> Option<JsonRule> {
    let query = section.json_path("path");
    let number = |key, build: fn(f64) -> Predicate| section.number(key).map(build);
    let exists = section.bool("exists");
    let found = [
        exists.map(Predicate::Exists),
        section.json("equals").map(Predicate::Equals),
        section.json("ne").map(Predicate::Ne),
        number("lt", Predicate::Lt),
        number("lte", Predicate::Lte),
        number("gt", Predicate::Gt),
        number("gte", Predicate::Gte),
    ];
    let predicates: Vec<_> = found.into_iter().flatten().collect();
    let written = predicate_keys(section);
    if exists == Some(false) && written > 1 {
        let problem = section.problem("`exists: false` leaves nothing to compare");
        section.context.report(problem.help("remove `exists` or the other predicates"));
    }
    query.map(|query| JsonRule { query, predicates })
}

/// How many predicates were written, the wrong ones included.
fn predicate_keys(section: &Section<'_>) -> usize {
    section.keys().filter(|key| matches!(key.need, Need::OneOf) && section.has(key.name)).count()
}
