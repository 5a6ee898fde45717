//! What the environment and `.env` may say, and what is said of it when it is wrong.

use checker::settings::{Dotenv, Settings, SettingsError, SmtpTls};

fn load(env: &[(&str, &str)], text: &str) -> Result<Settings, SettingsError> {
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::load(env, Some(Dotenv { file: ".env", text }))
}

fn problem(env: &[(&str, &str)], text: &str) -> String {
    load(env, text).expect_err("must be refused").to_string()
}

#[test]
fn the_process_environment_wins_over_the_file_and_the_file_over_the_default() {
    let cases = [
        (vec![], "", "state.json"),
        (vec![], "STATE_PATH=file.json", "file.json"),
        (vec![("STATE_PATH", "env.json")], "STATE_PATH=file.json", "env.json"),
        (vec![("STATE_PATH", "")], "STATE_PATH=file.json", "file.json"),
        (vec![("STATE_PATH", "  ")], "STATE_PATH=", "state.json"),
        (vec![], "STATE_PATH=one.json\nSTATE_PATH=two.json", "two.json"),
    ];
    for (env, text, expected) in cases {
        let settings = load(&env, text).unwrap();
        assert_eq!(settings.state_path.to_str(), Some(expected), "{env:?} {text:?}");
    }
}

#[test]
fn the_place_of_the_status_file_comes_from_its_variable_only() {
    let named = |env: &[(&str, &str)]| load(env, "").unwrap().status_file;
    assert_eq!(named(&[]), None);
    assert_eq!(named(&[("CHATSTACK_STATUS_FILE", "/s.json")]), Some("/s.json".into()));
}

#[test]
fn a_variable_that_is_set_but_empty_is_unset_for_the_configuration_too() {
    let settings = load(&[("A", ""), ("B", "two")], "A=one\nC=\n").unwrap();
    let seen = ["A", "B", "C", "D"].map(|name| settings.var(name));
    assert_eq!(seen, [Some("one".to_owned()), Some("two".to_owned()), None, None]);
}

#[test]
fn values_are_read_as_dotenv_files_are_written() {
    let text = "\u{feff}# comment\r\nexport A=one\r\nB='two # words'\r\n\r\nC=\"three ${A}\" # note\r\nD=x#y\r\nE=5 ";
    let settings = load(&[], text).unwrap();
    let seen = ["A", "B", "C", "D", "E"].map(|name| settings.var(name).unwrap());
    assert_eq!(seen, ["one", "two # words", "three one", "x#y", "5"]);
}

#[test]
fn a_line_that_does_not_parse_is_named_by_number_and_its_value_is_never_quoted() {
    let cases = [
        ("A=1\nSMTP_PASS=abcd efgh ijkl\nB=2", ".env:2: the value of SMTP_PASS does not parse"),
        ("# one\n\nSMTP_PASS=abcd efgh ijkl", ".env:3: the value of SMTP_PASS does not parse"),
        ("A=1\nSMTP_PASS=\"abcd efgh\nB=2\nC=3\n", ".env:2: the value of SMTP_PASS does not end"),
        ("A='x\ny'\nSMTP_PASS='abcd' efgh", ".env:3: the value of SMTP_PASS does not end"),
        ("A=1\nabcd efgh\n", ".env:2: this line is not of the form NAME=value"),
        (
            "A=1\n\nSMTP_PASS=abcd$efgh\n",
            ".env:3: a `$` in the value of SMTP_PASS names no variable",
        ),
        ("SMTP_PASS=\"abcd${efgh}\"", ".env:1: a `$` in the value of SMTP_PASS names no variable"),
        ("SMTP_PASS=abcd$", ".env:1: a `$` in the value of SMTP_PASS names no variable"),
    ];
    for (text, expected) in cases {
        let said = problem(&[], text);
        assert!(said.starts_with(expected), "{text:?} gave {said}");
        assert!(!said.contains("abcd") && !said.contains("efgh"), "a value is shown: {said}");
    }
}

#[test]
fn a_value_with_spaces_hashes_and_dollars_is_taken_as_it_stands_in_single_quotes() {
    let settings = load(&[], "SMTP_PASS='ab cd #1 $x'").unwrap();
    assert_eq!(settings.var("SMTP_PASS").as_deref(), Some("ab cd #1 $x"));
}

