//! What some commits bring: each version of a file that one of them makes, and their messages.

use super::{GONE, Version, look, report};
use crate::git::changes::{Changes, Comparison};
use crate::git::graph::Graph;
use crate::git::object::written;
use crate::git::objects::ObjectReader;
use crate::git::revision::{self, Span};
use crate::git::{Kind, ObjectId, Repository, refs};
use crate::origin::{Introduced, Origin, Whence};
use crate::report::Why;
use crate::source::{Commits, Range};
use crate::worker::{Shared, Worker};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) fn scan<'a>(range: &Range, shared: Shared<'a>) -> Vec<Worker<'a>> {
    scan_span(&range.repository, shared, |repository, reader| match &range.commits {
        Commits::Between(text) => revision::span(repository, reader, text),
        Commits::Since(text) => revision::span(repository, reader, &format!("{text}..HEAD")),
        Commits::NotUpstream => not_upstream(repository, reader),
    })
}

/// Has the commits looked into that `span` names.
pub(super) fn scan_span<'a>(
    path: &Path,
    shared: Shared<'a>,
    span: impl FnOnce(&Repository, &mut ObjectReader<'_>) -> Result<Span, Why>,
) -> Vec<Worker<'a>> {
    let mut worker = Worker::new(shared);
    let prepared = Repository::discover(path).and_then(|repository| {
        let mut reader = repository.objects.reader(shared.settings.limits.object);
        let span = span(&repository, &mut reader)?;
        let versions = versions(&repository, &mut reader, &span, &mut worker)?;
        drop(reader);
        Ok((repository, versions))
    });
    match prepared {
        Ok((repository, versions)) => look(&repository, versions, worker, shared),
        Err(why) => {
            worker.not_looked_into(Origin::File { path: path.to_owned() }, why);
            vec![worker]
        }
    }
}

/// What `HEAD` has and its upstream does not; if it has none, what no branch of a remote has.
fn not_upstream(repository: &Repository, reader: &mut ObjectReader<'_>) -> Result<Span, Why> {
    let tips = vec![revision::commit(repository, reader, "HEAD")?];
    let upstream = match revision::upstream(repository, "HEAD")? {
        Some(name) => refs::resolve(repository, &name)?,
        None => None,
    };
    let hidden = match upstream {
        Some(upstream) => vec![upstream],
        None => remotes(repository, "refs/remotes/")?,
    };
    Ok(Span { tips, hidden })
}

/// The commits of the references whose names start like this.
pub(super) fn remotes(repository: &Repository, start: &str) -> Result<Vec<ObjectId>, Why> {
    let all = refs::all(repository)?;
    Ok(all.into_iter().filter(|(name, _)| name.starts_with(start)).map(|(_, id)| id).collect())
}

/// The versions that the commits make, each once, and the messages.
fn versions(
    repository: &Repository,
    reader: &mut ObjectReader<'_>,
    span: &Span,
    worker: &mut Worker<'_>,
) -> Result<Vec<Version>, Why> {
    let graph = Graph::between(repository, reader, &span.tips, &span.hidden)?;
    let name: Arc<Path> = repository.name().into();
    let mut versions: Vec<Version> = Vec::new();
    let mut numbers: HashMap<ObjectId, usize> = HashMap::new();
    for node in graph.oldest_first() {
        let object = reader.read(&node.id)?;
        let (author, time) = written(&object.bytes).unwrap_or_default();
        let author = String::from_utf8_lossy(author).into_owned();
        let origin = |kind, id, path| {
            let introduced = Introduced { time, commit: node.id, path, author: author.clone(), in_head: true };
            Origin::Object { repository: Arc::clone(&name), whence: Whence::Commit(Arc::new(introduced)), kind, id }
        };
        versions.push(Version {
            id: node.id,
            origin: origin(Kind::Commit, node.id, None),
            hint: String::new(),
            before: vec![Vec::new()],
        });
        let changes = changes(repository, reader, node.tree, &node.before);
        report(changes.faults, repository, worker);
        let gone: Vec<ObjectId> = changes.gone.into_iter().take(GONE).collect();
        for changed in changes.changed {
            let before = if changed.before.is_empty() { gone.clone() } else { changed.before };
            if let Some(version) = numbers.get(&changed.id).and_then(|number| versions.get_mut(*number)) {
                version.before.push(before);
                continue;
            }
            let path = PathBuf::from(OsStr::from_bytes(&changed.path));
            let hint = path.to_string_lossy().into_owned();
            let origin = origin(Kind::Blob, changed.id, Some(path));
            numbers.insert(changed.id, versions.len());
            versions.push(Version { id: changed.id, origin, hint, before: vec![before] });
        }
    }
    report(graph.faults, repository, worker);
    Ok(versions)
}

/// What a commit changes, against all that it follows.
fn changes(repository: &Repository, reader: &mut ObjectReader<'_>, tree: ObjectId, before: &[ObjectId]) -> Changes {
    let mut trees = Vec::new();
    let mut faults = Vec::new();
    for parent in before {
        match crate::git::graph::commit(reader, *parent) {
            Ok(commit) => trees.extend(commit.map(|(_, commit)| commit.tree)),
            Err(why) => faults.push((*parent, why)),
        }
    }
    let mut comparison = Comparison::new(reader, repository.hash);
    comparison.trees(Some(tree), &trees);
    let mut changes = comparison.changes;
    changes.faults.extend(faults);
    changes
}
