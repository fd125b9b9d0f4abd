//! The inspection, as the walk through files asks for it.

use portcullis_inspect::{Hit, Inspection, Kinds, secret};
use portcullis_patterns::Rule;
use portcullis_review::Look;
use portcullis_review::import::ForeignRules;
use sha2::{Digest as _, Sha256};

/// Looks for these kinds.
#[derive(Debug)]
pub(crate) struct Looking {
    inspection: Inspection,
    kinds: Kinds,
    foreign: ForeignRules,
    version: [u8; 32],
}

impl Looking {
    /// Looks for these kinds, also with a user's rules and with those of other scanners.
    pub(crate) fn new(kinds: Kinds, own: Vec<Rule>, foreign: ForeignRules) -> Self {
        let told = format!("{kinds:?}\n{own:?}\n{}", foreign.describe());
        let version = Sha256::new().chain_update(secret::revision()).chain_update(told).finalize().into();
        Self { inspection: Inspection::with_rules(kinds, own), kinds, foreign, version }
    }
}

impl Look for Looking {
    fn look(&self, text: &[u8], hint: Option<&str>) -> Vec<Hit> {
        let mut hits = self.inspection.look(text, hint).hits;
        if self.kinds.secrets {
            self.foreign.look_beside(text, hint, &mut hits);
        }
        hits
    }

    fn version(&self) -> [u8; 32] {
        self.version
    }
}
