//! The JSON Schema of `checks.yaml`, written from the same tables that the reader goes by.

use serde_json::{Map, Value, json};

use crate::config::{
    table::{Family, Key, Kind, Need, Table},
    tables::ROOT,
};

/// The schema of `checks.yaml` (draft 2020-12), for editors and for checking files elsewhere.
#[must_use]
pub fn json_schema() -> Value {
    let mut definitions = Map::new();
    let root = object(&[&ROOT], None, &mut definitions);
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://firedrill.invalid/schema/checks.json",
        "title": "checks.yaml",
    });
    if let (Some(schema), Value::Object(root)) = (schema.as_object_mut(), root) {
        schema.extend(root);
        schema.insert("$defs".to_owned(), Value::Object(definitions));
    }
    schema
}

/// A mapping with the keys of some tables; `word` is its `type` when it has one.
fn object(
    tables: &[&'static Table],
    word: Option<&str>,
    definitions: &mut Map<String, Value>,
) -> Value {
    let keys = || tables.iter().flat_map(|table| table.keys);
    let mut properties = Map::new();
    for key in keys() {
        let value = match (&key.kind, word) {
            (Kind::Type(_), Some(word)) => json!({"const": word, "description": key.doc}),
            _ => property(key, definitions),
        };
        properties.insert(key.name.to_owned(), value);
    }
    let required: Vec<_> =
        keys().filter(|key| matches!(key.need, Need::Required)).map(|key| key.name).collect();
    let about = tables.last().map(|table| table.about).unwrap_or_default();
    let mut object = json!({
        "description": about,
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    let one_of = keys().filter(|key| matches!(key.need, Need::OneOf));
    let one_of: Vec<_> = one_of.map(|key| json!({"required": [key.name]})).collect();
    if !one_of.is_empty() {
        object["anyOf"] = json!(one_of);
    }
    object
}

fn property(key: &Key, definitions: &mut Map<String, Value>) -> Value {
    let mut value = kind(&key.kind, definitions);
    value["description"] = key.doc.into();
    if let Need::Default(text) = key.need
        && let Ok(default) = serde_json::from_str::<Value>(text)
    {
        value["default"] = default;
    }
    value
}

fn kind(of: &Kind, definitions: &mut Map<String, Value>) -> Value {
    match of {
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Text | Kind::Regex | Kind::Zone | Kind::UrlOrNothing => json!({"type": "string"}),
        Kind::Cron => json!({"type": "string", "pattern": CRON}),
        Kind::Url | Kind::Endpoint | Kind::Host => json!({"type": "string", "minLength": 1}),
        Kind::JobUrl => json!({"type": "string", "pattern": "\\{job_id\\}"}),
        Kind::JsonPath => json!({"type": "string", "pattern": "^\\$"}),
        Kind::Name => json!({"type": "string", "pattern": NAME, "minLength": 1, "maxLength": 100}),
        Kind::Int { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        Kind::Number => json!({"type": "number"}),
        Kind::Seconds { min, max } => json!({"type": "number", "minimum": min, "maximum": max}),
        Kind::Millis => json!({"type": ["integer", "null"], "minimum": 1, "maximum": 3_600_000}),
        Kind::Length | Kind::Span => json!({"type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$"}),
        Kind::TimeOfDay => json!({"type": "string", "pattern": "^([01]?[0-9]|2[0-3]):[0-5][0-9]$"}),
        Kind::Word(words) => json!({"enum": words}),
        Kind::Words(words) => json!({"type": "array", "items": {"enum": words}}),
        Kind::Type(family) => json!({"enum": family.words().collect::<Vec<_>>()}),
        Kind::Texts => json!({"type": "array", "items": {"type": "string"}}),
        Kind::TextOrTexts => {
            json!({"type": ["string", "array"], "items": {"type": "string"}})
        }
        Kind::Headers => json!({"type": "object", "additionalProperties": {"type": "string"}}),
        Kind::Json => json!({}),
        Kind::Body => json!({"type": ["string", "object", "array"]}),
        Kind::Report(table) => {
            let mapping = reference(table, definitions);
            json!({"oneOf": [{"type": "string", "pattern": CRON}, mapping]})
        }
        Kind::Section(table) => {
            json!({"anyOf": [reference(table, definitions), {"type": "null"}]})
        }
        Kind::OrNull(inner) => json!({"anyOf": [kind(inner, definitions), {"type": "null"}]}),
        Kind::Sections(table) => json!({"type": "array", "items": reference(table, definitions)}),
        Kind::Variants(family) => json!({"type": "array", "items": variants(family, definitions)}),
    }
}

const CRON: &str = "^\\s*\\S+(\\s+\\S+){4,5}\\s*$";
const NAME: &str = "^[^/\\\\]+$";

/// A reference to a mapping that is described once.
fn reference(table: &'static Table, definitions: &mut Map<String, Value>) -> Value {
    if !definitions.contains_key(table.name) {
        let object = object(&[table], None, definitions);
        definitions.insert(table.name.to_owned(), object);
    }
    link(table.name)
}

/// Mappings that are told apart by their `type`.
fn variants(family: &'static Family, definitions: &mut Map<String, Value>) -> Value {
    let mut cases = Vec::new();
    for (word, table) in family.types {
        let object = object(&[family.common, table], Some(word), definitions);
        definitions.insert(table.name.to_owned(), object);
        let is = json!({"properties": {"type": {"const": word}}, "required": ["type"]});
        cases.push(json!({"if": is, "then": link(table.name)}));
    }
    let words: Vec<_> = family.words().collect();
    let any = json!({
        "description": family.common.about,
        "type": "object",
        "properties": {"type": {"enum": words}},
        "required": ["type"],
        "allOf": cases,
    });
    definitions.insert(family.common.name.to_owned(), any);
    link(family.common.name)
}

fn link(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}
