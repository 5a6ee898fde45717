//! What a command line asks of the modelled machine: `systemctl`, `journalctl`, both perhaps through
//! `sudo -n`, or a program of the user's own.

use std::time::Duration;

/// A command line, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call<'a> {
    /// Whether it goes through sudo.
    pub(super) sudo: bool,
    /// The program behind that, by the name without its folder.
    pub(super) program: &'a str,
    pub(super) wants: Wants<'a>,
}

/// What is wanted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wants<'a> {
    /// `systemctl is-active UNIT`.
    State(&'a str),
    /// `systemctl restart UNIT`.
    Restart(&'a str),
    /// `journalctl -u UNIT --since "N minutes ago"`.
    Journal(&'a str, Duration),
    /// Another program, with its arguments.
    Run(&'a [String]),
}

impl<'a> Call<'a> {
    /// Takes a command line apart; none when it is empty.
    pub(super) fn of(argv: &'a [String]) -> Option<Self> {
        let sudo = argv.first().is_some_and(|first| base(first) == "sudo");
        let flags = |word: &&String| word.starts_with('-');
        let skipped = if sudo { 1 + argv[1..].iter().take_while(flags).count() } else { 0 };
        let rest = &argv[skipped..];
        let program = base(rest.first()?);
        let words: Vec<_> = rest[1..].iter().map(String::as_str).collect();
        let wants = match (program, words.as_slice()) {
            ("systemctl", ["is-active", unit]) => Wants::State(unit),
            ("systemctl", ["restart", unit]) => Wants::Restart(unit),
            ("journalctl", ["-u", unit, "--since", since, ..]) => {
                Wants::Journal(unit, minutes(since))
            }
            _ => Wants::Run(rest),
        };
        Some(Self { sudo, program, wants })
    }
}

fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

fn minutes(since: &str) -> Duration {
    let minutes = since.split(' ').next().and_then(|number| number.parse::<u64>().ok());
    Duration::from_secs(minutes.unwrap_or(0) * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(|word| word.replace('_', " ")).collect()
    }

    #[test]
    fn what_a_command_line_asks_is_known_with_and_without_sudo() {
        let restart = words("sudo -n /usr/bin/systemctl restart nginx");
        let call = Call::of(&restart).unwrap();
        assert_eq!((call.sudo, call.program), (true, "systemctl"));
        assert_eq!(call.wants, Wants::Restart("nginx"));
        let journal = words("journalctl -u gateway --since 60_minutes_ago --no-pager --reverse");
        let wants = Call::of(&journal).unwrap().wants;
        assert_eq!(wants, Wants::Journal("gateway", Duration::from_secs(3_600)));
        let own = words("/opt/check_disk -w 10%");
        assert_eq!(Call::of(&own).unwrap().wants, Wants::Run(&own));
        assert!(Call::of(&words("sudo -n")).is_none() && Call::of(&[]).is_none());
    }
}
