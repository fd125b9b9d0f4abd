//! A person's note.

use crate::Rest;
use serde::{Deserialize, Serialize};

/// Something that a person wants on the record. It is not private content: it is shown and searched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What they wrote.
    pub text: String,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Note {
    /// A note.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), rest: Rest::new() }
    }
}