#[test]
fn bad_values_are_all_named_with_what_is_allowed() {
    let said = problem(
        &[
            ("SMTP_HOST", "mail.example.org:25"),
            ("SMTP_PORT", "58x7"),
            ("SMTP_TLS", "ssl3"),
            ("SMTP_USER", "me"),
            ("MAIL_TO", "ops@example.org, nobody"),
            ("SLACK_WEBHOOK_URL", "ftp://canary"),
        ],
        "",
    );
    let expected = [
        "SMTP_TLS: `ssl3` is not allowed; allowed: starttls (the default), tls (port 465), none",
        "SMTP_PORT: `58x7` is not allowed; allowed: a number from 1 to 65535",
        "MAIL_TO: `nobody` is not allowed; allowed: addresses such as ops@example.org, comma separated",
        "SMTP_PASS: not set although SMTP_USER is; set it, or unset SMTP_USER to send without login",
        "SMTP_HOST: `mail.example.org:25` is not allowed; allowed: a host name without a port; the port goes to SMTP_PORT",
        "SLACK_WEBHOOK_URL: the value (not shown) is not a web address: scheme `ftp` is not http or https; allowed: https://… or http://…",
    ];
    assert_eq!(said.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn single_bad_addresses_and_ports_are_refused() {
    let cases = [
        ("MAIL_TO", "a@b.org c@d.org"),
        ("MAIL_TO", "a@b.org; c@d.org"),
        ("MAIL_TO", "a@b.org\r\nBcc: c@d.org"),
        ("MAIL_FROM", "one@b.org, two@b.org"),
        ("SMTP_PORT", "0"),
        ("SMTP_PORT", "70000"),
        ("SMTP_PORT", "-1"),
        ("SMTP_HOST", "smtp://mail"),
        ("SMTP_HOST", "two words"),
    ];
    for (name, value) in cases {
        let said = problem(&[(name, value)], "");
        assert!(said.starts_with(name), "{name}={value:?} gave {said}");
    }
}

#[test]
fn port_and_security_have_defaults_that_fit_each_other() {
    let cases = [
        (vec![], 587, SmtpTls::StartTls),
        (vec![("SMTP_TLS", "TLS")], 465, SmtpTls::Tls),
        (vec![("SMTP_PORT", "465")], 465, SmtpTls::Tls),
        (vec![("SMTP_PORT", "465"), ("SMTP_TLS", "starttls")], 465, SmtpTls::StartTls),
        (vec![("SMTP_TLS", "none"), ("SMTP_PORT", "25")], 25, SmtpTls::None),
    ];
    for (mut env, port, tls) in cases {
        env.push(("SMTP_HOST", "mail.example.org"));
        let smtp = load(&env, "").unwrap().smtp.unwrap();
        assert_eq!((smtp.port, smtp.tls), (port, tls), "{env:?}");
    }
}

#[test]
fn mail_is_off_until_both_the_server_and_a_recipient_are_set_and_says_why() {
    let off = |env: &[(&str, &str)]| load(env, "").unwrap().mail_off();
    assert_eq!(off(&[("MAIL_TO", "a@b.org")]), Some("mail is off: SMTP_HOST is not set"));
    assert_eq!(off(&[("SMTP_HOST", "mx")]), Some("mail is off: MAIL_TO is not set"));
    assert_eq!(off(&[("SMTP_HOST", "mx"), ("MAIL_TO", "a@b.org")]), None);
}

#[test]
fn recipients_are_a_comma_separated_list_and_the_sender_has_a_default() {
    let env = [("SMTP_HOST", "mx"), ("MAIL_TO", "a@b.org, Ops Team <ops@b.org>,")];
    let smtp = load(&env, "").unwrap().smtp.unwrap();
    let to: Vec<_> = smtp.to.iter().map(|one| one.email.to_string()).collect();
    assert_eq!(to, ["a@b.org", "ops@b.org"]);
    assert_eq!(smtp.from.to_string(), "monitor@demo.local");
}

#[test]
fn secrets_are_masked_in_every_text_and_in_debug_output() {
    let text = "SMTP_PASS='longer canary'\nMY_TOKEN=canary\nSHORT_KEY=abc\n";
    let env = [("OTHER_SECRET", "canary-of-the-shell"), ("DEBUG_KEY", "true"), ("API_KEY", "k-7!")];
    let mut settings = load(&env, text).unwrap();
    settings.hide("Bearer 12345");
    let cases = [
        ("the longer canary sang", "the *** sang"),
        ("canary!", "***!"),
        ("abc stays: too short", "abc stays: too short"),
        ("canary-of-the-shell", "***"),
        ("true stays: a stranger's short word", "true stays: a stranger's short word"),
        ("key k-7! here", "key *** here"),
        ("Authorization: Bearer 12345", "Authorization: ***"),
        ("GET http://me:pw@host:8/a?b=c@d failed", "GET http://***@host:8/a?b=c@d failed"),
        ("see http://host/x@y and mail a@b.org", "see http://host/x@y and mail a@b.org"),
        ("redis://:p@ss@host", "redis://***@host"),
        (
            "GET `http://host/x?a=1&token=abc` and http://host/?key=b",
            "GET `http://host/x?a=1&token=***` and http://host/?key=***",
        ),
        ("?t=longer%20canary&u=longer+canary", "?t=***&u=***"),
        ("it began with longer ca…, then", "it began with ***…, then"),
        ("a lon… word", "a lon… word"),
    ];
    for (text, expected) in cases {
        assert_eq!(settings.mask(text), expected);
    }
    let debug = format!("{settings:?} {:?}", settings.api_key);
    assert!(!debug.contains("canary") && !debug.contains("k-7!"), "{debug}");
}

#[test]
fn a_named_file_must_exist_while_the_usual_one_may_be_absent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my.env");
    let said = Settings::from_process(Some(&path)).unwrap_err().to_string();
    assert!(said.starts_with(&path.display().to_string()), "{said}");
    std::fs::write(&path, "FIREDRILL_TEST_VALUE=here\n").unwrap();
    let settings = Settings::from_process(Some(&path)).unwrap();
    assert_eq!(settings.var("FIREDRILL_TEST_VALUE").as_deref(), Some("here"));
}
