//! `portcullis harden attest`: somebody looked at a setting that no program can read, and says so.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::harden::attested::{Look, Looks, Standing};
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::{surroundings, time};
use clap::Args;
use clap::builder::PossibleValuesParser;
use portcullis_event::{Config, ConfigOp, Timestamp};
use portcullis_harden::{ATTESTATIONS, Attestation};
use serde::Serialize;
use std::time::SystemTime;

/// Writes down that you looked at a setting that stands in a web page; without a name, says what there is to look at.
#[derive(Debug, Args)]
pub(crate) struct Attest {
    /// What you looked at
    #[arg(value_name = "NAME", value_parser = PossibleValuesParser::new(ATTESTATIONS.iter().map(|it| it.id)))]
    id: Option<String>,
    /// What you saw, for the record
    #[arg(long, value_name = "TEXT", requires = "id")]
    note: Option<String>,
}

/// What there is to look at.
#[derive(Debug, Serialize)]
struct List {
    attestations: Vec<One>,
}

/// Something to look at, and how it stands.
#[derive(Debug, Clone, Serialize)]
pub(super) struct One {
    pub(super) id: &'static str,
    tool: &'static str,
    pub(super) holds: bool,
    what: &'static str,
    place: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
}

impl One {
    pub(super) fn of(attestation: &Attestation, looks: &Looks) -> Self {
        let (holds, look) = match looks.standing(attestation) {
            Standing::Open => (false, None),
            Standing::Expired(look) => (false, Some(look)),
            Standing::Holds(look) => (true, Some(look)),
        };
        let at = look.as_ref().map(|look| time::shown(Timestamp::from_micros(look.at)));
        let Attestation { id, tool, what, place, .. } = *attestation;
        Self { id, tool: tool.name(), holds, what, place, by: look.map(|look| look.by), at }
    }

    pub(super) fn put(&self, page: &mut Page) {
        let (tone, word) = match (self.holds, &self.by) {
            (true, _) => (Tone::Good, "looked"),
            (false, Some(_)) => (Tone::Warning, "old"),
            (false, None) => (Tone::Warning, "look"),
        };
        page.column(tone, word, 7).column(Tone::Strong, self.id, 36).put(Tone::Plain, self.what).end();
        let by = self.by.iter().zip(&self.at).map(|(by, at)| format!("; {by} looked at {at}")).next();
        let line = format!("{}{}", self.place, by.unwrap_or_default());
        page.column(Tone::Plain, "", 7).put(Tone::Faint, line).end();
    }
}

impl Attest {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let mut looks = Looks::of(&invocation.home()?)?;
        let meant = |it: &&Attestation| self.id.as_deref().is_none_or(|id| id == it.id);
        if let Some(id) = &self.id {
            let gate = Gate::open(invocation)?;
            let what = Config { source: self.note.clone(), ..Config::new(ConfigOp::Approve, "attestation", id) };
            gate.put_on_record(invocation, "the attestation", what)?;
            let by = surroundings::actor()?.human.map(|human| human.to_string()).unwrap_or_default();
            let at = Timestamp::from(SystemTime::now()).as_micros();
            looks.put(id, Look { by, at, note: self.note.clone() })?;
        }
        let attestations = ATTESTATIONS.iter().filter(meant).map(|it| One::of(it, &looks)).collect();
        invocation.output.show(&List { attestations })?;
        Ok(Exit::Success)
    }
}

impl View for List {
    fn write(&self, page: &mut Page) {
        self.attestations.iter().for_each(|one| one.put(page));
    }
}
