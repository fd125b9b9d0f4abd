//! What people said that they looked at: who, when, and until when that is worth something. In the user's state, beside the ledger
//! that says the same.

use crate::failure::Failure;
use crate::home::Home;
use crate::whole::{self, Rights};
use portcullis_event::Timestamp;
use portcullis_harden::Attestation;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

const MICROS_OF_A_DAY: i64 = 24 * 3600 * 1_000_000;

/// Somebody looked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Look {
    /// Who.
    pub(crate) by: String,
    /// When, in microseconds since 1970.
    pub(crate) at: i64,
    /// What they said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nobody looked.
    Open,
    /// Somebody looked, and it is too long ago.
    Expired(Look),
    /// It holds.
    Holds(Look),
}

/// Every look, by the name of what was looked at.
#[derive(Debug)]
pub(crate) struct Looks {
    file: PathBuf,
    all: BTreeMap<String, Look>,
}

impl Looks {
    pub(crate) fn of(home: &Home) -> Result<Self, Failure> {
        let file = home.path().join("attested.json");
        let text = whole::if_there(fs::read_to_string(&file))
            .map_err(|error| Failure::io("read what was attested", Some(&file), &error))?;
        let Some(text) = text else { return Ok(Self { file, all: BTreeMap::new() }) };
        let all = serde_json::from_str(&text).map_err(|error| {
            Failure::incomplete(format!("what was attested can't be read: {error}")).at(file.to_string_lossy())
        })?;
        Ok(Self { file, all })
    }

    /// How an attestation stands now. A look from the future is none.
    pub(crate) fn standing(&self, attestation: &Attestation) -> Standing {
        let Some(look) = self.all.get(attestation.id) else { return Standing::Open };
        let age = Timestamp::from(SystemTime::now()).as_micros() - look.at;
        let worth = i64::from(attestation.days) * MICROS_OF_A_DAY;
        if (0..worth).contains(&age) { Standing::Holds(look.clone()) } else { Standing::Expired(look.clone()) }
    }

    /// Writes down that somebody looked.
    pub(crate) fn put(&mut self, id: &str, look: Look) -> Result<(), Failure> {
        self.all.insert(id.to_owned(), look);
        let text = serde_json::to_string_pretty(&self.all).map_err(|error| Failure::incomplete(error.to_string()))?;
        whole::replace(&self.file, text.as_bytes(), Rights::Private)
            .map_err(|error| Failure::io("write what was attested", Some(&self.file), &error))
    }
}
