//! The YAML text as a tree of plain values: the only place that reads values out of YAML.
//! Anchors are resolved and merge keys applied; duplicate keys are kept, so that they can be
//! reported. Refuses a tree that aliases blow up.

use std::{cell::Cell, collections::BTreeSet, fmt};

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IgnoredAny, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use serde_json::Number;

/// The way from a node to one of its descendants: positions of entries or items.
pub type Path = Vec<usize>;

/// A value of the file.
#[derive(Clone, Debug)]
pub enum Yaml {
    Null,
    Bool(bool),
    Num(Number),
    /// Infinite or not a number.
    NotFinite,
    Text(String),
    List(Vec<Yaml>),
    Map(Vec<Entry>),
    /// A value with a local tag such as `!thing`.
    Tagged,
}

/// One key of a mapping with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    pub key: Yaml,
    pub value: Yaml,
    /// Where it stands as seen from the mapping: one step, more when it was merged in.
    pub via: Path,
}

impl Yaml {
    /// What it is, for messages.
    pub const fn describe(&self) -> &'static str {
        match self {
            Self::Null => "there is no value",
            Self::Bool(_) => "this is a boolean",
            Self::Num(_) => "this is a number",
            Self::NotFinite => "this is not a finite number",
            Self::Text(_) => "this is text",
            Self::List(_) => "this is a list",
            Self::Map(_) => "this is a mapping",
            Self::Tagged => "tags are not supported",
        }
    }

    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// Reads the one document of a text. Nothing but blanks and comments is `Null`.
pub fn load(text: &str) -> Result<Yaml, serde_yaml::Error> {
    // Without aliases there are fewer values than characters; the rest is room for aliases.
    let room = Cell::new(text.len().saturating_add(100_000));
    Seed { room: &room }.deserialize(serde_yaml::Deserializer::from_str(text))
}

/// What [`load`] says when aliases make the tree too large.
pub const TOO_LARGE: &str = "the aliases of the file repeat too much";

#[derive(Clone, Copy)]
struct Seed<'r> {
    room: &'r Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Yaml;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Yaml, D::Error> {
        let left = self.room.get().checked_sub(1);
        self.room.set(left.ok_or_else(|| serde::de::Error::custom(TOO_LARGE))?);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Yaml;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_unit<E>(self) -> Result<Yaml, E> {
        Ok(Yaml::Null)
    }

    fn visit_none<E>(self) -> Result<Yaml, E> {
        Ok(Yaml::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Yaml, E> {
        Ok(Yaml::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Yaml, E> {
        Ok(Yaml::Num(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Yaml, E> {
        Ok(Yaml::Num(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Yaml, E> {
        Ok(float(value as f64))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Yaml, E> {
        Ok(float(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Yaml, E> {
        Ok(float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Yaml, E> {
        Ok(Yaml::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Yaml, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Yaml::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Yaml, A::Error> {
        let mut map = Vec::new();
        while let Some((key, value)) = pairs.next_entry_seed(self, self)? {
            map.push(Entry { key, value, via: vec![map.len()] });
        }
        Ok(Yaml::Map(merged(map)))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Yaml, A::Error> {
        let (_, variant) = data.variant::<IgnoredAny>()?;
        variant.newtype_variant_seed(self)?;
        Ok(Yaml::Tagged)
    }
}

fn float(value: f64) -> Yaml {
    Number::from_f64(value).map_or(Yaml::NotFinite, Yaml::Num)
}

/// Applies the merge keys of a mapping: its own keys win, then the earlier mapping does.
/// A `<<` that holds no mapping stays, to be reported.
fn merged(map: Vec<Entry>) -> Vec<Entry> {
    let (merges, mut own): (Vec<_>, Vec<_>) = map.into_iter().partition(is_merge);
    if merges.is_empty() {
        return own;
    }
    let text = |entry: &Entry| entry.key.as_text().map(str::to_owned);
    let mut known: BTreeSet<_> = own.iter().map(text).collect();
    for (steps, inherited) in merges.into_iter().flat_map(sources) {
        for mut entry in inherited {
            if known.insert(text(&entry)) {
                entry.via.splice(0..0, steps.iter().copied());
                own.push(entry);
            }
        }
    }
    own
}

fn is_merge(entry: &Entry) -> bool {
    let is_map = |value: &Yaml| matches!(value, Yaml::Map(_));
    let list = if let Yaml::List(items) = &entry.value { Some(items) } else { None };
    entry.key.as_text() == Some("<<")
        && list.map_or_else(|| is_map(&entry.value), |items| items.iter().all(is_map))
}

/// The mappings of a merge key, each with the steps that lead to it.
fn sources(entry: Entry) -> Vec<(Path, Vec<Entry>)> {
    let Entry { value, via, .. } = entry;
    match value {
        Yaml::Map(map) => vec![(via, map)],
        Yaml::List(items) => {
            let step = |index| via.iter().copied().chain([index]).collect();
            items.into_iter().enumerate().flat_map(|(i, item)| one_map(step(i), item)).collect()
        }
        Yaml::Null
        | Yaml::Bool(_)
        | Yaml::Num(_)
        | Yaml::NotFinite
        | Yaml::Text(_)
        | Yaml::Tagged => Vec::new(),
    }
}

fn one_map(steps: Path, value: Yaml) -> Option<(Path, Vec<Entry>)> {
    if let Yaml::Map(map) = value { Some((steps, map)) } else { None }
}
