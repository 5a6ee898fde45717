//! Every key of the configuration means what the manual says.

use std::time::Duration;

use engine::{
    Severity,
    config::{
        ActionKind, Channel, ChannelKind, Config, DnsExpect, HostLimits, Ntfy, Predicate, Program,
        Record, Spec, Telegram, Twilio, WhenNoJob,
    },
    schedule::Schedule,
    time::Timestamp,
};
use serde_json::json;

use crate::support::{SEC, data, host, http, job, kinds, quiet};

#[test]
fn every_key_of_global_means_what_it_says() {
    let Config { global, .. } = quiet(&data("all_keys.yaml"));
    assert_eq!(global.timezone.iana_name(), Some("America/Lima"));
    assert_eq!((global.spread, global.keep), (10 * SEC, 7 * 86_400 * SEC));
    let limits = global.actions;
    assert_eq!((limits.enabled, limits.restart), (false, false));
    assert_eq!((limits.max_per_hour, limits.cooldown), (9, Duration::ZERO));
    assert!(!global.email);
    let report = global.morning_report.expect("a report");
    assert_eq!(report.cron.text(), "0 8 * * 1-5");
    assert_eq!(report.channels, ["slack", "ops", "email"]);
    let names: Vec<_> = global.channels.iter().map(|channel| channel.name.as_str()).collect();
    let first = ["console", "ops", "boss", "webhook", "slack", "teams"];
    assert_eq!(names, [&first[..], &["telegram", "twilio", "ntfy", "command"]].concat());
    let Channel { kind, severities, .. } = &global.channels[1];
    let to = vec!["a@example.org".into(), "b@example.org".into()];
    assert_eq!(kind, &ChannelKind::Email { to });
    assert_eq!(severities, &[Severity::P1, Severity::P2].into());
    let ChannelKind::Webhook { url, headers, template } = &global.channels[3].kind else {
        panic!("a webhook")
    };
    assert_eq!(url, "http://127.0.0.1:9/hook");
    assert_eq!(headers, &[("Authorization".into(), "Bearer t0k3n".into())].into());
    assert_eq!(template.as_deref(), Some("{\"text\": \"{subject}\"}"));
    assert_eq!(global.channels[4].kind, ChannelKind::Slack { url: String::new() });
}

