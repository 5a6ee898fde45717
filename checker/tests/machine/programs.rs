//! Programs of the user's own, run for real.

use crate::{booted::script, watch::Watch};

#[test]
fn plugins_and_plain_programs_are_judged_by_what_they_do() {
    let watch = Watch::new("checks: []\n");
    let plugin = script(
        &watch.path("plugin"),
        "#!/bin/sh\necho \"WARNING - load $1 | load=$1;4;9\"\nexit 1\n",
    );
    let plugin = plugin.display();
    let watch = Watch::new(&format!(
        "checks:
  - {{name: plugin, type: command, argv: [{plugin}, '5'], nagios: true}}
  - {{name: plain, type: command, argv: [printf, 'queue: %s\\n', '3'], expect_output: '^queue: [0-9]$'}}
  - {{name: no-shell, type: command, argv: [echo, '$HOME; reboot']}}
  - {{name: slow, type: command, argv: [sleep, '60'], timeout_s: 0.3}}
  - {{name: missing, type: command, argv: [/no/such/program]}}
  - {{name: wrong, type: command, argv: ['false']}}
"
    ));
    let (code, mut lines) = watch.once(&[]);
    lines.retain(|line| line.starts_with('[') && !line.contains("][FIRST_FAIL]"));
    lines.sort();
    assert_eq!(
        lines,
        [
            "[FAIL] slow sleep did not end within 300 ms and was killed",
            "[FAIL] wrong exit code 1, expected 0",
            "[OK] no-shell $HOME; reboot",
            "[OK] plain queue: 3",
            "[UNKNOWN] missing /no/such/program: no such program",
            "[WARN] plugin WARNING - load 5",
        ]
    );
    assert_eq!(code, 2);
}
