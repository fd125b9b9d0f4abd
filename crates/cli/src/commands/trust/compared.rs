//! What lies in a folder, beside what was approved of it.

use super::read::{self, Found};
use super::record::{self, Answer};
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::whole;
use portcullis_event::ConfigOp;
use portcullis_trust::lock::{self, Drift, Key, Lock, NAME};
use std::fs;
use std::path::Path;

/// A folder that was read whole, and all in which it differs from what was approved.
pub(super) struct Compared<'a> {
    root: &'a Path,
    pub(super) found: Found,
    pub(super) now: Lock,
    pub(super) drift: Vec<Drift>,
}

impl<'a> Compared<'a> {
    pub(super) fn with(approved: &Lock, root: &'a Path) -> Result<Self, Failure> {
        let found = read::read(root)?;
        all_read(&found)?;
        let mut now = Lock::of(&found.tree);
        now.keep_tools_of(approved);
        let drift = lock::drift(approved, &now);
        Ok(Self { root, found, now, drift })
    }

    /// Puts on the record what became of an item, at the hash that it has now; gives what policy says of it.
    pub(super) fn record(
        &self,
        gate: &Gate,
        invocation: &Invocation,
        (op, key): (ConfigOp, &Key),
    ) -> Result<Answer, Failure> {
        let hash = self.now.items.get(key).map(|item| item.hash.as_str());
        record::item(gate, invocation, self.root, (op, key), hash)
    }
}

/// The lock of a folder, if there is one.
pub(crate) fn approved(root: &Path) -> Result<Option<Lock>, Failure> {
    let file = root.join(NAME);
    let text = whole::if_there(fs::read_to_string(&file))
        .map_err(|error| Failure::io("read the lock", Some(&file), &error))?;
    let Some(text) = text else { return Ok(None) };
    Lock::parse(&text).map(Some).map_err(|error| {
        Failure::usage(error.to_string())
            .at(file.to_string_lossy())
            .because("what can't be read approves nothing")
            .fix("look at how it came to be like this; `portcullis trust lock` writes a new one once it is removed")
    })
}

/// Nothing is approved, or said to be as it was, while some of it was not read.
fn all_read(found: &Found) -> Result<(), Failure> {
    let Some((path, why)) = found.unread.first() else { return Ok(()) };
    Err(Failure::incomplete(format!("not everything could be read: {why}"))
        .at(path.to_string_lossy())
        .because("what was not read can't be approved"))
}
