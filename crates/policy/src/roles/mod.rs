//! Who may approve what.

use crate::diagnostic::Diagnostic;
use crate::source::{Format, Layer};
use crate::tier::Sheet;

/// The policies about roles. None are read yet.
#[derive(Debug)]
pub(crate) struct Roles {}

impl Roles {
    pub(crate) fn new(_sheets: &[(Layer, Format, Sheet)], _problems: &mut Vec<Diagnostic>) -> Self {
        Self {}
    }
}
