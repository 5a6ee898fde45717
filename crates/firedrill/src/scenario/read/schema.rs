//! The JSON Schema of scenario files, written from the same tables that the reader goes by, with the
//! whole catalogue of faults.

use serde_json::{Map, Value, json};

use super::{
    own::{self, Own},
    vocabulary::{Key, Kind, ROOT, STEP, TOGGLES, Table, VERBS},
};

const PARAMETER: &str = "^\\$\\{[A-Za-z0-9_-]+\\}$";
const LENGTH: &str = "^(0|([0-9]+(d|h|ms|m|s))+)$";

/// The schema (draft 2020-12), for editors.
pub(crate) fn json_schema() -> Value {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://firedrill.invalid/schema/scenario.json",
        "title": "a scenario of firedrill",
    });
    if let (Some(schema), Value::Object(root)) = (schema.as_object_mut(), object(&ROOT)) {
        schema.extend(root);
    }
    schema
}

fn object(table: &Table) -> Value {
    let required: Vec<_> =
        table.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    json!({
        "title": table.name,
        "description": table.about,
        "type": "object",
        "properties": properties(table.keys),
        "required": required,
        "additionalProperties": false,
    })
}

fn properties(keys: &[Key]) -> Map<String, Value> {
    let property = |key: &Key| {
        let mut value = kind(key.kind);
        value["description"] = key.doc.into();
        (key.name.to_owned(), value)
    };
    keys.iter().map(property).collect()
}

fn kind(kind: Kind) -> Value {
    let parameter = json!({"type": "string", "pattern": PARAMETER});
    match kind {
        Kind::Text | Kind::Moment => json!({"type": ["string", "integer"]}),
        Kind::Regex => json!({"type": ["string", "number", "boolean"], "format": "regex"}),
        Kind::Bool => json!({"anyOf": [{"type": "boolean"}, parameter]}),
        Kind::Whole => {
            json!({"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^[0-9]+$"}, parameter]})
        }
        Kind::Length => {
            json!({"anyOf": [{"type": "string", "pattern": LENGTH}, {"const": 0}, parameter]})
        }
        Kind::Moments => json!({"type": "array", "minItems": 2, "maxItems": 2}),
        Kind::Word(words) => json!({"anyOf": [{"enum": words}, parameter]}),
        Kind::WordOrWords(words) => {
            json!({"anyOf": [{"enum": words}, {"type": "array", "items": {"enum": words}}, parameter]})
        }
        Kind::TextOrTexts => {
            let scalar = json!(["string", "number", "boolean"]);
            json!({"anyOf": [{"type": scalar}, {"type": "array", "items": {"type": scalar}}]})
        }
        Kind::Texts => json!({"type": "array", "items": {"type": ["string", "number"]}}),
        Kind::Table(table) => object(table),
        Kind::List(table) => json!({"type": "array", "items": object(table)}),
        Kind::NoneOrList(table) => {
            json!({"anyOf": [{"const": "none"}, {"type": "array", "items": object(table)}]})
        }
        Kind::OneOrMore(table) => {
            json!({"anyOf": [object(table), {"type": "array", "items": object(table)}]})
        }
        Kind::Count => {
            json!({"type": ["integer", "string"], "pattern": "^([0-9]+(\\.\\.=?[0-9]+)?|\\$\\{[A-Za-z0-9_-]+\\})$"})
        }
        Kind::Steps => json!({"type": "array", "items": {"anyOf": steps()}}),
        Kind::Free => json!({}),
    }
}

/// One alternative for every verb, and for every fault.
fn steps() -> Vec<Value> {
    let plain = VERBS.iter().filter(|(verb, ..)| *verb != "fault").map(|(verb, extra, about)| {
        let mut keys = properties(STEP);
        keys.extend(properties(extra));
        keys.insert((*verb).to_owned(), verb_value(verb));
        let mut step = step(about, &keys, verb);
        let needed = extra.iter().filter(|key| key.required).map(|key| Value::from(key.name));
        if let Some(required) = step["required"].as_array_mut() {
            required.extend(needed);
        }
        step
    });
    let envelope = mockapp::envelope();
    let app = mockapp::catalogue().into_iter().map(move |info| {
        let mut keys = properties(STEP);
        let shared = envelope
            .iter()
            .map(|(name, about)| ((*name).to_owned(), json!({"description": about})));
        let own = info
            .parameters
            .iter()
            .map(|(name, about)| ((*name).to_owned(), json!({"description": about})));
        keys.extend(shared.chain(own));
        keys.insert("fault".to_owned(), json!({"const": info.name}));
        step(info.about, &keys, "fault")
    });
    plain.chain(app).chain(own::all().map(own_step)).chain([any_fault()]).collect()
}

fn own_step(own: &Own) -> Value {
    let mut keys = properties(STEP);
    keys.extend(own.keys().into_iter().map(|name| (name.to_owned(), json!({}))));
    for (name, of, doc) in own.parameters {
        let mut value = kind(*of);
        // Its kind knows no sign.
        if matches!(*name, "ppm" | "by") {
            value = json!({"type": ["integer", "string"]});
        }
        value["description"] = (*doc).into();
        keys.insert(name.trim_end_matches('?').to_owned(), value);
    }
    keys.insert("fault".to_owned(), json!({"const": own.name}));
    let mut step = step(own.about, &keys, "fault");
    if let Some(required) = step["required"].as_array_mut() {
        let needed = own.parameters.iter().filter(|(name, ..)| !name.ends_with('?'));
        required.extend(needed.map(|(name, ..)| Value::from(*name)));
    }
    step
}

/// A step whose fault is a parameter: which one it is only its values say.
fn any_fault() -> Value {
    let parameter = json!({"type": "string", "pattern": PARAMETER});
    json!({
        "description": "a fault that `params` name",
        "type": "object",
        "properties": {"fault": parameter},
        "required": ["at", "fault"],
    })
}

fn step(about: &str, keys: &Map<String, Value>, verb: &str) -> Value {
    json!({
        "description": about,
        "type": "object",
        "properties": keys,
        "required": ["at", verb],
        "additionalProperties": false,
    })
}

fn verb_value(verb: &str) -> Value {
    match verb {
        "toggle" => {
            let switches: Map<_, _> = TOGGLES
                .iter()
                .map(|name| ((*name).to_owned(), json!({"type": "boolean"})))
                .collect();
            json!({"type": "object", "properties": switches, "additionalProperties": false, "minProperties": 1})
        }
        "kill" => json!({"enum": ["checker", "machine"]}),
        "restart" | "pause" => json!({"const": "checker"}),
        "edit" => json!({
            "type": "object",
            "properties": {"file": {"type": "string"}, "with": {"type": ["string", "object"]}},
            "required": ["with"],
            "additionalProperties": false,
        }),
        "run_job" => json!({"type": ["string", "boolean", "null"]}),
        _ => json!({"type": "string"}),
    }
}
