//! A fault as it was asked for: a scenario's step, read strictly.

use super::CATALOGUE;
use super::FaultKind;
use super::envelope::{self, Envelope};
use super::fields::{Fields, Invalid, required, unknown};
use super::kind::Info;
use super::spelling;
use crate::tools::Tool;
use serde_json::{Map, Value};

/// A fault as it was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Spec {
    pub(crate) id: Option<String>,
    pub(crate) kind: FaultKind,
    pub(crate) envelope: Envelope,
}

impl Spec {
    /// Reads a scenario step's JSON.
    pub(crate) fn parse(step: Map<String, Value>) -> Result<Self, Invalid> {
        let (step, renamed) = spelling::usual(step);
        Self::read(Fields::new(step)).map_err(|problem| renamed.back(problem))
    }

    fn read(mut fields: Fields) -> Result<Self, Invalid> {
        let name = required("fault", fields.text("fault")?)?;
        let info =
            *CATALOGUE.iter().find(|info| info.name == name).ok_or_else(|| unknown_fault(&name))?;
        refuse_unknown_keys(&fields, info)?;
        let id = fields.text("id")?.map(valid_id).transpose()?;
        let mut envelope = Envelope::take(&mut fields)?;
        if !info.parameters.iter().any(|(key, _)| *key == "dir") {
            envelope.take_dir(&mut fields)?;
        }
        let kind = FaultKind::take(&name, &mut fields)?;
        envelope.suits(info.name, info.domain)?;
        kind.check(&envelope)?;
        envelope.tools_agree(kind.cured_by())?;
        Ok(Self { id, kind, envelope })
    }

    /// The operator's tools that end it.
    pub(crate) fn cured_by(&self) -> &[Tool] {
        self.envelope.cures(self.kind.cured_by())
    }

    /// Whether what it does differs from match to match.
    pub(crate) fn counts_matches(&self) -> bool {
        self.envelope.counts_matches() || self.kind.draws()
    }
}

fn refuse_unknown_keys(fields: &Fields, info: &Info) -> Result<(), Invalid> {
    let shared: Vec<&str> = envelope::KEYS.iter().map(|(key, _)| *key).collect();
    let own = info.parameters.iter().map(|(key, _)| *key).filter(|key| !shared.contains(key));
    let allowed: Vec<&str> = own.chain(shared.iter().copied()).collect();
    let named =
        |error: Invalid| Invalid { message: format!("{}: {}", info.name, error.message), ..error };
    fields.only(&allowed).map_err(named)
}

pub(super) fn unknown_fault(name: &str) -> Invalid {
    let names: Vec<&str> = CATALOGUE.iter().map(|info| info.name).collect();
    unknown("fault", "fault", name, &names)
}

fn valid_id(id: String) -> Result<String, Invalid> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if (1..=64).contains(&id.len()) && id.chars().all(plain) {
        return Ok(id);
    }
    Err(Invalid::at("id", "`id` must be 1 to 64 characters of A-Z a-z 0-9 . _ -"))
}
