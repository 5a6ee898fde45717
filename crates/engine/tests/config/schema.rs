//! The JSON Schema and the reader say the same.

use engine::config::json_schema;
use serde_json::{Value, json};

use crate::support::{data, load, quiet};

/// The part of the schema that a `$ref` names, or the schema itself.
fn resolve<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    match schema["$ref"].as_str() {
        Some(link) => root.pointer(link.trim_start_matches('#')).expect("the reference resolves"),
        None => schema,
    }
}

/// The first thing in `value` that the schema does not allow. Knows the words that we use.
fn violation(root: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    let schema = resolve(root, schema);
    let says = |what: &str| Some(format!("{at}: {what}"));
    let fits = |schema: &Value| violation(root, schema, value, at).is_none();
    if let Some(kinds) = schema.get("type")
        && !kinds
            .as_array()
            .map_or_else(|| is_a(kinds, value), |all| all.iter().any(|kind| is_a(kind, value)))
    {
        return says("type");
    }
    if schema.get("const").is_some_and(|only| only != value) {
        return says("const");
    }
    if schema["enum"].as_array().is_some_and(|all| !all.contains(value)) {
        return says("enum");
    }
    let number = value.as_f64();
    if number.is_some_and(|n| schema["minimum"].as_f64().is_some_and(|min| n < min))
        || number.is_some_and(|n| schema["maximum"].as_f64().is_some_and(|max| n > max))
    {
        return says("range");
    }
    if schema["oneOf"].as_array().is_some_and(|all| all.iter().filter(|one| fits(one)).count() != 1)
    {
        return says("oneOf");
    }
    if schema["anyOf"].as_array().is_some_and(|all| !all.iter().any(fits)) {
        return says("anyOf");
    }
    for case in schema["allOf"].as_array().into_iter().flatten() {
        if fits(&case["if"])
            && let Some(bad) = violation(root, &case["then"], value, at)
        {
            return Some(bad);
        }
    }
    let items = value.as_array().into_iter().flatten().enumerate();
    let mut bad = items
        .filter_map(|(i, item)| violation(root, schema.get("items")?, item, &format!("{at}/{i}")));
    bad.next().or_else(|| violation_in_mapping(root, schema, value, at))
}

fn violation_in_mapping(root: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    let map = value.as_object()?;
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    if let Some(missing) = required.into_iter().find(|key| !map.contains_key(*key)) {
        return Some(format!("{at}: {missing} is missing"));
    }
    map.iter().find_map(|(key, value)| {
        let at = format!("{at}/{key}");
        match (schema["properties"].get(key), &schema["additionalProperties"]) {
            (Some(schema), _) => violation(root, schema, value, &at),
            (None, Value::Bool(false)) => Some(format!("{at}: unknown key")),
            (None, Value::Null) => None,
            (None, other) => violation(root, other, value, &at),
        }
    })
}

fn is_a(kind: &Value, value: &Value) -> bool {
    match kind.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        Some("number") => value.is_number(),
        Some("integer") => value.is_u64() || value.is_i64(),
        other => panic!("unknown type {other:?}"),
    }
}

fn as_json(text: &str) -> Value {
    let mut value: serde_yaml::Value = serde_yaml::from_str(text).expect("YAML");
    value.apply_merge().expect("merge keys are good");
    serde_json::to_value(value).expect("JSON")
}

/// Every mapping of the schema with its keys: `http_check` and so on.
fn mappings(root: &Value) -> Vec<(String, &serde_json::Map<String, Value>)> {
    let all = root["$defs"].as_object().expect("definitions");
    let mut found: Vec<_> = all
        .iter()
        .filter(|(_, one)| one["additionalProperties"] == json!(false))
        .map(|(name, one)| (name.clone(), one["properties"].as_object().expect("properties")))
        .collect();
    found.push(("root".into(), root["properties"].as_object().expect("properties")));
    found
}

#[test]
fn good_files_fit_the_schema() {
    let schema = json_schema();
    let names =
        ["seed.yaml", "seed001.yaml", "all_keys.yaml", "../../../../deploy/config/monitor.yml"];
    for name in names {
        assert_eq!(violation(&schema, &schema, &as_json(&data(name)), name), None);
    }
}

#[test]
fn the_schema_refuses_what_is_structurally_wrong() {
    let schema = json_schema();
    let refused = [
        "unknown_key",
        "unknown_global_key",
        "unknown_top_level_key",
        "missing_keys",
        "unknown_type",
        "bad_numbers",
        "bad_notices",
        "bad_words",
        "wrong_shapes",
        "bad_channels",
    ];
    for name in refused {
        let value = as_json(&data(&format!("bad/{name}.yaml")));
        assert!(violation(&schema, &schema, &value, "").is_some(), "{name} fits the schema");
    }
}

#[test]
fn the_schema_says_what_it_is_and_every_key_has_a_description() {
    let schema = json_schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["title"], "checks.yaml");
    assert!(schema["$id"].is_string());
    let mappings = mappings(&schema);
    assert!(mappings.len() >= 15);
    for (name, keys) in &mappings {
        for (key, value) in *keys {
            assert!(
                value["description"].as_str().is_some_and(|doc| doc.ends_with('.')),
                "{name}.{key}"
            );
        }
    }
}

const URL: (&str, &str) = ("url", "'http://x/'");