#[test]
fn every_key_of_the_channels_with_credentials_means_what_it_says() {
    let channels = quiet(&data("all_keys.yaml")).global.channels;
    let kinds: Vec<_> = channels.into_iter().skip(6).map(|channel| channel.kind).collect();
    let token = "t0k3n".to_owned();
    let expected = [
        ChannelKind::Telegram(Telegram {
            token: "123:t0k3n".into(),
            chat_id: "-100200".into(),
            api: Some("http://127.0.0.1:8000/webhook/telegram".into()),
        }),
        ChannelKind::Twilio(Twilio {
            account_sid: "AC1".into(),
            auth_token: token.clone(),
            from: "+15550001".into(),
            to: ["+15550002", "+15550003", "+15550004"].map(String::from).into(),
            api: Some("http://127.0.0.1:9/twilio".into()),
        }),
        ChannelKind::Ntfy(Ntfy {
            url: "http://127.0.0.1:9/".into(),
            topic: "alerts".into(),
            title: Some("Firedrill".into()),
            tags: vec!["skull".into()],
            token: token.clone(),
        }),
        ChannelKind::Command(Program {
            argv: vec!["/usr/local/bin/tell".into(), token],
            timeout: 3 * SEC,
        }),
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn every_key_of_an_http_check_means_what_it_says() {
    let config = quiet(&data("all_keys.yaml"));
    let check = &config.checks[0];
    assert_eq!((check.title(), check.enabled, check.severity), ("Every key", false, Severity::P1));
    assert!(matches!(check.schedule, Schedule::Aligned(every) if every.as_millis() == 7500));
    assert_eq!((check.timeout, check.retries, check.backoff), (2 * SEC, 0, Duration::ZERO));
    assert_eq!((check.reminder_every, check.initial_alert), (60 * SEC, false));
    assert_eq!(check.timezone.iana_name(), Some("UTC"));
    assert_eq!(check.notify_on, kinds("deadline_miss"));
    let spec = http(check);
    let request = &spec.request;
    assert_eq!(request.method, "POST");
    assert_eq!(request.url.as_str(), "http://127.0.0.1:8000/a?b=1");
    let body = r#"{"list":[1,2.5,null,true,"t0k3n"],"text":"{TOKEN}"}"#;
    assert_eq!(request.body.as_deref(), Some(body));
    let headers = [("X-One", "1"), ("Accept", "text/plain"), ("content-type", "application/json")];
    assert_eq!(request.headers, headers.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!((request.follow_redirects, request.keep_alive), (false, true));
    assert_eq!((spec.expect_status, spec.warn, spec.crit), (Some(201), None, Some(2 * SEC)));
    assert_eq!(spec.cert_warn, Some(14 * 86_400 * SEC));
    let predicates: Vec<_> =
        spec.expect_jsonpath.iter().map(|rule| rule.predicates.clone()).collect();
    let expected = [
        vec![Predicate::Equals(json!({"b": [1]})), Predicate::Ne(json!(null))],
        vec![Predicate::Lt(10.0), Predicate::Lte(9.5), Predicate::Gt(1.0), Predicate::Gte(2.0)],
        vec![Predicate::Exists(false)],
    ];
    assert_eq!(predicates, expected);
}

#[test]
fn every_key_of_an_action_means_what_it_says() {
    let config = quiet(&data("all_keys.yaml"));
    let actions = &config.checks[0].actions;
    let labels: Vec<_> = actions.iter().map(|action| action.label.as_str()).collect();
    let post = "http_post http://***@127.0.0.1:8000/reset?token=***&all=1";
    let second = format!("{post} #2");
    assert_eq!(labels, [post, &second, "restart nginx@1.service", "command /bin/true"]);
    let first = &actions[0];
    let ActionKind::HttpPost { payload, .. } = &first.kind else { panic!("http_post") };
    assert_eq!(payload, &json!({"why": "t0k3n"}));
    assert_eq!((first.enabled, first.after_failures, first.every), (false, 2, 3));
    assert_eq!((first.cooldown, first.max_per_hour, first.timeout), (SEC, 1, 3 * SEC));
    assert_eq!((actions[1].cooldown, actions[1].max_per_hour), (Duration::ZERO, 9));
    assert!(matches!(&actions[2].kind, ActionKind::Restart { use_sudo: true, .. }));
    assert!(matches!(&actions[3].kind, ActionKind::Command { argv } if argv[1] == "t0k3n"));
}

#[test]
fn every_key_of_a_job_means_what_it_says() {
    let config = quiet(&data("all_keys.yaml"));
    let check = &config.checks[1];
    let spec = job(check);
    assert_eq!(spec.headers, [("X-Two".to_owned(), "2".to_owned())]);
    assert_eq!((spec.job_id_file.as_str(), spec.status_path.text()), ("run/last", "$.job.state"));
    assert_eq!(spec.success_by, Some(jiff::civil::time(23, 59, 0, 0)));
    assert_eq!(spec.window_start, jiff::civil::time(6, 30, 0, 0));
    assert_eq!((spec.within, spec.when_no_job), (Some(1800 * SEC), WhenNoJob::Ok));
    let Schedule::Cron(cron) = &check.schedule else { panic!("a cron schedule") };
    let next = cron.next_after(Timestamp::from_millis(1)).expect("falls due");
    assert_eq!(next, Timestamp::from_millis(300_000));
    assert_eq!(check.notify_on, kinds("first_fail recovered reminder"));
}

#[test]
fn every_key_of_a_tcp_check_means_what_it_says() {
    let config = quiet(&data("all_keys.yaml"));
    let check = config.check("every key of tcp").expect("the check");
    let Spec::Tcp(spec) = &check.spec else { panic!("no tcp check") };
    assert_eq!((spec.target.to_string().as_str(), spec.tls), ("[::1]:6379", true));
    assert_eq!(spec.address.as_str(), "https://[::1]:6379/");
    assert_eq!(spec.send.as_deref(), Some("PING\r\n"));
    let expect = spec.expect.as_ref().expect("a pattern");
    assert_eq!(expect.text(), r"^\+PONG");
    assert!(expect.is_in(b"+PONG\r\n") && !expect.is_in(b"-ERR +PONG"));
    let ms = Duration::from_millis;
    assert_eq!((spec.warn, spec.crit), (Some(ms(50)), Some(ms(500))));
    assert_eq!(spec.cert_warn, Some(7 * 86_400 * SEC));
    assert_eq!(check.timeout, 4 * SEC, "tcp has a limit of its own");
}

#[test]
fn every_key_of_a_dns_check_means_what_it_says() {
    let config = quiet(&data("all_keys.yaml"));
    let check = config.check("every key of dns").expect("the check");
    let Spec::Dns(spec) = &check.spec else { panic!("no dns check") };
    let server = spec.server.as_ref().map(ToString::to_string);
    assert_eq!(server.as_deref(), Some("127.0.0.1:5353"));
    assert_eq!((spec.query.as_str(), spec.record), ("Example.org", Record::Mx));
    let records = ["10 mail.example.org", "20 mail2.example.org"].map(str::to_owned).to_vec();
    assert_eq!(spec.expect, DnsExpect::Records(records));
    assert_eq!((spec.warn, spec.crit), (Some(Duration::from_millis(20)), None));
    assert_eq!(check.timeout, 4 * SEC, "the global limit");
}

#[test]
fn every_key_of_a_ping_means_what_it_says() {
    let config = quiet(&data("all_keys.yaml"));
    let check = config.check("every key of ping").expect("the check");
    let Spec::Ping(spec) = &check.spec else { panic!("no ping") };
    assert_eq!((spec.host.as_str(), spec.count), ("::1", 5));
    assert_eq!((spec.loss_warn, spec.loss_crit), (Some(20), 60));
    let ms = Duration::from_millis;
    assert_eq!((spec.warn, spec.crit), (Some(ms(30)), Some(ms(300))));
}

#[test]
fn what_a_network_check_does_not_say_has_its_usual_meaning() {
    let config = quiet(
        "global: {timeout_s: 9}\nchecks:\n  - {name: door, type: tcp, target: 1.1.1.1}\n  - {name: \
         www.example.org, type: dns, expect: NXDOMAIN}\n  - {name: host, type: ping, host: \
         Example.org}\n  - {name: quick, type: tcp, target: a, timeout_s: 1}\n",
    );
    let Spec::Tcp(tcp) = &config.checks[0].spec else { panic!("no tcp check") };
    assert_eq!((tcp.target.to_string().as_str(), tcp.tls), ("1.1.1.1:53", false));
    assert_eq!((config.checks[0].timeout, config.checks[3].timeout), (4 * SEC, SEC));
    let Spec::Dns(dns) = &config.checks[1].spec else { panic!("no dns check") };
    assert_eq!((dns.query.as_str(), dns.record), ("www.example.org", Record::A));
    assert_eq!((&dns.server, &dns.expect), (&None, &DnsExpect::Code("NXDOMAIN")));
    let Spec::Ping(ping) = &config.checks[2].spec else { panic!("no ping") };
    assert_eq!((ping.host.as_str(), ping.count, ping.loss_warn), ("example.org", 3, None));
    assert_eq!((ping.loss_crit, config.checks[2].timeout), (100, 9 * SEC));
}

#[test]
fn every_key_of_a_host_means_what_it_says() {
    let config = quiet(&data("all_keys.yaml"));
    let check = &config.checks[2];
    let spec = host(check);
    assert!(matches!(check.schedule, Schedule::Every(every) if every == 5 * SEC));
    assert_eq!(check.notify_on, kinds("change warn"));
    assert_eq!(
        (spec.db.as_str(), spec.docker_sock.as_str()),
        ("run/metrics.db", "run/docker.sock")
    );
    assert_eq!(spec.internet_url.as_str(), "http://127.0.0.1:8000/api/ping");
    let heartbeat = spec.heartbeat.as_ref().expect("a heartbeat");
    assert_eq!(heartbeat.url.as_str(), "http://127.0.0.1:8000/api/heartbeat");
    assert_eq!(heartbeat.headers[0], ("Authorization".to_owned(), "Bearer t0k3n".to_owned()));
    let limits = |warn, crit| HostLimits { warn: Some(warn), crit: Some(crit) };
    assert_eq!((spec.cpu, spec.ram, spec.disk), (limits(80, 95), limits(81, 96), limits(82, 97)));
    assert_eq!((spec.min_containers, spec.require_internet), (Some(2), true));
}

#[test]
fn every_key_of_a_push_means_what_it_says() {
    let config = quiet(&data("all_keys.yaml"));
    let Spec::Push(spec) = &config.checks[4].spec else { panic!("a push check") };
    assert_eq!((spec.every, spec.grace), (86_400 * SEC, 3600 * SEC));
    assert!(spec.opens("t0k3n-of-backup"));
    for wrong in ["", "t0k3n", "t0k3n-of-backup ", "t0k3n-of-backuq", "T0K3N-OF-BACKUP"] {
        assert!(!spec.opens(wrong), "{wrong}");
    }
    assert!(!format!("{spec:?}").contains("t0k3n"), "{spec:?}");
    assert_eq!(config.checks[4].spec.secret(), Some("t0k3n-of-backup"));
}
