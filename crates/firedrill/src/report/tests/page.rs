//! The page for people: nothing breaks out, nothing is loaded, and it stays small.

use super::{HOSTILE, all, hostile, inconclusive, mismatch, missing, passed};
use crate::{report::html::html, verdict::Told};

const MOST: usize = 200_000;

/// So many of these, with names of their own.
fn many(count: usize, case: impl Fn(usize) -> Told) -> Vec<Told> {
    let named = |n: usize| {
        let mut told = case(n);
        told.scenario.params.push(("n".to_owned(), n.to_string()));
        told
    };
    (0..count).map(named).collect()
}

#[test]
fn hostile_names_are_text() {
    let page = html(&[hostile()]);
    assert!(!page.contains("<script"), "markup got through");
    assert!(page.contains("&lt;script&gt;alert(&quot;x&quot;)"), "it is shown as it is");
    assert!(!page.contains(|c: char| c.is_control() && c != '\n'), "a control character");
    assert!(!page.contains(HOSTILE));
}

#[test]
fn every_tag_is_closed_in_turn() {
    let page = html(&all());
    let void = ["meta", "path", "rect", "circle"];
    let tag = regex::Regex::new(r"<(/?)([a-z][a-z0-9]*)[^>]*?(/?)>").unwrap();
    let mut open: Vec<String> = Vec::new();
    for parts in tag.captures_iter(&page) {
        let name = parts[2].to_owned();
        if &parts[1] == "/" {
            assert_eq!(open.pop(), Some(name), "after {:?}", open);
        } else if parts[3].is_empty() && name != "meta" {
            open.push(name);
        } else {
            assert!(void.contains(&name.as_str()), "{name}");
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn nothing_is_loaded_and_nothing_runs() {
    let page = html(&all());
    for word in ["<script", "<link", "<img", "<iframe", "@import", " src=", "url(http", "onload"] {
        assert!(!page.contains(word), "{word}");
    }
    let links = regex::Regex::new(r#"href="([^"]*)""#).unwrap();
    let targets: Vec<&str> =
        links.captures_iter(&page).map(|link| link.get(1).unwrap().as_str()).collect();
    assert_eq!(targets.len(), 6);
    for target in targets {
        let id = format!("id=\"{}\"", target.strip_prefix('#').unwrap());
        assert_eq!(page.matches(&id).count(), 1, "{target}");
    }
}

#[test]
fn the_page_is_fit_for_everybody() {
    let page = html(&all());
    for part in [
        "<html lang=\"en\">",
        "<title>firedrill: 1 passed, 4 failed, 1 inconclusive</title>",
        "name=\"viewport\"",
        "role=\"img\" aria-label=\"Timeline of missing [code=503 seed=7], from 0s to 8m\"",
        "prefers-color-scheme:dark",
        "@media print",
        "<title>outage (http.status on GET /api/ping) 2m to 6m, met 11 times, struck 11 times</title>",
        "<mark>{check: api, event: first_fail, after: outage.start, within: bound}</mark>",
        "<dt>expected</dt><dd>one first_fail for api between 2m and 2m41s</dd>",
        ">FAIL</text>",
        "<details><summary><span class=\"v PASS\">",
    ] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn a_hundred_cases_fit_in_two_hundred_kilobytes() {
    let page = html(&many(100, |n| if n % 10 == 0 { missing() } else { passed() }));
    assert!(page.len() <= MOST, "{} bytes", page.len());
    let told = page.matches("<details>").count() + page.matches("<article").count();
    assert_eq!(told, 100, "every case is told");
}

#[test]
fn however_much_went_wrong_the_page_stays_small() {
    let noisy = |n: usize| {
        let mut told = [missing(), mismatch(), inconclusive(), hostile()][n % 4].clone();
        told.judged.findings = vec![told.judged.findings[0].clone(); 40];
        told.judged.findings[0].message = "<".repeat(9_000);
        told.played.receipts =
            vec![told.played.receipts.first().cloned(); 500].into_iter().flatten().collect();
        for (n, receipt) in (0..).zip(&mut told.played.receipts) {
            (receipt.at, receipt.key) = (n * 700, n.to_string());
        }
        told
    };
    for count in [100, 400] {
        let page = html(&many(count, noisy));
        assert!(page.len() <= MOST, "{count}: {} bytes", page.len());
        assert!(page.contains("To keep this page small"));
        assert!(page.contains(&format!("</span> {}", count / 4 * 3)), "the counts are of all");
    }
}
