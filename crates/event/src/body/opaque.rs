//! Something that this version does not know.

use crate::Rest;

/// A body of unknown kind, or of a known kind with fields that can't be read. Kept whole.
///
/// Only reading a record makes one. (Built by hand around a kind and fields that this version does know, it would read
/// back as that kind.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opaque {
    /// What it calls itself.
    pub kind: String,
    /// All of its fields.
    pub fields: Rest,
}
