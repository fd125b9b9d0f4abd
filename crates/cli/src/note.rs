//! Puts a note of the person who runs this on the record, over the same road as everything else.

use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use portcullis_event::{Note, Receipt};

/// Records `text` and returns once it is durable, with the note's id. `what` names it in an error, such as `the note`.
pub(crate) fn record(
    invocation: &Invocation,
    gate: &Gate,
    what: &str,
    text: String,
) -> Result<(String, Receipt), Failure> {
    gate.put_on_record(invocation, what, Note::new(text))
}
