//! Which way restored text may go: only to the machine that the values came from.
//!
//! A value that was taken out of a request must never get back into one. So restoring needs a [`TowardLocal`], which only
//! the gates that answer the local client make, and what comes out is a [`LocalText`], which has to be opened on
//! purpose: it is no string, it does not print itself, and it does not turn into one unasked.

use std::fmt;

/// The promise that what is restored goes to the local side only: into a reply to the client, into a file, into a tool
/// call that is carried out here.
///
/// It is made where the reply is written, once for each reply, and handed over. A test of the project knows every file
/// that makes one.
#[derive(Debug)]
pub struct TowardLocal(());

impl TowardLocal {
    /// Promises that the text goes to the client on this machine, and nowhere else.
    pub fn promise() -> Self {
        Self(())
    }
}

/// Text that may hold restored values.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct LocalText(String);

impl LocalText {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text. Call this where it is written to the local side.
    pub fn for_local(&self) -> &str {
        &self.0
    }

    /// The text, taken out.
    pub fn into_local(self) -> String {
        self.0
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for LocalText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalText([{} bytes redacted])", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restored_text_does_not_print_itself() {
        let text = LocalText::new("hunter2".to_owned());
        assert_eq!(format!("{text:?}"), "LocalText([7 bytes redacted])");
        assert_eq!(text.into_local(), "hunter2");
    }
}