/// What a mapping with a type must have beside a key, besides its name and its type.
fn beside(mapping: &str, key: &str) -> Vec<(&'static str, &'static str)> {
    match mapping {
        "agent_check" | "host_check" | "log_heartbeat_check" => vec![],
        "command_check" | "command_channel" | "command_action" => vec![("argv", "[x]")],
        "console_channel" | "email_channel" | "telegram_channel" | "twilio_channel" => vec![],
        "dns_check" => vec![("query", "a.test")],
        "http_check" | "webhook_channel" | "slack_channel" | "teams_channel" => vec![URL],
        "http_post_action" => vec![URL],
        "job_check" => vec![("status_url", "'http://x/{job_id}'")],
        "ntfy_channel" => vec![("topic", "t")],
        "ping_check" => vec![("host", "a.test")],
        "process_check" => vec![("match", "x")],
        "push_check" => vec![("token", "abcdefgh"), ("every", "5m")],
        "restart_action" => vec![("unit", "u")],
        // Keys that need another one beside them get it.
        "service_check" if key == "host" => vec![("port", "1")],
        "service_check" if key == "auto_restart" => vec![("unit", "u")],
        "service_check" => vec![URL],
        "systemd_check" if key == "service" => vec![],
        "systemd_check" => vec![("unit", "u")],
        "tcp_check" => vec![("target", "a.test")],
        other => panic!("the test does not know the mapping {other}"),
    }
}

/// A file in which `value` stands for the key of a mapping, beside what the mapping must have.
fn place(mapping: &str, key: &str, value: &str) -> String {
    let others = |required: &[(&str, &str)]| {
        let others = required.iter().filter(|(name, _)| *name != key);
        let pairs: Vec<_> = others.map(|(name, value)| format!("{name}: {value}")).collect();
        format!("{{{}, {key}: {value}}}", pairs.join(", ")).replace("{, ", "{")
    };
    let typed = |word: &str, more: &[(&str, &str)]| {
        let required = [&[("type", word)], more, &beside(mapping, key)].concat();
        others(&required)
    };
    let check = |inner: String| format!("checks: [{inner}]");
    let global = |inner: String| {
        format!("global: {{{inner}}}\nchecks: [{{name: a, type: http, url: 'http://x/'}}]")
    };
    let nested =
        |inner: String| check(format!("{{name: a, type: http, url: 'http://x/', {inner}}}"));
    if let Some(word) = mapping.strip_suffix("_check") {
        return check(typed(word, &[("name", "a")]));
    }
    if let Some(word) = mapping.strip_suffix("_channel") {
        return global(format!("notify: {{channels: [{}]}}", typed(word, &[])));
    }
    if let Some(word) = mapping.strip_suffix("_action") {
        return nested(format!("on_fail: {{actions: [{}]}}", typed(word, &[])));
    }
    match mapping {
        "root" => match key {
            "checks" | "targets" | "peers" => format!("{key}: {value}"),
            key => format!("{key}: {value}\nchecks: [{{name: a, type: http, url: 'http://x/'}}]"),
        },
        "global" => global(format!("{key}: {value}")),
        "thresholds" | "actions" | "notify" => global(format!("{mapping}: {}", others(&[]))),
        "morning_report" => {
            global(format!("morning_report: {}", others(&[("cron", "'0 8 * * *'")])))
        }
        "target" => format!("targets: [{}]", others(&[("id", "a"), ("service", "u")])),
        "monitor_dns" => format!("peers: []\nmonitor_dns: {}", others(&[])),
        "peer" => format!("peers: [{}]", others(&[("id", "a"), ("base_url", "'http://x/'")])),
        "service" => format!("services: [{}]", others(&[("key", "a"), URL])),
        "on_fail" => nested(format!("on_fail: {}", others(&[]))),
        "json_rule" => {
            let beside = if key == "path" { ("exists", "true") } else { ("path", "$.a") };
            nested(format!("expect_jsonpath: [{}]", others(&[beside])))
        }
        other => panic!("the test does not know the mapping {other}"),
    }
}

#[test]
fn every_key_of_the_schema_is_known_to_the_reader_and_its_value_is_looked_at() {
    let schema = json_schema();
    for (name, keys) in mappings(&schema) {
        for key in keys.keys() {
            let text = place(&name, key, "!nonsense 1");
            let errors = load(&text).map(|_| ()).expect_err(&format!("{name}.{key} is read"));
            let said = errors.to_string();
            assert!(!said.contains(&format!("unknown key `{key}`")), "{name}.{key}: {said}");
            let here = |error: &engine::config::Diagnostic| {
                error.source_line.chars().skip(error.column - 1).collect::<String>()
            };
            let at_value = errors
                .0
                .iter()
                .any(|error| here(error).starts_with("!nonsense") || here(error).starts_with("1"));
            assert!(at_value, "{name}.{key} in {text}: {said}");
        }
        let text = place(&name, "nonsense", "1");
        let said = load(&text).map(|_| ()).expect_err("an unknown key").to_string();
        assert!(said.contains("unknown key `nonsense`"), "{name}: {said}");
        for key in keys.keys() {
            assert!(said.contains(key.as_str()), "{name}: {key} is not listed in {said}");
        }
    }
}

#[test]
fn every_default_of_the_schema_is_the_default_of_the_reader() {
    let schema = json_schema();
    let mut tried = 0;
    for (name, keys) in mappings(&schema) {
        for (key, value) in keys {
            let Some(default) = value.get("default") else {
                continue;
            };
            let with = format!("{:?}", quiet(&place(&name, key, &default.to_string())));
            let without = place(&name, "nonsense", "1");
            let without = without.replace(", nonsense: 1", "").replace("nonsense: 1", "");
            assert_eq!(with, format!("{:?}", quiet(&without)), "{name}.{key}");
            tried += 1;
        }
    }
    assert!(tried >= 30, "only {tried} defaults");
}
