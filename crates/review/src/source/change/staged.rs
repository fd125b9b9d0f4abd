//! What the next commit will bring. The staging area is read directly, and folders in which nothing was staged are compared
//! by one name, so that the time depends on what is staged and not on the size of the project.

use super::{GONE, Version, look, report};
use crate::git::changes::Comparison;
use crate::git::staging::Staging;
use crate::git::{ObjectId, Repository, graph, refs};
use crate::origin::Origin;
use crate::report::Why;
use crate::source::Staged;
use crate::worker::{Shared, Worker};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) fn scan<'a>(staged: &Staged, shared: Shared<'a>) -> Vec<Worker<'a>> {
    let mut worker = Worker::new(shared);
    let prepared = Repository::discover(&staged.repository).and_then(|repository| {
        let versions = versions(&repository, &mut worker)?;
        Ok((repository, versions))
    });
    match prepared {
        Ok((repository, versions)) => look(&repository, versions, worker, shared),
        Err(why) => {
            worker.not_looked_into(Origin::File { path: staged.repository.clone() }, why);
            vec![worker]
        }
    }
}

/// The versions that the next commit makes.
fn versions(repository: &Repository, worker: &mut Worker<'_>) -> Result<Vec<Version>, Why> {
    let mut reader = repository.objects.reader(worker.shared.settings.limits.object);
    let staging = Staging::read(repository)?;
    let mut trees = Vec::new();
    for parent in parents(repository)? {
        trees.extend(graph::commit(&mut reader, parent)?.map(|(_, commit)| commit.tree));
    }
    let mut comparison = Comparison::new(&mut reader, repository.hash);
    comparison.staged(&staging, &trees);
    let changes = comparison.changes;
    report(changes.faults, repository, worker);
    let name: Arc<Path> = repository.name().into();
    let gone: Vec<ObjectId> = changes.gone.into_iter().take(GONE).collect();
    let version = |changed: crate::git::changes::Changed| {
        let path = PathBuf::from(OsStr::from_bytes(&changed.path));
        Version {
            id: changed.id,
            hint: path.to_string_lossy().into_owned(),
            origin: Origin::Staged { repository: Arc::clone(&name), path },
            before: vec![if changed.before.is_empty() { gone.clone() } else { changed.before }],
        }
    };
    Ok(changes.changed.into_iter().map(version).collect())
}

/// The commits that the next one follows: `HEAD`, and in a merge those that are merged. None for the first commit.
fn parents(repository: &Repository) -> Result<Vec<ObjectId>, Why> {
    let mut parents: Vec<ObjectId> = refs::resolve(repository, "HEAD")?.into_iter().collect();
    let merged = crate::git::read(&repository.git_dir.join("MERGE_HEAD"))?.unwrap_or_default();
    parents.extend(merged.split(|byte| *byte == b'\n').filter_map(ObjectId::from_hex));
    Ok(parents)
}
