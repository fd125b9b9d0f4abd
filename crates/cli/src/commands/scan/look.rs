//! The inspection, as the walk through files asks for it.

use portcullis_inspect::{Hit, Inspection, Kinds, secret};
use portcullis_review::Look;
use sha2::{Digest as _, Sha256};

/// Looks for these kinds.
#[derive(Debug)]
pub(crate) struct Looking {
    inspection: Inspection,
    kinds: Kinds,
}

impl Looking {
    pub(crate) fn new(kinds: Kinds) -> Self {
        Self { inspection: Inspection::new(kinds), kinds }
    }
}

impl Look for Looking {
    fn look(&self, text: &[u8], hint: Option<&str>) -> Vec<Hit> {
        self.inspection.look(text, hint).hits
    }

    fn version(&self) -> [u8; 32] {
        let kinds = format!("{:?}", self.kinds);
        Sha256::new().chain_update(secret::revision()).chain_update(kinds).finalize().into()
    }
}
