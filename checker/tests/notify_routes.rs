//! Which places notices go to, for every mixture of environment and configuration.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::sync::Arc;

use checker::mailer::{Mailer, Memory};
use engine::status::Severity;

#[path = "common/notifiers.rs"]
mod notifiers;

type Env = &'static [(&'static str, &'static str)];

const MAIL: Env = &[("SMTP_HOST", "mx"), ("MAIL_TO", "a@example.org, Ops <b@example.org>")];

fn mailer() -> Option<Arc<dyn Mailer>> {
    Some(Arc::new(Memory::new()))
}

fn routes(env: Env, notify: &str) -> Vec<String> {
    let (notifiers, _) = notifiers::notifiers(env, notify, mailer()).unwrap();
    notifiers.routes().into_iter().map(|route| route.channel).collect()
}

#[test]
fn the_routes_are_what_the_environment_and_the_configuration_name() {
    let both = ["email:a@example.org", "email:b@example.org"];
    let hooks = "{channels: [{type: slack, url: 'http://127.0.0.1:1/s'}, {type: webhook, url: 'http://127.0.0.1:1/w'}]}";
    let cases: [(Env, &str, Vec<&str>); 10] = [
        (&[], "{}", vec!["console"]),
        (MAIL, "{}", both.to_vec()),
        (&[("SMTP_HOST", "mx")], "{}", vec!["console"]),
        (MAIL, "{email: false}", vec!["console"]),
        (MAIL, "{channels: [{type: console}]}", vec![both[0], both[1], "console"]),
        (&[], "{channels: [{type: console, name: screen}]}", vec!["screen"]),
        (&[], hooks, vec!["slack", "webhook", "console"]),
        (&[], "{channels: [{type: slack, url: ''}]}", vec!["console"]),
        (
            &[("SLACK_WEBHOOK_URL", "http://127.0.0.1:1/s")],
            hooks,
            vec!["slack", "webhook", "console"],
        ),
        (
            &[
                ("SLACK_WEBHOOK_URL", "http://127.0.0.1:1/x"),
                ("TEAMS_WEBHOOK_URL", "http://127.0.0.1:1/t"),
            ],
            hooks,
            vec!["slack", "webhook", "slack:environment", "teams", "console"],
        ),
    ];
    for (env, notify, expected) in cases {
        assert_eq!(routes(env, notify), expected, "{env:?} {notify}");
    }
}

#[test]
fn a_recipient_who_is_named_twice_is_told_once_of_the_severities_of_both() {
    let notify = "{email: false, channels: [
        {name: night, type: email, to: [a@example.org, c@example.org], severities: [P1]},
        {name: day, type: email, to: a@example.org, severities: [P2]},
        {name: all, type: email, severities: []}]}";
    let (notifiers, _) = notifiers::notifiers(MAIL, notify, mailer()).unwrap();
    let routes = notifiers.routes();
    let seen: Vec<_> =
        routes.iter().map(|r| (r.channel.as_str(), r.severities.as_slice())).collect();
    let expected: [(&str, &[Severity]); 3] = [
        ("email:a@example.org", &[]),
        ("email:c@example.org", &[Severity::P1]),
        ("email:b@example.org", &[]),
    ];
    assert_eq!(seen, expected);
    let resolve = |name: &str| notifiers.resolve(&[name.to_owned()]);
    assert_eq!(resolve("night"), ["email:a@example.org", "email:c@example.org"]);
    assert_eq!(resolve("day"), ["email:a@example.org"]);
    assert_eq!(resolve("unknown"), ["unknown"]);
    assert_eq!(notifiers.resolve(&[]).len(), 3);
}

#[test]
fn a_report_that_goes_to_nobody_is_told_at_the_start() {
    let notify = "{}\n  morning_report: {cron: '0 8 * * *', channels: [console, email]}";
    let (notifiers, _) = notifiers::notifiers(MAIL, notify, mailer()).unwrap();
    let expected = ["no morning report goes to `console`: there is no such channel"];
    assert_eq!(notifiers.off(), expected);
    let both = ["console", "email"].map(str::to_owned);
    let routes = ["console", "email:a@example.org", "email:b@example.org"];
    assert_eq!(notifiers.resolve(&both), routes);
}

#[test]
fn every_channel_that_is_off_says_why() {
    let notify = "{channels: [{type: slack, url: ''}, {type: email, to: x@example.org}]}";
    let (notifiers, _) = notifiers::notifiers(&[], notify, mailer()).unwrap();
    let expected = [
        "mail is off: SMTP_HOST is not set",
        "channel `slack` is off: its url is empty",
        "channel `email` is off: SMTP_HOST is not set",
    ];
    assert_eq!(notifiers.off(), expected);
}

#[test]
fn a_channel_that_cannot_work_is_refused_by_name() {
    let cases = [
        (
            r#"{"a": "{subjct}"}"#,
            "channel `chat`: the template has an unknown placeholder {subjct}",
        ),
        ("a", "channel `chat`: the template does not make JSON"),
    ];
    for (template, expected) in cases {
        let channel = "name: chat, type: webhook, url: 'http://127.0.0.1:1/'";
        let notify = format!("{{channels: [{{{channel}, template: '{template}'}}]}}");
        let error =
            notifiers::notifiers(MAIL, &notify, mailer()).map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn secrets_of_the_configuration_are_masked_too() {
    let hook = "http://127.0.0.1:1/services/T0/B0/hook";
    let notify = format!(
        "{{channels: [{{type: slack, url: '{hook}'}}, {{type: webhook, url: 'http://127.0.0.1:1/', \
         headers: {{X-Api-Key: k3y-of-the-hook, Accept: application/json}}}}]}}"
    );
    let (notifiers, _) = notifiers::notifiers(&[], &notify, None).unwrap();
    let cases = [
        ("sent Bearer canary-header", "sent ***"),
        ("sent canary-header", "sent ***"),
        ("posted to http://127.0.0.1:1/services/T0/B0/hook", "posted to ***"),
        ("key k3y-of-the-hook", "key ***"),
        ("accept application/json", "accept application/json"),
    ];
    for (text, expected) in cases {
        assert_eq!(notifiers.mask(text), expected);
    }
}
