//! What somebody else found.

use super::Given;
use crate::look::Look;
use crate::origin::Origin;
use crate::worker::{About, Shared, Worker};
use portcullis_inspect::{Hit, Looked};

/// Answers with what was found before.
struct Answered(Vec<Hit>);

impl Look for Answered {
    fn look(&self, _: &[u8], _: Option<&str>) -> Looked {
        Looked { hits: self.0.clone(), ..Looked::default() }
    }

    fn version(&self) -> [u8; 32] {
        [0; 32]
    }
}

pub(crate) fn scan(given: Vec<Given>, worker: &mut Worker<'_>) {
    let Shared { settings, progress, .. } = worker.shared;
    for Given { path, text, hits } in given {
        let look = Answered(hits);
        let mut one = Worker::new(Shared { look: &look, settings, progress });
        let origin = || Origin::File { path: path.clone() };
        one.text(&text, About::whole(&origin, None));
        worker.gathered.merge(one.gathered, settings.limits.places);
    }
}
