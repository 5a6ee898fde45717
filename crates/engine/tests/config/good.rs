//! Files that load, and the values that they give.

use crate::support::{data, load};

#[test]
fn the_example_of_the_manual_loads_with_four_checks_and_no_warning() {
    let parsed = load(&data("seed.yaml")).expect("loads");
    assert_eq!(parsed.config.checks.len(), 4);
    assert_eq!(parsed.warnings, []);
    println!("{:#?}", parsed.config);
}

#[test]
fn xx() {
    let parsed = engine::config::parse(engine::config::Source{file:"checks.yaml", text:&data("seed.yaml")}, &|_|None).unwrap_err();
    println!("{parsed}");
    for text in ["a: [b", "a:\n\t- b", "a: 1\n---\nb: 2", "", "# x\n", "- a", "a: b: c", "checks: &a [*a]", "checks: *q", "x: !foo 1\n1: 2\nchecks: []", "\u{0}", "a: \u{1}", &"[".repeat(1000), "a: 1\na: 2\nchekcs: []\n\"checks\": []", "checks:\n- name: x\n  type: http\n  url: &u ftp://x/\n  timeout_s: 40s\n  retries: '3'\n  on_fail: {actions: [{type: http_post, url: *u}, {type: restart, unit: \"-x\"}]}",
    "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e]\ng: [*e,*e,*e,*e,*e,*e,*e]"] {
        println!("---- {text:.200}");
        match load(text) { Ok(_) => println!("OK"), Err(e) => println!("{e}") }
    }
}
