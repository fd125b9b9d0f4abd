//! What looks for values in text.

use crate::Hit;
use crate::inspection::Inspection;

/// Looks for values in text.
pub trait Finder: Send + Sync {
    /// What must be masked in a text.
    fn find(&self, text: &str) -> Vec<Hit>;
}

impl Finder for Inspection {
    fn find(&self, text: &str) -> Vec<Hit> {
        self.look(text.as_bytes(), None).hits
    }
}
