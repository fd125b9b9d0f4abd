//! When each key was used last. It is written rarely, beside the keys: the gateway never writes the file that says who passes.

use super::private;
use crate::home::Home;
use crate::whole::{self, Rights};
use std::collections::BTreeMap;

/// Below the folder of the state.
const FILE: &str = "keys/gateway-used.json";

const LARGEST: u64 = 1 << 20;

/// How old it may be on the disk, in seconds.
const RARELY: u64 = 60;

/// When each key was shown last, by its name, in seconds since 1970.
#[derive(Debug, Default)]
pub(crate) struct Used {
    shown: BTreeMap<String, u64>,
    written: BTreeMap<String, u64>,
}

impl Used {
    /// Reads the file. One that is not there or can't be read says nothing, and nobody passes because of it.
    pub(crate) fn read(home: &Home) -> Self {
        let text = private(&home.path().join(FILE), LARGEST).ok().flatten();
        let shown: BTreeMap<String, u64> = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Self { written: shown.clone(), shown }
    }

    /// When a key was shown last.
    pub(crate) fn of(&self, name: &str) -> Option<u64> {
        self.shown.get(name).copied()
    }

    /// A key is shown now; gives the latest time that is known, which never goes back.
    pub(crate) fn note(&mut self, name: &str, now: u64) -> u64 {
        let at = self.shown.entry(name.to_owned()).or_default();
        *at = now.max(*at);
        *at
    }

    /// Writes it if it is time to, or if it must be remembered.
    pub(crate) fn keep(&mut self, home: &Home, name: &str, must: bool) {
        let (Some(now), before) = (self.of(name), self.written.get(name).copied()) else { return };
        let is_old = before.is_none_or(|before| now >= before.saturating_add(RARELY));
        let is_new = before.is_none_or(|before| now > before);
        if !(is_old || must && is_new) {
            return;
        }
        let Ok(text) = serde_json::to_string(&self.shown) else { return };
        // Without it a key is only shown as not used.
        if whole::replace(&home.path().join(FILE), text.as_bytes(), Rights::Private).is_ok() {
            self.written.clone_from(&self.shown);
        }
    }
}
