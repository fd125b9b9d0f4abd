//! What is about to be pushed: the commits that the remote does not have yet, as far as it is known here.

use super::range::{remotes, scan_span};
use crate::git::revision::Span;
use crate::git::{ObjectId, Repository};
use crate::report::Why;
use crate::source::Push;
use crate::worker::{Shared, Worker};

pub(crate) fn scan<'a>(push: &Push, shared: Shared<'a>) -> Vec<Worker<'a>> {
    scan_span(&push.repository, shared, |repository, _| span(push, repository))
}

fn span(push: &Push, repository: &Repository) -> Result<Span, Why> {
    let mut span = Span { tips: Vec::new(), hidden: remotes(repository, &format!("refs/remotes/{}/", push.remote))? };
    for line in push.updates.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        let (here, there) = update(line).ok_or_else(|| Why::Unsupported("a line that is no update".to_owned()))?;
        // A reference that is deleted brings nothing; one that is new there hides nothing.
        span.tips.extend(Some(here).filter(|id| !id.is_null()));
        span.hidden.extend(Some(there).filter(|id| !id.is_null() && repository.objects.holds(id)));
    }
    Ok(span)
}

/// Reads `reference object reference object`: the objects here and there. Names of references hold no spaces, but what is
/// pushed may be named by an expression, so it is read from the end.
fn update(line: &[u8]) -> Option<(ObjectId, ObjectId)> {
    let mut words = line.trim_ascii().rsplit(|byte| *byte == b' ');
    let there = ObjectId::from_hex(words.next()?)?;
    let _reference = words.next()?;
    let here = ObjectId::from_hex(words.next()?)?;
    words.next()?;
    Some((here, there))
}
