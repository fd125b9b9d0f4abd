//! The inspection, as the walk through files asks for it.

use crate::opinion;
use portcullis_inspect::Markers;
use portcullis_inspect::decode::Seekable;
use portcullis_inspect::injection::Opinion;
use portcullis_inspect::{Inspection, Kinds, Looked, secret};
use portcullis_patterns::Rule;
use portcullis_review::Look;
use portcullis_review::import::ForeignRules;
use sha2::{Digest as _, Sha256};
use std::io::Read;
use std::os::unix::fs::MetadataExt as _;

/// Looks for these kinds.
#[derive(Debug)]
pub(crate) struct Looking {
    inspection: Inspection,
    kinds: Kinds,
    foreign: ForeignRules,
    version: [u8; 32],
}

/// Whoever asks for nothing else wants to know what an agent would be told, and has the time.
const INJECTION_ALONE: Kinds = Kinds { secrets: false, personal_data: false, injection: true };

impl Looking {
    /// Looks for these kinds, also with a user's rules, with those of other scanners, with markers and with another model.
    pub(crate) fn new(
        kinds: Kinds,
        look_alikes: bool,
        (own, foreign): (Vec<Rule>, ForeignRules),
        markers: Option<Markers>,
        opinion: Option<(Opinion, String)>,
    ) -> Self {
        let (opinion, model) = opinion.unzip();
        let marks = markers.as_ref().map(Markers::all);
        let rules = format!("{own:?}\n{}\n{marks:?}", foreign.describe());
        let told = format!("{kinds:?} {look_alikes}\n{rules}\n{:?}\n{model:?}", program());
        let version = Sha256::new().chain_update(secret::revision()).chain_update(told).finalize().into();
        let inspection = Inspection::with_rules(kinds, own).with_markers(markers).of_files();
        let inspection = if look_alikes { inspection.with_look_alikes() } else { inspection };
        let inspection = if kinds == INJECTION_ALONE { inspection.closely() } else { inspection };
        let inspection = opinion::asked_by(inspection, opinion.as_ref());
        Self { inspection, kinds, foreign, version }
    }
}

impl Looking {
    fn with_foreign(&self, text: &[u8], hint: Option<&str>, mut looked: Looked) -> Looked {
        if self.kinds.secrets {
            self.foreign.look_beside(text, hint, &mut looked.hits);
        }
        looked
    }
}

impl Look for Looking {
    fn look(&self, text: &[u8], hint: Option<&str>) -> Looked {
        self.with_foreign(text, hint, self.inspection.look(text, hint))
    }

    fn look_part(&self, text: &[u8], hint: Option<&str>) -> Looked {
        self.with_foreign(text, hint, self.inspection.look_at_part(text, hint))
    }

    fn look_packed(&self, from: &mut dyn Seekable, length: u64, hint: Option<&str>) -> Looked {
        self.inspection.look_packed(from, length, hint)
    }

    fn look_stream(&self, from: &mut dyn Read, hint: Option<&str>) -> Looked {
        self.inspection.look_stream(from, hint)
    }

    fn version(&self) -> [u8; 32] {
        self.version
    }
}

/// What tells this build of the program from another one: rules are not all that decides what is found.
fn program() -> Option<(u64, i64, i64)> {
    let found = std::env::current_exe().and_then(std::fs::metadata).ok()?;
    Some((found.len(), found.mtime(), found.mtime_nsec()))
}
