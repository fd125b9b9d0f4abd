//! What a change brings: the versions of files that it makes, and in them the lines that were not there before.

mod added;
pub(crate) mod message;
pub(crate) mod push;
pub(crate) mod range;
pub(crate) mod staged;

use crate::git::objects::ObjectReader;
use crate::git::{ObjectId, Repository};
use crate::origin::Origin;
use crate::pool;
use crate::report::Why;
use crate::worker::{About, Shared, Worker};
use added::Added;
use portcullis_event::Span;
use std::cell::{OnceCell, RefCell};
use std::sync::Arc;

/// So few versions are looked into without other threads.
const FEW: usize = 8;

/// So many files that a change removes are compared with those that it adds: lines that only moved were not added.
const GONE: usize = 64;

/// A version of a file that a change makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    /// What it holds.
    pub(crate) id: ObjectId,
    pub(crate) origin: Origin,
    /// The path, by which rules may judge it.
    pub(crate) hint: String,
    /// For each time that the change makes it: what the file held before.
    pub(crate) before: Vec<Vec<ObjectId>>,
}

/// Has versions looked into.
pub(crate) fn look<'a>(
    repository: &Repository,
    mut versions: Vec<Version>,
    first: Worker<'a>,
    shared: Shared<'a>,
) -> Vec<Worker<'a>> {
    let most = shared.settings.limits.object;
    if versions.len() <= FEW {
        let reader = RefCell::new(repository.objects.reader(most));
        let mut worker = first;
        for version in &versions {
            look_at(version, &reader, &mut worker);
        }
        return vec![worker];
    }
    versions.reverse();
    let start = || (RefCell::new(repository.objects.reader(most)), Worker::new(shared));
    let done = pool::run(shared.settings.threads, versions, start, |(reader, worker), version, _| {
        look_at(&version, reader, worker);
    });
    std::iter::once(first).chain(done.into_iter().map(|(_, worker)| worker)).collect()
}

fn look_at(version: &Version, reader: &RefCell<ObjectReader<'_>>, worker: &mut Worker<'_>) {
    let object = match reader.borrow_mut().read(&version.id) {
        Ok(object) => object,
        Err(why) => return worker.not_looked_into(version.origin.clone(), why),
    };
    let added = OnceCell::new();
    let introduced = |span: &Span| {
        let added = added.get_or_init(|| differences(version, &object.bytes, &mut reader.borrow_mut()));
        added.iter().any(|added| added.touches(span))
    };
    let origin = || version.origin.clone();
    let about = About { origin: &origin, hint: Some(&version.hint), introduced: &introduced };
    worker.text(&object.bytes, about);
}

/// What each making of a version added. What was there before and can't be read counts as nothing.
fn differences(version: &Version, new: &[u8], reader: &mut ObjectReader<'_>) -> Vec<Added> {
    let mut differences = Vec::new();
    for before in &version.before {
        let before: Vec<Arc<_>> = before.iter().filter_map(|id| reader.read(id).ok()).collect();
        let before: Vec<&[u8]> = before.iter().map(|object| object.bytes.as_slice()).collect();
        differences.push(Added::between(&before, new));
    }
    differences
}

/// Reports trees that could not be compared.
fn report(faults: Vec<(ObjectId, Why)>, repository: &Repository, worker: &mut Worker<'_>) {
    for (_, why) in faults {
        worker.not_looked_into(Origin::File { path: repository.git_dir.clone() }, why);
    }
}
